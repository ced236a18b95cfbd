// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of queues: built completely, published by one pointer, taken apart in reverse.
 *
 * Each queue holds a reference of its set until its own references are gone, which its I/O in
 * flight and its running threads hold. Whoever ends a set waits for that, but not for ever: then
 * the set becomes an orphan and the last reference frees it. @phase decides between the two exactly
 * once.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <xen/events.h>
#include "internal.h"

enum { SET_OWNED, SET_ORPHAN, SET_DRAINED };

static void queue_free(struct xen_queue *q)
{
	unsigned int i;

	if (!q)
		return;
	for (i = 0; i < XEN_QUEUE_WORKERS; i++)
		xen_worker_free(&q->workers[i]);
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		struct xen_queue_ring *r = &q->rings[i];

		if (!r->pages)
			continue;
		xenbus_unmap_ring_vfree(q->be->dev, xen_shared_unbox(r->ring.shared));
		xen_uncharge(q->be, XEN_CHARGE_RINGS, r->pages);
		r->pages = 0;
	}
	xen_gpool_empty(&q->pool);
	kfree(q->priv);
	kfree(q);
}

static void set_free(struct xen_queue_set *set)
{
	struct xen_backend *be = set->be;
	unsigned int i;

	for (i = 0; i < set->total; i++) {
		if (set->queues[i] && set->queues[i]->initialised &&
		    be->drv->ops->queue_release)
			be->drv->ops->queue_release(set->queues[i]);
		queue_free(set->queues[i]);
	}
	kfree(set);
}

static void set_work(struct work_struct *work)
{
	struct xen_queue_set *set = container_of(work, struct xen_queue_set, work);
	struct xen_backend *be = set->be;

	set_free(set);
	atomic_dec(&be->orphans);
	schedule_work(&be->drain_work);
}

void xen_queue_put(struct xen_queue *q)
{
	struct xen_queue_set *set = q->set;

	if (!refcount_dec_and_test(&q->refs) || !refcount_dec_and_test(&set->live))
		return;
	if (atomic_xchg(&set->phase, SET_DRAINED) == SET_ORPHAN)
		schedule_work(&set->work);
	else
		complete(&set->drained);
}
EXPORT_SYMBOL_GPL(xen_queue_put);

/* A worker is gone, or the queue is told to stop: the last of these calls stops the queue. */
void xen_queue_calm(struct xen_queue *q)
{
	const struct xen_backend_ops *ops = q->be->drv->ops;

	if (refcount_dec_and_test(&q->active) && q->initialised && ops->queue_stop)
		ops->queue_stop(q);
}

int xen_queue_map_ring(struct xen_queue *q, unsigned int which, const char *dir, const char *node,
		       unsigned int order, bool indexed, u32 slot_size)
{
	grant_ref_t refs[XENBUS_MAX_RING_GRANTS];
	unsigned int i, pages = 1U << order;
	struct xen_queue_ring *r = &q->rings[which];
	struct xen_want wants[2] = {
		{ .kind = XEN_WANT_NEEDED, .max = ~0U },
	};
	char name[32];
	void *va;
	int err;

	if (order > XENBUS_MAX_RING_GRANT_ORDER)
		return -EINVAL;
	wants[0].node = name;
	for (i = 0; i < pages; i++) {
		if (indexed)
			snprintf(name, sizeof(name), "%s%u", node, i);
		else
			snprintf(name, sizeof(name), "%s", node);
		err = xen_want_read(q->be, dir, wants, &refs[i]);
		if (err)
			return err;
	}
	if (!xen_charge(q->be, XEN_CHARGE_RINGS, pages))
		return -EDQUOT;
	err = xenbus_map_ring_valloc(q->be->dev, refs, pages, &va);
	if (err)
		goto uncharge;
	err = xen_ring_init_back(&r->ring, xen_shared_box(va), pages * XEN_PAGE_SIZE, slot_size);
	if (err)
		goto unmap;
	r->pages = pages;
	r->node = node;
	return 0;
unmap:
	xenbus_unmap_ring_vfree(q->be->dev, va);
uncharge:
	xen_uncharge(q->be, XEN_CHARGE_RINGS, pages);
	return err;
}
EXPORT_SYMBOL_GPL(xen_queue_map_ring);

