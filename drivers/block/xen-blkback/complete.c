// SPDX-License-Identifier: GPL-2.0
/*
 * The end of requests. Bios end anywhere; the requests meet on a list, and a tasklet, which runs
 * after the soft interrupt that ended them, deals with all of them at once: one copy hypercall,
 * one publication, at most one event.
 */
#include <linux/mempool.h>
#include "trace.h"

/*
 * The slot of a response. Only these fields are written: the rest keeps what the frontend had
 * there.
 */
struct response {
	u64 id;
	u8 op;
	u8 pad;
	s16 status;
};

static const struct xen_ring_field response_fields[] = {
	{ .offset = offsetof(struct response, id), .len = 9 },
	{ .offset = offsetof(struct response, status), .len = 2 },
};

static void schedule_tasklet(struct xenblk_queue *xq)
{
	if (!in_task() || irqs_disabled()) {
		tasklet_schedule(&xq->tasklet);
		return;
	}
	/* In a thread, let the tasklet run at once instead of waking the daemon for it. */
	local_bh_disable();
	tasklet_schedule(&xq->tasklet);
	local_bh_enable();
}

void xenblk_finish(struct xenblk_io *io, enum xenblk_phase phase)
{
	struct xenblk_queue *xq = io->xq;

	io->phase = phase;
	/* What ends within the worker's turn waits for its end, to be answered together. */
	if (xq->collect && current == xq->q->workers[0].task && in_task()) {
		io->node.next = xq->turn_first;
		xq->turn_first = &io->node;
		if (!xq->turn_last)
			xq->turn_last = &io->node;
		return;
	}
	if (llist_add(&io->node, &xq->done))
		schedule_tasklet(xq);
}

/* Answer what ended within the worker's turn. */
void xenblk_end_turn(struct xenblk_queue *xq)
{
	struct llist_node *first = xq->turn_first, *last = xq->turn_last;

	if (!first)
		return;
	xq->turn_first = NULL;
	xq->turn_last = NULL;
	if (llist_add_batch(first, last, &xq->done))
		schedule_tasklet(xq);
}

static void flush_out(struct xenblk_queue *xq)
{
	struct xenblk_copies *c = &xq->out;
	unsigned int i;

	if (xen_gcopy(xq->q->be, c->ops, c->nr)) {
		for (i = 0; i < c->nr; i++) {
			if (c->ops[i].status == GNTST_eagain)
				c->owners[i]->retry = true;
			else if (c->ops[i].status != GNTST_okay)
				c->owners[i]->status = XENBLK_ERROR;
		}
	}
	c->nr = 0;
}

static void copy_out(struct xenblk_queue *xq, struct llist_node *list)
{
	struct xenblk_io *io;
	unsigned int i;

	llist_for_each_entry(io, list, node) {
		if (io->phase != XENBLK_ENDED || !io->bounces || io->status ||
		    io->req.op != XENBLK_READ)
			continue;
		for (i = 0; i < io->req.nr_segs; i++) {
			if (!io->slots[i].bounce)
				continue;
			if (!xenblk_copy_add(&xq->out, io, &io->slots[i], true)) {
				flush_out(xq);
				xenblk_copy_add(&xq->out, io, &io->slots[i], true);
			}
		}
	}
	flush_out(xq);
}

static void respond(struct xenblk_queue *xq, struct xenblk_io *io)
{
	struct response rsp = { .id = io->id, .op = io->wire_op, .status = io->status };

	trace_xenblk_response(io);
	/* Fails only for a broken ring, whose frontend hears nothing more. */
	xen_ring_put_fields(&xq->q->rings[0].ring, &rsp, response_fields,
			    ARRAY_SIZE(response_fields));
	if (io->big)
		mempool_free(io->big, xq->big_pool);
	io->big = NULL;
	llist_add(&io->node, &xq->freed);
}

/* Wake a worker that waits for requests to end. */
static void give_back(struct xenblk_queue *xq, unsigned int nr)
{
	int left = atomic_sub_return(nr, &xq->inflight);

	/* atomic_sub_return() is a full barrier; pairs with the one in take_all(). */
	if (READ_ONCE(xq->starved)) {
		WRITE_ONCE(xq->starved, false);
		xen_worker_kick(&xq->q->workers[0]);
	} else if (READ_ONCE(xq->barrier) && left <= 1) {
		xen_worker_kick(&xq->q->workers[0]);
	}
	xenblk_trim_later(xq);
}

/* Requests whose copies would have to wait when nobody is left who may wait. */
void xenblk_fail_retries(struct xenblk_queue *xq)
{
	struct llist_node *node = llist_del_all(&xq->retry);
	struct xenblk_io *io, *next;

	llist_for_each_entry_safe(io, next, node, node) {
		io->status = XENBLK_ERROR;
		xenblk_finish(io, XENBLK_COPIED);
	}
}

/* A paged-out grant has to be waited for, which only the worker may do. */
static void retry_by_worker(struct xenblk_io *io)
{
	struct xenblk_queue *xq = io->xq;

	io->retry = false;
	llist_add(&io->node, &xq->retry);
	xen_worker_kick(&xq->q->workers[0]);
	/* Entry before look; pairs with store before emptying in xenblk_queue_stop(). */
	smp_mb();
	if (READ_ONCE(xq->stopped))
		xenblk_fail_retries(xq);
}

void xenblk_tasklet(struct tasklet_struct *t)
{
	struct xenblk_queue *xq = container_of(t, struct xenblk_queue, tasklet);
	struct llist_node *list = llist_reverse_order(llist_del_all(&xq->done));
	struct xen_queue *q = xq->q;
	struct xenblk_io *io, *next;
	unsigned int nr = 0;

	copy_out(xq, list);
	llist_for_each_entry_safe(io, next, list, node) {
		if (io->retry && io->phase == XENBLK_ENDED) {
			retry_by_worker(io);
			continue;
		}
		if (io->phase != XENBLK_RESPOND && !xenblk_let_go(io))
			continue;
		respond(xq, io);
		nr++;
	}
	if (!nr)
		return;
	if (xen_ring_publish(&q->rings[0].ring))
		xen_channel_notify(&q->channels[0]);
	give_back(xq, nr);
	/* The last reference may take the queue with it, but not before this tasklet ended. */
	while (nr--)
		xen_queue_put(q);
}
