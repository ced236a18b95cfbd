/* SPDX-License-Identifier: GPL-2.0 */
/* Lazy CPU mode, and lazy MMU mode across a context switch: the core keeps the latter by task. */
#ifndef _XEN_PORT_LAZY_H
#define _XEN_PORT_LAZY_H

#include <linux/percpu.h>
#include <linux/sched.h>

DEFINE_PER_CPU(bool, xen_lazy_cpu_mode);

static inline void xen_port_lazy_cpu_begin(struct task_struct *prev)
{
	__task_lazy_mmu_mode_pause(prev);
	this_cpu_write(xen_lazy_cpu_mode, true);
}

static inline void xen_port_lazy_cpu_end(struct task_struct *next)
{
	this_cpu_write(xen_lazy_cpu_mode, false);
	__task_lazy_mmu_mode_resume(next);
}

#endif /* _XEN_PORT_LAZY_H */
