// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels against the fake hypervisor: binding with a failure at every call, delivery,
 * late EOI, the brake, both ABIs, resume. On the bare machine, where no event is in use.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "../events/internal.h"
#include "fake_events.h"

#define IPI	XEN_IRQ_WORK_VECTOR

/* What a handler saw. */
struct seen {
	unsigned int count;
	unsigned int order;
	unsigned int irq;
};

static unsigned int deliveries;

static irqreturn_t handler(int irq, void *data)
{
	struct seen *seen = data;

	seen->count++;
	seen->irq = irq;
	seen->order = ++deliveries;
	return IRQ_HANDLED;
}

static void raise(evtchn_port_t port)
{
	fake_events_raise(&fake_events, port);
	fake_events_upcall();
}

static int events_init(struct kunit *test)
{
	fake_events_start(test, &fake_events);
	deliveries = 0;
	return 0;
}

static void events_exit(struct kunit *test)
{
	fake_events_finish(test, &fake_events);
}

static void bind_deliver_unbind(struct kunit *test)
{
	struct seen seen = {};
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irqhandler(port, handler, 0, "kunit", &seen);

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, irq, (int)irq_from_evtchn(port));
	KUNIT_EXPECT_EQ(test, irq, bind_evtchn_to_irq(port));
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, 0, seen.count);
	raise(port);
	raise(port);
	KUNIT_EXPECT_EQ(test, 2, seen.count);
	KUNIT_EXPECT_EQ(test, irq, (int)seen.irq);
	disable_irq(irq);
	raise(port);
	KUNIT_EXPECT_EQ(test, 2, seen.count);
	enable_irq(irq);
	fake_events_upcall();
	KUNIT_EXPECT_EQ_MSG(test, 3, seen.count, "what came while disabled must not be lost");
	unbind_from_irqhandler(irq, &seen);
	KUNIT_EXPECT_EQ(test, -1, (int)irq_from_evtchn(port));
	raise(port);
	KUNIT_EXPECT_EQ(test, 3, seen.count);
}

static void bind_refuses(struct kunit *test)
{
	struct seen seen = {};
	int irq;

	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irq(0));
	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irq(EVTCHN_FIFO_NR_CHANNELS));
	KUNIT_EXPECT_EQ(test, -EINVAL, bind_virq_to_irq(NR_VIRQS, 0, false));
	KUNIT_EXPECT_EQ(test, -ENOENT, evtchn_get(17));
	KUNIT_EXPECT_EQ(test, -ENOENT, evtchn_make_refcounted(17, false));
	KUNIT_EXPECT_EQ(test, -1, (int)irq_from_evtchn(U32_MAX));
	irq = bind_virq_to_irqhandler(VIRQ_DEBUG, 0, handler, 0, "kunit", &seen);
	KUNIT_ASSERT_GT(test, irq, 0);
	/* A virtual interrupt's port is not anybody's to bind as a channel. */
	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irq(xen_event_of_irq(irq)->port));
	/* Not made to be shared. */
	KUNIT_EXPECT_EQ(test, -EINVAL, evtchn_get(xen_event_of_irq(irq)->port));
	unbind_from_irqhandler(irq, &seen);
	/* Late calls for what is gone. */
	xen_irq_lateeoi(irq, 0);
	notify_remote_via_irq(irq);
	xen_irq_lateeoi(UINT_MAX, XEN_EOI_FLAG_SPURIOUS);
}

static int bind_one(int what, struct xenbus_device *dev, struct seen *seen)
{
	switch (what) {
	case 0:
		return bind_virq_to_irqhandler(VIRQ_DEBUG, 0, handler, 0, "kunit", seen);
	case 1:
		return bind_ipi_to_irqhandler(IPI, 0, handler, IRQF_PERCPU, "kunit", seen);
	default:
		return bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, 5, handler, 0, "kunit",
								     seen);
	}
}

