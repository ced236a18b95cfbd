// SPDX-License-Identifier: GPL-2.0
/*
 * Grants that cannot be mapped or unmapped, pages that are in use, and a file's requests. Nothing
 * is mapped: the fake hypervisor has the grants of a domain that does not exist, and calls for
 * other domains pass it by, so the machine may be a domain with work to do.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <xen/xen.h>
#include "../../tests/fake_hv.h"
#include "../gntdev.h"

#define PEER		0x7abc
#define FIRST_HANDLE	0xf0000000U
#define MANY		(2 * GNTDEV_BATCH + 6)
#define NEVER		UINT_MAX

/**
 * struct fake - the hypervisor
 * @hv: behind the door
 * @bad: the slot, counted over all calls, that cannot be mapped
 * @stuck: the handle, counted from the first, that cannot be unmapped
 * @mapped: slots that were asked for
 * @handles: that were given out
 * @live: of them, what is still mapped
 */
struct fake {
	struct xen_fake_hv hv;
	unsigned int bad, stuck;
	unsigned int mapped, handles;
	atomic_t live;
};

static bool claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	switch (op) {
	case XEN_HV_GRANT_MAP:
		return ((struct gnttab_map_grant_ref *)arg)->dom == PEER;
	case XEN_HV_GRANT_UNMAP:
		return ((struct gnttab_unmap_grant_ref *)arg)->handle >= FIRST_HANDLE;
	default:
		return false;
	}
}

static void fake_map(struct fake *fake, struct gnttab_map_grant_ref *op)
{
	if (fake->mapped++ == fake->bad) {
		op->status = GNTST_bad_gntref;
		return;
	}
	op->handle = FIRST_HANDLE + fake->handles++;
	op->dev_bus_addr = (u64)op->ref << PAGE_SHIFT;
	op->status = GNTST_okay;
	atomic_inc(&fake->live);
}

static void fake_unmap(struct fake *fake, struct gnttab_unmap_grant_ref *op)
{
	if (op->handle - FIRST_HANDLE == fake->stuck ||
	    op->handle - FIRST_HANDLE >= fake->handles) {
		op->status = GNTST_bad_handle;
		return;
	}
	op->status = GNTST_okay;
	atomic_dec(&fake->live);
}

static long call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct fake *fake = container_of(hv, struct fake, hv);
	struct gnttab_unmap_grant_ref *unmap = arg;
	struct gnttab_map_grant_ref *map = arg;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (op == XEN_HV_GRANT_MAP)
			fake_map(fake, &map[i]);
		else
			fake_unmap(fake, &unmap[i]);
	}
	return 0;
}

static int gntdev_test_init(struct kunit *test)
{
	/* A worker unmaps what was in use. */
	static const struct xen_fake_hv hv = {
		.claims = claims,
		.call = call,
		.everybody = true,
	};
	struct fake *fake;

	if (!xen_domain())
		kunit_skip(test, "there are no pages to map grants behind");
	fake = xen_fake_hv_new(test, &hv, sizeof(*fake));
	fake->bad = NEVER;
	fake->stuck = NEVER;
	test->priv = fake;
	return 0;
}

static struct gntdev_grants *make_grants(struct kunit *test, unsigned int count)
{
	struct gntdev_grants *grants = gntdev_grants_new(count);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(grants));
	for (i = 0; i < count; i++) {
		grants->slots[i].domid = PEER;
		grants->slots[i].ref = 8 + i;
	}
	return grants;
}

static void all_are_mapped(struct kunit *test)
{
	static const unsigned int counts[] = {
		1, GNTDEV_BATCH - 1, GNTDEV_BATCH, GNTDEV_BATCH + 1, MANY,
	};
	struct fake *fake = test->priv;
	struct gntdev_grants *grants;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		grants = make_grants(test, counts[i]);
		KUNIT_EXPECT_EQ(test, 0, gntdev_grants_map(grants, GNTMAP_host_map));
		KUNIT_EXPECT_EQ(test, counts[i], atomic_read(&fake->live));
		gntdev_grants_end(grants);
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&fake->live));
	}
}

