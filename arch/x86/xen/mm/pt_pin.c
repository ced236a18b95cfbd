// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning: handing the page tables of a process to the hypervisor, and taking them back.
 *
 * While a process is built or torn down, its page tables are plain memory. Before it runs, the
 * tables of its last level are made read-only and pinned, which makes the hypervisor check them,
 * and its upper levels get twins, see pt_twin.c. From then on entries change by hypercall only.
 * When the process ends, it is undone first, so that tearing down is plain memory writes again.
 *
 * Locks: mm->page_table_lock is held over both. Where each table of the last level has a lock of
 * its own, it is held from the moment the table becomes read-only until the hypervisor took it
 * (or gave it back), since a setter in between could neither write nor ask. These tables are pinned
 * one by one for that reason; the batch drops their locks when it is issued, so no more of them are
 * held than a batch has callbacks.
 */
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>

#include <asm/mmu_context.h>
#include <asm/tlbflush.h>

#include "mm.h"

DEFINE_STATIC_KEY_FALSE(xen_pt_pages_ready);

/* The next present entry of @table from @i on, or @end. Most entries are zero. */
unsigned int xen_pt_next_present(const u64 *table, unsigned int i, unsigned int end)
{
	while (i < end) {
		if (!(i & 7) && i + 8 <= end &&
		    !(table[i] | table[i + 1] | table[i + 2] | table[i + 3] | table[i + 4] |
		      table[i + 5] | table[i + 6] | table[i + 7])) {
			i += 8;
			continue;
		}
		if (table[i] & _PAGE_PRESENT)
			return i;
		i++;
	}
	return end;
}

static spinlock_t *lock_table(struct page *page, struct mm_struct *mm)
{
#ifdef CONFIG_SPLIT_PTE_PTLOCKS
	spinlock_t *ptl = ptlock_ptr(page_ptdesc(page));

	spin_lock_nest_lock(ptl, &mm->page_table_lock);
	__release(ptl);		/* by unlock_table(), from the batch */
	return ptl;
#else
	return NULL;		/* mm->page_table_lock covers all */
#endif
}

static void unlock_table(void *ptl)
{
	__acquire(ptl);		/* by lock_table() */
	spin_unlock(ptl);
}

/**
 * xen_pt_queue_pin() - queue the pinning or unpinning of a table
 * @cmd: MMUEXT_PIN_L1_TABLE to MMUEXT_PIN_L4_TABLE, MMUEXT_UNPIN_TABLE
 * @pfn: the table
 */
void xen_pt_queue_pin(unsigned int cmd, unsigned long pfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pfn_to_mfn(pfn) };

	xen_batch_mmuext(&op);
}

/**
 * xen_pt_queue_protection() - queue a change of how the kernel sees a page
 * @page: the page
 * @prot: PAGE_KERNEL or PAGE_KERNEL_RO
 * @flags: UVMF_*
 */
void xen_pt_queue_protection(struct page *page, pgprot_t prot, unsigned long flags)
{
	unsigned long pfn = page_to_pfn(page);

	xen_batch_va_mapping((unsigned long)__va(PFN_PHYS(pfn)), pfn_pte(pfn, prot), flags);
}

/**
 * xen_pt_pin_last() - queue the pinning of a table of the last level
 * @mm: whose it is, page_table_lock held
 * @pmdp: leads to it
 *
 * No TLB flush is asked for: a writable mapping that some CPU remembers is what the hypervisor
 * flushes by itself before it accepts the page as a table.
 */
void xen_pt_pin_last(struct mm_struct *mm, pmd_t *pmdp)
{
	struct page *page = pfn_to_page(xen_pt_table_pfn(native_pmd_val(*pmdp)));
	spinlock_t *ptl;		/* the table's, or NULL */

	ptl = lock_table(page, mm);
	xen_pt_set_linked_at(page, pmdp);
	if (TestSetPagePinned(page)) {
		if (ptl)
			unlock_table(ptl);
		return;
	}
	xen_pt_queue_protection(page, PAGE_KERNEL_RO, 0);
	if (ptl) {
		xen_pt_queue_pin(MMUEXT_PIN_L1_TABLE, page_to_pfn(page));
		xen_batch_after(unlock_table, ptl);
	}
}

/**
 * xen_pt_unpin_last() - undo xen_pt_pin_last()
 * @mm: whose it is, page_table_lock held
 * @page: the table, to which the pin is all that leads the hypervisor
 */
