// SPDX-License-Identifier: GPL-2.0
/* How a packet's bytes come over: grant copies, or memory mapped for good. */
#include <linux/mm.h>
#include "netback.h"

/* Our side of a planned copy. */
static void *copy_target(const struct xnb_from_batch *f, const struct sk_buff *skb,
			 const struct xnb_copy *op)
{
	if (op->dst == XNB_PLAN_HEAD)
		return skb->data + op->dst_off;
	return (u8 *)page_address(f->frame[op->dst].page) + op->dst_off;
}

static void stage_copy(struct xnb_queue *xq, const struct xnb_copy *op,
		       void *dst)
{
	struct xnb_from_batch *f = xq->from->batch;

	xen_gcopy_from(&f->op[f->nr_op++], xq->q->be, op->gref, op->src_off,
		       virt_to_page(dst), offset_in_page(dst), op->len);
}

/**
 * xnb_stage() - allocate for the parsed packet and plan the fetch of its data
 * @xq:   the queue; its batch has room
 * @st:   the packet to fill in
 * @napi: the NAPI instance
 *
 * Data in frames that the guest had us keep mapped is copied at once; each
 * byte is read once.
 *
 * Return: false if memory is short.
 */
bool xnb_stage(struct xnb_queue *xq, struct xnb_staged *st,
	       struct napi_struct *napi)
{
	struct xnb_from_batch *f = xq->from->batch;
	bool fixed = READ_ONCE(xq->nr_static);
	unsigned int i;

	st->skb = xnb_skb_build(xq, napi);
	if (!st->skb)
		return false;
	st->first_op = f->nr_op;
	for (i = 0; i < f->plan.nr_ops; i++) {
		const struct xnb_copy *op = &f->plan.op[i];
		void *dst = copy_target(f, st->skb, op);
		struct page *page = NULL;

		if (fixed) {
			rcu_read_lock();
			page = xnb_static_find(xq, op->gref, false);
			if (page)
				memcpy(dst, page_address(page) + op->src_off,
				       op->len);
			rcu_read_unlock();
		}
		if (page)
			xq->stats.from_static++;
		else
			stage_copy(xq, op, dst);
	}
	st->nr_ops = f->nr_op - st->first_op;
	xq->stats.from_copied++;
	return true;
}

/**
 * xnb_fetch() - carry out the copies of the batch
 * @xq: the queue
 *
 * Packets with a failed copy are marked so. A grant that is paged out fails
 * too: waiting is not possible here, and the guest's stack will resend.
 */
void xnb_fetch(struct xnb_queue *xq)
{
	struct xnb_from_batch *f = xq->from->batch;
	unsigned int i, k;

	if (!f->nr_op)
		return;
	xq->stats.from_batches++;
	xq->stats.from_copy_ops += f->nr_op;
	if (!xen_gcopy(xq->q->be, f->op, f->nr_op))
		return;
	for (i = 0; i < f->nr_pkt; i++) {
		struct xnb_staged *st = &f->staged[i];

		for (k = 0; k < st->nr_ops; k++)
			if (f->op[st->first_op + k].status != GNTST_okay)
				st->failed = true;
	}
}
