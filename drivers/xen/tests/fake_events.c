// SPDX-License-Identifier: GPL-2.0
/* See fake_events.h. */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <asm/sync_bitops.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/frame_page.h>
#include <xen/interface/event_channel.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "../events/internal.h"
#include "fake_events.h"

#define WORDS_PER_PAGE	(XEN_PAGE_SIZE / sizeof(event_word_t))
#define PENDING		BIT(EVTCHN_FIFO_PENDING)
#define MASKED		BIT(EVTCHN_FIFO_MASKED)
#define LINKED		BIT(EVTCHN_FIFO_LINKED)

struct fake_events fake_events;

static void *gfn_va(u64 gfn)
{
	return page_address(xpfn_page(xpfn_of_gfn(xgfn(gfn))));
}

static event_word_t *word_of(struct fake_events *fake, evtchn_port_t port)
{
	return fake->pages[port / WORDS_PER_PAGE] + port % WORDS_PER_PAGE;
}

static event_word_t change(event_word_t *word, event_word_t clear, event_word_t set)
{
	event_word_t old = READ_ONCE(*word);

	while (!sync_try_cmpxchg(word, &old, (old & ~clear) | set))
		;
	return old;
}

/* Append to a port that is still in a queue; false if the domain has taken it out. */
static bool append(event_word_t *tail, evtchn_port_t port)
{
	event_word_t old = READ_ONCE(*tail);

	while (old & LINKED)
		if (sync_try_cmpxchg(tail, &old, old | port))
			return true;
	return false;
}

/* Append a pending, unmasked port to its queue, unless it is in one. */
static void link(struct fake_events *fake, evtchn_port_t port)
{
	unsigned int queue = port < FAKE_PORTS ? fake->priority[port] : 0, other;
	evtchn_port_t tail = fake->tail[queue];

	if (change(word_of(fake, port), 0, LINKED) & LINKED)
		return;
	/* The end of the queue that it was in before is not in that one any more. */
	for (other = 0; other < EVTCHN_FIFO_MAX_QUEUES; other++)
		if (other != queue && fake->tail[other] == port)
			fake->tail[other] = 0;
	if (!tail || tail == port || !append(word_of(fake, tail), port))
		WRITE_ONCE(fake->control->head[queue], port);
	fake->tail[queue] = port;
	change(&fake->control->ready, 0, BIT(queue));
}

static void deliver_2l(evtchn_port_t port)
{
	struct vcpu_info *vcpu = per_cpu(xen_vcpu, 0);

	sync_set_bit(port / BITS_PER_LONG, (unsigned long *)&vcpu->evtchn_pending_sel);
	vcpu->evtchn_upcall_pending = 1;
}

static void raise_locked(struct fake_events *fake, evtchn_port_t port)
{
	struct shared_info *s = HYPERVISOR_shared_info;

	if (!fake->fifo) {
		sync_set_bit(port, (unsigned long *)s->evtchn_pending);
		if (!sync_test_bit(port, (unsigned long *)s->evtchn_mask))
			deliver_2l(port);
		return;
	}
	if (port / WORDS_PER_PAGE >= fake->nr_pages)
		return;
	if (!(change(word_of(fake, port), 0, PENDING) & MASKED))
		link(fake, port);
}

static void unmask_locked(struct fake_events *fake, evtchn_port_t port)
{
	struct shared_info *s = HYPERVISOR_shared_info;

	fake->unmasks++;
	if (fake->fifo) {
		if (change(word_of(fake, port), MASKED, 0) & PENDING)
			link(fake, port);
	} else if (sync_test_and_clear_bit(port, (unsigned long *)s->evtchn_mask) &&
		   sync_test_bit(port, (unsigned long *)s->evtchn_pending)) {
		deliver_2l(port);
	}
}

static int open_locked(struct fake_events *fake, int kind, evtchn_port_t *port)
{
	for (*port = 1; *port < FAKE_PORTS; (*port)++) {
		if (fake->open[*port])
			continue;
		fake->open[*port] = true;
		fake->last_kind[*port] = kind;
		fake->priority[*port] = EVTCHN_FIFO_PRIORITY_DEFAULT;
		if (fake->fifo && fake->nr_pages)
			change(word_of(fake, *port), PENDING, 0);
		return 0;
	}
	return -ENOSPC;
}

static int close_locked(struct fake_events *fake, evtchn_port_t port)
{
	if (port >= FAKE_PORTS)
		return 0;
	if (!fake->open[port])
		return -EINVAL;
	fake->open[port] = false;
	return 0;
}

static int expand_locked(struct fake_events *fake, u64 gfn)
{
	if (fake->nr_pages == FAKE_PAGES)
		return -ENOSPC;
	fake->pages[fake->nr_pages++] = gfn_va(gfn);
	return 0;
}

