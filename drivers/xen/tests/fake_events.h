/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fake hypervisor's event channels: ports, and both ABIs' sides of the shared memory. For
 * the bare machine, where nothing else uses events.
 */
#ifndef _XEN_FAKE_EVENTS_H
#define _XEN_FAKE_EVENTS_H

#include <linux/spinlock.h>
#include <xen/interface/event_channel.h>
#include "fake_hv.h"

#define FAKE_PORTS	64	/* that it hands out by itself, from 1 */
#define FAKE_PAGES	128

/**
 * struct fake_events - the state
 * @hv: behind the door
 * @lock: protects all below
 * @fifo: the ABI in use
 * @open: ports that are open
 * @last_kind: the operation that opened a port
 * @priority: of each port
 * @control: CPU 0's control block
 * @tail: the last port of each queue, 0 if it is empty
 * @pages: event words
 * @nr_pages: how many
 * @unmasks: EVTCHNOP_unmask seen
 */
struct fake_events {
	struct xen_fake_hv hv;
	raw_spinlock_t lock;
	bool fifo;
	bool open[FAKE_PORTS];
	int last_kind[FAKE_PORTS];
	u8 priority[FAKE_PORTS];
	struct evtchn_fifo_control_block *control;
	evtchn_port_t tail[EVTCHN_FIFO_MAX_QUEUES];
	event_word_t *pages[FAKE_PAGES];
	unsigned int nr_pages;
	unsigned int unmasks;
};

/* All tests of events share one: the domain tells the hypervisor once where its queues are. */
extern struct fake_events fake_events;

/**
 * fake_events_install() - put it behind the door until the test ends
 * @test: the test
 * @fake: zeroed, or as an earlier test left it
 */
void fake_events_install(struct kunit *test, struct fake_events *fake);

/**
 * fake_events_start() - begin a test with nothing open, the FIFO ABI, on CPU 0
 * @test: the test; skipped in a domain, where events are in use
 * @fake: as for fake_events_install()
 */
void fake_events_start(struct kunit *test, struct fake_events *fake);

/**
 * fake_events_finish() - the end of such a test: nothing may be left open or bound
 * @test: the test
 * @fake: the state
 */
void fake_events_finish(struct kunit *test, struct fake_events *fake);

/* Choose the ABI; nothing is bound. */
void fake_events_use_abi(struct kunit *test, struct fake_events *fake, bool fifo);

/* Deliver what is pending for this CPU, which is CPU 0. */
void fake_events_upcall(void);

/* Open a port that some other domain has connected to. */
evtchn_port_t fake_events_open(struct fake_events *fake);

/* What the hypervisor does when the other end of a channel notifies. */
void fake_events_raise(struct fake_events *fake, evtchn_port_t port);

/* How many ports are open. */
unsigned int fake_events_opened(struct fake_events *fake);

/* Restore on another host: it knows nothing any more. */
void fake_events_forget(struct fake_events *fake);

#endif /* _XEN_FAKE_EVENTS_H */
