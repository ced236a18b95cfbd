// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables when the domain is saved, and the kernel's own at boot.
 *
 * Saving the domain turns machine frames of page tables into pseudo-physical ones, which the
 * toolstack can do for tables that the hypervisor knows. The trees that the core keeps for
 * processes are plain memory: they get pinned for the time being, and what got pinned is marked.
 * Other CPUs do not run meanwhile.
 */
#include "mm.h"

typedef void (*pt_visit_t)(struct page *table, enum pt_level_no level);

/* Visits the tables below @table, which is of @level, the upper ones before the lower ones. */
static void walk_below(const u64 *table, unsigned int begin, unsigned int end,
		       enum pt_level_no level, pt_visit_t visit)
{
	unsigned int i;

	for (i = begin; (i = xen_pt_next_present(table, i, end)) < end; i++) {
		struct page *page;

		if (unlikely(table[i] & _PAGE_PSE))
			continue;
		page = pfn_to_page(xen_pt_table_pfn(table[i]));
		visit(page, level);
		if (level < XEN_PT_PTE)
			walk_below(page_address(page), 0, PTRS_PER_PTE, level + 1, visit);
	}
}

/* The mark of a top level says that its process runs, and stays as it is. */
static void pin_table(struct page *page, enum pt_level_no level)
{
	if (level != XEN_PT_PGD && TestSetPagePinned(page))
		return;
	SetPageSavePinned(page);
	xen_pt_queue_protection(page, PAGE_KERNEL_RO, 0);
}

static void unpin_table(struct page *page, enum pt_level_no level)
{
	if (!PageSavePinned(page))
		return;
	ClearPageSavePinned(page);
	if (level != XEN_PT_PGD)
		ClearPagePinned(page);
	xen_pt_queue_protection(page, PAGE_KERNEL, 0);
}

static void visit_tree(struct page *pgd, pt_visit_t visit)
{
	walk_below(page_address(pgd), 0, XEN_USER_PGDS, XEN_PT_PUD, visit);
	visit(pgd, XEN_PT_PGD);
}

static void pin_for_save(struct page *pgd)
{
	guard(xen_batch)(XEN_NOW);
	visit_tree(pgd, pin_table);
	xen_pt_queue_pin(MMUEXT_PIN_L4_TABLE, page_to_pfn(pgd));
}

static void unpin_after_save(struct page *pgd)
{
	guard(xen_batch)(XEN_NOW);
	if (PageSavePinned(pgd))
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, page_to_pfn(pgd));
	visit_tree(pgd, unpin_table);
}

static void walk_pgds(void (*act)(struct page *pgd))
{
	struct page *pgd;

	spin_lock(&init_mm.page_table_lock);
	spin_lock(&pgd_lock);
	list_for_each_entry(pgd, &pgd_list, lru)
		act(pgd);
	spin_unlock(&pgd_lock);
	spin_unlock(&init_mm.page_table_lock);
}

void xen_mm_pin_all(void)
{
	walk_pgds(pin_for_save);
}

void xen_mm_unpin_all(void)
{
	walk_pgds(unpin_after_save);
}

static void __init mark_table(struct page *table, enum pt_level_no level)
{
	SetPagePinned(table);
}

/* The kernel's own tables have been pinned since boot; now there is a place to note it. */
void __init xen_pt_mark_kernel(void)
{
	const u64 *pgd = (u64 *)init_mm.pgd;

	static_branch_enable(&xen_pt_pages_ready);
#ifdef CONFIG_X86_VSYSCALL_EMULATION
	SetPagePinned(virt_to_page(xen_vsyscall_pud));
#endif
	/* The gap between the halves is the hypervisor's. */
	walk_below(pgd, 0, pgd_index(GUARD_HOLE_BASE_ADDR), XEN_PT_PUD, mark_table);
	walk_below(pgd, pgd_index(GUARD_HOLE_END_ADDR), PTRS_PER_PGD, XEN_PT_PUD, mark_table);
	mark_table(virt_to_page(init_mm.pgd), XEN_PT_PGD);
}
