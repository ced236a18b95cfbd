// SPDX-License-Identifier: GPL-2.0
/*
 * Setters: how an entry of a page table changes.
 *
 * A table that the hypervisor does not know yet is plain memory, and is written to. Whether it
 * does is noted in the table's struct page and changes under the table's lock, which the caller
 * of a setter holds. A pinned table changes by hypercall: at once, or with the batch in lazy mode.
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
	trace_xen_mmu_set_pmd(pmdp, pmd);
	if (!xen_pt_pinned(pmdp)) {
		native_set_pmd(pmdp, pmd);
		xen_pt_fork_linked(pmdp);
	} else {
		update_upper(xen_pt_maddr(pmdp), pmd_val_ma(pmd));
	}
}

void xen_pt_set_pud(pud_t *pudp, pud_t pud)
{
	trace_xen_mmu_set_pud(pudp, pud);
	if (!xen_pt_pinned(pudp))
		native_set_pud(pudp, pud);
	else
		update_upper(xen_pt_maddr(pudp), native_pud_val(pud));
}

/**
 * xen_pt_user_pgd() - user mode's copy of a top-level entry
 * @pgd: the entry, or a whole top level by its first entry
 *
 * Return: the copy, or NULL for an entry above user space and for page tables without user mode.
 */
pgd_t *xen_pt_user_pgd(pgd_t *pgd)
{
	struct page *page;
	unsigned long index = offset_in_page(pgd) / sizeof(*pgd);

	if (!static_branch_likely(&xen_pt_pages_ready) || index >= XEN_USER_PGDS)
		return NULL;
	page = virt_to_page(pgd);
	return page_private(page) ? (pgd_t *)page_private(page) + index : NULL;
}

/* A pinned top level exists twice: user mode runs without the kernel's half. */
void xen_pt_set_p4d(p4d_t *p4dp, p4d_t p4d)
{
	p4d_t *user = (p4d_t *)xen_pt_user_pgd((pgd_t *)p4dp);

	trace_xen_mmu_set_p4d(p4dp, user, p4d);
	if (!xen_pt_pinned(p4dp)) {
		*p4dp = p4d;
		return;
	}

	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	xen_batch_mmu_update(xen_pt_maddr(p4dp), p4d_val_ma(p4d));
	if (user)
		xen_batch_mmu_update(xen_pt_maddr(user), p4d_val_ma(p4d));
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
