// SPDX-License-Identifier: GPL-2.0
/*
 * The thread "xenbus": moves messages between the queue of requests, the ring and the watches.
 *
 * The step lock is held while bytes move, so whoever holds it has stopped the ring. Order:
 * the watches' semaphore, then the step lock, then spin locks.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <xen/events.h>
#include "internal.h"

/* Woken by the store's events and by new requests; also what waits for a first sign of life. */
DECLARE_WAIT_QUEUE_HEAD(xs_wait);

static void comms_kick(void)
{
	notify_remote_via_evtchn(xen_store_evtchn);
}

static const struct xs_comms_ops comms_ops = {
	.kick = comms_kick,
	.event = xs_watch_event,
	.replied = xs_request_replied,
	.next = xs_request_next,
	.sent = xs_request_sent,
	.fail = xs_requests_fail,
};

static struct xs_comms comms = { .ops = &comms_ops };
static DEFINE_MUTEX(comms_step);
static bool comms_running;
static int comms_irq;
static bool comms_event_seen;

static bool comms_has_work(void)
{
	struct xs_comms *c = &comms;

	if (!READ_ONCE(c->page))
		return false;
	return xs_comms_readable(c) || xs_comms_starved(c) ||
	       ((READ_ONCE(c->out) || xs_request_waiting()) && xs_comms_writable(c));
}

static void comms_turn(struct xs_comms *c)
{
	int err = 0;

	mutex_lock(&comms_step);
	if (c->page) {
		if (xs_comms_readable(c) || xs_comms_starved(c))
			err = xs_comms_receive(c);
		if (err < 0 && err != -ENOMEM)
			pr_warn_ratelimited("error %d while reading a message\n", err);
		if (xs_comms_transmit(c))
			pr_warn_ratelimited("the ring to the store broke\n");
	}
	mutex_unlock(&comms_step);
	if (err == -ENOMEM)
		schedule_timeout_uninterruptible(1);
	else if (c->in_have == 0)
		wake_up(&xs_wait);
	cond_resched();
}

static int comms_thread(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible(xs_wait, comms_has_work() || kthread_should_stop());
		comms_turn(&comms);
	}
	return 0;
}

static irqreturn_t comms_event(int irq, void *unused)
{
	WRITE_ONCE(comms_event_seen, true);
	wake_up(&xs_wait);
	return IRQ_HANDLED;
}

/* Has the store given a sign of life since the port was bound? */
bool xs_comms_heard(void)
{
	return READ_ONCE(comms_event_seen);
}

/* Start using the page; also the same one again, after a resume. */
static void comms_attach(struct xenstore_domain_interface *page)
{
	/* A crash kernel may find the replies to its predecessor of use. */
	u32 stale = xs_comms_attach(&comms, page, reset_devices);

	if (stale)
		pr_info("the ring held %u bytes of an earlier kernel\n", stale);
}

/* Bind the store's port, unless it is bound. */
int xs_comms_bind(evtchn_port_t port)
{
	int irq;

	if (comms_irq)
		return 0;
	irq = bind_evtchn_to_irqhandler(port, comms_event, 0, "xenbus", &comms);
	if (irq < 0) {
		pr_err("binding the store's event channel %u failed: %d\n", port, irq);
		return irq;
	}
	comms_irq = irq;
	return 0;
}

/* Give the port back; the next xs_comms_bind() makes a new interrupt. */
void xs_comms_unbind(void)
{
	if (comms_irq)
		unbind_from_irqhandler(comms_irq, &comms);
	comms_irq = 0;
	WRITE_ONCE(comms_event_seen, false);
}

static int comms_run(struct xenstore_domain_interface *page)
{
	struct task_struct *task;

	comms_attach(page);
	task = kthread_run(comms_thread, NULL, "xenbus");
	if (IS_ERR(task)) {
		WRITE_ONCE(comms.page, NULL);
		return PTR_ERR(task);
	}
	comms_running = true;
	return 0;
}

/* Begin to talk: the page and the port are known. Called once. */
int xs_comms_start(void)
{
	int err;

	err = xs_comms_bind(xen_store_evtchn);
	if (err)
		return err;
	err = comms_run(xen_store_interface);
	if (err)
		xs_comms_unbind();
	return err;
}

#if IS_ENABLED(CONFIG_XEN_XENBUS_KUNIT_TEST)
/* Talk to a store that is part of a test, on a machine that has no other. */
int xs_comms_start_with(struct xenstore_domain_interface *page, void (*kick)(void))
{
	static struct xs_comms_ops test_ops;

	test_ops = comms_ops;
	test_ops.kick = kick;
	comms.ops = &test_ops;
	xen_store_interface = page;
	return comms_run(page);
}
#endif

/*
 * Stop between two messages: half a message would be lost if the page went away now. The caller
 * has seen to it that no request is under way, and holds the ring until xs_comms_continue().
 */
void xs_comms_stop(void)
{
	for (;;) {
		mutex_lock(&comms_step);
		if (!comms.in_have && !comms.out)
			return;
		mutex_unlock(&comms_step);
		wait_event(xs_wait, !READ_ONCE(comms.in_have) && !READ_ONCE(comms.out));
	}
}

/* Go on; @anew after a resume: the port, the page's contents or both are new. */
void xs_comms_continue(bool anew)
{
	if (comms_running && anew) {
		/* A restore left the interrupt without its channel. */
		if (comms_irq)
			rebind_evtchn_irq(xen_store_evtchn, comms_irq);
		else if (xen_store_evtchn)
			xs_comms_bind(xen_store_evtchn);
		comms_attach(xen_store_interface);
	}
	mutex_unlock(&comms_step);
	wake_up(&xs_wait);
}
