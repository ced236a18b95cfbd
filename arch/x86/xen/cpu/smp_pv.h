/* SPDX-License-Identifier: GPL-2.0 */
/* How the CPUs of a PV domain go; down_pv.c. */
#ifndef _XEN_SMP_PV_H
#define _XEN_SMP_PV_H

#include <linux/compiler.h>

int xen_cpu_disable_pv(void);
void xen_cpu_die_pv(unsigned int cpu);
void xen_cpu_cleanup_pv(unsigned int cpu);
void __noreturn xen_cpu_play_dead_pv(void);
void xen_stop_others_pv(int wait);

#endif /* _XEN_SMP_PV_H */
