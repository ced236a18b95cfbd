// SPDX-License-Identifier: GPL-2.0
/* Both ends of a ring against each other, then the backend's end against a peer that lies. */
#include <string.h>
#include <xen/ring.h>
#include "unit.h"

#define PAGE	4096
#define SLOT	112

static u64 page[PAGE / 8];
static struct xen_ring back, front;

struct slot {
	u64 id;
	u64 data[13];
};

static u32 *word(unsigned int offset)
{
	return (u32 *)page + offset / 4;
}

static void start(u32 at)
{
	memset(page, 0, sizeof(page));
	CHECK(!xen_ring_init_front(&front, xen_shared_box(page), PAGE, SLOT));
	front.taken = at;
	front.seen = at;
	front.armed = at;
	front.put = at;
	front.published = at;
	*word(XEN_RING_REQ_PROD) = at;
	*word(XEN_RING_RSP_PROD) = at;
	*word(XEN_RING_REQ_EVENT) = at + 1;
	*word(XEN_RING_RSP_EVENT) = at + 1;
	CHECK(!xen_ring_init_back(&back, xen_shared_box(page), PAGE, SLOT));
}

static void sizes(void)
{
	CHECK(xen_ring_slots(4096, 112) == 32);
	CHECK(xen_ring_slots(4096, 108) == 32);
	CHECK(xen_ring_slots(4096, 12) == 256);
	CHECK(xen_ring_slots(4096, 8) == 256);
	CHECK(xen_ring_slots(65536, 112) == 512);
	CHECK(xen_ring_slots(64 + 112, 112) == 1);
	CHECK(xen_ring_slots(64 + 111, 112) == 0);
	CHECK(xen_ring_slots(0, 112) == 0);
	CHECK(xen_ring_slots(4096, 0) == 0);
}

static void attach(void)
{
	start(0);
	*word(XEN_RING_REQ_PROD) = 40;
	*word(XEN_RING_RSP_PROD) = 8;
	CHECK(!xen_ring_init_back(&back, xen_shared_box(page), PAGE, SLOT));
	CHECK(xen_ring_poll(&back) == 32);
	*word(XEN_RING_RSP_PROD) = 7;
	CHECK(xen_ring_init_back(&back, xen_shared_box(page), PAGE, SLOT) == -EPROTO);
	CHECK(xen_ring_init_back(&back, xen_shared_box(page), 100, SLOT) == -EINVAL);
}

/* A correct peer: every request arrives once, in order, and so does every response; across the wrap. */
static void honest(void)
{
	u64 next_req = 0, next_seen = 0, next_rsp = 0;
	struct slot s = {};
	int round, n;

	start(0xfffffff0u);
	for (round = 0; round < 2000; round++) {
		for (n = round % 33; n && xen_ring_room(&front); n--) {
			s.id = next_req++;
			CHECK(!xen_ring_put(&front, &s, sizeof(s)));
		}
		xen_ring_publish(&front);
		CHECK(xen_ring_poll(&back) >= 0);
		for (n = round % 29; n && !xen_ring_take(&back, &s, sizeof(s)); n--) {
			CHECK(s.id == next_seen);
			next_seen++;
			CHECK(!xen_ring_put(&back, &s, 12));
		}
		xen_ring_publish(&back);
		CHECK(xen_ring_poll(&front) >= 0);
		while (!xen_ring_take(&front, &s, sizeof(s))) {
			CHECK(s.id == next_rsp);
			next_rsp++;
		}
	}
	CHECK(next_seen > 10000 && next_rsp == next_seen);
	CHECK(!back.broken && !front.broken);
}

/* No event is lost: whoever is armed and then finds nothing gets told of the next slot. */
static void events(void)
{
	struct slot s = {};

	start(5);
	CHECK(xen_ring_arm(&back, 1) == 0);
	CHECK(!xen_ring_put(&front, &s, sizeof(s)));
	CHECK(xen_ring_publish(&front));
	CHECK(!xen_ring_put(&front, &s, sizeof(s)));
	CHECK(!xen_ring_publish(&front));
	CHECK(!xen_ring_publish(&front));
	CHECK(xen_ring_arm(&back, 1) == 2);
	CHECK(!xen_ring_take(&back, &s, 8) && !xen_ring_take(&back, &s, 8));
	CHECK(xen_ring_take(&back, &s, 8) == -EAGAIN);
	/* Wants three: told at the third, not before. */
	CHECK(xen_ring_arm(&back, 3) == 0);
	CHECK(!xen_ring_put(&front, &s, 8) && !xen_ring_put(&front, &s, 8));
	CHECK(!xen_ring_publish(&front));
	CHECK(!xen_ring_put(&front, &s, 8));
	CHECK(xen_ring_publish(&front));
}

/* A request that comes between arming and looking is seen by the look. */
static void late_peer(void)
{
	unit_peer = NULL;
	*word(XEN_RING_REQ_PROD) += 1;
}

static void arm_race(void)
{
	start(0);
	unit_peer = late_peer;
	CHECK(xen_ring_arm(&back, 1) >= 1);
}

