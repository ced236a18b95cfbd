// SPDX-License-Identifier: GPL-2.0
/*
 * A rogue block frontend in user space: what the back end must answer to requests that no honest
 * frontend sends. It drives the guest's disk xvdm, taking it from the kernel's driver; without
 * such a disk everything is skipped. The disk's first megabyte is overwritten.
 *
 * Outcomes: a request succeeds, it is answered with an error and the device goes on, or the
 * device is cut off (Closing) and comes back when the frontend starts anew.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define DEV		"device/vbd/51904"
#define RING		32
#define WAIT_MS		8000
#define NO_REF		0x7ffffff0u

enum { INITIALISING = 1, INIT_WAIT = 2, INITIALISED = 3, CONNECTED = 4, CLOSING = 5, CLOSED = 6 };
enum { READ, WRITE, BARRIER, FLUSH, RESERVED, DISCARD, INDIRECT };
enum { OKAY = 0, ERROR = -1, NOTSUPP = -2, CUT = 100, SILENT = 101 };

struct seg {
	uint32_t gref;
	uint8_t first, last;
	uint16_t pad;
};

struct request {
	uint8_t op, nr;
	uint16_t half;
	uint32_t pad;
	uint64_t id, sector;
	union {
		struct seg seg[11];
		struct {
			uint16_t handle, pad;
			uint32_t gref[8];
		} indirect;
		uint64_t nr_sectors;
	};
};

struct response {
	uint64_t id;
	uint8_t op, pad;
	int16_t status;
};

union slot {
	struct request req;
	struct response rsp;
	uint8_t raw[112];
};

struct ring {
	_Atomic uint32_t req_prod, req_event, rsp_prod, rsp_event;
	uint32_t pad[12];
	union slot slot[RING];
};

_Static_assert(sizeof(union slot) == 112, "slot of the x86_64 dialect");

FIXTURE(vbd) {
	struct xt_xs xs;
	int gntalloc, evtchn, port;
	unsigned int backend;
	char backend_state[128];
	struct xt_grants grants;
	uint8_t *pages;
	struct ring *ring;
	struct seg *segs;		/* page 2, for indirect requests */
	uint32_t prod;
	unsigned long sectors;
};

static int number(FIXTURE_DATA(vbd) *self, const char *path)
{
	char text[32];

	if (xt_xs_read_text(&self->xs, 0, path, text, sizeof(text)) < 0)
		return 0;
	return atoi(text);
}

static bool backend_reaches(FIXTURE_DATA(vbd) *self, int state)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 10) {
		if (number(self, self->backend_state) == state)
			return true;
		xt_sleep_ms(10);
	}
	return false;
}

static void node(FIXTURE_DATA(vbd) *self, const char *name, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), DEV "/%s", name);
	xt_xs_write_text(&self->xs, 0, path, value);
}

static void number_node(FIXTURE_DATA(vbd) *self, const char *name, unsigned int v)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", v);
	node(self, name, text);
}

static bool to_init_wait(FIXTURE_DATA(vbd) *self)
{
	number_node(self, "state", CLOSED);
	if (!backend_reaches(self, CLOSED))
		return false;
	number_node(self, "state", INITIALISING);
	if (!backend_reaches(self, INIT_WAIT))
		return false;
	memset(self->pages, 0, XT_PAGE);
	self->ring->req_event = 1;
	self->ring->rsp_event = 1;
	self->prod = 0;
	number_node(self, "ring-ref", self->grants.ref[0]);
	number_node(self, "event-channel", self->port);
	node(self, "protocol", "x86_64-abi");
	number_node(self, "feature-persistent", 0);
	number_node(self, "multi-queue-num-queues", 1);
	return true;
}

static bool reconnect(FIXTURE_DATA(vbd) *self)
{
	if (!to_init_wait(self))
		return false;
	number_node(self, "state", INITIALISED);
	return backend_reaches(self, CONNECTED);
}

/* A driver that had the disk may have left more rings, which a back end would look for. */
static void forget_driver(FIXTURE_DATA(vbd) *self)
{
	static const char * const node[] = {
		"ring-page-order", "num-ring-pages", "queue-0", "queue-1",
	};
	char path[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(node); i++) {
		snprintf(path, sizeof(path), DEV "/%s", node[i]);
		xt_xs_path_call(&self->xs, XT_XS_RM, 0, path);
	}
}

