// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels through /dev/xen/evtchn: what each request promises, between
 * two ends that both belong to this domain.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

/* Long enough for an event that should not come to have come. */
#define QUIET_MS	100
#define MAX_PORT	0x7fffffffU

FIXTURE(evtchn) {
	int a, b;
	struct xt_evtchn_pair pair;
};

FIXTURE_SETUP(evtchn)
{
	XT_NEED_XEN();
	self->a = xt_evtchn_open();
	self->b = xt_evtchn_open();
	ASSERT_GE(self->a, 0);
	ASSERT_GE(self->b, 0);
	ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &self->pair));
}

FIXTURE_TEARDOWN(evtchn)
{
	close(self->a);
	close(self->b);
}

TEST_F(evtchn, ends_are_distinct)
{
	EXPECT_GT(self->pair.port[0], 0);
	EXPECT_GT(self->pair.port[1], 0);
	EXPECT_NE(self->pair.port[0], self->pair.port[1]);
}

TEST_F(evtchn, notify_reaches_the_other_end)
{
	/* Binding to a peer leaves that side pending once, by the ABI. */
	while (xt_evtchn_next(self->b, QUIET_MS) >= 0)
		ASSERT_EQ(0, xt_evtchn_unmask(self->b, self->pair.port[1]));
	ASSERT_EQ(0, xt_evtchn_notify(self->a, self->pair.port[0]));
	EXPECT_EQ(self->pair.port[1],
		  xt_evtchn_next(self->b, XT_EVTCHN_WAIT_MS));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(self->a, QUIET_MS));

	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
}

/* Until the port is written back it is silent; what came meanwhile is kept. */
TEST_F(evtchn, silent_until_written_back)
{
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	ASSERT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(self->a, QUIET_MS));
	ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pair.port[0]));
	/* Three notifications of a pending channel are one event. */
	EXPECT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
	ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pair.port[0]));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(self->a, QUIET_MS));
}

TEST_F(evtchn, write_back_of_foreign_port_is_ignored)
{
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	ASSERT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
	/* Wrong file: the port stays silent. */
	EXPECT_EQ(0, xt_evtchn_unmask(self->b, self->pair.port[0]));
	EXPECT_EQ(0, xt_evtchn_unmask(self->a, MAX_PORT));
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(self->a, QUIET_MS));
}

TEST_F(evtchn, unbind_with_event_pending)
{
	int port = self->pair.port[0], stale;

	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(1, xt_poll_in(self->a, XT_EVTCHN_WAIT_MS));
	ASSERT_EQ(0, xt_evtchn_unbind(self->a, port));
	EXPECT_EQ(-ENOTCONN, xt_evtchn_unbind(self->a, port));
	EXPECT_EQ(-ENOTCONN, xt_evtchn_notify(self->a, port));
	/* The other end lives on and may speak into the void. */
	EXPECT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	/* What was queued may still be read; writing it back does no harm. */
	stale = xt_evtchn_next(self->a, QUIET_MS);
	if (stale >= 0) {
		EXPECT_EQ(port, stale);
		EXPECT_EQ(0, xt_evtchn_unmask(self->a, stale));
	}
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(self->a, QUIET_MS));
	EXPECT_EQ(0, xt_evtchn_unbind(self->b, self->pair.port[1]));
}

TEST_F(evtchn, reset_empties_the_queue)
{
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	ASSERT_EQ(1, xt_poll_in(self->a, XT_EVTCHN_WAIT_MS));
	ASSERT_EQ(0, ioctl(self->a, IOCTL_EVTCHN_RESET));
	EXPECT_EQ(0, xt_poll_in(self->a, QUIET_MS));
	ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pair.port[0]));
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
}

TEST_F(evtchn, files_do_not_share_ports)
{
	EXPECT_EQ(-ENOTCONN, xt_evtchn_notify(self->b, self->pair.port[0]));
	EXPECT_EQ(-ENOTCONN, xt_evtchn_unbind(self->b, self->pair.port[0]));
	EXPECT_EQ(-ENOTCONN, xt_evtchn_notify(self->a, self->pair.port[1]));
}

TEST_F(evtchn, bad_requests_are_refused)
{
	struct ioctl_evtchn_bind_virq virq = { .virq = 1000 };
	uint32_t word = 0;

	EXPECT_EQ(-EINVAL, xt_evtchn_unbind(self->a, MAX_PORT));
	EXPECT_EQ(-ENOTCONN, xt_evtchn_notify(self->a, MAX_PORT));
	/* Nobody has this number; the port is not bound to us. */
	EXPECT_GT(0, xt_evtchn_bind_peer(self->a, 0x7abc, 1));
	EXPECT_GT(0, xt_evtchn_bind_peer(self->a, DOMID_SELF, MAX_PORT));
	/* A port that is already connected. */
	EXPECT_GT(0, xt_evtchn_bind_peer(self->a, DOMID_SELF,
					 self->pair.port[0]));
	EXPECT_EQ(-1, ioctl(self->a, IOCTL_EVTCHN_BIND_VIRQ, &virq));
	EXPECT_EQ(-1, ioctl(self->a, IOCTL_EVTCHN_NOTIFY, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->a, _IOC(_IOC_NONE, 'E', 200, 0)));
	/* Less than a port is no port. */
	EXPECT_EQ(0, write(self->a, &word, 3));
	EXPECT_EQ(0, read(self->a, &word, 3));
	EXPECT_EQ(-1, write(self->a, xt_bad_pointer(), sizeof(word)));
	EXPECT_EQ(EFAULT, errno);
	/* None of this hurt what was there. */
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
}

