// SPDX-License-Identifier: GPL-2.0
/*
 * The way to the guest: packets of the stack into the buffers it offers.
 *
 * The stack appends to a queue that is bounded in bytes. NAPI takes a packet
 * when the ring has buffers for all of it, plans its copies, and carries out
 * those of many packets with one hypercall before it answers. Nothing sleeps:
 * a batch that met a page that the guest's toolstack has paged out stays as it
 * is, and a timer brings the worker back to it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "netback.h"

static struct xen_ring *to_ring(struct xnb_queue *xq)
{
	return &xq->q->rings[XNB_RING_TO].ring;
}

static struct netdev_queue *stack_queue(struct xnb_queue *xq)
{
	return netdev_get_tx_queue(xq->vif->dev, xq->q->index);
}

/**
 * xnb_to_init() - allocate the way to the guest of a queue
 * @xq: the queue
 *
 * Return: 0, -ENOMEM, or -EDQUOT if the guest makes us hold too much.
 */
int xnb_to_init(struct xnb_queue *xq)
{
	struct xnb_to *t;

	/* Charged once for the most that may wait, not for each packet. */
	if (!xen_charge(xq->q->be, XEN_CHARGE_BYTES, XNB_TO_GUEST_BYTES))
		return -EDQUOT;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t) {
		xen_uncharge(xq->q->be, XEN_CHARGE_BYTES, XNB_TO_GUEST_BYTES);
		return -ENOMEM;
	}
	skb_queue_head_init(&t->queue);
	__skb_queue_head_init(&t->todo);
	xq->to = t;
	return 0;
}

/* Take all packets that wait. Context: the worker, or after it. */
static void take_all(struct xnb_queue *xq, struct sk_buff_head *list)
{
	struct xnb_to *t = xq->to;
	unsigned long flags;

	__skb_queue_head_init(list);
	skb_queue_splice_init(&t->todo, list);
	spin_lock_irqsave(&t->queue.lock, flags);
	skb_queue_splice_tail_init(&t->queue, list);
	t->gone = 0;
	WRITE_ONCE(t->bytes, 0);
	if (t->stopped && !t->closed)
		netif_tx_wake_queue(stack_queue(xq));
	WRITE_ONCE(t->stopped, false);
	spin_unlock_irqrestore(&t->queue.lock, flags);
}

/* Let the packets of the batch go. */
static void free_packets(struct xnb_to_batch *b)
{
	unsigned int i;

	for (i = 0; i < b->nr_skb; i++)
		napi_consume_skb(b->skb[i], 1);
	b->nr_skb = 0;
}

/**
 * xnb_to_close() - refuse new packets and drop those that wait
 * @xq: the queue, its workers stopped
 */
void xnb_to_close(struct xnb_queue *xq)
{
	struct xnb_to *t = xq->to;

	spin_lock_irq(&t->queue.lock);
	t->closed = true;
	spin_unlock_irq(&t->queue.lock);
	if (t->batch) {
		local_bh_disable();
		free_packets(t->batch);
		local_bh_enable();
		kfree(t->batch);
		t->batch = NULL;
		t->waiting = false;
	}
	xnb_to_purge(xq);
	xnb_to_unstall(xq);
}

/**
 * xnb_to_release() - the inverse of xnb_to_init(); harmless without it
 * @xq: the queue
 */
void xnb_to_release(struct xnb_queue *xq)
{
	if (!xq->to)
		return;
	xen_uncharge(xq->q->be, XEN_CHARGE_BYTES, XNB_TO_GUEST_BYTES);
	kfree(xq->to);
	xq->to = NULL;
}

/**
 * xnb_to_enqueue() - let a packet wait for the guest
 * @xq:  the queue
 * @skb: the packet, owned by the queue on success
 *
 * Context: any, also with interrupts off (netpoll).
 * Return: false if it has to be dropped; the caller frees it.
 */
