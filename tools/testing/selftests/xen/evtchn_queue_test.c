// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of a /dev/xen/evtchn file: what a read finds in it, in which order,
 * and what becomes of it when reads and writes are short, odd, in vain or many.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define QUIET_MS	100
#define PORTS		5
#define WORD		sizeof(uint32_t)
/* More than any ring has slots at first. */
#define UNREAD		600
#define ROUNDS		300

FIXTURE(queue) {
	int a, b;
	struct xt_evtchn_pair pairs[PORTS];
};

FIXTURE_SETUP(queue)
{
	XT_NEED_XEN();
	self->a = xt_evtchn_open();
	self->b = xt_evtchn_open();
	ASSERT_GE(self->a, 0);
	ASSERT_GE(self->b, 0);
	for (int i = 0; i < PORTS; i++)
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, &self->pairs[i]));
}

FIXTURE_TEARDOWN(queue)
{
	close(self->a);
	close(self->b);
}

/* Raises the first n ports of a, one after the other; 0 or -errno. */
static int raise_ports(struct _test_data_queue *self, int n)
{
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		err = xt_evtchn_notify(self->b, self->pairs[i].port[1]);
		/* Each may be on its way to another CPU. */
		xt_sleep_ms(20);
	}
	return err;
}

/* How many events are in the queue; they are served. */
static int count_and_serve(int fd)
{
	int count = 0, port;

	while ((port = xt_evtchn_next(fd, QUIET_MS)) > 0) {
		if (xt_evtchn_unmask(fd, port))
			return -EIO;
		count++;
	}
	return port == -ETIMEDOUT ? count : port;
}

static short polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, QUIET_MS) < 0 ? -1 : p.revents;
}

TEST_F(queue, poll_tells_what_can_be_done)
{
	EXPECT_EQ(POLLOUT, polled(self->a));
	ASSERT_EQ(0, raise_ports(self, 1));
	ASSERT_EQ(1, xt_poll_in(self->a, XT_EVTCHN_WAIT_MS));
	EXPECT_EQ(POLLIN | POLLOUT, polled(self->a));
	EXPECT_EQ(1, count_and_serve(self->a));
	EXPECT_EQ(POLLOUT, polled(self->a));
}

TEST_F(queue, first_raised_first_read)
{
	uint32_t ports[PORTS + 1];

	ASSERT_EQ(0, raise_ports(self, PORTS));
	ASSERT_EQ(PORTS * WORD, read(self->a, ports, sizeof(ports)));
	for (int i = 0; i < PORTS; i++)
		EXPECT_EQ(self->pairs[i].port[0], ports[i]);
	/* All at once, and a number that nobody has in between. */
	ports[PORTS] = ports[0];
	ports[0] = 0x7fffffff;
	ASSERT_EQ(sizeof(ports), write(self->a, ports, sizeof(ports)));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(PORTS, count_and_serve(self->a));
}

/* A read takes whole numbers, as many as there is room for; a write too. */
TEST_F(queue, short_and_odd_sizes)
{
	struct {
		uint32_t port[3];
	} buf = {};

	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(0, read(self->a, &buf, 0));
	EXPECT_EQ(WORD, read(self->a, &buf, 2 * WORD - 1));
	EXPECT_EQ(self->pairs[0].port[0], buf.port[0]);
	EXPECT_EQ(0, buf.port[1]);
	EXPECT_EQ(2 * WORD, read(self->a, &buf, 3 * WORD - 2));
	EXPECT_EQ(self->pairs[1].port[0], buf.port[0]);
	EXPECT_EQ(self->pairs[2].port[0], buf.port[1]);
	EXPECT_EQ(2, count_and_serve(self->a));

	/* Ports 1 and 2: of these the write has the first and half of the second. */
	EXPECT_EQ(WORD, write(self->a, &buf, 2 * WORD - 2));
	EXPECT_EQ(0, write(self->a, &buf, 0));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(3, count_and_serve(self->a));
}