/* Whatever call fails, either all is bound or nothing is left. */
static void bind_fails_anywhere(struct kunit *test)
{
	struct xenbus_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	int what, at, irq = 0;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	for (what = 0; what < 3; what++) {
		for (at = 1; at < 10; at++) {
			struct seen seen = {};

			fake_events.hv.calls = 0;
			fake_events.hv.fail_at = at;
			fake_events.hv.fail_with = -EBUSY;
			irq = bind_one(what, dev, &seen);
			fake_events.hv.fail_at = 0;
			if (irq > 0) {
				KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
				raise(xen_event_of_irq(irq)->port);
				KUNIT_EXPECT_EQ(test, 1, seen.count);
				unbind_from_irqhandler(irq, &seen);
			}
			KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
			KUNIT_EXPECT_TRUE(test, list_empty(&xen_events));
			KUNIT_EXPECT_EQ(test, 0, atomic_read(&dev->event_channels));
			if (at == 1)
				KUNIT_EXPECT_EQ(test, -EBUSY, irq);
		}
		KUNIT_EXPECT_GT_MSG(test, irq, 0, "kind %d never bound", what);
	}
}

static void references(struct kunit *test)
{
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irq_lateeoi(port);

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL, evtchn_get(port));
	KUNIT_EXPECT_EQ(test, 0, evtchn_make_refcounted(port, false));
	KUNIT_EXPECT_EQ(test, 0, evtchn_get(port));
	evtchn_put(port);
	KUNIT_EXPECT_EQ(test, irq, (int)irq_from_evtchn(port));
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	evtchn_put(port);
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
}

/* A channel of the toolstack's stays open. */
static void fixed_channel(struct kunit *test)
{
	evtchn_port_t port = fake_events_open(&fake_events);

	KUNIT_ASSERT_GT(test, bind_evtchn_to_irq_lateeoi(port), 0);
	KUNIT_EXPECT_EQ(test, 0, evtchn_make_refcounted(port, true));
	evtchn_put(port);
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_close(port));
}

static void late_eoi(struct kunit *test)
{
	struct seen seen = {};
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit", &seen);

	KUNIT_ASSERT_GT(test, irq, 0);
	raise(port);
	KUNIT_EXPECT_EQ(test, 1, seen.count);
	raise(port);
	raise(port);
	KUNIT_EXPECT_EQ_MSG(test, 1, seen.count, "masked until the EOI");
	xen_irq_lateeoi(irq, 0);
	fake_events_upcall();
	KUNIT_EXPECT_EQ_MSG(test, 2, seen.count, "what came before the EOI comes now, once");
	xen_irq_lateeoi(irq, 0);
	/* One too many. */
	xen_irq_lateeoi(irq, 0);
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, 2, seen.count);
	raise(port);
	KUNIT_EXPECT_EQ(test, 3, seen.count);
	unbind_from_irqhandler(irq, &seen);
}

/* A peer that raises events for nothing is served less and less; real work forgives it. */
static void storm_brake(struct kunit *test)
{
	struct xenbus_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	struct seen seen = {};
	unsigned long end;
	evtchn_port_t port;
	unsigned int served;
	int irq;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->spurious_threshold = 1;
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, 5, handler, 0, "kunit", &seen);
	KUNIT_ASSERT_GT(test, irq, 0);
	port = xen_event_of_irq(irq)->port;
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&dev->event_channels));
	end = jiffies + HZ;
	while (time_before(jiffies, end)) {
		served = seen.count;
		raise(port);
		if (seen.count != served)
			xen_irq_lateeoi(irq, XEN_EOI_FLAG_SPURIOUS);
		usleep_range(100, 200);
	}
	/* Held back by 1, 2, 4 ... jiffies: the logarithm of a second. */
	KUNIT_EXPECT_GE(test, seen.count, 4);
	KUNIT_EXPECT_LE(test, seen.count, ilog2(HZ) + 4);
	KUNIT_EXPECT_EQ(test, seen.count, (unsigned int)atomic_read(&dev->events));
	KUNIT_EXPECT_EQ(test, seen.count, (unsigned int)atomic_read(&dev->spurious_events));
	KUNIT_EXPECT_GT(test, atomic_read(&dev->jiffies_eoi_delayed), HZ / 4);
	/* Unbinding takes it off the list of those that wait. */
	unbind_from_irqhandler(irq, &seen);
	msleep(50);
}

