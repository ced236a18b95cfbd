// SPDX-License-Identifier: GPL-2.0
/*
 * The p2m while booting: from the list that the hypervisor or the toolstack wrote to the array in
 * virtual memory.
 *
 * The list has an entry for each frame of the domain's initial memory and nothing else. It is used
 * where it is until there is virtual memory, and moved once before if the machine's memory map
 * wants its place.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/vmalloc.h>

#include <asm/init.h>
#include <asm/io.h>
#include <asm/setup.h>

#include <xen/hvc-console.h>
#include <xen/page.h>

#include "../boot/extra_list.h"
#include "mm.h"

/* Frames behind one page table of the array. */
#define PER_TABLE	(P2M_PER_PAGE * PTRS_PER_PTE)

/* Memory that may come later. */
#ifdef CONFIG_XEN_MEMORY_HOTPLUG_LIMIT
#define LIMIT_GIB	(CONFIG_XEN_MEMORY_HOTPLUG_LIMIT + 0UL)
#else
#define LIMIT_GIB	0UL
#endif

/* Takes the list into use. */
void __init xen_build_dynamic_phys_to_machine(void)
{
	unsigned long *list = (unsigned long *)xen_start_info->mfn_list;
	unsigned long end = xen_start_info->nr_pages;

	/* The rest of its last page is the list's as well. */
	while (end % P2M_PER_PAGE)
		list[end++] = INVALID_P2M_ENTRY;
	xen_p2m_addr = list;
	xen_p2m_size = end;
	xen_max_p2m_pfn = end;
}

/**
 * xen_chk_extra_mem() - the p2m entry of a frame that the list does not have
 * @pfn: behind the list
 *
 * Return: nothing for a frame without memory, else identity.
 */
unsigned long __ref xen_chk_extra_mem(unsigned long pfn)
{
	return xen_extra_list_has(xen_extra_mem, XEN_EXTRA_MEM_MAX_REGIONS, pfn) ?
	       INVALID_P2M_ENTRY : IDENTITY_FRAME(pfn);
}

/* Enters all frames without memory, now that there is room for them. */
static void __init enter_extra_memory(void)
{
	const struct xen_memory_region *r = xen_extra_mem;
	unsigned long i;

	for (; r < xen_extra_mem + XEN_EXTRA_MEM_MAX_REGIONS; r++)
		for (i = 0; i < r->n_pfns; i++)
			set_phys_to_machine(r->start_pfn + i, INVALID_P2M_ENTRY);
}

static enum xp2m_kind __init kind_of(unsigned long pfn)
{
	return pfn < xen_p2m_size ? xp2m_kind(xp2m(xen_p2m_addr[pfn])) : XP2M_IDENTITY;
}

/* Are all @n frames from @pfn on of the kind of the first one? */
static bool __init uniform(unsigned long pfn, unsigned long n)
{
	enum xp2m_kind kind = kind_of(pfn);
	unsigned long i;

	/* Nothing behind the list was looked at by anybody: half a terabyte of it, by default. */
	if (pfn >= xen_p2m_size)
		return true;
	for (i = 1; i < n; i++)
		if (kind_of(pfn + i) != kind)
			return false;
	return true;
}

static void __init make_spare(struct xen_p2m_spare *spare)
{
	unsigned int i;

	spare->leaf = xen_p2m_alloc_page();
	memset(spare->leaf, 0xff, PAGE_SIZE);		/* INVALID_P2M_ENTRY throughout */
	spare->table = xen_p2m_alloc_page();
	paravirt_alloc_pte(&init_mm, PFN_DOWN(__pa(spare->table)));
	for (i = 0; i < PTRS_PER_PTE; i++)
		set_pte(spare->table + i, pfn_pte(PFN_DOWN(__pa(spare->leaf)), PAGE_KERNEL_RO));
}

/* The stand-in for what @pfn is, or NULL for memory. */
static struct xen_p2m_spare * __init spare_for(unsigned long pfn)
{
	switch (kind_of(pfn)) {
	case XP2M_MISSING:
		return &xen_p2m_missing;
	case XP2M_IDENTITY:
		return &xen_p2m_identity;
	default:
		return NULL;
	}
}

static void __init map_leaf(unsigned long *array, unsigned long pfn)
{
	struct xen_p2m_spare *spare = uniform(pfn, P2M_PER_PAGE) ? spare_for(pfn) : NULL;
	unsigned long *leaf = spare ? spare->leaf : xen_p2m_alloc_page();
	pte_t *ptep = populate_extra_pte((unsigned long)&array[pfn]);

	if (!spare)
		copy_page(leaf, &xen_p2m_addr[pfn]);
	set_pte(ptep, pfn_pte(PFN_DOWN(__pa(leaf)), spare ? PAGE_KERNEL_RO : PAGE_KERNEL));
}

