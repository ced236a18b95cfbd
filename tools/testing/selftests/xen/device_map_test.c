// SPDX-License-Identifier: GPL-2.0
/*
 * Many pages of a device in one process: what the firmware left below 1 MiB,
 * as /dev/mem maps it.  A PV kernel may not take such a row of entries for
 * memory of its own domain.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define ROMS	0xc0000UL
#define SIZE	0x40000UL
#define PAGES	(SIZE / XT_PAGE)
#define HUGE	(2UL << 20)

static sigjmp_buf env;

static void on_fault(int sig)
{
	siglongjmp(env, 1);
}

/* Room for @tables tables, at an address where one begins. */
static char *room(size_t tables)
{
	char *p = mmap(NULL, (tables + 1) * HUGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
}

/* How many pages from the first one on can be read. */
static size_t readable(const volatile char *p)
{
	volatile size_t i = 0;

	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
	if (!sigsetjmp(env, 1))
		for (; i < PAGES; i++)
			p[i * XT_PAGE];
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return i;
}

FIXTURE(device)
{
	int fd;
	char *mem;
	char copy[SIZE];
};

FIXTURE_SETUP(device)
{
	int role = xt_role();
	char *at = room(1);

	if (role != XT_BARE && role != XT_PV_DOM0 && role != XT_PVH_DOM0)
		SKIP(return, "a guest has no firmware of the machine");
	self->fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "/dev/mem: %s", strerror(errno));
	ASSERT_NE(NULL, at);
	self->mem = mmap(at, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd, ROMS);
	ASSERT_NE(MAP_FAILED, self->mem);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
}

TEST_F(device, all_pages)
{
	EXPECT_EQ(PAGES, readable(self->mem));
}

/* The same pages, at the end of a table and the beginning of the next one. */
TEST_F(device, moved)
{
	char *to = room(2);

	ASSERT_NE(NULL, to);
	ASSERT_EQ(PAGES, readable(self->mem));
	memcpy(self->copy, self->mem, SIZE);
	for (size_t offset = 0; offset <= HUGE; offset += HUGE - SIZE / 2) {
		self->mem = mremap(self->mem, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
				   to + offset);
		ASSERT_EQ(to + offset, self->mem);
		ASSERT_EQ(PAGES, readable(self->mem));
		EXPECT_EQ(0, memcmp(self->copy, self->mem, SIZE));
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
