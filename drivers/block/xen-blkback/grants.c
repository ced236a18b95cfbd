// SPDX-License-Identifier: GPL-2.0
/*
 * Pages for the segments of a request. Cheapest first: a grant that is mapped already; one that
 * is mapped now and kept, if the frontend agreed; a copy, which needs no mapping and no flush of
 * translations; a mapping for this request alone.
 */
#include <linux/highmem.h>
#include <linux/slab.h>
#include <xen/hv_status.h>
#include "blkback.h"

static struct page *bounce_get(struct xenblk_queue *xq)
{
	struct page *page = NULL;

	spin_lock_bh(&xq->bounce_lock);
	if (xq->nr_bounce) {
		page = list_first_entry(&xq->bounce_pages, struct page, lru);
		list_del(&page->lru);
		xq->nr_bounce--;
	}
	spin_unlock_bh(&xq->bounce_lock);
	if (page)
		return page;
	if (!xen_charge(xq->q->be, XEN_CHARGE_PAGES, 1))
		return NULL;
	/* Zeroed: what a short read leaves in it must not be another guest's. */
	page = alloc_page(GFP_NOIO | __GFP_ZERO | __GFP_NOWARN);
	if (!page)
		xen_uncharge(xq->q->be, XEN_CHARGE_PAGES, 1);
	return page;
}

static void bounce_free(struct xenblk_queue *xq, struct page *page)
{
	__free_page(page);
	xen_uncharge(xq->q->be, XEN_CHARGE_PAGES, 1);
}

static void bounce_put(struct xenblk_queue *xq, struct page *page)
{
	/* Somebody below still looks at it (a network transmit): it must not be written again. */
	if (page_count(page) > 1) {
		bounce_free(xq, page);
		return;
	}
	spin_lock_bh(&xq->bounce_lock);
	list_add(&page->lru, &xq->bounce_pages);
	xq->nr_bounce++;
	spin_unlock_bh(&xq->bounce_lock);
}

void xenblk_bounce_shrink(struct xenblk_queue *xq, unsigned int keep)
{
	struct page *page;

	while (READ_ONCE(xq->nr_bounce) > keep) {
		page = bounce_get(xq);
		if (!page)
			return;
		bounce_free(xq, page);
	}
}

/* Return: false if the collection is full. */
bool xenblk_copy_add(struct xenblk_copies *c, struct xenblk_io *io, struct xenblk_slot *s,
		     bool out)
{
	struct xen_backend *be = io->xq->q->be;

	if (c->nr == XENBLK_COPY_OPS)
		return false;
	if (out)
		xen_gcopy_to(&c->ops[c->nr], be, s->ref, s->off, s->page, s->off, s->len);
	else
		xen_gcopy_from(&c->ops[c->nr], be, s->ref, s->off, s->page, s->off, s->len);
	c->owners[c->nr++] = io;
	return true;
}

/* Carry out the copies from the frontend that were collected; failures become statuses. */
void xenblk_flush_copies(struct xenblk_queue *xq)
{
	struct xenblk_copies *c = &xq->in;
	unsigned int i;

	if (xen_gcopy_wait(xq->q->be, c->ops, c->nr))
		for (i = 0; i < c->nr; i++)
			if (c->ops[i].status != GNTST_okay)
				c->owners[i]->status = XENBLK_ERROR;
	c->nr = 0;
}

static int get_by_copy(struct xenblk_io *io)
{
	struct xenblk_queue *xq = io->xq;
	unsigned int i;

	for (i = 0; i < io->req.nr_segs; i++) {
		struct xenblk_slot *s = &io->slots[i];

		if (s->page)
			continue;
		s->page = bounce_get(xq);
		if (!s->page)
			return -ENOMEM;
		s->bounce = true;
		io->bounces++;
		if (io->req.op == XENBLK_READ)
			continue;
		if (!xenblk_copy_add(&xq->in, io, s, false)) {
			xenblk_flush_copies(xq);
			xenblk_copy_add(&xq->in, io, s, false);
		}
	}
	return 0;
}

