// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's first page table.
 *
 * The hypervisor starts a PV kernel on a page table of its own making, which maps the kernel, its
 * modules and the p2m at the kernel's address. The kernel's static tables take over: the second
 * level is copied from there, once for the kernel's address and once for the direct map, so that
 * both share the last level. Then these tables are pinned and loaded, and what became free of the
 * old ones is used again.
 */
#include <linux/crash_dump.h>
#include <linux/init.h>
#include <linux/memblock.h>

#include <asm/fixmap.h>
#include <asm/init.h>
#include <asm/setup.h>

#include "mm.h"

#ifdef CONFIG_X86_VSYSCALL_EMULATION
/* User mode's way to the vsyscall page. */
pud_t xen_vsyscall_pud[PTRS_PER_PUD] __page_aligned_bss;
#endif

/* The first GiB of the direct map. */
static pud_t direct_pud[PTRS_PER_PUD] __page_aligned_bss;
static pmd_t direct_pmd[PTRS_PER_PMD] __page_aligned_bss;

/* The hypervisor's initial tables, as far as they stay in use. */
static phys_addr_t initial_base __initdata, initial_size __initdata;

/* In the kernel's own mapping, which is all there is before the direct map. */
static void * __init table_at(u64 machine_entry)
{
	return (void *)(__START_KERNEL_map + PFN_PHYS(xen_pt_table_pfn(machine_entry)));
}

static void __init protect_flush(void *va, pgprot_t prot, unsigned long flags)
{
	pte_t pte = pfn_pte(__pa(va) >> PAGE_SHIFT, prot);

	if (xen_hv_va_mapping((unsigned long)va, pte, flags))
		BUG();
}

static void __init protect(void *va)
{
	protect_flush(va, PAGE_KERNEL_RO, UVMF_NONE);
}

/* Static tables were filled by the linker, in physical frames. */
static void __init to_machine(void *table)
{
	u64 *entry = table;
	unsigned int i;

	for (i = 0; i < PTRS_PER_PTE; i++)
		entry[i] = xen_pt_to_machine(entry[i]);
}

static void __init fill_static_tables(void)
{
	init_top_pgt[0] = __pgd(0);
	init_top_pgt[pgd_index(__PAGE_OFFSET_BASE_L4)].pgd = __pa_symbol(direct_pud) +
							     _KERNPG_TABLE_NOENC;
	init_top_pgt[pgd_index(__START_KERNEL_map)].pgd = __pa_symbol(level3_kernel_pgt) +
							  _PAGE_TABLE_NOENC;
	direct_pud[0].pud = __pa_symbol(direct_pmd) + _KERNPG_TABLE_NOENC;

	to_machine(init_top_pgt);
	to_machine(direct_pud);
	to_machine(level3_kernel_pgt);
	to_machine(level2_fixmap_pgt);
}

static void __init copy_second_level(pmd_t *initial)
{
	unsigned int i;

	copy_page(direct_pmd, initial);
	copy_page(level2_kernel_pgt, initial);

	/* The last level is shared: only here the direct map can lose the right to execute. */
	if (!(__supported_pte_mask & _PAGE_NX))
		return;
	for (i = 0; i < PTRS_PER_PMD; i++)
		if (!pmd_none(direct_pmd[i]))
			direct_pmd[i] = pmd_set_flags(direct_pmd[i], _PAGE_NX);
}

static void __init protect_static_tables(void)
{
	unsigned int i;

	protect(init_top_pgt);
	protect(direct_pud);
	protect(level3_kernel_pgt);
	protect(direct_pmd);
	protect(level2_kernel_pgt);
	protect(level2_fixmap_pgt);
	for (i = 0; i < FIXMAP_PMD_NUM; i++)
		protect(level1_fixmap_pgt + i * PTRS_PER_PTE);
}

/* The initial tables are contiguous; where those lie that are not in use any more decides. */
static void __init trim(unsigned long *first, unsigned long *end, void *table)
{
	unsigned long pfn = PFN_DOWN(__pa(table));

	if (pfn != *first && pfn != *end - 1)
		return;
	protect_flush(table, PAGE_KERNEL, UVMF_INVLPG);
	clear_page(table);
	if (pfn == *first)
		++*first;
	else
		--*end;
}

/**
 * xen_setup_kernel_pagetable() - leave the hypervisor's page table for the kernel's
 * @pgd: top level of the hypervisor's, at the kernel's address
 * @max_pfn: frames of memory
 *
 * Context: first thing in the PV boot that needs the direct map; nothing can fail and go on.
 */
