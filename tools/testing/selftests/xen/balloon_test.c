// SPDX-License-Identifier: GPL-2.0
/*
 * The balloon through sysfs: a target that was asked for is reached, to the
 * page, down and up again, and nobody's memory changes meanwhile.
 *
 * Targets stay at or below what the domain had: growing beyond that may add
 * memory for good, and a test leaves the machine as it was.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define DIR	"/sys/devices/system/xen_memory/xen_memory0/"
#define TARGET	DIR "target_kb"
#define CURRENT	DIR "info/current_kb"
/* The balloon must go on moving; how fast depends on the machine. */
#define STALL_NS	(8 * XT_SEC)
#define SECONDS	60
#define PAGE_KB	4UL
#define NOBODY	65534
#define RANDOM_TARGETS	100

FIXTURE(balloon) {
	unsigned long was;
	unsigned long unit;	/* KiB */
};

/* Waits for the balloon; the current size, in KiB, when it has come to rest. */
static unsigned long settle(unsigned long want)
{
	unsigned long now = 0, last = 0;
	uint64_t since = xt_now();

	do {
		if (xt_read_ulong(CURRENT, &now))
			return 0;
		if (now + PAGE_KB >= want && now <= want + PAGE_KB)
			break;
		if (now != last)
			since = xt_now();
		last = now;
		xt_sleep_ms(20);
	} while (xt_now() - since < STALL_NS);
	return now;
}

FIXTURE_SETUP(balloon)
{
	unsigned long now;

	XT_NEED_XEN();
	/*
	 * Where the control domain's memory is also in IOMMU tables, each page
	 * is a flush of its own, and that is slow under emulation.
	 */
	self->unit = xt_role() == XT_PVH_DOM0 ? 32 : 1024;
	ASSERT_EQ(0, xt_read_ulong(TARGET, &self->was));
	now = settle(self->was);
	if (now + PAGE_KB < self->was || now > self->was + PAGE_KB)
		SKIP(return, "at %lu KiB of %lu KiB before the test began",
		     now, self->was);
}

FIXTURE_TEARDOWN_PARENT(balloon)
{
	if (self->was) {
		xt_write_ulong(TARGET, self->was);
		settle(self->was);
	}
}

static void expect_reached(struct __test_metadata *_metadata,
			   unsigned long target)
{
	unsigned long now;

	ASSERT_EQ(0, xt_write_ulong(TARGET, target));
	now = settle(target);
	EXPECT_GE(now + PAGE_KB, target);
	EXPECT_LE(now, target + PAGE_KB);
}

TEST_F_TIMEOUT(balloon, down_and_up, SECONDS)
{
	unsigned long shown;

	expect_reached(_metadata, self->was - 16 * self->unit);
	ASSERT_EQ(0, xt_read_ulong(TARGET, &shown));
	EXPECT_EQ(self->was - 16 * self->unit, shown);
	expect_reached(_metadata, self->was);
}

TEST_F_TIMEOUT(balloon, many_steps, SECONDS)
{
	static const unsigned long steps[] = { 8, 2, 12, 1, 6, 0, 10, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		expect_reached(_metadata, self->was - steps[i] * self->unit);
}

/* Each target is another one, so that none is reached by not moving. */
TEST_F_TIMEOUT(balloon, random_targets, SECONDS)
{
	uint64_t state = 20;
	unsigned long below = 0, last = 0;

	for (int i = 0; i < RANDOM_TARGETS; i++) {
		while (below == last)
			below = xt_random(&state) % (4 * self->unit) & ~(PAGE_KB - 1);
		expect_reached(_metadata, self->was - below);
		last = below;
	}
	expect_reached(_metadata, self->was);
}

/* How often the thread went to sleep of its own will so far; -1 if there is none. */
static long sleeps_of_balloon(void)
{
	char path[64], line[128] = "";
	long count = -1;
	glob_t found;
	FILE *f = NULL;

	if (glob("/proc/[0-9]*/comm", GLOB_NOSORT, NULL, &found))
		return -1;
	for (size_t i = 0; i < found.gl_pathc && !f; i++) {
		if (xt_read_text(found.gl_pathv[i], line, sizeof(line)) < 0 ||
		    strcmp(line, "xen-balloon"))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/status",
			 atoi(found.gl_pathv[i] + strlen("/proc/")));
		f = fopen(path, "re");
	}
	globfree(&found);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1)
			break;
	if (f)
		fclose(f);
	return count;
}

/* At its target, the thread sleeps. */
TEST_F(balloon, idle_costs_nothing)
{
	long before = sleeps_of_balloon();

	if (before < 0)
		SKIP(return, "no thread xen-balloon");
	xt_sleep_ms(3000);
	EXPECT_GE(before + 1, sleeps_of_balloon());
}

TEST_F_TIMEOUT(balloon, single_pages, SECONDS)
{
	for (unsigned long pages = 1; pages <= 5; pages++)
		expect_reached(_metadata, self->was - pages * PAGE_KB);
	expect_reached(_metadata, self->was);
}

