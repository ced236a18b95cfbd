// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels in numbers: many ports, many events, several CPUs; none lost,
 * none twice, and on the CPU that was asked for.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define MANY		140
#define ROUNDS		150
#define PING_PONGS	300

FIXTURE(load) {
	int a, b;
};

FIXTURE_SETUP(load)
{
	XT_NEED_XEN();
	self->a = xt_evtchn_open();
	self->b = xt_evtchn_open();
	ASSERT_GE(self->a, 0);
	ASSERT_GE(self->b, 0);
}

FIXTURE_TEARDOWN(load)
{
	close(self->a);
	close(self->b);
}

/* Empties fd's queue into seen[], indexed by port; returns how many. */
static int drain(int fd, unsigned char *seen, size_t size, int expect)
{
	uint32_t ports[512];
	int total = 0;

	while (xt_poll_in(fd, total < expect ? XT_EVTCHN_WAIT_MS : 100) == 1) {
		ssize_t got = read(fd, ports, sizeof(ports));

		if (got <= 0 || got % sizeof(*ports))
			return -EIO;
		for (size_t i = 0; i < got / sizeof(*ports); i++) {
			if (ports[i] >= size || seen[ports[i]]++)
				return -EEXIST;
			total++;
		}
		if (write(fd, ports, got) != got)
			return -EIO;
	}
	return total;
}

/*
 * The queue has room for each bound port, and events are in it while there
 * come more.
 */
TEST_F(load, many_ports_each_once)
{
	static unsigned char seen[1 << 16];
	struct xt_evtchn_pair pairs[MANY];

	for (int i = 0; i < MANY; i++) {
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &pairs[i]))
			TH_LOG("pair %d", i);
		ASSERT_EQ(0, xt_evtchn_notify(self->b, pairs[i].port[1]));
	}
	ASSERT_EQ(MANY, drain(self->a, seen, sizeof(seen), MANY));
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(1, seen[pairs[i].port[0]]);

	/* Again, now that the queue has its size, backwards. */
	memset(seen, 0, sizeof(seen));
	for (int i = MANY; i--;)
		ASSERT_EQ(0, xt_evtchn_notify(self->b, pairs[i].port[1]));
	EXPECT_EQ(MANY, drain(self->a, seen, sizeof(seen), MANY));
}

/* More events than the queue has slots: its indices wrap. */
TEST_F(load, queue_wraps)
{
	struct xt_evtchn_pair pairs[3];

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &pairs[i]));
	for (int round = 0; round < ROUNDS; round++) {
		int i = round % 3, got;

		ASSERT_EQ(0, xt_evtchn_notify(self->b, pairs[i].port[1]));
		got = xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS);
		ASSERT_EQ(pairs[i].port[0], got)
			TH_LOG("round %d", round);
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, got));
	}
}

TEST_F(load, ports_come_and_go)
{
	struct xt_evtchn_pair pair;

	for (int round = 0; round < 50; round++) {
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &pair));
		ASSERT_EQ(0, xt_evtchn_notify(self->b, pair.port[1]));
		if (round & 1) {
			ASSERT_EQ(pair.port[0],
				  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
		}
		ASSERT_EQ(0, xt_evtchn_unbind(self->a, pair.port[0]));
		ASSERT_EQ(0, xt_evtchn_unbind(self->b, pair.port[1]));
		ASSERT_EQ(0, ioctl(self->a, IOCTL_EVTCHN_RESET));
	}
}

struct ponger {
	int fd, port, cpu, count;
	int status;
};

/* Answers each event with one; an event lost is a time-out. */
static void *pong(void *arg)
{
	struct ponger *p = arg;

	p->status = xt_pin(p->cpu);
	for (int i = 0; i < p->count && !p->status; i++) {
		int got = xt_evtchn_next(p->fd, XT_EVTCHN_WAIT_MS);

		if (got != p->port) {
			p->status = got < 0 ? got : -EPROTO;
			break;
		}
		p->status = xt_evtchn_unmask(p->fd, p->port) ?:
			    xt_evtchn_notify(p->fd, p->port);
	}
	return NULL;
}

TEST_F(load, ping_pong_loses_none)
{
	struct xt_evtchn_pair pair;
	struct ponger peer;
	pthread_t thread;

	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &pair));
	/* Binding may have left an event on either side. */
	while (xt_evtchn_next(self->a, 50) >= 0)
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, pair.port[0]));
	while (xt_evtchn_next(self->b, 50) >= 0)
		ASSERT_EQ(0, xt_evtchn_unmask(self->b, pair.port[1]));
	peer = (struct ponger) {
		.fd = self->b, .port = pair.port[1], .count = PING_PONGS,
		.cpu = xt_nth_cpu(xt_nr_online() - 1),
	};
	ASSERT_EQ(0, xt_pin(xt_nth_cpu(0)));
	ASSERT_EQ(0, pthread_create(&thread, NULL, pong, &peer));
	for (int i = 0; i < PING_PONGS; i++) {
		ASSERT_EQ(0, xt_evtchn_notify(self->a, pair.port[0]));
		ASSERT_EQ(pair.port[0],
			  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS))
			TH_LOG("round %d, peer %d", i, peer.status);
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, pair.port[0]));
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, peer.status);
}

