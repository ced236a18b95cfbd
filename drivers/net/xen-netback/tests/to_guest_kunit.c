// SPDX-License-Identifier: GPL-2.0
/* To the guest: packets of the stack in, buffers filled and responses out; limits and stalls. */
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <xen/xen.h>
#include "../../../xen/tests/fake_hv.h"
#include "fixture.h"

static u8 pattern(unsigned int i)
{
	return i * 11 + (i >> 8);
}

#define HEAD_BYTES 200u

/* Buffers for a packet() without headroom: what is in fragments starts in a buffer of its own. */
static unsigned int buffers(unsigned int len)
{
	return len <= PAGE_SIZE ? 1 : 1 + xnb_rx_data_slots(len - HEAD_BYTES, 0);
}

/* A packet of @len bytes, all but HEAD_BYTES of them in fragments. */
static struct sk_buff *packet(struct kunit *test, unsigned int len)
{
	struct xnb_test *t = test->priv;
	unsigned int head = min(len, HEAD_BYTES), err = 0, i;
	u8 *flat = kvmalloc(len, GFP_KERNEL);
	struct sk_buff *skb;
	int bad;

	KUNIT_ASSERT_NOT_NULL(test, flat);
	skb = alloc_skb_with_frags(head, len - head, 3, &bad, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	for (i = 0; i < len; i++)
		flat[i] = pattern(i);
	skb_put(skb, head);
	skb->data_len = len - head;
	skb->len = len;
	err = skb_store_bits(skb, 0, flat, len);
	kvfree(flat);
	KUNIT_ASSERT_EQ(test, 0, err);
	skb->dev = t->vif->dev;
	skb->protocol = htons(ETH_P_IP);
	xnb_skb_cb(skb)->expires = jiffies + HZ;
	xnb_skb_cb(skb)->hash_type = XNB_HASH_NO_TYPE;
	return skb;
}

static void offer(struct kunit *test, unsigned int first, unsigned int n)
{
	struct xnb_test *t = test->priv;
	struct xnb_rx_req req = { };

	for (; n--; first++) {
		req.id = first;
		req.gref = first;
		KUNIT_ASSERT_EQ(test, 0, xen_ring_put(&t->rx, &req, sizeof(req)));
	}
	xen_ring_publish(&t->rx);
}

static struct xnb_rx_slot next(struct kunit *test)
{
	struct xnb_test *t = test->priv;
	struct xnb_rx_slot s __aligned(8);

	KUNIT_ASSERT_GT(test, xen_ring_poll(&t->rx), 0);
	KUNIT_ASSERT_EQ(test, 0, xen_ring_take(&t->rx, &s, sizeof(s)));
	return s;
}

/* The data slots of one packet, without those that hold extra infos. */
static void expect_packet(struct kunit *test, unsigned int len, unsigned int headroom,
			  unsigned int extras, u16 csum)
{
	struct xnb_test *t = test->priv;
	struct xnb_rx_slot s = next(test);
	unsigned int at = 0, i, wrong = 0, n;

	KUNIT_EXPECT_EQ(test, csum, s.flags & (XNB_RXF_CSUM_BLANK | XNB_RXF_VALIDATED));
	KUNIT_EXPECT_EQ(test, !!extras, !!(s.flags & XNB_RXF_EXTRA));
	for (;;) {
		const u8 *buf = xnb_test_buffer(t, s.id);

		KUNIT_ASSERT_GT(test, s.status, headroom);
		n = s.status - headroom;
		for (i = 0; i < n; i++)
			wrong += buf[headroom + i] != pattern(at + i);
		at += n;
		if (!(s.flags & XNB_RXF_MORE))
			break;
		for (; extras; extras--)
			next(test);
		s = next(test);
	}
	KUNIT_EXPECT_EQ(test, len, at);
	KUNIT_EXPECT_EQ(test, 0, wrong);
}

static void contents(struct kunit *test)
{
	static const unsigned int sizes[] = { 60, 1514, 4096, 4097, 9000, 65226 };
	struct xnb_test *t = xnb_test_begin(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int need = buffers(sizes[i]);
		struct sk_buff *skb = packet(test, sizes[i]);

		skb->ip_summed = CHECKSUM_PARTIAL;
		KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, skb));
		offer(test, 0, need);
		KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
		KUNIT_EXPECT_EQ(test, need, xen_ring_poll(&t->rx));
		expect_packet(test, sizes[i], 0, 0, XNB_RXF_CSUM_BLANK | XNB_RXF_VALIDATED);
	}
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(sizes), t->xq.stats.to_packets);
}