bool xnb_to_enqueue(struct xnb_queue *xq, struct sk_buff *skb)
{
	struct xnb_to *t = xq->to;
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&t->queue.lock, flags);
	ok = !t->closed && t->bytes < XNB_TO_GUEST_BYTES;
	if (ok) {
		__skb_queue_tail(&t->queue, skb);
		WRITE_ONCE(t->bytes, t->bytes + skb->len);
		if (t->bytes >= XNB_TO_GUEST_BYTES) {
			WRITE_ONCE(t->stopped, true);
			netif_tx_stop_queue(stack_queue(xq));
		}
	}
	spin_unlock_irqrestore(&t->queue.lock, flags);
	if (ok)
		xen_worker_kick(&xq->q->workers[XNB_WORKER_TO]);
	return ok;
}

/* The packet that waits longest, or NULL. */
static struct sk_buff *head_of(struct xnb_to *t)
{
	if (skb_queue_empty(&t->todo) && !skb_queue_empty_lockless(&t->queue)) {
		spin_lock_irq(&t->queue.lock);
		skb_queue_splice_tail_init(&t->queue, &t->todo);
		spin_unlock_irq(&t->queue.lock);
	}
	return skb_peek(&t->todo);
}

static void unqueue(struct xnb_to *t, struct sk_buff *skb)
{
	__skb_unlink(skb, &t->todo);
	t->gone += skb->len;
}

/* Tell the stack of the packets that wait no longer. */
static void settle_bytes(struct xnb_queue *xq)
{
	struct xnb_to *t = xq->to;

	if (!t->gone)
		return;
	spin_lock_irq(&t->queue.lock);
	WRITE_ONCE(t->bytes, t->bytes - t->gone);
	t->gone = 0;
	if (t->stopped && t->bytes < XNB_TO_GUEST_BYTES / 2) {
		WRITE_ONCE(t->stopped, false);
		netif_tx_wake_queue(stack_queue(xq));
	}
	spin_unlock_irq(&t->queue.lock);
}

/* Drop what had its chance and waited too long. Return: true if there was any. */
static bool drop_expired(struct xnb_queue *xq)
{
	struct sk_buff *skb;
	bool any = false;

	while ((skb = head_of(xq->to)) &&
	       time_after_eq(jiffies, xnb_skb_cb(skb)->expires)) {
		unqueue(xq->to, skb);
		kfree_skb(skb);
		xq->stats.to_expired++;
		any = true;
	}
	settle_bytes(xq);
	return any;
}

static u16 csum_flags(const struct sk_buff *skb)
{
	switch (skb->ip_summed) {
	case CHECKSUM_PARTIAL:
		return XNB_RXF_CSUM_BLANK | XNB_RXF_VALIDATED;
	case CHECKSUM_UNNECESSARY:
		return XNB_RXF_VALIDATED;
	default:
		return 0;
	}
}

/* Bytes before the first page end in the fragments; 0 if there is no use in it. */
static unsigned int bytes_to_page_end(const struct sk_buff *skb)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;

	if (!skb_shinfo(skb)->nr_frags)
		return 0;
	return skb_headlen(skb) +
		PAGE_ALIGN(skb_frag_off(frag)) - skb_frag_off(frag);
}

/* Describe a packet to the planner. */
static int begin_plan(struct xnb_queue *xq, struct sk_buff *skb,
		      struct xnb_rx_plan *plan)
{
	struct xnb_vif *vif = xq->vif;
	const struct xnb_skb_cb *cb = xnb_skb_cb(skb);
	u8 gso = XNB_GSO_NONE;
	int err;

	err = xnb_rx_begin(plan, skb->len, READ_ONCE(vif->headroom),
			   csum_flags(skb));
	if (err)
		return err;
	xnb_rx_align(plan, bytes_to_page_end(skb));
	if (skb_is_gso(skb))
		gso = skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4 ?
			XNB_GSO_TCPV4 : XNB_GSO_TCPV6;
	if (gso && (vif->gso_mask & BIT(gso)))
		xnb_rx_add_gso(plan, gso, skb_shinfo(skb)->gso_size);
	if (cb->hash_type != XNB_HASH_NO_TYPE)
		xnb_rx_add_hash(plan, cb->hash_type, XNB_HASH_ALG_TOEPLITZ,
				cb->hash);
	return 0;
}

