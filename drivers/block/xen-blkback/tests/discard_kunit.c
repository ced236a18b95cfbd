// SPDX-License-Identifier: GPL-2.0
/*
 * Discards from the ring to a device that only notes what it is asked for, and back; what a disk
 * does by itself. The rings lie in our memory and nothing is granted, so no hypervisor is needed.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/slab.h>
#include "../blkback.h"

#define SECTORS	8192

struct test_disk {
	struct gendisk *disk;
	blk_status_t answer;
	unsigned int bios;
	enum req_op op;
	sector_t sector, sectors;
	struct task_struct *task;
};

struct discard_test {
	struct test_disk under;
	struct xen_backend be;
	struct xen_account account;
	struct xen_queue q;
	struct xenblk_dev dev;
	struct xenblk_queue xq;
	struct xen_ring front;
	unsigned int alarms;
	bool own_wq;
};

/* The native layout on 64-bit machines; see abi_template.h. */
struct wire_discard {
	u8 op, flag;
	u16 handle;
	u32 gap;
	u64 id, sector, nr_sectors;
	u8 rest[80];
};

struct wire_response {
	u64 id;
	u8 op;
	u8 pad;
	s16 status;
};

static void note_bio(struct bio *bio)
{
	struct test_disk *d = bio->bi_bdev->bd_disk->private_data;

	d->bios++;
	d->op = bio_op(bio);
	d->sector = bio->bi_iter.bi_sector;
	d->sectors = bio_sectors(bio);
	d->task = current;
	bio->bi_status = d->answer;
	bio_endio(bio);
}

static const struct block_device_operations note_ops = {
	.owner = THIS_MODULE,
	.submit_bio = note_bio,
};

static void make_disk(struct kunit *test, struct discard_test *t)
{
	struct queue_limits lim = {
		.max_hw_discard_sectors = SECTORS,
		.max_secure_erase_sectors = SECTORS,
		.discard_granularity = SECTOR_SIZE,
	};
	struct gendisk *disk = blk_alloc_disk(&lim, NUMA_NO_NODE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(disk));
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &note_ops;
	disk->private_data = &t->under;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "xenblk-kunit");
	set_capacity(disk, SECTORS);
	if (add_disk(disk)) {
		put_disk(disk);
		KUNIT_FAIL_AND_ABORT(test, "no disk");
	}
	t->under.disk = disk;
}

static void no_timer(struct timer_list *timer)
{
	struct xen_worker *w = container_of(timer, struct xen_worker, timer);

	container_of(w->q, struct discard_test, q)->alarms++;
}

static void make_queue(struct kunit *test, struct discard_test *t)
{
	void *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct xenblk_queue *xq = &t->xq;
	struct xen_ring *back = &t->q.rings[0].ring;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_front(&t->front, xen_shared_box(page),
						     XEN_PAGE_SIZE, 112));
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_back(back, xen_shared_box(page),
						    XEN_PAGE_SIZE, 112));
	t->q.be = &t->be;
	t->q.priv = xq;
	t->q.workers[0].q = &t->q;
	timer_setup(&t->q.workers[0].timer, no_timer, 0);
	t->q.channels[0].q = &t->q;
	refcount_set(&t->q.refs, 1);
	xen_gpool_init(&t->q.pool, &t->be);

	xq->q = &t->q;
	xq->dev = &t->dev;
	xq->abi = &xenblk_native_abi;
	xq->next_evict = jiffies + HZ * 60;
	xen_gcache_init(&xq->cache, &t->be, &t->q.pool, 0);
	xenblk_queue_empty(xq);
	KUNIT_ASSERT_EQ(test, 0, xenblk_ios_init(xq, back->nr));
}

/* A connected disk of which the frontend is the test. */
static struct discard_test *begin(struct kunit *test)
{
	struct discard_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	if (!xenblk_wq) {
		/* Only where there is no hypervisor. */
		xenblk_wq = alloc_workqueue("xenblk-kunit", WQ_UNBOUND, 0);
		KUNIT_ASSERT_NOT_NULL(test, xenblk_wq);
		t->own_wq = true;
	}
	t->be.account = &t->account;
	make_disk(test, t);
	t->dev.be = &t->be;
	t->dev.bdev = t->under.disk->part0;
	t->dev.discard = true;
	t->dev.secure = true;
	t->dev.squeeze_end = jiffies;
	make_queue(test, t);
	return t;
}