static void priorities(struct kunit *test)
{
	struct seen urgent = {}, normal = {}, idle = {};
	evtchn_port_t ports[3];
	struct seen *all[] = { &idle, &normal, &urgent };
	static const unsigned int priority[] = { XEN_IRQ_PRIORITY_MIN, XEN_IRQ_PRIORITY_DEFAULT,
						 XEN_IRQ_PRIORITY_MAX };
	int irqs[3], i;

	for (i = 0; i < 3; i++) {
		ports[i] = fake_events_open(&fake_events);
		irqs[i] = bind_evtchn_to_irqhandler(ports[i], handler, 0, "kunit", all[i]);
		KUNIT_ASSERT_GT(test, irqs[i], 0);
		KUNIT_EXPECT_EQ(test, 0, xen_set_irq_priority(irqs[i], priority[i]));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_set_irq_priority(irqs[0], 16));
	for (i = 0; i < 3; i++)
		fake_events_raise(&fake_events, ports[i]);
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, 1, urgent.order);
	KUNIT_EXPECT_EQ(test, 2, normal.order);
	KUNIT_EXPECT_EQ(test, 3, idle.order);
	for (i = 0; i < 3; i++)
		unbind_from_irqhandler(irqs[i], all[i]);
}

/* A turn whose time is up puts EOIs off, even those that brought work. */
static void turn_is_late(struct kunit *test)
{
	struct xen_turn turn = { .late = true };
	struct seen seen = {};
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit", &seen);
	unsigned long flags;

	KUNIT_ASSERT_GT(test, irq, 0);
	local_irq_save(flags);
	fake_events_raise(&fake_events, port);
	static_call(xen_event_turn)(0, &turn);
	xen_irq_lateeoi(irq, 0);
	fake_events_raise(&fake_events, port);
	static_call(xen_event_turn)(0, &turn);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 1, seen.count);
	msleep(jiffies_to_msecs(20));
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, 2, seen.count);
	xen_irq_lateeoi(irq, 0);
	unbind_from_irqhandler(irq, &seen);
}

static void many_ports(struct kunit *test)
{
	static const evtchn_port_t ports[] = { 1023, 1024, 4096, 5000, 70001, 131071 };
	struct seen seen[ARRAY_SIZE(ports)] = {};
	int irqs[ARRAY_SIZE(ports)], i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		irqs[i] = bind_evtchn_to_irqhandler(ports[i], handler, 0, "kunit", &seen[i]);
		KUNIT_ASSERT_GT(test, irqs[i], 0);
		KUNIT_EXPECT_GT(test, xen_evtchn_nr_channels(), ports[i]);
	}
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		fake_events_raise(&fake_events, ports[i]);
	fake_events_upcall();
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		KUNIT_EXPECT_EQ(test, 1, seen[i].count);
		unbind_from_irqhandler(irqs[i], &seen[i]);
	}
}

static void array_cannot_grow(struct kunit *test)
{
	evtchn_port_t port = (fake_events.nr_pages + 1) * 1024;

	if (port >= EVTCHN_FIFO_NR_CHANNELS)
		kunit_skip(test, "it is as large as can be");
	fake_events.hv.calls = 0;
	fake_events.hv.fail_at = 1;
	fake_events.hv.fail_with = -ENOMEM;
	KUNIT_EXPECT_EQ(test, -ENOMEM, bind_evtchn_to_irq(port));
	fake_events.hv.fail_at = 0;
}

/* Events of a CPU that went away are delivered by another one. */
static void dead_cpu(struct kunit *test)
{
	struct seen seen = {};
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irqhandler(port, handler, 0, "kunit", &seen);
	unsigned int unmasks;

	KUNIT_ASSERT_GT(test, irq, 0);
	fake_events_raise(&fake_events, port);
	unmasks = fake_events.unmasks;
	/* In the test the CPU is alive, so it is the one that gets them again. */
	xen_event_abi->cpu_dead(0);
	KUNIT_EXPECT_EQ(test, unmasks + 1, fake_events.unmasks);
	KUNIT_EXPECT_EQ(test, 0, seen.count);
	unbind_from_irqhandler(irq, &seen);
	fake_events_upcall();
}