static struct xen_queue *queue_alloc(struct xen_backend *be, struct xen_queue_set *set,
				     unsigned int index)
{
	struct xen_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);
	unsigned int i;

	if (!q)
		return NULL;
	q->be = be;
	q->set = set;
	q->index = index;
	refcount_set(&q->refs, 1);
	refcount_set(&q->active, 1);
	xen_gpool_init(&q->pool, be);
	for (i = 0; i < XEN_QUEUE_CHANNELS; i++)
		q->channels[i].q = q;
	for (i = 0; i < XEN_QUEUE_WORKERS; i++)
		xen_worker_setup(&q->workers[i], q);
	q->priv = kzalloc(max_t(size_t, be->drv->queue_size, 1), GFP_KERNEL);
	if (!q->priv) {
		kfree(q);
		return NULL;
	}
	return q;
}

static int queue_build(struct xen_backend *be, struct xen_queue_set *set, unsigned int index)
{
	struct xen_queue *q = queue_alloc(be, set, index);
	char *dir = NULL;
	int err;

	if (!q)
		return -ENOMEM;
	set->queues[index] = q;
	if (set->nr > 1 && index < set->nr) {
		dir = kasprintf(GFP_KERNEL, "%s/queue-%u", be->dev->otherend, index);
		if (!dir)
			return -ENOMEM;
	}
	err = be->drv->ops->queue_init(q, dir ?: be->dev->otherend);
	kfree(dir);
	if (!err)
		q->initialised = true;
	return err;
}

static void set_stop(struct xen_queue_set *set)
{
	unsigned int i, w;

	WRITE_ONCE(set->dying, true);
	xen_channel_unbind(set);
	for (i = 0; i < set->total; i++) {
		struct xen_queue *q = set->queues[i];

		if (!q)
			continue;
		for (w = 0; w < XEN_QUEUE_WORKERS; w++)
			xen_worker_stop(&q->workers[w]);
		xen_queue_calm(q);
	}
}

int xen_set_build(struct xen_backend *be, struct xen_queue_set **out)
{
	unsigned int i, total = be->nr_queues + be->nr_extra;
	struct xen_queue_set *set;
	int err;

	set = kzalloc(struct_size(set, queues, total), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	set->be = be;
	set->nr = be->nr_queues;
	set->total = total;
	refcount_set(&set->live, total);
	init_completion(&set->drained);
	INIT_WORK(&set->work, set_work);
	for (i = 0; i < total; i++) {
		err = queue_build(be, set, i);
		if (err) {
			/* Nothing was published and no worker ran: no I/O to wait for. */
			set_stop(set);
			set_free(set);
			return err;
		}
	}
	*out = set;
	return 0;
}

/*
 * Whoever served these rings before put his last answers there without a channel to tell of them.
 */
static void queue_tell(struct xen_queue *q)
{
	unsigned int i;
	bool used = false;

	for (i = 0; i < XEN_QUEUE_RINGS; i++)
		used |= q->rings[i].pages && q->rings[i].ring.published;
	for (i = 0; used && i < XEN_QUEUE_CHANNELS; i++)
		xen_channel_send(&q->channels[i]);
}

void xen_set_publish(struct xen_backend *be, struct xen_queue_set *set)
{
	unsigned int i, w;

	rcu_assign_pointer(be->set, set);
	for (i = 0; i < set->total; i++) {
		queue_tell(set->queues[i]);
		for (w = 0; w < XEN_QUEUE_WORKERS; w++)
			xen_worker_go(&set->queues[i]->workers[w]);
	}
}

/* Stop a set, wait for its threads and its I/O; @set is not published (any more). */
void xen_set_end(struct xen_backend *be, struct xen_queue_set *set)
{
	unsigned int i;

	/* Waits for readers of be->set as well. */
	set_stop(set);
	for (i = 0; i < set->total; i++)
		xen_queue_put(set->queues[i]);
	if (wait_for_completion_timeout(&set->drained, XEN_DRAIN_PATIENCE)) {
		set_free(set);
		return;
	}
	/* Count the orphan and hold the device before the last reference can see that it is one. */
	atomic_inc(&be->orphans);
	xen_backend_get(be);
	if (atomic_cmpxchg(&set->phase, SET_OWNED, SET_ORPHAN) == SET_OWNED) {
		dev_warn(&be->dev->dev, "I/O does not end; the old connection lingers\n");
		return;
	}
	atomic_dec(&be->orphans);
	xen_backend_put(be);
	wait_for_completion(&set->drained);
	set_free(set);
}

void xen_backend_queues(struct xen_backend *be, void (*fn)(struct xen_queue *q, void *data),
			void *data)
{
	struct xen_queue_set *set;
	unsigned int i;

	rcu_read_lock();
	set = rcu_dereference(be->set);
	for (i = 0; set && i < set->total; i++)
		fn(set->queues[i], data);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(xen_backend_queues);
