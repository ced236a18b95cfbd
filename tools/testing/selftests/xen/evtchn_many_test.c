// SPDX-License-Identifier: GPL-2.0
/*
 * More channels than the first event channel ABI has room for, or, where the
 * hypervisor or that ABI allows fewer, an error that harms nobody.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define TWO_LEVEL_MAX	4096
#define PAIRS		2300
#define SECONDS		120

FIXTURE(many) {
	int a, b, bound, error;
	struct xt_evtchn_pair *pairs;
};

FIXTURE_SETUP(many)
{
	XT_NEED_XEN();
	self->pairs = calloc(PAIRS, sizeof(*self->pairs));
	ASSERT_NE(NULL, self->pairs);
	self->a = xt_evtchn_open();
	self->b = xt_evtchn_open();
	ASSERT_GE(self->a, 0);
	ASSERT_GE(self->b, 0);
	while (self->bound < PAIRS) {
		self->error = xt_evtchn_loop(self->a, self->b, &self->pairs[self->bound]);
		if (self->error)
			break;
		self->bound++;
	}
}

FIXTURE_TEARDOWN(many)
{
	close(self->a);
	close(self->b);
	free(self->pairs);
}

/* Nothing limits dom0 but the ABI. */
static bool unlimited(void)
{
	char words[2048] = "";

	xt_read_text("/proc/cmdline", words, sizeof(words));
	return xt_role_is_dom0(xt_role()) && !strstr(words, "fifo_events=");
}

TEST_F_TIMEOUT(many, the_limit_is_the_hypervisors, SECONDS)
{
	if (unlimited()) {
		ASSERT_EQ(PAIRS, self->bound)
			TH_LOG("error %d", self->error);
	}
	EXPECT_TRUE(self->bound == PAIRS || self->error == -ENOSPC);
	EXPECT_GT(self->bound, 200);
}

/* Each speaks once, the highest number as well as the lowest. */
TEST_F_TIMEOUT(many, every_channel_works, SECONDS)
{
	int highest = 0;

	for (int i = self->bound; i--;) {
		int want = self->pairs[i].port[0], got;

		ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pairs[i].port[1]));
		got = xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS);
		ASSERT_EQ(want, got)
			TH_LOG("channel %d of %d", i, self->bound);
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, got));
		if (highest < want)
			highest = want;
	}
	EXPECT_TRUE(highest > TWO_LEVEL_MAX || !unlimited());
}

/* What was given back can be had again, and what failed holds nothing. */
TEST_F_TIMEOUT(many, room_is_given_back, SECONDS)
{
	int before = self->bound;

	for (int i = 0; i < before; i++) {
		ASSERT_EQ(0, xt_evtchn_unbind(self->a, self->pairs[i].port[0]));
		ASSERT_EQ(0, xt_evtchn_unbind(self->b, self->pairs[i].port[1]));
	}
	for (int i = 0; i < before; i++) {
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &self->pairs[i]))
			TH_LOG("pair %d of %d", i, before);
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
