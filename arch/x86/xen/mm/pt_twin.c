// SPDX-License-Identifier: GPL-2.0
/*
 * Twins: the upper levels of a process's page tables exist twice.
 *
 * The core builds, walks and tears down its own, which is plain memory all its life and which the
 * hypervisor never hears of. What the hypervisor walks are twins of these tables: pages of this
 * file's, read-only and pinned one by one, that say the same, except that an entry leads to the
 * twin of the next table. Tables of the last level exist once, since the hardware writes to them;
 * both trees lead to them.
 *
 *	core		pgd ----------> pud ----------> pmd ----.
 *								 > pte
 *	hypervisor	kernel, user -> twin ---------> twin ---'
 *
 * Being checked, entry by entry of which most are empty, is what makes a table expensive, and so is
 * being given back. A twin is emptied instead, and waits for the next process, still pinned.
 * The few entries of a tree's upper levels make that a bargain.
 *
 * A table finds its twin in its struct page, and a twin the process that it is for. From the moment
 * when a process is pinned until it ends, every table in its tree has one, and setters write to
 * both. Memory for a twin may be missing when a running process gets another table under a lock.
 * That table is then "its own": read-only and checked, marked as pinned and changed by hypercall,
 * and so is every table that is put below it.
 */
#include <linux/gfp.h>
#include <linux/percpu.h>

#include "mm.h"

#define WAITING		16
#define LEVELS		(XEN_PT_PTE - XEN_PT_PUD)

/* With interrupts off. */
static DEFINE_PER_CPU(struct {
	unsigned int n;
	u64 *twin[WAITING];
}, waiting[LEVELS]);

bool xen_pt_no_twins;

static u64 *take_waiting(enum pt_level_no level)
{
	unsigned int n;

	guard(irqsave)();
	n = this_cpu_read(waiting[level - XEN_PT_PUD].n);
	if (!n)
		return NULL;
	this_cpu_write(waiting[level - XEN_PT_PUD].n, --n);
	return this_cpu_read(waiting[level - XEN_PT_PUD].twin[n]);
}

/**
 * xen_pt_twin_new() - an empty table that may become a twin
 * @level: which level it is good for
 * @gfp: how to get memory if none waits
 *
 * Return: the table, or NULL. The hypervisor may not know it yet.
 */
u64 *xen_pt_twin_new(enum pt_level_no level, gfp_t gfp)
{
	u64 *twin;

	if (unlikely(READ_ONCE(xen_pt_no_twins)) && !gfpflags_allow_blocking(gfp))
		return NULL;
	twin = take_waiting(level);
	return twin ?: (u64 *)get_zeroed_page(gfp | __GFP_NOWARN);
}

/* An empty one, which no CPU has loaded or remembers. */
static void let_wait(u64 *twin, enum pt_level_no level, struct list_head *surplus)
{
	unsigned int n;

	guard(irqsave)();
	n = this_cpu_read(waiting[level - XEN_PT_PUD].n);
	if (n == WAITING) {
		list_add(&virt_to_page(twin)->lru, surplus);
		return;
	}
	this_cpu_write(waiting[level - XEN_PT_PUD].twin[n], twin);
	this_cpu_write(waiting[level - XEN_PT_PUD].n, n + 1);
}

static void take_back(struct list_head *pages)
{
	struct page *page;

	guard(xen_batch)(XEN_NOW);
	list_for_each_entry(page, pages, lru) {
		if (!TestClearPagePinned(page))
			continue;
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, page_to_pfn(page));
		xen_pt_queue_protection(page, PAGE_KERNEL, 0);
	}
}

/**
 * xen_pt_twins_free() - give pages back to the allocator that the hypervisor may know as tables
 * @pages: linked by their &page.lru
 *
 * CPUs may still remember having been led there: the hypervisor sees to that before it lets the
 * page become writable.
 *
 * Context: not in a scope of the batch.
 */
