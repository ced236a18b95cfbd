// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a table page: from the moment it is put into a page table until it leaves it.
 *
 * A table of the last level joins a pinned page table as a pinned one, and any other as plain
 * memory, which becomes pinned with all the rest in pt_pin.c. So does one of an upper level of the
 * kernel's; a process's gets a twin instead. When a table leaves, it must be plain memory again
 * before the allocator gets it.
 */
#include "mm.h"

/* With a lock for each table of the last level, these are pinned one by one: see pt_pin.c. */
static bool pinned_alone(enum pt_level_no level)
{
	return IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS) && level == XEN_PT_PTE;
}

static void alloc_table(struct mm_struct *mm, unsigned long pfn, enum pt_level_no level)
{
	bool pinned = xen_pt_pinned(mm->pgd), already = false;
	struct page *page = pfn_to_page(pfn);

	trace_xen_mmu_alloc_ptpage(mm, pfn, level, pinned);
	if (!pinned) {
		if (level == XEN_PT_PTE)
			xen_pt_fork_grows(mm);
		return;
	}
	if (static_branch_likely(&xen_pt_pages_ready)) {
		/* A process's upper levels get their twins from the setter. */
		if (level != XEN_PT_PTE && xen_pt_top(mm->pgd))
			return;
		already = TestSetPagePinned(page);
	}

	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	xen_pt_queue_protection(page, PAGE_KERNEL_RO, 0);
	if (pinned_alone(level) && !already)
		xen_pt_queue_pin(MMUEXT_PIN_L1_TABLE, pfn);
}

static void release_table(unsigned long pfn, enum pt_level_no level)
{
	struct page *page = pfn_to_page(pfn);
	bool pinned = TestClearPagePinned(page);

	trace_xen_mmu_release_ptpage(pfn, level, pinned);
	if (pinned) {
		guard(xen_batch)(XEN_NOW);
		if (pinned_alone(level))
			xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, pfn);
		xen_pt_queue_protection(page, PAGE_KERNEL, 0);
	}
	if (level != XEN_PT_PTE)
		xen_pt_twin_release(page);
	else
		xen_pt_set_linked_at(page, NULL);
}

void xen_pt_alloc_pte(struct mm_struct *mm, unsigned long pfn)
{
	alloc_table(mm, pfn, XEN_PT_PTE);
}

void xen_pt_alloc_pmd(struct mm_struct *mm, unsigned long pfn)
{
	alloc_table(mm, pfn, XEN_PT_PMD);
}

void xen_pt_alloc_pud(struct mm_struct *mm, unsigned long pfn)
{
	alloc_table(mm, pfn, XEN_PT_PUD);
}

void xen_pt_release_pte(unsigned long pfn)
{
	release_table(pfn, XEN_PT_PTE);
}

void xen_pt_release_pmd(unsigned long pfn)
{
	release_table(pfn, XEN_PT_PMD);
}

void xen_pt_release_pud(unsigned long pfn)
{
	release_table(pfn, XEN_PT_PUD);
}
