// SPDX-License-Identifier: GPL-2.0
/*
 * The FIFO ABI: one word per port, linked into a queue per CPU and priority.
 *
 * The hypervisor appends to the queues, we take from their heads. A word's bits say whether the
 * event is PENDING, MASKED and LINKED into a queue; the low bits are the next port of the queue.
 * BUSY is the hypervisor's while it appends behind the word: we must not clear MASKED then.
 *
 * We clear LINKED and the link in one step and act on the PENDING and MASKED bits of the same
 * moment. An event raised later is linked anew, since the hypervisor finds LINKED clear.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <asm/sync_bitops.h>
#include <xen/frame_page.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "internal.h"

#define PENDING		BIT(EVTCHN_FIFO_PENDING)
#define MASKED		BIT(EVTCHN_FIFO_MASKED)
#define LINKED		BIT(EVTCHN_FIFO_LINKED)
#define BUSY		BIT(EVTCHN_FIFO_BUSY)

#define PAGE_WORDS	(XEN_PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES	(EVTCHN_FIFO_NR_CHANNELS / PAGE_WORDS)

/* One CPU's queues: the hypervisor's page, and how far we are in each queue; 0 is an empty one. */
struct fifo_cpu {
	struct evtchn_fifo_control_block *control;
	u32 head[EVTCHN_FIFO_MAX_QUEUES];
};

static DEFINE_PER_CPU(struct fifo_cpu, xen_fifo);

/*
 * Pages of event words. They are added in order and never taken away; grow_lock is taken to add.
 * After resume the hypervisor knows none of them, and they are given to it again in order.
 */
static event_word_t *pages[MAX_PAGES] __read_mostly;
static unsigned int nr_pages __read_mostly;
static DEFINE_RAW_SPINLOCK(grow_lock);

static event_word_t *word_of(evtchn_port_t port)
{
	return pages[port / PAGE_WORDS] + port % PAGE_WORDS;
}

static unsigned int nr_ports_fifo(void)
{
	return READ_ONCE(nr_pages) * PAGE_WORDS;
}

static int add_page(event_word_t *page)
{
	unsigned int i;
	int err;

	/* Nothing is delivered through a page before its ports are bound. */
	for (i = 0; i < PAGE_WORDS; i++)
		page[i] = MASKED;
	err = xen_hv_evtchn_expand_array(xgfn_of_virt(page));
	if (err)
		return err;
	pages[nr_pages] = page;
	/* Whoever sees the count sees the page. */
	smp_store_release(&nr_pages, nr_pages + 1);
	return 0;
}

static int setup_fifo(evtchn_port_t port, gfp_t gfp)
{
	unsigned int needed = port / PAGE_WORDS + 1;
	event_word_t *fresh = NULL;
	unsigned long flags;
	int err = 0;

	if (needed > MAX_PAGES)
		return -EINVAL;
	/* Pairs with add_page(). */
	while (!err && smp_load_acquire(&nr_pages) < needed) {
		if (!fresh && !pages[nr_pages]) {
			fresh = (event_word_t *)__get_free_page(gfp);
			if (!fresh)
				return -ENOMEM;
		}
		raw_spin_lock_irqsave(&grow_lock, flags);
		if (nr_pages < needed && pages[nr_pages]) {
			err = add_page(pages[nr_pages]);
		} else if (nr_pages < needed && fresh) {
			err = add_page(fresh);
			if (!err)
				fresh = NULL;
		}
		raw_spin_unlock_irqrestore(&grow_lock, flags);
	}
	free_page((unsigned long)fresh);
	if (err)
		pr_err_ratelimited("xen/events: no room for port %u: %d\n", port, err);
	return err;
}

/* Clear some bits and set others; returns the word before. */
static event_word_t change(event_word_t *word, event_word_t clear, event_word_t set)
{
	event_word_t old = READ_ONCE(*word);

	while (!sync_try_cmpxchg(word, &old, (old & ~clear) | set))
		;
	return old;
}

static void clear_fifo(evtchn_port_t port)
{
	change(word_of(port), PENDING, 0);
}

static void set_fifo(evtchn_port_t port)
{
	change(word_of(port), 0, PENDING);
}

static bool pending_fifo(evtchn_port_t port)
{
	return READ_ONCE(*word_of(port)) & PENDING;
}

static void mask_fifo(evtchn_port_t port)
{
	change(word_of(port), 0, MASKED);
}

/* A pending event is linked by the hypervisor, so it has to clear the mask. */
static void unmask_fifo(const struct xen_event *event)
{
	event_word_t *word = word_of(event->port);
	event_word_t old = READ_ONCE(*word);

	while (old & MASKED) {
		if (unlikely(old & PENDING)) {
			xen_hv_evtchn_unmask(event->port);
			return;
		}
		/* Fails while the hypervisor holds BUSY, which it does for a few instructions. */
		old &= ~BUSY;
		if (likely(sync_try_cmpxchg(word, &old, old & ~MASKED)))
			return;
	}
}

/*
 * Take the first event of a queue that the hypervisor says is not empty. Sets *@last if there is
 * none behind it; the hypervisor sets the queue's ready bit again when it appends.
 */
