// SPDX-License-Identifier: GPL-2.0
/*
 * Clocks: never backwards on any CPU, the same through vDSO and system call,
 * and as fast as the hypervisor says.
 */
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define SYSFS_CLOCK	"/sys/devices/system/clocksource/clocksource0/"
#define CURRENT_CLOCK	SYSFS_CLOCK "current_clocksource"
#define OFFERED_CLOCKS	SYSFS_CLOCK "available_clocksource"

/*
 * A baton goes round the CPUs: each holder must read a time that is not before
 * the one that the last holder left.  Any offset between CPUs that a program
 * can see, this sees.
 */
struct relay {
	clockid_t clock;
	int nr;
	int turn;
	int laps;
	uint64_t last;
	uint64_t worst_ns;
	unsigned int backwards;
};

struct runner {
	struct relay *relay;
	int me;
	pthread_t thread;
};

static void *run_relay(void *arg)
{
	struct runner *r = arg;
	struct relay *relay = r->relay;

	xt_pin(xt_nth_cpu(r->me));
	for (int lap = 0; lap < relay->laps; lap++) {
		uint64_t now;

		while (__atomic_load_n(&relay->turn, __ATOMIC_ACQUIRE) !=
		       lap * relay->nr + r->me)
			sched_yield();
		for (int i = 0; i < 8; i++) {
			now = xt_clock_ns(relay->clock);
			if (now < relay->last) {
				relay->backwards++;
				if (relay->last - now > relay->worst_ns)
					relay->worst_ns = relay->last - now;
			}
			relay->last = now;
		}
		__atomic_add_fetch(&relay->turn, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static int relay_round(struct relay *relay)
{
	struct runner runners[64];

	if (relay->nr > 64)
		relay->nr = 64;
	for (int i = 0; i < relay->nr; i++) {
		runners[i].relay = relay;
		runners[i].me = i;
		if (pthread_create(&runners[i].thread, NULL, run_relay,
				   &runners[i]))
			return -EAGAIN;
	}
	for (int i = 0; i < relay->nr; i++)
		pthread_join(runners[i].thread, NULL);
	return 0;
}

FIXTURE(clock) {
	int unused;
};

FIXTURE_VARIANT(clock) {
	clockid_t id;
};

FIXTURE_VARIANT_ADD(clock, monotonic) { .id = CLOCK_MONOTONIC };
FIXTURE_VARIANT_ADD(clock, monotonic_raw) { .id = CLOCK_MONOTONIC_RAW };
FIXTURE_VARIANT_ADD(clock, boottime) { .id = CLOCK_BOOTTIME };
FIXTURE_VARIANT_ADD(clock, monotonic_coarse) { .id = CLOCK_MONOTONIC_COARSE };

FIXTURE_SETUP(clock)
{
}

FIXTURE_TEARDOWN(clock)
{
}

TEST_F(clock, never_backwards_across_cpus)
{
	struct relay relay = {
		.clock = variant->id, .nr = xt_nr_online(), .laps = 200,
	};

	ASSERT_EQ(0, relay_round(&relay));
	EXPECT_EQ(0, relay.backwards)
		TH_LOG("worst step back %llu ns",
		       (unsigned long long)relay.worst_ns);
}

/* A time read by system call lies between two read through the vDSO. */
TEST_F(clock, vdso_agrees_with_system_call)
{
	for (int i = 0; i < 5000; i++) {
		uint64_t before = xt_clock_ns(variant->id), between, after;
		struct timespec ts;

		syscall(SYS_clock_gettime, variant->id, &ts);
		between = ts.tv_sec * XT_SEC + ts.tv_nsec;
		after = xt_clock_ns(variant->id);
		ASSERT_LE(before, between);
		ASSERT_LE(between, after);
	}
}

TEST_F(clock, advances)
{
	uint64_t start = xt_clock_ns(variant->id);

	xt_sleep_ms(100);
	/* A coarse clock stands still for up to a tick, 10 ms at HZ=100. */
	EXPECT_GE(xt_clock_ns(variant->id) - start, 89 * XT_MS);
}

TEST(current_source_fits_role)
{
	char text[64];

	ASSERT_GT(xt_read_text(CURRENT_CLOCK, text, sizeof(text)), 0);
	if (!xt_role_is_xen(xt_role())) {
		EXPECT_STRNE("xen", text);
		return;
	}
	/* tsc where the hypervisor vouches for it, else xen. */
	EXPECT_TRUE(!strcmp(text, "xen") || !strcmp(text, "tsc"))
		TH_LOG("current: %s", text);
}

/*
 * Whatever is current, the xen source itself must hold what the others do:
 * the kernel may be told to use it at any time.
 */
FIXTURE(xen_source) {
	char was[64];
};

FIXTURE_SETUP(xen_source)
{
	XT_NEED_XEN();
	ASSERT_GT(xt_read_text(CURRENT_CLOCK, self->was, sizeof(self->was)), 0);
	ASSERT_EQ(0, xt_write_text(CURRENT_CLOCK, "xen"));
}

FIXTURE_TEARDOWN_PARENT(xen_source)
{
	if (self->was[0])
		xt_write_text(CURRENT_CLOCK, self->was);
}

TEST_F(xen_source, can_be_chosen)
{
	char text[64];

	ASSERT_GT(xt_read_text(CURRENT_CLOCK, text, sizeof(text)), 0);
	EXPECT_STREQ("xen", text);
}

TEST_F(xen_source, never_backwards_across_cpus)
{
	struct relay relay = {
		.clock = CLOCK_MONOTONIC_RAW, .nr = xt_nr_online(), .laps = 200,
	};

	ASSERT_EQ(0, relay_round(&relay));
	EXPECT_EQ(0, relay.backwards)
		TH_LOG("worst step back %llu ns",
		       (unsigned long long)relay.worst_ns);
}

/* Time must not jump when the source is changed and changed back. */
TEST_F(xen_source, change_of_source_keeps_time)
{
	uint64_t raw, mono, lo, hi;

	for (int i = 0; i < 5; i++) {
		lo = xt_clock_ns(CLOCK_MONOTONIC);
		ASSERT_EQ(0, xt_write_text(CURRENT_CLOCK, i & 1 ? "xen" : self->was));
		mono = xt_clock_ns(CLOCK_MONOTONIC);
		raw = xt_clock_ns(CLOCK_BOOTTIME);
		hi = xt_clock_ns(CLOCK_MONOTONIC);
		EXPECT_LE(lo, mono);
		EXPECT_LE(mono, raw);
		EXPECT_LT(hi - lo, 5 * XT_SEC);
	}
}

static uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi) :: "memory");
	return (uint64_t)hi << 32 | lo;
}

