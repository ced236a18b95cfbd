// SPDX-License-Identifier: GPL-2.0
/*
 * Grants against the fake hypervisor: the table's growth and its end, references from all CPUs,
 * revokes that fail, batches. On the bare machine, as a translated domain whose table is plain
 * memory in which the test plays the peer.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <xen/frame_page.h>
#include <xen/xen.h>
#include "../grants/internal.h"
#include "fake_hv.h"

#define MAX_FRAMES	8
#define ALL_REFS	(MAX_FRAMES * XEN_PAGE_SIZE / sizeof(struct grant_entry_v1))
#define USABLE		(ALL_REFS - GNTTAB_NR_RESERVED_ENTRIES)

/*
 * @place_err: why the table cannot grow; @eagain: how many slots are paged out yet; @batch_err and
 * @status: what batches and slots return.
 */
struct fake_grants {
	struct xen_fake_hv hv;
	unsigned int eagain;
	int batch_err;
	int place_err;
	s16 status;
};

static struct fake_grants fake;
static grant_ref_t *refs;
static bool ready;

static bool claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	return true;
}

static s16 slot_status(void)
{
	if (!fake.eagain)
		return fake.status;
	fake.eagain--;
	return GNTST_eagain;
}

static int batch(enum xen_hv_op op, void *arg, unsigned int n)
{
	struct gnttab_map_grant_ref *map = arg;
	struct gnttab_copy *copy = arg;
	unsigned int i;

	for (i = 0; !fake.batch_err && i < n; i++) {
		if (op == XEN_HV_GRANT_MAP)
			map[i].status = slot_status();
		else
			copy[i].status = slot_status();
	}
	return fake.batch_err;
}

static long call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct gnttab_query_size *size = arg;

	switch (op) {
	case XEN_HV_GRANT_QUERY_SIZE:
		size->max_nr_frames = MAX_FRAMES;
		size->status = GNTST_okay;
		return 0;
	case XEN_HV_GRANT_SET_VERSION:
		return 0;
	case XEN_HV_MEMORY_ADD_TO_PHYSMAP:
		return fake.place_err;
	case XEN_HV_GRANT_MAP:
	case XEN_HV_GRANT_COPY:
		return batch(op, arg, n);
	default:
		return -EOPNOTSUPP;
	}
}