FIXTURE_SETUP(vbd)
{
	char path[100], sectors[140];

	XT_NEED_XEN();
	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->xs));
	if (xt_xs_read_text(&self->xs, 0, DEV "/backend", path, sizeof(path)) < 0)
		SKIP(return, "this guest has no disk xvdm");
	snprintf(self->backend_state, sizeof(self->backend_state), "%s/state", path);
	snprintf(sectors, sizeof(sectors), "%s/sectors", path);
	self->sectors = number(self, sectors);
	self->backend = number(self, DEV "/backend-id");
	/* The kernel would take the disk back when it sees its state reset. */
	xt_write_text("/sys/bus/xen/drivers_autoprobe", "0");
	xt_write_text("/sys/bus/xen/drivers/vbd/unbind", "vbd-51904");
	forget_driver(self);
	xt_write_ulong("/sys/module/xen_gntalloc/parameters/limit", 4096);
	self->gntalloc = xt_gntalloc_open();
	self->evtchn = xt_evtchn_open();
	ASSERT_LE(0, self->gntalloc);
	ASSERT_LE(0, self->evtchn);
	ASSERT_EQ(0, xt_gntalloc(self->gntalloc, self->backend, true, 3, &self->grants));
	self->pages = xt_grant_mmap(self->gntalloc, self->grants.index, 3, 3);
	ASSERT_NE(NULL, self->pages);
	self->ring = (void *)self->pages;
	self->segs = (void *)(self->pages + 2 * XT_PAGE);
	self->port = xt_evtchn_bind_unbound(self->evtchn, self->backend);
	ASSERT_LT(0, self->port);
	ASSERT_TRUE(reconnect(self));
}

FIXTURE_TEARDOWN(vbd)
{
	if (self->pages) {
		number_node(self, "state", CLOSED);
		EXPECT_TRUE(backend_reaches(self, CLOSED));
	}
	xt_write_text("/sys/bus/xen/drivers_autoprobe", "1");
	close(self->gntalloc);
	close(self->evtchn);
	xt_xs_close(&self->xs);
}

/* Its second byte lies where a response has padding. */
static uint64_t id_of(uint32_t index)
{
	return 0xa500 | (index & 0xff);
}

static union slot *next(FIXTURE_DATA(vbd) *self)
{
	union slot *s = &self->ring->slot[self->prod % RING];

	memset(s, 0xa5, sizeof(*s));
	s->req.id = id_of(self->prod++);
	return s;
}

static void publish(FIXTURE_DATA(vbd) *self)
{
	self->ring->rsp_event = self->prod;
	atomic_store(&self->ring->req_prod, self->prod);
	xt_evtchn_notify(self->evtchn, self->port);
}

static bool answered(FIXTURE_DATA(vbd) *self)
{
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 5) {
		if (atomic_load(&self->ring->rsp_prod) == self->prod)
			return true;
		xt_sleep_ms(5);
	}
	return false;
}

/* What came of the one request that was put last. */
static int outcome(FIXTURE_DATA(vbd) *self)
{
	uint32_t last = self->prod - 1;
	union slot *s = &self->ring->slot[last % RING];

	publish(self);
	if (!answered(self))
		return number(self, self->backend_state) == CLOSING ? CUT : SILENT;
	/* The response's padding is still what the frontend had there. */
	if (s->rsp.id != id_of(last) || s->raw[9] != 0xa5)
		return SILENT;
	return s->rsp.status;
}

static int rw(FIXTURE_DATA(vbd) *self, uint8_t op, uint8_t nr, uint64_t sector, uint8_t first,
	      uint8_t last)
{
	struct request *r = &next(self)->req;
	int i;

	r->op = op;
	r->nr = nr;
	r->sector = sector;
	for (i = 0; i < 11; i++)
		r->seg[i] = (struct seg){ self->grants.ref[1], first, last, 0 };
	return 0;
}

static int one(FIXTURE_DATA(vbd) *self, uint8_t op, uint8_t nr, uint64_t sector, uint8_t first,
	       uint8_t last)
{
	rw(self, op, nr, sector, first, last);
	return outcome(self);
}

