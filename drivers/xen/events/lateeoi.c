// SPDX-License-Identifier: GPL-2.0
/*
 * Late EOI: an event stays masked until its work is done, and longer if there was none.
 *
 * Whoever serves an event says with the EOI whether it brought work. Events that brought none,
 * in a row, are held back: after the device's threshold by 1, 2, 4 ... jiffies, up to a second.
 * An event that brings work, or a second of peace, forgives all of it. So a peer that raises
 * events for nothing is served about once a second, and a device that raises one too many now
 * and then never notices.
 *
 * An EOI that is held back waits in the list of one CPU, ordered by time, for that CPU's worker.
 * The list's lock nests inside of the event's lock. An event that is being freed is marked dead
 * under its lock, and only then taken from its list: none enters a list again.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>
#include "internal.h"

struct eoi_list {
	raw_spinlock_t lock;
	struct list_head events;
	struct delayed_work work;
};

static DEFINE_PER_CPU(struct eoi_list, xen_eoi_list);

/* How long to hold back an event that brought no work, in jiffies. */
static unsigned int brake(struct xen_event *event)
{
	struct xenbus_device *dev = event->dev;
	unsigned int threshold = 1, delay = 0;
	u64 now = get_jiffies_64();

	if (dev && dev->spurious_threshold)
		threshold = dev->spurious_threshold;
	if (now > event->braked + HZ)
		event->barren = 0;
	if (event->barren < U8_MAX)
		event->barren++;
	if (event->barren > threshold)
		delay = min_t(unsigned int, 1U << min(event->barren - 1 - threshold, 16U), HZ);
	event->braked = now + delay;
	if (dev) {
		atomic_inc(&dev->spurious_events);
		atomic_add(delay, &dev->jiffies_eoi_delayed);
	}
	return delay;
}

/*
 * The worker's time is that of the first event in the list. It is set under the list's lock, or a
 * later one could replace an earlier one.
 */
static void wake_worker(struct eoi_list *list, unsigned int cpu, u64 at)
{
	u64 now = get_jiffies_64();

	mod_delayed_work_on(cpu, system_percpu_wq, &list->work, at > now ? at - now : 1);
}

static void enqueue(struct xen_event *event)
{
	struct eoi_list *list = per_cpu_ptr(&xen_eoi_list, event->eoi_cpu);
	struct xen_event *other;

	raw_spin_lock(&list->lock);
	list_for_each_entry_reverse(other, &list->events, eoi_list)
		if (other->eoi_at <= event->eoi_at)
			break;
	/* Behind the last one that is due earlier; at the end of the loop that is the head. */
	list_add(&event->eoi_list, &other->eoi_list);
	if (list_is_first(&event->eoi_list, &list->events))
		wake_worker(list, event->eoi_cpu, event->eoi_at);
	raw_spin_unlock(&list->lock);
}

static void eoi_now(struct xen_event *event)
{
	event->eoi_at = 0;
	/* Before the unmask: what it delivers must find the event free. */
	smp_store_release(&event->active, 0);
	event->masked &= ~XEN_MASK_EOI;
	if (!event->masked)
		static_call(xen_event_hw_unmask)(event);
}

static void finish(struct xen_event *event, bool barren)
{
	unsigned int delay = 0, cpu;
	unsigned long flags;

	raw_spin_lock_irqsave(&event->lock, flags);
	if (!event->port || event->dead || !list_empty_careful(&event->eoi_list)) {
		raw_spin_unlock_irqrestore(&event->lock, flags);
		return;
	}
	if (unlikely(barren))
		delay = brake(event);
	else
		event->barren = 0;
	if (unlikely(delay)) {
		if (!event->eoi_at)
			event->eoi_cpu = smp_processor_id();
		event->eoi_at = get_jiffies_64() + delay;
	}
	/* A CPU that went away runs no worker and counts no turns any more. */
	if (unlikely(event->eoi_at) && !cpu_online(event->eoi_cpu))
		event->eoi_cpu = smp_processor_id();
	cpu = event->eoi_cpu;
	if (unlikely(event->eoi_at) &&
	    (delay || event->eoi_epoch == per_cpu(xen_event_epoch, cpu)))
		enqueue(event);
	else
		eoi_now(event);
	raw_spin_unlock_irqrestore(&event->lock, flags);
}

static struct xen_event *take_due(struct eoi_list *list, u64 now)
{
	struct xen_event *event;
	unsigned long flags;

	raw_spin_lock_irqsave(&list->lock, flags);
	event = list_first_entry_or_null(&list->events, struct xen_event, eoi_list);
	if (event && event->eoi_at > now) {
		wake_worker(list, event->eoi_cpu, event->eoi_at);
		event = NULL;
	}
	if (event)
		list_del_init_careful(&event->eoi_list);
	raw_spin_unlock_irqrestore(&list->lock, flags);
	return event;
}

static void worker(struct work_struct *work)
{
	struct eoi_list *list = container_of(to_delayed_work(work), struct eoi_list, work);
	u64 now = get_jiffies_64();
	struct xen_event *event;
	unsigned long flags;

	rcu_read_lock();
	while ((event = take_due(list, now))) {
		raw_spin_lock_irqsave(&event->lock, flags);
		if (event->port && !event->dead)
			eoi_now(event);
		raw_spin_unlock_irqrestore(&event->lock, flags);
	}
	rcu_read_unlock();
}

/**
 * xen_lateeoi_cpu_init() - make a CPU's list, before the CPU comes up
 * @cpu: the CPU; if it was up before, its list stays
 */
void xen_lateeoi_cpu_init(unsigned int cpu)
{
	struct eoi_list *list = per_cpu_ptr(&xen_eoi_list, cpu);

	if (list->events.next)
		return;
	raw_spin_lock_init(&list->lock);
	INIT_LIST_HEAD(&list->events);
	INIT_DELAYED_WORK(&list->work, worker);
}

/**
 * xen_lateeoi_forget() - an event is being freed
 * @event: the event
 *
 * Context: xen_event_lock is held.
 */
void xen_lateeoi_forget(struct xen_event *event)
{
	struct eoi_list *list;
	unsigned long flags;

	raw_spin_lock_irqsave(&event->lock, flags);
	event->dead = true;
	if (!list_empty_careful(&event->eoi_list)) {
		list = per_cpu_ptr(&xen_eoi_list, event->eoi_cpu);
		raw_spin_lock(&list->lock);
		list_del_init_careful(&event->eoi_list);
		raw_spin_unlock(&list->lock);
	}
	raw_spin_unlock_irqrestore(&event->lock, flags);
}

/**
 * xen_irq_lateeoi() - the work of an event is done
 * @irq: its interrupt, bound by one of the ..._lateeoi functions
 * @eoi_flags: XEN_EOI_FLAG_SPURIOUS if there was none
 *
 * Unmasks the event, now or, if it brought no work too often, a while later. An interrupt that is
 * not bound, or not any more, is ignored.
 *
 * Context: any.
 */
void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags)
{
	struct xen_event *event;

	rcu_read_lock();
	event = xen_event_of_irq(irq);
	if (event)
		finish(event, eoi_flags & XEN_EOI_FLAG_SPURIOUS);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(xen_irq_lateeoi);
