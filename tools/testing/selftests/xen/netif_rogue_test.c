// SPDX-License-Identifier: GPL-2.0
/*
 * A rogue network frontend in user space: what the back end must answer to
 * slots that no honest frontend sends. It drives the guest's second
 * interface (device/vif/1), taking it from the kernel's driver; without a
 * second interface everything is skipped.
 *
 * Outcomes are those of the protocol: a packet passes, it is rejected with an
 * error per slot and the device goes on, or the device is cut off (Closing)
 * and comes back when the frontend starts anew.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define DEV		"device/vif/1"
#define RING		256
#define WAIT_MS		5000

enum { INITIALISING = 1, INIT_WAIT = 2, CONNECTED = 4, CLOSING = 5, CLOSED = 6 };
enum { PASS, REJECT, CUT };

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

struct ring {
	_Atomic uint32_t req_prod, req_event, rsp_prod, rsp_event;
	uint32_t pad[12];
	struct tx_slot slot[RING];
};

FIXTURE(vif) {
	struct xt_xs xs;
	int gntalloc, evtchn, port;
	unsigned int backend;
	char backend_state[128];
	struct xt_grants grants;
	uint8_t *pages;
	struct ring *tx, *rx;
	uint32_t data_gref;
	uint32_t prod;
};

static int state_of(FIXTURE_DATA(vif) *self, const char *path)
{
	char text[16];

	if (xt_xs_read_text(&self->xs, 0, path, text, sizeof(text)) < 0)
		return 0;
	return atoi(text);
}

static bool backend_reaches(FIXTURE_DATA(vif) *self, int state)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 10) {
		if (state_of(self, self->backend_state) == state)
			return true;
		xt_sleep_ms(10);
	}
	return false;
}

static int set_node(FIXTURE_DATA(vif) *self, const char *node, unsigned int v)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), DEV "/%s", node);
	snprintf(text, sizeof(text), "%u", v);
	return xt_xs_write_text(&self->xs, 0, path, text);
}

static void fresh_rings(FIXTURE_DATA(vif) *self)
{
	memset(self->pages, 0, 2 * XT_PAGE);
	self->tx->req_event = 1;
	self->tx->rsp_event = 1;
	self->rx->req_event = 1;
	self->rx->rsp_event = 1;
	self->prod = 0;
}

/* From any state to a connected device; false if the back end does not play. */
static bool reconnect(FIXTURE_DATA(vif) *self)
{
	set_node(self, "state", CLOSED);
	if (!backend_reaches(self, CLOSED))
		return false;
	set_node(self, "state", INITIALISING);
	if (!backend_reaches(self, INIT_WAIT))
		return false;
	fresh_rings(self);
	set_node(self, "tx-ring-ref", self->grants.ref[0]);
	set_node(self, "rx-ring-ref", self->grants.ref[1]);
	set_node(self, "event-channel", self->port);
	set_node(self, "multi-queue-num-queues", 1);
	set_node(self, "request-rx-copy", 1);
	set_node(self, "feature-rx-notify", 1);
	set_node(self, "feature-sg", 1);
	set_node(self, "xdp-headroom", 0);
	set_node(self, "state", CONNECTED);
	return backend_reaches(self, CONNECTED);
}

