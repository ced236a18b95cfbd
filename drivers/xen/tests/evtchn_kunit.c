// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of an open /dev/xen/evtchn against the fake hypervisor: order, silence, sharing, what a
 * failure at any call leaves, and what a restore leaves. On the bare machine.
 */
#include <kunit/test.h>
#include <xen/events.h>
#include "../events/internal.h"
#include "../user/evtchn.h"
#include "fake_events.h"

static struct evtchn_file *file;

static void raise(evtchn_port_t port)
{
	fake_events_raise(&fake_events, port);
	fake_events_upcall();
}

static evtchn_port_t bind(struct kunit *test)
{
	evtchn_port_t port = fake_events_open(&fake_events);

	KUNIT_ASSERT_EQ(test, 0, evtchn_file_bind(file, port, false));
	return port;
}

/* The first port of the queue, taken; 0 if it is empty. */
static evtchn_port_t take(void)
{
	evtchn_port_t port;

	return evtchn_file_take(file, &port) ? port : 0;
}

static int evtchn_init(struct kunit *test)
{
	fake_events_start(test, &fake_events);
	file = evtchn_file_new("kunit");
	KUNIT_ASSERT_NOT_NULL(test, file);
	return 0;
}

static void evtchn_exit(struct kunit *test)
{
	if (file)
		evtchn_file_free(file);
	file = NULL;
	fake_events_finish(test, &fake_events);
}

static void in_order_and_once(struct kunit *test)
{
	evtchn_port_t a = bind(test), b = bind(test), c = bind(test);

	KUNIT_EXPECT_FALSE(test, evtchn_file_raised(file));
	raise(c);
	raise(a);
	raise(c);
	raise(b);
	KUNIT_EXPECT_TRUE(test, evtchn_file_raised(file));
	KUNIT_EXPECT_EQ(test, c, take());
	evtchn_file_put_back(file, c);
	KUNIT_EXPECT_EQ(test, c, take());
	KUNIT_EXPECT_EQ(test, a, take());
	/* Served before it is taken: raised again, it keeps its place. */
	evtchn_file_serve(file, b);
	raise(a);
	raise(b);
	KUNIT_EXPECT_EQ(test, b, take());
	KUNIT_EXPECT_EQ(test, 0, take());
	/* What was raised while it was silent comes when it is served. */
	evtchn_file_serve(file, c);
	evtchn_file_serve(file, a);
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, c, take());
	KUNIT_EXPECT_EQ(test, a, take());
	KUNIT_EXPECT_EQ(test, 0, take());
}

static void not_its_ports(struct kunit *test)
{
	evtchn_port_t port = bind(test);

	KUNIT_EXPECT_EQ(test, -ENOTCONN, evtchn_file_notify(file, port + 1));
	KUNIT_EXPECT_EQ(test, -ENOTCONN, evtchn_file_unbind(file, U32_MAX));
	KUNIT_EXPECT_FALSE(test, evtchn_file_has(file, 0));
	evtchn_file_serve(file, U32_MAX);
	/* Not raised: nothing to serve. */
	evtchn_file_serve(file, port);
	evtchn_file_put_back(file, 0);
	raise(port);
	KUNIT_EXPECT_EQ(test, port, take());
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, port));
	/* Taken before, put back after: it stays away. */
	evtchn_file_put_back(file, port);
	KUNIT_EXPECT_EQ(test, 0, take());
	KUNIT_EXPECT_EQ(test, -ENOTCONN, evtchn_file_unbind(file, port));
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
}

static void unbound_in_the_queue(struct kunit *test)
{
	evtchn_port_t a = bind(test), b = bind(test);

	raise(a);
	raise(b);
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, a));
	KUNIT_EXPECT_EQ(test, b, take());
	KUNIT_EXPECT_EQ(test, 0, take());
	evtchn_file_serve(file, b);
	raise(b);
	/* The file goes with a port in its queue. */
	KUNIT_EXPECT_TRUE(test, evtchn_file_raised(file));
}

/* Closed, and the file as before. */
static void failed_bind(struct kunit *test)
{
	unsigned int call;

	for (call = 1; call < 20; call++) {
		evtchn_port_t port = fake_events_open(&fake_events);
		int err;

		fake_events.hv.fail_at = fake_events.hv.calls + call;
		fake_events.hv.fail_with = -ENOMEM;
		err = evtchn_file_bind(file, port, false);
		fake_events.hv.fail_at = 0;
		KUNIT_EXPECT_EQ(test, !err, evtchn_file_has(file, port));
		if (!err)
			KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, port));
		KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
	}
	/* A port that the kernel uses. */
	KUNIT_EXPECT_EQ(test, -EINVAL, evtchn_file_bind(file, EVTCHN_FIFO_NR_CHANNELS, true));
}

