// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of instructions that write entries of pinned tables: which ones are known, and that each
 * has its effect, whether it faults or is done by hypercall.
 */
#include <kunit/test.h>
#include <linux/vmalloc.h>

#include <asm/ptrace.h>

#include "../mm/mm.h"

#define MAGIC	0x1122334455667788UL

static const struct {
	u8 code[9];
	struct xen_pt_insn insn;
} known[] = {
	{ { 0x48, 0x87, 0x02 }, { XEN_PT_XCHG, 0, 0, 3 } },
	{ { 0x4d, 0x87, 0x65, 0x00 }, { XEN_PT_XCHG, 12, 0, 4 } },
	{ { 0x49, 0x87, 0x45, 0xf8 }, { XEN_PT_XCHG, 0, 0, 4 } },
	{ { 0x48, 0x87, 0x4c, 0xcc, 0x10 }, { XEN_PT_XCHG, 1, 0, 5 } },
	{ { 0x48, 0x87, 0x34, 0xc5, 1, 2, 3, 4 }, { XEN_PT_XCHG, 6, 0, 8 } },
	{ { 0x48, 0x87, 0x34, 0xc2 }, { XEN_PT_XCHG, 6, 0, 4 } },
	{ { 0x4c, 0x87, 0x94, 0x24, 1, 2, 3, 4 }, { XEN_PT_XCHG, 10, 0, 8 } },
	{ { 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, { XEN_PT_CMPXCHG, 1, 0, 5 } },
	{ { 0x3e, 0x4c, 0x0f, 0xb1, 0x3f }, { XEN_PT_CMPXCHG, 15, 0, 5 } },
	{ { 0xf0, 0x48, 0x0f, 0xba, 0x32, 0x05 }, { XEN_PT_CLEAR_BIT, 6, 5, 6 } },
	{ { 0xf0, 0x49, 0x0f, 0xba, 0x74, 0x24, 0x08, 0x3a }, { XEN_PT_CLEAR_BIT, 6, 58, 8 } },
	{ { 0x48, 0x89, 0x83, 1, 2, 3, 4 }, { XEN_PT_STORE, 0, 0, 7 } },
	{ { 0x48, 0x89, 0x35, 1, 2, 3, 4 }, { XEN_PT_STORE, 6, 0, 7 } },
};

static const u8 unknown[][9] = {
	{ 0x48, 0x87, 0xc2 },				/* between registers */
	{ 0x87, 0x02 },					/* 32 bits */
	{ 0x66, 0x48, 0x87, 0x02 },
	{ 0xf0, 0x48, 0x0f, 0xba, 0x2a, 0x05 },		/* sets a bit */
	{ 0xf0, 0x48, 0x0f, 0xc1, 0x02 },		/* adds */
	{ 0xf0, 0x48, 0x21, 0x02 },			/* and */
	{ 0xf3, 0x48, 0xa5 },				/* a string */
	{ 0x48, 0x8b, 0x02 },				/* a load */
};

static void instructions_known(struct kunit *test)
{
	struct xen_pt_insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		insn = (struct xen_pt_insn){ };
		KUNIT_EXPECT_TRUE_MSG(test, xen_pt_insn_decode(known[i].code, &insn), "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.kind, known[i].insn.kind, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.reg, known[i].insn.reg, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.bit, known[i].insn.bit, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.len, known[i].insn.len, "%u", i);
	}
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		KUNIT_EXPECT_FALSE_MSG(test, xen_pt_insn_decode(unknown[i], &insn), "%u", i);
}

struct entry {
	u64 *word;		/* what it leads to, in vmalloc's space */
	pte_t *ptep;		/* of the kernel's table, pinned */
	u64 val;		/* at the beginning */
};

static int entry_init(struct kunit *test)
{
	unsigned int level;
	struct entry *e;

	if (!xen_pv_domain())
		kunit_skip(test, "not a PV domain");
	e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, e);
	e->word = vzalloc(PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, e->word);
	test->priv = e;
	*e->word = MAGIC;
	e->ptep = lookup_address((unsigned long)e->word, &level);
	KUNIT_ASSERT_EQ(test, level, PG_LEVEL_4K);
	KUNIT_ASSERT_TRUE(test, xen_pt_pinned(e->ptep));
	e->val = e->ptep->pte;
	return 0;
}

static void entry_exit(struct kunit *test)
{
	struct entry *e = test->priv;

	if (!e)
		return;
	set_pte(e->ptep, native_make_pte(e->val));
	KUNIT_EXPECT_EQ(test, MAGIC, *e->word);
	vfree(e->word);
}

/* What an instruction leaves in its registers; it must have ended, with the entry at @val. */
static void by_call(struct kunit *test, const u8 *code, unsigned int len, struct pt_regs *regs,
		    u64 val)
{
	struct entry *e = test->priv;

	regs->ip = (unsigned long)code;
	KUNIT_EXPECT_TRUE(test, xen_pt_write_by_call(regs, e->ptep));
	KUNIT_EXPECT_EQ(test, regs->ip, (unsigned long)code + len);
	KUNIT_EXPECT_EQ(test, e->ptep->pte, val);
}

