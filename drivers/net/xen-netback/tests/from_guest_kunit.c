// SPDX-License-Identifier: GPL-2.0
/* From the guest: slots on the ring in, packets for the stack and answers out. */
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#include "fixture.h"

/* Length of the headers that tcp4() and tcp6() write. */
#define HEAD4	(ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr))
#define HEAD6	(ETH_HLEN + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

static u8 pattern(unsigned int i)
{
	return i * 7 + (i >> 8);
}

static void tcp_head(struct tcphdr *th)
{
	th->source = htons(1000);
	th->dest = htons(2000);
	th->doff = 5;
	th->ack = 1;
}

/* Headers of a packet of @len bytes; the sum is left to whoever sends it. */
static void tcp4(u8 *p, unsigned int len)
{
	struct ethhdr *eth = (struct ethhdr *)p;
	struct iphdr *ip = (struct iphdr *)(eth + 1);
	struct tcphdr *th = (struct tcphdr *)(ip + 1);

	memset(p, 0, HEAD4);
	eth_broadcast_addr(eth->h_dest);
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->tot_len = htons(len - ETH_HLEN);
	ip->protocol = IPPROTO_TCP;
	ip->saddr = htonl(0x0a4d0001);
	ip->daddr = htonl(0x0a4d0002);
	ip_send_check(ip);
	tcp_head(th);
	th->check = ~tcp_v4_check(len - ETH_HLEN - sizeof(*ip), ip->saddr,
				  ip->daddr, 0);
}

static void tcp6(u8 *p, unsigned int len)
{
	struct ethhdr *eth = (struct ethhdr *)p;
	struct ipv6hdr *ip = (struct ipv6hdr *)(eth + 1);
	struct tcphdr *th = (struct tcphdr *)(ip + 1);

	memset(p, 0, HEAD6);
	eth_broadcast_addr(eth->h_dest);
	eth->h_proto = htons(ETH_P_IPV6);
	ip->version = 6;
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = 64;
	ip->payload_len = htons(len - ETH_HLEN - sizeof(*ip));
	ip->saddr.s6_addr[15] = 1;
	ip->daddr.s6_addr[15] = 2;
	tcp_head(th);
	th->check = ~tcp_v6_check(ntohs(ip->payload_len), &ip->saddr,
				  &ip->daddr, 0);
}

/* Put @len bytes on the ring: @first of them in the first buffer, then full ones. */
static unsigned int send(struct kunit *test, unsigned int len,
			 unsigned int first, u16 flags, u8 gso, u16 mss)
{
	struct xnb_test *t = test->priv;
	struct xnb_slot s = { .size = len, .flags = flags };
	unsigned int i, n = 1, at = first, head = gso == XNB_GSO_TCPV6 ? HEAD6 : HEAD4;
	u8 flat[HEAD6];

	if (gso == XNB_GSO_TCPV6)
		tcp6(flat, len);
	else
		tcp4(flat, len);
	for (i = 0; i < len; i++)
		xnb_test_buffer(t, i < first ? 0 : 1 + (i - first) / PAGE_SIZE)
			[i < first ? i : (i - first) % PAGE_SIZE] =
			i < head ? flat[i] : pattern(i);
	if (first < len)
		s.flags |= XNB_TXF_MORE;
	if (gso)
		s.flags |= XNB_TXF_EXTRA;
	xnb_test_send(test, &s);
	if (gso) {
		struct xnb_extra x[2] = {
			{ .type = XNB_EXTRA_GSO,
			  .u.gso = { .size = mss, .type = gso } },
		};

		xnb_test_send(test, x);
	}
	for (; at < len; n++) {
		s = (struct xnb_slot){ .gref = n, .id = n,
				       .size = min_t(unsigned int, PAGE_SIZE, len - at) };
		at += s.size;
		s.flags = at < len ? XNB_TXF_MORE : 0;
		xnb_test_send(test, &s);
	}
	xen_ring_publish(&t->tx);
	return n + !!gso;
}

/* Every answer on the ring, which must be @n, has this status or is a filler. */
static void expect_answers(struct kunit *test, unsigned int n, s16 status)
{
	struct xnb_test *t = test->priv;
	struct xnb_rsp rsp __aligned(8);

	KUNIT_EXPECT_EQ(test, n, xen_ring_poll(&t->tx));
	while (xen_ring_pending(&t->tx)) {
		if (xen_ring_take(&t->tx, &rsp, sizeof(rsp)))
			break;
		if (rsp.status != XNB_RSP_NULL)
			KUNIT_EXPECT_EQ(test, status, rsp.status);
	}
}

/* The one packet that the stack got; its bytes are those that were sent. */
static struct sk_buff *expect_packet(struct kunit *test, unsigned int len, unsigned int head)
{
	struct xnb_test *t = test->priv;
	struct sk_buff *skb = skb_peek(&t->received);
	unsigned int i, wrong = 0;
	u8 *flat;

