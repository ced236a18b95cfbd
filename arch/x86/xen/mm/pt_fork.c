// SPDX-License-Identifier: GPL-2.0
/*
 * Ahead of fork().
 *
 * fork() takes write access from each private page of the parent with a plain exchange of its
 * entry. The parent's tables are pinned, so each of these traps and the hypervisor emulates it,
 * at two to three times the price of an update in a batch. The moment when the child gets a table
 * of the last level tells that the parent's entries for the same addresses come next: they are
 * write-protected here, and the exchange finds nothing to do.
 *
 * This is what fork() does anyway, some microseconds earlier, under the same lock of the table; the
 * TLB flush at its end covers both. An entry that another thread makes writable again in between
 * is fork()'s to take.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "mm.h"

/* Page tables under construction that have just got a table of the last level on this CPU. */
static DEFINE_PER_CPU(struct mm_struct *, growing);

static u64 *table_below(u64 entry)
{
	return page_address(pfn_to_page(xen_pt_table_pfn(entry)));
}

#define UNKNOWN		(~0UL)

/* The last present entry of @table below @end, a multiple of 8; -1 if there is none. */
static int last_present(const u64 *table, int end)
{
	const u64 *t;

	for (t = table + end - 8; t >= table; t -= 8) {
		int i = 8;

		if (!(t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]))
			continue;
		while (i--)
			if (t[i] & _PAGE_PRESENT)
				return t + i - table;
	}
	return -1;
}

/*
 * The first address below a table of the level above the last one, if it can be told. fork()
 * goes upwards, so that it is in the last stretch that there is.
 */
static unsigned long start_of(struct mm_struct *mm, const u64 *pmds)
{
	int i = last_present((u64 *)mm->pgd, XEN_USER_PGDS), j;
	u64 *table;

	if (i < 0)
		return UNKNOWN;
	table = table_below(((u64 *)mm->pgd)[i]);
	j = last_present(table, PTRS_PER_PUD);
	if (j < 0 || table_below(table[j]) != pmds)
		return UNKNOWN;
	return i * P4D_SIZE + j * PUD_SIZE;
}

/* Entries of private memory that a child gets a copy of. */
static bool copied(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE | VM_DONTCOPY | VM_WIPEONFORK)) ==
	       VM_MAYWRITE;
}

static void protect(pte_t *table, unsigned long from, unsigned long to)
{
	pte_t *ptep = table + pte_index(from), *end = ptep + ((to - from) >> PAGE_SHIFT);

	for (; ptep < end; ptep++) {
		pte_t pte = READ_ONCE(*ptep);

		if ((pte.pte & (_PAGE_PRESENT | _PAGE_RW)) != (_PAGE_PRESENT | _PAGE_RW))
			continue;
		xen_batch_mmu_update(xen_pt_maddr(ptep) | MMU_PT_UPDATE_PRESERVE_AD,
				     pte_wrprotect(pte).pte);
	}
}

static void protect_parent(struct mm_struct *mm, unsigned long va)
{
	p4d_t *p4dp = p4d_offset(pgd_offset(mm, va), va);
	struct vm_area_struct *vma;
	spinlock_t *ptl;		/* the parent's table's */
	pmd_t *pmdp;
	pud_t *pudp;
	pte_t *table;

	if (p4d_none(*p4dp))
		return;
	pudp = pud_offset(p4dp, va);
	if (pud_none(*pudp))
		return;
	pmdp = pmd_offset(pudp, va);
	if (!pmd_present(*pmdp))
		return;
	table = pte_offset_kernel(pmdp, va);

	/* The child's lock of the level above is held; the parent's table is another one. */
	ptl = pte_lockptr(mm, pmdp);
	spin_lock_nested(ptl, SINGLE_DEPTH_NESTING);
	if (xen_pt_pinned(table)) {
		guard(xen_batch)(XEN_NOW);
		for (vma = find_vma(mm, va); vma && vma->vm_start < va + PMD_SIZE;
		     vma = find_vma(mm, vma->vm_end))
			if (copied(vma))
				protect(table, max(va, vma->vm_start),
					min(va + PMD_SIZE, vma->vm_end));
	}
	spin_unlock(ptl);
}

/**
 * xen_pt_fork_grows() - a page table that is not pinned is getting a table of the last level
 * @mm: whose it is
 *
 * Context: not preemptible until xen_pt_fork_linked(): the lock of the level above is held.
 */
void xen_pt_fork_grows(struct mm_struct *mm)
{
	__this_cpu_write(growing, mm);
}

/**
 * xen_pt_fork_linked() - an entry was written to a table that is not pinned
 * @pmdp: where
 *
 * Nothing unless it was the one that xen_pt_fork_grows() announced, in a fork of this process.
 */
void xen_pt_fork_linked(pmd_t *pmdp)
{
	struct mm_struct *child = this_cpu_read(growing), *parent = current->mm;
	u64 *pmds = (u64 *)((unsigned long)pmdp & PAGE_MASK);
	unsigned long start;

	if (!child)
		return;
	this_cpu_write(growing, NULL);
	/* A child begins as a copy of the structure; what exec() builds begins with nothing. */
	if (!parent || child == parent || !child->start_stack ||
	    child->start_stack != parent->start_stack)
		return;
	start = start_of(child, pmds);
	if (start != UNKNOWN)
		protect_parent(parent, start + offset_in_page(pmdp) / sizeof(*pmdp) * PMD_SIZE);
}
