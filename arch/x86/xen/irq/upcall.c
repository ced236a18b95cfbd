// SPDX-License-Identifier: GPL-2.0
/*
 * The upcall of a PV domain: how the kernel is entered for events, and how it goes on.
 *
 * Hypercalls of the toolstack may take seconds, and a kernel that is not preemptible would not
 * schedule meanwhile. While one is under way for user space, an upcall schedules in its stead.
 */
#include <linux/entry-common.h>
#include <linux/export.h>
#include <linux/percpu.h>

#include <asm/irq_regs.h>
#include <asm/irq_stack.h>
#include <asm/xen/events.h>
#include <asm/xen/hypervisor.h>

#include <xen/events.h>
#include <xen/xen-ops.h>

#include "../xen_arch.h"

#include "../port_cpu.h"

#ifndef CONFIG_PREEMPTION
/* Set around such a hypercall by who makes it. */
DEFINE_PER_CPU(bool, xen_in_preemptible_hcall);
EXPORT_PER_CPU_SYMBOL_GPL(xen_in_preemptible_hcall);

/* Then the task may be on another CPU, while this one has others to run. */
static __always_inline void schedule_inside_hypercall(const irqentry_state_t *state)
{
	if (likely(!__this_cpu_read(xen_in_preemptible_hcall)) || WARN_ON_ONCE(state->exit_rcu))
		return;
	__this_cpu_write(xen_in_preemptible_hcall, false);
	irqentry_exit_cond_resched();
	__this_cpu_write(xen_in_preemptible_hcall, true);
}
#else
static __always_inline void schedule_inside_hypercall(const irqentry_state_t *state)
{
}
#endif

static void deliver(struct pt_regs *regs)
{
	struct pt_regs *outer = set_irq_regs(regs);

	xen_port_count_upcall();
	xen_evtchn_do_upcall();
	set_irq_regs(outer);
}

/**
 * xen_pv_evtchn_do_upcall() - what the kernel's entry calls for the upcall
 * @regs: what was interrupted
 *
 * Context: as after an interrupt of a machine, events masked.
 */
__visible noinstr void xen_pv_evtchn_do_upcall(struct pt_regs *regs)
{
	irqentry_state_t state = irqentry_enter(regs);

	instrumentation_begin();
	run_sysvec_on_irqstack_cond(deliver, regs);
	schedule_inside_hypercall(&state);
	instrumentation_end();
	irqentry_exit(regs, state);
}
