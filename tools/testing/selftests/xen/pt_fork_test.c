// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables under fork: copy on write, many processes, shared memory.  Each
 * page carries data that tells whose it is.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define RW	(PROT_READ | PROT_WRITE)
#define MIB	0x100000UL

static char *anon(size_t size)
{
	char *p = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Runs fn in a child; its return value, or -1 when it died. */
static int in_child(int (*fn)(char *mem, size_t size, uint64_t seed),
		    char *mem, size_t size, uint64_t seed)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(fn(mem, size, seed));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Sees the parent's data, replaces every second page, sees its own. */
static int replace_half(char *mem, size_t size, uint64_t seed)
{
	if (!xt_filled(mem, size, seed))
		return 1;
	for (size_t at = 0; at < size; at += 2 * XT_PAGE)
		xt_fill(mem + at, XT_PAGE, at);
	for (size_t at = 0; at < size; at += 2 * XT_PAGE)
		if (!xt_filled(mem + at, XT_PAGE, at))
			return 2;
	return 0;
}

TEST(copy_on_write)
{
	size_t size = 4 * MIB;
	char *mem = anon(size);

	ASSERT_NE(NULL, mem);
	xt_fill(mem, size, 1);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, in_child(replace_half, mem, size, 1));
		ASSERT_TRUE(xt_filled(mem, size, 1));
	}
}

/* The parent writes while the child holds the old state. */
TEST(parent_writes_first)
{
	size_t size = 2 * MIB;
	char *mem = anon(size);
	int go[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(go));
	xt_fill(mem, size, 2);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &c, 1) || !xt_filled(mem, size, 2));
	}
	xt_fill(mem, size, 3);
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(xt_filled(mem, size, 3));
}

static int nested(char *mem, size_t size, uint64_t seed)
{
	int ret;

	if (!xt_filled(mem, size, seed))
		return 1;
	xt_fill(mem, size, seed + 1);
	if (seed >= 5)
		return 0;
	ret = in_child(nested, mem, size, seed + 1);
	return ret || !xt_filled(mem, size, seed + 1);
}

TEST(generations)
{
	size_t size = 64 * XT_PAGE;
	char *mem = anon(size);

	xt_fill(mem, size, 1);
	EXPECT_EQ(0, in_child(nested, mem, size, 1));
	EXPECT_TRUE(xt_filled(mem, size, 1));
}

/* Many address spaces at a time, all of one parent, all alive together. */
TEST(many_processes)
{
	enum { NR = 24 };
	size_t size = 64 * XT_PAGE;
	char *mem = anon(size);
	int go[2], status, bad = 0;
	pid_t pid[NR];
	char c;

	ASSERT_EQ(0, pipe(go));
	xt_fill(mem, size, 5);
	for (int i = 0; i < NR; i++) {
		pid[i] = fork();
		ASSERT_GE(pid[i], 0);
		if (pid[i])
			continue;
		close(go[1]);
		xt_fill(mem + (i % 8) * XT_PAGE, XT_PAGE, 1000 + i);
		if (read(go[0], &c, 1))
			_exit(1);
		_exit(!xt_filled(mem + (i % 8) * XT_PAGE, XT_PAGE, 1000 + i));
	}
	close(go[1]);
	for (int i = 0; i < NR; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		bad += !!status;
	}
	EXPECT_EQ(0, bad);
	EXPECT_TRUE(xt_filled(mem, size, 5));
}

static int quick(char *mem, size_t size, uint64_t seed)
{
	return mem[0] != (char)seed;
}

TEST(fork_storm)
{
	char *mem = anon(XT_PAGE);

	for (int i = 0; i < 60; i++) {
		mem[0] = i;
		ASSERT_EQ(0, in_child(quick, mem, XT_PAGE, i));
	}
}

/* Two CPUs fork and reap at the same time. */
TEST(fork_storm_on_two_cpus)
{
	int status;
	pid_t pid;
	char *mem = anon(XT_PAGE);

	XT_NEED_CPUS(2);
	pid = fork();
	ASSERT_GE(pid, 0);
	xt_pin(xt_nth_cpu(pid ? 0 : 1));
	for (int i = 0; i < 30; i++) {
		int ret;

		mem[0] = i;
		ret = in_child(quick, mem, XT_PAGE, i);
		if (!pid && ret)
			_exit(1);
		ASSERT_EQ(0, ret);
	}
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST(shared_memory_is_shared)
{
	size_t size = 1 * MIB;
	int fd = memfd_create("xt", MFD_CLOEXEC), status;
	char *a, *b;
	pid_t pid;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, ftruncate(fd, size));
	a = mmap(NULL, size, RW, MAP_SHARED, fd, 0);
	b = mmap(NULL, size, RW, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, a);
	ASSERT_NE(MAP_FAILED, b);
	xt_fill(a, size, 6);
	EXPECT_TRUE(xt_filled(b, size, 6));
	xt_fill(b, size, 7);
	EXPECT_TRUE(xt_filled(a, size, 6));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (!xt_filled(a, size, 6) || !xt_filled(b, size, 7))
			_exit(1);
		xt_fill(a, size, 8);
		xt_fill(b, size, 9);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(xt_filled(a, size, 8));
	EXPECT_TRUE(xt_filled(b, size, 7));
}

/* A page here and there: every level of the tables is built and taken down. */
TEST(sparse_address_space)
{
	static const uint64_t strides[] = { 2 * MIB, 1UL << 30, 1UL << 39 };
	char *page[3][16];
	int status;
	pid_t pid;

	for (int s = 0; s < 3; s++) {
		for (int i = 0; i < 16; i++) {
			char *want = (char *)(1UL << 40) + (i + 1) * strides[s];

			page[s][i] = mmap(want, XT_PAGE, RW, MAP_PRIVATE |
					  MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
					  -1, 0);
			ASSERT_EQ(want, page[s][i]);
			xt_fill(want, XT_PAGE, s * 100 + i);
		}
	}
	for (int round = 0; round < 5; round++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		for (int s = 0; s < 3 && !pid; s++) {
			for (int i = 0; i < 16; i++) {
				if (!xt_filled(page[s][i], XT_PAGE, s * 100 + i))
					_exit(1);
				page[s][i][0] = 1;
			}
		}
		if (!pid)
			_exit(0);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
	}
	for (int s = 0; s < 3; s++)
		for (int i = 0; i < 16; i++)
			EXPECT_TRUE(xt_filled(page[s][i], XT_PAGE, s * 100 + i));
}

TEST(vfork_shares)
{
	volatile int *word = (int *)anon(XT_PAGE);
	int status;

	for (int i = 0; i < 50; i++) {
		pid_t pid = vfork();

		if (!pid) {
			*word = i + 1;
			_exit(0);
		}
		ASSERT_GT(pid, 0);
		ASSERT_EQ(i + 1, *word);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
