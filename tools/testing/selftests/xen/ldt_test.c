// SPDX-License-Identifier: GPL-2.0
/*
 * Segments: local descriptor tables, 32-bit code, FS and GS bases, and the
 * segment that tells a program its CPU.  In PV every descriptor goes through
 * the hypervisor.
 */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define SELECTOR(entry)	((entry) << 3 | 7)
#define USER32_CS	0x23
#define CPU_SEGMENT	0x7b

static sigjmp_buf env;
static volatile sig_atomic_t faults;

static void on_fault(int sig)
{
	faults++;
	siglongjmp(env, sig);
}

static void catch_faults(void)
{
	struct sigaction act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGILL, &act, NULL);
	sigaction(SIGTRAP, &act, NULL);
}

static struct user_desc data_entry(int entry, void *base, unsigned int limit)
{
	struct user_desc desc = {
		.entry_number = entry, .base_addr = (uintptr_t)base,
		.limit = limit, .seg_32bit = 1,
	};

	return desc;
}

/* This call returns an int in a long: errors below -1 are not sign-extended. */
static int modify_ldt(int func, const void *ptr, size_t size)
{
	int ret = syscall(SYS_modify_ldt, func, ptr, size);

	return ret == -1 ? -errno : ret;
}

static int set_entry(const struct user_desc *desc)
{
	return modify_ldt(0x11, desc, sizeof(*desc));
}

static int clear_entry(int entry)
{
	struct user_desc desc = {
		.entry_number = entry, .read_exec_only = 1, .seg_not_present = 1,
	};

	return set_entry(&desc);
}

