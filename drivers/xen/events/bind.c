// SPDX-License-Identifier: GPL-2.0
/*
 * Binding: from a channel, a virtual interrupt or an IPI to an interrupt number, and back.
 *
 * Every function here gets the new before it publishes it, and what fails half-way is taken
 * back completely: the channel that this file opened is closed, the number is freed.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "internal.h"

DEFINE_PER_CPU(struct xen_event * [NR_VIRQS], xen_virq_event);
DEFINE_PER_CPU(struct xen_event * [XEN_NR_IPIS], xen_ipi_event);
/* Apart from the event, so that an IPI to a CPU that goes away needs no RCU. */
DEFINE_PER_CPU(evtchn_port_t [XEN_NR_IPIS], xen_ipi_port);

/* Whoever may fail later, and then unbinds, has to have a reference of his own, or the event. */
static int bind_again(struct xen_event *event, enum xen_event_again again)
{
	if (event->kind != XEN_EVENT_CHANNEL)
		return -EINVAL;
	if (again == XEN_EVENT_ALONE)
		return -EBUSY;
	if (again == XEN_EVENT_SHARED) {
		if (event->refs < 0)
			return -EINVAL;
		event->refs++;
	}
	return event->irq;
}

/**
 * xen_event_bind_channel() - bind a port that exists
 * @port: an interdomain port, or one offered to another domain
 * @chip: how its interrupt is handled
 * @dev: whom statistics are for, or NULL
 * @again: what if it is bound already
 *
 * A new event starts at vCPU 0, where the hypervisor opened it; the interrupt core moves it when
 * a handler is requested.
 *
 * Return: the interrupt number, or -ENOMEM, -EINVAL (no such port, bound as something else or not
 * referenceable), -EBUSY, or what the hypervisor said.
 */
int xen_event_bind_channel(evtchn_port_t port, struct irq_chip *chip, struct xenbus_device *dev,
			   enum xen_event_again again)
{
	struct xen_event *event;
	int ret;

	if (!port || port >= xen_event_abi->max_ports)
		return -EINVAL;
	mutex_lock(&xen_event_lock);
	event = xen_event_of_port(port);
	if (event) {
		ret = bind_again(event, again);
		goto out;
	}
	ret = -ENOMEM;
	event = xen_event_new();
	if (!event)
		goto out;
	irq_set_chip_and_handler_name(event->irq, chip, handle_edge_irq, "event");
	event->kind = XEN_EVENT_CHANNEL;
	ret = xen_event_attach(event, port, GFP_KERNEL);
	if (ret) {
		xen_event_free(event);
		goto out;
	}
	event->dev = dev;
	if (dev)
		atomic_inc(&dev->event_channels);
	xen_event_place(event, 0, false);
	ret = event->irq;
out:
	mutex_unlock(&xen_event_lock);
	return ret;
}

/*
 * The port that a virtual interrupt has already: after kexec, the old kernel's. Valid ports are
 * contiguous, and asking for the first invalid one ends the search.
 */
static int find_virq(unsigned int virq, unsigned int cpu, bool percpu, evtchn_port_t *found)
{
	int ret = -ENOENT;
	evtchn_port_t port;

	for (port = 1; port < xen_event_abi->max_ports; port++) {
		struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

		if (xen_hv_evtchn_status(&status))
			break;
		if (status.status != EVTCHNSTAT_virq || status.u.virq != virq)
			continue;
		if (status.vcpu == xen_vcpu_nr(cpu)) {
			*found = port;
			return 0;
		}
		if (!percpu)
			ret = -EEXIST;
	}
	return ret;
}

static int open_virq(unsigned int virq, unsigned int cpu, bool percpu, evtchn_port_t *port)
{
	int err = xen_hv_evtchn_bind_virq(virq, xen_vcpu_nr(cpu), port);

	return err == -EEXIST ? find_virq(virq, cpu, percpu, port) : err;
}

/* Open the port of an IPI or a virtual interrupt and make it an event of @cpu; the lock is held. */
static int bind_new(enum xen_event_kind kind, unsigned int nr, unsigned int cpu, bool percpu,
		    struct xen_event **slot)
{
	bool ipi = kind == XEN_EVENT_IPI;
	const char *name = ipi ? "ipi" : "virq";
	struct xen_event *event = xen_event_new();
	evtchn_port_t port;
	int err;