static void many_in_one_turn(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	int i;

	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 100 + i * 300)));
	offer(test, 0, 40);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	for (i = 0; i < 20; i++)
		expect_packet(test, 100 + i * 300, 0, 0, 0);
}

static void headroom(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	t->vif->headroom = 256;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 9000)));
	offer(test, 0, xnb_rx_data_slots(9000, 256) + 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	expect_packet(test, 9000, 256, 1, 0);
}

static void segments_and_hash(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *skb = packet(test, 30000);
	struct xnb_extra x;
	struct xnb_rx_slot s;

	skb_shinfo(skb)->gso_size = 1448;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
	skb->ip_summed = CHECKSUM_PARTIAL;
	xnb_skb_cb(skb)->hash_type = XNB_HASH_IPV4_TCP;
	xnb_skb_cb(skb)->hash = 0x12345678;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, skb));
	offer(test, 0, buffers(30000) + 2);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	s = next(test);
	KUNIT_EXPECT_TRUE(test, s.flags & XNB_RXF_EXTRA);
	s = next(test);
	memcpy(&x, &s, sizeof(x));
	KUNIT_EXPECT_EQ(test, XNB_EXTRA_GSO, x.type);
	KUNIT_EXPECT_EQ(test, XNB_EXTRAF_MORE, x.flags);
	KUNIT_EXPECT_EQ(test, 1448, x.u.gso.size);
	KUNIT_EXPECT_EQ(test, XNB_GSO_TCPV4, x.u.gso.type);
	s = next(test);
	memcpy(&x, &s, sizeof(x));
	KUNIT_EXPECT_EQ(test, XNB_EXTRA_HASH, x.type);
	KUNIT_EXPECT_EQ(test, 0, x.flags);
	KUNIT_EXPECT_EQ(test, XNB_HASH_IPV4_TCP, x.u.hash.type);
	KUNIT_EXPECT_EQ(test, XNB_HASH_ALG_TOEPLITZ, x.u.hash.algorithm);
	KUNIT_EXPECT_MEMEQ(test, x.u.hash.value, "\x78\x56\x34\x12", 4);
}

/* XSA-392: what waits for a guest is bounded in bytes, and the stack is told. */
static void queue_is_bounded(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct netdev_queue *stack = netdev_get_tx_queue(t->vif->dev, 0);
	unsigned int bytes = 0;
	struct sk_buff *skb;

	for (;;) {
		skb = packet(test, 60000);
		if (!xnb_to_enqueue(&t->xq, skb))
			break;
		bytes += skb->len;
		KUNIT_ASSERT_LE(test, bytes, XNB_TO_GUEST_BYTES + 65536);
	}
	kfree_skb(skb);
	KUNIT_EXPECT_GE(test, bytes, XNB_TO_GUEST_BYTES);
	KUNIT_EXPECT_TRUE(test, netif_tx_queue_stopped(stack));
	xnb_to_purge(&t->xq);
	KUNIT_EXPECT_FALSE(test, netif_tx_queue_stopped(stack));
	KUNIT_EXPECT_EQ(test, 0, t->xq.to->bytes);
}

/* Age alone is no reason: what finds its buffers is sent, also if none may wait at all. */
static void old_packets_are_sent(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *old = packet(test, 1000);

	xnb_skb_cb(old)->expires = jiffies - 1;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, old));
	offer(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	expect_packet(test, 1000, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, t->xq.stats.to_expired);
}

/* What lacks buffers and waited too long goes, and holds back nothing that needs fewer. */
static void old_packets_go(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *old = packet(test, 8000);

	xnb_skb_cb(old)->expires = jiffies - 1;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, old));
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 2000)));
	offer(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 1, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.to_expired);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	expect_packet(test, 2000, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.to_expired);
	KUNIT_EXPECT_EQ(test, 0, t->xq.to->bytes);
}

