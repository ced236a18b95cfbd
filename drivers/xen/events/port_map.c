// SPDX-License-Identifier: GPL-2.0
/*
 * From ports and interrupt numbers to events, and how long an event lives.
 *
 * The upcall looks events up while another CPU unbinds them, and so do late EOIs. They run inside
 * an RCU read side. An event leaves the port map before its channel is closed and the interrupt
 * map when it has no user; its memory and its interrupt descriptor go a grace period later. So a
 * latecomer finds either nothing or an event that is complete.
 */
#include <linux/gfp.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include "internal.h"
#include "port.h"
#ifdef CONFIG_X86
#include <asm/i8259.h>
#endif

/* Protects the maps against each other's writers, binding and references; see internal.h. */
DEFINE_MUTEX(xen_event_lock);
LIST_HEAD(xen_events);

struct xen_event_map xen_port_map, xen_irq_map;

/**
 * xen_map_set() - put an event into a slot, or nothing
 * @map: which map
 * @index: the slot
 * @event: the event or NULL
 * @gfp: how to allocate a row if need be
 *
 * Rows are never freed: they hold 512 slots each and ports are reused from below.
 *
 * Return: 0; -EINVAL if the map has no such slot, -ENOMEM. Taking out never fails.
 */
int xen_map_set(struct xen_event_map *map, unsigned int index, struct xen_event *event, gfp_t gfp)
{
	unsigned int row = index / XEN_ROW_EVENTS;
	struct xen_event **events;

	if (row >= XEN_MAP_ROWS)
		return event ? -EINVAL : 0;
	events = READ_ONCE(map->rows[row]);
	if (!events) {
		struct xen_event **fresh;

		if (!event)
			return 0;
		fresh = (struct xen_event **)get_zeroed_page(gfp);
		if (!fresh)
			return -ENOMEM;
		/* A PIRQ starts without xen_event_lock and may have been faster. */
		events = cmpxchg(&map->rows[row], NULL, fresh);
		if (events)
			free_page((unsigned long)fresh);
		else
			events = fresh;
	}
	/* Pairs with the address dependency of xen_map_get(). */
	smp_store_release(&events[index % XEN_ROW_EVENTS], event);
	return 0;
}

/**
 * xen_port_map_clear() - no port leads anywhere any more
 *
 * For resume: the hypervisor forgot all channels.
 */
void xen_port_map_clear(void)
{
	int row;

	for (row = 0; row < XEN_MAP_ROWS; row++)
		if (xen_port_map.rows[row])
			clear_page(xen_port_map.rows[row]);
}

static unsigned int legacy_irqs(void)
{
#ifdef CONFIG_X86
	return nr_legacy_irqs();
#else
	return 0;
#endif
}

/**
 * xen_event_free_irq() - give an interrupt number back
 * @irq: the number; the architecture keeps the legacy ones
 */
void xen_event_free_irq(unsigned int irq)
{
	if (irq >= legacy_irqs())
		irq_free_desc(irq);
}

static void free_event(struct work_struct *work)
{
	struct xen_event *event = container_of(to_rcu_work(work), struct xen_event, rwork);

	xen_event_free_irq(event->irq);
	kfree(event);
}

/**
 * xen_event_new_at() - a new event for an interrupt number that is ours
 * @irq: the number, with a descriptor
 *
 * Context: xen_event_lock is held.
 * Return: the event, or NULL; then the number is still the caller's.
 */
struct xen_event *xen_event_new_at(unsigned int irq)
{
	struct xen_event *event = kzalloc(sizeof(*event), GFP_KERNEL);

	if (!event)
		return NULL;
	event->irq = irq;
	event->desc = irq_to_desc(irq);
	event->refs = -1;
	raw_spin_lock_init(&event->lock);
	INIT_LIST_HEAD(&event->eoi_list);
	INIT_RCU_WORK(&event->rwork, free_event);
	if (!event->desc || xen_map_set(&xen_irq_map, irq, event, GFP_KERNEL)) {
		kfree(event);
		return NULL;
	}
	irq_clear_status_flags(irq, IRQ_NOREQUEST | IRQ_NOAUTOEN);
	xen_port_irq_moves_at_once(irq);
	list_add_tail_rcu(&event->all, &xen_events);
	return event;
}

/* The event of a number that was taken for it, or an error instead of one. */
static struct xen_event *new_of(int irq)
{
	struct xen_event *event;

	if (irq < 0)
		return NULL;
	event = xen_event_new_at(irq);
	if (!event)
		xen_event_free_irq(irq);
	return event;
}

/**
 * xen_event_new() - a new event with an interrupt number of its own
 *
 * Context: xen_event_lock is held.
 * Return: the event or NULL.
 */
struct xen_event *xen_event_new(void)
{
	return new_of(irq_alloc_desc_from(0, -1));
}

/**
 * xen_event_new_gsi() - a new event whose interrupt number is that of a GSI
 * @gsi: the GSI
 *
 * A PV domU knows no GSIs and takes any number.
 *
 * Context: xen_event_lock is held.
 * Return: the event or NULL.
 */
struct xen_event *xen_event_new_gsi(unsigned int gsi)
{
	if (xen_pv_domain() && !xen_initial_domain())
		return xen_event_new();
	return new_of(gsi < legacy_irqs() ? gsi : irq_alloc_desc_at(gsi, -1));
}

/**
 * xen_event_free() - free an event that has no port any more
 * @event: the event; its interrupt has no handler
 *
 * Context: xen_event_lock is held. The memory goes a grace period later.
 */
void xen_event_free(struct xen_event *event)
{
	xen_lateeoi_forget(event);
	xen_map_set(&xen_irq_map, event->irq, NULL, 0);
	list_del_rcu(&event->all);
	WARN_ON(event->refs > 0);
	queue_rcu_work(system_percpu_wq, &event->rwork);
}

/**
 * xen_event_attach() - connect an event to a port
 * @event: the event, whose kind is set; its interrupt is not started, or disabled
 * @port: the port; 0 for a PIRQ, which gets its port when it is started
 * @gfp: how to allocate
 *
 * The port stays masked until the interrupt core unmasks it.
 *
 * Context: xen_event_lock is held; or the event is a PIRQ's that is being started, and its
 * descriptor's lock is held.
 * Return: 0 or a negative errno; then the event has no port.
 */
int xen_event_attach(struct xen_event *event, evtchn_port_t port, gfp_t gfp)
{
	int err;

	event->masked = XEN_MASK_EXPLICIT;
	event->active = 0;
	event->eoi_at = 0;
	if (!port)
		return 0;
	err = xen_event_abi->setup ? xen_event_abi->setup(port, gfp) : 0;
	if (err)
		return err;
	static_call(xen_event_hw_mask)(port);
	event->port = port;
	err = xen_map_set(&xen_port_map, port, event, gfp);
	if (err)
		event->port = 0;
	return err;
}

/**
 * xen_event_detach() - separate an event from its port
 * @event: the event; its port is masked
 *
 * Context: xen_event_lock is held, or the event is a PIRQ's that is being shut down.
 */
void xen_event_detach(struct xen_event *event)
{
	evtchn_port_t port = event->port;

	xen_map_set(&xen_port_map, port, NULL, 0);
	if (xen_event_abi->remove)
		xen_event_abi->remove(event);
	WRITE_ONCE(event->port, 0);
	xen_event_unaccount(event);
}
