// SPDX-License-Identifier: GPL-2.0
/* The worker: from slots to bios. */
#include <linux/blkdev.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#define CREATE_TRACE_POINTS
#include "trace.h"

static struct xenblk_io *io_get(struct xenblk_queue *xq)
{
	struct llist_node *node = xq->spare;
	struct xenblk_io *io;

	if (!node)
		node = llist_del_all(&xq->freed);
	if (!node)
		return NULL;
	xq->spare = node->next;
	io = llist_entry(node, struct xenblk_io, node);
	io->slots = io->small_slots;
	io->maps = io->small_maps;
	io->status = XENBLK_OKAY;
	io->retry = false;
	io->bounces = 0;
	io->nr_maps = 0;
	return io;
}

static void io_unget(struct xenblk_io *io)
{
	io->node.next = io->xq->spare;
	io->xq->spare = &io->node;
}

static void end_bio(struct bio *bio)
{
	struct xenblk_io *io = container_of(bio, struct xenblk_io, bio);

	if (bio->bi_status == BLK_STS_NOTSUPP &&
	    (io->req.op == XENBLK_FLUSH || io->req.op == XENBLK_BARRIER))
		io->status = XENBLK_EOPNOTSUPP;
	else if (bio->bi_status)
		io->status = XENBLK_ERROR;
	bio_uninit(bio);
	xenblk_finish(io, XENBLK_ENDED);
}

static blk_opf_t bio_flags(const struct xenblk_req *req)
{
	switch (req->op) {
	case XENBLK_READ:
		return REQ_OP_READ;
	case XENBLK_WRITE:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	case XENBLK_BARRIER:
		return REQ_OP_WRITE | REQ_SYNC | REQ_PREFLUSH | (req->nr_segs ? REQ_FUA : 0);
	default:
		return REQ_OP_WRITE | REQ_SYNC | REQ_PREFLUSH;
	}
}

/*
 * Send a request down as one bio, which the block layer splits as its queues need it. Its end may
 * come before this returns.
 */
void xenblk_submit(struct xenblk_io *io)
{
	unsigned int i, nr = io->req.nr_segs;
	struct bio *bio = &io->bio;

	bio_init(bio, io->xq->dev->bdev, io->big ? io->big->vecs : io->small_vecs,
		 io->big ? XENBLK_MAX_SEGS : XENBLK_DIRECT_SEGS, bio_flags(&io->req));
	bio->bi_end_io = end_bio;
	/* Without data it is a bare flush, and there is no sector to name. */
	bio->bi_iter.bi_sector = nr ? io->req.sector : 0;
	for (i = 0; i < nr; i++)
		__bio_add_page(bio, io->slots[i].page, io->slots[i].len, io->slots[i].off);
	submit_bio(bio);
}

/* Give up on a request that was not submitted. */
static void io_fail(struct xenblk_io *io, int status)
{
	io->status = status;
	if (xenblk_let_go(io))
		xenblk_finish(io, XENBLK_RESPOND);
}

/*
 * Tell the block layer how many requests follow, so that it takes their tags at one go; those it
 * does not need, because bios were merged, go back at the end of the plug.
 */
static void announce(unsigned int nr)
{
	if (nr > 1 && current->plug)
		current->plug->nr_ios = min(nr, XENBLK_TAG_BATCH);
}

static void submit_staged(struct xenblk_queue *xq)
{
	unsigned int done = 0, all = xq->nr_staged;
	struct xenblk_io *io, *next;

	if (xq->in.nr)
		xenblk_flush_copies(xq);
	xq->nr_staged = 0;
	list_for_each_entry_safe(io, next, &xq->staged, staged) {
		if (done % XENBLK_TAG_BATCH == 0)
			announce(all - done);
		done++;
		list_del(&io->staged);
		if (io->status)
			io_fail(io, io->status);
		else if (io->req.op == XENBLK_DISCARD)
			xenblk_discard(io);
		else
			xenblk_submit(io);
	}
}

static void stage(struct xenblk_io *io)
{
	list_add_tail(&io->staged, &io->xq->staged);
	io->xq->nr_staged++;
}

static void count(struct xenblk_queue *xq, const struct xenblk_req *req)
{
	struct xenblk_stats *st = &xq->stats;

	switch (req->op) {
	case XENBLK_READ:
		st->rd_req++;
		st->rd_sect += req->nr_sectors;
		break;
	case XENBLK_DISCARD:
		st->ds_req++;
		break;
	case XENBLK_WRITE:
		st->wr_req++;
		st->wr_sect += req->nr_sectors;
		break;
	default:
		st->f_req++;
		st->wr_sect += req->nr_sectors;
		break;
	}
}