/* A TSC value and a clock value that belong together to within *slack ns. */
static void sample(clockid_t clock, uint64_t *tsc, uint64_t *ns, uint64_t *slack)
{
	*slack = UINT64_MAX;
	for (int i = 0; i < 50; i++) {
		uint64_t before = xt_clock_ns(clock), t = rdtsc();
		uint64_t after = xt_clock_ns(clock);

		if (after - before < *slack) {
			*slack = after - before;
			*tsc = t;
			*ns = before + (after - before) / 2;
		}
	}
}

/*
 * The hypervisor states the guest's TSC frequency; the raw clock must run at
 * that rate within 500 ppm, however slow the machine.
 */
TEST(rate_agrees_with_hypervisor_tsc)
{
	uint64_t tsc0, tsc1, ns0, ns1, slack0, slack1, expect, error, limit;
	struct xt_cpuid id;
	uint32_t khz;

	XT_NEED_XEN();
	ASSERT_TRUE(xt_xen_leaf(3, 0, &id));
	khz = id.ecx;
	if (!khz) {
		/* The control domain is given the machine's own TSC. */
		ASSERT_TRUE(xt_xen_leaf(3, 2, &id));
		khz = id.eax;
	}
	ASSERT_NE(0, khz);
	ASSERT_EQ(0, xt_pin(xt_nth_cpu(0)));
	sample(CLOCK_MONOTONIC_RAW, &tsc0, &ns0, &slack0);
	xt_sleep_ms(1500);
	sample(CLOCK_MONOTONIC_RAW, &tsc1, &ns1, &slack1);
	expect = (double)(tsc1 - tsc0) * 1e6 / khz;
	error = expect > ns1 - ns0 ? expect - (ns1 - ns0) : ns1 - ns0 - expect;
	limit = (ns1 - ns0) / 2000 + slack0 + slack1;
	EXPECT_LE(error, limit)
		TH_LOG("%llu ns by the clock, %llu by the TSC at %u kHz",
		       (unsigned long long)(ns1 - ns0),
		       (unsigned long long)expect, khz);
}

/* The hypervisor's own count of time, through a hypercall where that is allowed. */
TEST(rate_agrees_with_hypervisor_clock)
{
	uint64_t lo0, hi0, lo1, hi1;
	int64_t hyp0, hyp1;
	int fd;

	XT_NEED_XEN();
	fd = xt_privcmd_open();
	ASSERT_GE(fd, 0);
	lo0 = xt_clock_ns(CLOCK_MONOTONIC_RAW);
	hyp0 = xt_hypervisor_ns(fd, 0);
	hi0 = xt_clock_ns(CLOCK_MONOTONIC_RAW);
	if (hyp0 == -EPERM && !xt_role_is_dom0(xt_role()))
		SKIP(return, "role %s: hypercalls from user space are refused",
		     xt_role_name(xt_role()));
	ASSERT_GT(hyp0, 0);
	xt_sleep_ms(1500);
	lo1 = xt_clock_ns(CLOCK_MONOTONIC_RAW);
	hyp1 = xt_hypervisor_ns(fd, 0);
	hi1 = xt_clock_ns(CLOCK_MONOTONIC_RAW);
	ASSERT_GT(hyp1, 0);
	/* Between the shortest and the longest that we saw, give 500 ppm. */
	EXPECT_GE(hyp1 - hyp0, (int64_t)((lo1 - hi0) - (lo1 - hi0) / 2000));
	EXPECT_LE(hyp1 - hyp0, (int64_t)((hi1 - lo0) + (hi1 - lo0) / 2000));
}

TEST(realtime_is_not_before_the_kernel)
{
	/* 2024-01-01: a wall clock that was never set starts in 1970. */
	EXPECT_GT(xt_clock_ns(CLOCK_REALTIME), 1704067200ULL * XT_SEC);
}

TEST(realtime_follows_monotonic)
{
	uint64_t real = xt_clock_ns(CLOCK_REALTIME), mono = xt_now();
	int64_t drift;

	xt_sleep_ms(1000);
	drift = (xt_clock_ns(CLOCK_REALTIME) - real) - (xt_now() - mono);
	EXPECT_LT(drift, (int64_t)(200 * XT_MS));
	EXPECT_GT(drift, -(int64_t)(200 * XT_MS));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