/* Copy at once where the guest had us keep its page mapped. */
static bool copy_static(struct xnb_queue *xq, u32 gref, const struct page *src,
			unsigned int off, const struct xnb_rx_copy *c)
{
	struct page *page;

	rcu_read_lock();
	page = xnb_static_find(xq, gref, true);
	if (page)
		memcpy((u8 *)page_address(page) + c->dst_off,
		       (u8 *)page_address(src) + off, c->len);
	rcu_read_unlock();
	if (page)
		xq->stats.to_static++;
	return page;
}

/*
 * Carry out the copies so far; remember the slots of failed ones. Those that
 * met a page that is paged out stay in @op, if @may_wait.
 */
static void do_copies(struct xnb_queue *xq, bool may_wait)
{
	struct xnb_to_batch *b = xq->to->batch;
	unsigned int i, again = 0;

	xq->stats.to_batches++;
	xq->stats.to_copy_ops += b->nr_op;
	if (!xen_gcopy(xq->q->be, b->op, b->nr_op)) {
		b->nr_op = 0;
		return;
	}
	for (i = 0; i < b->nr_op; i++) {
		if (b->op[i].status == GNTST_okay)
			continue;
		if (b->op[i].status == GNTST_eagain && may_wait) {
			b->op_slot[again] = b->op_slot[i];
			b->op[again++] = b->op[i];
			continue;
		}
		b->slot_failed[b->op_slot[i]] = true;
		xq->stats.to_failed++;
	}
	b->nr_op = again;
}

/*
 * Carry out the copies of the batch.
 *
 * Return: false if some of them have to wait, which is not for ever.
 */
static bool finish_copies(struct xnb_queue *xq)
{
	struct xnb_to *t = xq->to;

	if (t->batch->nr_op)
		do_copies(xq, !t->waiting || time_before(jiffies, t->wait_end));
	if (likely(!t->batch->nr_op)) {
		t->waiting = false;
		return true;
	}
	if (!t->waiting)
		t->wait_end = jiffies + XNB_PAGED_OUT;
	t->waiting = true;
	return false;
}

/* Stage one copy from @page and the pages behind it. */
static void stage_copy(struct xnb_queue *xq, const struct xnb_rx_plan *plan,
		       struct page *page, const struct xnb_rx_copy *c)
{
	unsigned int pos = xnb_rx_ring_pos(plan, c->slot);
	unsigned int off = offset_in_page(c->src_off);
	struct xnb_to_batch *b = xq->to->batch;
	u32 gref = b->req[pos].gref;

	page += c->src_off >> PAGE_SHIFT;
	if (READ_ONCE(xq->nr_static) && copy_static(xq, gref, page, off, c))
		return;
	/* Only packets with lists of fragments fill it at once. */
	if (unlikely(b->nr_op == XNB_BATCH_TO_OPS))
		do_copies(xq, false);
	b->op_slot[b->nr_op] = b->nr_slot + pos;
	xen_gcopy_to(&b->op[b->nr_op++], xq->q->be, gref, c->dst_off, page, off,
		     c->len);
}

/* Place @len bytes from @off in @page on; the pages behind it follow. */
static void place_pages(struct xnb_queue *xq, struct xnb_rx_plan *plan,
			struct page *page, u32 off, u32 len)
{
	struct xnb_rx_copy *c = xq->to->batch->copy;
	unsigned int i, n;
	u32 left;

	while (len && plan->left) {
		left = plan->left;
		n = xnb_rx_place(plan, off, len, c, ARRAY_SIZE(xq->to->batch->copy));
		for (i = 0; i < n; i++)
			stage_copy(xq, plan, page, &c[i]);
		left -= plan->left;
		off += left;
		len -= left;
	}
}