static void exchange_by_call(struct kunit *test)
{
	static const u8 code[] = { 0x49, 0x87, 0x10 };		/* xchg %rdx, (%r8) */
	struct entry *e = test->priv;
	struct pt_regs regs = { };

	by_call(test, code, sizeof(code), &regs, 0);
	KUNIT_EXPECT_EQ(test, regs.dx, e->val);
	by_call(test, code, sizeof(code), &regs, e->val);
	KUNIT_EXPECT_EQ(test, regs.dx, 0);

	/* One that a processor may make dirty at any time. */
	regs.dx = e->val & ~_PAGE_DIRTY;
	by_call(test, code, sizeof(code), &regs, e->val & ~_PAGE_DIRTY);
	regs.dx = 0;
	by_call(test, code, sizeof(code), &regs, 0);
	KUNIT_EXPECT_EQ(test, regs.dx | _PAGE_DIRTY, e->val);
}

static void compare_by_call(struct kunit *test)
{
	static const u8 code[] = { 0xf0, 0x48, 0x0f, 0xb1, 0x0e };	/* cmpxchg %rcx, (%rsi) */
	struct entry *e = test->priv;
	u64 read_only = e->val & ~_PAGE_RW, clean = e->val & ~(_PAGE_DIRTY | _PAGE_ACCESSED);
	struct pt_regs regs = { .ax = e->val ^ _PAGE_RW, .cx = 0, .flags = X86_EFLAGS_ZF };

	by_call(test, code, sizeof(code), &regs, e->val);
	KUNIT_EXPECT_EQ(test, regs.ax, e->val);
	KUNIT_EXPECT_FALSE(test, regs.flags & X86_EFLAGS_ZF);

	regs.cx = read_only;
	by_call(test, code, sizeof(code), &regs, read_only);
	KUNIT_EXPECT_TRUE(test, regs.flags & X86_EFLAGS_ZF);

	regs.ax = read_only;
	regs.cx = clean;
	by_call(test, code, sizeof(code), &regs, clean);
	KUNIT_EXPECT_TRUE(test, regs.flags & X86_EFLAGS_ZF);
}

static void clear_bit_by_call(struct kunit *test)
{
	static const u8 code[] = { 0xf0, 0x48, 0x0f, 0xba, 0x32, _PAGE_BIT_ACCESSED };
	struct entry *e = test->priv;
	struct pt_regs regs = { };

	set_pte(e->ptep, native_make_pte(e->val | _PAGE_ACCESSED));
	by_call(test, code, sizeof(code), &regs, e->val & ~_PAGE_ACCESSED);
	KUNIT_EXPECT_TRUE(test, regs.flags & X86_EFLAGS_CF);
	by_call(test, code, sizeof(code), &regs, e->val & ~_PAGE_ACCESSED);
	KUNIT_EXPECT_FALSE(test, regs.flags & X86_EFLAGS_CF);
}

/* Neither has an effect. */
static void others_are_left(struct kunit *test)
{
	static const u8 xchg[] = { 0x48, 0x87, 0x02 };
	struct entry *e = test->priv;
	struct pt_regs regs = { .ip = (unsigned long)unknown[4] }, before = regs;

	KUNIT_EXPECT_FALSE(test, xen_pt_write_by_call(&regs, e->ptep));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&regs, &before, sizeof(regs)));
	/* Single steps end behind the instruction. */
	regs.ip = (unsigned long)xchg;
	regs.flags = X86_EFLAGS_TF;
	KUNIT_EXPECT_FALSE(test, xen_pt_write_by_call(&regs, e->ptep));
	/* Half an entry and half the next one. */
	regs.flags = 0;
	KUNIT_EXPECT_FALSE(test, xen_pt_write_by_call(&regs, (pte_t *)((u8 *)e->ptep + 4)));
	KUNIT_EXPECT_EQ(test, e->ptep->pte, e->val);
}

/* As the core does it; and no fault was one too many, where we take them. */
static void by_fault(struct kunit *test)
{
	struct entry *e = test->priv;
	unsigned long old = e->val;

	KUNIT_EXPECT_EQ(test, native_ptep_get_and_clear(e->ptep).pte, e->val);
	KUNIT_EXPECT_EQ(test, e->ptep->pte, 0);
	WRITE_ONCE(*e->ptep, native_make_pte(e->val | _PAGE_ACCESSED));
	KUNIT_EXPECT_EQ(test, e->ptep->pte, e->val | _PAGE_ACCESSED);
	KUNIT_EXPECT_TRUE(test, test_and_clear_bit(_PAGE_BIT_ACCESSED,
						   (unsigned long *)e->ptep));
	KUNIT_EXPECT_EQ(test, e->ptep->pte, e->val & ~_PAGE_ACCESSED);
	old = e->val & ~_PAGE_ACCESSED;
	KUNIT_EXPECT_TRUE(test, try_cmpxchg((unsigned long *)e->ptep, &old, old & ~_PAGE_RW));
	KUNIT_EXPECT_EQ(test, e->ptep->pte, old & ~_PAGE_RW);
	KUNIT_EXPECT_FALSE(test, try_cmpxchg((unsigned long *)e->ptep, &old, 0));
	KUNIT_EXPECT_EQ(test, e->ptep->pte, old);
	KUNIT_EXPECT_EQ(test, xen_pt_emulated, xen_initial_domain());
}

static struct kunit_case write_cases[] = {
	KUNIT_CASE(instructions_known),
	KUNIT_CASE(exchange_by_call),
	KUNIT_CASE(compare_by_call),
	KUNIT_CASE(clear_bit_by_call),
	KUNIT_CASE(others_are_left),
	KUNIT_CASE(by_fault),
	{ }
};

static struct kunit_suite write_suite = {
	.name = "xen_pt_write",
	.init = entry_init,
	.exit = entry_exit,
	.test_cases = write_cases,
};

kunit_test_suite(write_suite);
