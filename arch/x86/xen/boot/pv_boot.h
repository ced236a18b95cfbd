/* SPDX-License-Identifier: GPL-2.0 */
/* The start of a PV domain: calls between pv_start.c and what it begins with. */
#ifndef _XEN_BOOT_PV_BOOT_H
#define _XEN_BOOT_PV_BOOT_H

#include <linux/init.h>
#include <linux/types.h>

struct boot_params;

/**
 * enum xen_ops_stage - when operations of pv_ops change
 * @XEN_OPS_START: to what they are first
 * @XEN_OPS_GDT: the boot CPU has a descriptor table
 * @XEN_OPS_VCPU_INFO: every vCPU has its vcpu_info in its per-CPU area
 */
enum xen_ops_stage {
	XEN_OPS_START,
	XEN_OPS_GDT,
	XEN_OPS_VCPU_INFO,
};

/* pv_ops.c */
void xen_pv_set_ops(enum xen_ops_stage stage);

/* pv_steps.c */
int xen_pv_steps(struct boot_params *bp);

/* cpuid.c */
void xen_boot_cpuid(unsigned int *ax, unsigned int *bx, unsigned int *cx, unsigned int *dx);
void xen_boot_capabilities(void);

/* dom0_firmware.c */
#ifdef CONFIG_XEN_DOM0
void xen_dom0_firmware(struct boot_params *bp);
void xen_dom0_mtrr(void);
#else
static inline void xen_dom0_firmware(struct boot_params *bp) { }
static inline void xen_dom0_mtrr(void) { }
#endif

#endif /* _XEN_BOOT_PV_BOOT_H */