/* No event tells of this guest's buffers: the worker looks, well before the packet is too old. */
static void buffers_are_looked_for(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct timer_list *timer = &t->q.workers[XNB_WORKER_TO].timer;
	struct sk_buff *skb = packet(test, 1000);
	unsigned long expires = jiffies + HZ;

	t->vif->stall = 0;
	t->vif->poll = HZ / 4;
	xnb_skb_cb(skb)->expires = expires;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, skb));
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_ASSERT_TRUE(test, xnb_test_comes_back(t, XNB_WORKER_TO));
	KUNIT_EXPECT_TRUE(test, time_before_eq(timer->expires, jiffies + HZ / 4));
	offer(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	expect_packet(test, 1000, 0, 0, 0);
}

/* XSA-392: one buffer where the packet needs three is as good as none. */
static void stall_and_its_end(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	KUNIT_ASSERT_EQ(test, 3, buffers(8000));
	KUNIT_EXPECT_TRUE(test, netif_carrier_ok(t->vif->dev));
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 8000)));
	offer(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_TRUE(test, t->xq.to->lacking);
	KUNIT_EXPECT_TRUE(test, xnb_test_comes_back(t, XNB_WORKER_TO));

	t->xq.to->short_since -= t->vif->stall;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_FALSE(test, netif_carrier_ok(t->vif->dev));
	KUNIT_EXPECT_EQ(test, 0, t->xq.to->bytes);
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.to_stalls);

	offer(test, 1, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_FALSE(test, netif_carrier_ok(t->vif->dev));
	offer(test, 2, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_TRUE(test, netif_carrier_ok(t->vif->dev));
}

/* A guest's pages that its toolstack has paged out for a while. */
struct paged_out {
	struct xen_fake_hv hv;
	unsigned int tries;	/* that meet them */
	unsigned int ops;
};

static bool is_copy(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	return op == XEN_HV_GRANT_COPY;
}

static long copy_later(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct paged_out *p = container_of(hv, struct paged_out, hv);
	struct gnttab_copy *ops = arg;
	bool out = p->tries;
	unsigned int i;

	/* Of each batch the first page is there. */
	for (i = 0; i < n; i++)
		ops[i].status = out && (i || p->ops) ? GNTST_eagain : GNTST_okay;
	p->ops += n;
	p->tries -= out;
	return 0;
}

static struct paged_out *page_out(struct kunit *test, unsigned int tries)
{
	struct xnb_test *t = test->priv;
	struct paged_out *p;

	if (!xen_domain())
		kunit_skip(test, "frames have no machine numbers here");
	p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	p->hv = (struct xen_fake_hv){ .claims = is_copy, .call = copy_later };
	p->tries = tries;
	xen_fake_hv_install(test, &p->hv);
	t->xq.nr_static = 0;
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 9000)));
	offer(test, 0, buffers(9000));
	return p;
}

/* Nothing sleeps for them: the worker comes back, and repeats only what is missing. */
static void paged_out_for_a_while(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct paged_out *p = page_out(test, 2);
	unsigned int i, all;

	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_TRUE(test, t->xq.to->waiting);
	KUNIT_EXPECT_TRUE(test, xnb_test_comes_back(t, XNB_WORKER_TO));
	KUNIT_EXPECT_EQ(test, 0, xen_ring_poll(&t->rx));
	all = p->ops;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_EQ(test, 2 * all - 1, p->ops);
	/* What comes meanwhile waits its turn. */
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 100)));
	offer(test, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_FALSE(test, t->xq.to->waiting);
	KUNIT_EXPECT_EQ(test, buffers(9000) + 1, xen_ring_poll(&t->rx));
	for (i = 0; i <= buffers(9000); i++)
		KUNIT_EXPECT_GT(test, next(test).status, 0);
	KUNIT_EXPECT_EQ(test, 0, t->xq.to->bytes);
	KUNIT_EXPECT_EQ(test, 0, t->xq.stats.to_failed);
}

static void paged_out_for_ever(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	unsigned int i, failed = 0;

	page_out(test, UINT_MAX);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_TRUE(test, t->xq.to->waiting);
	t->xq.to->wait_end = jiffies;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_FALSE(test, t->xq.to->waiting);
	KUNIT_ASSERT_EQ(test, buffers(9000), xen_ring_poll(&t->rx));
	for (i = 0; i < buffers(9000); i++)
		failed += next(test).status == XNB_RSP_ERROR;
	KUNIT_EXPECT_GE(test, failed, 2);
	KUNIT_EXPECT_GT(test, t->xq.stats.to_failed, 0);
}