static void *low_page(int prot)
{
	void *p = mmap(NULL, XT_PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS |
		       MAP_32BIT, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The first word of a segment, through fs; fs is left empty. */
static uint32_t read_through(int selector)
{
	uint32_t value;

	asm volatile("movw %w1, %%fs\n\tmovl %%fs:0, %0" :
		     "=r" (value) : "r" (selector) : "memory");
	return value;
}

/*
 * The C library keeps its thread's block in fs; it is put back around each use.
 */
static unsigned long fs_base(void)
{
	unsigned long base = 0;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	return base;
}

static int read_entry(int entry, uint32_t *value)
{
	unsigned long keep = fs_base();
	int sig = sigsetjmp(env, 1);
	uint32_t got = 0;

	if (!sig)
		got = read_through(SELECTOR(entry));
	asm volatile("syscall" :: "a" (SYS_arch_prctl), "D" (ARCH_SET_FS),
		     "S" (keep) : "rcx", "r11", "memory");
	*value = got;
	return sig;
}

FIXTURE(ldt) {
	uint32_t *page;
};

FIXTURE_SETUP(ldt)
{
	struct user_desc desc = data_entry(0, NULL, 0);

	if (set_entry(&desc) == -ENOSYS)
		SKIP(return, "the kernel has no modify_ldt");
	ASSERT_EQ(0, clear_entry(0));
	self->page = low_page(PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, self->page);
	catch_faults();
}

FIXTURE_TEARDOWN(ldt)
{
}

TEST_F(ldt, data_segment)
{
	struct user_desc desc;
	uint32_t value;

	for (int entry = 0; entry < 8192; entry += 1 + entry / 2) {
		self->page[entry % 100] = 0x1000 + entry;
		desc = data_entry(entry, &self->page[entry % 100], 3);
		ASSERT_EQ(0, set_entry(&desc));
		ASSERT_EQ(0, read_entry(entry, &value));
		EXPECT_EQ(0x1000 + entry, value);
	}
}

/* 64-bit code is not held to a limit, but can ask for it. */
TEST_F(ldt, limit_can_be_asked)
{
	struct user_desc desc = data_entry(1, self->page, 1234);
	uint32_t limit = 0;
	uint8_t ok;

	ASSERT_EQ(0, set_entry(&desc));
	asm volatile("lsl %2, %0\n\tsetz %1" :
		     "+r" (limit), "=q" (ok) : "r" (SELECTOR(1)) : "cc");
	EXPECT_EQ(1, ok);
	EXPECT_EQ(1234, limit);
	ASSERT_EQ(0, clear_entry(1));
	asm volatile("lsl %2, %0\n\tsetz %1" :
		     "+r" (limit), "=q" (ok) : "r" (SELECTOR(1)) : "cc");
	EXPECT_EQ(0, ok);
}

TEST_F(ldt, absent_and_cleared)
{
	struct user_desc desc = data_entry(2, self->page, 100);
	uint32_t value;

	EXPECT_NE(0, read_entry(2, &value));
	desc.seg_not_present = 1;
	ASSERT_EQ(0, set_entry(&desc));
	EXPECT_NE(0, read_entry(2, &value));
	desc.seg_not_present = 0;
	ASSERT_EQ(0, set_entry(&desc));
	EXPECT_EQ(0, read_entry(2, &value));
	ASSERT_EQ(0, clear_entry(2));
	EXPECT_NE(0, read_entry(2, &value));
	EXPECT_NE(0, read_entry(8191, &value));
}

TEST_F(ldt, table_can_be_read)
{
	uint64_t table[16];
	struct user_desc desc = data_entry(3, (void *)0x12345678, 0xabcde);
	long got;

	desc.limit_in_pages = 1;
	ASSERT_EQ(0, set_entry(&desc));
	got = modify_ldt(0, table, sizeof(table));
	ASSERT_GE(got, 32);
	/* The accessed bit may be set for us. */
	EXPECT_EQ(0x12caf3345678bcdeULL, table[3] | 1ULL << 40)
		TH_LOG("entry %llx", (unsigned long long)table[3]);
	EXPECT_EQ(0, table[2]);
}

TEST_F(ldt, bad_entries_are_refused)
{
	struct user_desc desc = data_entry(8192, self->page, 3);

	EXPECT_EQ(-EINVAL, set_entry(&desc));
	desc = data_entry(0, self->page, 3);
	desc.contents = 3;	/* conforming code, but present */
	EXPECT_EQ(-EINVAL, set_entry(&desc));
	EXPECT_EQ(-EINVAL, modify_ldt(0x11, &desc, 3));
	EXPECT_EQ(-ENOSYS, modify_ldt(99, &desc, sizeof(desc)));
	EXPECT_EQ(-EFAULT, modify_ldt(0x11, xt_bad_pointer(), sizeof(desc)));
}

/* A child has a copy of its own. */
TEST_F(ldt, fork_copies)
{
	struct user_desc desc = data_entry(4, self->page, 100);
	uint32_t value;
	int status;
	pid_t pid;

	self->page[0] = 0x44;
	ASSERT_EQ(0, set_entry(&desc));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (read_entry(4, &value) || value != 0x44)
			_exit(1);
		_exit(clear_entry(4) || !read_entry(4, &value));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, read_entry(4, &value));
	EXPECT_EQ(0x44, value);
}

TEST_F(ldt, many_processes_with_tables)
{
	struct user_desc desc;
	uint32_t value;
	int status, bad = 0;

	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		ASSERT_GE(pid, 0);
		if (pid)
			continue;
		xt_pin(xt_nth_cpu(i % xt_nr_online()));
		for (int j = 0; j < 20; j++) {
			self->page[1] = i * 100 + j;
			desc = data_entry(i * j % 1000, &self->page[1], 3);
			if (set_entry(&desc) ||
			    read_entry(i * j % 1000, &value) ||
			    value != self->page[1])
				_exit(1);
			sched_yield();
		}
		_exit(0);
	}
	for (int i = 0; i < 20; i++) {
		ASSERT_LT(0, wait(&status));
		bad += !!status;
	}
	EXPECT_EQ(0, bad);
}

/*
 * Calls 32-bit code through a far call and comes back: the code is copied to
 * a page below 4 GiB.  Returns what the code leaves in eax.
 */
static uint32_t call_far(int selector, void *code)
{
	struct __attribute__((packed)) {
		uint32_t offset;
		uint16_t selector;
	} target = { (uintptr_t)code, selector };
	uint32_t result;
	/* The far return needs a stack that 32-bit code can address. */
	static char *stack;

	if (!stack)
		stack = low_page(PROT_READ | PROT_WRITE);
	asm volatile("movq %%rsp, %%r12\n\t"
		     "movq %2, %%rsp\n\t"
		     "lcall *(%1)\n\t"
		     "movq %%r12, %%rsp"
		     : "=a" (result)
		     : "r" (&target), "r" (stack + XT_PAGE - 64)
		     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
		       "r13", "r14", "r15", "memory", "cc");
	return result;
}

/* 32-bit: inc by one-byte opcodes, which are prefixes in 64-bit code; lret. */
static const unsigned char code_inc[] = {
	0xb8, 0x10, 0, 0, 0,	/* mov $16, %eax */
	0x40, 0x40, 0x40,	/* inc %eax, three times */
	0xcb,			/* lret */
};

/* 32-bit: getpid by int $0x80; lret. */
static const unsigned char code_getpid[] = {
	0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xcb,
};