/* Also that nobody gets a reference before there is a table. */
static int make_table(struct kunit *test)
{
	static xen_pfn_t pfns[MAX_FRAMES];
	void *table = alloc_pages_exact(MAX_FRAMES * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	grant_ref_t none;
	unsigned int i;

	KUNIT_EXPECT_GT(test, 0, gnttab_alloc_grant_references(1, &none));
	KUNIT_EXPECT_GT(test, 0, gnttab_alloc_grant_reference_seq(1, &none));
	KUNIT_EXPECT_GT(test, 0, gnttab_grant_foreign_access(3, 0x1234, 1));
	refs = vmalloc(ALL_REFS * sizeof(*refs));
	if (!table || !refs)
		return -ENOMEM;
	for (i = 0; i < MAX_FRAMES; i++)
		pfns[i] = PFN_DOWN(__pa(table)) + i;
	xen_auto_xlat_grant_frames.vaddr = table;
	xen_auto_xlat_grant_frames.pfn = pfns;
	xen_auto_xlat_grant_frames.count = MAX_FRAMES;
	return gnttab_init();
}

static int grants_init(struct kunit *test)
{
	if (xen_domain())
		kunit_skip(test, "grants are in use");
	memset(&fake, 0, sizeof(fake));
	fake.hv.claims = claims;
	fake.hv.call = call;
	fake.hv.everybody = true;
	xen_fake_hv_install(test, &fake.hv);
	if (!ready)
		KUNIT_ASSERT_EQ(test, 0, make_table(test));
	ready = true;
	return 0;
}

/* Whatever a test did, no reference is lost. */
static void grants_exit(struct kunit *test)
{
	if (xen_domain())
		return;
	KUNIT_EXPECT_EQ(test, xen_refs_total() - GNTTAB_NR_RESERVED_ENTRIES, xen_refs_free());
}

static u16 *flags_of(grant_ref_t ref)
{
	return &xen_grant_table.slots.v1[ref].flags;
}

static void grant_and_revoke(struct kunit *test)
{
	int ref = gnttab_grant_foreign_access(3, 0x1234, 1);
	struct grant_entry_v1 *slot;

	KUNIT_ASSERT_GE(test, ref, GNTTAB_NR_RESERVED_ENTRIES);
	slot = &xen_grant_table.slots.v1[ref];
	KUNIT_EXPECT_EQ(test, 3, slot->domid);
	KUNIT_EXPECT_EQ(test, 0x1234, slot->frame);
	KUNIT_EXPECT_EQ(test, GTF_permit_access | GTF_readonly, slot->flags);
	slot->flags |= GTF_reading;
	KUNIT_EXPECT_EQ(test, 0, gnttab_try_end_foreign_access(ref));
	KUNIT_EXPECT_EQ(test, 0, gnttab_end_foreign_access_ref(ref));
	KUNIT_EXPECT_NE(test, 0, slot->flags);
	slot->flags &= ~GTF_reading;
	KUNIT_EXPECT_EQ(test, 1, gnttab_try_end_foreign_access(ref));
	KUNIT_EXPECT_EQ(test, 0, slot->flags);
}

static void growth_fails(struct kunit *test)
{
	unsigned int before = xen_refs_total();
	grant_ref_t head;

	fake.place_err = -ENOMEM;
	KUNIT_EXPECT_EQ(test, -ENOSPC, gnttab_alloc_grant_references(before, &head));
	KUNIT_EXPECT_EQ(test, before, xen_refs_total());
	fake.place_err = 0;
	KUNIT_EXPECT_EQ(test, 0, gnttab_alloc_grant_references(before, &head));
	KUNIT_EXPECT_GT(test, xen_refs_total(), before);
	gnttab_free_grant_references(head);
}

/* All of them, each once, then an error, and all of them again. */
static void exhaustion(struct kunit *test)
{
	unsigned long *seen = bitmap_zalloc(ALL_REFS, GFP_KERNEL);
	unsigned int n, round;
	grant_ref_t head;
	int ref;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (round = 0; round < 2; round++) {
		bitmap_zero(seen, ALL_REFS);
		for (n = 0; (ref = gnttab_grant_foreign_access(1, n, 0)) >= 0; n++) {
			KUNIT_ASSERT_LT(test, n, ALL_REFS);
			KUNIT_ASSERT_FALSE(test, __test_and_set_bit(ref, seen));
			refs[n] = ref;
		}
		KUNIT_EXPECT_EQ(test, -ENOSPC, ref);
		KUNIT_EXPECT_EQ(test, USABLE, n);
		KUNIT_EXPECT_EQ(test, -ENOSPC, gnttab_alloc_grant_references(1, &head));
		KUNIT_EXPECT_EQ(test, -ENOSPC, gnttab_alloc_grant_reference_seq(2, &head));
		while (n--)
			KUNIT_EXPECT_EQ(test, 1, gnttab_try_end_foreign_access(refs[n]));
	}
	KUNIT_EXPECT_EQ(test, MAX_FRAMES, xen_grant_table.frames);
	bitmap_free(seen);
}

static void chains(struct kunit *test)
{
	grant_ref_t head, kept[5];
	int i, ref;

	KUNIT_ASSERT_EQ(test, 0, gnttab_alloc_grant_references(200, &head));
	for (i = 0; i < 5; i++)
		kept[i] = gnttab_claim_grant_reference(&head);
	for (i = 0; i < 5; i++)
		gnttab_release_grant_reference(&head, kept[i]);
	for (i = 0; (ref = gnttab_claim_grant_reference(&head)) >= 0; i++)
		refs[i] = ref;
	KUNIT_EXPECT_EQ(test, -ENOSPC, ref);
	KUNIT_EXPECT_EQ(test, 200, i);
	gnttab_free_grant_references(head);
	while (i--)
		gnttab_free_grant_reference(refs[i]);
	/* Never handed out, never taken back. */
	gnttab_free_grant_reference(0);
	KUNIT_EXPECT_EQ(test, 0, gnttab_alloc_grant_references(0, &head));
	KUNIT_EXPECT_EQ(test, -ENOSPC, gnttab_claim_grant_reference(&head));
}

static void rows(struct kunit *test)
{
	grant_ref_t first, big, head;

	KUNIT_ASSERT_EQ(test, 0, gnttab_alloc_grant_reference_seq(100, &first));
	KUNIT_ASSERT_EQ(test, 0, gnttab_alloc_grant_reference_seq(700, &big));
	KUNIT_EXPECT_TRUE(test, big >= first + 100 || big + 700 <= first);
	gnttab_free_grant_reference_seq(first, 100);
	gnttab_free_grant_reference_seq(big, 700);
	/* What lies in shards is found when a row is missing. */
	KUNIT_ASSERT_EQ(test, 0, gnttab_alloc_grant_references(64, &head));
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, 0, gnttab_alloc_grant_reference_seq(USABLE, &big));
	KUNIT_EXPECT_EQ(test, GNTTAB_NR_RESERVED_ENTRIES, big);
	gnttab_free_grant_reference_seq(big, USABLE);
}