	KUNIT_ASSERT_EQ(test, 1, skb_queue_len(&t->received));
	KUNIT_ASSERT_EQ(test, len, skb->len + ETH_HLEN);
	flat = kunit_kzalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flat);
	KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(skb, -ETH_HLEN, flat, len));
	for (i = head; i < len; i++)
		wrong += flat[i] != pattern(i);
	KUNIT_EXPECT_EQ(test, 0, wrong);
	return skb;
}

static void small_packet(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *skb;

	send(test, 1514, 1514, XNB_TXF_CSUM_BLANK | XNB_TXF_VALIDATED, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	expect_answers(test, 1, XNB_RSP_OKAY);
	skb = expect_packet(test, 1514, HEAD4);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_PARTIAL);
	KUNIT_EXPECT_EQ(test, HEAD4 - sizeof(struct tcphdr),
			skb_checksum_start_offset(skb) + ETH_HLEN);
	KUNIT_EXPECT_EQ(test, offsetof(struct tcphdr, check), skb->csum_offset);
	KUNIT_EXPECT_EQ(test, 0, skb_shinfo(skb)->nr_frags);
	/* The sum that hardware would fill in is the right one. */
	KUNIT_ASSERT_EQ(test, 0, skb_checksum_help(skb));
	KUNIT_EXPECT_FALSE(test, tcp_v4_check(skb->len - sizeof(struct iphdr), ip_hdr(skb)->saddr,
					      ip_hdr(skb)->daddr,
					      skb_checksum(skb, sizeof(struct iphdr),
							   skb->len - sizeof(struct iphdr), 0)));
}

static void large_packet(struct kunit *test, u8 gso, unsigned int first)
{
	unsigned int len = 65226, head = gso == XNB_GSO_TCPV4 ? HEAD4 : HEAD6, n;
	struct xnb_test *t = xnb_test_begin(test);
	struct sk_buff *skb;

	n = send(test, len, first, XNB_TXF_CSUM_BLANK | XNB_TXF_VALIDATED, gso, 1400);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	expect_answers(test, n, XNB_RSP_OKAY);
	skb = expect_packet(test, len, head);
	KUNIT_EXPECT_EQ(test, gso == XNB_GSO_TCPV4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6,
			skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6));
	KUNIT_EXPECT_TRUE(test, skb_shinfo(skb)->gso_type & SKB_GSO_DODGY);
	KUNIT_EXPECT_EQ(test, 1400, skb_shinfo(skb)->gso_size);
	KUNIT_EXPECT_EQ(test, DIV_ROUND_UP(len - head, 1400), skb_shinfo(skb)->gso_segs);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == CHECKSUM_PARTIAL);
	/* Drivers of physical devices look for headers in the linear part only. */
	KUNIT_EXPECT_GE(test, skb_headlen(skb) + ETH_HLEN, head);
	KUNIT_EXPECT_LE(test, skb_shinfo(skb)->nr_frags, MAX_SKB_FRAGS);
}

static void large_packet_v4(struct kunit *test)
{
	large_packet(test, XNB_GSO_TCPV4, 1000);
}

static void large_packet_v6(struct kunit *test)
{
	large_packet(test, XNB_GSO_TCPV6, 200);
}

/* XSA-423: the first slot holds a MAC header and nothing else. */
static void headers_become_linear(struct kunit *test)
{
	large_packet(test, XNB_GSO_TCPV6, ETH_HLEN);
}

static void segment_sum_is_made_up_for(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	send(test, 9000, 4000, 0, XNB_GSO_TCPV4, 1000);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_TRUE(test, expect_packet(test, 9000, HEAD4)->ip_summed == CHECKSUM_PARTIAL);
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.rx_gso_checksum_fixup);
}

/* Said to be IPv6 and is not: nothing that the stack could trip over. */
static void segments_of_another_protocol(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .size = 9000, .flags = XNB_TXF_CSUM_BLANK | XNB_TXF_EXTRA |
						     XNB_TXF_MORE };
	struct xnb_extra x[2] = {
		{ .type = XNB_EXTRA_GSO, .u.gso = { .size = 1000, .type = XNB_GSO_TCPV6 } },
	};

	tcp4(xnb_test_buffer(t, 0), 9000);
	xnb_test_send(test, &s);
	xnb_test_send(test, x);
	s = (struct xnb_slot){ .gref = 1, .size = 4096, .flags = XNB_TXF_MORE };
	xnb_test_send(test, &s);
	s = (struct xnb_slot){ .gref = 2, .size = 4000 };
	xnb_test_send(test, &s);
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 0, skb_queue_len(&t->received));
	KUNIT_EXPECT_EQ(test, 1, t->xq.stats.from_rejected);
}

