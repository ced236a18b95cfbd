// SPDX-License-Identifier: GPL-2.0
/*
 * What gntalloc and gntdev shall tell a peer at the end, held over a save and a restore: the
 * channel is gone then and its number somebody else's, who must hear nothing and lose nothing.
 *
 * The lab saves and restores this domain, in a scenario that asks for it (XENLAB_RESTORE): when
 * it reads WAITING in the store.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define WAITING		"data/waiting"
#define SECONDS		900
#define QUIET_MS	500
#define PAIRS		32

FIXTURE(ending) {
	int a, b, alloc, dev;
	struct xt_evtchn_pair of_alloc, of_dev;
	struct xt_grants g;
	uint64_t index;
};

FIXTURE_SETUP(ending)
{
	uint32_t ref = 8;

	XT_NEED_STORE();
	XT_NEED(getenv("XENLAB_RESTORE"), "nobody saves and restores it");
	self->a = xt_evtchn_open();
	self->b = xt_evtchn_open();
	self->alloc = xt_gntalloc_open();
	self->dev = xt_gntdev_open();
	ASSERT_GE(self->a, 0);
	ASSERT_GE(self->b, 0);
	ASSERT_GE(self->alloc, 0);
	ASSERT_GE(self->dev, 0);
	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &self->of_alloc));
	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &self->of_dev));
	ASSERT_EQ(0, xt_gntalloc(self->alloc, 0, true, 1, &self->g));
	ASSERT_EQ(0, xt_gntalloc_notify(self->alloc, self->g.index, UNMAP_NOTIFY_SEND_EVENT,
					self->of_alloc.port[0]));
	/* A request that is never mapped has an end as well. */
	ASSERT_EQ(0, xt_gntdev_map(self->dev, 0, &ref, 1, &self->index));
	ASSERT_EQ(0, xt_gntdev_notify(self->dev, self->index, UNMAP_NOTIFY_SEND_EVENT,
				      self->of_dev.port[0]));
}

FIXTURE_TEARDOWN(ending)
{
}

/* The domain has another number after a restore. */
static bool restored(int domid)
{
	struct xt_xs xs;
	int now = domid;

	if (xt_xs_open(&xs))
		return false;
	xt_xs_write_text(&xs, 0, WAITING, "1");
	while (now == domid || now < 0) {
		xt_sleep_ms(1000);
		now = xt_own_domid();
	}
	xt_xs_close(&xs);
	return true;
}

static bool has(const struct xt_evtchn_pair *pair, int port)
{
	return pair->port[0] == port || pair->port[1] == port;
}

/* Opens channels until one of @pairs has @port: its place there, or below 0. */
static int take(int fd, int peer, int port, struct xt_evtchn_pair *pairs)
{
	for (int i = 0; i < PAIRS; i++) {
		int ret = pairs[i].port[0] ? 0 : xt_evtchn_loop(fd, peer, &pairs[i]);

		if (ret)
			return ret;
		if (has(&pairs[i], port))
			return i;
	}
	return -ENOENT;
}

static void drain(int fd)
{
	int port;

	while ((port = xt_evtchn_next(fd, QUIET_MS)) >= 0)
		xt_evtchn_unmask(fd, port);
}

TEST_F_TIMEOUT(ending, after_a_restore, SECONDS)
{
	struct xt_evtchn_pair pairs[PAIRS] = {};
	int c = xt_evtchn_open(), d = xt_evtchn_open();
	int for_alloc, for_dev;

	ASSERT_TRUE(restored(xt_own_domid()));
	for_alloc = take(c, d, self->of_alloc.port[0], pairs);
	ASSERT_GE(for_alloc, 0);
	for_dev = take(c, d, self->of_dev.port[0], pairs);
	ASSERT_GE(for_dev, 0);
	drain(c);
	drain(d);

	EXPECT_EQ(0, xt_gntalloc_free(self->alloc, self->g.index, 1));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(c, QUIET_MS));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(d, QUIET_MS));
	EXPECT_EQ(0, xt_gntdev_unmap(self->dev, self->index, 1));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(c, QUIET_MS));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(d, QUIET_MS));
	close(self->a);
	close(self->b);

	/* They work both ways, and end once. */
	for (int i = 0; i < 2; i++) {
		struct xt_evtchn_pair *pair = &pairs[i ? for_dev : for_alloc];

		ASSERT_EQ(0, xt_evtchn_notify(c, pair->port[0]));
		EXPECT_EQ(pair->port[1], xt_evtchn_next(d, XT_EVTCHN_WAIT_MS));
		ASSERT_EQ(0, xt_evtchn_notify(d, pair->port[1]));
		EXPECT_EQ(pair->port[0], xt_evtchn_next(c, XT_EVTCHN_WAIT_MS));
		EXPECT_EQ(0, xt_evtchn_unbind(d, pair->port[1]));
		EXPECT_EQ(0, xt_evtchn_unbind(c, pair->port[0]));
		if (for_dev == for_alloc)
			break;
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
