// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs go and come back, idle and busy, with threads, timers and event
 * channels on them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define CPU_DIR	"/sys/devices/system/cpu/cpu%d/online"
#define ROUNDS	3

static int set_online(int cpu, int online)
{
	char path[64];

	snprintf(path, sizeof(path), CPU_DIR, cpu);
	return xt_write_ulong(path, online);
}

FIXTURE(hotplug) {
	int cpu;		/* the one that goes and comes */
	int nr;
};

FIXTURE_SETUP(hotplug)
{
	XT_NEED_CPUS(2);
	self->nr = xt_nr_online();
	self->cpu = xt_nth_cpu(self->nr - 1);
}

FIXTURE_TEARDOWN_PARENT(hotplug)
{
	if (self->cpu)
		set_online(self->cpu, 1);
}

/* A CPU that says it is online must run a thread and its timer. */
static int64_t works(int cpu)
{
	unsigned int here;
	uint64_t start;

	if (xt_pin(cpu))
		return -1;
	start = xt_now();
	xt_sleep_ms(3);
	/* Not sched_getcpu(): what the vDSO believes is another test's matter. */
	if (syscall(SYS_getcpu, &here, NULL, NULL) || here != (unsigned int)cpu)
		return -2;
	xt_unpin();
	return xt_now() - start;
}

TEST_F(hotplug, off_and_on)
{
	for (int round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, set_online(self->cpu, 0));
		EXPECT_EQ(self->nr - 1, xt_nr_online());
		EXPECT_EQ(-EINVAL, xt_pin(self->cpu));
		ASSERT_EQ(0, set_online(self->cpu, 1));
		EXPECT_EQ(self->nr, xt_nr_online());
		EXPECT_GE(works(self->cpu), 0);
	}
}

TEST_F(hotplug, every_cpu_but_the_first)
{
	for (int n = 1; n < self->nr; n++) {
		int cpu = xt_nth_cpu(n);

		ASSERT_EQ(0, set_online(cpu, 0));
		EXPECT_GE(works(xt_nth_cpu(0)), 0);
		ASSERT_EQ(0, set_online(cpu, 1));
		EXPECT_GE(works(cpu), 0);
	}
}

TEST_F(hotplug, bad_values_are_refused)
{
	char path[64];

	snprintf(path, sizeof(path), CPU_DIR, self->cpu);
	EXPECT_EQ(-EINVAL, xt_write_text(path, "maybe"));
	EXPECT_EQ(self->nr, xt_nr_online());
}

struct worker {
	pthread_t thread;
	int cpu;
	volatile bool *stop;
	volatile uint64_t work;
	volatile uint64_t wakeups;
	bool sleeps;
	bool broken;
};

/* Computes what can be checked, and sleeps now and then if told so. */
static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned char buf[4096];
	uint64_t seed = w->cpu, before;

	xt_pin(w->cpu);
	while (!*w->stop) {
		xt_fill(buf, sizeof(buf), seed);
		if (!xt_filled(buf, sizeof(buf), seed))
			w->broken = true;
		seed++;
		w->work++;
		if (!w->sleeps)
			continue;
		before = xt_now();
		xt_sleep_ms(1);
		if (xt_now() - before < XT_MS)
			w->broken = true;
		w->wakeups++;
	}
	return NULL;
}

TEST_F(hotplug, under_load)
{
	struct worker w[4] = { 0 };
	volatile bool stop = false;

	for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
		w[i].cpu = i & 1 ? self->cpu : xt_nth_cpu(0);
		w[i].sleeps = i & 2;
		w[i].stop = &stop;
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, work, &w[i]));
	}
	for (int round = 0; round < ROUNDS; round++) {
		xt_sleep_ms(50);
		ASSERT_EQ(0, set_online(self->cpu, 0));
		/* The threads that were there go on elsewhere. */
		for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
			uint64_t before = w[i].work;

			for (int j = 0; j < 500 && w[i].work == before; j++)
				xt_sleep_ms(10);
			EXPECT_NE(before, w[i].work)
				TH_LOG("thread %zu stands still", i);
		}
		ASSERT_EQ(0, set_online(self->cpu, 1));
	}
	stop = true;
	for (size_t i = 0; i < ARRAY_SIZE(w); i++) {
		pthread_join(w[i].thread, NULL);
		EXPECT_FALSE(w[i].broken);
	}
	EXPECT_GE(works(self->cpu), 0);
}

/* A sleeper whose CPU goes must still be woken, on time and elsewhere. */
static void *long_sleeper(void *arg)
{
	struct worker *w = arg;
	uint64_t start;

	xt_pin(w->cpu);
	start = xt_now();
	xt_sleep_ms(400);
	w->work = xt_now() - start;
	return NULL;
}

TEST_F(hotplug, timers_move)
{
	struct worker w = { .cpu = self->cpu };

	ASSERT_EQ(0, pthread_create(&w.thread, NULL, long_sleeper, &w));
	xt_sleep_ms(50);
	ASSERT_EQ(0, set_online(self->cpu, 0));
	pthread_join(w.thread, NULL);
	EXPECT_GE(w.work, 400 * XT_MS);
	EXPECT_LT(w.work, 5 * XT_SEC);
	ASSERT_EQ(0, set_online(self->cpu, 1));
}

/* An event channel that is bound to the CPU moves when it goes. */
TEST_F(hotplug, event_channels_move)
{
	struct xt_evtchn_pair pair;
	char path[64];
	int a, b, irq;

	XT_NEED_XEN();
	b = xt_evtchn_open();
	ASSERT_GE(b, 0);
	/* The interrupt's name carries the opener's. */
	ASSERT_EQ(0, prctl(PR_SET_NAME, "xt-hotplug"));
	a = xt_evtchn_open();
	ASSERT_GE(a, 0);
	ASSERT_EQ(0, xt_evtchn_loop(a, b, &pair));
	for (int round = 0; round < ROUNDS; round++) {
		irq = xt_irq_of("evtchn:xt-hotplug");
		ASSERT_GE(irq, 0);
		snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list",
			 irq);
		ASSERT_EQ(0, xt_write_ulong(path, self->cpu));
		for (int step = 0; step < 2; step++) {
			for (int i = 0; i < 10; i++) {
				ASSERT_EQ(0, xt_evtchn_notify(b, pair.port[1]));
				ASSERT_EQ(pair.port[0],
					  xt_evtchn_next(a, XT_EVTCHN_WAIT_MS));
				ASSERT_EQ(0, xt_evtchn_unmask(a, pair.port[0]));
			}
			ASSERT_EQ(0, set_online(self->cpu, step));
		}
	}
	close(a);
	close(b);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