TEST_F(vbd, direct_requests)
{
	const struct {
		uint8_t op, nr;
		uint64_t sector;
		uint8_t first, last;
		int want;
	} cases[] = {
		{ WRITE, 1, 0, 0, 7, OKAY }, { READ, 1, 8, 0, 7, OKAY },
		{ READ, 11, 0, 0, 7, OKAY }, { READ, 0, 0, 0, 7, ERROR },
		{ READ, 12, 0, 0, 7, ERROR }, { READ, 255, 0, 0, 7, ERROR },
		{ READ, 1, 0, 0, 8, ERROR }, { READ, 1, 0, 5, 4, ERROR },
		{ READ, 1, 0, 255, 255, ERROR }, { WRITE, 1, self->sectors, 0, 0, ERROR },
		{ WRITE, 1, self->sectors - 1, 0, 1, ERROR },
		{ WRITE, 1, ~0ull, 0, 0, ERROR }, { WRITE, 1, ~0ull - 6, 0, 7, ERROR },
		{ RESERVED, 1, 0, 0, 7, NOTSUPP }, { 7, 1, 0, 0, 7, NOTSUPP },
		{ 255, 1, 0, 0, 7, NOTSUPP }, { FLUSH, 0, ~0ull, 0, 0, OKAY },
		{ BARRIER, 0, 0, 0, 0, OKAY }, { BARRIER, 1, 0, 0, 7, OKAY },
		{ READ, 1, 0, 0, 7, OKAY },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_EQ(cases[i].want, one(self, cases[i].op, cases[i].nr, cases[i].sector,
					     cases[i].first, cases[i].last))
			TH_LOG("case %u", i);
}

/* A reference that was never issued, at each position; the good ones beside it change nothing. */
TEST_F(vbd, bad_grants)
{
	int op, at;

	for (op = READ; op <= WRITE; op++) {
		for (at = 0; at < 11; at++) {
			rw(self, op, 11, 0, 0, 7);
			self->ring->slot[(self->prod - 1) % RING].req.seg[at].gref = NO_REF + at;
			EXPECT_EQ(ERROR, outcome(self));
		}
		EXPECT_EQ(OKAY, one(self, op, 11, 0, 0, 7));
	}
}

/* The same with grants that stay mapped: those beside a bad one serve the next request. */
TEST_F(vbd, bad_grants_among_kept_ones)
{
	int round, at;

	ASSERT_TRUE(to_init_wait(self));
	number_node(self, "feature-persistent", 1);
	number_node(self, "state", INITIALISED);
	ASSERT_TRUE(backend_reaches(self, CONNECTED));
	for (round = 0; round < 3; round++) {
		for (at = 0; at < 11; at++) {
			rw(self, WRITE, 11, 0, 0, 7);
			self->ring->slot[(self->prod - 1) % RING].req.seg[at].gref = NO_REF + at;
			EXPECT_EQ(ERROR, outcome(self));
		}
		EXPECT_EQ(OKAY, one(self, WRITE, 11, 0, 0, 7));
	}
}

/* Frontends of 32 bits: the id follows the first word at once, and slots are shorter. */
TEST_F(vbd, dialect_of_32_bits)
{
	const uint64_t sector = 0;
	uint8_t *slot;
	uint64_t id;
	int i, k;

	ASSERT_TRUE(to_init_wait(self));
	node(self, "protocol", "x86_32-abi");
	number_node(self, "state", INITIALISED);
	ASSERT_TRUE(backend_reaches(self, CONNECTED));
	for (i = 0; i < 2 * RING; i++) {
		slot = self->pages + 64 + 108 * (self->prod % RING);
		memset(slot, 0xa5, 108);
		slot[0] = i & 1 ? READ : WRITE;
		slot[1] = 11;
		/* Where a response has padding lies the sixth byte of the request's id. */
		id = id_of(self->prod++) | 0xa5ull << 40;
		memcpy(slot + 4, &id, 8);
		memcpy(slot + 12, &sector, 8);
		for (k = 0; k < 11; k++) {
			struct seg seg = { self->grants.ref[1], 0, 7, 0 };

			memcpy(slot + 20 + 8 * k, &seg, 8);
		}
		publish(self);
		ASSERT_TRUE(answered(self));
		EXPECT_EQ(0, memcmp(slot, &id, 8));
		EXPECT_EQ(0, slot[10] | slot[11]);
		EXPECT_EQ(0xa5, slot[9]);
	}
}

static int indirect(FIXTURE_DATA(vbd) *self, uint8_t inner, uint16_t nr, uint32_t gref)
{
	struct request *r;
	int i;

	/* Two grants in turn: the hypervisor maps the same one 255 times at most. */
	for (i = 0; i < 512; i++)
		self->segs[i] = (struct seg){ self->grants.ref[1 + (i & 1)], 0, 7, 0 };
	rw(self, INDIRECT, inner, 0, 0, 0);
	r = &self->ring->slot[(self->prod - 1) % RING].req;
	r->half = nr;
	for (i = 0; i < 8; i++)
		r->indirect.gref[i] = gref;
	return outcome(self);
}

TEST_F(vbd, indirect_requests)
{
	EXPECT_EQ(OKAY, indirect(self, READ, 32, self->grants.ref[2]));
	EXPECT_EQ(OKAY, indirect(self, WRITE, 256, self->grants.ref[2]));
	EXPECT_EQ(ERROR, indirect(self, READ, 257, self->grants.ref[2]));
	EXPECT_EQ(ERROR, indirect(self, READ, 65535, self->grants.ref[2]));
	EXPECT_EQ(ERROR, indirect(self, READ, 0, self->grants.ref[2]));
	EXPECT_EQ(ERROR, indirect(self, READ, 32, NO_REF));
	EXPECT_EQ(ERROR, indirect(self, BARRIER, 1, self->grants.ref[2]));
	EXPECT_EQ(ERROR, indirect(self, INDIRECT, 1, self->grants.ref[2]));
	EXPECT_EQ(OKAY, indirect(self, READ, 12, self->grants.ref[2]));
}

TEST_F(vbd, producers_that_lie)
{
	static const uint32_t jumps[] = { RING + 1, 1000, 0x80000000u, 0xffffffffu };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		EXPECT_EQ(OKAY, one(self, READ, 1, 0, 0, 7));
		self->prod += jumps[i];
		publish(self);
		EXPECT_TRUE(backend_reaches(self, CLOSING)) TH_LOG("jump %u", i);
		ASSERT_TRUE(reconnect(self));
	}
}

