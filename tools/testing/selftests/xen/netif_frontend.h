/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network frontend in user space, as a fixture: it drives the guest's second interface
 * (device/vif/1), taking it from the kernel's driver; without a second interface everything is
 * skipped. Included by the tests that play a rogue.
 */
#ifndef SELFTEST_XEN_NETIF_FRONTEND_H
#define SELFTEST_XEN_NETIF_FRONTEND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define DEV		"device/vif/1"
#define RING		256
#define CTRL_RING	64
#define WAIT_MS		10000
/* For a whole test: a reconnect takes seconds in an emulated machine. */
#define SECONDS		240

enum { INITIALISING = 1, INIT_WAIT = 2, CONNECTED = 4, CLOSING = 5, CLOSED = 6 };
/*
 * A packet passes, it is rejected with an error per slot and the device goes on, or the device is
 * cut off (Closing) and comes back when the frontend starts anew.
 */
enum { PASS, REJECT, CUT };
/* Pages that the frontend grants. */
enum { TX_PAGE, RX_PAGE, CTRL_PAGE, DATA_PAGE, LIST_PAGE, PAGES };

#define MORE		0x04
#define EXTRA		0x08

struct tx_slot {
	uint32_t gref;
	uint16_t offset, flags, id, size;
};

struct tx_rsp {
	uint16_t id;
	int16_t status;
};

struct rx_req {
	uint16_t id, pad;
	uint32_t gref;
};

struct rx_rsp {
	uint16_t id, offset, flags;
	int16_t status;
};

struct ctrl_req {
	uint16_t id, type;
	uint32_t data[3];
};

struct ctrl_rsp {
	uint16_t id, type;
	uint32_t status, data;
};

/* Messages of the control ring, and what comes back: SILENT stands for nothing. */
enum {
	GET_HASH_FLAGS = 1, SET_HASH_FLAGS, SET_HASH_KEY, GET_MAP_SIZE, SET_MAP_SIZE, SET_MAP,
	SET_ALG, GET_GREF_SIZE, ADD_GREFS, DEL_GREFS
};

enum { OK, NOT_SUPPORTED, INVALID, OVERFLOW, SILENT = 100 };

/* In a list of grants to lend. */
struct gref_entry {
	uint32_t ref;
	uint16_t flags, status;
};

struct ring_head {
	_Atomic uint32_t req_prod, req_event, rsp_prod, rsp_event;
	uint32_t pad[12];
};

struct ring {
	struct ring_head h;
	struct tx_slot slot[RING];
};

struct rx_ring {
	struct ring_head h;
	union {
		struct rx_req req;
		struct rx_rsp rsp;
	} slot[RING];
};

struct ctrl_ring {
	struct ring_head h;
	union {
		struct ctrl_req req;
		struct ctrl_rsp rsp;
	} slot[CTRL_RING];
};

FIXTURE(vif) {
	struct xt_xs xs;
	int gntalloc, evtchn, port, ctrl_port;
	unsigned int backend;
	char backend_state[128];
	struct xt_grants grants;
	uint8_t *pages;
	struct ring *tx;
	struct rx_ring *rx;
	struct ctrl_ring *ctrl;
	uint8_t *list;			/* for what control messages point to */
	uint32_t data_gref;
	uint32_t prod, rx_prod, ctrl_prod;
};

static inline int state_of(FIXTURE_DATA(vif) *self)
{
	char text[16];

	if (xt_xs_read_text(&self->xs, 0, self->backend_state, text, sizeof(text)) < 0)
		return 0;
	return atoi(text);
}

static inline bool backend_reaches(FIXTURE_DATA(vif) *self, int state)
{
	uint64_t end = xt_now() + WAIT_MS * XT_MS;

	do {
		if (state_of(self) == state)
			return true;
		xt_sleep_ms(10);
	} while (xt_now() < end);
	return false;
}