FIXTURE(code32) {
	unsigned char *page;
};

FIXTURE_SETUP(code32)
{
	self->page = low_page(PROT_READ | PROT_WRITE | PROT_EXEC);
	ASSERT_NE(NULL, self->page);
	catch_faults();
}

FIXTURE_TEARDOWN(code32)
{
}

TEST_F(code32, flat_segment)
{
	memcpy(self->page, code_inc, sizeof(code_inc));
	if (sigsetjmp(env, 1))
		ASSERT_TRUE(false);
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(19, call_far(USER32_CS, self->page));
}

TEST_F(code32, system_call)
{
	memcpy(self->page, code_getpid, sizeof(code_getpid));
	if (sigsetjmp(env, 1))
		SKIP(return, "the kernel has no 32-bit system calls");
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(getpid(), call_far(USER32_CS, self->page));
}

TEST_F(code32, segment_from_the_table)
{
	struct user_desc desc = {
		.entry_number = 5, .base_addr = 0, .limit = 0xfffff,
		.seg_32bit = 1, .contents = 2, .limit_in_pages = 1,
	};

	memcpy(self->page, code_inc, sizeof(code_inc));
	if (set_entry(&desc) == -ENOSYS)
		SKIP(return, "the kernel has no modify_ldt");
	if (sigsetjmp(env, 1))
		ASSERT_TRUE(false);
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(19, call_far(SELECTOR(5), self->page));
	/* Gone means gone. */
	ASSERT_EQ(0, clear_entry(5));
	faults = 0;
	if (!sigsetjmp(env, 1))
		call_far(SELECTOR(5), self->page);
	EXPECT_EQ(1, faults);
}

/* An exception inside 32-bit code is a signal like any other. */
TEST_F(code32, fault_inside)
{
	static const unsigned char ud2[] = { 0x0f, 0x0b };
	int sig;

	memcpy(self->page, ud2, sizeof(ud2));
	for (int i = 0; i < 20; i++) {
		sig = sigsetjmp(env, 1);
		if (!sig)
			call_far(USER32_CS, self->page);
		ASSERT_EQ(SIGILL, sig);
	}
}

struct holder {
	pthread_t thread;
	unsigned long gs;
	bool broken;
};

/* GS has a base per thread that must survive switches and system calls. */
static void *hold_gs(void *arg)
{
	struct holder *h = arg;
	uint64_t block[4] = { 0, 0x600d000000000000 + (uintptr_t)h };
	unsigned long base;

	if (syscall(SYS_arch_prctl, ARCH_SET_GS, block))
		h->broken = true;
	for (int i = 0; i < 300 && !h->broken; i++) {
		uint64_t got;

		asm volatile("movq %%gs:8, %0" : "=r" (got));
		if (got != block[1])
			h->broken = true;
		syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
		if (base != (uintptr_t)block)
			h->broken = true;
		if (i % 20 == 0)
			xt_pin(xt_nth_cpu(i / 20 % xt_nr_online()));
		sched_yield();
	}
	return NULL;
}

TEST(gs_base_per_thread)
{
	struct holder h[8] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(h); i++)
		ASSERT_EQ(0, pthread_create(&h[i].thread, NULL, hold_gs, &h[i]));
	for (size_t i = 0; i < ARRAY_SIZE(h); i++) {
		pthread_join(h[i].thread, NULL);
		EXPECT_FALSE(h[i].broken);
	}
}

TEST(bases_are_checked)
{
	EXPECT_EQ(-1, syscall(SYS_arch_prctl, ARCH_SET_GS, 1UL << 63));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, syscall(SYS_arch_prctl, ARCH_SET_FS, ~0UL));
	EXPECT_EQ(EPERM, errno);
}

/* The limit of this segment is how the vDSO learns its CPU without RDPID. */
TEST(cpu_segment_tells_the_cpu)
{
	for (int n = 0; n < xt_nr_online(); n++) {
		uint32_t limit = 0;
		uint8_t ok;

		ASSERT_EQ(0, xt_pin(xt_nth_cpu(n)));
		asm volatile("lsl %2, %0\n\tsetz %1" :
			     "+r" (limit), "=q" (ok) : "r" (CPU_SEGMENT) : "cc");
		EXPECT_EQ(1, ok)
			TH_LOG("CPU %d has no such segment", xt_nth_cpu(n));
		EXPECT_EQ(xt_nth_cpu(n), limit & 0xfff);
		EXPECT_EQ(xt_nth_cpu(n), sched_getcpu());
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
