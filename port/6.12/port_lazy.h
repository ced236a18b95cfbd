/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lazy CPU mode, and lazy MMU mode across a context switch: both are Xen's to keep. The task that
 * is left in lazy MMU mode is marked, and goes on in it.
 */
#ifndef _XEN_PORT_LAZY_H
#define _XEN_PORT_LAZY_H

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/thread_info.h>

#include <asm/paravirt.h>
#include <asm/xen/hypervisor.h>

DEFINE_PER_CPU(enum xen_lazy_mode, xen_lazy_mode) = XEN_LAZY_NONE;
DEFINE_PER_CPU(unsigned int, xen_lazy_nesting);

static inline void xen_port_lazy_cpu_begin(struct task_struct *prev)
{
	if (this_cpu_read(xen_lazy_mode) == XEN_LAZY_MMU) {
		arch_leave_lazy_mmu_mode();
		set_tsk_thread_flag(prev, TIF_LAZY_MMU_UPDATES);
	}
	xen_lazy_enter(XEN_LAZY_CPU);
}

static inline void xen_port_lazy_cpu_end(struct task_struct *next)
{
	xen_lazy_leave(XEN_LAZY_CPU);
	if (test_and_clear_tsk_thread_flag(next, TIF_LAZY_MMU_UPDATES))
		arch_enter_lazy_mmu_mode();
}

#endif /* _XEN_PORT_LAZY_H */
