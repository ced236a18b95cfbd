// SPDX-License-Identifier: GPL-2.0
/*
 * The grant table's end: whoever asks for more gets an error, everybody else
 * goes on, and what is given back can be had again.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define LIMIT		"/sys/module/xen_gntalloc/parameters/limit"
#define CHUNK		128
#define MOST		(64 * 1024)
#define LEAVE_KB	(48 * 1024)
#define IO_SECONDS	30
#define SECONDS		120

FIXTURE(table) {
	int fd, domid, held;
	unsigned long was;
	int error;
};

/* Each grant pins a page: a domain with little memory ends before its table does. */
static bool memory_left(void)
{
	char text[256];
	char *p;

	if (xt_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return false;
	p = strstr(text, "MemAvailable:");
	return p && atol(p + 13) > LEAVE_KB;
}

FIXTURE_SETUP(table)
{
	XT_NEED_XEN();
	self->domid = xt_own_domid();
	ASSERT_GE(self->domid, 0);
	self->fd = xt_gntalloc_open();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, xt_read_ulong(LIMIT, &self->was));
	ASSERT_EQ(0, xt_write_ulong(LIMIT, MOST));
}

FIXTURE_TEARDOWN_PARENT(table)
{
	if (self->was)
		xt_write_ulong(LIMIT, self->was);
}

/* Takes all that there is, at first in large pieces; returns how many, the error in self->error. */
static int exhaust(int fd, int domid, int *error)
{
	int held = 0;

	for (int piece = CHUNK; piece; piece /= 2) {
		struct xt_grants g;

		while (held < MOST && memory_left()) {
			*error = xt_gntalloc(fd, domid, true, piece, &g);
			if (*error)
				break;
			held += piece;
		}
	}
	return held;
}

TEST_F_TIMEOUT(table, its_end_is_an_error, SECONDS)
{
	int first, second;

	first = exhaust(self->fd, self->domid, &self->error);
	if (!memory_left())
		SKIP(return, "memory ends before the grant table");
	EXPECT_EQ(-ENOSPC, self->error);
	EXPECT_GT(first, 1000);
	close(self->fd);

	self->fd = xt_gntalloc_open();
	ASSERT_GE(self->fd, 0);
	second = exhaust(self->fd, self->domid, &self->error);
	/* what devices hold at the moment differs */
	EXPECT_GT(second, first - 512)
		TH_LOG("error %d, memory %s", self->error, memory_left() ? "left" : "gone");
	close(self->fd);
}

/* A frontend that finds no grant waits for one. */
TEST_F_TIMEOUT(table, devices_go_on_afterwards, SECONDS)
{
	int status = -1;
	glob_t disks;
	pid_t reader;

	if (glob("/dev/xvd*", 0, NULL, &disks))
		SKIP(return, "no disk of another domain");
	self->held = exhaust(self->fd, self->domid, &self->error);
	reader = fork();
	if (!reader) {
		int disk = open(disks.gl_pathv[0], O_RDONLY | O_DIRECT);
		void *buf = aligned_alloc(XT_PAGE, 64 * XT_PAGE);

		/* or it would hold what it waits for */
		close(self->fd);
		alarm(IO_SECONDS);
		_exit(disk < 0 || read(disk, buf, 64 * XT_PAGE) != 64 * XT_PAGE);
	}
	ASSERT_GT(reader, 0);
	xt_sleep_ms(500);
	close(self->fd);
	ASSERT_EQ(reader, waitpid(reader, &status, 0));
	EXPECT_EQ(0, status);
	globfree(&disks);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
