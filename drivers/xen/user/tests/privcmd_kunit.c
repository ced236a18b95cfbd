// SPDX-License-Identifier: GPL-2.0
/*
 * How requests are judged, what becomes of their frames, and the calls that are made for them. The
 * fake hypervisor has one domain that does not exist, with one resource.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/virtio_mmio.h>
#include <xen/hv_dm.h>
#include <xen/hv_memory.h>
#include "../../tests/fake_hv.h"
#include "../privcmd.h"
#include "../privcmd_plan.h"

#define PEER		0x7abc
#define START		0x10000000ULL
#define PAGES		8
#define FRAME		0x12340
#define MOST		77

static const struct privcmd_span area = { START, START + PAGES * PAGE_SIZE };

static u64 frames_of(u64 pages)
{
	return pages * XEN_PFN_PER_PAGE;
}

static u64 page(u64 n)
{
	return START + n * PAGE_SIZE;
}

/*
 * Places
 */

static void first_list_fills_its_area(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, privcmd_plan_batch(&area, true, START, frames_of(PAGES)));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, true, START,
							  frames_of(PAGES - 1)));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, true, START,
							  frames_of(PAGES + 1)));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, true, page(1),
							  frames_of(PAGES - 1)));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, true, START, 0));
}

static void later_lists_lie_inside(struct kunit *test)
{
	static const struct { u64 at, pages; int want; } cases[] = {
		{ 0, PAGES, 0 }, { 0, 1, 0 }, { PAGES - 1, 1, 0 }, { 3, 2, 0 },
		{ PAGES, 1, -EINVAL }, { PAGES - 1, 2, -EINVAL }, { 1, PAGES, -EINVAL },
		{ -1, 1, -EINVAL }, { 0, INT_MAX, -EINVAL }, { 0, 1ULL << 32, -EINVAL },
		{ 0, 1ULL << 52, -EINVAL }, { 0, U64_MAX, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].want,
				    privcmd_plan_batch(&area, false, page(cases[i].at),
						       frames_of(cases[i].pages)),
				    "case %u", i);
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, false, START + 1, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, false, START - 1, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_batch(&area, false, U64_MAX - 7, 1));
}

static int run(u64 left, u64 va, u64 pages)
{
	struct privcmd_span span = { left, area.end };
	struct privcmd_mmap_entry entry = { .va = va, .mfn = FRAME, .npages = pages };

	return privcmd_plan_run(&span, &entry);
}

static void runs_follow_each_other(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, run(START, START, PAGES));
	KUNIT_EXPECT_EQ(test, 0, run(START, START, 0));
	KUNIT_EXPECT_EQ(test, 0, run(page(3), page(3), PAGES - 3));
	KUNIT_EXPECT_EQ(test, 0, run(area.end, area.end, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(page(3), page(3), PAGES - 2));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(page(3), page(2), 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(page(3), page(4), 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(START, START, U64_MAX >> PAGE_SHIFT));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(START, START, 1ULL << 52));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(START, START, (1ULL << 52) + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, run(START, START, U64_MAX));
}

static int resource(u64 addr, u64 num)
{
	struct privcmd_mmap_resource op = { .dom = PEER, .addr = addr, .num = num };

	return privcmd_plan_resource(&area, &op);
}