static void jumps(void)
{
	static const u32 lies[] = { 33, 34, 64, 1000, 0x7fffffff, 0x80000000u, 0xffffffffu, 0xffffffe0u };
	struct slot s = {};
	unsigned int i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		start(100);
		*word(XEN_RING_REQ_PROD) = 100 + lies[i];
		CHECK(xen_ring_poll(&back) == -EPROTO);
		CHECK(back.broken);
		/* For good, even if the peer repents. */
		*word(XEN_RING_REQ_PROD) = 101;
		CHECK(xen_ring_poll(&back) == -EPROTO);
		CHECK(xen_ring_take(&back, &s, 8) == -EPROTO);
		CHECK(xen_ring_put(&back, &s, 8) == -EPROTO);
		CHECK(xen_ring_arm(&back, 1) == -EPROTO);
		CHECK(!xen_ring_publish(&back));
	}
}

static void backwards(void)
{
	struct slot s;

	start(0);
	*word(XEN_RING_REQ_PROD) = 10;
	CHECK(xen_ring_poll(&back) == 10);
	CHECK(!xen_ring_take(&back, &s, 8));
	*word(XEN_RING_REQ_PROD) = 9;
	CHECK(xen_ring_poll(&back) == -EPROTO);
}

/* As many requests as slots, minus those not answered yet, and not one more. */
static void overrun(void)
{
	struct slot s = {};
	int i;

	start(0);
	*word(XEN_RING_REQ_PROD) = 32;
	CHECK(xen_ring_poll(&back) == 32);
	for (i = 0; i < 32; i++)
		CHECK(!xen_ring_take(&back, &s, 8));
	CHECK(xen_ring_room(&back) == 32);
	*word(XEN_RING_REQ_PROD) = 33;
	CHECK(xen_ring_poll(&back) == -EPROTO);
	start(0);
	*word(XEN_RING_REQ_PROD) = 32;
	CHECK(xen_ring_poll(&back) == 32 && !xen_ring_take(&back, &s, 8));
	CHECK(!xen_ring_put(&back, &s, 8));
	xen_ring_publish(&back);
	*word(XEN_RING_REQ_PROD) = 33;
	CHECK(xen_ring_poll(&back) == 32);
	/* An answer that the peer cannot have seen makes room for nothing. */
	start(0);
	*word(XEN_RING_REQ_PROD) = 32;
	CHECK(xen_ring_poll(&back) == 32 && !xen_ring_take(&back, &s, 8));
	CHECK(!xen_ring_put(&back, &s, 8));
	*word(XEN_RING_REQ_PROD) = 33;
	CHECK(xen_ring_poll(&back) == -EPROTO && back.broken);
}

/* A frontend believes in no more responses than it has requests out. */
static void front_lies(void)
{
	struct slot s = {};

	start(0);
	CHECK(!xen_ring_put(&front, &s, 8) && !xen_ring_put(&front, &s, 8));
	xen_ring_publish(&front);
	*word(XEN_RING_RSP_PROD) = 2;
	CHECK(xen_ring_poll(&front) == 2);
	*word(XEN_RING_RSP_PROD) = 3;
	CHECK(xen_ring_poll(&front) == -EPROTO && front.broken);
}

static void no_room(void)
{
	struct slot s = {};
	int i;

	start(0);
	CHECK(xen_ring_put(&back, &s, 8) == -ENOSPC);
	for (i = 0; i < 32; i++)
		CHECK(!xen_ring_put(&front, &s, 8));
	CHECK(xen_ring_put(&front, &s, 8) == -ENOSPC);
	CHECK(xen_ring_put(&front, &s, SLOT + 1) == -ENOSPC);
}

static void padding_stays(void)
{
	static const struct xen_ring_field fields[] = { { 0, 9 }, { 10, 2 } };
	u8 s[SLOT], *slot = (u8 *)page + XEN_RING_HEADER;

	start(0);
	memset(slot, 0xa5, SLOT);
	*word(XEN_RING_REQ_PROD) = 1;
	CHECK(xen_ring_poll(&back) == 1 && !xen_ring_take(&back, s, sizeof(s)));
	memset(s, 0, sizeof(s));
	CHECK(!xen_ring_put_fields(&back, s, fields, 2));
	CHECK(slot[8] == 0 && slot[9] == 0xa5 && slot[10] == 0 && slot[11] == 0 && slot[12] == 0xa5);
}

/* What we stored is not read back: a peer that scribbles over our words changes nothing for us. */
static void scribble(void)
{
	struct slot s = {};
	u32 i;

	start(0);
	for (i = 0; i < 1000; i++) {
		*word(XEN_RING_REQ_PROD) = i + 1;
		*word(XEN_RING_RSP_PROD) = i * 7919;
		*word(XEN_RING_REQ_EVENT) = i * 104729;
		*word(XEN_RING_RSP_EVENT) = i * 31;
		CHECK(xen_ring_arm(&back, 1) == 1);
		CHECK(!xen_ring_take(&back, &s, 8));
		CHECK(!xen_ring_put(&back, &s, 8));
		xen_ring_publish(&back);
		CHECK(*word(XEN_RING_RSP_PROD) == i + 1);
	}
}

const struct unit_test ring_tests[] = {
	{ "ring: sizes", sizes },
	{ "ring: attach to a ring in use", attach },
	{ "ring: honest peer, across the wrap", honest },
	{ "ring: events are asked for and sent", events },
	{ "ring: a request between arming and looking", arm_race },
	{ "ring: index jumps break the ring for good", jumps },
	{ "ring: a producer that moves back", backwards },
	{ "ring: more requests than answered slots", overrun },
	{ "ring: frontend against a lying backend", front_lies },
	{ "ring: no room", no_room },
	{ "ring: padding of a response stays the peer's", padding_stays },
	{ "ring: our own words are never read back", scribble },
	{}
};
