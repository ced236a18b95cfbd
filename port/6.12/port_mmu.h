/* SPDX-License-Identifier: GPL-2.0 */
/* Page-table operations that not every base has. */
#ifndef _XEN_PORT_MMU_H
#define _XEN_PORT_MMU_H

#include <asm/paravirt.h>
#include <asm/tlb.h>

/*
 * Here the mode is Xen's to keep, per CPU, nested by count; a context switch carries it over
 * with TIF_LAZY_MMU_UPDATES.
 */
static void xen_port_enter_lazy_mmu(void)
{
	xen_lazy_enter(XEN_LAZY_MMU);
}

static void xen_port_leave_lazy_mmu(void)
{
	preempt_disable();
	xen_pt_row_ends();
	xen_mc_flush();
	xen_lazy_leave(XEN_LAZY_MMU);
	preempt_enable();
}

static void xen_port_flush_lazy_mmu(void)
{
	preempt_disable();
	if (xen_lazy_mmu()) {
		xen_pt_row_ends();
		xen_mc_flush();
	}
	preempt_enable();
}

static inline void __init xen_port_mmu_ops(void)
{
	pv_ops.mmu.lazy_mode.enter = xen_port_enter_lazy_mmu;
	pv_ops.mmu.lazy_mode.leave = xen_port_leave_lazy_mmu;
	pv_ops.mmu.lazy_mode.flush = xen_port_flush_lazy_mmu;
	/* Readers walk page tables without locks: free them by RCU, as the hypervisor flushes. */
	pv_ops.mmu.tlb_remove_table = tlb_remove_table;
}

#endif /* _XEN_PORT_MMU_H */