static inline int set_node(FIXTURE_DATA(vif) *self, const char *node, unsigned int v)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), DEV "/%s", node);
	snprintf(text, sizeof(text), "%u", v);
	return xt_xs_write_text(&self->xs, 0, path, text);
}

static inline void fresh_ring(struct ring_head *h)
{
	memset(h, 0, XT_PAGE);
	h->req_event = 1;
	h->rsp_event = 1;
}

/* From any state to a back end that waits for us. */
static inline bool to_init_wait(FIXTURE_DATA(vif) *self)
{
	set_node(self, "state", CLOSED);
	if (!backend_reaches(self, CLOSED))
		return false;
	set_node(self, "state", INITIALISING);
	if (!backend_reaches(self, INIT_WAIT))
		return false;
	fresh_ring(&self->tx->h);
	fresh_ring(&self->rx->h);
	fresh_ring(&self->ctrl->h);
	self->prod = 0;
	self->rx_prod = 0;
	self->ctrl_prod = 0;
	set_node(self, "tx-ring-ref", self->grants.ref[TX_PAGE]);
	set_node(self, "rx-ring-ref", self->grants.ref[RX_PAGE]);
	set_node(self, "event-channel", self->port);
	set_node(self, "ctrl-ring-ref", self->grants.ref[CTRL_PAGE]);
	set_node(self, "event-channel-ctrl", self->ctrl_port);
	set_node(self, "multi-queue-num-queues", 1);
	set_node(self, "request-rx-copy", 1);
	set_node(self, "feature-rx-notify", 1);
	set_node(self, "feature-sg", 1);
	set_node(self, "xdp-headroom", 0);
	return true;
}

static inline bool reconnect(FIXTURE_DATA(vif) *self)
{
	if (!to_init_wait(self))
		return false;
	set_node(self, "state", CONNECTED);
	return backend_reaches(self, CONNECTED);
}

/* A driver that had the interface may have left events of its own, which a back end prefers. */
static inline void forget_driver(FIXTURE_DATA(vif) *self)
{
	static const char * const node[] = {
		"event-channel-tx", "event-channel-rx", "queue-0", "queue-1",
	};
	char path[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(node); i++) {
		snprintf(path, sizeof(path), DEV "/%s", node[i]);
		xt_xs_path_call(&self->xs, XT_XS_RM, 0, path);
	}
}

FIXTURE_SETUP(vif)
{
	char path[100];

	XT_NEED_XEN();
	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->xs));
	if (xt_xs_read_text(&self->xs, 0, DEV "/backend", path, sizeof(path)) < 0)
		SKIP(return, "this guest has no second interface");
	snprintf(self->backend_state, sizeof(self->backend_state), "%s/state", path);
	ASSERT_LT(0, xt_xs_read_text(&self->xs, 0, DEV "/backend-id", path, sizeof(path)));
	self->backend = atoi(path);
	/* The bus may make the device anew whenever we start over; no driver must take it then. */
	xt_write_text("/sys/bus/xen/drivers_autoprobe", "0");
	xt_write_text("/sys/bus/xen/drivers/vif/unbind", "vif-1");
	forget_driver(self);
	xt_write_ulong("/sys/module/xen_gntalloc/parameters/limit", 4096);

	self->gntalloc = xt_gntalloc_open();
	self->evtchn = xt_evtchn_open();
	ASSERT_LE(0, self->gntalloc);
	ASSERT_LE(0, self->evtchn);
	ASSERT_EQ(0, xt_gntalloc(self->gntalloc, self->backend, true, PAGES, &self->grants));
	self->pages = xt_grant_mmap(self->gntalloc, self->grants.index, PAGES, 3);
	ASSERT_NE(NULL, self->pages);
	self->tx = (void *)(self->pages + TX_PAGE * XT_PAGE);
	self->rx = (void *)(self->pages + RX_PAGE * XT_PAGE);
	self->ctrl = (void *)(self->pages + CTRL_PAGE * XT_PAGE);
	self->list = self->pages + LIST_PAGE * XT_PAGE;
	self->data_gref = self->grants.ref[DATA_PAGE];
	memset(self->pages + DATA_PAGE * XT_PAGE, 0xee, XT_PAGE);
	self->port = xt_evtchn_bind_unbound(self->evtchn, self->backend);
	self->ctrl_port = xt_evtchn_bind_unbound(self->evtchn, self->backend);
	ASSERT_LT(0, self->port);
	ASSERT_LT(0, self->ctrl_port);
	ASSERT_TRUE(reconnect(self));
}

