// SPDX-License-Identifier: GPL-2.0
/*
 * Setters and table life before there are struct pages.
 *
 * There is one page table then, the kernel's; it is pinned, and so is every table that joins it.
 * A failing hypercall here is a mistake of this kernel: nothing can go on.
 */
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/memblock.h>

#include <asm/fixmap.h>
#include <asm/io.h>

#include "mm.h"

static void change_write_access(void *va, bool writable)
{
	unsigned int level;
	pte_t *ptep = lookup_address((unsigned long)va, &level), pte;

	if (!ptep)
		return;		/* not mapped: nothing to protect */
	pte = writable ? pte_mkwrite_novma(*ptep) : pte_wrprotect(*ptep);
	if (xen_hv_va_mapping((unsigned long)va, pte, 0))
		BUG();
}

/**
 * make_lowmem_page_readonly() - take write access to a kernel address away
 * @vaddr: the address; one that is not mapped is left alone
 */
void make_lowmem_page_readonly(void *vaddr)
{
	change_write_access(vaddr, false);
}

/**
 * make_lowmem_page_readwrite() - give write access to a kernel address
 * @vaddr: the address; one that is not mapped is left alone
 */
void make_lowmem_page_readwrite(void *vaddr)
{
	change_write_access(vaddr, true);
}

/* Returns memory that was a page table, or mapped read-only for another reason, to memblock. */
void __init xen_pt_writable(phys_addr_t phys, unsigned long size)
{
	phys_addr_t p;

	for (p = phys; p < phys + size; p += PAGE_SIZE)
		make_lowmem_page_readwrite(__va(p));
	memblock_phys_free(phys, size);
}

void __init xen_pt_early_pin(unsigned int cmd, unsigned long pfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pfn_to_mfn(pfn) };

	if (xen_hv_mmuext(&op))
		BUG();
}

/*
 * Most tables are still being filled and not pinned yet, which nobody can tell at this point. A
 * plain write is right for them; where it hits a pinned one, the hypervisor emulates it. The
 * early fixmap's is known to be pinned.
 */
void __init xen_pt_early_set_pte(pte_t *ptep, pte_t pte)
{
	if (unlikely(is_early_ioremap_ptep(ptep)))
		xen_pt_set_pte(ptep, pte);
	else
		native_set_pte(ptep, pte);
}

/* An entry may be seen through a temporary mapping here. */
static void __init update(void *entry, u64 val)
{
	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	xen_batch_mmu_update(arbitrary_virt_to_machine(entry).maddr, val);
}

void __init xen_pt_early_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	update(pmdp, pmd_val_ma(pmd));
}

void __init xen_pt_early_set_pud(pud_t *pudp, pud_t pud)
{
	update(pudp, native_pud_val(pud));
}

void __init xen_pt_early_set_p4d(p4d_t *p4dp, p4d_t p4d)
{
	update(p4dp, p4d_val_ma(p4d));
}

/*
 * A p2m that the hypervisor mapped outside of the kernel's area lies in memory that has no place
 * in the initial map, the page tables of that mapping included: such frames must be mapped
 * read-only.
 */
__visible notrace __no_caller_saved_registers pte_t xen_pt_early_make_pte(pteval_t val)
{
	unsigned long pfn = (val & PTE_PFN_MASK) >> PAGE_SHIFT;

	if (xen_start_info->mfn_list < __START_KERNEL_map &&
	    pfn - xen_start_info->first_p2m_pfn < xen_start_info->nr_p2m_frames)
		val &= ~_PAGE_RW;
	return native_make_pte(xen_pt_to_machine(val));
}

void __init xen_pt_early_alloc_pte(struct mm_struct *mm, unsigned long pfn)
{
	make_lowmem_page_readonly(__va(PFN_PHYS(pfn)));
	xen_pt_early_pin(MMUEXT_PIN_L1_TABLE, pfn);
}

/* Upper levels are covered by the pin of the top level once they are reachable from it. */
void __init xen_pt_early_alloc_table(struct mm_struct *mm, unsigned long pfn)
{
	make_lowmem_page_readonly(__va(PFN_PHYS(pfn)));
}

void __init xen_pt_early_release_pte(unsigned long pfn)
{
	xen_pt_early_pin(MMUEXT_UNPIN_TABLE, pfn);
	make_lowmem_page_readwrite(__va(PFN_PHYS(pfn)));
}

void __init xen_pt_early_release_table(unsigned long pfn)
{
	make_lowmem_page_readwrite(__va(PFN_PHYS(pfn)));
}
