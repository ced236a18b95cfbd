// SPDX-License-Identifier: GPL-2.0
/* Packets that a guest may send, and the ones that it may not. */
#include "unit.h"

#define FATAL_SLOTS 20

static struct xnb_packet p;
static unsigned int fed;

static enum xnb_verdict feed(const struct xnb_slot *s, unsigned int n)
{
	enum xnb_verdict v = XNB_MORE;

	xnb_packet_begin(&p);
	for (fed = 0; v == XNB_MORE && fed < n; fed++)
		v = xnb_packet_feed(&p, &s[fed], FATAL_SLOTS);
	if (v == XNB_MORE)
		v = xnb_packet_starve(&p);
	model_packet(&p, fed);
	return v;
}

static struct xnb_slot slot(u16 offset, u16 size, u16 flags)
{
	static u16 id;

	id++;
	return (struct xnb_slot){ .gref = 100 + id, .offset = offset,
				  .size = size, .flags = flags, .id = id };
}

static struct xnb_slot extra(u8 type, u8 flags, u16 a, u8 b)
{
	struct xnb_extra x = { .type = type, .flags = flags };
	struct xnb_slot s = { 0 };

	x.u.gso.size = a;
	x.u.gso.type = b;
	memcpy(&s, &x, sizeof(x));
	return s;
}

static void one_slot(void)
{
	struct xnb_slot s = slot(10, 60, XNB_TXF_CSUM_BLANK);

	CHECK(feed(&s, 1) == XNB_PACKET);
	CHECK(p.len == 60 && p.nr_slots == 1 && p.flags == XNB_TXF_CSUM_BLANK);
	s.size = 13;
	CHECK(feed(&s, 1) == XNB_REJECT && p.why == XNB_WHY_SHORT);
	s.size = 14;
	CHECK(feed(&s, 1) == XNB_PACKET);
	s = slot(1, 4096, 0);
	CHECK(feed(&s, 1) == XNB_FATAL && p.why == XNB_WHY_PAGE);
	s = slot(0, 4096, 0);
	CHECK(feed(&s, 1) == XNB_PACKET);
	s = slot(0xffff, 0xffff, 0);
	CHECK(feed(&s, 1) == XNB_FATAL);
}

/* A chain of @n slots, the first of 100 bytes, the others of @each. */
static enum xnb_verdict chain(unsigned int n, u16 each)
{
	struct xnb_slot s[80];
	unsigned int i;

	for (i = 0; i < n; i++)
		s[i] = slot(0, each, i + 1 < n ? XNB_TXF_MORE : 0);
	s[0].size = 100 + (n - 1) * each;
	return feed(s, n);
}

static void chains(void)
{
	CHECK(chain(2, 1000) == XNB_PACKET && p.slot[0].size == 100);
	CHECK(chain(18, 3000) == XNB_PACKET && p.len == 100 + 17 * 3000);
	CHECK(chain(19, 3000) == XNB_PACKET && p.nr_slots == 19);
	CHECK(chain(20, 3000) == XNB_REJECT && p.why == XNB_WHY_SLOTS);
	CHECK(p.nr_ids == 20);
	CHECK(chain(21, 10) == XNB_REJECT);
	CHECK(chain(22, 10) == XNB_FATAL && p.why == XNB_WHY_CHAIN);
	CHECK(chain(70, 10) == XNB_FATAL);
}

static void wrapped_size(void)
{
	struct xnb_slot s[3] = {
		slot(0, 100, XNB_TXF_MORE), slot(0, 4096, XNB_TXF_MORE),
		slot(0, 20, 0),
	};

	CHECK(feed(s, 3) == XNB_REJECT && p.why == XNB_WHY_SUM);
	CHECK(p.nr_ids == 3 && fed == 3);
	s[1].offset = 1;
	CHECK(feed(s, 3) == XNB_FATAL);
	CHECK(feed(s, 1) == XNB_FATAL && p.why == XNB_WHY_STARVED);
}

static void empty_slots(void)
{
	struct xnb_slot s[4] = {
		slot(0, 114, XNB_TXF_MORE), slot(0, 0, XNB_TXF_MORE),
		slot(0, 100, XNB_TXF_MORE), slot(4096, 0, 0),
	};

	CHECK(feed(s, 4) == XNB_PACKET && p.slot[0].size == 14);
	model_bytes(&p, 0, 0, 16);
	model_copies(&p, 0, 0, 16);
	s[0].size = 113;
	CHECK(feed(s, 4) == XNB_REJECT);
}