static void never_mapped(struct kunit *test)
{
	struct fake *fake = test->priv;

	gntdev_grants_end(make_grants(test, MANY));
	KUNIT_EXPECT_EQ(test, 0, fake->hv.calls);
}

static void one_cannot_be_mapped(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct gntdev_grants *grants;

	for (fake->bad = 0; fake->bad < MANY; fake->bad++) {
		fake->mapped = 0;
		grants = make_grants(test, MANY);
		KUNIT_EXPECT_EQ(test, -EINVAL, gntdev_grants_map(grants, GNTMAP_host_map));
		KUNIT_EXPECT_EQ(test, INVALID_GRANT_HANDLE, grants->slots[fake->bad].handle);
		gntdev_grants_end(grants);
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&fake->live));
	}
}

static void hypercall_fails(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct gntdev_grants *grants;
	unsigned int at;

	fake->hv.fail_with = -EFAULT;
	for (at = 1; at <= 3; at++) {
		fake->hv.calls = 0;
		fake->hv.fail_at = at;
		grants = make_grants(test, MANY);
		KUNIT_EXPECT_GT(test, 0, gntdev_grants_map(grants, GNTMAP_host_map));
		KUNIT_EXPECT_EQ(test, (at - 1) * GNTDEV_BATCH, atomic_read(&fake->live));
		fake->hv.fail_at = 0;
		gntdev_grants_end(grants);
		KUNIT_EXPECT_EQ(test, 0, atomic_read(&fake->live));
	}
}

/* The others are unmapped, and the page of the one that is stuck is not given back. */
static void one_cannot_be_unmapped(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct gntdev_grants *grants = make_grants(test, MANY);
	struct gntdev_grants *again;
	struct page *page;
	unsigned int i;

	fake->stuck = GNTDEV_BATCH + 1;
	page = grants->pages[fake->stuck];
	KUNIT_EXPECT_EQ(test, 0, gntdev_grants_map(grants, GNTMAP_host_map));
	gntdev_grants_end(grants);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&fake->live));
	again = make_grants(test, MANY);
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_PTR_NE(test, page, again->pages[i]);
	gntdev_grants_end(again);
}

static void in_use(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct gntdev_grants *grants = make_grants(test, MANY);
	struct page *page = grants->pages[MANY - 1];
	unsigned int try;

	KUNIT_EXPECT_EQ(test, 0, gntdev_grants_map(grants, GNTMAP_host_map));
	get_page(page);
	gntdev_grants_end(grants);
	msleep(50);
	KUNIT_EXPECT_EQ(test, MANY, atomic_read(&fake->live));
	put_page(page);
	for (try = 0; try < 1000 && atomic_read(&fake->live); try++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&fake->live));
}

static void counts(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, gntdev_count_ok(0));
	KUNIT_EXPECT_TRUE(test, gntdev_count_ok(1));
	KUNIT_EXPECT_FALSE(test, gntdev_count_ok(UINT_MAX));
}

static void make_file(struct gntdev_file *file)
{
	mutex_init(&file->lock);
	file->maps = RB_ROOT;
}

static u64 add(struct kunit *test, struct gntdev_file *file, unsigned int count)
{
	struct gntdev_map *map = gntdev_map_new(count);
	u64 offset;

	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_ASSERT_EQ(test, 0, gntdev_add(file, map, &offset));
	return offset >> PAGE_SHIFT;
}

