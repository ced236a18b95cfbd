// SPDX-License-Identifier: GPL-2.0
/* Packets of the stack from packets of the ring. */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "netback.h"

/**
 * xnb_frames_drop() - give back frames that were not handed out
 * @f: the frames
 */
void xnb_frames_drop(struct xnb_frames *f)
{
	for (; f->left; f->left--)
		put_page(f->page++);
}

/* A frame with one reference for its user; NULL if memory is short. */
static struct page *frame_get(struct xnb_frames *f)
{
	unsigned int order = xnb_frame_order;

	if (!f->left) {
		f->page = NULL;
		if (order)
			f->page = alloc_pages(GFP_ATOMIC | __GFP_COMP |
					      __GFP_NOWARN | __GFP_NORETRY |
					      __GFP_NOMEMALLOC, order);
		if (!f->page) {
			order = 0;
			f->page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
		}
		if (!f->page)
			return NULL;
		f->left = 1 << order;
		/* One reference per frame; nobody else has the page yet. */
		page_ref_add(f->page, f->left - 1);
	}
	f->left--;
	return f->page++;
}

/* Append the run of a frame; takes over the frame's reference. */
static void attach(struct sk_buff *skb, struct page *frame,
		   const struct xnb_run *run)
{
	struct page *head = compound_head(frame);
	unsigned int off = (frame - head) * PAGE_SIZE + run->off;
	int i = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, i, head, off)) {
		skb_coalesce_rx_frag(skb, i - 1, run->len, PAGE_SIZE);
		put_page(head);
	} else {
		skb_add_rx_frag(skb, i, head, off, run->len, PAGE_SIZE);
	}
}

static void set_offloads(struct sk_buff *skb, const struct xnb_packet *p)
{
	if (p->gso_type) {
		/* The guest's word on its headers is checked before use. */
		skb_shinfo(skb)->gso_type = SKB_GSO_DODGY |
			(p->gso_type == XNB_GSO_TCPV4 ? SKB_GSO_TCPV4 :
							SKB_GSO_TCPV6);
		skb_shinfo(skb)->gso_size = p->gso_size;
	}
	if (p->has_hash)
		skb_set_hash(skb, p->hash,
			     p->hash_type == XNB_HASH_IPV4_TCP ||
			     p->hash_type == XNB_HASH_IPV6_TCP ?
			     PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
}

/**
 * xnb_skb_build() - memory for the parsed packet of a queue
 * @xq:   the queue; the plan and the frames of its batch describe where data goes
 * @napi: the NAPI instance
 *
 * Return: a packet of the right length without its data, or NULL.
 */
struct sk_buff *xnb_skb_build(struct xnb_queue *xq, struct napi_struct *napi)
{
	struct xnb_from_batch *f = xq->from->batch;
	unsigned int head_len, i;
	struct sk_buff *skb;

	if (xen_fault(xq->q->be, XEN_FAULT_ALLOC))
		return NULL;
	head_len = xnb_head_len(&f->pkt, READ_ONCE(xnb_copybreak));
	skb = napi_alloc_skb(napi, head_len);
	if (!skb)
		return NULL;
	if (xnb_plan_copies(&f->pkt, head_len, offset_in_page(skb->data),
			    XNB_FRAMES_MAX, &f->plan))
		goto fail;
	__skb_put(skb, head_len);
	for (i = 0; i < f->plan.nr_frames; i++) {
		f->frame[i].page = frame_get(&xq->from->frames);
		if (!f->frame[i].page)
			goto fail;
		attach(skb, f->frame[i].page, &f->plan.run[i]);
	}
	set_offloads(skb, &f->pkt);
	return skb;
fail:
	kfree_skb(skb);
	return NULL;
}

/* Bytes of headers behind the MAC header, as far as we know them. */
static unsigned int header_bytes(const struct sk_buff *skb)
{
	const unsigned int enough = XNB_HEAD_MIN - ETH_HLEN;

	if (skb->ip_summed != CHECKSUM_PARTIAL ||
	    !skb_transport_header_was_set(skb))
		return enough;
	if (skb_checksum_start_offset(skb) + skb->csum_offset ==
	    skb_transport_offset(skb) + offsetof(struct tcphdr, check))
		return skb_transport_offset(skb) +
			max_t(unsigned int, tcp_hdrlen(skb),
			      sizeof(struct tcphdr));
	return enough;
}

/*
 * No header may lie outside the linear part when the stack sees the packet:
 * drivers of physical devices rely on it.
 */
static bool headers_linear(struct sk_buff *skb)
{
	unsigned int want = min(header_bytes(skb), skb->len);
	unsigned int have = skb_headlen(skb);

	return have >= want || __pskb_pull_tail(skb, want - have);
}

static bool setup_checksum(struct xnb_queue *xq, struct sk_buff *skb, u8 flags)
{
	bool fixup = false;

	if (flags & XNB_TXF_CSUM_BLANK) {
		skb->ip_summed = CHECKSUM_PARTIAL;
	} else if (skb_is_gso(skb)) {
		/* Some guests segment without saying that the sum is blank. */
		xq->stats.rx_gso_checksum_fixup++;
		skb->ip_summed = CHECKSUM_PARTIAL;
		fixup = true;
	} else if (flags & XNB_TXF_VALIDATED) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	}
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;
	return !skb_checksum_setup(skb, fixup);
}

/* Segment count from the headers; a packet of one segment needs none. */
static bool setup_segments(struct sk_buff *skb)
{
	struct skb_shared_info *sh = skb_shinfo(skb);
	bool v4 = sh->gso_type & SKB_GSO_TCPV4;
	unsigned int headers;

	if (!skb_is_gso(skb))
		return true;
	if (skb->protocol != (v4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6)))
		return false;
	if (!skb_transport_header_was_set(skb) ||
	    skb->csum_offset != offsetof(struct tcphdr, check))
		return false;
	headers = skb_tcp_all_headers(skb);
	if (tcp_hdrlen(skb) < sizeof(struct tcphdr) || headers >= skb->len)
		return false;
	sh->gso_segs = DIV_ROUND_UP(skb->len - headers, sh->gso_size);
	if (sh->gso_segs == 1) {
		sh->gso_size = 0;
		sh->gso_type = 0;
		sh->gso_segs = 0;
	}
	return true;
}

/**
 * xnb_skb_finish() - make a fetched packet ready for the stack
 * @xq: the queue
 * @st: the packet; consumed if this fails
 *
 * Return: true if it may be received.
 */
bool xnb_skb_finish(struct xnb_queue *xq, struct xnb_staged *st)
{
	struct sk_buff *skb = st->skb;

	skb->protocol = eth_type_trans(skb, xq->vif->dev);
	skb_reset_network_header(skb);
	if (!setup_checksum(xq, skb, st->flags))
		goto drop;
	if (!headers_linear(skb))
		goto drop;
	skb_probe_transport_header(skb);
	if (!setup_segments(skb))
		goto drop;
	return true;
drop:
	xq->stats.from_rejected++;
	kfree_skb(skb);
	st->skb = NULL;
	return false;
}