static void gso(void)
{
	struct xnb_slot s[3] = {
		slot(0, 4096, XNB_TXF_EXTRA), extra(XNB_EXTRA_GSO, 0, 1448, 1),
	};

	CHECK(feed(s, 2) == XNB_PACKET && p.gso_type == XNB_GSO_TCPV4);
	CHECK(p.gso_size == 1448 && p.nr_extras == 1);
	s[1] = extra(XNB_EXTRA_GSO, 0, 1448, 2);
	CHECK(feed(s, 2) == XNB_PACKET && p.gso_type == XNB_GSO_TCPV6);
	s[1] = extra(XNB_EXTRA_GSO, 0, 0, 1);
	CHECK(feed(s, 2) == XNB_FATAL && p.why == XNB_WHY_GSO_SIZE);
	s[1] = extra(XNB_EXTRA_GSO, 0, 7, 1);
	CHECK(feed(s, 2) == XNB_REJECT && p.why == XNB_WHY_GSO_SIZE);
	s[1] = extra(XNB_EXTRA_GSO, 0, 1448, 0);
	CHECK(feed(s, 2) == XNB_FATAL && p.why == XNB_WHY_GSO_TYPE);
	s[1] = extra(XNB_EXTRA_GSO, 0, 1448, 3);
	CHECK(feed(s, 2) == XNB_FATAL);
	/* Extra info stands between the first and the second data slot. */
	s[0] = slot(0, 5000, XNB_TXF_EXTRA | XNB_TXF_MORE);
	s[1] = extra(XNB_EXTRA_GSO, 0, 1448, 1);
	s[2] = slot(0, 4000, 0);
	CHECK(feed(s, 3) == XNB_PACKET && p.nr_slots == 2 && p.nr_extras == 1);
	CHECK(feed(s, 2) == XNB_FATAL && p.why == XNB_WHY_STARVED);
	CHECK(feed(s, 1) == XNB_FATAL);
}

static void extras(void)
{
	struct xnb_slot s[XNB_EXTRAS_MAX + 2];
	unsigned int i;

	s[0] = slot(0, 100, XNB_TXF_EXTRA);
	s[1] = extra(0, 0, 0, 0);
	CHECK(feed(s, 2) == XNB_FATAL && p.why == XNB_WHY_EXTRA_TYPE);
	s[1] = extra(XNB_EXTRA_TYPES, 0, 0, 0);
	CHECK(feed(s, 2) == XNB_FATAL);
	for (i = 1; i <= XNB_EXTRAS_MAX + 1; i++)
		s[i] = extra(XNB_EXTRA_XDP, XNB_EXTRAF_MORE, 0, 0);
	CHECK(feed(s, XNB_EXTRAS_MAX + 2) == XNB_FATAL);
	CHECK(p.why == XNB_WHY_EXTRA_COUNT);
	s[XNB_EXTRAS_MAX] = extra(XNB_EXTRA_HASH, 0, 3, 0);
	CHECK(feed(s, XNB_EXTRAS_MAX + 2) == XNB_PACKET);
	CHECK(p.has_hash && p.hash_type == XNB_HASH_IPV6_TCP);
	s[1] = extra(XNB_EXTRA_HASH, 0, 4, 0);
	CHECK(feed(s, 2) == XNB_PACKET && !p.has_hash);
}

static void multicast(void)
{
	struct xnb_slot s[3] = {
		slot(0, 0, XNB_TXF_EXTRA), extra(XNB_EXTRA_MCAST_ADD, 0, 1, 2),
	};

	CHECK(feed(s, 2) == XNB_MCAST && p.mcast_op == XNB_EXTRA_MCAST_ADD);
	s[1] = extra(XNB_EXTRA_MCAST_DEL, 0, 1, 2);
	CHECK(feed(s, 2) == XNB_MCAST && p.mcast_op == XNB_EXTRA_MCAST_DEL);
	s[1].gref |= XNB_EXTRAF_MORE << 8;
	s[2] = extra(XNB_EXTRA_MCAST_ADD, 0, 1, 2);
	CHECK(feed(s, 3) == XNB_REJECT && p.why == XNB_WHY_MCAST);
	s[0] = slot(0, 100, XNB_TXF_EXTRA | XNB_TXF_MORE);
	s[1] = extra(XNB_EXTRA_MCAST_ADD, 0, 1, 2);
	s[2] = slot(0, 10, 0);
	CHECK(feed(s, 3) == XNB_REJECT && p.nr_ids == 2);
}

const struct unit_test parse_tests[] = {
	{ "parse: one slot", one_slot },
	{ "parse: chains up to and beyond the limits", chains },
	{ "parse: wrapped total and starved chain", wrapped_size },
	{ "parse: empty slots", empty_slots },
	{ "parse: segmentation info", gso },
	{ "parse: other extra infos", extras },
	{ "parse: multicast requests", multicast },
	{ NULL, NULL }
};
