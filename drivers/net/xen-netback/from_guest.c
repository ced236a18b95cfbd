// SPDX-License-Identifier: GPL-2.0
/*
 * The way from the guest: ring to packets, packets to the stack.
 *
 * A turn collects packets into a batch, fetches the data of all of them with
 * one hypercall, answers all their slots with one update of the ring and
 * hands them to the stack as a list. Runs in NAPI context; nothing sleeps.
 */
#include <linux/slab.h>
#include "netback.h"

static const char * const why_text[XNB_WHY_NR] = {
	[XNB_WHY_STARVED] = "a packet ends beyond the ring",
	[XNB_WHY_CHAIN] = "a packet has too many slots",
	[XNB_WHY_PAGE] = "a slot crosses its page",
	[XNB_WHY_EXTRA_TYPE] = "an extra info of unknown type",
	[XNB_WHY_EXTRA_COUNT] = "too many extra infos",
	[XNB_WHY_GSO_TYPE] = "a segmentation type of unknown kind",
	[XNB_WHY_GSO_SIZE] = "a segment size of zero",
};

/**
 * xnb_from_init() - allocate the way from the guest of a queue
 * @xq: the queue
 *
 * Return: 0 or -ENOMEM.
 */
int xnb_from_init(struct xnb_queue *xq)
{
	xq->from = kzalloc(sizeof(*xq->from), GFP_KERNEL);
	return xq->from ? 0 : -ENOMEM;
}

/**
 * xnb_from_release() - the inverse; may be called for a queue without
 * @xq: the queue, its workers stopped
 */
void xnb_from_release(struct xnb_queue *xq)
{
	if (!xq->from)
		return;
	xnb_frames_drop(&xq->from->frames);
	kfree(xq->from);
	xq->from = NULL;
}

/* Answer @n transmit slots, each of which was taken from the ring. */
static void answer(struct xnb_queue *xq, const struct xnb_rsp *rsp,
		   unsigned int n)
{
	struct xen_ring *ring = &xq->q->rings[XNB_RING_FROM].ring;
	unsigned int i;

	if (!n)
		return;
	for (i = 0; i < n; i++)
		xen_ring_put(ring, &rsp[i], sizeof(rsp[i]));
	if (xen_ring_publish(ring))
		xen_channel_notify(&xq->q->channels[0]);
}

/* Note the answers to all slots of the parsed packet. */
static void owe(struct xnb_from_batch *f, s16 status)
{
	const struct xnb_packet *p = &f->pkt;
	unsigned int i;

	for (i = 0; i < p->nr_ids; i++)
		f->rsp[f->nr_rsp++] = (struct xnb_rsp){ p->id[i], status };
	/* Extra infos have no id; their answers only keep the ring in step. */
	for (i = 0; i < p->nr_extras; i++)
		f->rsp[f->nr_rsp++] = (struct xnb_rsp){ 0, XNB_RSP_NULL };
}

/* The guest's request to change its multicast list. */
static s16 change_mcast(struct xnb_vif *vif, const struct xnb_packet *p)
{
	int err = 0;

	spin_lock(&vif->mcast_lock);
	if (p->mcast_op == XNB_EXTRA_MCAST_ADD)
		err = xnb_mcast_add(&vif->mcast, p->mcast);
	else
		xnb_mcast_del(&vif->mcast, p->mcast);
	spin_unlock(&vif->mcast_lock);
	return err ? XNB_RSP_ERROR : XNB_RSP_OKAY;
}

/*
 * Take the next slot.
 *
 * Return: 1, 0 if there is none, negative if the ring is broken.
 */
static int next_slot(struct xen_ring *ring, struct xnb_slot *s)
{
	int n;

	if (!xen_ring_pending(ring)) {
		n = xen_ring_poll(ring);
		if (n <= 0)
			return n;
	}
	n = xen_ring_take(ring, s, sizeof(*s));
	return n ? n : 1;
}

/* May a packet of this size pass now? Else come back when it may. */
static bool has_credit(struct xnb_queue *xq, u32 size)
{
	struct xnb_vif *vif = xq->vif;
	u64 wait;

	if (likely(!READ_ONCE(vif->limited)))
		return true;
	spin_lock(&vif->credit_lock);
	wait = xnb_credit_take(&vif->credit, size, ktime_get_ns());
	spin_unlock(&vif->credit_lock);
	if (!wait)
		return true;
	wait = min_t(u64, wait, 10 * NSEC_PER_SEC);
	xen_worker_kick_after(&xq->q->workers[XNB_WORKER_FROM],
			      nsecs_to_jiffies(wait) + 1);
	return false;
}

/*
 * Read one packet from the ring into the batch's place for it.
 *
 * Return: 1 if there is a verdict, 0 if there is nothing to read now,
 * negative if the ring is broken.
 */
static int next_packet(struct xnb_queue *xq)
{
	struct xen_ring *ring = &xq->q->rings[XNB_RING_FROM].ring;
	struct xnb_slot s __aligned(8);
	struct xnb_from *f = xq->from;
	struct xnb_packet *pkt = &f->batch->pkt;
	enum xnb_verdict v;
	int n;

	if (!f->held) {
		n = next_slot(ring, &f->first);
		if (n <= 0)
			return n;
		f->held = true;
	}
	if (!has_credit(xq, f->first.size))
		return 0;
	f->held = false;

	xnb_packet_begin(pkt);
	v = xnb_packet_feed(pkt, &f->first, xnb_fatal_slots);
	while (v == XNB_MORE) {
		n = next_slot(ring, &s);
		if (n < 0)
			return n;
		v = n ? xnb_packet_feed(pkt, &s, xnb_fatal_slots) :
			xnb_packet_starve(pkt);
	}
	return 1;
}