TEST_F(vbd, bad_nodes)
{
	static const struct { const char *name, *value; } bad[] = {
		{ "ring-ref", "-1" }, { "ring-ref", "2147483632" }, { "event-channel", "0" },
		{ "event-channel", "junk" }, { "protocol", "z80-abi" },
		{ "multi-queue-num-queues", "0" }, { "multi-queue-num-queues", "1000" },
		{ "ring-page-order", "99" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_TRUE(to_init_wait(self));
		node(self, bad[i].name, bad[i].value);
		number_node(self, "state", INITIALISED);
		EXPECT_TRUE(backend_reaches(self, CLOSING)) TH_LOG("%s", bad[i].name);
	}
	xt_xs_path_call(&self->xs, XT_XS_RM, 0, DEV "/ring-page-order");
	EXPECT_TRUE(reconnect(self));
	EXPECT_EQ(OKAY, one(self, READ, 1, 0, 0, 7));
}

static atomic_bool stop;

/* Toggles the live slots between valid and hostile values while the back end reads them. */
static void *flip(void *data)
{
	struct ring *ring = data;
	unsigned int i = 0;

	while (!atomic_load(&stop)) {
		volatile struct request *r = &ring->slot[i++ % RING].req;

		r->nr ^= 0xf0;
		r->op ^= 6;
		r->seg[0].last ^= 0xf8;
		r->sector ^= 1ull << 62;
	}
	return NULL;
}

TEST_F(vbd, bytes_that_flip)
{
	pthread_t thread;
	int round, i;

	atomic_store(&stop, false);
	ASSERT_EQ(0, pthread_create(&thread, NULL, flip, self->ring));
	for (round = 0; round < 50; round++) {
		for (i = 0; i < RING; i++)
			rw(self, READ, 1, 0, 0, 7);
		publish(self);
		EXPECT_TRUE(answered(self));
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	EXPECT_EQ(OKAY, one(self, READ, 1, 0, 0, 7));
}

TEST_F(vbd, events_without_work)
{
	int i;

	for (i = 0; i < 100000; i++)
		xt_evtchn_notify(self->evtchn, self->port);
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(OKAY, one(self, READ, 1, 0, 0, 7));
}

TEST_F(vbd, reconnects)
{
	int i;

	for (i = 0; i < 20; i++) {
		rw(self, WRITE, 11, 0, 0, 7);
		publish(self);
		ASSERT_TRUE(reconnect(self));
	}
}

TEST_HARNESS_MAIN