/* One more than a page, of which only the beginning is real. */
TEST_F(queue, fault_half_way_loses_nothing)
{
	char *area = mmap(NULL, 2 * XT_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t *edge;
	ssize_t got;

	ASSERT_NE(MAP_FAILED, area);
	ASSERT_EQ(0, munmap(area + XT_PAGE, XT_PAGE));
	edge = (uint32_t *)(area + XT_PAGE) - 2;
	ASSERT_EQ(0, raise_ports(self, PORTS));
	got = read(self->a, edge, PORTS * WORD);
	if (got < 0) {
		EXPECT_EQ(EFAULT, errno);
		got = 0;
	} else {
		ASSERT_EQ(2 * WORD, got);
		EXPECT_EQ(self->pairs[1].port[0], edge[1]);
	}
	EXPECT_EQ(PORTS - got / WORD, count_and_serve(self->a));

	/* What was read is written back, with a fault behind it, until it is. */
	edge[0] = self->pairs[0].port[0];
	edge[1] = self->pairs[1].port[0];
	if (write(self->a, edge, 3 * WORD) != 2 * WORD) {
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(2 * WORD, write(self->a, edge, 2 * WORD));
	}
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(PORTS, count_and_serve(self->a));
	munmap(area, XT_PAGE);
}

/* Who serves without reading finds each port that was raised once. */
TEST_F(queue, unread_events_cannot_overflow)
{
	uint32_t ports[PORTS];

	for (int i = 0; i < UNREAD; i++) {
		struct xt_evtchn_pair *pair = &self->pairs[i % PORTS];

		ASSERT_EQ(0, xt_evtchn_notify(self->b, pair->port[1]));
		ASSERT_EQ(1, xt_poll_in(self->a, XT_EVTCHN_WAIT_MS));
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, pair->port[0]));
	}
	xt_sleep_ms(QUIET_MS);
	EXPECT_EQ(PORTS * WORD, read(self->a, ports, sizeof(ports)))
		TH_LOG("errno %d", errno);
	ASSERT_EQ(0, ioctl(self->a, IOCTL_EVTCHN_RESET));
	for (int i = 0; i < PORTS; i++)
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pairs[i].port[0]));
	EXPECT_LE(0, count_and_serve(self->a));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(PORTS, count_and_serve(self->a));
}

/* RESET forgets what was raised, not that it has to be served. */
TEST_F(queue, reset_serves_nobody)
{
	ASSERT_EQ(0, raise_ports(self, PORTS));
	ASSERT_EQ(0, ioctl(self->a, IOCTL_EVTCHN_RESET));
	EXPECT_EQ(POLLOUT, polled(self->a));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(POLLOUT, polled(self->a));
	for (int i = 0; i < PORTS; i++)
		ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pairs[i].port[0]));
	EXPECT_EQ(PORTS, count_and_serve(self->a));
}

/* A port that is not ours any more is not read any more. */
TEST_F(queue, unbound_ports_leave_it)
{
	uint32_t ports[PORTS];

	ASSERT_EQ(0, raise_ports(self, PORTS));
	ASSERT_EQ(0, xt_evtchn_unbind(self->a, self->pairs[1].port[0]));
	ASSERT_EQ(0, xt_evtchn_unbind(self->a, self->pairs[PORTS - 1].port[0]));
	EXPECT_EQ((PORTS - 2) * WORD, read(self->a, ports, sizeof(ports)));
	EXPECT_EQ(self->pairs[0].port[0], ports[0]);
	EXPECT_EQ(self->pairs[2].port[0], ports[1]);
}

static volatile sig_atomic_t sigios;

static void on_sigio(int sig)
{
	sigios++;
}