/* Act on a verdict. Return: 0 or -ESHUTDOWN if the guest is cut off. */
static int act(struct xnb_queue *xq, struct napi_struct *napi)
{
	struct xnb_from_batch *f = xq->from->batch;
	struct xnb_staged *st = &f->staged[f->nr_pkt];
	unsigned int first = f->nr_rsp;

	switch (f->pkt.verdict) {
	case XNB_PACKET:
		*st = (struct xnb_staged){ .first_rsp = first,
					   .flags = f->pkt.flags };
		if (xnb_stage(xq, st, napi)) {
			owe(f, XNB_RSP_OKAY);
			st->nr_rsp = f->nr_rsp - first;
			f->nr_pkt++;
			return 0;
		}
		fallthrough;
	case XNB_REJECT:
		xq->stats.from_rejected++;
		owe(f, XNB_RSP_ERROR);
		return 0;
	case XNB_MCAST:
		owe(f, change_mcast(xq->vif, &f->pkt));
		return 0;
	default:
		xen_ring_break(&xq->q->rings[XNB_RING_FROM].ring);
		xen_backend_fatal(xq->q->be, -EPROTO, why_text[f->pkt.why]);
		return -ESHUTDOWN;
	}
}

static bool batch_has_room(const struct xnb_from_batch *f)
{
	return f->nr_pkt < XNB_BATCH_PACKETS &&
	       f->nr_op + XNB_PLAN_OPS <= XNB_BATCH_OPS &&
	       f->nr_rsp + XNB_CHAIN_MAX + 1 + XNB_EXTRAS_MAX <= XNB_BATCH_RSPS;
}

/* A packet that could not be fetched: its slots are answered with an error. */
static void fail_staged(struct xnb_queue *xq, struct xnb_staged *st)
{
	struct xnb_rsp *rsp = xq->from->batch->rsp + st->first_rsp;
	unsigned int i;

	for (i = 0; i < st->nr_rsp; i++)
		if (rsp[i].status == XNB_RSP_OKAY)
			rsp[i].status = XNB_RSP_ERROR;
	xq->stats.from_rejected++;
	kfree_skb(st->skb);
	st->skb = NULL;
}

/* Fetch the batch, answer it, hand its packets to the stack. */
static void finish_batch(struct xnb_queue *xq)
{
	struct xnb_from_batch *f = xq->from->batch;
	LIST_HEAD(list);
	unsigned int i;

	xnb_fetch(xq);
	for (i = 0; i < f->nr_pkt; i++)
		if (f->staged[i].failed)
			fail_staged(xq, &f->staged[i]);
	answer(xq, f->rsp, f->nr_rsp);

	for (i = 0; i < f->nr_pkt; i++) {
		struct xnb_staged *st = &f->staged[i];
		unsigned int len;

		if (!st->skb)
			continue;
		len = st->skb->len;
		if (!xnb_skb_finish(xq, st))
			continue;
		xq->stats.from_packets++;
		xq->stats.from_bytes += len;
		list_add_tail(&st->skb->list, &list);
	}
	f->nr_pkt = 0;
	f->nr_op = 0;
	f->nr_rsp = 0;
	netif_receive_skb_list(&list);
}

/* Take batches until the ring or the budget is empty. Return: 1, 0 or -errno. */
static int take_batches(struct xnb_queue *xq, struct napi_struct *napi,
			struct xen_budget *b)
{
	struct xnb_from_batch *f = xq->from->batch;
	bool more = true;
	int n, err = 0;

	do {
		while (more && !err && batch_has_room(f)) {
			n = next_packet(xq);
			if (n <= 0) {
				err = n;
				more = false;
				break;
			}
			err = act(xq, napi);
			if (!xen_budget_spend(b, f->pkt.len))
				break;
		}
		finish_batch(xq);
		if (err)
			return err;
	} while (more && b->items > 0 && b->bytes > 0);
	return more;
}

/**
 * xnb_from_work() - one turn from the guest
 * @w: worker of the queue
 * @b: what the turn may use up
 *
 * Return: as typedef xen_work_fn asks.
 */
int xnb_from_work(struct xen_worker *w, struct xen_budget *b)
{
	struct xnb_queue *xq = w->q->priv;
	int n;

	/* A device that is down leaves the guest's packets in its ring. */
	if (!netif_running(xq->vif->dev))
		return 0;
	xq->from->batch = xnb_batch_get(xq, XNB_WORKER_FROM);
	if (!xq->from->batch) {
		xen_worker_kick_after(w, 1);
		return 0;
	}
	n = take_batches(xq, w->napi, b);
	xnb_batch_put(XNB_WORKER_FROM, xq->from->batch);
	xq->from->batch = NULL;
	if (n)
		return n;
	/* Out of credit: the timer comes back, no event is wanted before. */
	if (xq->from->held)
		return 0;
	n = xen_ring_arm(&w->q->rings[XNB_RING_FROM].ring, 1);
	return n < 0 ? n : n > 0;
}
