/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls about memory that cannot wait in the batch: while there is none yet, or because the
 * answer is needed. Each returns 0 or a negative errno.
 */
#ifndef _XEN_HV_MMU_CALLS_H
#define _XEN_HV_MMU_CALLS_H

#include <asm/xen/hypercall.h>

#include <xen/hvm.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/memory.h>

#ifdef CONFIG_XEN_PV
/**
 * xen_hv_mmu_update() - change entries of page tables
 * @u: the updates
 * @n: how many
 * @done: how many were done, also after an error; may be NULL
 * @domid: whose frames the new entries map
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_mmu_update(struct mmu_update *u, int n, int *done, unsigned int domid)
{
	return HYPERVISOR_mmu_update(u, n, done, domid);
}

static inline int xen_hv_mmuext(struct mmuext_op *op)
{
	return HYPERVISOR_mmuext_op(op, 1, NULL, DOMID_SELF);
}

/* A new entry for @va in the current page tables; @flags: UVMF_*. */
static inline int xen_hv_va_mapping(unsigned long va, pte_t pte, unsigned long flags)
{
	return HYPERVISOR_update_va_mapping(va, pte, flags);
}
#endif

static inline long xen_hv_exchange(struct xen_memory_exchange *x)
{
	return HYPERVISOR_memory_op(XENMEM_exchange, x);
}

static inline long xen_hv_machphys(struct xen_machphys_mapping *m)
{
	return HYPERVISOR_memory_op(XENMEM_machphys_mapping, m);
}

static inline int xen_hv_grant_map(struct gnttab_map_grant_ref *ops, unsigned int n)
{
	return HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, ops, n);
}

static inline int xen_hv_grant_unmap(struct gnttab_unmap_grant_ref *ops, unsigned int n)
{
	return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, n);
}

static inline long xen_hv_pagetable_dying(struct xen_hvm_pagetable_dying *hint)
{
	return HYPERVISOR_hvm_op(HVMOP_pagetable_dying, hint);
}

static inline long xen_hv_mem_type(struct xen_hvm_get_mem_type *type)
{
	return HYPERVISOR_hvm_op(HVMOP_get_mem_type, type);
}

#endif /* _XEN_HV_MMU_CALLS_H */
