// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupt chips of everything that is not a physical interrupt, and the mask.
 *
 * An event of xen_chip_lateeoi is masked from its delivery until whoever does its work says that
 * it is done (lateeoi.c), so a peer cannot raise it faster than it is served. Events of the other
 * chips come from the hypervisor or from this domain itself, or belong to handlers that are done
 * when they return.
 */
#include <linux/interrupt.h>
#include "internal.h"

/**
 * xen_event_mask() - add a reason to keep an event masked
 * @event: the event; has a port
 * @reason: XEN_MASK_*
 */
void xen_event_mask(struct xen_event *event, u8 reason)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&event->lock, flags);
	if (!event->masked)
		static_call(xen_event_hw_mask)(event->port);
	event->masked |= reason;
	raw_spin_unlock_irqrestore(&event->lock, flags);
}

/**
 * xen_event_unmask() - drop a reason; without any left, what is pending is delivered
 * @event: the event; has a port
 * @reason: XEN_MASK_*
 */
void xen_event_unmask(struct xen_event *event, u8 reason)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&event->lock, flags);
	event->masked &= ~reason;
	if (!event->masked)
		static_call(xen_event_hw_unmask)(event);
	raw_spin_unlock_irqrestore(&event->lock, flags);
}

/* The event of an interrupt, if it has a port. */
static struct xen_event *live_event(struct irq_data *data)
{
	struct xen_event *event = xen_event_of_irq(data->irq);

	return event && event->port ? event : NULL;
}

void xen_chip_mask(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (event)
		xen_event_mask(event, XEN_MASK_EXPLICIT);
}

void xen_chip_unmask(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (event)
		xen_event_unmask(event, XEN_MASK_EXPLICIT);
}

static void ack(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (event)
		xen_event_done(event);
}

/* Also with late EOI: the core found the interrupt disabled, so nobody will send one. */
static void mask_ack(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (event) {
		xen_event_mask(event, XEN_MASK_EXPLICIT);
		xen_event_done(event);
	}
}

/*
 * The event stays active: if it is raised again after it moved to another CPU, that CPU must
 * leave it alone until the EOI.
 */
static void lateeoi_ack(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (event) {
		xen_event_mask(event, XEN_MASK_EOI);
		static_call(xen_event_clear)(event->port);
	}
}

/* Raise the event as if the other end had. */
int xen_chip_retrigger(struct irq_data *data)
{
	struct xen_event *event = live_event(data);

	if (!event)
		return 0;
	xen_event_mask(event, XEN_MASK_BRIEFLY);
	xen_event_abi->set(event->port);
	xen_event_unmask(event, XEN_MASK_BRIEFLY);
	return 1;
}

struct irq_chip xen_chip_dynamic __read_mostly = {
	.name			= "xen-dyn",
	.irq_disable		= xen_chip_mask,
	.irq_mask		= xen_chip_mask,
	.irq_unmask		= xen_chip_unmask,
	.irq_ack		= ack,
	.irq_mask_ack		= mask_ack,
	.irq_set_affinity	= xen_event_set_affinity,
	.irq_retrigger		= xen_chip_retrigger,
};

/* irqbalance looks for "xen-dyn" in the name. */
struct irq_chip xen_chip_lateeoi __read_mostly = {
	.name			= "xen-dyn-lateeoi",
	.irq_disable		= xen_chip_mask,
	.irq_mask		= xen_chip_mask,
	.irq_unmask		= xen_chip_unmask,
	.irq_ack		= lateeoi_ack,
	.irq_mask_ack		= mask_ack,
	.irq_set_affinity	= xen_event_set_affinity,
	.irq_retrigger		= xen_chip_retrigger,
};

struct irq_chip xen_chip_percpu __read_mostly = {
	.name			= "xen-percpu",
	.irq_disable		= xen_chip_mask,
	.irq_mask		= xen_chip_mask,
	.irq_unmask		= xen_chip_unmask,
	.irq_ack		= ack,
};
