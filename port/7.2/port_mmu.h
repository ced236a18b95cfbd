/* SPDX-License-Identifier: GPL-2.0 */
/* Page-table operations that not every base has. */
#ifndef _XEN_PORT_MMU_H
#define _XEN_PORT_MMU_H

#include <asm/paravirt.h>

/* p4d_val and make_p4d exist whatever the number of levels. */
#define XEN_PORT_P4D_OPS

/* The core keeps the state of lazy MMU mode, and asks for what waits when it ends. */
static void xen_port_flush_lazy_mmu(void)
{
	preempt_disable();
	xen_pt_row_ends();
	xen_mc_flush();
	preempt_enable();
}

static inline void __init xen_port_mmu_ops(void)
{
	pv_ops.mmu.lazy_mode_flush = xen_port_flush_lazy_mmu;
}

#endif /* _XEN_PORT_MMU_H */
