// SPDX-License-Identifier: GPL-2.0
/*
 * Many entries of one table: taken out of the hypervisor's tree, written, put back.
 *
 * Each entry that changes by hypercall costs the hypervisor some hundred instructions, however many
 * come in one call; checking a whole table costs less for each. So when many entries of a table of
 * the last level change in a row, in lazy MMU mode and therefore under the table's lock, the table
 * is opened: nothing leads the hypervisor there any more and it is plain memory. The end of the
 * lazy mode closes it, before the lock is dropped. Changes are setters' (xen_pt_row()) and those of
 * instructions that fault (xen_pt_row_faulted()).
 *
 * The core's tree still leads to an open table, so nobody who walks it notices. A thread that
 * touches the addresses meanwhile faults, and waits for the table's lock. The hypervisor has
 * flushed the TLBs before it let the table become writable, so no processor sets bits in it.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include <asm/xen/hypercall.h>

#include "mm.h"

/* So many changes in a row are the beginning of a long row. */
#define ROW		24
/*
 * Instructions for a change by hypercall, for one by an instruction that faults, for an entry that
 * is checked, and for the rest.
 */
#define COST_CHANGE	800
#define COST_FAULT	2000
#define COST_CHECK	210
#define COST_TABLE	45000

/* Of a task in lazy MMU mode: it is not preempted. */
static DEFINE_PER_CPU(struct {
	pte_t *row;		/* table of the last change */
	unsigned int changes;	/* in it, in a row */
	struct page *open;
	bool away;		/* the hypervisor does not find @open, or soon will not */
}, writing);

static bool ours(pte_t pte)
{
	unsigned long mfn = (pte.pte & XEN_PTE_MFN_MASK) >> PAGE_SHIFT, pfn;

	if (mfn >= machine_to_phys_nr)
		return false;
	pfn = xen_pt_table_pfn(pte.pte);
	return pfn < xen_p2m_size && xen_p2m_addr[pfn] == mfn;
}

/*
 * How many entries are present, all of which have to be memory of this domain: what others have
 * lent would not pass the check, and devices' frames look the same here. -1 if one is not.
 */
static int count_ours(const pte_t *table)
{
	unsigned int i, n = 0;

	/* What is queued counts as well. */
	xen_mc_flush();
	for (i = 0; (i = xen_pt_next_present((u64 *)table, i, PTRS_PER_PTE)) < PTRS_PER_PTE; i++) {
		if (!ours(table[i]))
			return -1;
		n++;
	}
	return n;
}

static unsigned int count_present(const pte_t *from, const pte_t *to)
{
	unsigned int n = 0;

	while (from < to)
		n += (from++)->pte & _PAGE_PRESENT;
	return n;
}

/* The entry that leads the hypervisor to a table of a process, or NULL. */
static u64 *way_to(struct page *table)
{
	pmd_t *pmdp = xen_pt_linked_at(table);
	u64 *twin;

	if (!pmdp || PagePinned(virt_to_page(pmdp)))
		return NULL;
	twin = xen_pt_twin(virt_to_page(pmdp));
	return twin ? twin + offset_in_page(pmdp) / sizeof(*pmdp) : NULL;
}

static void open_table(struct page *table, u64 *way)
{
	guard(xen_batch)(XEN_NOW);
	xen_batch_mmu_update(xen_pt_maddr(way), 0);
	if (IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS))
		xen_pt_queue_pin(MMUEXT_UNPIN_TABLE, page_to_pfn(table));
	xen_pt_queue_protection(table, PAGE_KERNEL, UVMF_INVLPG);
	ClearPagePinned(table);
	this_cpu_write(writing.open, table);
}

/* What would not pass the check is not let in, as if it had been refused by itself. */
static void drop_others(pte_t *table)
{
	unsigned int i;

	for (i = 0; (i = xen_pt_next_present((u64 *)table, i, PTRS_PER_PTE)) < PTRS_PER_PTE; i++) {
		if (ours(table[i]))
			continue;
		pr_warn_ratelimited("Xen would refuse entry %lx\n", table[i].pte);
		native_set_pte(table + i, native_make_pte(0));
	}
}

/* An empty table may have been taken from its place meanwhile, where another one may be now. */
static bool still_linked(const struct page *table, u64 pmd)
{
	return pmd & _PAGE_PRESENT && pfn_to_page(xen_pt_table_pfn(pmd)) == table;
}

static void let_back(struct page *table, u64 pmd)
{
	guard(xen_batch)(XEN_NOW);
	this_cpu_write(writing.open, NULL);
	SetPagePinned(table);
	xen_pt_queue_protection(table, PAGE_KERNEL_RO, 0);
	if (IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS))
		xen_pt_queue_pin(MMUEXT_PIN_L1_TABLE, page_to_pfn(table));
	if (still_linked(table, pmd))
		xen_batch_mmu_update(xen_pt_maddr(way_to(table)), pmd);
}

static void close_table(struct page *table)
{
	drop_others(page_address(table));
	let_back(table, native_pmd_val(READ_ONCE(*xen_pt_linked_at(table))));
	/* Pairs with the wait in xen_pt_keep_linked(). */
	smp_store_release(this_cpu_ptr(&writing.away), false);
}

/* The last process whose tables stay linked for sure, while its top level lives. */
struct mm_struct *xen_pt_last_linked;
EXPORT_SYMBOL_GPL(xen_pt_last_linked);