/* XSA-448: empty slots are answered and become nothing. */
static void empty_slots(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .size = 4000, .flags = XNB_TXF_CSUM_BLANK | XNB_TXF_MORE };
	unsigned int i;

	send(test, 4000, 4000, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	expect_answers(test, 1, XNB_RSP_OKAY);
	skb_queue_purge(&t->received);

	xnb_test_send(test, &s);
	for (i = 1; i < 10; i++) {
		s = (struct xnb_slot){ .gref = i, .flags = i < 9 ? XNB_TXF_MORE : 0 };
		xnb_test_send(test, &s);
	}
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	expect_answers(test, 10, XNB_RSP_OKAY);
	KUNIT_EXPECT_LE(test, skb_shinfo(expect_packet(test, 4000, HEAD4))->nr_frags, 1);
}

static void a_bad_packet_between_good_ones(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot good = { .size = 1000 }, bad = { .size = 13 };
	struct xnb_rsp rsp __aligned(8);
	int i;

	tcp4(xnb_test_buffer(t, 0), 1000);
	xnb_test_send(test, &good);
	xnb_test_send(test, &bad);
	xnb_test_send(test, &good);
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 2, skb_queue_len(&t->received));
	KUNIT_ASSERT_EQ(test, 3, xen_ring_poll(&t->tx));
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, 0, xen_ring_take(&t->tx, &rsp, sizeof(rsp)));
		KUNIT_EXPECT_EQ(test, i == 1 ? XNB_RSP_ERROR : XNB_RSP_OKAY, rsp.status);
	}
}

/* XSA-39, XSA-90: the device is cut off from softirq, the ring is read no more. */
static void broken_protocol(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .offset = 4000, .size = 200 };

	xnb_test_send(test, &s);
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, -ESHUTDOWN, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, -EPROTO, t->be.fail_error);
	KUNIT_EXPECT_EQ(test, -EPROTO, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 0, skb_queue_len(&t->received));
}

static void budget_is_kept(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .size = 100 };
	int i;

	tcp4(xnb_test_buffer(t, 0), 100);
	for (i = 0; i < 100; i++)
		xnb_test_send(test, &s);
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, 1, xnb_test_turn(t, XNB_WORKER_FROM, 10));
	KUNIT_EXPECT_EQ(test, 10, skb_queue_len(&t->received));
	KUNIT_EXPECT_EQ(test, 1, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 100, skb_queue_len(&t->received));
}

static void rate_is_kept(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .size = 4000 };
	int i;

	xnb_credit_set(&t->vif->credit, 10000, 3600ull * NSEC_PER_SEC, ktime_get_ns());
	t->vif->limited = true;
	tcp4(xnb_test_buffer(t, 0), 4000);
	for (i = 0; i < 5; i++)
		xnb_test_send(test, &s);
	xen_ring_publish(&t->tx);
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 2, skb_queue_len(&t->received));
	KUNIT_EXPECT_TRUE(test, xnb_test_comes_back(t, XNB_WORKER_FROM));
	/* The packet that waits is not lost when the limit goes. */
	t->vif->limited = false;
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 5, skb_queue_len(&t->received));
	expect_answers(test, 5, XNB_RSP_OKAY);
}

static void nothing_while_down(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);

	send(test, 1000, 1000, 0, 0, 0);
	rtnl_lock();
	dev_close(t->vif->dev);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	KUNIT_EXPECT_EQ(test, 0, skb_queue_len(&t->received));
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, 0, dev_open(t->vif->dev, NULL));
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
	expect_packet(test, 1000, HEAD4);
}

static void multicast_list(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct xnb_slot s = { .flags = XNB_TXF_EXTRA };
	struct xnb_extra x[2] = { { .type = XNB_EXTRA_MCAST_ADD } };
	int i;

	for (i = 0; i <= XNB_MCAST_MAX; i++) {
		x[0].u.mac[5] = i;
		xnb_test_send(test, &s);
		xnb_test_send(test, x);
		xen_ring_publish(&t->tx);
		KUNIT_EXPECT_EQ(test, 0, xnb_test_turn(t, XNB_WORKER_FROM, 64));
		expect_answers(test, 2, i < XNB_MCAST_MAX ? XNB_RSP_OKAY : XNB_RSP_ERROR);
	}
	KUNIT_EXPECT_EQ(test, 0, skb_queue_len(&t->received));
	KUNIT_EXPECT_EQ(test, XNB_MCAST_MAX, t->vif->mcast.nr);
}

static struct kunit_case from_cases[] = {
	KUNIT_CASE(small_packet),
	KUNIT_CASE(large_packet_v4),
	KUNIT_CASE(large_packet_v6),
	KUNIT_CASE(headers_become_linear),
	KUNIT_CASE(segment_sum_is_made_up_for),
	KUNIT_CASE(segments_of_another_protocol),
	KUNIT_CASE(empty_slots),
	KUNIT_CASE(a_bad_packet_between_good_ones),
	KUNIT_CASE(broken_protocol),
	KUNIT_CASE(budget_is_kept),
	KUNIT_CASE(rate_is_kept),
	KUNIT_CASE(nothing_while_down),
	KUNIT_CASE(multicast_list),
	{}
};

static struct kunit_suite from_suite = {
	.name = "xen-netback-from-guest",
	.exit = xnb_test_end,
	.test_cases = from_cases,
};

kunit_test_suite(from_suite);