void xen_pt_twins_free(struct list_head *pages)
{
	struct page *page, *next;

	take_back(pages);
	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

static void queue_known(u64 *twin, enum pt_level_no level)
{
	struct page *page = virt_to_page(twin);

	if (TestSetPagePinned(page))
		return;
	xen_pt_queue_protection(page, PAGE_KERNEL_RO, 0);
	xen_pt_queue_pin(level == XEN_PT_PUD ? MMUEXT_PIN_L3_TABLE : MMUEXT_PIN_L2_TABLE,
			 page_to_pfn(page));
}

/* From here on @page is what the hypervisor walks; a twin that it had waits for its end, empty. */
static void become_own(struct page *page)
{
	u64 *twin = xen_pt_twin(page);
	unsigned int i;

	SetPagePinned(page);
	xen_pt_queue_protection(page, PAGE_KERNEL_RO, 0);
	if (!twin)
		return;
	for (i = 0; (i = xen_pt_next_present(twin, i, PTRS_PER_PTE)) < PTRS_PER_PTE; i++)
		xen_batch_mmu_update(xen_pt_maddr(twin + i), 0);
}

static u64 entry_to(const u64 *twin, u64 entry)
{
	return (entry & ~XEN_PTE_MFN_MASK) | PFN_PHYS((u64)pfn_to_mfn(virt_to_pfn(twin)));
}

static void join(struct page *page, u64 *twin, enum pt_level_no level, struct xen_pt_top *top)
{
	set_page_private(virt_to_page(twin), (unsigned long)top);
	xen_pt_set_twin(page, twin);
	queue_known(twin, level);
}

/**
 * xen_pt_twin_entry() - what the hypervisor gets for an entry of an upper level
 * @entry: the core's, in machine frames
 * @level: of the table that it leads to, XEN_PT_PUD or XEN_PT_PMD
 * @top: of the process; NULL if the entry is for a table that is its own
 *
 * The table that it leads to gets a twin, or becomes its own, unless it has or is already.
 *
 * Context: in a scope of the batch, with the lock of the table that the entry is for.
 *
 * Return: the entry for the hypervisor.
 */
u64 xen_pt_twin_entry(u64 entry, enum pt_level_no level, struct xen_pt_top *top)
{
	struct page *page;
	u64 *twin;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	page = pfn_to_page(xen_pt_table_pfn(entry));
	if (PagePinned(page))
		return entry;
	twin = xen_pt_twin(page);
	if (!twin && top) {
		twin = xen_pt_twin_new(level, GFP_ATOMIC);
		if (twin)
			join(page, twin, level, top);
	}
	if (!twin || !top) {
		become_own(page);
		return entry;
	}
	return entry_to(twin, entry);
}

static u64 *ready_twin(struct xen_pt_top *top, enum pt_level_no level)
{
	u64 *twin = top->ready[level - XEN_PT_PUD];

	if (!twin)
		return xen_pt_twin_new(level, GFP_ATOMIC);
	top->ready[level - XEN_PT_PUD] = NULL;
	return twin;
}

/**
 * xen_pt_twin_fill() - queue a twin for a table and for all upper ones below it
 * @mm: whose they are, page_table_lock held
 * @entry: the core's entry that leads to the table
 * @level: of the table
 *
 * Tables of the last level get pinned on the way. May be called again after a failure.
 *
 * Context: in a scope of the batch.
 *
 * Return: the entry for the hypervisor, or 0 if there is no memory for a twin.
 */
u64 xen_pt_twin_fill(struct mm_struct *mm, u64 entry, enum pt_level_no level)
{
	struct page *page = pfn_to_page(xen_pt_table_pfn(entry));
	u64 *table = page_address(page), *twin = xen_pt_twin(page), below;
	struct xen_pt_top *top = xen_pt_top(mm->pgd);
	unsigned int i;

	if (!twin) {
		twin = ready_twin(top, level);
		if (!twin)
			return 0;
		join(page, twin, level, top);
	}
	for (i = 0; (i = xen_pt_next_present(table, i, PTRS_PER_PTE)) < PTRS_PER_PTE; i++) {
		if (level == XEN_PT_PMD) {
			xen_pt_pin_last(mm, (pmd_t *)table + i);
			below = table[i];
		} else {
			below = xen_pt_twin_fill(mm, table[i], level + 1);
			if (!below)
				return 0;
		}
		xen_batch_mmu_update(xen_pt_maddr(twin + i), below);
	}
	return entry_to(twin, entry);
}

/**
 * xen_pt_twin_empty() - queue the end of what xen_pt_twin_fill() and setters have done
 * @mm: whose tables, page_table_lock held; no CPU has them loaded
 * @entry: the core's entry that leads to the table; nothing leads the hypervisor there any more
 * @level: of the table
 * @surplus: gets the twins that need not wait, for xen_pt_twins_free()
 *
 * Context: in a scope of the batch.
 */
void xen_pt_twin_empty(struct mm_struct *mm, u64 entry, enum pt_level_no level,
		       struct list_head *surplus)
{
	struct page *page = pfn_to_page(xen_pt_table_pfn(entry));
	u64 *table = page_address(page), *twin = xen_pt_twin(page);
	bool own = PagePinned(page);
	unsigned int i;

	for (i = 0; (i = xen_pt_next_present(table, i, PTRS_PER_PTE)) < PTRS_PER_PTE; i++) {
		if (!own)
			xen_batch_mmu_update(xen_pt_maddr(twin + i), 0);
		if (level == XEN_PT_PMD)
			xen_pt_unpin_last(mm, pfn_to_page(xen_pt_table_pfn(table[i])));
		else
			xen_pt_twin_empty(mm, table[i], level + 1, surplus);
	}
	if (own) {
		ClearPagePinned(page);
		xen_pt_queue_protection(page, PAGE_KERNEL, 0);
	}
	if (twin) {
		xen_pt_set_twin(page, NULL);
		let_wait(twin, level, surplus);
	}
}

/**
 * xen_pt_twin_release() - a table leaves a running process's tree, empty
 * @page: the table
 *
 * CPUs may remember its twin until their TLBs are flushed, so the twin does not wait for anybody.
 */
void xen_pt_twin_release(struct page *page)
{
	u64 *twin = xen_pt_twin(page);
	LIST_HEAD(surplus);

	if (!twin)
		return;
	xen_pt_set_twin(page, NULL);
	list_add(&virt_to_page(twin)->lru, &surplus);
	xen_pt_twins_free(&surplus);
}
