// SPDX-License-Identifier: GPL-2.0
/*
 * Single-stepping, by ptrace and by the trap flag: each instruction traps once
 * and after itself, system calls and exceptions included.
 */
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <ucontext.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define TRAP_FLAG	0x100UL
#define MAX_TRAPS	64

static uint64_t traps[MAX_TRAPS];
static volatile int nr_traps;
static volatile bool flag_leaked;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (nr_traps < MAX_TRAPS)
		traps[nr_traps] = regs[REG_RIP];
	nr_traps++;
	/* A runaway is stopped here, and counted by the test. */
	if (nr_traps >= MAX_TRAPS)
		regs[REG_EFL] &= ~TRAP_FLAG;
}

/* The code between start and end, single-stepped; labels in its middle. */
#define STEPPED(text)							\
	do {								\
		nr_traps = 0;						\
		asm volatile("pushfq\n\torq $0x100, (%%rsp)\n\t"	\
			     "popfq\n1: " text				\
			     "\n2: pushfq\n\tandq $~0x100, (%%rsp)\n\t"	\
			     "popfq\n\t"				\
			     "leaq 1b(%%rip), %0\n\tleaq 2b(%%rip), %1"	\
			     : "=&r" (begin), "=&r" (end)		\
			     :: "rax", "rbx", "rcx", "rdx", "rsi",	\
				"rdi", "r8", "r9", "r10", "r11", "cc",	\
				"memory");				\
	} while (0)

FIXTURE(flag) {
	stack_t ss;
};

FIXTURE_SETUP(flag)
{
	struct sigaction act = {
		.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	static char stack[1 << 16];

	/* STEPPED() pushes below the stack pointer: keep the frame off it. */
	self->ss.ss_sp = stack;
	self->ss.ss_size = sizeof(stack);
	ASSERT_EQ(0, sigaltstack(&self->ss, NULL));
	ASSERT_EQ(0, sigaction(SIGTRAP, &act, NULL));
}

FIXTURE_TEARDOWN(flag)
{
}

/* Which trap, from 0, was at the address; -1 when none was. */
static int trap_at(uint64_t rip)
{
	for (int i = 0; i < nr_traps && i < MAX_TRAPS; i++)
		if (traps[i] == rip)
			return i;
	return -1;
}

/*
 * The trap comes after the instruction that follows popf, so n instructions
 * give n traps, plus three while the flag is being cleared.
 */
TEST_F(flag, each_instruction_once)
{
	uint64_t begin, end;

	STEPPED("nop\n\tnop\n\txorl %%eax, %%eax\n\tmovl $5, %%ebx\n\tnop");
	EXPECT_EQ(8, nr_traps);
	EXPECT_EQ(begin + 1, traps[0]);
	EXPECT_EQ(begin + 2, traps[1]);
	EXPECT_EQ(begin + 4, traps[2]);
	EXPECT_EQ(begin + 9, traps[3]);
	EXPECT_EQ(begin + 10, traps[4]);
	EXPECT_EQ(end, traps[4]);
}

TEST_F(flag, through_a_system_call)
{
	uint64_t begin, end;

	/*
	 * getpid.  The flag comes back with the return to user space: the trap
	 * is there or one instruction later, by the kind of return, and never
	 * inside the kernel.
	 */
	STEPPED("movl $39, %%eax\n\tsyscall\n\tnop\n\tnop");
	EXPECT_EQ(begin + 5, traps[0]);
	EXPECT_TRUE(traps[1] == begin + 7 || traps[1] == begin + 8);
	EXPECT_EQ(traps[1] == begin + 7 ? 7 : 6, nr_traps);
	EXPECT_GE(trap_at(end), 1);
}

TEST_F(flag, through_a_fast_and_a_slow_call)
{
	uint64_t begin, end;

	for (int i = 0; i < 20; i++) {
		/* sched_yield: comes back by way of the scheduler. */
		STEPPED("movl $24, %%eax\n\tsyscall\n\tnop\n\tnop");
		ASSERT_EQ(begin + 5, traps[0]);
		ASSERT_GE(trap_at(end), 1);
		ASSERT_LE(nr_traps, 7);
	}
}

TEST_F(flag, loop_and_call)
{
	uint64_t begin, end;

	STEPPED("movl $3, %%ecx\n3: decl %%ecx\n\tjnz 3b\n\t"
		"leaq 4f(%%rip), %%rax\n\tjmp 4f\n\tud2\n4: nop");
	/* mov, 3 * (dec, jnz), lea, jmp, nop */
	EXPECT_EQ(1 + 6 + 1 + 1 + 1 + 3, nr_traps);
	EXPECT_GE(trap_at(end), 0);
}

TEST_F(flag, emulated_and_odd_instructions)
{
	uint64_t begin, end;

	/* CPUID may be emulated by the hypervisor: still one trap. */
	STEPPED("xorl %%eax, %%eax\n\txorl %%ecx, %%ecx\n\tcpuid\n\trdtsc\n\t"
		"nop");
	EXPECT_EQ(8, nr_traps);
	EXPECT_EQ(begin + 6, traps[2]);
	EXPECT_EQ(begin + 8, traps[3]);
}

TEST_F(flag, pushed_flags_show_it)
{
	uint64_t begin, end;

	STEPPED("pushfq\n\tpopq %%rax\n\tnop");
	EXPECT_EQ(6, nr_traps);
}

/* A handler runs without the flag, and the flag is back afterwards. */
static void on_usr1(int sig, siginfo_t *info, void *context)
{
	uint64_t flags;

	asm volatile("pushfq\n\tpopq %0" : "=r" (flags));
	if (flags & TRAP_FLAG)
		flag_leaked = true;
}

TEST_F(flag, handler_runs_free)
{
	struct sigaction act = {
		.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	uint64_t begin, end;

	sigaction(SIGUSR1, &act, NULL);
	/* kill(getpid(), SIGUSR1) */
	STEPPED("movl $39, %%eax\n\tsyscall\n\tmovl %%eax, %%edi\n\t"
		"movl $10, %%esi\n\tmovl $62, %%eax\n\tsyscall\n\tnop");
	EXPECT_FALSE(flag_leaked);
	EXPECT_GE(trap_at(end), 0);
	EXPECT_LT(nr_traps, 14);
}

/* What the traced child runs: known instructions between two stops. */
static void traced_child(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	asm volatile("xorl %%ecx, %%ecx\n\t"
		     "int3\n\t"
		     "1: incl %%ecx\n\t"
		     "cmpl $100, %%ecx\n\t"
		     "jne 1b\n\t"
		     "movl $39, %%eax\n\t"
		     "syscall\n\t"
		     "movl $0x5555, %%ecx\n\t"
		     "int3\n\t"
		     ::: "rax", "rcx", "r11", "cc", "memory");
	_exit(7);
}

static pid_t start_traced(int cpu)
{
	pid_t pid = fork();

	if (!pid) {
		xt_pin(cpu);
		traced_child();
	}
	if (pid < 0 || xt_wait_stop(pid) != SIGSTOP)
		return -1;
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) || xt_wait_stop(pid) != SIGTRAP)
		return -1;
	return pid;
}

