/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of drivers/xen/guest. */
#ifndef _XEN_GUEST_INTERNAL_H
#define _XEN_GUEST_INTERNAL_H

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