static int answer(struct fake_events *fake, enum xen_hv_op op, void *arg)
{
	struct evtchn_set_priority *priority = arg;

	switch (op) {
	case XEN_HV_EVTCHN_BIND_INTERDOMAIN:
		return open_locked(fake, op, &((struct evtchn_bind_interdomain *)arg)->local_port);
	case XEN_HV_EVTCHN_BIND_VIRQ:
		return open_locked(fake, op, &((struct evtchn_bind_virq *)arg)->port);
	case XEN_HV_EVTCHN_BIND_IPI:
		return open_locked(fake, op, &((struct evtchn_bind_ipi *)arg)->port);
	case XEN_HV_EVTCHN_CLOSE:
		return close_locked(fake, ((struct evtchn_close *)arg)->port);
	case XEN_HV_EVTCHN_SEND:
		raise_locked(fake, ((struct evtchn_send *)arg)->port);
		return 0;
	case XEN_HV_EVTCHN_UNMASK:
		unmask_locked(fake, ((struct evtchn_unmask *)arg)->port);
		return 0;
	case XEN_HV_EVTCHN_INIT_CONTROL:
		fake->control = gfn_va(((struct evtchn_init_control *)arg)->control_gfn);
		memset(fake->tail, 0, sizeof(fake->tail));
		return 0;
	case XEN_HV_EVTCHN_EXPAND_ARRAY:
		return expand_locked(fake, ((struct evtchn_expand_array *)arg)->array_gfn);
	case XEN_HV_EVTCHN_SET_PRIORITY:
		if (priority->port >= FAKE_PORTS || priority->priority >= EVTCHN_FIFO_MAX_QUEUES)
			return -EINVAL;
		fake->priority[priority->port] = priority->priority;
		return 0;
	case XEN_HV_EVTCHN_BIND_VCPU:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static long call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct fake_events *fake = container_of(hv, struct fake_events, hv);
	unsigned long flags;
	int ret;

	raw_spin_lock_irqsave(&fake->lock, flags);
	ret = answer(fake, op, arg);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return ret;
}

static bool claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	return true;
}

void fake_events_install(struct kunit *test, struct fake_events *fake)
{
	raw_spin_lock_init(&fake->lock);
	fake->hv.claims = claims;
	fake->hv.call = call;
	fake->hv.everybody = true;
	fake->hv.calls = 0;
	fake->hv.fail_at = 0;
	xen_fake_hv_install(test, &fake->hv);
}

void fake_events_use_abi(struct kunit *test, struct fake_events *fake, bool fifo)
{
	fake->fifo = fifo;
	xen_event_use_abi(fifo ? &xen_event_abi_fifo : &xen_event_abi_2l);
	xen_lateeoi_cpu_init(0);
	if (fifo)
		KUNIT_ASSERT_EQ(test, 0, xen_event_abi->cpu_up(0));
}

void fake_events_start(struct kunit *test, struct fake_events *fake)
{
	static struct vcpu_info vcpu;

	if (xen_domain())
		kunit_skip(test, "events are in use");
	if (set_cpus_allowed_ptr(current, cpumask_of(0)))
		kunit_skip(test, "CPU 0 is not to be had");
	per_cpu(xen_vcpu, 0) = &vcpu;
	fake_events_install(test, fake);
	fake_events_use_abi(test, fake, true);
}

void fake_events_finish(struct kunit *test, struct fake_events *fake)
{
	if (xen_domain())
		return;
	KUNIT_EXPECT_EQ(test, 0, fake_events_opened(fake));
	KUNIT_EXPECT_TRUE(test, list_empty(&xen_events));
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

void fake_events_upcall(void)
{
	unsigned long flags;

	local_irq_save(flags);
	xen_evtchn_do_upcall();
	local_irq_restore(flags);
}

evtchn_port_t fake_events_open(struct fake_events *fake)
{
	evtchn_port_t port;
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	open_locked(fake, XEN_HV_EVTCHN_BIND_INTERDOMAIN, &port);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
	return port;
}

void fake_events_raise(struct fake_events *fake, evtchn_port_t port)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fake->lock, flags);
	raise_locked(fake, port);
	raw_spin_unlock_irqrestore(&fake->lock, flags);
}

unsigned int fake_events_opened(struct fake_events *fake)
{
	unsigned int port, count = 0;

	for (port = 1; port < FAKE_PORTS; port++)
		count += fake->open[port];
	return count;
}

void fake_events_forget(struct fake_events *fake)
{
	memset(fake->open, 0, sizeof(fake->open));
	memset(fake->tail, 0, sizeof(fake->tail));
	fake->nr_pages = 0;
	fake->control = NULL;
}
