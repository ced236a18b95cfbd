// SPDX-License-Identifier: GPL-2.0
/* Which CPU an event goes to: the one of those allowed that has the fewest. */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "internal.h"

/* How many events are delivered to each CPU. Read without a lock: an old count does no harm. */
static atomic_t events_on_cpu[NR_CPUS];

/**
 * xen_event_unaccount() - an event is not delivered to its CPU any more
 * @event: the event
 */
void xen_event_unaccount(struct xen_event *event)
{
	if (event->accounted)
		atomic_dec(&events_on_cpu[event->cpu]);
	event->accounted = false;
}

/**
 * xen_event_account() - an event is delivered to a CPU from now on
 * @event: the event, not accounted for
 * @cpu: the CPU
 */
void xen_event_account(struct xen_event *event, unsigned int cpu)
{
	event->cpu = cpu;
	atomic_inc(&events_on_cpu[cpu]);
	event->accounted = true;
}

/**
 * xen_event_place() - note where the hypervisor delivers an event
 * @event: the event, with a port
 * @cpu: the CPU
 * @tell_core: the CPU is fixed: let the interrupt core and /proc know it
 */
void xen_event_place(struct xen_event *event, unsigned int cpu, bool tell_core)
{
	if (IS_ENABLED(CONFIG_SMP) && tell_core) {
		struct irq_data *data = irq_desc_get_irq_data(event->desc);

		irq_data_update_affinity(data, cpumask_of(cpu));
		irq_data_update_effective_affinity(data, cpumask_of(cpu));
	}
	if (xen_event_abi->bind_cpu)
		xen_event_abi->bind_cpu(event, cpu);
	xen_event_unaccount(event);
	xen_event_account(event, cpu);
}

static unsigned int least_loaded(const struct cpumask *allowed)
{
	unsigned int cpu, best = nr_cpu_ids;
	int fewest = INT_MAX;

	for_each_cpu_and(cpu, allowed, cpu_online_mask) {
		int events = atomic_read(&events_on_cpu[cpu]);

		if (events < fewest) {
			fewest = events;
			best = cpu;
		}
	}
	return best;
}

static int move(struct xen_event *event, unsigned int cpu)
{
	struct irq_data *data = irq_desc_get_irq_data(event->desc);
	unsigned int old = event->cpu;
	int err;

	if (cpu == old) {
		irq_data_update_effective_affinity(data, cpumask_of(cpu));
		return 0;
	}
	/* Masked, so that it is not delivered to a CPU that does not expect it. */
	xen_event_mask(event, XEN_MASK_BRIEFLY);
	err = xen_hv_evtchn_bind_vcpu(event->port, xen_vcpu_nr(cpu));
	if (!err) {
		xen_event_place(event, cpu, false);
		if (event->kind == XEN_EVENT_VIRQ) {
			per_cpu(xen_virq_event, old)[event->virq] = NULL;
			per_cpu(xen_virq_event, cpu)[event->virq] = event;
		}
		irq_data_update_effective_affinity(data, cpumask_of(cpu));
	}
	xen_event_unmask(event, XEN_MASK_BRIEFLY);
	return err;
}

/**
 * xen_event_set_affinity() - the chips' irq_set_affinity
 * @data: the interrupt
 * @dest: the CPUs allowed; if none of them is online, any that is
 * @force: not used
 *
 * Return: 0; -EINVAL if the event has no port or cannot be moved; the hypervisor's error if it
 * is tied to its vCPU.
 */
int xen_event_set_affinity(struct irq_data *data, const struct cpumask *dest, bool force)
{
	struct xen_event *event = xen_event_of_irq(data->irq);
	unsigned int cpu = least_loaded(dest);

	if (cpu >= nr_cpu_ids)
		cpu = least_loaded(cpu_online_mask);
	if (!event || !event->port || !xen_support_evtchn_rebind())
		return -EINVAL;
	return move(event, cpu);
}

/* Move an event to this CPU if its affinity allows that; its descriptor's lock is held. */
static int move_here(struct xen_event *event)
{
	unsigned int cpu = smp_processor_id();
	const struct cpumask *allowed;

	allowed = irq_data_get_affinity_mask(irq_desc_get_irq_data(event->desc));
	if (!event->port || !cpumask_test_cpu(cpu, allowed) || !xen_support_evtchn_rebind())
		return -EINVAL;
	return event->cpu == cpu ? 0 : move(event, cpu);
}

int xen_irq_follow(unsigned int irq)
{
	struct xen_event *event;
	unsigned long flags;
	int err = -EINVAL;

	rcu_read_lock();
	event = xen_event_of_irq(irq);
	if (event) {
		raw_spin_lock_irqsave(&event->desc->lock, flags);
		err = move_here(event);
		raw_spin_unlock_irqrestore(&event->desc->lock, flags);
	}
	rcu_read_unlock();
	return err;
}
EXPORT_SYMBOL_GPL(xen_irq_follow);