/* Maps @array to say what the list says; a page table's worth at a time if it is all the same. */
static void __init map_array(unsigned long *array)
{
	unsigned long pfn = 0;

	while (pfn < xen_max_p2m_pfn) {
		struct xen_p2m_spare *spare = spare_for(pfn);

		if (pfn % PER_TABLE == 0 && spare && uniform(pfn, PER_TABLE)) {
			set_pmd(populate_extra_pmd((unsigned long)&array[pfn]),
				__pmd(__pa(spare->table) | _KERNPG_TABLE));
			pfn += PER_TABLE;
		} else {
			map_leaf(array, pfn);
			pfn += P2M_PER_PAGE;
		}
	}
}

/* Moves the p2m to virtual memory, with room for all frames that may ever be added. */
void __init xen_vmalloc_p2m_tree(void)
{
	static struct vm_struct vm = { .flags = VM_ALLOC };
	unsigned long frames = max(xen_max_p2m_pfn, LIMIT_GIB << (30 - PAGE_SHIFT));

	xen_p2m_last_pfn = xen_max_p2m_pfn;
	vm.size = ALIGN(frames * sizeof(unsigned long), PMD_SIZE);
	vm_area_register_early(&vm, PMD_SIZE);
	pr_notice("p2m at %p, %lu KiB of virtual memory\n", vm.addr, vm.size >> 10);

	xen_max_p2m_pfn = vm.size / sizeof(unsigned long);
	make_spare(&xen_p2m_missing);
	make_spare(&xen_p2m_identity);
	map_array(vm.addr);
	xen_p2m_addr = vm.addr;
	xen_p2m_size = xen_max_p2m_pfn;
	enter_extra_memory();
}

/*
 * The hypervisor's mapping of the list outside of the kernel's area: its page tables and the list
 * itself become memory. Which levels are pinned on their own depends on who built them.
 */
static void __init free_table(void *table, bool unpin)
{
	phys_addr_t phys = __pa(table) & PHYSICAL_PAGE_MASK;

	if (unpin)
		xen_pt_early_pin(MMUEXT_UNPIN_TABLE, PFN_DOWN(phys));
	if (static_branch_likely(&xen_pt_pages_ready))
		ClearPagePinned(virt_to_page(__va(phys)));
	xen_pt_writable(phys, PAGE_SIZE);
}

static void __init free_pmd(pmd_t *pmdp, bool unpin)
{
	pte_t *table;
	unsigned int i;

	if (pmd_leaf(*pmdp)) {
		xen_pt_writable(pmd_val(*pmdp) & PHYSICAL_PAGE_MASK, PMD_SIZE);
		return;
	}
	table = pte_offset_kernel(pmdp, 0);
	for (i = 0; i < PTRS_PER_PTE; i++)
		if (!pte_none(table[i]))
			xen_pt_writable(PFN_PHYS(pte_pfn(table[i])), PAGE_SIZE);
	set_pmd(pmdp, __pmd(0));
	free_table(table, unpin);
}

static void __init free_pud(pud_t *pudp, bool unpin)
{
	pmd_t *table;
	unsigned int i;

	if (pud_leaf(*pudp)) {
		xen_pt_writable(pud_val(*pudp) & PHYSICAL_PAGE_MASK, PUD_SIZE);
		return;
	}
	table = pmd_offset(pudp, 0);
	for (i = 0; i < PTRS_PER_PMD; i++)
		if (!pmd_none(table[i]))
			free_pmd(&table[i], unpin);
	set_pud(pudp, __pud(0));
	free_table(table, unpin);
}

static void __init free_outside_mapping(unsigned long va)
{
	bool ours = va == 2 * PGDIR_SIZE;	/* xen_relocate_p2m() pinned each table */
	p4d_t *p4dp = p4d_offset(pgd_offset_k(va), 0);
	pud_t *table;
	unsigned int i;

	if (p4d_none(*p4dp))
		return;
	table = pud_offset(p4dp, 0);
	for (i = 0; i < PTRS_PER_PUD; i++)
		if (!pud_none(table[i]))
			free_pud(&table[i], ours);
	set_p4d(p4dp, __p4d(0));
	free_table(table, ours);
}

/* Gives the list's memory back once the array has taken over. */
void __init xen_p2m_drop_initial(void)
{
	unsigned long size = PAGE_ALIGN(xen_start_info->nr_pages * sizeof(unsigned long));
	unsigned long addr = xen_start_info->mfn_list;

	if ((unsigned long)xen_p2m_addr == addr)
		return;
	memset((void *)addr, 0xff, size);		/* a late user sees no memory at all */
	if (addr < __START_KERNEL_map) {
		free_outside_mapping(addr & PMD_MASK);
	} else {
		xen_pt_drop_high_map(addr, addr + roundup(size, PMD_SIZE));
		memblock_free((void *)addr, size);
	}
	xen_start_info->mfn_list = (unsigned long)xen_p2m_addr;
}

/* The word at a physical address that has no place in the direct map yet. */
static u64 __init read_phys(phys_addr_t phys)
{
	u64 *p = early_memremap_ro(phys, sizeof(*p)), word = *p;

	early_memunmap(p, sizeof(*p));
	return word;
}