	if (!event)
		return -ENOMEM;
	if (percpu)
		irq_set_chip_and_handler_name(event->irq, &xen_chip_percpu, handle_percpu_irq,
					      name);
	else
		irq_set_chip_and_handler_name(event->irq, &xen_chip_dynamic, handle_edge_irq,
					      name);
	err = ipi ? xen_hv_evtchn_bind_ipi(xen_vcpu_nr(cpu), &port) :
		    open_virq(nr, cpu, percpu, &port);
	if (err)
		goto free;
	event->kind = kind;
	if (ipi)
		event->ipi = nr;
	else
		event->virq = nr;
	err = xen_event_attach(event, port, GFP_KERNEL);
	if (err)
		goto close;
	*slot = event;
	if (ipi)
		per_cpu(xen_ipi_port, cpu)[nr] = port;
	xen_event_place(event, cpu, percpu);
	return event->irq;
close:
	xen_hv_evtchn_close(port);
free:
	xen_event_free(event);
	return err;
}

static int bind_once(enum xen_event_kind kind, unsigned int nr, unsigned int cpu, bool percpu,
		     struct xen_event **slot)
{
	int ret;

	mutex_lock(&xen_event_lock);
	ret = *slot ? (int)(*slot)->irq : bind_new(kind, nr, cpu, percpu, slot);
	mutex_unlock(&xen_event_lock);
	return ret;
}

/**
 * xen_event_bind_ipi() - bind an IPI of one CPU
 * @ipi: which
 * @cpu: who receives it
 *
 * Return: the interrupt number, also if it is bound already; a negative errno.
 */
int xen_event_bind_ipi(unsigned int ipi, unsigned int cpu)
{
	return bind_once(XEN_EVENT_IPI, ipi, cpu, true, &per_cpu(xen_ipi_event, cpu)[ipi]);
}

/**
 * bind_virq_to_irq() - bind a virtual interrupt of the hypervisor
 * @virq: VIRQ_* of the ABI
 * @cpu: where it is received
 * @percpu: it exists once per CPU; otherwise the interrupt may move
 *
 * Return: the interrupt number, also if it is bound already; a negative errno, -EEXIST if
 * another CPU has what exists only once.
 */
int bind_virq_to_irq(unsigned int virq, unsigned int cpu, bool percpu)
{
	if (virq >= NR_VIRQS)
		return -EINVAL;
	return bind_once(XEN_EVENT_VIRQ, virq, cpu, percpu, &per_cpu(xen_virq_event, cpu)[virq]);
}

/**
 * xen_event_unbind() - drop a reference to an event, and with the last one the event
 * @event: the event
 *
 * The port leaves the map before the channel is closed: the hypervisor may give it to the next
 * one who opens a channel, and an event for that one must not reach this interrupt.
 *
 * Context: xen_event_lock is held; the interrupt has no handler any more.
 */
void xen_event_unbind(struct xen_event *event)
{
	evtchn_port_t port = event->port;

	if (event->refs > 0 && --event->refs)
		return;
	switch (event->kind) {
	case XEN_EVENT_VIRQ:
		per_cpu(xen_virq_event, event->cpu)[event->virq] = NULL;
		break;
	case XEN_EVENT_IPI:
		per_cpu(xen_ipi_event, event->cpu)[event->ipi] = NULL;
		per_cpu(xen_ipi_port, event->cpu)[event->ipi] = 0;
		break;
	case XEN_EVENT_CHANNEL:
		if (event->dev)
			atomic_dec(&event->dev->event_channels);
		break;
	}
	if (port) {
		xen_event_detach(event);
		if (!event->fixed)
			xen_hv_evtchn_close(port);
	}
	xen_event_free(event);
}

/**
 * xen_event_unbind_irq() - xen_event_unbind() by interrupt number
 * @irq: the interrupt number; nothing happens if it is not ours
 * @keep: do not close a channel that nobody else has bound
 */
void xen_event_unbind_irq(unsigned int irq, bool keep)
{
	struct xen_event *event;

	mutex_lock(&xen_event_lock);
	event = xen_event_of_irq(irq);
	if (event) {
		if (keep && event->refs < 0)
			event->fixed = true;
		xen_event_unbind(event);
	}
	mutex_unlock(&xen_event_lock);
}
