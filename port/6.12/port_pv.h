/* SPDX-License-Identifier: GPL-2.0 */
/* Lazy modes and the trace events that show them: this base leaves the state to Xen. */
#ifndef _XEN_PORT_PV_H
#define _XEN_PORT_PV_H

#include <linux/percpu.h>
#include <linux/preempt.h>

#include <asm/xen/hypervisor.h>

#include <trace/events/xen.h>

static __always_inline bool xen_lazy_mmu(void)
{
	return this_cpu_read(xen_lazy_mode) == XEN_LAZY_MMU && !in_interrupt();
}

static __always_inline bool xen_lazy_cpu(void)
{
	return this_cpu_read(xen_lazy_mode) == XEN_LAZY_CPU && !in_interrupt();
}

static __always_inline void xen_trace_batch(unsigned long flags)
{
	trace_xen_mc_batch(this_cpu_read(xen_lazy_mode));
}

static __always_inline void xen_trace_issue(bool now, unsigned long flags)
{
	trace_xen_mc_issue(this_cpu_read(xen_lazy_mode));
}

#endif /* _XEN_PORT_PV_H */