static void end(struct kunit *test)
{
	struct discard_test *t = test->priv;

	if (!t)
		return;
	if (t->xq.q) {
		tasklet_kill(&t->xq.tasklet);
		timer_delete_sync(&t->q.workers[0].timer);
		xenblk_bounce_shrink(&t->xq, 0);
		xenblk_ios_free(&t->xq);
	}
	if (t->under.disk) {
		del_gendisk(t->under.disk);
		put_disk(t->under.disk);
	}
	if (t->own_wq) {
		destroy_workqueue(xenblk_wq);
		xenblk_wq = NULL;
	}
}

/* One request through the worker and what it leaves to others. Return: the response's status. */
static int ask(struct kunit *test, u8 flag, u64 sector, u64 nr)
{
	struct discard_test *t = test->priv;
	struct wire_discard slot = {
		.op = XENBLK_WIRE_DISCARD, .flag = flag, .id = 7, .sector = sector,
		.nr_sectors = nr,
	};
	struct xen_budget b = { .items = 8, .bytes = LONG_MAX, .until = jiffies + 60 * HZ };
	struct wire_response rsp __aligned(8);

	KUNIT_ASSERT_EQ(test, 112, sizeof(slot));
	KUNIT_ASSERT_EQ(test, 0, xen_ring_put(&t->front, &slot, sizeof(slot)));
	xen_ring_publish(&t->front);
	KUNIT_EXPECT_EQ(test, 0, xenblk_work(&t->q.workers[0], &b));
	flush_workqueue(xenblk_wq);
	KUNIT_ASSERT_EQ(test, 1, xen_ring_poll(&t->front));
	KUNIT_ASSERT_EQ(test, 0, xen_ring_take(&t->front, &rsp, sizeof(rsp)));
	KUNIT_EXPECT_EQ(test, 7, rsp.id);
	KUNIT_EXPECT_EQ(test, XENBLK_WIRE_DISCARD, rsp.op);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&t->xq.inflight));
	KUNIT_EXPECT_EQ(test, 1, refcount_read(&t->q.refs));
	return rsp.status;
}

static void expect_bio(struct kunit *test, enum req_op op, sector_t sector, sector_t sectors)
{
	struct discard_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, 1, t->under.bios);
	KUNIT_EXPECT_TRUE(test, op == t->under.op);
	KUNIT_EXPECT_EQ(test, sector, t->under.sector);
	KUNIT_EXPECT_EQ(test, sectors, t->under.sectors);
	t->under.bios = 0;
}

static void plain(struct kunit *test)
{
	struct discard_test *t = begin(test);

	KUNIT_EXPECT_EQ(test, XENBLK_OKAY, ask(test, 0, 16, 64));
	expect_bio(test, REQ_OP_DISCARD, 16, 64);
	/* The ring's own thread must not wait for it. */
	KUNIT_EXPECT_PTR_NE(test, current, t->under.task);
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.ds_req);
}

static void secure(struct kunit *test)
{
	struct discard_test *t = begin(test);

	KUNIT_EXPECT_EQ(test, XENBLK_OKAY, ask(test, XENBLK_WIRE_SECURE, 8, SECTORS - 8));
	expect_bio(test, REQ_OP_SECURE_ERASE, 8, SECTORS - 8);

	/* Where it was not offered, the flag means nothing. */
	t->dev.secure = false;
	KUNIT_EXPECT_EQ(test, XENBLK_OKAY, ask(test, XENBLK_WIRE_SECURE, 8, 8));
	expect_bio(test, REQ_OP_DISCARD, 8, 8);
}

static void device_errors(struct kunit *test)
{
	struct discard_test *t = begin(test);

	t->under.answer = BLK_STS_IOERR;
	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, 0, 0, 8));
	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, XENBLK_WIRE_SECURE, 0, 8));
	t->under.answer = BLK_STS_NOTSUPP;
	KUNIT_EXPECT_EQ(test, XENBLK_EOPNOTSUPP, ask(test, XENBLK_WIRE_SECURE, 0, 8));
	t->under.answer = BLK_STS_OK;
	KUNIT_EXPECT_EQ(test, XENBLK_OKAY, ask(test, XENBLK_WIRE_SECURE, 0, 8));
}

static void refused(struct kunit *test)
{
	struct discard_test *t = begin(test);

	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, 0, SECTORS - 8, 16));
	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, XENBLK_WIRE_SECURE, 1ULL << 63, 1ULL << 63));
	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, 0, 0, 0));
	t->dev.readonly = true;
	KUNIT_EXPECT_EQ(test, XENBLK_ERROR, ask(test, XENBLK_WIRE_SECURE, 0, 8));
	t->dev.discard = false;
	KUNIT_EXPECT_EQ(test, XENBLK_EOPNOTSUPP, ask(test, 0, 0, 8));
	KUNIT_EXPECT_EQ(test, 0, t->under.bios);
}