/* Steps to the second int3; the number of steps, each must move. */
static int step_to_end(pid_t pid)
{
	struct user_regs_struct regs;
	uint64_t last = 0;

	for (int steps = 1; steps < 1000; steps++) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) ||
		    xt_wait_stop(pid) != SIGTRAP ||
		    ptrace(PTRACE_GETREGS, pid, NULL, &regs))
			return -1;
		/* The tracer's flag must not be seen by the tracee. */
		if (regs.rip == last || (regs.eflags & TRAP_FLAG))
			return -2;
		last = regs.rip;
		if (regs.rcx == 0x5555)
			return steps;
	}
	return -3;
}

FIXTURE(traced) {
	pid_t pid;
};

FIXTURE_SETUP(traced)
{
	self->pid = start_traced(xt_nth_cpu(xt_nr_online() - 1));
	ASSERT_GT(self->pid, 0);
}

FIXTURE_TEARDOWN(traced)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
}

TEST_F(traced, every_step_counts)
{
	/* 100 rounds of three, then mov, syscall, mov. */
	EXPECT_EQ(303, step_to_end(self->pid));
}

TEST_F(traced, continues_after_steps)
{
	int status;

	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_SINGLESTEP, self->pid, NULL, NULL));
		ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	}
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->pid, NULL, NULL));
	ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->pid, NULL, NULL));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(7, WEXITSTATUS(status));
	self->pid = 0;
}

TEST_F(traced, system_calls_stop_twice)
{
	struct user_regs_struct regs;

	ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, self->pid, NULL, NULL));
	ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, self->pid, NULL, &regs));
	EXPECT_EQ(39, regs.orig_rax);
	ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, self->pid, NULL, NULL));
	ASSERT_EQ(SIGTRAP, xt_wait_stop(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, self->pid, NULL, &regs));
	EXPECT_EQ(self->pid, regs.rax);
}

TEST_F(traced, registers_can_be_set)
{
	struct user_regs_struct regs;

	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, self->pid, NULL, &regs));
	regs.rcx = 97;
	regs.r15 = 0x123456789abcdef0;
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, self->pid, NULL, &regs));
	/* Three rounds of three instead of a hundred. */
	EXPECT_EQ(12, step_to_end(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, self->pid, NULL, &regs));
	EXPECT_EQ(0x123456789abcdef0, regs.r15);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
