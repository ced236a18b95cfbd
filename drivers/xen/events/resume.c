// SPDX-License-Identifier: GPL-2.0
/*
 * After restore or migration: the hypervisor knows no channel of ours any more.
 *
 * All ports are forgotten. What this domain opened by itself, it opens again: virtual interrupts,
 * IPIs, and PIRQs of emulated devices. Channels to other domains are their drivers' to open; until
 * then their interrupts have no port. Every event starts over masked, and is unmasked when the
 * interrupt core resumes its interrupt.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <xen/hv_physdev.h>
#include <xen/xen-ops.h>
#include "internal.h"

static void reopen(struct xen_event *event, unsigned int cpu, int err, evtchn_port_t port)
{
	if (!err)
		err = xen_event_attach(event, port, GFP_ATOMIC);
	/* Without its timer, its IPIs or its console the domain can only hang silently. */
	if (err)
		panic("xen/events: irq %u not bound again after resume: %d", event->irq, err);
	xen_event_place(event, cpu, false);
}

static void reopen_virqs(unsigned int cpu)
{
	struct xen_event *event;
	evtchn_port_t port = 0;
	unsigned int virq;
	int err;

	for (virq = 0; virq < NR_VIRQS; virq++) {
		event = per_cpu(xen_virq_event, cpu)[virq];
		if (!event)
			continue;
		err = xen_hv_evtchn_bind_virq(virq, xen_vcpu_nr(cpu), &port);
		reopen(event, cpu, err, port);
	}
}

static void reopen_ipis(unsigned int cpu)
{
	struct xen_event *event;
	evtchn_port_t port = 0;
	unsigned int ipi;
	int err;

	for (ipi = 0; ipi < XEN_NR_IPIS; ipi++) {
		event = per_cpu(xen_ipi_event, cpu)[ipi];
		if (!event)
			continue;
		err = xen_hv_evtchn_bind_ipi(xen_vcpu_nr(cpu), &port);
		reopen(event, cpu, err, port);
		per_cpu(xen_ipi_port, cpu)[ipi] = port;
	}
}

/* Devices that were passed through are not there after a restore: only GSIs can be. */
static void remap_pirqs(void)
{
	struct xen_event *event, *next;
	int err;

	list_for_each_entry_safe(event, next, &xen_events, all) {
		if (event->kind != XEN_EVENT_PIRQ || !event->pirq.gsi)
			continue;
		err = xen_hv_physdev_map_gsi(event->pirq.gsi, event->pirq.nr);
		if (err) {
			pr_warn("xen/events: GSI %u of irq %u is gone: %d\n", event->pirq.gsi,
				event->irq, err);
			xen_event_free(event);
			continue;
		}
		xen_pirq_start(event);
	}
}

/**
 * xen_irq_resume() - open again what this domain had open
 *
 * Context: stop_machine, interrupts off; nothing else runs.
 */
void xen_irq_resume(void)
{
	struct xen_event *event;
	unsigned int cpu;

	xen_event_abi->resume();
	list_for_each_entry(event, &xen_events, all) {
		event->port = 0;
		xen_event_unaccount(event);
	}
	xen_port_map_clear();
	for_each_possible_cpu(cpu) {
		reopen_virqs(cpu);
		reopen_ipis(cpu);
	}
	remap_pirqs();
}

/**
 * rebind_evtchn_irq() - give an interrupt that lost its channel a new one
 * @port: a port that was opened since the resume
 * @irq: an interrupt that was bound to a channel before
 *
 * A failure is logged, and the interrupt stays disabled.
 *
 * Context: may sleep.
 */
void rebind_evtchn_irq(evtchn_port_t port, int irq)
{
	struct xen_event *event;
	unsigned int cpu = 0;
	int err = -EINVAL;

	/* As the new port starts masked. */
	disable_irq(irq);
	mutex_lock(&xen_event_lock);
	event = xen_event_of_irq(irq);
	if (event && event->kind != XEN_EVENT_NONE && !event->port && !xen_event_of_port(port)) {
		event->kind = XEN_EVENT_CHANNEL;
		event->dev = NULL;
		err = xen_event_attach(event, port, GFP_KERNEL);
	}
	if (!err) {
		cpu = event->cpu;
		/* Where the hypervisor opened it. */
		xen_event_place(event, 0, false);
	}
	mutex_unlock(&xen_event_lock);
	if (err) {
		pr_err("xen/events: irq %d not bound to port %u: %d\n", irq, port, err);
		return;
	}
	if (cpu)
		irq_set_affinity(irq, cpumask_of(cpu));
	enable_irq(irq);
}
