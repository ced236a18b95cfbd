// SPDX-License-Identifier: GPL-2.0
/*
 * Setters: how an entry of a page table changes.
 *
 * A table that the hypervisor does not know is plain memory, and is written to. Whether it does is
 * noted in the table's struct page and changes under the table's lock, which the caller of a setter
 * holds. A pinned table changes by hypercall: at once, or with the batch in lazy mode; and so
 * does the twin of a table.
 */
#include "mm.h"

static unsigned int pt_slot(const void *entry)
{
	return offset_in_page(entry) / sizeof(u64);
}

static u64 *table_of(u64 entry)
{
	return __va(PFN_PHYS(xen_pt_table_pfn(entry)));
}

/**
 * xen_pt_maddr() - machine address of an entry
 * @entry: in a table of the direct map or of the kernel image
 *
 * Return: the address, in bytes.
 */
u64 xen_pt_maddr(const void *entry)
{
	unsigned long phys = __pa(entry);

	return PFN_PHYS(xen_p2m_addr[PFN_DOWN(phys)]) | offset_in_page(phys);
}

/*
 * The address of an entry that @pmdp leads to, as far as one can guess: near the last page fault,
 * in the page tables that are loaded. Else 0. Interrupts are off, so no table that is walked goes
 * away.
 */
static unsigned long guess_address(const pte_t *ptep, const pmd_t *pmdp)
{
	unsigned long va = this_cpu_read(xen_last_fault) & PMD_MASK;
	const u64 *table = __va(this_cpu_read(xen_cr3));
	u64 entry;

	if (va >= TASK_SIZE_MAX)
		return 0;
	entry = table[pgd_index(va)];
	if (!(entry & _PAGE_PRESENT))
		return 0;
	entry = table_of(entry)[pud_index(va)];
	if (!(entry & _PAGE_PRESENT) || (pmd_t *)table_of(entry) + pmd_index(va) != pmdp)
		return 0;
	return va + pt_slot(ptep) * PAGE_SIZE;
}

/**
 * xen_pt_update_by_address() - change an entry of a pinned table of the last level at once
 * @ptep: the entry
 * @pte: its new value
 *
 * By address it is cheapest, but that means the page tables that are loaded.
 *
 * Return: false if nothing was done.
 */
bool xen_pt_update_by_address(const pte_t *ptep, pte_t pte)
{
	const pmd_t *pmdp = xen_pt_linked_at(virt_to_page(ptep));
	unsigned long flags, va;
	bool done;

	if (!pmdp)
		return false;
	local_irq_save(flags);
	va = guess_address(ptep, pmdp);
	done = va && !xen_hv_va_mapping(va, pte, 0);
	local_irq_restore(flags);
	return done;
}

/*
 * An entry of the last level. Nothing is left to do when the call returns, so it needs no cover
 * from interrupts.
 */
static void update(u64 ptr, u64 val)
{
	struct mmu_update u = { .ptr = ptr, .val = val };

	if (unlikely(xen_hv_mmu_update(&u, 1, NULL, DOMID_SELF) < 0))
		pr_warn_ratelimited("Xen refused entry %llx at %llx\n", val, ptr);
}

/* The same in lazy mode; where @end is known, the entries up to there change as well. */
static void update_in_row(pte_t *ptep, unsigned int kind, u64 val, pte_t *end)
{
	guard(xen_batch)(XEN_LATER);
	xen_batch_mmu_update(xen_pt_maddr(ptep) | kind, val);
	xen_pt_row(ptep, end);
}

/*
 * An entry that leads to a table. The hypervisor may put off dropping the old table and return
 * in the middle of the call, to be called again by the same vCPU. A task that moved to another
 * one in between would leave the old table in use, so interrupts are off.
 */
static void update_upper(u64 ptr, u64 val)
{
	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	xen_batch_mmu_update(ptr, val);
}

void xen_pt_set_pte(pte_t *ptep, pte_t pte)
{
	trace_xen_mmu_set_pte(ptep, pte);
	if (!xen_pt_pinned(ptep) && xen_pt_row_takes(ptep, pte))
		native_set_pte(ptep, pte);
	else if (xen_lazy_mmu())
		update_in_row(ptep, MMU_NORMAL_PT_UPDATE, pte_val_ma(pte), NULL);
	else if (!static_branch_likely(&xen_pt_pages_ready) || !xen_pt_update_by_address(ptep, pte))
		update(xen_pt_maddr(ptep) | MMU_NORMAL_PT_UPDATE, pte_val_ma(pte));
}

/*
 * A table of the last level moves, as mremap() moves them with no more than the locks of the levels
 * above. A setter may be at work that takes the old place for an address: it holds the table's
 * lock, which is waited for here, or another table could be there before the setter is done.
 */
static void note_move(struct page *table, pmd_t *pmdp)
{
#ifdef CONFIG_SPLIT_PTE_PTLOCKS
	spinlock_t *ptl = ptlock_ptr(page_ptdesc(table));

	/* The third of its class: two tables of the level above are locked. */
	spin_lock_nested(ptl, SINGLE_DEPTH_NESTING + 1);
	xen_pt_set_linked_at(table, pmdp);
	spin_unlock(ptl);
#else
	xen_pt_set_linked_at(table, pmdp);
#endif
}