struct hammer {
	struct task_struct *task;
	unsigned long *owned;
	unsigned int clashes, rounds;
};

static int hammer(void *data)
{
	struct hammer *h = data;
	int ref[40], i, n;

	while (!kthread_should_stop()) {
		for (n = 0; n < 40; n++) {
			ref[n] = gnttab_grant_foreign_access(1, n, 0);
			if (ref[n] < 0)
				break;
			h->clashes += test_and_set_bit(ref[n], h->owned);
		}
		for (i = 0; i < n; i++) {
			clear_bit(ref[i], h->owned);
			gnttab_try_end_foreign_access(ref[i]);
		}
		h->rounds++;
		cond_resched();
	}
	return 0;
}

/* No reference is ever owned twice, whoever asks from where. */
static void all_cpus(struct kunit *test)
{
	unsigned long *owned = bitmap_zalloc(ALL_REFS, GFP_KERNEL);
	struct hammer h[4] = {};
	int i;

	KUNIT_ASSERT_NOT_NULL(test, owned);
	for (i = 0; i < 4; i++) {
		h[i].owned = owned;
		h[i].task = kthread_run(hammer, &h[i], "xen-kunit-grants");
		KUNIT_ASSERT_FALSE(test, IS_ERR(h[i].task));
	}
	msleep(300);
	for (i = 0; i < 4; i++) {
		kthread_stop(h[i].task);
		KUNIT_EXPECT_EQ(test, 0, h[i].clashes);
		KUNIT_EXPECT_GT(test, h[i].rounds, 0);
	}
	bitmap_free(owned);
}

/* A page that the peer holds is nobody else's until the peer lets go. */
static void deferred(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL), *other = alloc_page(GFP_KERNEL);
	int ref, own, wait;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, other);
	get_page(page);
	ref = gnttab_grant_foreign_access(1, xgfn_n(xgfn_of_page(page)), 0);
	own = gnttab_grant_foreign_access(1, xgfn_n(xgfn_of_page(other)), 0);
	*flags_of(ref) |= GTF_writing;
	*flags_of(own) |= GTF_reading;
	gnttab_end_foreign_access(ref, page);
	gnttab_end_foreign_access(own, NULL);
	KUNIT_EXPECT_EQ(test, 2, xen_grant_deferred());
	msleep(1500);
	KUNIT_EXPECT_EQ(test, 2, page_count(page));
	KUNIT_EXPECT_EQ(test, 2, page_count(other));
	KUNIT_EXPECT_EQ(test, 2, xen_grant_deferred());
	*flags_of(ref) &= ~GTF_writing;
	*flags_of(own) &= ~GTF_reading;
	for (wait = 0; wait < 50 && page_count(page) + page_count(other) > 2; wait++)
		msleep(100);
	KUNIT_EXPECT_EQ(test, 1, page_count(page));
	KUNIT_EXPECT_EQ(test, 1, page_count(other));
	KUNIT_EXPECT_EQ(test, 0, xen_grant_deferred());
	put_page(page);
	put_page(other);
}

static void count_call(void *data)
{
	++*(unsigned int *)data;
}

static void waiters(struct kunit *test)
{
	struct gnttab_free_callback first = {}, second = {};
	unsigned int calls = 0, never = 0;
	grant_ref_t head;
	int ref;

	KUNIT_ASSERT_EQ(test, 0, gnttab_alloc_grant_references(USABLE, &head));
	gnttab_request_free_callback(&first, count_call, &calls, 2);
	gnttab_request_free_callback(&first, count_call, &calls, 2);
	gnttab_request_free_callback(&second, count_call, &never, 1);
	gnttab_cancel_free_callback(&second);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_free_grant_reference(ref);
	KUNIT_EXPECT_EQ(test, 0, calls);
	gnttab_free_grant_references(head);
	KUNIT_EXPECT_EQ(test, 1, calls);
	KUNIT_EXPECT_EQ(test, 0, never);
	/* Enough is free already. */
	gnttab_request_free_callback(&first, count_call, &calls, 2);
	KUNIT_EXPECT_EQ(test, 2, calls);
}

