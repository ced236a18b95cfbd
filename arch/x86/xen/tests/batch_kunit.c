// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of the batch: what arrives at the hypervisor, in which order, and when. The door is a
 * fake that notes what it is handed.
 */
#include <kunit/test.h>

#include "../xen_arch.h"

#define NOTED	64

static struct {
	unsigned int issues;
	unsigned int calls;
	unsigned long op[NOTED];
	unsigned long elements[NOTED];
	u64 first[NOTED];		/* word of what each call points to */
	unsigned int after_at[NOTED];	/* issues done when each callback ran */
	unsigned int afters;
} seen;

static void fake_door(struct multicall_entry *call, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && seen.calls < NOTED; i++, seen.calls++) {
		seen.op[seen.calls] = call[i].op;
		seen.elements[seen.calls] = call[i].args[1];
		seen.first[seen.calls] = call[i].args[0] ? *(u64 *)call[i].args[0] : 0;
		call[i].result = 0;
	}
	seen.issues++;
}

static void note_after(void *data)
{
	if (seen.afters < NOTED)
		seen.after_at[seen.afters++] = seen.issues;
}

static struct xen_batch *new_batch(struct kunit *test)
{
	struct xen_batch *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	memset(&seen, 0, sizeof(seen));
	return b;
}

static void update(struct xen_batch *b, u64 ptr)
{
	u64 *u = xen_batch_more(b, __HYPERVISOR_mmu_update, 2, fake_door);

	u[0] = ptr;
	u[1] = 0;
}

static void ext(struct xen_batch *b, u64 cmd)
{
	*xen_batch_more(b, __HYPERVISOR_mmuext_op, 3, fake_door) = cmd;
}

static void lone(struct xen_batch *b)
{
	struct multicall_entry *call;

	xen_batch_take(b, __HYPERVISOR_update_va_mapping, 0, fake_door);
	call = &b->call[b->nr - 1];
	call->args[0] = 0;
	call->args[1] = 0;
}

static void batch_merges(struct kunit *test)
{
	struct xen_batch *b = new_batch(test);
	unsigned int i;

	for (i = 0; i < 5; i++)
		update(b, 100 + i);
	KUNIT_EXPECT_EQ(test, 0, seen.issues);
	KUNIT_EXPECT_EQ(test, 0, xen_batch_issue(b, fake_door));
	KUNIT_EXPECT_EQ(test, 1, seen.calls);
	KUNIT_EXPECT_EQ(test, 5, seen.elements[0]);
	KUNIT_EXPECT_EQ(test, 100, seen.first[0]);
}

static void batch_keeps_order(struct kunit *test)
{
	static const unsigned long order[] = {
		__HYPERVISOR_mmu_update, __HYPERVISOR_mmuext_op, __HYPERVISOR_update_va_mapping,
		__HYPERVISOR_mmuext_op, __HYPERVISOR_mmu_update,
	};
	struct xen_batch *b = new_batch(test);
	unsigned int i;

	update(b, 1);
	ext(b, 2);
	ext(b, 3);
	lone(b);
	ext(b, 4);
	update(b, 5);
	xen_batch_issue(b, fake_door);
	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(order), seen.calls);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, order[i], seen.op[i]);
	KUNIT_EXPECT_EQ(test, 2, seen.elements[1]);
	KUNIT_EXPECT_EQ(test, 4, seen.first[3]);
}

/* A call that points to more than its array must not be taken for one that can grow. */
static void batch_grows_in_place_only(struct kunit *test)
{
	struct xen_batch *b = new_batch(test);

	ext(b, 1);
	xen_batch_take(b, __HYPERVISOR_mmuext_op, 4, fake_door);
	b->call[b->nr - 1].args[0] = (unsigned long)&b->arg[b->words - 4];
	b->call[b->nr - 1].args[1] = 1;
	ext(b, 2);
	xen_batch_issue(b, fake_door);
	KUNIT_EXPECT_EQ(test, 3, seen.calls);
	KUNIT_EXPECT_EQ(test, 2, seen.first[2]);
}

static void batch_issues_when_full(struct kunit *test)
{
	struct xen_batch *b = new_batch(test);
	unsigned int i;

	for (i = 0; i < XEN_BATCH_CALLS; i++)
		lone(b);
	KUNIT_EXPECT_EQ(test, 0, seen.issues);
	lone(b);
	KUNIT_EXPECT_EQ(test, 1, seen.issues);
	KUNIT_EXPECT_EQ(test, XEN_BATCH_CALLS, seen.calls);
	KUNIT_EXPECT_EQ(test, 1, b->nr);

	b = new_batch(test);
	for (i = 0; i <= XEN_BATCH_WORDS / 2; i++)
		update(b, i);
	KUNIT_EXPECT_EQ(test, 1, seen.issues);
	KUNIT_EXPECT_EQ(test, XEN_BATCH_WORDS / 2, seen.elements[0]);
	KUNIT_EXPECT_EQ(test, 1, b->call[0].args[1]);
}

static void batch_calls_back_after(struct kunit *test)
{
	struct xen_batch *b = new_batch(test);
	unsigned int i;

	update(b, 1);
	xen_batch_defer(b, note_after, NULL, fake_door);
	KUNIT_EXPECT_EQ(test, 0, seen.afters);
	xen_batch_issue(b, fake_door);
	KUNIT_EXPECT_EQ(test, 1, seen.afters);
	KUNIT_EXPECT_EQ(test, 1, seen.after_at[0]);

	for (i = 0; i <= XEN_BATCH_CALLS; i++) {
		update(b, i);
		xen_batch_defer(b, note_after, NULL, fake_door);
	}
	/* The callback that found no room waits for its own call. */
	KUNIT_EXPECT_EQ(test, 1 + XEN_BATCH_CALLS, seen.afters);
	KUNIT_EXPECT_EQ(test, 1, b->nr_after);
	xen_batch_issue(b, fake_door);
	KUNIT_EXPECT_EQ(test, 0, b->nr_after);
}

static void batch_of_nothing(struct kunit *test)
{
	struct xen_batch *b = new_batch(test);

	KUNIT_EXPECT_EQ(test, 0, xen_batch_issue(b, fake_door));
	KUNIT_EXPECT_EQ(test, 0, seen.issues);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(batch_merges),
	KUNIT_CASE(batch_keeps_order),
	KUNIT_CASE(batch_grows_in_place_only),
	KUNIT_CASE(batch_issues_when_full),
	KUNIT_CASE(batch_calls_back_after),
	KUNIT_CASE(batch_of_nothing),
	{ }
};

static struct kunit_suite batch_suite = {
	.name = "xen_batch",
	.test_cases = batch_cases,
};

kunit_test_suite(batch_suite);