/**
 * xen_pt_keep_linked() - the hypervisor is going to access the current process's memory or tables
 *
 * It finds nothing behind an open table, which another thread's mprotect() would make of the one
 * that a hypercall's buffer is in, and an open table is none to it: it neither writes an entry of
 * it nor clears one for a grant. From now on, tables of this process are not opened, and those that
 * were have been closed.
 *
 * Context: any, without the lock of a page table.
 */
void xen_pt_keep_linked(void)
{
	struct xen_pt_top *top;
	unsigned int cpu;

	if (!xen_pv_domain() || !current->mm)
		return;
	/* An interrupt's buffers are the kernel's; what it interrupted may have a table open. */
	if (!in_task())
		return;
	top = xen_pt_top(current->mm->pgd);
	if (!top)
		return;
	WRITE_ONCE(top->stays_linked, true);
	/* Pairs with may_open(): it sees this, or we see what it has written. */
	smp_mb();
	for_each_online_cpu(cpu) {
		/* Pairs with close_table(). */
		while (smp_load_acquire(per_cpu_ptr(&writing.away, cpu)))
			cpu_relax();
	}
	/* Who sees this sees that as well. */
	smp_store_release(&xen_pt_last_linked, current->mm);
}
EXPORT_SYMBOL_GPL(xen_pt_keep_linked);

/*
 * Not of the current process alone: truncating a file takes its pages from all who map it, and one
 * process may advise another.
 */
static bool may_open(const u64 *way)
{
	this_cpu_write(writing.away, true);
	/* Pairs with xen_pt_keep_linked(). */
	smp_mb();
	if (!READ_ONCE(xen_pt_twin_owner(way)->stays_linked))
		return true;
	this_cpu_write(writing.away, false);
	return false;
}

/*
 * @cost: what the changes will cost that are still to come, unless the table is opened.
 * Returns whether it is open now.
 */
static bool consider(pte_t *table, unsigned int cost)
{
	struct page *page = virt_to_page(table);
	u64 *way;
	int all;

	if (IS_ENABLED(CONFIG_PREEMPT_RT) || cost < COST_TABLE || this_cpu_read(writing.open))
		return false;
	way = way_to(page);
	if (!way)
		return false;
	all = count_ours(table);
	if (all < 0 || cost < COST_TABLE + all * COST_CHECK || !may_open(way))
		return false;
	open_table(page, way);
	return true;
}

/* Whether this change of @table is the one that makes a row. */
static bool is_row(pte_t *table)
{
	if (!xen_pt_linked_at(virt_to_page(table)))
		return false;		/* the kernel's, which other CPUs are using */
	if (this_cpu_read(writing.row) != table) {
		this_cpu_write(writing.row, table);
		this_cpu_write(writing.changes, 1);
		return false;
	}
	return this_cpu_inc_return(writing.changes) == ROW;
}

/**
 * xen_pt_row() - an entry of a pinned table of the last level has been queued
 * @ptep: the entry
 * @end: where the entries end that will change as well; NULL if that is not known
 *
 * May open the table: the next entry is one of plain memory then.
 *
 * Context: in lazy MMU mode, with the table's lock.
 */
void xen_pt_row(pte_t *ptep, pte_t *end)
{
	pte_t *table = (pte_t *)((unsigned long)ptep & PAGE_MASK);
	unsigned int left;

	if (!is_row(table))
		return;
	/* Rows of unknown length are taken for a whole table where the table has room. */
	left = end ? count_present(ptep + 1, end) : table + PTRS_PER_PTE - ptep;
	consider(table, left * COST_CHANGE);
}

/* From @ptep on, without a gap. */
static unsigned int count_run(const pte_t *ptep, const pte_t *end)
{
	const pte_t *p = ptep;

	while (p < end && p->pte & _PAGE_PRESENT)
		p++;
	return p - ptep;
}

/**
 * xen_pt_row_faulted() - an instruction has faulted on an entry of a pinned table
 * @ptep: the entry
 *
 * Return: whether the table is open now, so that the instruction will work.
 *
 * Context: in lazy MMU mode, with the table's lock; the page fault.
 */
bool xen_pt_row_faulted(pte_t *ptep)
{
	pte_t *table = (pte_t *)((unsigned long)ptep & PAGE_MASK);

	/* What goes away is mostly what came in a row. */
	return is_row(table) &&
	       consider(table, count_run(ptep, table + PTRS_PER_PTE) * COST_FAULT);
}

/**
 * xen_pt_row_takes() - an entry of a table that is plain memory is about to be set
 * @ptep: the entry
 * @pte: its new value
 *
 * If the table is open and would not pass the hypervisor's check with it, it is closed.
 *
 * Return: whether it is plain memory still.
 *
 * Context: with the table's lock.
 */
bool xen_pt_row_takes(const pte_t *ptep, pte_t pte)
{
	struct page *open = this_cpu_read(writing.open);

	if (likely(!open) || open != virt_to_page(ptep) || !(pte.pte & _PAGE_PRESENT) || ours(pte))
		return true;
	close_table(open);
	return false;
}

/**
 * xen_pt_row_ends() - the lazy MMU mode of this CPU ends, or has to catch up
 *
 * Context: not preemptible.
 */
void xen_pt_row_ends(void)
{
	struct page *open = this_cpu_read(writing.open);

	this_cpu_write(writing.row, NULL);
	if (unlikely(open))
		close_table(open);
}