/* Follows the page tables to @va without relying on them being mapped; 0 if it is not mapped. */
static phys_addr_t __init virt_to_phys_by_tables(unsigned long va)
{
	static const unsigned int shift[] __initconst = {
		P4D_SHIFT, PUD_SHIFT, PMD_SHIFT, PAGE_SHIFT
	};
	phys_addr_t table = read_cr3_pa();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shift); i++) {
		unsigned long index = va >> shift[i] & (PTRS_PER_PTE - 1);
		pte_t entry = native_make_pte(read_phys(table + index * sizeof(u64)));

		if (!pte_present(entry))
			return 0;
		table = PFN_PHYS(pte_pfn(entry));
		if (i && entry.pte & _PAGE_PSE)
			break;
	}
	i = min(i, ARRAY_SIZE(shift) - 1);
	return table + (va & (BIT(shift[i]) - 1));
}

/* One level of the page tables for the list's new place. */
struct new_level {
	unsigned long n;		/* tables of this level */
	phys_addr_t phys;		/* of the first one */
	unsigned int pin;
};

/*
 * Fills the tables of one level with entries for @n consecutive pages from @target on, and hands
 * them to the hypervisor.
 */
static void __init fill_level(const struct new_level *level, phys_addr_t target, unsigned long n,
			      u64 flags)
{
	unsigned long t, i, done = 0;

	for (t = 0; t < level->n; t++) {
		phys_addr_t phys = level->phys + t * PAGE_SIZE;
		u64 *table = early_memremap(phys, PAGE_SIZE);

		clear_page(table);
		for (i = 0; i < PTRS_PER_PTE && done < n; i++, done++)
			table[i] = xen_pt_to_machine((target + done * PAGE_SIZE) | flags);
		early_memunmap(table, PAGE_SIZE);
		make_lowmem_page_readonly(__va(phys));
		xen_pt_early_pin(level->pin, PFN_DOWN(phys));
	}
}

/* Releases the list's old place, its page tables included where they are not the kernel's. */
static void __init release_old_place(pgd_t *pgd, unsigned long list_frames)
{
	unsigned long list = PFN_DOWN(virt_to_phys_by_tables(xen_start_info->mfn_list));
	unsigned long pfn = list, end = list + list_frames;

	BUG_ON(!list);
	if (xen_start_info->mfn_list < __START_KERNEL_map) {
		pfn = xen_start_info->first_p2m_pfn;
		end = pfn + xen_start_info->nr_p2m_frames;
		set_pgd(pgd + 1, __pgd(0));
	}
	memblock_phys_free(PFN_PHYS(pfn), PFN_PHYS(end - pfn));
	for (; pfn < end; pfn++)
		/* The list itself was writable all the time. */
		if (pfn < list || pfn >= list + list_frames)
			make_lowmem_page_readwrite(__va(PFN_PHYS(pfn)));
}

/**
 * xen_relocate_p2m() - move the list out of the way of the machine's memory map
 *
 * It is mapped at a user address then: the hypervisor's own choice was the top-level entry below.
 */
void __init xen_relocate_p2m(void)
{
	unsigned long size = PAGE_ALIGN(xen_start_info->nr_pages * sizeof(unsigned long));
	unsigned long *list = (unsigned long *)(2 * PGDIR_SIZE);
	struct new_level pud = { DIV_ROUND_UP(size, PGDIR_SIZE), 0, MMUEXT_PIN_L3_TABLE };
	struct new_level pmd = { DIV_ROUND_UP(size, PUD_SIZE), 0, MMUEXT_PIN_L2_TABLE };
	struct new_level pte = { DIV_ROUND_UP(size, PMD_SIZE), 0, MMUEXT_PIN_L1_TABLE };
	unsigned long frames = PFN_DOWN(size) + pte.n + pmd.n + pud.n, i;
	pgd_t *pgd = __va(read_cr3_pa());
	phys_addr_t data;

	pud.phys = xen_find_free_area(PFN_PHYS(frames));
	if (!pud.phys) {
		xen_raw_console_write("No free area for the p2m, which is in the way\n");
		BUG();
	}
	pmd.phys = pud.phys + pud.n * PAGE_SIZE;
	pte.phys = pmd.phys + pmd.n * PAGE_SIZE;
	data = pte.phys + pte.n * PAGE_SIZE;

	fill_level(&pte, data, PFN_DOWN(size),
		   pgprot_val(PAGE_KERNEL) & __supported_pte_mask);
	fill_level(&pmd, pte.phys, pte.n, _PAGE_TABLE);
	fill_level(&pud, pmd.phys, pmd.n, _PAGE_TABLE);
	for (i = 0; i < pud.n; i++)
		set_pgd(pgd + 2 + i, __pgd(_PAGE_TABLE | (pud.phys + i * PAGE_SIZE)));

	memcpy(list, xen_p2m_addr, size);
	xen_p2m_addr = list;
	release_old_place(pgd, PFN_DOWN(size));

	xen_start_info->mfn_list = (unsigned long)list;
	xen_start_info->first_p2m_pfn = PFN_DOWN(pud.phys);
	xen_start_info->nr_p2m_frames = frames;
}
