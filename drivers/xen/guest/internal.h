/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of drivers/xen/guest. */
#ifndef _XEN_GUEST_INTERNAL_H
#define _XEN_GUEST_INTERNAL_H

#include <linux/types.h>

struct vcpu_runstate_info;
struct xen_pmu_params;

/* hv_calls.c: each returns what the hypervisor returned */
int xen_guest_version(unsigned int command, void *argument);
int xen_guest_shutdown(unsigned int reason);
int xen_guest_suspend(void);
int xen_guest_set_runstate_area(unsigned int cpu, struct vcpu_runstate_info *area);
int xen_guest_mark_runstate_updates(void);
int xen_guest_pmu(unsigned int command, struct xen_pmu_params *params);

/* resume.c, suspend.c */
void xen_resume_notify(void);
void xen_suspend_domain(void);

/* hypervisor_flags.c, hypervisor_pmu.c */
int xen_sysfs_flags_init(void);
#ifdef CONFIG_XEN_HAVE_VPMU
int xen_sysfs_pmu_init(void);
#else
static inline int xen_sysfs_pmu_init(void) { return 0; }
#endif

#endif
