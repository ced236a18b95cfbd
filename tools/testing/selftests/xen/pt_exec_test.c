// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables under exec: storms of short programs, each of which checks what
 * it was given.  The program is this file itself.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define CHILD_ENV	"XT_EXEC_CHILD"

/* Data and bss of the new program must be fresh, whatever the old one did. */
static uint64_t data_words[1024] = { 1, 2, 3 };
static uint64_t bss_words[4096];
static const char * const const_words[] = { "alpha", "beta", "gamma" };

static int check_image(const char *arg, const char *sum)
{
	unsigned long long want = strtoull(sum, NULL, 16);

	if (xt_sum(arg, strlen(arg)) != want)
		return 10;
	if (data_words[0] != 1 || data_words[1] != 2 || data_words[1023])
		return 11;
	for (size_t i = 0; i < ARRAY_SIZE(bss_words); i++)
		if (bss_words[i])
			return 12;
	if (strcmp(const_words[2], "gamma"))
		return 13;
	data_words[1023] = 77;
	memset(bss_words, 0xff, sizeof(bss_words));
	return 0;
}

static char *own_arg(int n)
{
	static char line[1 << 17];
	FILE *f = fopen("/proc/self/cmdline", "re");
	size_t len = f ? fread(line, 1, sizeof(line) - 1, f) : 0;
	char *p = line;

	if (f)
		fclose(f);
	line[len] = 0;
	while (n-- && p < line + len)
		p += strlen(p) + 1;
	return p;
}

/* Runs before main(): a child is not a run of the tests. */
__attribute__((constructor)) static void child_main(void)
{
	const char *sum = getenv(CHILD_ENV);

	if (sum)
		_exit(check_image(own_arg(1), sum));
}

static void run_self(char *arg)
{
	char env[64];
	char name[] = "child";
	char *const argv[] = { name, arg, NULL };
	char *const envp[] = { env, NULL };

	snprintf(env, sizeof(env), CHILD_ENV "=%llx",
		 (unsigned long long)xt_sum(arg, strlen(arg)));
	execve("/proc/self/exe", argv, envp);
	_exit(20);
}

static int spawn(char *arg, bool use_vfork)
{
	int status;
	pid_t pid = use_vfork ? vfork() : fork();

	if (!pid)
		run_self(arg);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void dirty(void)
{
	memset(data_words, 0x5a, sizeof(data_words));
	memset(bss_words, 0x5a, sizeof(bss_words));
}

TEST(exec_storm)
{
	char arg[64];

	dirty();
	for (int i = 0; i < 15; i++) {
		snprintf(arg, sizeof(arg), "round %d", i);
		ASSERT_EQ(0, spawn(arg, false));
	}
}

TEST(vfork_exec_storm)
{
	char arg[64];

	dirty();
	for (int i = 0; i < 15; i++) {
		snprintf(arg, sizeof(arg), "round %d", i);
		ASSERT_EQ(0, spawn(arg, true));
	}
}

/* Arguments of many pages are copied into the new stack. */
TEST(long_arguments)
{
	static char arg[100000];

	for (size_t len = 1; len < sizeof(arg); len = len * 7 + 5) {
		for (size_t i = 0; i < len; i++)
			arg[i] = 'a' + (i * 31 + len) % 26;
		arg[len] = 0;
		ASSERT_EQ(0, spawn(arg, false))
			TH_LOG("%zu bytes", len);
	}
}

/* An address space with a lot in it is torn down by exec. */
TEST(exec_from_a_large_program)
{
	size_t size = 8UL << 20;
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, mem);
	xt_fill(mem, size, 1);
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, spawn("large", false));
	EXPECT_TRUE(xt_filled(mem, size, 1));
}

TEST(several_at_a_time)
{
	enum { NR = 16 };
	pid_t pid[NR];
	char arg[32];
	int status;

	for (int i = 0; i < NR; i++) {
		snprintf(arg, sizeof(arg), "number %d", i);
		pid[i] = fork();
		ASSERT_GE(pid[i], 0);
		if (!pid[i]) {
			xt_pin(xt_nth_cpu(i % xt_nr_online()));
			run_self(arg);
		}
	}
	for (int i = 0; i < NR; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

/* Killed while it is being made: nothing is left half done. */
TEST(killed_in_exec)
{
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t pid = fork();

		ASSERT_GE(pid, 0);
		if (!pid)
			run_self("victim");
		usleep(i * 100);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(status == 0 || WIFSIGNALED(status));
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
