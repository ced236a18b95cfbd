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
 * An entry of the last level. Nothing is left to do when the call returns, so it needs no cover
 * from interrupts.
 */
static void update(u64 ptr, u64 val)
{
	if (xen_lazy_mmu()) {
		guard(xen_batch)(XEN_LATER);
		xen_batch_mmu_update(ptr, val);
	} else {
		struct mmu_update u = { .ptr = ptr, .val = val };

		if (unlikely(xen_hv_mmu_update(&u, 1, NULL, DOMID_SELF) < 0))
			pr_warn_ratelimited("Xen refused entry %llx at %llx\n", val, ptr);
	}
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

static unsigned int pt_slot(const void *entry)
{
	return offset_in_page(entry) / sizeof(u64);
}

void xen_pt_set_pte(pte_t *ptep, pte_t pte)
{
	trace_xen_mmu_set_pte(ptep, pte);
	if (!xen_pt_pinned(ptep))
		native_set_pte(ptep, pte);
	else
		update(xen_pt_maddr(ptep) | MMU_NORMAL_PT_UPDATE, pte_val_ma(pte));
}

void xen_pt_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	u64 *twin;

	trace_xen_mmu_set_pmd(pmdp, pmd);
	if (xen_pt_pinned(pmdp)) {
		update_upper(xen_pt_maddr(pmdp), pmd_val_ma(pmd));
		return;
	}
	native_set_pmd(pmdp, pmd);
	twin = xen_pt_twin(virt_to_page(pmdp));
	if (twin)
		update_upper(xen_pt_maddr(twin + pt_slot(pmdp)), pmd_val_ma(pmd));
	else
		xen_pt_fork_linked(pmdp);
}

void xen_pt_set_pud(pud_t *pudp, pud_t pud)
{
	u64 val = native_pud_val(pud), *twin;

	trace_xen_mmu_set_pud(pudp, pud);
	if (xen_pt_pinned(pudp)) {
		guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
		if (static_branch_likely(&xen_pt_pages_ready))
			val = xen_pt_twin_entry(val, XEN_PT_PMD, true);
		xen_batch_mmu_update(xen_pt_maddr(pudp), val);
		return;
	}
	native_set_pud(pudp, pud);
	twin = xen_pt_twin(virt_to_page(pudp));
	if (twin) {
		guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
		val = xen_pt_twin_entry(val, XEN_PT_PMD, false);
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
		val = xen_pt_twin_entry(val, XEN_PT_PUD, false);
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
	if (!xen_pt_pinned(ptep))
		native_set_pte(ptep, pte);
	else
		update(xen_pt_maddr(ptep) | MMU_PT_UPDATE_PRESERVE_AD, pte_val_ma(pte));
}