FIXTURE_SETUP(vif)
{
	char path[100];

	XT_NEED_XEN();
	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->xs));
	if (xt_xs_read_text(&self->xs, 0, DEV "/backend", path, sizeof(path)) < 0)
		SKIP(return, "this guest has no second interface");
	snprintf(self->backend_state, sizeof(self->backend_state), "%s/state",
		 path);
	ASSERT_LT(0, xt_xs_read_text(&self->xs, 0, DEV "/backend-id", path,
				     sizeof(path)));
	self->backend = atoi(path);
	xt_write_text("/sys/bus/xen/drivers/vif/unbind", "vif-1");
	xt_write_ulong("/sys/module/xen_gntalloc/parameters/limit", 4096);

	self->gntalloc = xt_gntalloc_open();
	self->evtchn = xt_evtchn_open();
	ASSERT_LE(0, self->gntalloc);
	ASSERT_LE(0, self->evtchn);
	ASSERT_EQ(0, xt_gntalloc(self->gntalloc, self->backend, true, 3,
				 &self->grants));
	self->pages = xt_grant_mmap(self->gntalloc, self->grants.index, 3, 3);
	ASSERT_NE(NULL, self->pages);
	self->tx = (void *)self->pages;
	self->rx = (void *)(self->pages + XT_PAGE);
	self->data_gref = self->grants.ref[2];
	memset(self->pages + 2 * XT_PAGE, 0xee, XT_PAGE);
	self->port = xt_evtchn_bind_unbound(self->evtchn, self->backend);
	ASSERT_LT(0, self->port);
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

static void put(FIXTURE_DATA(vif) *self, struct tx_slot s)
{
	s.id = self->prod % RING;
	self->tx->slot[self->prod++ % RING] = s;
}

static void publish(FIXTURE_DATA(vif) *self)
{
	self->tx->rsp_event = self->prod;
	atomic_store(&self->tx->req_prod, self->prod);
	xt_evtchn_notify(self->evtchn, self->port);
}

static bool answered(FIXTURE_DATA(vif) *self)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 5) {
		if (atomic_load(&self->tx->rsp_prod) == self->prod)
			return true;
		xt_sleep_ms(5);
	}
	return false;
}

static int status_of(FIXTURE_DATA(vif) *self, uint32_t index)
{
	struct tx_rsp r;

	memcpy(&r, &self->tx->slot[index % RING], sizeof(r));
	return r.status;
}

static struct tx_slot data(FIXTURE_DATA(vif) *self, unsigned int offset,
			   unsigned int size, unsigned int flags)
{
	return (struct tx_slot){ self->data_gref, offset, flags, 0, size };
}

static struct tx_slot extra(uint8_t type, uint8_t more, uint16_t size,
			    uint8_t gso)
{
	struct tx_slot s = { 0 };
	uint8_t raw[8] = { type, more, size, size >> 8, gso };

	memcpy(&s, raw, sizeof(raw));
	return s;
}

/* What came of the slots that were put; the first of them is @first. */
static int outcome(FIXTURE_DATA(vif) *self, uint32_t first)
{
	publish(self);
	if (answered(self))
		return status_of(self, first) ? REJECT : PASS;
	return backend_reaches(self, CLOSING) ? CUT : -1;
}

TEST_F(vif, single_slots)
{
	static const struct {
		unsigned int offset, size, want;
	} cases[] = {
		{ 0, 60, PASS }, { 100, 1514, PASS }, { 0, 4096, PASS },
		{ 0, 14, PASS }, { 0, 13, REJECT }, { 0, 0, REJECT },
		{ 4090, 7, CUT }, { 0, 4097, CUT }, { 65535, 65535, CUT },
		{ 4082, 14, PASS },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t first = self->prod;

		put(self, data(self, cases[i].offset, cases[i].size, 0));
		EXPECT_EQ(cases[i].want, outcome(self, first))
			TH_LOG("case %u", i);
		if (cases[i].want == CUT)
			ASSERT_TRUE(reconnect(self));
	}
}

static int chain(FIXTURE_DATA(vif) *self, unsigned int n, unsigned int each)
{
	uint32_t first = self->prod;
	unsigned int i;

	for (i = 0; i < n; i++)
		put(self, data(self, 0, i ? each : 100 + (n - 1) * each,
			       i + 1 < n ? MORE : 0));
	return outcome(self, first);
}

