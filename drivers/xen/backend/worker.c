// SPDX-License-Identifier: GPL-2.0
/*
 * Workers and the event channels that wake them.
 *
 * An event sets, for each worker that its channel wakes, the bit in @owes before the kick. A
 * worker takes these bits into @serving before it looks at its ring, and delivers its verdict for
 * them after a look that found the ring empty. The channel is masked from the event to the last
 * verdict, so @owed is set by nobody but the handler while it is zero.
 */
#include <linux/export.h>
#include <linux/freezer.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <xen/events.h>
#include "internal.h"

#define TURN_ITEMS	64
#define TURN_BYTES	(8 * 1024 * 1024)
#define TURN_JIFFIES	max(HZ / 100, 1)

bool xen_budget_spend(struct xen_budget *b, size_t bytes)
{
	b->used++;
	b->items--;
	b->bytes -= bytes;
	/* The clock is looked at now and then only; items bound what happens between two looks. */
	if (!(b->used & 15) && time_after(jiffies, b->until))
		b->items = 0;
	return b->items > 0 && b->bytes > 0;
}
EXPORT_SYMBOL_GPL(xen_budget_spend);

void xen_worker_begin(struct xen_worker *w)
{
	/* Bits before the look at the ring: an event that comes later is served by the next run. */
	w->serving |= xchg(&w->owes, 0);
}

int xen_worker_turn(struct xen_worker *w, struct xen_budget *b)
{
	int ret;

	b->bytes = w->bytes;
	b->until = jiffies + TURN_JIFFIES;
	b->used = 0;
	if (xen_fault(w->q->be, XEN_FAULT_SHORT))
		b->items = 1;
	ret = w->fn(w, b);
	w->turns++;
	w->did += b->used;
	if (ret >= 0)
		return ret;
	WRITE_ONCE(w->parked, true);
	if (ret != -ESHUTDOWN)
		xen_backend_fatal(w->q->be, ret, ret == -EPROTO ?
				  "the frontend broke the ring protocol" : "a worker failed");
	return ret;
}

void xen_worker_settle(struct xen_worker *w)
{
	unsigned long serving = w->serving;
	struct xen_channel *ch;
	unsigned int irq;

	w->serving = 0;
	while (serving) {
		ch = &w->q->channels[__ffs(serving)];
		serving &= serving - 1;
		if (w->did)
			WRITE_ONCE(ch->useful, true);
		if (!atomic_dec_and_test(&ch->owed))
			continue;
		rcu_read_lock();
		irq = READ_ONCE(ch->irq);
		if (!READ_ONCE(ch->useful))
			ch->spurious++;
		if (irq)
			xen_irq_lateeoi(irq, READ_ONCE(ch->useful) ? 0 : XEN_EOI_FLAG_SPURIOUS);
		rcu_read_unlock();
	}
	w->did = 0;
}

