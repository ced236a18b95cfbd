// SPDX-License-Identifier: GPL-2.0
/*
 * Timers: never early, not absurdly late, no expiry lost, on every CPU.
 *
 * Bounds upward are for a machine that is emulated and shared (LATE_NS);
 * bounds downward are exact.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define LATE_NS		(2 * XT_SEC)
#define CLOCKEVENT0	"/sys/devices/system/clockevents/clockevent0/"

static struct timespec to_timespec(uint64_t ns)
{
	struct timespec ts = { ns / XT_SEC, ns % XT_SEC };

	return ts;
}

/* Sleeps a few lengths on the given CPU; the worst lateness, or -1 if early. */
static int64_t sleep_on_cpu(int cpu, int flags)
{
	static const uint64_t lengths[] = {
		1, 1000, 50000, 333333, XT_MS, 4 * XT_MS, 10 * XT_MS, 35 * XT_MS,
	};
	int64_t worst = 0;

	if (xt_pin(cpu))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(lengths) * 3; i++) {
		uint64_t len = lengths[i % ARRAY_SIZE(lengths)];
		uint64_t start = xt_now(), end = start + len;
		struct timespec ts = to_timespec(flags ? end : len);
		int64_t late;

		if (clock_nanosleep(CLOCK_MONOTONIC, flags, &ts, NULL))
			return -1;
		late = xt_now() - end;
		if (late < 0)
			return -1;
		if (late > worst)
			worst = late;
	}
	return worst;
}

TEST(event_device_fits_role)
{
	char text[64];

	if (xt_read_text(CLOCKEVENT0 "current_device", text, sizeof(text)) < 0)
		SKIP(return, "the kernel has no clockevents in sysfs");
	EXPECT_EQ(xt_role_is_xen(xt_role()), !strcmp(text, "xen"))
		TH_LOG("event device: %s", text);
}

TEST(resolution_is_high)
{
	struct timespec ts;

	ASSERT_EQ(0, clock_getres(CLOCK_MONOTONIC, &ts));
	EXPECT_EQ(0, ts.tv_sec);
	EXPECT_EQ(1, ts.tv_nsec);
}

TEST(sleep_is_never_early)
{
	for (int n = 0; n < xt_nr_online(); n++) {
		int64_t worst = sleep_on_cpu(xt_nth_cpu(n), 0);

		EXPECT_GE(worst, 0)
			TH_LOG("early on CPU %d", xt_nth_cpu(n));
		EXPECT_LT(worst, (int64_t)LATE_NS);
	}
}

TEST(sleep_until_is_never_early)
{
	for (int n = 0; n < xt_nr_online(); n++) {
		int64_t worst = sleep_on_cpu(xt_nth_cpu(n), TIMER_ABSTIME);

		EXPECT_GE(worst, 0)
			TH_LOG("early on CPU %d", xt_nth_cpu(n));
		EXPECT_LT(worst, (int64_t)LATE_NS);
	}
}

/* Typical lateness: the median of many, so that one stall does not decide. */
TEST(sleep_is_accurate)
{
	uint64_t late[41];

	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		uint64_t end = xt_now() + 3 * XT_MS;
		struct timespec ts = to_timespec(end);
		size_t at = i;
		uint64_t now;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		now = xt_now();
		ASSERT_GE(now, end);
		for (; at && late[at - 1] > now - end; at--)
			late[at] = late[at - 1];
		late[at] = now - end;
	}
	/* A kernel that falls back to ticks is late by half a tick or more. */
	EXPECT_LT(late[ARRAY_SIZE(late) / 2], 20 * XT_MS);
}

FIXTURE(timerfd) {
	int fd;
};