/* The store as a test likes it. */
static int store_error;
static u64 store_sectors;

static int fake_offer_write(struct xen_backend *be, const struct xen_offer *offers)
{
	u64 val;
	int err = offers->value(be, &val);

	if (!err)
		err = store_error;
	if (!err)
		store_sectors = val;
	return err;
}

/* A new size that could not be written is written at the next look. */
static void size_is_not_lost(struct kunit *test)
{
	struct discard_test *t = begin(test);
	struct xenbus_device *xdev = kunit_kzalloc(test, sizeof(*xdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, xdev);
	t->be.dev = xdev;
	t->be.priv = &t->dev;
	t->dev.sectors = SECTORS;
	store_sectors = SECTORS;
	kunit_activate_static_stub(test, xen_offer_write, fake_offer_write);
	set_capacity(t->under.disk, 2 * SECTORS);
	store_error = -EIO;
	xenblk_size_look(&t->dev);
	KUNIT_EXPECT_EQ(test, SECTORS, store_sectors);
	store_error = 0;
	xenblk_size_look(&t->dev);
	KUNIT_EXPECT_EQ(test, 2 * SECTORS, store_sectors);
	/* And once only. */
	store_sectors = 0;
	xenblk_size_look(&t->dev);
	KUNIT_EXPECT_EQ(test, 0, store_sectors);
}

static bool comes_within(struct discard_test *t, unsigned long delay)
{
	struct timer_list *timer = &t->q.workers[0].timer;

	/* On a slow machine it may have been. */
	return (timer_pending(timer) || READ_ONCE(t->alarms)) &&
	       time_before_eq(timer->expires, jiffies + delay);
}

/* What a burst left behind goes soon, all of it once the disk is idle, and no request is needed. */
static void idle_queue_gives_back(struct kunit *test)
{
	struct discard_test *t = begin(test);
	unsigned int i, keep = 4, had = xenblk_max_buffer_pages;
	struct xen_budget b = { .items = 8, .bytes = LONG_MAX, .until = jiffies + 60 * HZ };

	for (i = 0; i < keep + 3; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_ASSERT_TRUE(test, xen_charge(&t->be, XEN_CHARGE_PAGES, 1));
		list_add(&page->lru, &t->xq.bounce_pages);
		t->xq.nr_bounce++;
	}
	xenblk_max_buffer_pages = keep;
	/* The end of a request arms the timer; the worker's turn before it knew nothing. */
	KUNIT_EXPECT_EQ(test, XENBLK_OKAY, ask(test, 0, 0, 8));
	KUNIT_EXPECT_TRUE(test, comes_within(t, HZ / 2));

	timer_delete_sync(&t->q.workers[0].timer);
	t->alarms = 0;
	t->xq.next_evict = jiffies - 1;
	KUNIT_EXPECT_EQ(test, 0, xenblk_work(&t->q.workers[0], &b));
	KUNIT_EXPECT_EQ(test, keep, t->xq.nr_bounce);
	KUNIT_EXPECT_EQ(test, keep, atomic_long_read(&t->account.held[XEN_CHARGE_PAGES]));
	KUNIT_EXPECT_TRUE(test, comes_within(t, 60 * HZ));
	KUNIT_EXPECT_FALSE(test, comes_within(t, HZ));

	timer_delete_sync(&t->q.workers[0].timer);
	t->alarms = 0;
	t->xq.last_used = jiffies - 60 * HZ;
	t->xq.next_evict = jiffies - 1;
	KUNIT_EXPECT_EQ(test, 0, xenblk_work(&t->q.workers[0], &b));
	KUNIT_EXPECT_EQ(test, 0, t->xq.nr_bounce);
	KUNIT_EXPECT_EQ(test, 0, atomic_long_read(&t->account.held[XEN_CHARGE_PAGES]));
	KUNIT_EXPECT_FALSE(test, timer_pending(&t->q.workers[0].timer));
	xenblk_max_buffer_pages = had;
}

static struct kunit_case discard_cases[] = {
	KUNIT_CASE(plain),
	KUNIT_CASE(secure),
	KUNIT_CASE(device_errors),
	KUNIT_CASE(refused),
	KUNIT_CASE(size_is_not_lost),
	KUNIT_CASE(idle_queue_gives_back),
	{}
};

static struct kunit_suite discard_suite = {
	.name = "xen-blkback-discard",
	.exit = end,
	.test_cases = discard_cases,
};

kunit_test_suite(discard_suite);
