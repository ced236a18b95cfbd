// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware breakpoints: the debug registers belong to the hypervisor in PV.
 * They must stop the thread that they were set for, each time, on every CPU,
 * and nobody else.
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define DR(n)		offsetof(struct user, u_debugreg[n])
#define DR_EXEC		0
#define DR_WRITE	1
#define DR_ACCESS	3
#define ROUNDS		20

static volatile uint64_t target[8] __attribute__((aligned(64)));

#ifndef noinline
#define noinline	__attribute__((__noinline__))
#endif

static noinline void landmark(int i)
{
	asm volatile("" :: "r" (i) : "memory");
}

/* Writes, reads or calls once per round, between two stops of its own. */
static void traced_child(int kind, int offset)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	for (int i = 0; i < ROUNDS; i++) {
		xt_pin(xt_nth_cpu(i % xt_nr_online()));
		switch (kind) {
		case DR_EXEC:
			landmark(i);
			break;
		case DR_WRITE:
			((volatile uint8_t *)target)[offset] = i;
			break;
		default:
			((volatile uint8_t *)target)[offset];
		}
	}
	_exit(7);
}

static pid_t start(int kind, int offset)
{
	pid_t pid = fork();

	if (!pid)
		traced_child(kind, offset);
	return pid > 0 && xt_wait_stop(pid) == SIGSTOP ? pid : -1;
}

static int set_break(pid_t pid, int n, const volatile void *addr, int kind,
		     int len)
{
	static const int codes[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 2 };
	unsigned long dr7 = ptrace(PTRACE_PEEKUSER, pid, DR(7), NULL);

	dr7 |= 1UL << (2 * n) | (unsigned long)kind << (16 + 4 * n) |
	       (unsigned long)codes[len] << (18 + 4 * n);
	if (ptrace(PTRACE_POKEUSER, pid, DR(n), addr))
		return -errno;
	return ptrace(PTRACE_POKEUSER, pid, DR(7), dr7) ? -errno : 0;
}

/* Lets the child run to its end; how often breakpoint n stopped it. */
static int count_stops(pid_t pid, int n)
{
	int status, stops = 0;

	for (;;) {
		unsigned long dr6;

		if (ptrace(PTRACE_CONT, pid, NULL, NULL) ||
		    waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status) == 7 ? stops : -2;
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
			return -3;
		dr6 = ptrace(PTRACE_PEEKUSER, pid, DR(6), NULL);
		if ((dr6 & 15) != 1UL << n)
			return -4;
		stops++;
	}
}

FIXTURE(hwbreak) {
	pid_t pid;
};

FIXTURE_SETUP(hwbreak)
{
	self->pid = -1;
}

FIXTURE_TEARDOWN(hwbreak)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, WNOHANG);
	}
}

TEST_F(hwbreak, on_execution)
{
	for (int n = 0; n < 4; n++) {
		self->pid = start(DR_EXEC, 0);
		ASSERT_GT(self->pid, 0);
		ASSERT_EQ(0, set_break(self->pid, n, landmark, DR_EXEC, 1));
		EXPECT_EQ(ROUNDS, count_stops(self->pid, n));
	}
}

TEST_F(hwbreak, on_write)
{
	for (int len = 1; len <= 8; len *= 2) {
		self->pid = start(DR_WRITE, 8 + len - 1);
		ASSERT_GT(self->pid, 0);
		ASSERT_EQ(0, set_break(self->pid, 1, &target[1], DR_WRITE, len));
		EXPECT_EQ(ROUNDS, count_stops(self->pid, 1))
			TH_LOG("length %d", len);
	}
}

TEST_F(hwbreak, beside_is_not_on)
{
	for (int len = 1; len <= 4; len *= 2) {
		self->pid = start(DR_WRITE, 8 + len);
		ASSERT_GT(self->pid, 0);
		ASSERT_EQ(0, set_break(self->pid, 1, &target[1], DR_WRITE, len));
		EXPECT_EQ(0, count_stops(self->pid, 1))
			TH_LOG("length %d", len);
	}
	/* Reading is not writing. */
	self->pid = start(DR_ACCESS, 8);
	ASSERT_EQ(0, set_break(self->pid, 1, &target[1], DR_WRITE, 8));
	EXPECT_EQ(0, count_stops(self->pid, 1));
}