FIXTURE_SETUP(timerfd)
{
	self->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(timerfd)
{
	close(self->fd);
}

TEST_F(timerfd, one_shot_fires_once)
{
	struct itimerspec spec = { .it_value = { 0, 20 * XT_MS } };
	uint64_t start = xt_now(), count;

	ASSERT_EQ(0, timerfd_settime(self->fd, 0, &spec, NULL));
	ASSERT_EQ(sizeof(count), read(self->fd, &count, sizeof(count)));
	EXPECT_GE(xt_now() - start, 20 * XT_MS);
	EXPECT_LT(xt_now() - start, 20 * XT_MS + LATE_NS);
	EXPECT_EQ(1, count);
	EXPECT_EQ(0, xt_poll_in(self->fd, 100));
}

/* Expiries are counted, so a late reader still gets every one of them. */
TEST_F(timerfd, periodic_loses_none)
{
	struct itimerspec spec = {
		.it_value = { 0, 5 * XT_MS }, .it_interval = { 0, 5 * XT_MS },
	};
	uint64_t start, end, count, total = 0, earliest;

	start = xt_now();
	ASSERT_EQ(0, timerfd_settime(self->fd, 0, &spec, NULL));
	earliest = xt_now();
	while (total < 100) {
		ASSERT_EQ(1, xt_poll_in(self->fd, 5000));
		ASSERT_EQ(sizeof(count), read(self->fd, &count, sizeof(count)));
		total += count;
		ASSERT_GE(xt_now() - start, total * 5 * XT_MS);
	}
	xt_sleep_ms(40);
	end = xt_now();
	ASSERT_EQ(sizeof(count), read(self->fd, &count, sizeof(count)));
	total += count;
	EXPECT_GE(total, (end - earliest) / (5 * XT_MS) - 1);
}

TEST_F(timerfd, cancel_is_final)
{
	struct itimerspec spec = { .it_value = { 0, 30 * XT_MS } }, off = { 0 };

	ASSERT_EQ(0, timerfd_settime(self->fd, 0, &spec, NULL));
	ASSERT_EQ(0, timerfd_settime(self->fd, 0, &off, NULL));
	EXPECT_EQ(0, xt_poll_in(self->fd, 150));
}

/* A deadline that has passed when it is set must fire, not wait for wrap. */
TEST_F(timerfd, past_deadline_fires_at_once)
{
	struct itimerspec spec = { 0 };
	uint64_t count, start = xt_now();

	spec.it_value = to_timespec(start - XT_SEC / 2);
	ASSERT_EQ(0, timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &spec, NULL));
	ASSERT_EQ(1, xt_poll_in(self->fd, 2000));
	ASSERT_EQ(sizeof(count), read(self->fd, &count, sizeof(count)));
	EXPECT_EQ(1, count);
}

/* Reprogramming to sooner and to later, as the tick code does all the time. */
TEST_F(timerfd, reprogrammed_often)
{
	uint64_t seed = 7, count;

	for (int i = 0; i < 500; i++) {
		uint64_t now = xt_now();
		uint64_t at = now + 20 * XT_SEC - xt_random(&seed) % XT_SEC;
		struct itimerspec spec = { .it_value = to_timespec(at) };

		if (i % 50 == 49)
			spec.it_value = to_timespec(at = now + XT_MS);
		ASSERT_EQ(0, timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &spec,
					     NULL));
		if (i % 50 != 49)
			continue;
		ASSERT_EQ(1, xt_poll_in(self->fd, 5000));
		ASSERT_GE(xt_now(), at);
		ASSERT_EQ(sizeof(count), read(self->fd, &count, sizeof(count)));
	}
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	alarms++;
}

TEST(setitimer_one_shot)
{
	struct itimerval it = { .it_value = { 0, 20000 } };
	uint64_t start = xt_now();

	signal(SIGALRM, count_alarm);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &it, NULL));
	while (!alarms && xt_now() - start < LATE_NS)
		pause();
	EXPECT_GE(xt_now() - start, 20 * XT_MS);
	EXPECT_EQ(1, alarms);
	xt_sleep_ms(60);
	EXPECT_EQ(1, alarms);
}

TEST(setitimer_periodic)
{
	struct itimerval it = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };
	uint64_t start = xt_now();

	signal(SIGALRM, count_alarm);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &it, NULL));
	while (alarms < 30 && xt_now() - start < 10 * XT_SEC)
		usleep(1000);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &off, NULL));
	EXPECT_GE(alarms, 30);
	EXPECT_GE(xt_now() - start, alarms * 10 * XT_MS);
}

/* Process time: needs the tick to account for a busy loop. */
TEST(setitimer_virtual_counts_work)
{
	struct itimerval it = { .it_value = { 0, 50000 } };
	uint64_t start = xt_now(), used;

	signal(SIGVTALRM, count_alarm);
	ASSERT_EQ(0, setitimer(ITIMER_VIRTUAL, &it, NULL));
	while (!alarms && xt_now() - start < 15 * XT_SEC)
		;
	used = xt_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	EXPECT_EQ(1, alarms);
	/* Accounting may be by ticks of 10 ms at most. */
	EXPECT_GE(used, 40 * XT_MS);
}

struct sleeper {
	pthread_t thread;
	int cpu;
	int64_t worst;
};

static void *sleeper(void *arg)
{
	struct sleeper *s = arg;

	s->worst = sleep_on_cpu(s->cpu, TIMER_ABSTIME);
	return NULL;
}

/* All CPUs' timers at the same time, several on each. */
TEST(many_sleepers)
{
	struct sleeper s[32];
	int nr = xt_nr_online();

	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		s[i].cpu = xt_nth_cpu(i % nr);
		ASSERT_EQ(0, pthread_create(&s[i].thread, NULL, sleeper, &s[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		pthread_join(s[i].thread, NULL);
		EXPECT_GE(s[i].worst, 0);
		EXPECT_LT(s[i].worst, (int64_t)LATE_NS);
	}
}

/* An idle CPU takes a timer that is far away and still keeps its time. */
TEST(long_idle)
{
	uint64_t start = xt_now();

	xt_sleep_ms(2500);
	EXPECT_GE(xt_now() - start, 2500 * XT_MS);
	EXPECT_LT(xt_now() - start, 2500 * XT_MS + LATE_NS);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
