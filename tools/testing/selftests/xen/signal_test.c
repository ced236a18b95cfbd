// SPDX-License-Identifier: GPL-2.0
/*
 * Signals: delivery, nesting, alternate stacks, and the way back through
 * sigreturn with whatever registers the handler left.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#ifndef noinline
#define noinline	__attribute__((noinline))
#endif

typedef void (*handler_fn)(int sig, siginfo_t *info, void *context);

static void handle(int sig, handler_fn fn, int flags)
{
	struct sigaction act = {
		.sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags,
	};

	sigaction(sig, &act, NULL);
}

static volatile sig_atomic_t count;
static void *volatile handler_sp;

static void count_signal(int sig, siginfo_t *info, void *context)
{
	count++;
	handler_sp = __builtin_frame_address(0);
}

TEST(delivery_storm)
{
	handle(SIGUSR1, count_signal, 0);
	for (int i = 0; i < 5000; i++)
		ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_EQ(5000, count);
}

TEST(alternate_stack)
{
	static char stack[1 << 16];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	ASSERT_EQ(0, sigaltstack(&ss, NULL));
	handle(SIGUSR1, count_signal, SA_ONSTACK);
	handle(SIGUSR2, count_signal, 0);
	raise(SIGUSR1);
	EXPECT_TRUE((char *)handler_sp >= stack &&
		    (char *)handler_sp < stack + sizeof(stack));
	raise(SIGUSR2);
	EXPECT_FALSE((char *)handler_sp >= stack &&
		     (char *)handler_sp < stack + sizeof(stack));
}

static sigjmp_buf env;
static void *volatile fault_address;

static void escape(int sig, siginfo_t *info, void *context)
{
	fault_address = info->si_addr;
	handler_sp = __builtin_frame_address(0);
	siglongjmp(env, 1);
}

static noinline int eat_stack(int depth)
{
	volatile char page[1024];

	page[0] = depth;
	page[1023] = depth;
	return depth > 1 << 30 ? 0 : eat_stack(depth + 1) + page[0];
}

/* The stack runs out: only the alternate one can carry the handler. */
TEST(stack_overflow)
{
	static char stack[1 << 16];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	char *here = (char *)&ss;

	ASSERT_EQ(0, sigaltstack(&ss, NULL));
	handle(SIGSEGV, escape, SA_ONSTACK);
	for (int i = 0; i < 2; i++) {
		if (!sigsetjmp(env, 1)) {
			eat_stack(0);
			ASSERT_TRUE(false);
		}
		EXPECT_TRUE((char *)handler_sp >= stack &&
			    (char *)handler_sp < stack + sizeof(stack));
		EXPECT_LT((uintptr_t)fault_address, (uintptr_t)here);
	}
}

static volatile sig_atomic_t depth, deepest;

static void nest(int sig, siginfo_t *info, void *context)
{
	if (++depth > deepest)
		deepest = depth;
	if (depth < 20)
		raise(sig);
	depth--;
}

TEST(nested)
{
	handle(SIGUSR1, nest, SA_NODEFER);
	raise(SIGUSR1);
	EXPECT_EQ(20, deepest);
	EXPECT_EQ(0, depth);
}

static int order[64];

static void note_order(int sig, siginfo_t *info, void *context)
{
	order[count++] = info->si_value.sival_int;
}

TEST(queued_in_order)
{
	sigset_t set;

	handle(SIGRTMIN, note_order, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 40; i++) {
		union sigval value = { .sival_int = i };

		ASSERT_EQ(0, sigqueue(getpid(), SIGRTMIN, value));
	}
	EXPECT_EQ(0, count);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	ASSERT_EQ(40, count);
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(i, order[i]);
}

/*
 * All general registers at once: set, raise a signal from inside the assembly,
 * let the handler change them, compare after sigreturn.
 */
static const int reg_index[] = {
	REG_RBX, REG_RDX, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11,
	REG_R12, REG_R13, REG_R14, REG_R15, REG_RCX,
};