static void version_2(struct kunit *test)
{
	struct xen_grant_table v1 = xen_grant_table;
	const struct xen_grant_layout *layout = &xen_grant_layout_v2;
	union grant_entry_v2 *slots = kunit_kzalloc(test, XEN_PAGE_SIZE, GFP_KERNEL);
	grant_status_t *status = kunit_kzalloc(test, XEN_PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slots);
	KUNIT_ASSERT_NOT_NULL(test, status);
	xen_grant_table.slots.v2 = slots;
	xen_grant_table.status = status;
	layout->grant(9, 4, xgfn(0x123456789aUL), GTF_readonly);
	KUNIT_EXPECT_EQ(test, 0x123456789aULL, slots[9].full_page.frame);
	KUNIT_EXPECT_EQ(test, 0x123456789aUL, xgfn_n(layout->frame(9)));
	KUNIT_EXPECT_EQ(test, GTF_permit_access | GTF_readonly, slots[9].hdr.flags);
	status[9] = GTF_reading;
	KUNIT_EXPECT_FALSE(test, layout->revoke(9));
	KUNIT_EXPECT_EQ_MSG(test, 0, slots[9].hdr.flags, "nobody else may begin");
	status[9] = 0;
	KUNIT_EXPECT_TRUE(test, layout->revoke(9));
	xen_grant_table = v1;
}

static void batches(struct kunit *test)
{
	struct gnttab_map_grant_ref map[3];
	struct gnttab_copy copy[2] = {};
	int i;

	for (i = 0; i < 3; i++)
		gnttab_set_map_op(&map[i], 0, GNTMAP_host_map, 8 + i, 1);
	fake.eagain = 5;
	gnttab_batch_map(map, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, GNTST_okay, map[i].status);
	KUNIT_EXPECT_EQ(test, 0, fake.eagain);
	fake.status = GNTST_bad_gntref;
	gnttab_batch_copy(copy, 2);
	KUNIT_EXPECT_EQ(test, GNTST_bad_gntref, copy[1].status);
	/* The hypervisor gives up: no slot that was not done looks as if it was. */
	fake.batch_err = -EFAULT;
	for (i = 0; i < 3; i++)
		gnttab_set_map_op(&map[i], 0, GNTMAP_host_map, 8 + i, 1);
	gnttab_batch_map(map, 3);
	KUNIT_EXPECT_EQ(test, GNTST_general_error, map[2].status);
	copy[0].status = GNTST_okay;
	gnttab_batch_copy(copy, 2);
	KUNIT_EXPECT_EQ(test, GNTST_general_error, copy[0].status);
	KUNIT_EXPECT_EQ(test, -EFAULT, gnttab_map_refs(map, NULL, NULL, 3));
}

static void part(unsigned long gfn, unsigned int offset, unsigned int len, void *data)
{
	unsigned int *total = data;

	*total += len;
}

static void parts(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int total = 0;

	KUNIT_ASSERT_NOT_NULL(test, page);
	gnttab_foreach_grant_in_range(page, 100, 500, part, &total);
	KUNIT_EXPECT_EQ(test, 500, total);
	gnttab_foreach_grant_in_range(page, PAGE_SIZE - 10, 500, part, &total);
	KUNIT_EXPECT_EQ(test, 510, total);
	KUNIT_EXPECT_EQ(test, 2, gnttab_count_grant(XEN_PAGE_SIZE - 1, 2));
	__free_page(page);
}

static struct kunit_case grants_cases[] = {
	KUNIT_CASE(grant_and_revoke),
	KUNIT_CASE(chains),
	KUNIT_CASE(growth_fails),
	KUNIT_CASE(all_cpus),
	KUNIT_CASE(exhaustion),
	KUNIT_CASE(rows),
	KUNIT_CASE(waiters),
	KUNIT_CASE(deferred),
	KUNIT_CASE(version_2),
	KUNIT_CASE(batches),
	KUNIT_CASE(parts),
	{ }
};

static struct kunit_suite grants_suite = {
	.name = "xen-grants",
	.init = grants_init,
	.exit = grants_exit,
	.test_cases = grants_cases,
};

kunit_test_suite(grants_suite);