/* Bytes that the linear mapping or vmalloc knows. */
static void place_linear(struct xnb_queue *xq, struct xnb_rx_plan *plan,
			 const u8 *src, unsigned int len)
{
	unsigned int part;

	if (likely(!is_vmalloc_addr(src))) {
		place_pages(xq, plan, virt_to_page(src), offset_in_page(src),
			    len);
		return;
	}
	for (; len; src += part, len -= part) {
		part = min_t(unsigned int, len,
			     PAGE_SIZE - offset_in_page(src));
		place_pages(xq, plan, vmalloc_to_page(src), offset_in_page(src),
			    part);
	}
}

/* Copy all bytes of a packet. */
static void place_bytes(struct xnb_queue *xq, struct sk_buff *skb,
			struct xnb_rx_plan *plan)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;
	const skb_frag_t *end = frag + skb_shinfo(skb)->nr_frags;
	unsigned int done = 0, len;
	struct skb_seq_state st;
	const u8 *data;

	if (!skb_has_frag_list(skb)) {
		place_linear(xq, plan, skb->data, skb_headlen(skb));
		for (; frag < end; frag++)
			place_pages(xq, plan, skb_frag_page(frag),
				    skb_frag_off(frag), skb_frag_size(frag));
		return;
	}
	skb_prepare_seq_read(skb, 0, skb->len, &st);
	while ((len = skb_seq_read(done, &data, &st))) {
		place_linear(xq, plan, data, len);
		done += len;
	}
}

/* Place a packet whose buffers are in @req. */
static void place_packet(struct xnb_queue *xq, struct sk_buff *skb,
			 struct xnb_rx_plan *plan)
{
	struct xnb_to_batch *b = xq->to->batch;
	unsigned int total = plan->nr_data + plan->nr_extras;

	place_bytes(xq, skb, plan);
	/* A packet whose parts do not add up goes as an error. */
	if (unlikely(plan->left))
		memset(b->slot_failed + b->nr_slot, true, total);

	xnb_rx_respond(plan, b->req, &b->slot[b->nr_slot]);
	b->nr_slot += total;
}

/*
 * Answer everything in the batch and let its packets go.
 *
 * Return: false if its copies have to wait.
 */
static bool publish(struct xnb_queue *xq)
{
	struct xen_ring *ring = to_ring(xq);
	struct xnb_to_batch *b = xq->to->batch;
	unsigned int i;

	if (unlikely(!finish_copies(xq)))
		return false;
	for (i = 0; i < b->nr_slot; i++) {
		if (unlikely(b->slot_failed[i]))
			b->slot[i].status = XNB_RSP_ERROR;
		b->slot_failed[i] = false;
		xen_ring_put(ring, &b->slot[i], sizeof(b->slot[i]));
	}
	b->nr_slot = 0;
	if (xen_ring_publish(ring))
		xen_channel_notify(&xq->q->channels[xq->q->channels[1].irq ?
						    1 : 0]);
	free_packets(b);
	settle_bytes(xq);
	return true;
}

/* Get @need buffers into @req. Return: 1, 0 if there are fewer, or -errno. */
static int take_buffers(struct xnb_queue *xq, unsigned int need)
{
	struct xen_ring *ring = to_ring(xq);
	unsigned int i;
	int n;

	if (xen_ring_pending(ring) < need) {
		n = xen_ring_poll(ring);
		if (n < 0)
			return n;
		if (n < need)
			return 0;
	}
	for (i = 0; i < need; i++) {
		n = xen_ring_take(ring, &xq->to->batch->req[i],
				  sizeof(xq->to->batch->req[i]));
		if (n)
			return n;
	}
	return 1;
}

/*
 * Place the head of the queue.
 *
 * Return: 1 if it is done with, 0 if it lacks @need buffers, -EAGAIN if the
 * batch has to wait, or another -errno.
 */
