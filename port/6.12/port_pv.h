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

/* A mode may be entered again inside of itself, and never inside of the other. */
static __always_inline void xen_lazy_enter(enum xen_lazy_mode mode)
{
	enum xen_lazy_mode now = this_cpu_read(xen_lazy_mode);

	if (now == mode) {
		this_cpu_inc(xen_lazy_nesting);
	} else {
		BUG_ON(now);
		this_cpu_write(xen_lazy_mode, mode);
	}
}

static __always_inline void xen_lazy_leave(enum xen_lazy_mode mode)
{
	BUG_ON(mode != this_cpu_read(xen_lazy_mode));
	if (this_cpu_read(xen_lazy_nesting))
		this_cpu_dec(xen_lazy_nesting);
	else
		this_cpu_write(xen_lazy_mode, XEN_LAZY_NONE);
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