static void set_slots(struct xenblk_io *io, const struct xenblk_seg *segs)
{
	unsigned int i;

	for (i = 0; i < io->req.nr_segs; i++) {
		io->slots[i].ref = segs[i].ref;
		io->slots[i].off = segs[i].first << XENBLK_SECTOR_SHIFT;
		io->slots[i].len = (segs[i].last - segs[i].first + 1) << XENBLK_SECTOR_SHIFT;
	}
}

/* Waits, if memory is short, for a request of this queue that is under way. */
static struct xenblk_big *get_big(struct xenblk_queue *xq)
{
	struct xenblk_big *big = mempool_alloc(xq->big_pool, GFP_NOWAIT | __GFP_NOWARN);

	if (big)
		return big;
	/* The one to wait for must not wait for the end of this turn. */
	xq->collect = false;
	submit_staged(xq);
	xenblk_end_turn(xq);
	big = mempool_alloc(xq->big_pool, GFP_NOIO);
	xq->collect = true;
	return big;
}

static int take_indirect(struct xenblk_io *io, const struct xenblk_raw *raw,
			 const struct xenblk_limits *limits)
{
	struct xenblk_seg *segs;
	int status = XENBLK_ERROR;

	if (io->req.nr_segs > XENBLK_DIRECT_SEGS) {
		io->big = get_big(io->xq);
		io->slots = io->big->slots;
		io->maps = io->big->maps;
	}
	/*
	 * The maps are not in use before the pages are got: a place for the descriptors till then.
	 */
	segs = (struct xenblk_seg *)io->maps;
	BUILD_BUG_ON(sizeof(struct xen_gmap) < sizeof(*segs));
	if (!xenblk_read_descriptors(io->xq, raw, io->req.nr_segs, segs))
		status = xenblk_parse_segs(&io->req, segs, limits);
	if (!status)
		set_slots(io, segs);
	return status;
}

/* One request from its private copy to the staging list. */
static void take_request(struct xenblk_io *io, const struct xenblk_raw *raw,
			 const struct xenblk_limits *limits)
{
	struct xenblk_queue *xq = io->xq;
	int status;

	io->id = raw->id;
	io->wire_op = xenblk_wire_op(raw);
	status = xenblk_parse(raw, limits, &io->req);
	if (!status && io->req.indirect)
		status = take_indirect(io, raw, limits);
	else if (!status)
		set_slots(io, raw->segs);
	trace_xenblk_request(io, status);
	if (status) {
		io->req.nr_segs = 0;
		io->status = status;
		xenblk_finish(io, XENBLK_RESPOND);
		return;
	}
	count(xq, &io->req);
	if (io->req.op != XENBLK_DISCARD && xenblk_get_pages(io)) {
		/* Copies of it may be collected already; they must not outlive its pages. */
		xenblk_flush_copies(xq);
		io_fail(io, XENBLK_ERROR);
		return;
	}
	if (io->req.op == XENBLK_BARRIER) {
		xq->barrier = true;
		xq->held = io;
		return;
	}
	stage(io);
}

/* Return: true if a barrier keeps the queue from taking more. */
static bool barrier_holds(struct xenblk_queue *xq)
{
	struct xenblk_io *io = xq->held;

	if (!xq->barrier)
		return false;
	submit_staged(xq);
	/* The barrier flag before the count; pairs with atomic_sub_return() in give_back(). */
	smp_mb();
	if (io) {
		/* The tasklet kicks us when all before it are answered. */
		if (atomic_read(&xq->inflight) > 1)
			return true;
		xq->held = NULL;
		stage(io);
		submit_staged(xq);
	}
	if (atomic_read(&xq->inflight))
		return true;
	xq->barrier = false;
	return false;
}

static void get_limits(struct xenblk_dev *dev, struct xenblk_limits *limits)
{
	*limits = (struct xenblk_limits){
		.capacity = bdev_nr_sectors(dev->bdev),
		.block_sectors = bdev_logical_block_size(dev->bdev) >> SECTOR_SHIFT,
		.readonly = dev->readonly,
		.discard = dev->discard,
		.secure = dev->secure,
	};
}

