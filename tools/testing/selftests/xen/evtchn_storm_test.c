// SPDX-License-Identifier: GPL-2.0
/*
 * A peer that raises events without end: its port is silent until it is served,
 * and what nobody serves costs the receiver one interrupt.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define STORM_MS	2000
#define CHANNELS	8

struct storm {
	pthread_t thread;
	int fd, status;
	struct xt_evtchn_pair pairs[CHANNELS];
	atomic_bool stop;
	atomic_ulong raised;
};

/* Raises all channels, one after the other, as fast as it can. */
static void *rage(void *arg)
{
	struct storm *s = arg;

	while (!s->stop && !s->status) {
		for (int i = 0; i < CHANNELS; i++) {
			s->status = xt_evtchn_notify(s->fd, s->pairs[i].port[1]);
			s->raised++;
		}
	}
	return NULL;
}

/* Interrupts so far on all ports that this program has bound. */
static long count_interrupts(void)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[1024];
	long total = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		char *p = strchr(line, ':');

		if (!p || !strstr(line, "evtchn:"))
			continue;
		for (p++;;) {
			char *end;
			unsigned long n = strtoul(p, &end, 10);

			if (end == p)
				break;
			total += n;
			p = end;
		}
	}
	fclose(f);
	return total;
}

FIXTURE(storm) {
	int fd;
	struct storm s;
};

FIXTURE_SETUP(storm)
{
	XT_NEED_XEN();
	self->fd = xt_evtchn_open();
	ASSERT_GE(self->fd, 0);
	self->s.fd = xt_evtchn_open();
	ASSERT_GE(self->s.fd, 0);
	for (int i = 0; i < CHANNELS; i++)
		ASSERT_EQ(0, xt_evtchn_loop(self->fd, self->s.fd, &self->s.pairs[i]));
	ASSERT_EQ(0, pthread_create(&self->s.thread, NULL, rage, &self->s));
}

FIXTURE_TEARDOWN(storm)
{
	self->s.stop = true;
	pthread_join(self->s.thread, NULL);
	close(self->fd);
	close(self->s.fd);
}

TEST_F(storm, unserved_ports_are_silent)
{
	long before, after;

	xt_sleep_ms(100);
	before = count_interrupts();
	ASSERT_GE(before, 0);
	xt_sleep_ms(STORM_MS);
	after = count_interrupts();
	EXPECT_GT(self->s.raised, 10 * CHANNELS);
	EXPECT_EQ(0, self->s.status);
	EXPECT_LE(after - before, CHANNELS)
		TH_LOG("%lu raised", self->s.raised);
}

/* Each EOI lets one event through, not more. */
TEST_F(storm, served_ports_speak_once)
{
	long before = count_interrupts(), after;
	int served = 0, port;

	for (int i = 0; i < 200; i++) {
		port = xt_evtchn_next(self->fd, XT_EVTCHN_WAIT_MS);
		ASSERT_GT(port, 0);
		served++;
		ASSERT_EQ(0, xt_evtchn_unmask(self->fd, port));
	}
	after = count_interrupts();
	EXPECT_LE(after - before, served + 2 * CHANNELS);
}

/* Unbinding while the storm goes on is not disturbed by it. */
TEST_F(storm, unbind_under_fire)
{
	for (int i = 0; i < CHANNELS; i++)
		EXPECT_EQ(0, xt_evtchn_unbind(self->fd, self->s.pairs[i].port[0]));
	xt_sleep_ms(100);
	for (int round = 0; round < 50; round++) {
		int port = xt_evtchn_bind_unbound(self->fd, 0);

		ASSERT_GT(port, 0);
		ASSERT_EQ(0, xt_evtchn_unbind(self->fd, port));
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