/* One signal each time that the queue is not empty any more. */
TEST_F(queue, signal_each_time_it_fills)
{
	signal(SIGIO, on_sigio);
	ASSERT_EQ(0, fcntl(self->a, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_ASYNC | O_NONBLOCK));
	for (int round = 1; round <= 3; round++) {
		ASSERT_EQ(0, raise_ports(self, PORTS));
		for (int i = 0; i < 500 && sigios < round; i++)
			xt_sleep_ms(10);
		EXPECT_EQ(round, sigios);
		EXPECT_EQ(PORTS, count_and_serve(self->a));
	}
	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, raise_ports(self, 1));
	EXPECT_EQ(1, count_and_serve(self->a));
	EXPECT_EQ(3, sigios);
}

/* A file is one queue for all who inherited it, and lives until the last closes it. */
TEST_F(queue, shared_by_fork)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, raise_ports(self, 2));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		uint32_t port = 0;

		if (read(self->a, &port, WORD) != WORD)
			_exit(1);
		_exit(port != self->pairs[0].port[0]);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* The rest is ours; the child's event may be served by anybody. */
	EXPECT_EQ(1, count_and_serve(self->a));
	ASSERT_EQ(0, xt_evtchn_unmask(self->a, self->pairs[0].port[0]));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_EQ(PORTS, count_and_serve(self->a));
}

struct crowd {
	int fd;
	atomic_bool stop;
	atomic_int served, errors;
};

/* Reads and serves one event at a time, beside others who do the same. */
static void *one_of_many(void *arg)
{
	struct crowd *crowd = arg;

	while (!crowd->stop) {
		uint32_t port;

		if (xt_poll_in(crowd->fd, 20) != 1)
			continue;
		if (read(crowd->fd, &port, WORD) != WORD) {
			/* Somebody was faster. */
			crowd->errors += errno != EAGAIN;
			continue;
		}
		crowd->served++;
		crowd->errors += write(crowd->fd, &port, WORD) != WORD;
	}
	return NULL;
}

/* Each event goes to one of the readers. */
TEST_F(queue, many_readers)
{
	struct crowd crowd = { .fd = self->a };
	pthread_t threads[4];

	ASSERT_EQ(0, fcntl(self->a, F_SETFL, O_NONBLOCK));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, one_of_many, &crowd));
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, xt_evtchn_notify(self->b, self->pairs[i % PORTS].port[1]));
		for (int ms = 0; ms < XT_EVTCHN_WAIT_MS && crowd.served <= i; ms++)
			xt_sleep_ms(1);
		ASSERT_EQ(i + 1, crowd.served);
	}
	crowd.stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(ROUNDS, crowd.served);
	EXPECT_EQ(0, crowd.errors);
	EXPECT_EQ(0, count_and_serve(self->a));
}

/* Uses a port that comes and goes, as fast as it can. */
static void *intruder(void *arg)
{
	struct _test_data_queue *self = arg;
	int port = self->pairs[0].port[0];

	for (int i = 0; i < 2000; i++) {
		int err = xt_evtchn_notify(self->a, port);

		xt_evtchn_notify(self->b, self->pairs[0].port[1]);
		if ((err && err != -ENOTCONN) || xt_evtchn_unmask(self->a, port))
			return (void *)1;
	}
	return NULL;
}

TEST_F(queue, unbind_while_it_is_used)
{
	pthread_t threads[2];
	void *bad;

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, intruder, self));
	for (int i = 0; i < 100; i++) {
		struct xt_evtchn_pair *pair = &self->pairs[0];

		ASSERT_EQ(0, xt_evtchn_unbind(self->a, pair->port[0]));
		ASSERT_EQ(0, xt_evtchn_unbind(self->b, pair->port[1]));
		ASSERT_EQ(0, xt_evtchn_loop(self->a, self->b, pair));
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
	EXPECT_LE(0, count_and_serve(self->a));
	ASSERT_EQ(0, raise_ports(self, PORTS));
	EXPECT_LE(PORTS - 1, count_and_serve(self->a));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