TEST_F_TIMEOUT(balloon, target_in_bytes, SECONDS)
{
	unsigned long bytes, now;

	ASSERT_EQ(0, xt_read_ulong(DIR "target", &bytes));
	EXPECT_EQ(self->was * 1024, bytes);
	ASSERT_EQ(0, xt_write_ulong(DIR "target", bytes - 4 * self->unit * 1024));
	now = settle(self->was - 4 * self->unit);
	EXPECT_GE(now + PAGE_KB, self->was - 4 * self->unit);
	EXPECT_LE(now, self->was - 4 * self->unit + PAGE_KB);
}

/* The kernel's own view must follow: what the balloon holds is not free. */
TEST_F_TIMEOUT(balloon, memory_is_really_gone, SECONDS)
{
	unsigned long before = 0, down = 0, up = 0;
	long moved;

	for (int i = 0; i < 3; i++) {
		FILE *f;
		unsigned long *to = i == 0 ? &before : i == 1 ? &down : &up;

		if (i == 1)
			expect_reached(_metadata, self->was - 24 * self->unit);
		if (i == 2)
			expect_reached(_metadata, self->was);
		f = fopen("/proc/meminfo", "re");
		ASSERT_NE(NULL, f);
		ASSERT_EQ(1, fscanf(f, "MemTotal: %lu kB", to));
		fclose(f);
	}
	moved = before - down;
	EXPECT_GE(moved, (long)(23 * self->unit));
	EXPECT_LE(moved, (long)(25 * self->unit));
	EXPECT_GE(up + self->unit, before);
}

TEST_F_TIMEOUT(balloon, memory_in_use_keeps_its_data, SECONDS)
{
	size_t size = 24 * self->unit * 1024;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, p);
	xt_fill(p, size, 1);
	for (int round = 0; round < 2; round++) {
		expect_reached(_metadata, self->was - 12 * self->unit);
		EXPECT_TRUE(xt_filled(p, size, 1));
		expect_reached(_metadata, self->was);
	}
	EXPECT_TRUE(xt_filled(p, size, 1));
	munmap(p, size);
}

/* What comes back from the hypervisor is memory like any other. */
TEST_F_TIMEOUT(balloon, returned_memory_works, SECONDS)
{
	size_t size = 16 * self->unit * 1024;
	char *p;

	for (int round = 0; round < 2; round++) {
		expect_reached(_metadata, self->was - 16 * self->unit);
		expect_reached(_metadata, self->was);
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		ASSERT_NE(MAP_FAILED, p);
		for (size_t at = 0; at < size; at += XT_PAGE)
			ASSERT_EQ(0, p[at]);
		xt_fill(p, size, round);
		EXPECT_TRUE(xt_filled(p, size, round));
		munmap(p, size);
	}
}

/*
 * What is more than a number is no target.  Each text begins with the target
 * that there is: mainline takes that, and a K behind bytes as a factor.
 */
TEST_F(balloon, garbage_is_no_target)
{
	static const struct {
		const char *file, *tail;
		unsigned int factor;	/* from KiB to what precedes the tail */
	} texts[] = {
		{ TARGET, "x", 1 }, { DIR "target", "x", 1024 },
		{ TARGET, " 1", 1 }, { DIR "target", " 1", 1024 },
		{ TARGET, ".5", 1 }, { DIR "target", ".5", 1024 },
		{ TARGET, "\n\n", 1 }, { DIR "target", "\n\n", 1024 },
		{ TARGET, "KB", 1 }, { DIR "target", "KB", 1 },
		{ TARGET, "-", 1 }, { DIR "target", "-", 1024 },
	};
	unsigned long now;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *file = texts[i].file;
		int fd = open(file, O_WRONLY);
		char text[64];

		ASSERT_GE(fd, 0);
		snprintf(text, sizeof(text), "%lu%s",
			 self->was * texts[i].factor, texts[i].tail);
		EXPECT_EQ(-1, write(fd, text, strlen(text)))
			TH_LOG("%s: %s", file, text);
		EXPECT_EQ(EINVAL, errno);
		close(fd);
	}
	ASSERT_EQ(0, xt_read_ulong(TARGET, &now));
	EXPECT_EQ(self->was, now);
}

TEST_F(balloon, only_for_root)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setuid(NOBODY))
			_exit(2);
		_exit(open(TARGET, O_WRONLY) >= 0 || errno != EACCES);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(balloon, switches_can_be_read)
{
	static const char * const files[] = {
		DIR "schedule_delay", DIR "max_schedule_delay",
		DIR "retry_count", DIR "max_retry_count", DIR "scrub_pages",
		DIR "info/low_kb", DIR "info/high_kb",
	};
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_LT(0, xt_read_text(files[i], text, sizeof(text)))
			TH_LOG("%s", files[i]);
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