/* Hand a fresh mapping to the cache if it wants it; else the request keeps it. */
static void settle_map(struct xenblk_queue *xq, struct xenblk_slot *s, struct xen_gmap *map)
{
	s->page = map->page;
	if (!xq->persistent)
		return;
	s->kept = xen_gcache_keep(&xq->cache, map);
	if (s->kept) {
		map->mapped = false;
		map->page = NULL;
	}
}

static int get_by_map(struct xenblk_io *io)
{
	struct xenblk_queue *xq = io->xq;
	unsigned int i, k, flags;

	for (i = 0; i < io->req.nr_segs; i++) {
		struct xen_gmap *map = &io->maps[io->nr_maps];

		if (io->slots[i].page)
			continue;
		*map = (struct xen_gmap){ .ref = io->slots[i].ref };
		if (xen_gpool_get(&xq->q->pool, &map->page))
			return -ENOMEM;
		io->nr_maps++;
	}
	/* A persistent grant serves reads and writes later, whatever it is for now. */
	flags = !xq->persistent && io->req.op != XENBLK_READ ? XEN_GMAP_RO : 0;
	if (xen_gmap_map(xq->q->be, io->maps, io->nr_maps, flags))
		return -EIO;
	for (i = 0, k = 0; i < io->req.nr_segs; i++)
		if (!io->slots[i].page)
			settle_map(xq, &io->slots[i], &io->maps[k++]);
	return 0;
}

/* Return: 0 or -errno; in both cases xenblk_let_go() is due. */
int xenblk_get_pages(struct xenblk_io *io)
{
	struct xenblk_queue *xq = io->xq;
	unsigned int i, missing = 0;

	for (i = 0; i < io->req.nr_segs; i++) {
		struct xenblk_slot *s = &io->slots[i];

		s->page = NULL;
		s->bounce = false;
		s->kept = xq->persistent ? xen_gcache_get(&xq->cache, s->ref) : NULL;
		if (s->kept)
			s->page = s->kept->map.page;
		else
			missing++;
	}
	if (!missing)
		return 0;
	if (xq->persistent && xq->cache.nr + missing > xq->cache.max)
		xenblk_trim(xq);
	if (xq->persistent && xq->cache.nr + missing <= xq->cache.max)
		return get_by_map(io);
	if (missing <= READ_ONCE(xenblk_copy_max))
		return get_by_copy(io);
	return get_by_map(io);
}

static void unmap_done(struct xen_gunmap *job)
{
	struct xenblk_io *io = container_of(job, struct xenblk_io, unmap);
	struct page *pages[XEN_GMAP_BATCH];
	unsigned int i, n = 0;

	for (i = 0; i < io->nr_maps; i++) {
		if (!io->maps[i].page)
			continue;
		pages[n++] = io->maps[i].page;
		if (n == XEN_GMAP_BATCH) {
			xen_gpool_put(&io->xq->q->pool, pages, n);
			n = 0;
		}
	}
	xen_gpool_put(&io->xq->q->pool, pages, n);
	io->nr_maps = 0;
	xenblk_finish(io, XENBLK_RESPOND);
}

/*
 * Give back all that xenblk_get_pages() got. Return: true if that is done; false if mappings have
 * to be waited for: the request comes back on the done list with nothing left but to respond.
 */
bool xenblk_let_go(struct xenblk_io *io)
{
	unsigned int i;

	for (i = 0; i < io->req.nr_segs; i++) {
		struct xenblk_slot *s = &io->slots[i];

		if (s->kept)
			xen_gcache_put(s->kept);
		else if (s->bounce)
			bounce_put(io->xq, s->page);
		s->kept = NULL;
		s->bounce = false;
	}
	io->req.nr_segs = 0;
	if (!io->nr_maps)
		return true;
	io->unmap.be = io->xq->q->be;
	io->unmap.maps = io->maps;
	io->unmap.nr = io->nr_maps;
	io->unmap.done = unmap_done;
	xen_gmap_unmap_later(&io->unmap);
	return false;
}