TEST_F(vif, chains)
{
	EXPECT_EQ(PASS, chain(self, 2, 1000));
	EXPECT_EQ(PASS, chain(self, 18, 3800));
	EXPECT_EQ(PASS, chain(self, 19, 3500));
	EXPECT_EQ(PASS, chain(self, 19, 0));
	EXPECT_EQ(PASS, chain(self, 18, 1));
	EXPECT_EQ(REJECT, chain(self, 20, 100));
	EXPECT_EQ(REJECT, chain(self, 21, 100));
	EXPECT_EQ(CUT, chain(self, 22, 100));
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(CUT, chain(self, 200, 1));
}

TEST_F(vif, every_small_shape)
{
	unsigned int n, size;

	for (n = 1; n <= 19; n++)
		for (size = 0; size <= 130; size += 13)
			ASSERT_EQ(PASS, chain(self, n, size));
}

TEST_F(vif, sizes_that_do_not_add_up)
{
	uint32_t first = self->prod;

	put(self, data(self, 0, 100, MORE));
	put(self, data(self, 0, 4000, 0));
	EXPECT_EQ(REJECT, outcome(self, first));
	EXPECT_EQ(-1, status_of(self, first + 1));

	/* The ring ends in the middle of a packet. */
	put(self, data(self, 0, 200, MORE));
	EXPECT_EQ(CUT, outcome(self, self->prod - 1));
}

TEST_F(vif, producers_that_lie)
{
	self->prod += 2 * RING;
	publish(self);
	EXPECT_TRUE(backend_reaches(self, CLOSING));
	ASSERT_TRUE(reconnect(self));
	self->prod -= 1;
	publish(self);
	EXPECT_TRUE(backend_reaches(self, CLOSING));
}

TEST_F(vif, extra_infos)
{
	static const struct {
		struct { uint8_t type, more; uint16_t size; uint8_t gso; } x;
		int want;
	} cases[] = {
		{ { 1, 0, 1000, 1 }, REJECT },	/* segments, but no TCP */
		{ { 1, 0, 0, 1 }, CUT }, { { 1, 0, 1000, 0 }, CUT },
		{ { 1, 0, 1000, 3 }, CUT }, { { 1, 0, 3, 2 }, REJECT },
		{ { 0, 0, 0, 0 }, CUT }, { { 6, 0, 0, 0 }, CUT },
		{ { 255, 1, 0, 0 }, CUT }, { { 4, 0, 0, 0 }, PASS },
		{ { 5, 0, 256, 0 }, PASS }, { { 4, 1, 0, 0 }, CUT },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t first = self->prod;
		int got;

		put(self, data(self, 0, 1000, EXTRA));
		put(self, extra(cases[i].x.type, cases[i].x.more,
				cases[i].x.size, cases[i].x.gso));
		got = outcome(self, first);
		/* A bad header is dropped after its slots were answered. */
		if (i) {
			EXPECT_EQ(cases[i].want, got) TH_LOG("case %u", i);
		} else {
			EXPECT_NE(CUT, got);
		}
		if (got == CUT)
			ASSERT_TRUE(reconnect(self));
	}
}

TEST_F(vif, multicast_list_is_bounded)
{
	unsigned int i;
	int got;

	for (i = 0; i < 70; i++) {
		uint32_t first = self->prod;

		put(self, data(self, 0, 0, EXTRA));
		put(self, extra(2, 0, i + 1, 0));
		got = outcome(self, first);
		EXPECT_EQ(i < 64 ? PASS : REJECT, got) TH_LOG("entry %u", i);
	}
}

TEST_F(vif, grants_that_are_none)
{
	static const uint32_t bad[] = { 0x7ffff, 0x7fffffff, 0xffffffff };
	unsigned int i, k;

	for (k = 0; k < 4; k++)
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			struct tx_slot s = data(self, 0, 1000, 0);
			uint32_t first = self->prod;

			put(self, data(self, 0, 4000, MORE));
			put(self, data(self, 0, 1000, MORE));
			put(self, data(self, 0, 1000, MORE));
			s.gref = bad[i];
			put(self, s);
			/* Each position in turn. */
			self->tx->slot[(first + 3) % RING].gref =
				self->data_gref;
			self->tx->slot[(first + k) % RING].gref = bad[i];
			ASSERT_EQ(REJECT, outcome(self, first));
		}
	EXPECT_EQ(PASS, chain(self, 2, 1000));
}