static void resources_lie_inside(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, resource(START, frames_of(PAGES)));
	KUNIT_EXPECT_EQ(test, 0, resource(page(2), frames_of(1)));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(START, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(START, frames_of(PAGES) + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(page(1), frames_of(PAGES)));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(page(1) + 16, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(START, (1ULL << 32) + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, resource(START, U64_MAX));
}

/*
 * Buffers
 */

static int buffers(size_t limit, unsigned long at, size_t size, size_t *pages)
{
	struct privcmd_dm_op_buf bufs[] = {
		{ (void __user *)16, 8 }, { (void __user *)at, size },
	};

	return privcmd_plan_dm_op(bufs, ARRAY_SIZE(bufs), limit, pages);
}

static void buffers_lie_in_pages(struct kunit *test)
{
	size_t pages = 0;

	KUNIT_EXPECT_EQ(test, 0, buffers(PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, &pages));
	KUNIT_EXPECT_EQ(test, 2, pages);
	KUNIT_EXPECT_EQ(test, 0, buffers(PAGE_SIZE, PAGE_SIZE + 1, PAGE_SIZE, &pages));
	KUNIT_EXPECT_EQ(test, 3, pages);
	KUNIT_EXPECT_EQ(test, 0, buffers(PAGE_SIZE, PAGE_SIZE - 1, 1, &pages));
	KUNIT_EXPECT_EQ(test, 2, pages);
	KUNIT_EXPECT_EQ(test, 0, buffers(PAGE_SIZE, 0, 0, &pages));
	KUNIT_EXPECT_EQ(test, 1, pages);
	KUNIT_EXPECT_EQ(test, -E2BIG, buffers(PAGE_SIZE, 0, PAGE_SIZE + 1, &pages));
	KUNIT_EXPECT_EQ(test, -E2BIG, buffers(PAGE_SIZE, 0, SIZE_MAX, &pages));
	KUNIT_EXPECT_EQ(test, -EFAULT, buffers(SIZE_MAX, 0, SIZE_MAX, &pages));
	KUNIT_EXPECT_EQ(test, -EFAULT, buffers(PAGE_SIZE, LONG_MAX, 4, &pages));
	KUNIT_EXPECT_EQ(test, -EFAULT, buffers(PAGE_SIZE, ULONG_MAX - 7, 4, &pages));
}

/*
 * Results
 */

static void untried_frames_get_the_error(struct kunit *test)
{
	int errors[] = { 0, -ENOENT, 0, PRIVCMD_UNTRIED, PRIVCMD_UNTRIED };

	KUNIT_EXPECT_EQ(test, -ENOENT, privcmd_settle(errors, ARRAY_SIZE(errors), -ENOMEM));
	KUNIT_EXPECT_EQ(test, 0, errors[2]);
	KUNIT_EXPECT_EQ(test, -ENOMEM, errors[3]);
	KUNIT_EXPECT_EQ(test, -ENOMEM, errors[4]);
	/* Mapping never says that it did not try all, and returns no error. */
	errors[0] = PRIVCMD_UNTRIED;
	KUNIT_EXPECT_EQ(test, -EIO, privcmd_settle(errors, 1, 1));
	errors[0] = 0;
	KUNIT_EXPECT_EQ(test, 0, privcmd_settle(errors, 1, 1));
}

static void one_paged_out_frame_is_enough(struct kunit *test)
{
	static const int without[] = { 0, -EINVAL, -EFAULT, 0 };
	static const int with[] = { 0, -ENOENT, -EINVAL, 0 };

	KUNIT_EXPECT_EQ(test, 0, privcmd_worst(without, ARRAY_SIZE(without)));
	KUNIT_EXPECT_EQ(test, -ENOENT, privcmd_worst(with, ARRAY_SIZE(with)));
	KUNIT_EXPECT_EQ(test, 0, privcmd_worst(with, 1));
}

static void frames_are_marked(struct kunit *test)
{
	static const int errors[] = { 0, -ENOENT, -EINVAL }, none[] = { 0, 0, 0 };
	xen_pfn_t frames[] = { 1, 2, 3 };

	KUNIT_EXPECT_FALSE(test, privcmd_mark_frames(frames, none, 3));
	KUNIT_EXPECT_EQ(test, 3, frames[2]);
	KUNIT_EXPECT_TRUE(test, privcmd_mark_frames(frames, errors, 3));
	KUNIT_EXPECT_EQ(test, 1, frames[0]);
	KUNIT_EXPECT_EQ(test, 0x80000002ULL, frames[1]);
	KUNIT_EXPECT_EQ(test, 0xf0000003ULL, frames[2]);
}

/*
 * Kicks
 */

static int ioeventfd(u64 addr, u32 len, u32 vcpus)
{
	struct privcmd_ioeventfd op = {
		.ioreq = START, .addr = addr, .addr_len = len, .vcpus = vcpus,
	};

	return privcmd_plan_ioeventfd(&op);
}

static void ioeventfds(struct kunit *test)
{
	unsigned int len;

	for (len = 0; len < 20; len++)
		KUNIT_EXPECT_EQ(test, len == 1 || len == 2 || len == 4 || len == 8 ? 0 : -EINVAL,
				ioeventfd(START, len, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ioeventfd(START, 4, 0));
	KUNIT_EXPECT_EQ(test, 0, ioeventfd(START, 4, 4096));
	KUNIT_EXPECT_EQ(test, -EINVAL, ioeventfd(START, 4, 4097));
	KUNIT_EXPECT_EQ(test, -EINVAL, ioeventfd(U64_MAX - 2, 4, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ioeventfd(U64_MAX - 16, 4, 1));
}

static void irqfds(struct kunit *test)
{
	u32 op[4] = {};

	for (op[0] = 0; op[0] < 64; op[0]++)
		KUNIT_EXPECT_EQ_MSG(test, op[0] == 8 || op[0] == 9 || op[0] == 14 || op[0] == 19 ?
				    0 : -EINVAL, privcmd_plan_irqfd(op, sizeof(op)), "%u", op[0]);
	op[0] = 14;
	op[1] = ~0;
	KUNIT_EXPECT_EQ(test, 0, privcmd_plan_irqfd(op, 4));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_irqfd(op, 3));
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_irqfd(op, 0));
	op[0] = 1 << 16 | 14;
	KUNIT_EXPECT_EQ(test, -EINVAL, privcmd_plan_irqfd(op, sizeof(op)));
}

static void kicks(struct kunit *test)
{
	const struct ioreq kick = {
		.addr = START + VIRTIO_MMIO_QUEUE_NOTIFY, .data = 0x50003, .size = 4, .count = 1,
		.state = STATE_IOREQ_READY, .dir = IOREQ_WRITE, .type = IOREQ_TYPE_COPY,
	};
	struct ioreq other;

	KUNIT_EXPECT_TRUE(test, privcmd_kick_matches(&kick, START, 4, 3));
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&kick, START, 2, 3));
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&kick, START, 4, 2));
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&kick, START + 4, 4, 3));
	other = kick;
	other.dir = IOREQ_READ;
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&other, START, 4, 3));
	other = kick;
	other.type = IOREQ_TYPE_PIO;
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&other, START, 4, 3));
	other = kick;
	other.data_is_ptr = 1;
	KUNIT_EXPECT_FALSE(test, privcmd_kick_matches(&other, START, 4, 3));
}