static void note_link(pmd_t pmd, pmd_t *pmdp)
{
	struct page *table;

	if (!(native_pmd_val(pmd) & _PAGE_PRESENT))
		return;
	table = pfn_to_page(xen_pt_table_pfn(native_pmd_val(pmd)));
	if (unlikely(xen_pt_linked_at(table)))
		note_move(table, pmdp);
	else
		xen_pt_set_linked_at(table, pmdp);
}

/* The same for all below an upper table that moves: one that is linked already has a twin. */
static void note_link_above(u64 entry)
{
	const u64 *table;
	struct page *page;
	unsigned int i;

	if (!(entry & _PAGE_PRESENT) || !xen_pt_twin(pfn_to_page(xen_pt_table_pfn(entry))))
		return;
	table = table_of(entry);
	for (i = 0; (i = xen_pt_next_present(table, i, PTRS_PER_PMD)) < PTRS_PER_PMD; i++) {
		page = pfn_to_page(xen_pt_table_pfn(table[i]));
		note_move(page, xen_pt_linked_at(page));
	}
}

/* Tables below one that is its own, and the kernel's, are not found by where they are linked. */
static void set_pinned_pmd(pmd_t *pmdp, pmd_t pmd)
{
	if (static_branch_likely(&xen_pt_pages_ready))
		note_link(pmd, NULL);
	update_upper(xen_pt_maddr(pmdp), pmd_val_ma(pmd));
}

void xen_pt_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	u64 *twin;

	trace_xen_mmu_set_pmd(pmdp, pmd);
	if (xen_pt_pinned(pmdp)) {
		set_pinned_pmd(pmdp, pmd);
		return;
	}
	native_set_pmd(pmdp, pmd);
	twin = xen_pt_twin(virt_to_page(pmdp));
	if (!twin) {
		xen_pt_fork_linked(pmdp);
		return;
	}
	note_link(pmd, pmdp);
	/*
	 * At once: whoever sees the core's entry empty may give it another table, and the
	 * hypervisor's has to follow in that order. Who clears it may be in lazy mode, and drop the
	 * lock in there.
	 */
	guard(xen_batch)(XEN_NOW);
	xen_batch_mmu_update(xen_pt_maddr(twin + pt_slot(pmdp)), pmd_val_ma(pmd));
}

void xen_pt_set_pud(pud_t *pudp, pud_t pud)
{
	u64 val = native_pud_val(pud), *twin;

	trace_xen_mmu_set_pud(pudp, pud);
	if (static_branch_likely(&xen_pt_pages_ready))
		note_link_above(val);
	if (xen_pt_pinned(pudp)) {
		guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
		if (static_branch_likely(&xen_pt_pages_ready))
			val = xen_pt_twin_entry(val, XEN_PT_PMD, NULL);
		xen_batch_mmu_update(xen_pt_maddr(pudp), val);
		return;
	}
	native_set_pud(pudp, pud);
	twin = xen_pt_twin(virt_to_page(pudp));
	if (twin) {
		guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
		val = xen_pt_twin_entry(val, XEN_PT_PMD, xen_pt_twin_owner(twin));
		xen_batch_mmu_update(xen_pt_maddr(twin + pt_slot(pudp)), val);
	}
}

static struct xen_pt_top *top_of(const void *entry)
{
	return static_branch_likely(&xen_pt_pages_ready) ? xen_pt_top(entry) : NULL;
}

/* The kernel's half of a process's top level is user mode's only in the core's. */
void xen_pt_set_p4d(p4d_t *p4dp, p4d_t p4d)
{
	struct xen_pt_top *top = top_of(p4dp);
	unsigned int i = pt_slot(p4dp);
	u64 val = p4d_val_ma(p4d);

	trace_xen_mmu_set_p4d(p4dp, top ? (p4d_t *)top->user + i : NULL, p4d);
	if (!top && xen_pt_pinned(p4dp)) {
		xen_pt_top_kernel_changed();
		update_upper(xen_pt_maddr(p4dp), val);
		return;
	}
	*p4dp = p4d;
	if (!xen_pt_pinned(p4dp))
		return;

	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	if (i < XEN_USER_PGDS) {
		val = xen_pt_twin_entry(val, XEN_PT_PUD, top);
		xen_batch_mmu_update(xen_pt_maddr(top->user + i), val);
	}
	xen_batch_mmu_update(xen_pt_maddr(top->kernel + i), val);
}

/*
 * Changing the protection is one read and one write: the CPU may set accessed and dirty in
 * between, and the hypervisor keeps what it finds.
 */
pte_t xen_pt_prot_start(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	trace_xen_mmu_ptep_modify_prot_start(vma->vm_mm, addr, ptep, *ptep);
	return *ptep;
}

void xen_pt_prot_commit(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, pte_t pte)
{
	trace_xen_mmu_ptep_modify_prot_commit(vma->vm_mm, addr, ptep, pte);
	if (!xen_pt_pinned(ptep)) {
		native_set_pte(ptep, pte);
	} else if (xen_lazy_mmu()) {
		unsigned long end = min(vma->vm_end, (addr & PMD_MASK) + PMD_SIZE);

		update_in_row(ptep, MMU_PT_UPDATE_PRESERVE_AD, pte_val_ma(pte),
			      ptep + ((end - addr) >> PAGE_SHIFT));
	} else {
		update(xen_pt_maddr(ptep) | MMU_PT_UPDATE_PRESERVE_AD, pte_val_ma(pte));
	}
}