/* The connection ends in the middle of it. */
static void paged_out_at_the_end(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	page_out(test, UINT_MAX);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_ASSERT_NOT_NULL(test, t->xq.to->batch);
	KUNIT_EXPECT_EQ(test, 1, t->xq.to->batch->nr_skb);
	xnb_to_close(&t->xq);
	KUNIT_EXPECT_NULL(test, t->xq.to->batch);
}

/* A turn that finds no working memory comes back; between turns there is none. */
static void short_of_memory(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	if (!IS_ENABLED(CONFIG_XEN_BACKEND_FAULT))
		kunit_skip(test, "nothing makes an allocation fail");
	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 1000)));
	offer(test, 0, 1);
	t->be.faults[XEN_FAULT_ALLOC].every = 1;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_TRUE(test, xnb_test_comes_back(t, XNB_WORKER_TO));
	KUNIT_EXPECT_EQ(test, 0, xen_ring_poll(&t->rx));
	t->be.faults[XEN_FAULT_ALLOC].every = 0;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_TO, 64));
	KUNIT_EXPECT_EQ(test, 1, xen_ring_poll(&t->rx));
	KUNIT_EXPECT_NULL(test, t->xq.to->batch);
}

/* What a turn gives back is there for the next one on this CPU. */
static void cpus_keep_memory(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	unsigned int which;
	void *first, *second;

	KUNIT_ASSERT_EQ(test, 0, xnb_batch_prepare());
	KUNIT_ASSERT_EQ(test, 0, xnb_batch_prepare());
	for (which = 0; which < XEN_QUEUE_WORKERS; which++) {
		local_bh_disable();
		first = xnb_batch_get(&t->xq, which);
		if (first)
			xnb_batch_put(which, first);
		second = xnb_batch_get(&t->xq, which);
		if (second)
			xnb_batch_put(which, second);
		local_bh_enable();
		KUNIT_EXPECT_NOT_NULL(test, first);
		KUNIT_EXPECT_PTR_EQ(test, first, second);
	}
}

static void a_lying_producer(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 1000)));
	xen_shared_store32(t->rx.shared, XEN_RING_REQ_PROD, 5000);
	KUNIT_EXPECT_EQ(test, -EPROTO, xnb_test_turn(t, XNB_WORKER_TO, 64));
}

static void nothing_after_close(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *skb = packet(test, 1000);

	KUNIT_ASSERT_TRUE(test, xnb_to_enqueue(&t->xq, packet(test, 1000)));
	xnb_to_close(&t->xq);
	KUNIT_EXPECT_EQ(test, 0, skb_queue_len(&t->xq.to->queue));
	KUNIT_EXPECT_FALSE(test, xnb_to_enqueue(&t->xq, skb));
	kfree_skb(skb);
}

static void offloads_follow_the_guest(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct net_device *dev = t->vif->dev;

	KUNIT_EXPECT_EQ(test, XNB_OFFLOADS, dev->features & XNB_OFFLOADS);
	t->vif->takes = NETIF_F_IPV6_CSUM;
	xnb_vif_up(t->vif);
	KUNIT_EXPECT_EQ(test, NETIF_F_IPV6_CSUM, dev->features & XNB_OFFLOADS);
	KUNIT_EXPECT_LE(test, dev->mtu, ETH_DATA_LEN);
}

static struct kunit_case to_cases[] = {
	KUNIT_CASE(contents),
	KUNIT_CASE(many_in_one_turn),
	KUNIT_CASE(headroom),
	KUNIT_CASE(segments_and_hash),
	KUNIT_CASE(queue_is_bounded),
	KUNIT_CASE(old_packets_are_sent),
	KUNIT_CASE(old_packets_go),
	KUNIT_CASE(buffers_are_looked_for),
	KUNIT_CASE(stall_and_its_end),
	KUNIT_CASE(paged_out_for_a_while),
	KUNIT_CASE(paged_out_for_ever),
	KUNIT_CASE(paged_out_at_the_end),
	KUNIT_CASE(short_of_memory),
	KUNIT_CASE(cpus_keep_memory),
	KUNIT_CASE(a_lying_producer),
	KUNIT_CASE(nothing_after_close),
	KUNIT_CASE(offloads_follow_the_guest),
	{}
};

static struct kunit_suite to_suite = {
	.name = "xen-netback-to-guest",
	.exit = xnb_test_end,
	.test_cases = to_cases,
};

kunit_test_suite(to_suite);