static evtchn_port_t take(struct fifo_cpu *fifo, unsigned int queue, event_word_t *bits, bool *last)
{
	u32 port = fifo->head[queue];
	event_word_t old;

	if (!port) {
		/* The head was written before the ready bit was. */
		virt_rmb();
		port = READ_ONCE(fifo->control->head[queue]);
	}
	if (unlikely(port / PAGE_WORDS >= nr_pages)) {
		pr_err_ratelimited("xen/events: queue %u leads to port %u\n", queue, port);
		*bits = 0;
		*last = true;
		fifo->head[queue] = 0;
		return 0;
	}
	old = change(word_of(port), LINKED | EVTCHN_FIFO_LINK_MASK, 0);
	fifo->head[queue] = old & EVTCHN_FIFO_LINK_MASK;
	*last = !fifo->head[queue];
	*bits = old;
	return port;
}

static unsigned long take_ready(struct fifo_cpu *fifo)
{
	u32 *ready = &fifo->control->ready;

	return READ_ONCE(*ready) ? xchg(ready, 0) : 0;
}

/*
 * Unlink events until one is to be delivered, and return its port; 0, which no event has, when the
 * queues in *@ready are empty.
 */
static evtchn_port_t next_pending(struct fifo_cpu *fifo, unsigned long *ready)
{
	while (*ready) {
		/* Queue 0 is the most urgent one. */
		unsigned int queue = __ffs(*ready);
		evtchn_port_t port;
		event_word_t bits;
		bool last;

		port = take(fifo, queue, &bits, &last);
		if (last)
			__clear_bit(queue, ready);
		if ((bits & (PENDING | MASKED)) == PENDING)
			return port;
	}
	return 0;
}

static void turn_fifo(unsigned int cpu, struct xen_turn *turn)
{
	struct fifo_cpu *fifo = this_cpu_ptr(&xen_fifo);
	unsigned long ready = take_ready(fifo);
	evtchn_port_t port;

	while ((port = next_pending(fifo, &ready))) {
		xen_event_deliver(port, turn);
		ready |= take_ready(fifo);
	}
}

/*
 * A CPU is gone and its events were moved, but those that were pending still stand in its queues.
 * Unlink them and have the hypervisor link them where they belong now.
 */
static void drain(struct fifo_cpu *fifo)
{
	unsigned long ready = take_ready(fifo), flags;
	struct xen_event *event;
	evtchn_port_t port;

	while ((port = next_pending(fifo, &ready))) {
		rcu_read_lock();
		event = xen_event_of_port(port);
		if (event) {
			raw_spin_lock_irqsave(&event->lock, flags);
			if (!event->masked) {
				mask_fifo(port);
				xen_hv_evtchn_unmask(port);
			}
			raw_spin_unlock_irqrestore(&event->lock, flags);
		}
		rcu_read_unlock();
	}
}

static void cpu_dead_fifo(unsigned int cpu)
{
	struct fifo_cpu *fifo = per_cpu_ptr(&xen_fifo, cpu);

	if (fifo->control)
		drain(fifo);
}

static int give_control(struct fifo_cpu *fifo, struct evtchn_fifo_control_block *control,
			unsigned int cpu)
{
	clear_page(control);
	memset(fifo->head, 0, sizeof(fifo->head));
	return xen_hv_evtchn_init_control(xgfn_of_virt(control), xen_vcpu_nr(cpu));
}

static int cpu_up_fifo(unsigned int cpu)
{
	struct fifo_cpu *fifo = per_cpu_ptr(&xen_fifo, cpu);
	struct evtchn_fifo_control_block *control;
	int err;

	/* The hypervisor keeps a CPU's block for the life of the domain. */
	if (fifo->control)
		return 0;
	control = (void *)get_zeroed_page(GFP_KERNEL);
	if (!control)
		return -ENOMEM;
	err = give_control(fifo, control, cpu);
	if (err)
		free_page((unsigned long)control);
	else
		fifo->control = control;
	return err;
}

static void resume_fifo(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct fifo_cpu *fifo = per_cpu_ptr(&xen_fifo, cpu);

		if (!fifo->control)
			continue;
		if (!cpu_online(cpu)) {
			free_page((unsigned long)fifo->control);
			fifo->control = NULL;
		} else if (give_control(fifo, fifo->control, cpu)) {
			panic("xen/events: no control block for CPU %u after resume", cpu);
		}
	}
	nr_pages = 0;
}

const struct xen_event_abi xen_event_abi_fifo = {
	.name		= "FIFO-based",
	.max_ports	= EVTCHN_FIFO_NR_CHANNELS,
	.nr_ports	= nr_ports_fifo,
	.setup		= setup_fifo,
	.clear		= clear_fifo,
	.set		= set_fifo,
	.pending	= pending_fifo,
	.mask		= mask_fifo,
	.unmask		= unmask_fifo,
	.turn		= turn_fifo,
	.resume		= resume_fifo,
	.cpu_up		= cpu_up_fifo,
	.cpu_dead	= cpu_dead_fifo,
};
