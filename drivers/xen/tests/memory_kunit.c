// SPDX-License-Identifier: GPL-2.0
/* Memory to and from the hypervisor: what is asked, and what is made of every kind of answer. */
#include <kunit/test.h>
#include <xen/hv_domain.h>
#include <xen/hv_memory.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>
#include "fake_hv.h"

#define PAGES	8

struct memory_test {
	struct xen_fake_hv hv;
	long answer;
	enum xen_hv_op op;
	xen_pfn_t *frames;
	unsigned long n, order;
	domid_t domain;
	u16 space;
	xen_pfn_t gone;
};

static bool memory_claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	switch (op) {
	case XEN_HV_MEMORY_SIZE:
	case XEN_HV_MEMORY_POPULATE:
	case XEN_HV_MEMORY_RELEASE:
	case XEN_HV_MEMORY_PLACE_FOREIGN:
	case XEN_HV_MEMORY_UNPLACE:
	case XEN_HV_VERSION_FEATURES:
		return true;
	default:
		return false;
	}
}

static void note_reservation(struct memory_test *t, struct xen_memory_reservation *r)
{
	int i;

	t->frames = *(xen_pfn_t **)&r->extent_start;
	t->n = r->nr_extents;
	t->order = r->extent_order;
	t->domain = r->domid;
	/* As a PV domain finds the machine's frames afterwards. */
	if (t->op == XEN_HV_MEMORY_POPULATE)
		for (i = 0; i < t->answer; i++)
			t->frames[i] += 1000;
}

static void note_range(struct memory_test *t, struct xen_add_to_physmap_range *r)
{
	int i, *errors = *(int **)&r->errs;

	t->frames = *(xen_pfn_t **)&r->gpfns;
	t->n = r->size;
	t->domain = r->foreign_domid;
	t->space = r->space;
	for (i = 0; i < r->size; i++)
		errors[i] = i & 1 ? -ENOENT : 0;
}

static long memory_call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct memory_test *t = container_of(hv, struct memory_test, hv);

	t->op = op;
	switch (op) {
	case XEN_HV_MEMORY_SIZE:
		t->domain = *(domid_t *)arg;
		break;
	case XEN_HV_MEMORY_POPULATE:
	case XEN_HV_MEMORY_RELEASE:
		note_reservation(t, arg);
		break;
	case XEN_HV_MEMORY_PLACE_FOREIGN:
		note_range(t, arg);
		break;
	case XEN_HV_MEMORY_UNPLACE:
		t->gone = ((struct xen_remove_from_physmap *)arg)->gpfn;
		break;
	default:
		((struct xen_feature_info *)arg)->submap = 0x5a;
		break;
	}
	return t->answer;
}

static struct memory_test *memory_install(struct kunit *test)
{
	static const struct xen_fake_hv fake = { .claims = memory_claims, .call = memory_call };

	return xen_fake_hv_new(test, &fake, sizeof(struct memory_test));
}

static void fill(xen_pfn_t *frames)
{
	int i;

	for (i = 0; i < PAGES; i++)
		frames[i] = 100 + i;
}

/* The answer is how many, the first ones; those are passed on as they are. */
static void memory_moves_the_first(struct kunit *test)
{
	struct memory_test *t = memory_install(test);
	xen_pfn_t frames[PAGES];
	int some;

	for (some = 0; some <= PAGES; some++) {
		fill(frames);
		t->answer = some;
		KUNIT_EXPECT_EQ(test, some, xenmem_reservation_increase(PAGES, frames));
		KUNIT_EXPECT_EQ(test, (int)XEN_HV_MEMORY_POPULATE, (int)t->op);
		KUNIT_EXPECT_PTR_EQ(test, &frames[0], t->frames);
		KUNIT_EXPECT_EQ(test, PAGES, t->n);
		KUNIT_EXPECT_EQ(test, PAGE_SHIFT - XEN_PAGE_SHIFT, t->order);
		KUNIT_EXPECT_EQ(test, DOMID_SELF, t->domain);
		if (some)
			KUNIT_EXPECT_EQ(test, 1100 + some - 1, frames[some - 1]);
		if (some < PAGES)
			KUNIT_EXPECT_EQ(test, 100 + some, frames[some]);
		KUNIT_EXPECT_EQ(test, some, xenmem_reservation_decrease(PAGES, frames));
		KUNIT_EXPECT_EQ(test, (int)XEN_HV_MEMORY_RELEASE, (int)t->op);
		KUNIT_EXPECT_EQ(test, PAGES, t->n);
	}
}

static void memory_errors(struct kunit *test)
{
	struct memory_test *t = memory_install(test);
	xen_pfn_t frames[PAGES];

	fill(frames);
	t->answer = -ENOMEM;
	KUNIT_EXPECT_EQ(test, -ENOMEM, xenmem_reservation_increase(PAGES, frames));
	KUNIT_EXPECT_EQ(test, -ENOMEM, xenmem_reservation_decrease(PAGES, frames));
	KUNIT_EXPECT_EQ(test, 100, frames[0]);
	KUNIT_EXPECT_EQ(test, -ENOMEM, xen_hv_memory_size());
	KUNIT_EXPECT_EQ(test, -ENOMEM, xen_hv_memory_unplace(xgfn(7)));
	/* What no errno is. */
	t->answer = INT_MIN + 5;
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_memory_size());
	/* 8 TiB, and 16 TiB less a page: an int would make errors of both. */
	t->answer = 1L << 31;
	KUNIT_EXPECT_EQ(test, 1L << 31, xen_hv_memory_size());
	t->answer = U32_MAX;
	KUNIT_EXPECT_EQ(test, (long)U32_MAX, xen_hv_memory_size());
}

static void memory_foreign(struct kunit *test)
{
	struct memory_test *t = memory_install(test);
	xen_ulong_t theirs[PAGES] = {};
	xen_pfn_t ours[PAGES];
	int errors[PAGES], i;

	fill(ours);
	KUNIT_EXPECT_EQ(test, 0, xen_hv_memory_place_foreign(9, theirs, ours, errors, PAGES));
	KUNIT_EXPECT_EQ(test, 9, t->domain);
	KUNIT_EXPECT_EQ(test, XENMAPSPACE_gmfn_foreign, t->space);
	KUNIT_EXPECT_EQ(test, PAGES, t->n);
	KUNIT_EXPECT_PTR_EQ(test, &ours[0], t->frames);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, i & 1 ? -ENOENT : 0, errors[i]);
	KUNIT_EXPECT_EQ(test, 0, xen_hv_memory_unplace(xgfn(1234)));
	KUNIT_EXPECT_EQ(test, 1234, t->gone);
}

static void memory_features(struct kunit *test)
{
	struct memory_test *t = memory_install(test);
	u32 bits = 1;

	KUNIT_EXPECT_EQ(test, 0, xen_hv_features(0, &bits));
	KUNIT_EXPECT_EQ(test, 0x5a, bits);
	t->answer = -EINVAL;
	bits = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_hv_features(0, &bits));
	KUNIT_EXPECT_EQ(test, 1, bits);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(memory_moves_the_first),
	KUNIT_CASE(memory_errors),
	KUNIT_CASE(memory_foreign),
	KUNIT_CASE(memory_features),
	{ }
};

static struct kunit_suite memory_suite = {
	.name = "xen-memory",
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