struct flipper {
	struct ring *tx;
	_Atomic bool stop;
};

static void *flip(void *arg)
{
	struct flipper *f = arg;
	uint64_t seed = 1;

	while (!f->stop) {
		struct tx_slot *s = &f->tx->slot[xt_random(&seed) % RING];

		*(volatile uint16_t *)&s->size = xt_random(&seed) % 3 ? 60 : 5000;
		*(volatile uint16_t *)&s->offset = xt_random(&seed) % 5 ? 0 : 4090;
		*(volatile uint16_t *)&s->flags = xt_random(&seed) % 7 ? 0 : MORE;
	}
	return NULL;
}

/* Whatever is read must be checked as read: nothing but an outcome follows. */
TEST_F(vif, slots_that_change_under_the_reader)
{
	struct flipper f = { .tx = self->tx };
	unsigned int round, i, cuts = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, flip, &f));
	for (round = 0; round < 200; round++) {
		for (i = 0; i < 64; i++)
			put(self, data(self, 0, 60, 0));
		publish(self);
		for (i = 0; i < 50; i++) {
			if (self->tx->rsp_prod == self->prod)
				break;
			if (state_of(self, self->backend_state) == CLOSING)
				break;
			xt_sleep_ms(1);
		}
		if (state_of(self, self->backend_state) != CONNECTED) {
			cuts++;
			ASSERT_TRUE(reconnect(self));
		}
		if (self->tx->rsp_prod != self->prod && !answered(self))
			ASSERT_TRUE(reconnect(self));
	}
	f.stop = true;
	pthread_join(thread, NULL);
	TH_LOG("cut off %u times in %u rounds", cuts, round);
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(PASS, chain(self, 2, 1000));
}

TEST_F(vif, configurations_that_are_refused)
{
	static const struct {
		const char *node;
		unsigned int value;
	} bad[] = {
		{ "multi-queue-num-queues", 0 },
		{ "multi-queue-num-queues", 1000000 },
		{ "request-rx-copy", 0 },
		{ "tx-ring-ref", 0x7fffffff },
		{ "rx-ring-ref", 0x7fffffff },
		{ "event-channel", 0x7ffffff },
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_node(self, "state", CLOSED);
		ASSERT_TRUE(backend_reaches(self, CLOSED));
		set_node(self, "state", INITIALISING);
		ASSERT_TRUE(backend_reaches(self, INIT_WAIT));
		fresh_rings(self);
		set_node(self, bad[i].node, bad[i].value);
		set_node(self, "state", CONNECTED);
		EXPECT_TRUE(backend_reaches(self, CLOSING))
			TH_LOG("%s", bad[i].node);
		ASSERT_TRUE(reconnect(self));
	}
}

TEST_F(vif, events_without_work)
{
	unsigned int i;

	for (i = 0; i < 20000; i++)
		xt_evtchn_notify(self->evtchn, self->port);
	/* Throttled, perhaps for seconds, but not lost. */
	put(self, data(self, 0, 60, 0));
	publish(self);
	EXPECT_TRUE(answered(self));
}

TEST_F(vif, reconnects_under_traffic)
{
	unsigned int round, i;

	for (round = 0; round < 50; round++) {
		for (i = 0; i < 128; i++)
			put(self, data(self, 0, 1514, 0));
		publish(self);
		ASSERT_TRUE(reconnect(self));
	}
	EXPECT_EQ(PASS, chain(self, 18, 3800));
}

XT_QUIET_TEST()

TEST_HARNESS_MAIN