void __init xen_setup_kernel_pagetable(pgd_t *pgd, unsigned long max_pfn)
{
	bool p2m_in_kernel = xen_start_info->mfn_list >= __START_KERNEL_map;
	unsigned long first = PFN_DOWN(__pa(xen_start_info->pt_base));
	unsigned long end = first + xen_start_info->nr_pt_frames;
	unsigned int i = pgd_index(xen_start_info->mfn_list);
	pud_t *pud;
	pmd_t *pmd;

	/* Behind the kernel come things that are mapped, but are no memory. */
	max_pfn_mapped = p2m_in_kernel ? PFN_DOWN(__pa(xen_start_info->mfn_list)) :
					 xen_start_info->first_p2m_pfn;

	fill_static_tables();
	pud = table_at(pgd[pgd_index(__START_KERNEL_map)].pgd);
	pmd = table_at(native_pud_val(pud[pud_index(__START_KERNEL_map)]));
	copy_second_level(pmd);
	if (i && !p2m_in_kernel)
		init_top_pgt[i] = ((pgd_t *)xen_start_info->pt_base)[i];

	protect_static_tables();
	xen_pt_early_pin(MMUEXT_PIN_L4_TABLE, PFN_DOWN(__pa_symbol(init_top_pgt)));
	xen_pt_early_pin(MMUEXT_UNPIN_TABLE, PFN_DOWN(__pa(pgd)));
#ifdef CONFIG_X86_VSYSCALL_EMULATION
	protect(xen_vsyscall_pud);
	xen_pt_early_pin(MMUEXT_PIN_L3_TABLE, PFN_DOWN(__pa_symbol(xen_vsyscall_pud)));
#endif
	xen_tlb_early_write_cr3(__pa(init_top_pgt));

	/* dom0's tables are not in order of level: what lies in the middle stays. */
	trim(&first, &end, pgd);
	trim(&first, &end, pud);
	trim(&first, &end, pmd);
	initial_base = PFN_PHYS(first);
	initial_size = PFN_PHYS(end - first);
	memblock_reserve(initial_base, initial_size);

	xen_start_info = __va(__pa(xen_start_info));
}

/**
 * xen_pt_initial() - where the hypervisor put the tables that the domain began with
 * @base: set to the physical address
 * @size: set, in bytes
 */
void __init xen_pt_initial(phys_addr_t *base, phys_addr_t *size)
{
	*base = initial_base;
	*size = initial_size;
}

/* Pages that the hypervisor handed over and that are in use from the start. */
void __init xen_reserve_special_pages(void)
{
	memblock_reserve(__pa(xen_start_info), PAGE_SIZE);
	if (xen_start_info->store_mfn)
		memblock_reserve(PFN_PHYS(mfn_to_pfn(xen_start_info->store_mfn)), PAGE_SIZE);
	if (!xen_initial_domain())
		memblock_reserve(PFN_PHYS(mfn_to_pfn(xen_start_info->console.domU.mfn)), PAGE_SIZE);
}

/* The m2p's address and length, the same for the life of the domain on this host. */
void __init xen_setup_machphys_mapping(void)
{
	struct xen_machphys_mapping m;

	if (xen_hv_machphys(&m)) {
		machine_to_phys_nr = MACH2PHYS_NR_ENTRIES;
		return;
	}
	machine_to_phys_mapping = (unsigned long *)m.v_start;
	machine_to_phys_nr = m.max_mfn + 1;
}

/**
 * xen_pt_drop_high_map() - unmap what the initial tables mapped behind the kernel
 * @from: first address, in the kernel's mapping
 * @to: last address, in the kernel's mapping
 *
 * Rounded outward to second-level entries; the kernel itself stays.
 */
void __init xen_pt_drop_high_map(unsigned long from, unsigned long to)
{
	unsigned long kernel_end = roundup((unsigned long)_brk_end, PMD_SIZE) - 1, va;
	unsigned int i = pmd_index(from);

	for (va = from; va <= to && i < PTRS_PER_PMD; va += PMD_SIZE, i++) {
		if (pmd_none(level2_kernel_pgt[i]))
			continue;
		if (va < (unsigned long)_text || va > kernel_end)
			set_pmd(&level2_kernel_pgt[i], __pmd(0));
	}
	/* A stray user of the old addresses shall fail here and not later. */
	xen_mc_flush();
}