static int copy_descriptors(struct xenblk_queue *xq, u32 ref, void *dst, unsigned int len)
{
	struct page *page = bounce_get(xq);
	struct gnttab_copy op;
	int err = 0;

	if (!page)
		return -ENOMEM;
	xen_gcopy_from(&op, xq->q->be, ref, 0, page, 0, len);
	if (xen_gcopy_wait(xq->q->be, &op, 1))
		err = xen_hv_gnt_errno(op.status);
	else
		memcpy(dst, page_address(page), len);
	bounce_put(xq, page);
	return err;
}

/* Read a descriptor page through a persistent mapping; shared memory, so copied once. */
static bool kept_descriptors(struct xenblk_queue *xq, u32 ref, void *dst, unsigned int len)
{
	struct xen_gmap map = { .ref = ref };
	struct xen_gkept *kept;

	if (!xq->persistent)
		return false;
	kept = xen_gcache_get(&xq->cache, ref);
	if (!kept && xq->cache.nr < xq->cache.max &&
	    !xen_gpool_get(&xq->q->pool, &map.page)) {
		if (!xen_gmap_map(xq->q->be, &map, 1, 0))
			kept = xen_gcache_keep(&xq->cache, &map);
		if (!kept) {
			xen_gmap_unmap(xq->q->be, &map, 1);
			if (map.page)
				xen_gpool_put(&xq->q->pool, &map.page, 1);
		}
	}
	if (!kept)
		return false;
	xen_shared_copy(dst, xen_shared_box(page_address(kept->map.page)), 0, len);
	xen_gcache_put(kept);
	return true;
}

/* Copy the segments of an indirect request into private memory. */
int xenblk_read_descriptors(struct xenblk_queue *xq, const struct xenblk_raw *raw,
			    unsigned int nr_segs, struct xenblk_seg *segs)
{
	unsigned int i, n, done;
	int err;

	for (i = 0, done = 0; done < nr_segs; i++, done += n) {
		n = min_t(unsigned int, nr_segs - done, XENBLK_DESC_PER_PAGE);
		if (kept_descriptors(xq, raw->refs[i], segs + done, n * sizeof(*segs)))
			continue;
		err = copy_descriptors(xq, raw->refs[i], segs + done, n * sizeof(*segs));
		if (err)
			return err;
	}
	return 0;
}

#define TRIM_SOON	(HZ / 10 + 1)	/* for what is too much */
#define TRIM_IDLE	(10 * HZ)	/* for what may be kept, but not without use */

/*
 * Have the worker come for pages that wait without use: those of a burst come back after the
 * worker's last turn. Context: the worker or the tasklet.
 */
void xenblk_trim_later(struct xenblk_queue *xq)
{
	unsigned int keep = READ_ONCE(xenblk_max_buffer_pages);
	unsigned int pool = READ_ONCE(xq->q->pool.cache.num_pages);
	unsigned int bounce = READ_ONCE(xq->nr_bounce);

	if (pool > keep || bounce > keep)
		xen_worker_kick_after(&xq->q->workers[0], TRIM_SOON);
	else if (pool || bounce || READ_ONCE(xq->cache.nr))
		xen_worker_kick_after(&xq->q->workers[0], TRIM_IDLE);
}

/* Housekeeping, by the worker: drop grants that were not used for long, or room for new ones. */
void xenblk_trim(struct xenblk_queue *xq)
{
	unsigned long age = READ_ONCE(xenblk_pgrant_timeout) * HZ;
	unsigned int keep = READ_ONCE(xenblk_max_buffer_pages);

	if (time_before(jiffies, READ_ONCE(xq->dev->squeeze_end))) {
		xen_gcache_evict(&xq->cache, xq->cache.nr, 0);
		keep = 0;
	} else if (time_after(jiffies, xq->next_evict)) {
		xq->next_evict = jiffies + HZ / 10;
		if (age)
			xen_gcache_evict(&xq->cache, xq->cache.nr, age);
		if (xq->cache.nr >= xq->cache.max)
			xen_gcache_evict(&xq->cache, max(xq->cache.max / 20, 1U), 0);
		if (time_after_eq(jiffies, xq->last_used + TRIM_IDLE))
			keep = 0;
	}
	xen_gpool_shrink(&xq->q->pool, keep);
	xenblk_bounce_shrink(xq, keep);
}