static void resume(struct kunit *test)
{
	struct seen virq = {}, ipi = {}, channel = {};
	evtchn_port_t port = fake_events_open(&fake_events), fresh;
	int v, i, c;

	v = bind_virq_to_irqhandler(VIRQ_DEBUG, 0, handler, IRQF_PERCPU, "kunit", &virq);
	i = bind_ipi_to_irqhandler(IPI, 0, handler, IRQF_PERCPU, "kunit", &ipi);
	c = bind_evtchn_to_irqhandler(port, handler, 0, "kunit", &channel);
	KUNIT_ASSERT_GT(test, v, 0);
	KUNIT_ASSERT_GT(test, i, 0);
	KUNIT_ASSERT_GT(test, c, 0);
	disable_irq(v);
	disable_irq(i);
	fake_events_forget(&fake_events);
	local_irq_disable();
	xen_irq_resume();
	local_irq_enable();
	enable_irq(v);
	enable_irq(i);
	KUNIT_EXPECT_EQ(test, 2, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, xen_event_of_irq(c)->port);
	notify_remote_via_irq(c);
	raise(xen_event_of_irq(v)->port);
	raise(xen_event_of_irq(i)->port);
	KUNIT_EXPECT_EQ(test, 1, virq.count);
	KUNIT_EXPECT_EQ(test, 1, ipi.count);
	fresh = fake_events_open(&fake_events);
	rebind_evtchn_irq(fresh, c);
	raise(fresh);
	KUNIT_EXPECT_EQ(test, 1, channel.count);
	unbind_from_irqhandler(v, &virq);
	unbind_from_irqhandler(i, &ipi);
	unbind_from_irqhandler(c, &channel);
}

static int raiser(void *data)
{
	evtchn_port_t port;

	while (!kthread_should_stop()) {
		for (port = 1; port < 8; port++)
			fake_events_raise(&fake_events, port);
		cond_resched();
	}
	return 0;
}

/* Events come while their channels are bound and unbound; KASAN and lockdep watch in "debug". */
static void unbind_under_fire(struct kunit *test)
{
	struct task_struct *task = kthread_run(raiser, NULL, "xen-kunit-raiser");
	unsigned long end = jiffies + HZ / 2;
	struct seen seen = {};
	unsigned int rounds = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (time_before(jiffies, end)) {
		evtchn_port_t port = fake_events_open(&fake_events);
		int irq = bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit", &seen);

		KUNIT_ASSERT_GT(test, irq, 0);
		fake_events_upcall();
		xen_irq_lateeoi(irq, rounds & 1 ? XEN_EOI_FLAG_SPURIOUS : 0);
		fake_events_upcall();
		unbind_from_irqhandler(irq, &seen);
		fake_events_upcall();
		rounds++;
		cond_resched();
	}
	kthread_stop(task);
	fake_events_upcall();
	KUNIT_EXPECT_GT(test, rounds, 10);
	KUNIT_EXPECT_GT(test, seen.count, 0);
}

static void two_level(struct kunit *test)
{
	struct seen a = {}, b = {};
	evtchn_port_t low = fake_events_open(&fake_events), high = 700;
	int x, y;

	fake_events_use_abi(test, &fake_events, false);
	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irq(EVTCHN_2L_NR_CHANNELS));
	x = bind_evtchn_to_irqhandler(low, handler, 0, "kunit", &a);
	y = bind_evtchn_to_irqhandler_lateeoi(high, handler, 0, "kunit", &b);
	KUNIT_ASSERT_GT(test, x, 0);
	KUNIT_ASSERT_GT(test, y, 0);
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(x, cpumask_of(0)));
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(y, cpumask_of(0)));
	raise(low);
	fake_events_raise(&fake_events, low);
	raise(high);
	KUNIT_EXPECT_EQ(test, 2, a.count);
	KUNIT_EXPECT_EQ(test, 1, b.count);
	/* The next turn goes on behind the last port of this one: the low one had its chance. */
	deliveries = 0;
	raise(low);
	xen_irq_lateeoi(y, 0);
	deliveries = 0;
	fake_events_raise(&fake_events, low);
	fake_events_raise(&fake_events, high);
	fake_events_upcall();
	KUNIT_EXPECT_LT(test, b.order, a.order);
	xen_irq_lateeoi(y, 0);
	/* Raised while masked: found by who unmasks, without a call. */
	disable_irq(x);
	raise(low);
	raise(low);
	enable_irq(x);
	fake_events_upcall();
	KUNIT_EXPECT_EQ(test, 5, a.count);
	unbind_from_irqhandler(x, &a);
	unbind_from_irqhandler(y, &b);
	fake_events_use_abi(test, &fake_events, true);
}

/* A handler that cannot be had leaves the channel to who opened it. */
static void refused_handler(struct kunit *test)
{
	evtchn_port_t port = fake_events_open(&fake_events);

	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irqhandler(port, NULL, 0, "kunit", NULL));
	KUNIT_EXPECT_EQ(test, -1, (int)irq_from_evtchn(port));
	KUNIT_EXPECT_EQ(test, 1, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_close(port));
}