TEST_F(hwbreak, on_access)
{
	self->pid = start(DR_ACCESS, 8);
	ASSERT_GT(self->pid, 0);
	ASSERT_EQ(0, set_break(self->pid, 3, &target[1], DR_ACCESS, 8));
	EXPECT_EQ(ROUNDS, count_stops(self->pid, 3));
}

TEST_F(hwbreak, taken_back)
{
	self->pid = start(DR_WRITE, 8);
	ASSERT_GT(self->pid, 0);
	ASSERT_EQ(0, set_break(self->pid, 0, &target[1], DR_WRITE, 8));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_CONT, self->pid, NULL, NULL));
		ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	}
	ASSERT_EQ(0, ptrace(PTRACE_POKEUSER, self->pid, DR(7), 0));
	EXPECT_EQ(0, count_stops(self->pid, 0));
}

/* Kernel addresses and impossible lengths are not for the tracer. */
TEST_F(hwbreak, bad_values_are_refused)
{
	self->pid = start(DR_WRITE, 8);
	ASSERT_GT(self->pid, 0);
	EXPECT_GT(0, set_break(self->pid, 0, (void *)0xffff888000000000,
			       DR_WRITE, 8));
	EXPECT_GT(0, set_break(self->pid, 0, (void *)0xffffffff81000000,
			       DR_EXEC, 1));
	ptrace(PTRACE_POKEUSER, self->pid, DR(7), 0);
	EXPECT_EQ(0, count_stops(self->pid, 0));
}

/* Another process at the same address is not disturbed. */
TEST_F(hwbreak, only_who_it_was_set_for)
{
	int status;
	pid_t other;

	self->pid = start(DR_WRITE, 8);
	ASSERT_GT(self->pid, 0);
	ASSERT_EQ(0, set_break(self->pid, 0, &target[1], DR_WRITE, 8));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->pid, NULL, NULL));
	ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	other = fork();
	ASSERT_GE(other, 0);
	if (!other) {
		for (int i = 0; i < 1000; i++) {
			target[1] = i;
			if (i % 100 == 0)
				sched_yield();
		}
		_exit(0);
	}
	ASSERT_EQ(other, waitpid(other, &status, 0));
	EXPECT_EQ(0, status);
	target[1] = 1;
	EXPECT_EQ(ROUNDS - 1, count_stops(self->pid, 0));
}

static int perf_break(volatile void *addr, int cpu, pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_addr = (uintptr_t)addr,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.bp_type = HW_BREAKPOINT_W,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0);

	return fd < 0 ? -errno : fd;
}

/* Counting instead of stopping, wherever the thread runs. */
TEST(counted_by_perf)
{
	uint64_t count = 0;
	int fd = perf_break(&target[2], -1, 0);

	if (fd == -ENOSYS || fd == -ENOENT)
		SKIP(return, "the kernel has no hardware breakpoint events");
	ASSERT_GE(fd, 0);
	for (int i = 0; i < 100; i++) {
		if (i % 10 == 0)
			xt_pin(xt_nth_cpu(i / 10 % xt_nr_online()));
		target[2] = i;
		target[3] = i;
	}
	ASSERT_EQ(sizeof(count), read(fd, &count, sizeof(count)));
	EXPECT_EQ(100, count);
	close(fd);
	target[2] = 0;
}

TEST(five_are_too_many)
{
	int fd[5];

	fd[0] = perf_break(&target[0], -1, 0);
	if (fd[0] == -ENOSYS || fd[0] == -ENOENT)
		SKIP(return, "the kernel has no hardware breakpoint events");
	for (int i = 1; i < 4; i++) {
		fd[i] = perf_break(&target[i], -1, 0);
		EXPECT_GE(fd[i], 0);
	}
	fd[4] = perf_break(&target[4], -1, 0);
	EXPECT_EQ(-ENOSPC, fd[4]);
	for (int i = 0; i < 4; i++)
		close(fd[i]);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