FIXTURE_TEARDOWN(vif)
{
	if (self->pages) {
		set_node(self, "state", CLOSED);
		EXPECT_TRUE(backend_reaches(self, CLOSED));
	}
	close(self->gntalloc);
	close(self->evtchn);
	xt_xs_close(&self->xs);
}

static inline void put(FIXTURE_DATA(vif) *self, struct tx_slot s)
{
	s.id = self->prod % RING;
	self->tx->slot[self->prod++ % RING] = s;
}

static inline void publish(FIXTURE_DATA(vif) *self)
{
	self->tx->h.rsp_event = self->prod;
	atomic_store(&self->tx->h.req_prod, self->prod);
	xt_evtchn_notify(self->evtchn, self->port);
}

static inline bool reaches(_Atomic uint32_t *index, uint32_t value)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 5) {
		if (atomic_load(index) == value)
			return true;
		xt_sleep_ms(5);
	}
	return false;
}

static inline bool answered(FIXTURE_DATA(vif) *self)
{
	return reaches(&self->tx->h.rsp_prod, self->prod);
}

static inline int status_of(FIXTURE_DATA(vif) *self, uint32_t index)
{
	struct tx_rsp r;

	memcpy(&r, &self->tx->slot[index % RING], sizeof(r));
	return r.status;
}

static inline struct tx_slot data(FIXTURE_DATA(vif) *self, unsigned int offset,
				  unsigned int size, unsigned int flags)
{
	return (struct tx_slot){ self->data_gref, offset, flags, 0, size };
}

/* What came of the slots that were put; the first of them is @first. */
static inline int outcome(FIXTURE_DATA(vif) *self, uint32_t first)
{
	int ms;

	publish(self);
	for (ms = 0; ms < WAIT_MS; ms += 5) {
		if (atomic_load(&self->tx->h.rsp_prod) == self->prod)
			return status_of(self, first) ? REJECT : PASS;
		if (!(ms % 50) && state_of(self) == CLOSING)
			return CUT;
		xt_sleep_ms(5);
	}
	return -1;
}

/* A packet of @n slots, the first with 100 bytes. */
static inline int chain(FIXTURE_DATA(vif) *self, unsigned int n, unsigned int each)
{
	uint32_t first = self->prod;
	unsigned int i;

	for (i = 0; i < n; i++)
		put(self, data(self, 0, i ? each : 100 + (n - 1) * each, i + 1 < n ? MORE : 0));
	return outcome(self, first);
}

static inline int ctrl(FIXTURE_DATA(vif) *self, unsigned int type, uint32_t a, uint32_t b,
		       uint32_t c, uint32_t *value)
{
	uint32_t at = self->ctrl_prod++ % CTRL_RING;
	struct ctrl_rsp *rsp = &self->ctrl->slot[at].rsp;

	self->ctrl->slot[at].req = (struct ctrl_req){ at + 7, type, { a, b, c } };
	self->ctrl->h.rsp_event = self->ctrl_prod;
	atomic_store(&self->ctrl->h.req_prod, self->ctrl_prod);
	xt_evtchn_notify(self->evtchn, self->ctrl_port);
	if (!reaches(&self->ctrl->h.rsp_prod, self->ctrl_prod))
		return SILENT;
	if (rsp->id != at + 7 || rsp->type != type)
		return SILENT;
	if (value)
		*value = rsp->data;
	return rsp->status;
}

#endif
