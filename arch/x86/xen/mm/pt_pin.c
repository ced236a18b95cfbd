// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning: handing the page tables of a process to the hypervisor, and taking them back.
 *
 * While a process is built or torn down, its page tables are plain memory. Before it runs, each of
 * them is made read-only and the top levels are pinned, which makes the hypervisor check all that
 * they reach; from then on they change by hypercall only. When the process ends, it is undone
 * first, so that tearing down is plain memory writes again.
 *
 * Locks: mm->page_table_lock is held over both. Where each table of the last level has a lock of
 * its own, it is held from the moment the table becomes read-only until the hypervisor took it
 * (or gave it back), since a setter in between could neither write nor ask. These tables are pinned
 * one by one for that reason; the batch drops their locks when it is issued, so no more of them are
 * held than a batch has callbacks.
 */
#include <linux/sched/mm.h>
#include <linux/smp.h>

#include <asm/mmu_context.h>
#include <asm/tlbflush.h>

#include "mm.h"

typedef void (*pt_visit_t)(struct mm_struct *mm, struct page *table, enum pt_level_no level);

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

/* Visits the tables below @table, which is of @level, the upper ones before the lower ones. */
static void walk_below(struct mm_struct *mm, const u64 *table, unsigned int begin,
		       unsigned int end, enum pt_level_no level, pt_visit_t visit)
{
	unsigned int i;

	for (i = begin; (i = xen_pt_next_present(table, i, end)) < end; i++) {
		struct page *page;

		if (unlikely(table[i] & _PAGE_PSE))
			continue;
		page = pfn_to_page(xen_pt_table_pfn(table[i]));
		visit(mm, page, level);
		if (level < XEN_PT_PTE)
			walk_below(mm, page_address(page), 0, PTRS_PER_PTE, level + 1, visit);
	}
}

/* The process's own half; the top level itself comes last. */
static void walk_user(struct mm_struct *mm, pgd_t *pgd, pt_visit_t visit)
{
	walk_below(mm, (u64 *)pgd, 0, XEN_USER_PGDS, XEN_PT_PUD, visit);
	visit(mm, virt_to_page(pgd), XEN_PT_PGD);
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

static void queue_protection(struct page *page, pgprot_t prot, unsigned long flags)
{
	unsigned long pfn = page_to_pfn(page);

	xen_batch_va_mapping((unsigned long)__va(PFN_PHYS(pfn)), pfn_pte(pfn, prot), flags);
}

/*
 * No TLB flush is asked for: a writable mapping that some CPU remembers is what the hypervisor
 * flushes by itself before it accepts the page as a table.
 */
static void pin_table(struct mm_struct *mm, struct page *page, enum pt_level_no level)
{
	spinlock_t *ptl = NULL;

	if (TestSetPagePinned(page))
		return;
	if (level == XEN_PT_PTE)
		ptl = lock_table(page, mm);
	queue_protection(page, PAGE_KERNEL_RO, 0);
	if (ptl) {
		xen_pt_queue_pin(MMUEXT_PIN_L1_TABLE, page_to_pfn(page));
		xen_batch_after(unlock_table, ptl);
	}
}

static void unpin_table(struct mm_struct *mm, struct page *page, enum pt_level_no level)
{
	spinlock_t *ptl = NULL;

	if (!TestClearPagePinned(page))
		return;
	if (level == XEN_PT_PTE)
		ptl = lock_table(page, mm);
	if (ptl)
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, page_to_pfn(page));
	/* A stale read-only mapping costs a fault each: one flush, the last, spares them. */
	queue_protection(page, PAGE_KERNEL, level == XEN_PT_PGD ? UVMF_TLB_FLUSH : 0);
	if (ptl)
		xen_batch_after(unlock_table, ptl);
}

static void pin_pgd(struct mm_struct *mm, pgd_t *pgd)
{
	trace_xen_mmu_pgd_pin(mm, pgd);
	guard(xen_batch)(XEN_NOW);
	walk_user(mm, pgd, pin_table);
	xen_pt_queue_pin(MMUEXT_PIN_L4_TABLE, virt_to_pfn(pgd));
	xen_pt_user_fill(pgd);
}

static void unpin_pgd(struct mm_struct *mm, pgd_t *pgd)
{
	trace_xen_mmu_pgd_unpin(mm, pgd);
	guard(xen_batch)(XEN_NOW);
	xen_pt_user_empty(pgd);
	xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, virt_to_pfn(pgd));
	walk_user(mm, pgd, unpin_table);
}

/* A process is about to use its page tables. */
void xen_pt_enter_mmap(struct mm_struct *mm)
{
	spin_lock(&mm->page_table_lock);
	pin_pgd(mm, mm->pgd);
	spin_unlock(&mm->page_table_lock);
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
	preempt_disable();
	leave_tables(mm);
	on_each_cpu_cond(cpu_has_tables, leave_tables, mm, true);
	preempt_enable();

	spin_lock(&mm->page_table_lock);
	/* A failed exec gets here without ever having run. */
	if (xen_pt_pinned(mm->pgd))
		unpin_pgd(mm, mm->pgd);
	spin_unlock(&mm->page_table_lock);
}

static void walk_pgds(void (*act)(struct page *page))
{
	struct page *page;

	spin_lock(&init_mm.page_table_lock);
	spin_lock(&pgd_lock);
	list_for_each_entry(page, &pgd_list, lru)
		act(page);
	spin_unlock(&pgd_lock);
	spin_unlock(&init_mm.page_table_lock);
}

static void pin_for_save(struct page *page)
{
	if (PagePinned(page))
		return;
	pin_pgd(&init_mm, page_address(page));
	SetPageSavePinned(page);
}

static void unpin_after_save(struct page *page)
{
	if (!PageSavePinned(page))
		return;
	unpin_pgd(&init_mm, page_address(page));
	ClearPageSavePinned(page);
}

/*
 * Saving the domain turns machine frames of page tables into pseudo-physical ones, which the
 * toolstack can do for tables that the hypervisor knows. All others get pinned, and are marked.
 * Other CPUs do not run meanwhile.
 */
void xen_mm_pin_all(void)
{
	walk_pgds(pin_for_save);
}

void xen_mm_unpin_all(void)
{
	walk_pgds(unpin_after_save);
}

static void __init mark_table(struct mm_struct *mm, struct page *page, enum pt_level_no level)
{
	SetPagePinned(page);
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
	walk_below(&init_mm, pgd, 0, pgd_index(GUARD_HOLE_BASE_ADDR), XEN_PT_PUD, mark_table);
	walk_below(&init_mm, pgd, pgd_index(GUARD_HOLE_END_ADDR), PTRS_PER_PGD, XEN_PT_PUD,
		   mark_table);
	mark_table(&init_mm, virt_to_page(init_mm.pgd), XEN_PT_PGD);
}
