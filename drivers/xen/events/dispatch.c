// SPDX-License-Identifier: GPL-2.0
/*
 * The upcall: deliver what is pending, in the ABI's order of priorities, in bounded time.
 *
 * A turn looks at the clock every 256 events. When its time is up it does not stop: what is
 * pending must be delivered, or the hypervisor will not raise it again. Instead, all EOIs of
 * what it delivers from then on are put off for a while. Events that peers raise have late EOIs,
 * stay masked and cannot come again, so the turn ends.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "internal.h"

#define LOOK_EVERY	256

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"xen."

/* In jiffies, as they always were: how long EOIs are put off, and when a turn's time is up. */
static unsigned int event_eoi_delay __read_mostly = 10;
module_param(event_eoi_delay, uint, 0644);
static unsigned int event_loop_timeout __read_mostly = 2;
module_param(event_loop_timeout, uint, 0644);

/* Turns that a CPU has finished: tells an EOI from inside of a turn from one that comes later. */
DEFINE_PER_CPU(unsigned int, xen_event_epoch);

static void look_at_clock(struct xen_turn *turn)
{
	ktime_t now = ktime_get();

	if (!turn->deadline)
		turn->deadline = ktime_add_ms(now, jiffies_to_msecs(event_loop_timeout));
	else if (now > turn->deadline)
		turn->late = true;
}

/**
 * xen_event_deliver() - hand one event to its interrupt
 * @port: pending and not masked
 * @turn: the turn that found it
 *
 * Nothing happens if nobody has bound the port, or if another CPU has the event in its hands:
 * that one will look for what is pending when it is done.
 *
 * Context: interrupts are off, inside an RCU read side.
 */
void xen_event_deliver(evtchn_port_t port, struct xen_turn *turn)
{
	struct xen_event *event = xen_event_of_port(port);

	if (unlikely(!event))
		return;
	if (unlikely(++turn->seen % LOOK_EVERY == 0) && !turn->late)
		look_at_clock(turn);
	/* An IPI has one CPU for all its life, so nobody can compete for it. */
	if (event->kind != XEN_EVENT_IPI && xchg_acquire(&event->active, 1))
		return;
	if (event->dev)
		atomic_inc(&event->dev->events);
	if (unlikely(turn->late)) {
		event->eoi_cpu = smp_processor_id();
		event->eoi_epoch = __this_cpu_read(xen_event_epoch);
		event->eoi_at = get_jiffies_64() + event_eoi_delay;
	}
	generic_handle_irq_desc(event->desc);
}

/**
 * xen_evtchn_do_upcall() - the hypervisor says that something is pending
 *
 * Context: interrupt, interrupts off.
 * Return: IRQ_HANDLED, or IRQ_NONE if nothing was pending: the interrupt that brought us here
 * may be shared.
 */
int xen_evtchn_do_upcall(void)
{
	struct vcpu_info *vcpu = __this_cpu_read(xen_vcpu);
	int ret = vcpu->evtchn_upcall_pending ? IRQ_HANDLED : IRQ_NONE;
	unsigned int cpu = smp_processor_id();
	struct xen_turn turn = {};

	/* Unbinding frees events a grace period after they left the port map; see port_map.c. */
	rcu_read_lock();
	do {
		vcpu->evtchn_upcall_pending = 0;
		static_call(xen_event_turn)(cpu, &turn);
		/* The hypervisor sets the flag after what it stands for. */
		virt_rmb();
	} while (READ_ONCE(vcpu->evtchn_upcall_pending));
	rcu_read_unlock();

	__this_cpu_inc(xen_event_epoch);
	return ret;
}
EXPORT_SYMBOL_GPL(xen_evtchn_do_upcall);
