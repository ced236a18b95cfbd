// SPDX-License-Identifier: GPL-2.0
/*
 * What the network back end must answer to transmit slots, indices, events and configurations
 * that no honest frontend produces.
 */
#include "netif_frontend.h"

static struct tx_slot extra(uint8_t type, uint8_t more, uint16_t size, uint8_t gso)
{
	struct tx_slot s = { 0 };
	uint8_t raw[8] = { type, more, size, size >> 8, gso };

	memcpy(&s, raw, sizeof(raw));
	return s;
}

TEST_F_TIMEOUT(vif, single_slots, SECONDS)
{
	static const struct {
		unsigned int offset, size, want;
	} cases[] = {
		{ 0, 60, PASS }, { 100, 1514, PASS }, { 0, 4096, PASS },
		{ 0, 14, PASS }, { 0, 13, REJECT }, { 0, 0, REJECT },
		{ 4090, 60, CUT }, { 0, 4097, CUT }, { 65535, 65535, CUT },
		/* Too small comes first. */
		{ 4090, 7, REJECT }, { 4082, 14, PASS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t first = self->prod;

		put(self, data(self, cases[i].offset, cases[i].size, 0));
		EXPECT_EQ(cases[i].want, outcome(self, first))
			TH_LOG("case %u", i);
		if (cases[i].want == CUT)
			ASSERT_TRUE(reconnect(self));
	}
}

TEST_F_TIMEOUT(vif, chains, SECONDS)
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

TEST_F_TIMEOUT(vif, every_small_shape, SECONDS)
{
	unsigned int n, size;

	for (n = 1; n <= 19; n++)
		for (size = 0; size <= 130; size += 13)
			ASSERT_EQ(PASS, chain(self, n, size));
}

TEST_F_TIMEOUT(vif, sizes_that_do_not_add_up, SECONDS)
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

TEST_F_TIMEOUT(vif, producers_that_lie, SECONDS)
{
	self->prod += 2 * RING;
	publish(self);
	EXPECT_TRUE(backend_reaches(self, CLOSING));
	ASSERT_TRUE(reconnect(self));
	self->prod -= 1;
	publish(self);
	EXPECT_TRUE(backend_reaches(self, CLOSING));
}

TEST_F_TIMEOUT(vif, extra_infos, SECONDS)
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

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t first = self->prod;
		int got;

		put(self, data(self, 0, 1000, EXTRA));
		put(self, extra(cases[i].x.type, cases[i].x.more,
				cases[i].x.size, cases[i].x.gso));
		got = outcome(self, first);
		/* A bad header is dropped after its slots were answered. */
		if (!i && got == PASS)
			got = cases[i].want;
		EXPECT_EQ(cases[i].want, got)
			TH_LOG("case %u", i);
		if (got == CUT)
			ASSERT_TRUE(reconnect(self));
	}
}

TEST_F_TIMEOUT(vif, multicast_list_is_bounded, SECONDS)
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

TEST_F_TIMEOUT(vif, grants_that_are_none, SECONDS)
{
	static const uint32_t bad[] = { 0x7ffff, 0x7fffffff, 0xffffffff };
	unsigned int i, k;

	for (k = 0; k < 4; k++)
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
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
	atomic_bool stop;
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
TEST_F_TIMEOUT(vif, slots_that_change_under_the_reader, SECONDS)
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
			if (self->tx->h.rsp_prod == self->prod)
				break;
			if (state_of(self) == CLOSING)
				break;
			xt_sleep_ms(1);
		}
		if (state_of(self) != CONNECTED) {
			cuts++;
			ASSERT_TRUE(reconnect(self));
		}
		if (self->tx->h.rsp_prod != self->prod && !answered(self))
			ASSERT_TRUE(reconnect(self));
	}
	f.stop = true;
	pthread_join(thread, NULL);
	TH_LOG("cut off %u times in %u rounds", cuts, round);
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(PASS, chain(self, 2, 1000));
}

TEST_F_TIMEOUT(vif, configurations_that_are_refused, SECONDS)
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
		{ "ctrl-ring-ref", 0x7fffffff },
		{ "event-channel-ctrl", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_TRUE(to_init_wait(self));
		set_node(self, bad[i].node, bad[i].value);
		set_node(self, "state", CONNECTED);
		EXPECT_TRUE(backend_reaches(self, CLOSING))
			TH_LOG("%s", bad[i].node);
		ASSERT_TRUE(reconnect(self));
	}
}

/* For as long as the lab asks; it watches dom0 meanwhile. */
TEST_F_TIMEOUT(vif, events_without_work, SECONDS)
{
	const char *asked = getenv("XENLAB_FLOOD_MS");
	uint64_t end = xt_now() + (asked ? atoi(asked) : 1000) * XT_MS;

	while (xt_now() < end) {
		xt_evtchn_notify(self->evtchn, self->port);
		xt_evtchn_notify(self->evtchn, self->ctrl_port);
	}
	/* Throttled, perhaps for seconds, but not lost. */
	put(self, data(self, 0, 60, 0));
	publish(self);
	EXPECT_TRUE(answered(self));
}

struct storm {
	int evtchn, port, ctrl_port;
	atomic_bool stop;
};

static void *rage(void *arg)
{
	struct storm *s = arg;

	while (!s->stop) {
		xt_evtchn_notify(s->evtchn, s->port);
		xt_evtchn_notify(s->evtchn, s->ctrl_port);
	}
	return NULL;
}

TEST_F_TIMEOUT(vif, storm_while_disconnecting, SECONDS)
{
	struct storm s = { self->evtchn, self->port, self->ctrl_port };
	pthread_t thread;
	int round;

	ASSERT_EQ(0, pthread_create(&thread, NULL, rage, &s));
	for (round = 0; round < 10; round++) {
		EXPECT_TRUE(reconnect(self));
		if (round % 2)
			EXPECT_EQ(PASS, chain(self, 3, 1000));
	}
	s.stop = true;
	pthread_join(thread, NULL);
}

TEST_F_TIMEOUT(vif, reconnects_under_traffic, SECONDS)
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

#include "quiet_test.h"

TEST_HARNESS_MAIN