TEST_F(evtchn, failed_read_keeps_the_event)
{
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	ASSERT_EQ(1, xt_poll_in(self->a, XT_EVTCHN_WAIT_MS));
	EXPECT_EQ(-1, read(self->a, xt_bad_pointer(), sizeof(uint32_t)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(self->pair.port[0], xt_evtchn_next(self->a, QUIET_MS));
}

TEST_F(evtchn, read_without_event)
{
	uint32_t word;

	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(self->a, &word, sizeof(word)));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(evtchn, restrict_binds_to_one_domain)
{
	EXPECT_EQ(-EINVAL, xt_evtchn_restrict(self->a, 0));
	EXPECT_EQ(-EINVAL, xt_evtchn_restrict(self->a, DOMID_SELF));
	ASSERT_EQ(0, xt_evtchn_restrict(self->a, 0x7abc));
	EXPECT_EQ(-EACCES, xt_evtchn_restrict(self->a, 0x7abd));
	EXPECT_EQ(-EACCES, xt_evtchn_bind_unbound(self->a, DOMID_SELF));
	EXPECT_EQ(-EACCES, xt_evtchn_bind_peer(self->a, 0x7abd, 1));
	/* The allowed number gets as far as the hypervisor, which knows none. */
	EXPECT_NE(-EACCES, xt_evtchn_bind_peer(self->a, 0x7abc, 1));
	/* Whom a port leads to that is open already is not for it to choose. */
	EXPECT_EQ(-EACCES, xt_evtchn_bind_static(self->a, MAX_PORT));
	/* What was bound before goes on working. */
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	EXPECT_EQ(self->pair.port[0],
		  xt_evtchn_next(self->a, XT_EVTCHN_WAIT_MS));
}

/* A port that was open before: not one that nobody has opened. */
TEST_F(evtchn, static_port_has_to_be_open)
{
	int port = xt_evtchn_bind_unbound(self->a, DOMID_SELF);

	ASSERT_GT(port, 0);
	EXPECT_EQ(-EISCONN, xt_evtchn_bind_static(self->a, port));
	ASSERT_EQ(0, xt_evtchn_unbind(self->a, port));
	/* Mainline would go on to bind port 0, and never let go of it. */
	ASSERT_EQ(-EINVAL, xt_evtchn_bind_static(self->a, port));
	EXPECT_GT(0, xt_evtchn_bind_static(self->a, MAX_PORT));
	EXPECT_GT(0, xt_evtchn_bind_static(self->a, 0));
}

struct blocked {
	int fd;
	int port;
};

static void *blocked_reader(void *arg)
{
	struct blocked *reader = arg;
	uint32_t port;

	if (read(reader->fd, &port, sizeof(port)) == sizeof(port))
		reader->port = port;
	return NULL;
}

TEST_F(evtchn, blocked_reader_wakes)
{
	struct blocked reader = { self->a, -1 };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &reader));
	xt_sleep_ms(50);
	ASSERT_EQ(-1, reader.port);
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	pthread_join(thread, NULL);
	EXPECT_EQ(self->pair.port[0], reader.port);
}

static volatile sig_atomic_t sigios;

static void on_sigio(int sig)
{
	sigios++;
}

TEST_F(evtchn, asynchronous_notice)
{
	signal(SIGIO, on_sigio);
	ASSERT_EQ(0, fcntl(self->a, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_ASYNC));
	ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pair.port[1]));
	for (int i = 0; i < 500 && !sigios; i++)
		xt_sleep_ms(10);
	EXPECT_EQ(1, sigios);
}

/* Closing the file is an unbind of all it had, events pending or not. */
TEST_F(evtchn, close_gives_everything_back)
{
	int before = xt_count_lines("/proc/interrupts", "evtchn:");

	ASSERT_GE(before, 2);
	for (int round = 0; round < 20; round++) {
		struct xt_evtchn_pair pair;
		int a = xt_evtchn_open(), b = xt_evtchn_open();

		ASSERT_GE(a, 0);
		ASSERT_GE(b, 0);
		for (int i = 0; i < 4; i++) {
			ASSERT_EQ(0, xt_evtchn_loop(a, b, &pair));
			ASSERT_EQ(0, xt_evtchn_notify(b, pair.port[1]));
		}
		close(round & 1 ? a : b);
		close(round & 1 ? b : a);
	}
	EXPECT_EQ(before, xt_count_lines("/proc/interrupts", "evtchn:"));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