/*
 * Restriction
 */

static void restriction(struct kunit *test)
{
	struct privcmd_file all = { .only = DOMID_INVALID }, one = { .only = PEER };

	KUNIT_EXPECT_FALSE(test, privcmd_restricted(&all));
	KUNIT_EXPECT_TRUE(test, privcmd_may_name(&all, 0));
	KUNIT_EXPECT_TRUE(test, privcmd_may_name(&all, DOMID_SELF));
	KUNIT_EXPECT_TRUE(test, privcmd_restricted(&one));
	KUNIT_EXPECT_TRUE(test, privcmd_may_name(&one, PEER));
	KUNIT_EXPECT_FALSE(test, privcmd_may_name(&one, 0));
	KUNIT_EXPECT_FALSE(test, privcmd_may_name(&one, DOMID_SELF));
	KUNIT_EXPECT_FALSE(test, privcmd_may_name(&one, DOMID_INVALID));
}

/*
 * Calls
 */

/**
 * struct fake - the hypervisor
 * @hv: behind the door
 * @bufs: that the last operation of a device model had
 * @bytes: in them
 */
struct fake {
	struct xen_fake_hv hv;
	unsigned int bufs;
	u64 bytes;
};

static bool claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	switch (op) {
	case XEN_HV_DM_OP:
		return ((struct xen_hv_dm_args *)arg)->dom == PEER;
	case XEN_HV_MEMORY_ACQUIRE_RESOURCE:
		return ((struct xen_mem_acquire_resource *)arg)->domid == PEER;
	default:
		return false;
	}
}

