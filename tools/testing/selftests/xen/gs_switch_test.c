// SPDX-License-Identifier: GPL-2.0
/*
 * %gs of one process must not become another's.  In PV a switch leaves out what the CPU is known to
 * hold; user mode can change %gs behind the kernel's back by loading selectors, and some CPUs keep
 * the base when the null selector is loaded.
 */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define ROUNDS		200
#define FLAT_SELECTOR	0x2b
#define LDT_SELECTOR	7

static uint64_t read_gs(const void *at)
{
	uint64_t value;

	asm volatile("movq %%gs:(%1), %0" : "=r" (value) : "r" (at) : "memory");
	return value;
}

static void load_gs(unsigned int selector)
{
	asm volatile("movw %w0, %%gs" :: "r" (selector) : "memory");
}

static int set_gs_base(const void *base)
{
	return syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}

/* What the other process does before each switch to the one that looks. */
struct trick {
	int (*begin)(void);
	void (*round)(void);
};

static uint64_t theirs[2] = { 1, 2 };

static int begin_base(void)
{
	return set_gs_base(theirs);
}

static int begin_descriptor(void)
{
	struct user_desc desc = { .limit = 0xfffff, .limit_in_pages = 1, .seg_32bit = 1 };
	void *low = mmap(NULL, XT_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		return -1;
	desc.base_addr = (uintptr_t)low;
	return (int)syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc));
}

static int begin_nothing(void)
{
	return 0;
}

static void leave_base(void)
{
	load_gs(LDT_SELECTOR);
	load_gs(0);
}

static void leave_selector(void)
{
	load_gs(LDT_SELECTOR);
}

static void lose_base(void)
{
	load_gs(FLAT_SELECTOR);
	load_gs(0);
}

static void do_nothing(void)
{
}

static const struct trick base_of_its_own = { begin_base, do_nothing };
static const struct trick descriptor_then_null = { begin_descriptor, leave_base };
static const struct trick descriptor = { begin_descriptor, leave_selector };
static const struct trick flat_then_null = { begin_nothing, lose_base };
static const struct trick same_base_lost = { begin_base, lose_base };

FIXTURE(pair) {
	pid_t pid;
	int to[2], from[2];
};

/* On one CPU, so that each round is two switches between them. */
FIXTURE_SETUP(pair)
{
	ASSERT_EQ(0, xt_pin(xt_nth_cpu(0)));
	ASSERT_EQ(0, pipe(self->to));
	ASSERT_EQ(0, pipe(self->from));
	self->pid = 0;
}

FIXTURE_TEARDOWN(pair)
{
	int status = -1;

	close(self->to[1]);
	if (self->pid)
		waitpid(self->pid, &status, 0);
	EXPECT_EQ(0, status);
}

static void play(const struct trick *trick, int in, int out)
{
	char byte = 0;

	if (trick->begin())
		_exit(1);
	while (read(in, &byte, 1) == 1) {
		trick->round();
		if (write(out, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static bool start(FIXTURE_DATA(pair) *self, const struct trick *trick)
{
	self->pid = fork();
	if (!self->pid) {
		close(self->to[1]);
		play(trick, self->to[0], self->from[1]);
	}
	return self->pid > 0;
}

static bool turn(FIXTURE_DATA(pair) *self)
{
	char byte = 0;

	return write(self->to[1], &byte, 1) == 1 && read(self->from[0], &byte, 1) == 1;
}

/* Rounds after which %gs did not lead to @value at @at. */
static int strays(FIXTURE_DATA(pair) *self, const void *at, uint64_t value)
{
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (!turn(self))
			return -1;
		bad += read_gs(at) != value;
	}
	return bad;
}

static uint64_t mine = 0x1234567890abcdef;

TEST_F(pair, base_0_beside_a_base)
{
	ASSERT_TRUE(start(self, &base_of_its_own));
	EXPECT_EQ(0, strays(self, &mine, mine));
}

TEST_F(pair, base_0_beside_a_descriptor)
{
	ASSERT_TRUE(start(self, &descriptor));
	EXPECT_EQ(0, strays(self, &mine, mine));
}

TEST_F(pair, base_0_beside_a_base_that_is_left)
{
	ASSERT_TRUE(start(self, &descriptor_then_null));
	EXPECT_EQ(0, strays(self, &mine, mine));
}

TEST_F(pair, base_beside_base_0)
{
	ASSERT_TRUE(start(self, &flat_then_null));
	ASSERT_EQ(0, set_gs_base(theirs));
	EXPECT_EQ(0, strays(self, (void *)8, 2));
}

/* The same base in both, and the other one loses it. */
TEST_F(pair, base_beside_the_same)
{
	ASSERT_TRUE(start(self, &same_base_lost));
	ASSERT_EQ(0, set_gs_base(theirs));
	EXPECT_EQ(0, strays(self, (void *)8, 2));
}

TEST_F(pair, base_beside_a_descriptor)
{
	ASSERT_TRUE(start(self, &descriptor_then_null));
	ASSERT_EQ(0, set_gs_base(theirs));
	EXPECT_EQ(0, strays(self, (void *)8, 2));
}

/* Both have a table, so neither is trusted. */
TEST_F(pair, base_0_where_both_have_descriptors)
{
	ASSERT_EQ(0, begin_descriptor());
	ASSERT_TRUE(start(self, &descriptor_then_null));
	load_gs(0);
	ASSERT_EQ(0, set_gs_base(NULL));
	EXPECT_EQ(0, strays(self, &mine, mine));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