static int send_head(struct xnb_queue *xq, struct sk_buff *skb,
		     unsigned int *need)
{
	struct xnb_to_batch *b = xq->to->batch;
	struct xnb_to *t = xq->to;
	struct xnb_rx_plan plan;
	int ret;

	if (begin_plan(xq, skb, &plan)) {
		unqueue(t, skb);
		kfree_skb(skb);
		xq->stats.to_failed++;
		return 1;
	}
	*need = plan.nr_data + plan.nr_extras;
	if ((b->nr_slot + *need > XNB_BATCH_TO_SLOTS ||
	     b->nr_op + XNB_TO_OPS_MAX > XNB_BATCH_TO_OPS ||
	     b->nr_skb == XNB_BATCH_TO_PACKETS) && !publish(xq))
		return -EAGAIN;
	ret = take_buffers(xq, *need);
	if (ret <= 0)
		return ret;

	unqueue(t, skb);
	xq->stats.to_packets++;
	xq->stats.to_bytes += skb->len;
	place_packet(xq, skb, &plan);
	b->skb[b->nr_skb++] = skb;
	xnb_to_satisfied(xq);
	return 1;
}

/**
 * xnb_to_purge() - drop all packets that wait
 * @xq: the queue
 *
 * Context: the worker, or after it.
 */
void xnb_to_purge(struct xnb_queue *xq)
{
	struct sk_buff_head list;

	take_all(xq, &list);
	xq->stats.to_expired += skb_queue_len(&list);
	/* Not under the lock: freeing may run other drivers' code. */
	__skb_queue_purge(&list);
}

/* The ring lacks buffers: wait for them, but not for ever. */
static int wait_for_buffers(struct xnb_queue *xq, struct sk_buff *head,
			    unsigned int need)
{
	struct xnb_to *t = xq->to;
	int n;

	if (t->stalled)
		need = t->stall_need;
	n = xen_ring_arm(to_ring(xq), need);
	if (n < 0)
		return n;
	if (n >= need) {
		xnb_to_unstall(xq);
		return head ? 1 : 0;
	}
	if (!t->stalled && head)
		xnb_to_lacks(xq, need, xnb_skb_cb(head)->expires);
	return 0;
}

/* Send what waits, as far as buffers and budget go. Return: as xnb_to_work(). */
static int send_all(struct xnb_queue *xq, struct xen_budget *b)
{
	unsigned int need = 0;
	struct sk_buff *skb;
	bool more = false;
	int ret = 1;

	while (ret > 0 && !more && (skb = head_of(xq->to))) {
		unsigned int len = skb->len;

		ret = send_head(xq, skb, &need);
		if (ret > 0)
			more = !xen_budget_spend(b, len);
	}
	if (!publish(xq))
		return 0;
	if (more || ret == -EAGAIN)
		return 1;
	if (ret < 0)
		return ret;
	if (!ret || xq->to->stalled)
		return wait_for_buffers(xq, ret ? NULL : skb, need);
	return 0;
}

/**
 * xnb_to_work() - one turn to the guest
 * @w: worker of the queue
 * @b: what the turn may use up
 *
 * Return: as typedef xen_work_fn asks.
 */
int xnb_to_work(struct xen_worker *w, struct xen_budget *b)
{
	struct xnb_queue *xq = w->q->priv;
	struct xnb_to *t = xq->to;
	int ret = 0;

	if (!t->batch)
		t->batch = xnb_batch_get(xq, XNB_WORKER_TO);
	if (!t->batch)
		goto come_back;
	if (!unlikely(t->waiting) || publish(xq))
		ret = send_all(xq, b);
	if (t->waiting)
		goto come_back;
	/* Only what was not sent; what is behind it may need fewer buffers. */
	if (!ret && drop_expired(xq))
		ret = 1;
	xnb_batch_put(XNB_WORKER_TO, t->batch);
	t->batch = NULL;
	return ret;
come_back:
	xen_worker_kick_after(w, 1);
	return 0;
}