struct shouter {
	int fd, port;
	volatile bool stop;
};

static void *shout(void *arg)
{
	struct shouter *s = arg;

	while (!s->stop)
		xt_evtchn_notify(s->fd, s->port);
	return NULL;
}

/* A peer that never stops must not keep the reader from its other channels. */
TEST_F(load, storm_does_not_starve)
{
	struct xt_evtchn_pair loud, quiet;
	struct shouter s;
	pthread_t thread;

	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &loud));
	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &quiet));
	s = (struct shouter) { .fd = self->b, .port = loud.port[1] };
	ASSERT_EQ(0, pthread_create(&thread, NULL, shout, &s));
	/* It shouts before anybody is to be heard beside it. */
	ASSERT_EQ(loud.port[0], xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
	ASSERT_EQ(0, xt_evtchn_unmask(self->a, loud.port[0]));
	for (int i = 0; i < 20; i++) {
		uint64_t until = xt_now() + 10 * XT_SEC;
		int got;

		ASSERT_EQ(0, xt_evtchn_notify(self->b, quiet.port[1]));
		do {
			got = xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS);
			ASSERT_GT(got, 0);
			ASSERT_EQ(0, xt_evtchn_unmask(self->a, got));
		} while (got != quiet.port[0] && xt_now() < until);
		ASSERT_EQ(quiet.port[0], got);
	}
	s.stop = true;
	pthread_join(thread, NULL);
}

/* An interrupt's count on one CPU; -1 when there is none. */
static long irq_count(int irq, int column)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[2048], *p;
	long count = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (atoi(line) != irq || !strchr(line, ':'))
			continue;
		p = strchr(line, ':') + 1;
		for (int i = 0; i <= column; i++)
			count = strtol(p, &p, 10);
		break;
	}
	if (f)
		fclose(f);
	return count;
}

/* Events go to the CPU that smp_affinity names. */
TEST_F(load, affinity)
{
	struct xt_evtchn_pair pair;
	char path[64];
	int irq, own;

	XT_NEED_CPUS(2);
	/* The interrupt's name carries the opener's. */
	ASSERT_EQ(0, prctl(PR_SET_NAME, "xt-affinity"));
	own = xt_evtchn_open();
	ASSERT_GE(own, 0);
	ASSERT_EQ(0, xt_evtchn_loop(own, self->b, &pair));
	irq = xt_irq_of("evtchn:xt-affinity");
	ASSERT_GE(irq, 0);
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	for (int n = 0; n < xt_nr_online(); n++) {
		long before;

		ASSERT_EQ(0, xt_write_ulong(path, xt_nth_cpu(n)));
		before = irq_count(irq, n);
		for (int i = 0; i < 20; i++) {
			ASSERT_EQ(0, xt_evtchn_notify(self->b, pair.port[1]));
			ASSERT_EQ(pair.port[0],
				  xt_evtchn_next(own, XT_EVTCHN_WAIT_MS));
			ASSERT_EQ(0, xt_evtchn_unmask(own, pair.port[0]));
		}
		/* The first may still have been on its way to the old CPU. */
		EXPECT_GE(irq_count(irq, n) - before, 19)
			TH_LOG("CPU %d", xt_nth_cpu(n));
	}
	close(own);
}

/* The CPU that an interrupt goes to. */
static long goes_to(int irq)
{
	unsigned long cpu;
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%d/effective_affinity_list", irq);
	return xt_read_ulong(path, &cpu) ? -1 : cpu;
}

/* Events come to where they are served, if smp_affinity allows that. */
TEST_F(load, follows_its_reader)
{
	struct xt_evtchn_pair pair;
	int irq, own, got, first, cpu;
	char path[64];

	XT_NEED_CPUS(2);
	ASSERT_EQ(0, prctl(PR_SET_NAME, "xt-follow"));
	own = xt_evtchn_open();
	ASSERT_GE(own, 0);
	ASSERT_EQ(0, xt_evtchn_loop(own, self->b, &pair));
	irq = xt_irq_of("evtchn:xt-follow");
	ASSERT_GE(irq, 0);
	first = xt_nth_cpu(0);
	for (int n = 0; n <= xt_nr_online(); n++) {
		cpu = xt_nth_cpu(n % xt_nr_online());
		ASSERT_EQ(0, xt_pin(cpu));
		/* The last time round it has to stay where it is. */
		if (n == xt_nr_online()) {
			snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
			first = xt_nth_cpu(1);
			ASSERT_EQ(0, xt_write_ulong(path, first));
		}
		for (int i = 0; i < 30; i++) {
			ASSERT_EQ(0, xt_evtchn_notify(self->b, pair.port[1]));
			got = xt_evtchn_next(own, XT_EVTCHN_WAIT_MS);
			ASSERT_EQ(pair.port[0], got);
			ASSERT_EQ(0, xt_evtchn_unmask(own, got));
		}
		EXPECT_EQ(n == xt_nr_online() ? first : cpu, goes_to(irq));
	}
	xt_unpin();
	close(own);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
