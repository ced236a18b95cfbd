/* SPDX-License-Identifier: GPL-2.0 */
/* Lazy modes and the trace events that show them, as the core keeps them. */
#ifndef _XEN_PORT_PV_H
#define _XEN_PORT_PV_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include <trace/events/xen.h>

DECLARE_PER_CPU(bool, xen_lazy_cpu_mode);

static __always_inline bool xen_lazy_mmu(void)
{
	return is_lazy_mmu_mode_active();
}

static __always_inline bool xen_lazy_cpu(void)
{
	return this_cpu_read(xen_lazy_cpu_mode) && !in_interrupt();
}

static __always_inline void xen_trace_batch(unsigned long flags)
{
	trace_xen_mc_batch(flags);
}

static __always_inline void xen_trace_issue(bool now, unsigned long flags)
{
	trace_xen_mc_issue(now, flags);
}

#endif /* _XEN_PORT_PV_H */