#define NR_REGS	ARRAY_SIZE(reg_index)

static uint64_t handed[NR_REGS], flags_seen;

static void change_registers(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t seed = 99;

	for (size_t i = 0; i < NR_REGS; i++)
		handed[i] = regs[reg_index[i]] = xt_random(&seed);
	/* Carry, parity, direction, nothing else arithmetic. */
	regs[REG_EFL] = (regs[REG_EFL] & ~0x8d5UL) | 0x405;
	regs[REG_RIP] += 2;	/* past ud2 */
	count++;
}

/*
 * Executes ud2 and stores what the registers are after the handler's return:
 * RCX and R11 that do not match RIP and the flags forbid the short way back.
 */
static noinline void collect(uint64_t *out)
{
	static uint64_t *to;

	to = out;
	asm volatile("ud2\n\t"
		     "pushq %%rax\n\t"
		     "movq %0, %%rax\n\t"
		     "movq %%rbx, 0(%%rax)\n\t"
		     "movq %%rdx, 8(%%rax)\n\t"
		     "movq %%rsi, 16(%%rax)\n\t"
		     "movq %%rdi, 24(%%rax)\n\t"
		     "movq %%r8, 32(%%rax)\n\t"
		     "movq %%r9, 40(%%rax)\n\t"
		     "movq %%r10, 48(%%rax)\n\t"
		     "movq %%r11, 56(%%rax)\n\t"
		     "movq %%r12, 64(%%rax)\n\t"
		     "movq %%r13, 72(%%rax)\n\t"
		     "movq %%r14, 80(%%rax)\n\t"
		     "movq %%r15, 88(%%rax)\n\t"
		     "movq %%rcx, 96(%%rax)\n\t"
		     "pushfq\n\t"
		     "popq 104(%%rax)\n\t"
		     "cld\n\t"
		     "popq %%rax\n\t"
		     : "+m" (to) :
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
		       "r11", "r12", "r13", "r14", "r15", "cc", "memory");
}

TEST(handler_changes_registers)
{
	static char stack[1 << 16];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	uint64_t got[NR_REGS + 1];

	/* On a stack of its own: the red zone is not ours to push into. */
	ASSERT_EQ(0, sigaltstack(&ss, NULL));
	handle(SIGILL, change_registers, SA_ONSTACK);
	for (int round = 0; round < 50; round++) {
		memset(got, 0, sizeof(got));
		collect(got);
		for (size_t i = 0; i < NR_REGS; i++) {
			ASSERT_EQ(handed[i], got[i])
				TH_LOG("register %zu, round %d", i, round);
		}
		flags_seen = got[NR_REGS];
		ASSERT_EQ(0x405, flags_seen & 0xcd5);
	}
	EXPECT_EQ(50, count);
}

static void bad_return(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	if (sig == SIGSEGV || sig == SIGBUS || count++ > 3)
		siglongjmp(env, sig);
	uc->uc_mcontext.gregs[REG_RIP] = info->si_value.sival_ptr ?
		(greg_t)info->si_value.sival_ptr : 0;
}

/* A way back to an address that cannot be: a signal, not a dead kernel. */
TEST(return_to_impossible_address)
{
	static char stack[1 << 16];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	static const uint64_t places[] = {
		0, 0x800000000000, 0x8000000000000000, 0xffff800000000000,
		0xffff880000000000, 0xffffffffff600123, ~0ULL,
	};

	ASSERT_EQ(0, sigaltstack(&ss, NULL));
	handle(SIGUSR1, bad_return, SA_ONSTACK);
	handle(SIGSEGV, bad_return, SA_ONSTACK);
	handle(SIGBUS, bad_return, SA_ONSTACK);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		union sigval value = { .sival_ptr = (void *)places[i] };
		int got = sigsetjmp(env, 1);

		if (!got) {
			count = 0;
			sigqueue(getpid(), SIGUSR1, value);
			ASSERT_TRUE(false)
				TH_LOG("came back from %llx",
				       (unsigned long long)places[i]);
		}
		EXPECT_EQ(SIGSEGV, got);
	}
}