static void numbers(struct kunit *test)
{
	struct gntdev_file file;

	make_file(&file);
	KUNIT_EXPECT_EQ(test, 0, add(test, &file, 3));
	KUNIT_EXPECT_EQ(test, 3, add(test, &file, 5));
	KUNIT_EXPECT_EQ(test, 8, add(test, &file, 1));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_forget(&file, 3, 4));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_forget(&file, 4, 4));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_forget(&file, 9, 0));
	KUNIT_EXPECT_EQ(test, 0, gntdev_forget(&file, 3, 5));
	KUNIT_EXPECT_EQ(test, -ENOENT, gntdev_forget(&file, 3, 0));
	KUNIT_EXPECT_EQ(test, 9, add(test, &file, 2));
	KUNIT_EXPECT_EQ(test, 0, gntdev_forget(&file, 9, 0));
	KUNIT_EXPECT_EQ(test, 0, gntdev_forget(&file, 8, 1));
	KUNIT_EXPECT_EQ(test, 3, add(test, &file, 2));
	gntdev_forget_all(&file);
	KUNIT_EXPECT_EQ(test, 0, add(test, &file, 1));
	gntdev_forget_all(&file);
}

static void taken_once(struct kunit *test)
{
	struct gntdev_map *map;
	struct gntdev_file file;

	make_file(&file);
	add(test, &file, 2);
	add(test, &file, 4);
	KUNIT_EXPECT_TRUE(test, IS_ERR(gntdev_take(&file, 2, 3, false)));
	KUNIT_EXPECT_TRUE(test, IS_ERR(gntdev_take(&file, 3, 3, false)));
	KUNIT_EXPECT_TRUE(test, IS_ERR(gntdev_take(&file, 6, 1, false)));
	map = gntdev_take(&file, 2, 4, false);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_TRUE(test, IS_ERR(gntdev_take(&file, 2, 4, false)));
	/* Who took it has it, also when the file has it no more. */
	KUNIT_EXPECT_EQ(test, 0, gntdev_forget(&file, 2, 4));
	KUNIT_EXPECT_EQ(test, 4, map->count);
	gntdev_map_put(map);
	gntdev_forget_all(&file);
}

static int ending(struct gntdev_file *file, u64 index, u32 action, u32 port)
{
	struct ioctl_gntdev_unmap_notify op = {
		.index = index,
		.action = action,
		.event_channel_port = port,
	};

	return gntdev_set_ending(file, &op);
}

static void endings(struct kunit *test)
{
	u64 page = PAGE_SIZE;
	struct gntdev_map *map;
	struct gntdev_file file;

	make_file(&file);
	add(test, &file, 2);
	add(test, &file, 2);
	KUNIT_EXPECT_EQ(test, -ENOENT, ending(&file, 4 * page, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	KUNIT_EXPECT_EQ(test, -ENOENT, ending(&file, U64_MAX, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ending(&file, 0, 4, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ending(&file, 0, UNMAP_NOTIFY_SEND_EVENT, UINT_MAX));
	KUNIT_EXPECT_EQ(test, 0, ending(&file, 4 * page - 1, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	/* A byte that shall be cleared and a mapping that cannot write, in either order. */
	KUNIT_EXPECT_TRUE(test, IS_ERR(gntdev_take(&file, 2, 2, true)));
	map = gntdev_take(&file, 0, 2, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_EQ(test, -EINVAL, ending(&file, 0, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	gntdev_map_put(map);
	map = gntdev_take(&file, 2, 2, false);
	KUNIT_ASSERT_FALSE(test, IS_ERR(map));
	KUNIT_EXPECT_EQ(test, 2 * page - 1, map->byte);
	KUNIT_EXPECT_EQ(test, 0, ending(&file, 2 * page, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, map->ending);
	gntdev_map_put(map);
	gntdev_forget_all(&file);
}

static struct kunit_case gntdev_cases[] = {
	KUNIT_CASE(all_are_mapped),
	KUNIT_CASE(never_mapped),
	KUNIT_CASE(one_cannot_be_mapped),
	KUNIT_CASE(hypercall_fails),
	KUNIT_CASE(one_cannot_be_unmapped),
	KUNIT_CASE(in_use),
	KUNIT_CASE(counts),
	KUNIT_CASE(numbers),
	KUNIT_CASE(taken_once),
	KUNIT_CASE(endings),
	{ }
};

static struct kunit_suite gntdev_suite = {
	.name = "xen-gntdev",
	.init = gntdev_test_init,
	.test_cases = gntdev_cases,
};

kunit_test_suite(gntdev_suite);