static long fake_resource(struct xen_mem_acquire_resource *op)
{
	xen_pfn_t *frames = *(xen_pfn_t **)&op->frame_list;
	unsigned int i;

	if (op->type != XENMEM_resource_grant_table || op->id)
		return -EINVAL;
	if (!frames) {
		op->nr_frames = MOST;
		return 0;
	}
	if (op->frame + op->nr_frames > MOST)
		return -EINVAL;
	for (i = 0; i < op->nr_frames; i++)
		frames[i] = FRAME + op->frame + i;
	return 0;
}

static long call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct fake *fake = container_of(hv, struct fake, hv);
	struct xen_hv_dm_args *dm = arg;
	unsigned int i;

	if (op == XEN_HV_MEMORY_ACQUIRE_RESOURCE)
		return fake_resource(arg);
	fake->bufs = n;
	for (i = 0; i < n; i++)
		fake->bytes += dm->bufs[i].size;
	return n;
}

static struct fake *fake_new(struct kunit *test)
{
	static const struct xen_fake_hv hv = { .claims = claims, .call = call };

	return xen_fake_hv_new(test, &hv, sizeof(struct fake));
}

static void resources_pass_the_door(struct kunit *test)
{
	struct fake *fake = fake_new(test);
	struct xen_mem_acquire_resource op = {
		.domid = PEER, .type = XENMEM_resource_grant_table, .nr_frames = 3, .frame = 74,
	};
	xen_pfn_t frames[3] = {};
	u32 size = 0;

	KUNIT_EXPECT_EQ(test, 0, xen_hv_memory_resource_size(PEER, op.type, 0, &size));
	KUNIT_EXPECT_EQ(test, MOST, size);
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_hv_memory_resource_size(PEER, op.type, 1, &size));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_memory_resource(&op, frames));
	KUNIT_EXPECT_EQ(test, FRAME + 76, frames[2]);
	op.frame = 75;
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_hv_memory_resource(&op, frames));
	fake->hv.fail_at = fake->hv.calls + 1;
	fake->hv.fail_with = -ESRCH;
	KUNIT_EXPECT_EQ(test, -ESRCH, xen_hv_memory_resource_size(PEER, op.type, 0, &size));
	KUNIT_EXPECT_EQ(test, MOST, size);
}

static void operations_pass_the_door(struct kunit *test)
{
	struct fake *fake = fake_new(test);
	struct xen_dm_op_buf bufs[3] = { { .size = 1 }, { .size = 20 }, { .size = 300 } };

	KUNIT_EXPECT_EQ(test, 3, xen_hv_dm_op(PEER, bufs, 3));
	KUNIT_EXPECT_EQ(test, 3, fake->bufs);
	KUNIT_EXPECT_EQ(test, 321, fake->bytes);
	fake->hv.fail_at = fake->hv.calls + 1;
	fake->hv.fail_with = -ERANGE;
	KUNIT_EXPECT_EQ(test, -ERANGE, xen_hv_dm_op(PEER, bufs, 1));
}

static struct kunit_case privcmd_cases[] = {
	KUNIT_CASE(first_list_fills_its_area),
	KUNIT_CASE(later_lists_lie_inside),
	KUNIT_CASE(runs_follow_each_other),
	KUNIT_CASE(resources_lie_inside),
	KUNIT_CASE(buffers_lie_in_pages),
	KUNIT_CASE(untried_frames_get_the_error),
	KUNIT_CASE(one_paged_out_frame_is_enough),
	KUNIT_CASE(frames_are_marked),
	KUNIT_CASE(ioeventfds),
	KUNIT_CASE(irqfds),
	KUNIT_CASE(kicks),
	KUNIT_CASE(restriction),
	KUNIT_CASE(resources_pass_the_door),
	KUNIT_CASE(operations_pass_the_door),
	{ }
};

static struct kunit_suite privcmd_suite = {
	.name = "xen-privcmd",
	.test_cases = privcmd_cases,
};

kunit_test_suite(privcmd_suite);