void xen_pt_unpin_last(struct mm_struct *mm, struct page *page)
{
	spinlock_t *ptl;		/* the table's, or NULL */

	/* Who has it may be in the middle of a row, as truncating a file that is still mapped. */
	ptl = lock_table(page, mm);
	xen_pt_set_linked_at(page, NULL);
	if (!TestClearPagePinned(page)) {
		if (ptl)
			unlock_table(ptl);
		return;
	}
	if (ptl)
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, page_to_pfn(page));
	xen_pt_queue_protection(page, PAGE_KERNEL, 0);
	if (ptl)
		xen_batch_after(unlock_table, ptl);
}

/* False if there is no memory for a twin: to be repeated when there is. */
static bool pin_pgd(struct mm_struct *mm, pgd_t *pgd)
{
	struct xen_pt_top *top = xen_pt_top(pgd);
	const u64 *table = (const u64 *)pgd;
	unsigned int i;
	u64 entry;

	trace_xen_mmu_pgd_pin(mm, pgd);
	guard(xen_batch)(XEN_NOW);
	xen_pt_top_queue_kernel(top, pgd);
	for (i = 0; (i = xen_pt_next_present(table, i, XEN_USER_PGDS)) < XEN_USER_PGDS; i++) {
		entry = xen_pt_twin_fill(mm, table[i], XEN_PT_PUD);
		if (!entry)
			return false;
		xen_batch_mmu_update(xen_pt_maddr(top->kernel + i), entry);
		xen_batch_mmu_update(xen_pt_maddr(top->user + i), entry);
	}
	SetPagePinned(virt_to_page(pgd));
	return true;
}

static void unpin_pgd(struct mm_struct *mm, pgd_t *pgd, struct list_head *surplus)
{
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	struct xen_pt_top *top = xen_pt_top(pgd);
	const u64 *table = (const u64 *)pgd;
	unsigned int i;

	trace_xen_mmu_pgd_unpin(mm, pgd);
	guard(xen_batch)(XEN_NOW);
	ClearPagePinned(virt_to_page(pgd));
	for (i = 0; (i = xen_pt_next_present(table, i, XEN_USER_PGDS)) < XEN_USER_PGDS; i++) {
		xen_batch_mmu_update(xen_pt_maddr(top->kernel + i), 0);
		xen_batch_mmu_update(xen_pt_maddr(top->user + i), 0);
		xen_pt_twin_empty(mm, table[i], XEN_PT_PUD, surplus);
	}
	/* A stale read-only mapping costs a fault each: this spares them. */
	xen_batch_mmuext(&flush);
}

/*
 * A process is about to use its page tables. For want of memory, fork() can wait, since nobody else
 * changes the tables of its child. exec() cannot: all that it has built so far is the stack, whose
 * tables are one of each level, and their twins are ready.
 */
void xen_pt_enter_mmap(struct mm_struct *mm)
{
	bool done;

	for (;;) {
		spin_lock(&mm->page_table_lock);
		done = pin_pgd(mm, mm->pgd);
		spin_unlock(&mm->page_table_lock);
		if (done)
			return;
		if (WARN_ON_ONCE(current->mm == mm))
			return;
		xen_pt_top_refill(xen_pt_top(mm->pgd), GFP_KERNEL | __GFP_NOFAIL);
	}
}

static void leave_tables(void *info)
{
	struct mm_struct *mm = info;

	if (this_cpu_read(cpu_tlbstate.loaded_mm) == mm)
		leave_mm();
	/* The CPU may have moved on without having told the hypervisor yet. */
	if (this_cpu_read(xen_cr3_loaded) == __pa(mm->pgd))
		xen_mc_flush();
}

static bool cpu_has_tables(int cpu, void *info)
{
	struct mm_struct *mm = info;

	return per_cpu(xen_cr3_loaded, cpu) == __pa(mm->pgd);
}

/*
 * A process has ended. Other CPUs may still have its page tables loaded, idle or in a kernel
 * thread: none may be left before the tables are taken back.
 */
void xen_pt_exit_mmap(struct mm_struct *mm)
{
	LIST_HEAD(surplus);

	preempt_disable();
	leave_tables(mm);
	on_each_cpu_cond(cpu_has_tables, leave_tables, mm, true);
	preempt_enable();

	spin_lock(&mm->page_table_lock);
	/* A failed exec gets here without ever having run. */
	if (xen_pt_pinned(mm->pgd))
		unpin_pgd(mm, mm->pgd, &surplus);
	spin_unlock(&mm->page_table_lock);
	if (!list_empty(&surplus))
		xen_pt_twins_free(&surplus);
}
