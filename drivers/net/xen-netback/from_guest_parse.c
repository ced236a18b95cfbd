// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit slots of a guest to a packet description.
 *
 * The caller feeds private copies of slots one by one. Every size that the
 * rest of netback relies on is established here: a packet that comes out as
 * XNB_PACKET has 1..XNB_SLOTS_MAX slots, none crosses its frame, their sizes
 * sum up to @len exactly and the first one holds an Ethernet header.
 */
#include "netback_internal.h"

static enum xnb_verdict conclude(struct xnb_packet *p, enum xnb_verdict v,
				 enum xnb_reason why)
{
	p->verdict = v;
	if (v == XNB_FATAL || p->why == XNB_WHY_NONE)
		p->why = why;
	return v;
}

/* The packet will be answered with errors, but its chain is followed on. */
static void doom(struct xnb_packet *p, enum xnb_reason why)
{
	if (!p->drop)
		p->why = why;
	p->drop = true;
}

static bool crosses_frame(const struct xnb_slot *s)
{
	return (u32)s->offset + s->size > XNB_FRAME;
}

/**
 * xnb_packet_begin() - get ready for the first slot of a packet
 * @p: packet; its arrays need no clearing
 */
void xnb_packet_begin(struct xnb_packet *p)
{
	p->verdict = XNB_MORE;
	p->why = XNB_WHY_NONE;
	p->drop = false;
	p->in_extras = false;
	p->nr_slots = 0;
	p->nr_ids = 0;
	p->nr_extras = 0;
	p->gso_type = XNB_GSO_NONE;
	p->gso_size = 0;
	p->has_hash = false;
	p->mcast_op = 0;
}

/* The chain is complete: settle the first slot's own size. */
static enum xnb_verdict finish(struct xnb_packet *p)
{
	if (p->mcast_op && !p->drop) {
		if (p->nr_ids == 1)
			return conclude(p, XNB_MCAST, XNB_WHY_NONE);
		doom(p, XNB_WHY_MCAST);
	}
	if (p->drop)
		return conclude(p, XNB_REJECT, p->why);
	if (p->slot[0].size < XNB_ETH_HLEN)
		return conclude(p, XNB_REJECT, XNB_WHY_SHORT);
	if (crosses_frame(&p->slot[0]))
		return conclude(p, XNB_FATAL, XNB_WHY_PAGE);
	return conclude(p, XNB_PACKET, XNB_WHY_NONE);
}

static enum xnb_verdict first_slot(struct xnb_packet *p,
				   const struct xnb_slot *raw)
{
	p->slot[0] = *raw;
	p->id[0] = raw->id;
	p->nr_slots = 1;
	p->nr_ids = 1;
	p->len = raw->size;
	p->flags = raw->flags & (XNB_TXF_CSUM_BLANK | XNB_TXF_VALIDATED);

	p->in_extras = raw->flags & XNB_TXF_EXTRA;
	if (p->in_extras || (raw->flags & XNB_TXF_MORE))
		return XNB_MORE;
	return finish(p);
}

static enum xnb_verdict next_slot(struct xnb_packet *p,
				  const struct xnb_slot *raw,
				  unsigned int chain_max)
{
	if (p->nr_ids > chain_max || p->nr_ids > XNB_CHAIN_MAX)
		return conclude(p, XNB_FATAL, XNB_WHY_CHAIN);
	p->id[p->nr_ids++] = raw->id;

	if (crosses_frame(raw))
		return conclude(p, XNB_FATAL, XNB_WHY_PAGE);

	if (p->nr_slots == XNB_SLOTS_MAX)
		doom(p, XNB_WHY_SLOTS);
	else if (raw->size > p->slot[0].size)
		/* A size above 64 KiB that wrapped; old frontends do it. */
		doom(p, XNB_WHY_SUM);

	if (!p->drop) {
		p->slot[p->nr_slots++] = *raw;
		p->slot[0].size -= raw->size;
	}

	return raw->flags & XNB_TXF_MORE ? XNB_MORE : finish(p);
}

static enum xnb_verdict take_gso(struct xnb_packet *p,
				 const struct xnb_extra *x)
{
	if (x->u.gso.type != XNB_GSO_TCPV4 && x->u.gso.type != XNB_GSO_TCPV6)
		return conclude(p, XNB_FATAL, XNB_WHY_GSO_TYPE);
	if (!x->u.gso.size)
		return conclude(p, XNB_FATAL, XNB_WHY_GSO_SIZE);
	if (x->u.gso.size < XNB_GSO_SIZE_MIN)
		doom(p, XNB_WHY_GSO_SIZE);
	p->gso_type = x->u.gso.type;
	p->gso_size = x->u.gso.size;
	return XNB_MORE;
}

static enum xnb_verdict extra_slot(struct xnb_packet *p,
				   const struct xnb_slot *raw)
{
	struct xnb_extra x;

	memcpy(&x, raw, sizeof(x));

	if (p->nr_extras == XNB_EXTRAS_MAX)
		return conclude(p, XNB_FATAL, XNB_WHY_EXTRA_COUNT);
	p->nr_extras++;

	switch (x.type) {
	case XNB_EXTRA_GSO:
		if (take_gso(p, &x) == XNB_FATAL)
			return XNB_FATAL;
		break;
	case XNB_EXTRA_MCAST_ADD:
	case XNB_EXTRA_MCAST_DEL:
		if (p->mcast_op)
			doom(p, XNB_WHY_MCAST);
		p->mcast_op = x.type;
		memcpy(p->mcast, x.u.mac, sizeof(p->mcast));
		break;
	case XNB_EXTRA_HASH:
		p->has_hash = x.u.hash.type <= XNB_HASH_IPV6_TCP;
		p->hash_type = x.u.hash.type;
		memcpy(&p->hash, x.u.hash.value, sizeof(p->hash));
		break;
	case XNB_EXTRA_XDP:
		break;
	default:
		return conclude(p, XNB_FATAL, XNB_WHY_EXTRA_TYPE);
	}

	p->in_extras = x.flags & XNB_EXTRAF_MORE;
	if (p->in_extras || (p->slot[0].flags & XNB_TXF_MORE))
		return XNB_MORE;
	return finish(p);
}

/**
 * xnb_packet_feed() - look at the next slot
 * @p:         packet that xnb_packet_begin() prepared
 * @raw:       private copy of the slot
 * @chain_max: data slots beyond the first that are not yet called hostile,
 *             at most XNB_CHAIN_MAX
 *
 * Return: XNB_MORE until the packet is complete, then its verdict. Data slots
 * of a rejected packet are all in @p->id.
 */
enum xnb_verdict xnb_packet_feed(struct xnb_packet *p,
				 const struct xnb_slot *raw,
				 unsigned int chain_max)
{
	BUILD_BUG_ON(sizeof(struct xnb_slot) != 12);
	BUILD_BUG_ON(sizeof(struct xnb_extra) != 8);

	if (!p->nr_ids)
		return first_slot(p, raw);
	if (p->in_extras)
		return extra_slot(p, raw);
	return next_slot(p, raw, chain_max);
}

/**
 * xnb_packet_starve() - the ring is empty in the middle of a packet
 * @p: packet of which the last verdict was XNB_MORE
 *
 * Frontends publish whole packets, so this is a protocol error.
 *
 * Return: XNB_FATAL.
 */
enum xnb_verdict xnb_packet_starve(struct xnb_packet *p)
{
	return conclude(p, XNB_FATAL, XNB_WHY_STARVED);
}
