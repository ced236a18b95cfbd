// SPDX-License-Identifier: GPL-2.0
/*
 * Grants that the guest had us map for as long as it likes, by messages of
 * the control ring. Data in them moves without any hypercall.
 *
 * The control worker adds and removes; both directions of the queue look up
 * under RCU and use what they find within the same read section.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "netback.h"

/**
 * xnb_static_find() - the page of a static grant
 * @xq:    the queue
 * @gref:  the grant
 * @write: it will be written
 *
 * Context: RCU reader; the page is good until the read section ends.
 * Return: the page or NULL.
 */
struct page *xnb_static_find(struct xnb_queue *xq, u32 gref, bool write)
{
	const struct xnb_static *s = xa_load(&xq->statics, gref);

	return s && !(write && s->readonly) ? s->map.page : NULL;
}

static void drop_page(struct xnb_queue *xq, struct xnb_static *s)
{
	/* Unmapping clears the page if the hypervisor kept it. */
	if (s->map.page)
		xen_gpool_put(&xq->q->pool, &s->map.page, 1);
	kfree(s);
}

/* Map one grant and make it known. Return: 0 or -errno. */
static int add_one(struct xnb_queue *xq, const struct xnb_gref *g)
{
	struct xnb_static *s;
	int err;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->readonly = g->flags & XNB_GREF_READONLY;
	s->map.ref = g->ref;
	err = xen_gpool_get(&xq->q->pool, &s->map.page);
	if (err) {
		kfree(s);
		return err;
	}
	if (xen_gmap_map(xq->q->be, &s->map, 1,
			 s->readonly ? XEN_GMAP_RO : 0)) {
		err = s->map.status;
		drop_page(xq, s);
		return err;
	}
	err = xa_insert(&xq->statics, g->ref, s, GFP_KERNEL);
	if (err) {
		xen_gmap_unmap(xq->q->be, &s->map, 1);
		drop_page(xq, s);
		return err;
	}
	WRITE_ONCE(xq->nr_static, xq->nr_static + 1);
	return 0;
}

/* Take grants out of sight, wait for their users, unmap them. */
static void remove_all(struct xnb_queue *xq, struct xnb_static **gone, u32 n)
{
	u32 i;

	if (!n)
		return;
	WRITE_ONCE(xq->nr_static, xq->nr_static - n);
	synchronize_rcu();
	for (i = 0; i < n; i++) {
		xen_gmap_unmap(xq->q->be, &gone[i]->map, 1);
		drop_page(xq, gone[i]);
	}
}

/**
 * xnb_static_add() - keep a list of grants mapped
 * @xq:   the queue
 * @list: the grants
 * @n:    how many, at most XNB_GREF_LIST_MAX
 *
 * All or none. A grant that is there already is an error.
 *
 * Context: the control worker.
 * Return: 0 or -errno.
 */
int xnb_static_add(struct xnb_queue *xq, const struct xnb_gref *list, u32 n)
{
	struct xnb_static **done;
	int err = 0;
	u32 i, k;

	if (xq->nr_static + n > xnb_static_max)
		return -ENOSPC;
	done = kvcalloc(n, sizeof(*done), GFP_KERNEL);
	if (!done)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++)
		err = add_one(xq, &list[i]);
	if (err) {
		/* The last try added nothing. */
		for (k = 0; k + 1 < i; k++)
			done[k] = xa_erase(&xq->statics, list[k].ref);
		remove_all(xq, done, k);
	}
	kvfree(done);
	return err;
}

/**
 * xnb_static_del() - unmap a list of grants
 * @xq:   the queue
 * @list: the grants; each status is set
 * @n:    how many
 *
 * Context: the control worker.
 * Return: how many were unmapped.
 */
u32 xnb_static_del(struct xnb_queue *xq, struct xnb_gref *list, u32 n)
{
	struct xnb_static **gone;
	u32 i, nr = 0;

	gone = kvcalloc(n, sizeof(*gone), GFP_KERNEL);
	for (i = 0; i < n; i++) {
		list[i].status = XNB_CTRL_INVALID;
		if (!gone)
			continue;
		gone[nr] = xa_erase(&xq->statics, list[i].ref);
		if (!gone[nr])
			continue;
		list[i].status = XNB_CTRL_OK;
		nr++;
	}
	remove_all(xq, gone, nr);
	kvfree(gone);
	return nr;
}

/**
 * xnb_static_release() - unmap what the guest left mapped
 * @xq: the queue, its workers stopped
 */
void xnb_static_release(struct xnb_queue *xq)
{
	struct xnb_static *s;
	unsigned long ref;

	xa_for_each(&xq->statics, ref, s) {
		xa_erase(&xq->statics, ref);
		xen_gmap_unmap(xq->q->be, &s->map, 1);
		drop_page(xq, s);
	}
	xa_destroy(&xq->statics);
	xq->nr_static = 0;
}