static void check_fp(int sig, siginfo_t *info, void *context)
{
	double clobber[8];

	/* The handler has a clean unit and uses it. */
	for (int i = 0; i < 8; i++)
		clobber[i] = i * 1.5;
	asm volatile("movupd %0, %%xmm7\n\tmovupd %0, %%xmm15" ::
		     "m" (clobber) : "xmm7", "xmm15");
	count++;
}

TEST(vector_registers_survive)
{
	uint64_t in[2], out7[2], out15[2], seed = 5;

	handle(SIGUSR1, check_fp, 0);
	for (int i = 0; i < 200; i++) {
		long ret = SYS_kill;

		in[0] = xt_random(&seed);
		in[1] = xt_random(&seed);
		asm volatile("movupd %3, %%xmm7\n\t"
			     "movupd %3, %%xmm15\n\t"
			     "syscall\n\t"
			     "movupd %%xmm7, %1\n\t"
			     "movupd %%xmm15, %2\n\t"
			     : "+a" (ret), "=m" (out7), "=m" (out15)
			     : "m" (in), "D" ((long)getpid()),
			       "S" ((long)SIGUSR1)
			     : "rcx", "r11", "xmm7", "xmm15", "memory");
		ASSERT_EQ(0, ret);
		ASSERT_EQ(0, memcmp(in, out7, 16));
		ASSERT_EQ(0, memcmp(in, out15, 16));
	}
	EXPECT_EQ(200, count);
}

struct target {
	pthread_t thread;
	volatile pid_t tid;
	volatile bool stop;
	volatile uint64_t spins;
	int cpu;
};

static void *spin(void *arg)
{
	struct target *t = arg;

	xt_pin(t->cpu);
	t->tid = syscall(SYS_gettid);
	while (!t->stop)
		t->spins++;
	return NULL;
}

/* A busy thread on another CPU has to be told: that takes an IPI. */
TEST(busy_thread_on_other_cpu)
{
	struct target t = { 0 };

	XT_NEED_CPUS(2);
	handle(SIGUSR1, count_signal, 0);
	t.cpu = xt_nth_cpu(1);
	xt_pin(xt_nth_cpu(0));
	ASSERT_EQ(0, pthread_create(&t.thread, NULL, spin, &t));
	while (!t.tid)
		sched_yield();
	for (int i = 0; i < 200; i++) {
		uint64_t until = xt_now() + 5 * XT_SEC;

		ASSERT_EQ(0, pthread_kill(t.thread, SIGUSR1));
		while (count <= i && xt_now() < until)
			;
		ASSERT_EQ(i + 1, count);
	}
	t.stop = true;
	pthread_join(t.thread, NULL);
}

static void do_nothing(int sig, siginfo_t *info, void *context)
{
	count++;
}

/* SA_RESTART and its absence, with the call's own timer as the source. */
TEST(interrupted_calls)
{
	int fds[2];
	char c;

	ASSERT_EQ(0, pipe(fds));
	handle(SIGALRM, do_nothing, 0);
	/* again and again: on a slow machine the first may come before the call */
	ualarm(20000, 20000);
	EXPECT_EQ(-1, read(fds[0], &c, 1));
	EXPECT_EQ(EINTR, errno);
	ualarm(0, 0);
	EXPECT_GE(count, 1);
	handle(SIGALRM, do_nothing, SA_RESTART);
	count = 0;
	if (!fork()) {
		xt_sleep_ms(200);
		_exit(write(fds[1], "x", 1) != 1);
	}
	ualarm(20000, 0);
	EXPECT_EQ(1, read(fds[0], &c, 1));
	EXPECT_EQ('x', c);
	EXPECT_EQ(1, count);
	wait(NULL);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