static void retry_copies(struct xenblk_queue *xq)
{
	struct llist_node *node = llist_reverse_order(llist_del_all(&xq->retry));
	struct xenblk_io *io, *next;
	unsigned int i;

	llist_for_each_entry_safe(io, next, node, node) {
		for (i = 0; i < io->req.nr_segs; i++) {
			if (!io->slots[i].bounce)
				continue;
			if (!xenblk_copy_add(&xq->in, io, &io->slots[i], true)) {
				xenblk_flush_copies(xq);
				xenblk_copy_add(&xq->in, io, &io->slots[i], true);
			}
		}
		xenblk_flush_copies(xq);
		xenblk_finish(io, XENBLK_COPIED);
	}
}

static int take_all(struct xenblk_queue *xq, struct xen_budget *b)
{
	u64 slot[XENBLK_SLOT_MAX / sizeof(u64)];
	struct xen_ring *ring = &xq->q->rings[0].ring;
	struct xenblk_limits limits;
	struct xenblk_raw raw;
	struct xenblk_io *io;
	int ret;

	get_limits(xq->dev, &limits);
	ret = xen_ring_poll(ring);
	while (ret >= 0) {
		if (barrier_holds(xq))
			return 0;
		io = io_get(xq);
		if (!io) {
			xq->stats.oo_req++;
			/*
			 * Pairs with the barrier in give_back(): one of the two sees the other's
			 * store.
			 */
			smp_store_mb(xq->starved, true);
			if (llist_empty(&xq->freed))
				return 0;
			continue;
		}
		ret = xen_ring_take(ring, slot, xq->abi->slot_size);
		if (ret) {
			io_unget(io);
			if (ret == -EAGAIN)
				ret = b->may_spin ? xen_ring_poll(ring) : xen_ring_arm(ring, 1);
			if (!ret)
				return b->may_spin ? XEN_WORK_QUIET : 0;
			continue;
		}
		atomic_inc(&xq->inflight);
		xen_queue_get(xq->q);
		xq->abi->decode(slot, &raw);
		take_request(io, &raw, &limits);
		if (!xen_budget_spend(b, 0))
			return 1;
	}
	return ret;
}

static void log_stats(struct xenblk_queue *xq)
{
	const struct xenblk_stats *st = &xq->stats;

	if (!xenblk_log_stats || time_before(jiffies, xq->next_log))
		return;
	xq->next_log = jiffies + 10 * HZ;
	pr_info("xen-blkback: %s queue %u: oo %llu rd %llu wr %llu f %llu ds %llu kept %u/%u\n",
		xq->q->be->name, xq->q->index, st->oo_req, st->rd_req, st->wr_req, st->f_req,
		st->ds_req, xq->cache.nr, xq->cache.max);
}

int xenblk_work(struct xen_worker *w, struct xen_budget *b)
{
	struct xenblk_queue *xq = w->q->priv;
	struct blk_plug plug;
	int ret;

	if (!llist_empty(&xq->retry))
		retry_copies(xq);
	/* One plug for the turn: the device below sees a batch, not a request at a time. */
	blk_start_plug(&plug);
	xq->collect = true;
	ret = take_all(xq, b);
	submit_staged(xq);
	blk_finish_plug(&plug);
	xq->collect = false;
	xenblk_end_turn(xq);
	if (b->used)
		xq->last_used = jiffies;
	if (time_after(jiffies, xq->next_evict))
		xenblk_trim(xq);
	xenblk_trim_later(xq);
	log_stats(xq);
	return ret;
}

int xenblk_ios_init(struct xenblk_queue *xq, unsigned int nr)
{
	unsigned int i;

	if (!xen_charge(xq->q->be, XEN_CHARGE_REQUESTS, nr))
		return -EDQUOT;
	xq->nr_ios = nr;
	/* A page multiple, where kmalloc() would take a power of two. */
	xq->ios = vcalloc(nr, sizeof(*xq->ios));
	if (!xq->ios)
		return -ENOMEM;
	xq->big_pool = mempool_create_kmalloc_pool(1, sizeof(struct xenblk_big));
	if (!xq->big_pool)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		xq->ios[i].xq = xq;
		io_unget(&xq->ios[i]);
	}
	return 0;
}

void xenblk_ios_free(struct xenblk_queue *xq)
{
	mempool_destroy(xq->big_pool);
	vfree(xq->ios);
	xen_uncharge(xq->q->be, XEN_CHARGE_REQUESTS, xq->nr_ios);
}