/* Who comes second takes nothing from who was first, whatever is told him. */
static void taken_port(struct kunit *test)
{
	struct xenbus_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	struct seen first = {}, second = {};
	evtchn_port_t port = fake_events_open(&fake_events);
	int irq = bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit", &first);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY, bind_evtchn_to_irqhandler(port, handler, 0, "kunit",
								&second));
	KUNIT_EXPECT_EQ(test, -EBUSY, bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit",
									&second));
	KUNIT_EXPECT_EQ(test, -EINVAL, bind_evtchn_to_irqhandler(port, handler, IRQF_SHARED,
								 "kunit", &second));
	KUNIT_EXPECT_EQ(test, irq, (int)irq_from_evtchn(port));
	raise(port);
	KUNIT_EXPECT_EQ(test, 1, first.count);
	/* The hypervisor gives the number to a device while its first user has not seen it go. */
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_close(port));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			bind_interdomain_evtchn_to_irqhandler_lateeoi(dev, 5, handler, IRQF_SHARED,
								      "kunit", &second));
	KUNIT_EXPECT_EQ(test, irq, (int)irq_from_evtchn(port));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&dev->event_channels));
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(&fake_events));
	KUNIT_EXPECT_EQ(test, port, fake_events_open(&fake_events));
	unbind_from_irqhandler(irq, &first);
	KUNIT_EXPECT_EQ(test, 0, second.count);
}

/* To this CPU, if that is among those allowed, and the hypervisor agrees. */
static void follow(struct kunit *test)
{
	unsigned int i, other = cpumask_any_but(cpu_online_mask, 0);
	struct seen seen[3] = {};
	struct xen_event *event;
	int irq[3];

	if (other >= nr_cpu_ids)
		kunit_skip(test, "there is one CPU only");
	for (i = 0; i < 3; i++) {
		evtchn_port_t port = fake_events_open(&fake_events);

		irq[i] = bind_evtchn_to_irqhandler_lateeoi(port, handler, 0, "kunit", &seen[i]);
		KUNIT_ASSERT_GT(test, irq[i], 0);
		irq_set_affinity(irq[i], cpumask_of(i ? 0 : other));
	}
	event = xen_event_of_irq(irq[0]);
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_irq_follow(irq[0]));
	KUNIT_EXPECT_EQ(test, other, event->cpu);
	/* CPU 0 has the two others, so it stays. */
	irq_set_affinity(irq[0], cpu_online_mask);
	KUNIT_EXPECT_NE(test, 0, (int)event->cpu);
	fake_events.hv.fail_at = fake_events.hv.calls + 1;
	fake_events.hv.fail_with = -EPERM;
	KUNIT_EXPECT_EQ(test, -EPERM, xen_irq_follow(irq[0]));
	fake_events.hv.fail_at = 0;
	KUNIT_EXPECT_NE(test, 0, (int)event->cpu);
	KUNIT_EXPECT_EQ(test, 0, xen_irq_follow(irq[0]));
	KUNIT_EXPECT_EQ(test, 0, (int)event->cpu);
	/* It is here already. */
	KUNIT_EXPECT_EQ(test, 0, xen_irq_follow(irq[0]));
	raise(event->port);
	KUNIT_EXPECT_EQ(test, 1, seen[0].count);
	for (i = 0; i < 3; i++)
		unbind_from_irqhandler(irq[i], &seen[i]);
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_irq_follow(irq[0]));
}

static struct kunit_case events_cases[] = {
	KUNIT_CASE(bind_deliver_unbind),
	KUNIT_CASE(bind_refuses),
	KUNIT_CASE(bind_fails_anywhere),
	KUNIT_CASE(references),
	KUNIT_CASE(fixed_channel),
	KUNIT_CASE(refused_handler),
	KUNIT_CASE(taken_port),
	KUNIT_CASE(late_eoi),
	KUNIT_CASE(storm_brake),
	KUNIT_CASE(priorities),
	KUNIT_CASE(turn_is_late),
	KUNIT_CASE(array_cannot_grow),
	KUNIT_CASE(many_ports),
	KUNIT_CASE(dead_cpu),
	KUNIT_CASE(follow),
	KUNIT_CASE(unbind_under_fire),
	KUNIT_CASE(two_level),
	KUNIT_CASE(resume),
	{ }
};

static struct kunit_suite events_suite = {
	.name = "xen-events",
	.init = events_init,
	.exit = events_exit,
	.test_cases = events_cases,
};

kunit_test_suite(events_suite);