static void worker_sleep(struct xen_worker *w)
{
	u64 start = 0;

	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	/* The state before the look; pairs with xen_worker_stop(), whose wake-up is a barrier. */
	if (!READ_ONCE(w->kicked) && !READ_ONCE(w->ending)) {
		if (w->watch)
			start = local_clock();
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	if (start)
		xen_worker_slept(w, local_clock() - start);
}

static int worker_serve(struct xen_worker *w)
{
	struct xen_budget b = { .items = w->items, .may_spin = xen_worker_may_spin(w) };
	int ret = xen_worker_turn(w, &b);

	if (ret != XEN_WORK_QUIET)
		return ret;
	if (xen_worker_spin(w))
		return 1;
	b.items = w->items;
	b.may_spin = false;
	return xen_worker_turn(w, &b);
}

static int worker_thread(void *data)
{
	struct xen_worker *w = data;
	int ret;

	set_freezable();
	while (!READ_ONCE(w->ending)) {
		worker_sleep(w);
		try_to_freeze();
		if (!xchg(&w->kicked, 0) || READ_ONCE(w->parked))
			continue;
		xen_worker_begin(w);
		ret = worker_serve(w);
		if (!ret)
			xen_worker_settle(w);
		else if (ret > 0)
			WRITE_ONCE(w->kicked, 1);
		cond_resched();
	}
	xen_queue_calm(w->q);
	/* The worker may be gone after this. */
	xen_queue_put(w->q);
	return 0;
}

static void worker_timer(struct timer_list *t)
{
	xen_worker_kick(container_of(t, struct xen_worker, timer));
}

void xen_worker_setup(struct xen_worker *w, struct xen_queue *q)
{
	w->q = q;
	w->kind = XEN_WORKER_NONE;
	w->items = TURN_ITEMS;
	w->bytes = TURN_BYTES;
	timer_setup(&w->timer, worker_timer, 0);
}

int xen_queue_thread(struct xen_queue *q, unsigned int which, xen_work_fn fn, const char *name)
{
	struct xen_worker *w = &q->workers[which];
	struct task_struct *task;

	task = kthread_create(worker_thread, w, "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Kicks may come until the queue is released; the task would go when its thread ends. */
	get_task_struct(task);
	w->task = task;
	w->fn = fn;
	w->kind = XEN_WORKER_THREAD;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_queue_thread);

static void worker_wake(struct xen_worker *w)
{
	if (w->kind == XEN_WORKER_THREAD)
		wake_up_process(w->task);
	else
		xen_worker_napi_kick(w);
}

void xen_worker_go(struct xen_worker *w)
{
	if (w->kind == XEN_WORKER_NONE)
		return;
	if (w->kind == XEN_WORKER_NAPI) {
		xen_worker_napi_go(w);
	} else {
		/* Both are the thread's, which gives them back when it ends. */
		xen_queue_get(w->q);
		refcount_inc(&w->q->active);
	}
	WRITE_ONCE(w->running, true);
	/* A kick that came earlier woke nobody, so do not rely on the flag being clear. */
	xchg(&w->kicked, 1);
	worker_wake(w);
}

/*
 * A thread may sit in the block layer for as long as the device below likes: it is told to end and
 * not waited for. Whoever waits for the queue's references waits for it.
 */
void xen_worker_stop(struct xen_worker *w)
{
	if (w->kind == XEN_WORKER_NONE)
		return;
	WRITE_ONCE(w->parked, true);
	timer_shutdown_sync(&w->timer);
	if (w->kind == XEN_WORKER_THREAD && w->running) {
		WRITE_ONCE(w->ending, true);
		wake_up_process(w->task);
	} else if (w->kind == XEN_WORKER_THREAD) {
		/* It never ran. */
		kthread_stop(w->task);
	} else if (w->running) {
		xen_worker_napi_stop(w);
	}
	WRITE_ONCE(w->running, false);
}

void xen_worker_free(struct xen_worker *w)
{
	if (w->kind == XEN_WORKER_THREAD)
		put_task_struct(w->task);
	else if (w->kind == XEN_WORKER_NAPI)
		xen_worker_napi_free(w);
	w->kind = XEN_WORKER_NONE;
}

void xen_worker_kick(struct xen_worker *w)
{
	if (READ_ONCE(w->parked) || xchg(&w->kicked, 1) || !READ_ONCE(w->running))
		return;
	worker_wake(w);
}
EXPORT_SYMBOL_GPL(xen_worker_kick);

void xen_worker_kick_after(struct xen_worker *w, unsigned long delay)
{
	timer_reduce(&w->timer, jiffies + delay);
}
EXPORT_SYMBOL_GPL(xen_worker_kick_after);

static irqreturn_t channel_event(int irq, void *data)
{
	struct xen_channel *ch = data;
	struct xen_queue *q = ch->q;
	unsigned int i;

	ch->events++;
	WRITE_ONCE(ch->useful, false);
	atomic_set(&ch->owed, hweight_long(ch->wakes));
	for (i = 0; i < XEN_QUEUE_WORKERS; i++) {
		if (!(ch->wakes & BIT(i)))
			continue;
		set_bit(ch - q->channels, &q->workers[i].owes);
		xen_worker_kick(&q->workers[i]);
	}
	return IRQ_HANDLED;
}

int xen_queue_bind_channel(struct xen_queue *q, unsigned int which, const char *dir,
			   const char *node, unsigned long wakes)
{
	const struct xen_want wants[] = {
		{ .node = node, .kind = XEN_WANT_NEEDED, .min = 1, .max = ~0U }, {}
	};
	struct xen_channel *ch = &q->channels[which];
	u32 port;
	int ret;

	ret = xen_want_read(q->be, dir, wants, &port);
	if (ret)
		return ret;
	ch->q = q;
	ch->wakes = wakes;
	xen_fault_late_init(ch);
	snprintf(ch->name, sizeof(ch->name), "%s-q%u-%u", q->be->name, q->index, which);
	ret = bind_interdomain_evtchn_to_irqhandler_lateeoi(q->be->dev, port, channel_event, 0,
							    ch->name, ch);
	if (ret < 0)
		return ret;
	WRITE_ONCE(ch->irq, ret);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_queue_bind_channel);

void xen_channel_send(struct xen_channel *ch)
{
	unsigned int irq;

	rcu_read_lock();
	irq = READ_ONCE(ch->irq);
	if (irq) {
		ch->sent++;
		notify_remote_via_irq(irq);
	}
	rcu_read_unlock();
}

void xen_channel_notify(struct xen_channel *ch)
{
	if (xen_fault(ch->q->be, XEN_FAULT_SLOW))
		xen_fault_late(ch);
	else
		xen_channel_send(ch);
}
EXPORT_SYMBOL_GPL(xen_channel_notify);

/* Hide all channels of a set from the workers and from notifiers, wait for those inside, unbind. */
void xen_channel_unbind(struct xen_queue_set *set)
{
	unsigned int i, c;
	struct xen_queue *q;

	for (i = 0; i < set->total; i++) {
		q = set->queues[i];
		if (!q)
			continue;
		for (c = 0; c < XEN_QUEUE_CHANNELS; c++) {
			q->channels[c].unbinding = q->channels[c].irq;
			WRITE_ONCE(q->channels[c].irq, 0);
		}
	}
	synchronize_rcu();
	for (i = 0; i < set->total; i++) {
		q = set->queues[i];
		if (!q)
			continue;
		for (c = 0; c < XEN_QUEUE_CHANNELS; c++) {
			if (q->channels[c].unbinding)
				xen_fault_late_end(&q->channels[c]);
			if (q->channels[c].unbinding)
				unbind_from_irqhandler(q->channels[c].unbinding, &q->channels[c]);
			q->channels[c].unbinding = 0;
		}
	}
}