/* Two files share a port that was open before; each hears of it until it is unbound. */
static void shared(struct kunit *test)
{
	struct evtchn_file *first = file, *second = evtchn_file_new("kunit2");
	evtchn_port_t port = fake_events_open(&fake_events);

	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_bind(first, port, true));
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_bind(second, port, true));
	raise(port);
	KUNIT_EXPECT_EQ(test, port, take());
	evtchn_file_serve(first, port);
	raise(port);
	KUNIT_EXPECT_EQ(test, port, take());
	file = second;
	KUNIT_EXPECT_EQ(test, port, take());
	KUNIT_EXPECT_EQ(test, 0, take());
	evtchn_file_serve(second, port);
	file = first;
	evtchn_file_free(second);
	evtchn_file_serve(first, port);
	raise(port);
	KUNIT_EXPECT_EQ(test, port, take());
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(first, port));
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_close(port));
}

static void restore(void)
{
	fake_events_forget(&fake_events);
	local_irq_disable();
	xen_irq_resume();
	local_irq_enable();
}

/* Ports have no channel then, and their numbers are given to others. */
static void restored(struct kunit *test)
{
	evtchn_port_t a = bind(test), b = bind(test), other, again;

	raise(a);
	restore();
	/* Somebody else's, with the number that was ours. */
	other = fake_events_open(&fake_events);
	KUNIT_ASSERT_EQ(test, a, other);
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_notify(file, a));
	KUNIT_EXPECT_EQ(test, a, take());
	evtchn_file_serve(file, a);
	again = bind(test);
	KUNIT_ASSERT_EQ(test, b, again);
	raise(again);
	KUNIT_EXPECT_EQ(test, again, take());
	/* Neither closes what is not the file's any more. */
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, a));
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, b));
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_close(other));
}

/* A port that gntdev or gntalloc holds outlives its file; its user is told. */
static void held(struct kunit *test)
{
	evtchn_port_t port = bind(test);
	int irq = xen_irq_hold(port);

	KUNIT_EXPECT_EQ(test, -ENOENT, xen_irq_hold(port + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_irq_hold(U32_MAX));
	KUNIT_ASSERT_EQ(test, irq, (int)irq_from_evtchn(port));
	raise(port);
	KUNIT_EXPECT_EQ(test, port, take());
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, port));
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	notify_remote_via_irq(irq);
	fake_events_upcall();
	xen_irq_let_go(irq);
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, -ENOENT, xen_irq_hold(port));
}

/* After a restore the port's number is somebody else's, who hears nothing and loses nothing. */
static void held_over_restore(struct kunit *test)
{
	struct evtchn_file *other = evtchn_file_new("kunit2");
	evtchn_port_t port = bind(test), again;
	int irq = xen_irq_hold(port);

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_GT(test, irq, 0);
	restore();
	again = fake_events_open(&fake_events);
	KUNIT_ASSERT_EQ(test, port, again);
	KUNIT_ASSERT_EQ(test, 0, evtchn_file_bind(other, again, false));
	KUNIT_EXPECT_NE(test, irq, (int)irq_from_evtchn(again));
	notify_remote_via_irq(irq);
	fake_events_upcall();
	KUNIT_EXPECT_FALSE(test, evtchn_file_raised(other));
	/* In either order: first the holder lets go, ... */
	xen_irq_let_go(irq);
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(file, port));
	/* ... or the file. */
	irq = xen_irq_hold(again);
	KUNIT_ASSERT_GT(test, irq, 0);
	restore();
	KUNIT_EXPECT_EQ(test, 0, evtchn_file_unbind(other, again));
	xen_irq_let_go(irq);
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
	evtchn_file_free(other);
}

static struct kunit_case evtchn_cases[] = {
	KUNIT_CASE(in_order_and_once),
	KUNIT_CASE(not_its_ports),
	KUNIT_CASE(unbound_in_the_queue),
	KUNIT_CASE(failed_bind),
	KUNIT_CASE(shared),
	KUNIT_CASE(restored),
	KUNIT_CASE(held),
	KUNIT_CASE(held_over_restore),
	{ }
};

static struct kunit_suite evtchn_suite = {
	.name = "xen-evtchn-device",
	.init = evtchn_init,
	.exit = evtchn_exit,
	.test_cases = evtchn_cases,
};

kunit_test_suite(evtchn_suite);
