// SPDX-License-Identifier: GPL-2.0
/* Rate limit and multicast list. */
#include "unit.h"

static void credit(void)
{
	struct xnb_credit c;
	u64 now = 1000, sent = 0, wait;

	xnb_credit_set(&c, ~0ull, 0, now);
	CHECK(xnb_credit_take(&c, 65535, now) == 0);
	xnb_credit_set(&c, 100000, 50, now);
	CHECK(xnb_credit_take(&c, 60000, now) == 0);
	wait = xnb_credit_take(&c, 60000, now + 10);
	CHECK(wait == 40);
	CHECK(xnb_credit_take(&c, 60000, now + 10 + wait) == 0);

	/* Over many periods the rate is kept to within one burst. */
	xnb_credit_set(&c, 10000, 100, now);
	for (now = 2000; now < 2000 + 100 * 1000; now++)
		while (!xnb_credit_take(&c, 1500, now))
			sent += 1500;
	CHECK(sent <= 1000 * 10000 + XNB_CREDIT_BURST);
	CHECK(sent >= 999 * 10000 - XNB_CREDIT_BURST);

	/* A rate below a packet's size delays it but lets it pass. */
	xnb_credit_set(&c, 1000, 10, 0);
	for (now = 0, sent = 0; now < 2000 && !sent; now++)
		sent = !xnb_credit_take(&c, 65535, now);
	CHECK(sent);
	/* Who always asks late gets no less: 100 bytes a tick, asked every 15 of 10. */
	xnb_credit_set(&c, 1000, 10, 0);
	for (sent = 0, now = 0; now < 30000; now += 15)
		while (!xnb_credit_take(&c, 100, now))
			sent++;
	CHECK(sent >= 29900 && sent <= 30000);
	/* A pause is worth one burst, whatever its length. */
	xnb_credit_set(&c, 1000, 10, 0);
	for (sent = 0, now = 1ull << 40; !xnb_credit_take(&c, 1, now);)
		sent++;
	CHECK(sent == 1000 + XNB_CREDIT_BURST);
	xnb_credit_set(&c, 1ull << 62, 1, 0);
	c.left = 0;
	CHECK(!xnb_credit_take(&c, 65535, 1ull << 40));
	CHECK(c.left == (1ull << 62) - 65535);
	/* Saved credit is lost with a lower rate. */
	xnb_credit_set(&c, 0, 10, now);
	CHECK(xnb_credit_take(&c, 60, now) == 10);
	CHECK(xnb_credit_take(&c, 60, now + 100) != 0);
}

static void credit_text(void)
{
	u64 b = 1, u = 2;

	CHECK(!xnb_credit_parse("3000,50000", &b, &u) && b == 3000);
	CHECK(u == 50000);
	CHECK(!xnb_credit_parse("0,0", &b, &u) && !b && !u);
	b = 1;
	CHECK(xnb_credit_parse("", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse("5", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse("5,", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse(",5", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse("5,6x", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse("-5,6", &b, &u) == -EINVAL);
	CHECK(xnb_credit_parse("99999999999999999999,6", &b, &u) == -EINVAL);
	CHECK(b == 1);
}

static void mcast(void)
{
	struct xnb_mcast m = { 0 };
	u8 a[6] = { 1, 0, 0x5e, 0, 0, 0 };
	int i;

	for (i = 0; i < XNB_MCAST_MAX; i++) {
		a[5] = i;
		CHECK(!xnb_mcast_add(&m, a));
		CHECK(!xnb_mcast_add(&m, a));
	}
	CHECK(m.nr == XNB_MCAST_MAX);
	a[5] = 200;
	CHECK(xnb_mcast_add(&m, a) == -ENOSPC && !xnb_mcast_match(&m, a));
	xnb_mcast_del(&m, a);
	CHECK(m.nr == XNB_MCAST_MAX);
	for (i = 0; i < XNB_MCAST_MAX; i++) {
		a[5] = i;
		CHECK(xnb_mcast_match(&m, a));
		xnb_mcast_del(&m, a);
		CHECK(!xnb_mcast_match(&m, a));
	}
	CHECK(m.nr == 0);
	xnb_mcast_del(&m, a);
}

/* A reader who is between two addresses misses none of those that stay. */
static void mcast_in_place(void)
{
	struct xnb_mcast m = { 0 };
	u8 a[6] = { 0 };
	u64 second, last;

	for (a[5] = 0; a[5] < 4; a[5]++)
		CHECK(!xnb_mcast_add(&m, a));
	second = m.addr[1];
	last = m.addr[3];
	a[5] = 0;
	CHECK(xnb_mcast_match(&m, a));
	xnb_mcast_del(&m, a);
	CHECK(!xnb_mcast_match(&m, a) && m.nr == 4);
	CHECK(m.addr[1] == second && m.addr[3] == last);
	/* What was free is used first. */
	CHECK(!xnb_mcast_add(&m, a) && m.nr == 4);
	xnb_mcast_clear(&m);
	CHECK(m.nr == 0 && !xnb_mcast_match(&m, a));
	CHECK(!xnb_mcast_add(&m, a) && m.nr == 1);
}

const struct unit_test misc_tests[] = {
	{ "credit: the rate holds", credit },
	{ "credit: text", credit_text },
	{ "mcast: add, delete, match", mcast },
	{ "mcast: addresses keep their places", mcast_in_place },
	{ NULL, NULL }
};
