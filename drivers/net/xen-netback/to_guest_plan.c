// SPDX-License-Identifier: GPL-2.0
/*
 * A packet for the guest laid out over the buffers that it offered.
 *
 * Bytes fill the buffers one after another, each behind the headroom that the
 * frontend asked for. Extra infos take whole ring positions right behind the
 * first data slot. Frontends find responses by ring position, so a packet
 * uses consecutive positions in order.
 */
#include "netback_internal.h"

/**
 * xnb_rx_data_slots() - buffers that a packet needs, without extras
 * @len:      bytes of the packet, not 0
 * @headroom: bytes kept free in each buffer, at most XNB_HEADROOM_MAX
 *
 * Return: the number.
 */
unsigned int xnb_rx_data_slots(u32 len, unsigned int headroom)
{
	unsigned int room = XNB_FRAME - headroom;

	return len / room + !!(len % room);
}

/**
 * xnb_rx_begin() - start a packet
 * @plan:     the plan
 * @len:      bytes of the packet
 * @headroom: bytes kept free in each buffer
 * @csum:     XNB_RXF_VALIDATED, XNB_RXF_CSUM_BLANK or both, or 0
 *
 * Return: 0, -EINVAL for an empty packet or a headroom out of range, -E2BIG
 * for a packet that no plan can hold.
 */
int xnb_rx_begin(struct xnb_rx_plan *plan, u32 len, unsigned int headroom,
		 u16 csum)
{
	unsigned int slots;

	if (!len || headroom > XNB_HEADROOM_MAX)
		return -EINVAL;
	slots = xnb_rx_data_slots(len, headroom);
	if (slots > XNB_RX_SLOTS_MAX)
		return -E2BIG;

	plan->left = len;
	plan->headroom = headroom;
	plan->csum = csum;
	plan->nr_data = slots;
	plan->nr_extras = 0;
	plan->cur = 0;
	plan->fill = headroom;
	plan->first_end = XNB_FRAME;

	if (headroom) {
		struct xnb_extra *x = &plan->extra[plan->nr_extras++];

		memset(x, 0, sizeof(*x));
		x->type = XNB_EXTRA_XDP;
		x->u.xdp.headroom = headroom;
	}
	return 0;
}

/**
 * xnb_rx_align() - end the first buffer early
 * @plan:  plan that xnb_rx_begin() made, nothing placed yet
 * @bytes: data for the first buffer
 *
 * What follows starts in a fresh buffer. If it lies in memory as it will lie
 * there, each buffer takes one copy instead of two. Packets that fit one
 * buffer and those that would need too many are left alone.
 */
void xnb_rx_align(struct xnb_rx_plan *plan, unsigned int bytes)
{
	unsigned int slots;

	if (plan->nr_data < 2 || plan->headroom || !bytes || bytes > XNB_FRAME)
		return;
	slots = 1 + xnb_rx_data_slots(plan->left - bytes, 0);
	if (slots > XNB_RX_SLOTS_SAFE)
		return;
	plan->nr_data = slots;
	plan->first_end = bytes;
}

/**
 * xnb_rx_add_gso() - tell the guest how to segment the packet
 * @plan: plan that xnb_rx_begin() made; at most once per plan
 * @type: XNB_GSO_TCPV4 or XNB_GSO_TCPV6
 * @size: bytes of payload per segment
 */
void xnb_rx_add_gso(struct xnb_rx_plan *plan, u8 type, u16 size)
{
	struct xnb_extra *x = &plan->extra[plan->nr_extras++];

	memset(x, 0, sizeof(*x));
	x->type = XNB_EXTRA_GSO;
	x->u.gso.type = type;
	x->u.gso.size = size;
}

/**
 * xnb_rx_add_hash() - hand the guest the packet's hash
 * @plan:      plan that xnb_rx_begin() made; at most once per plan
 * @type:      XNB_HASH_*
 * @algorithm: XNB_HASH_ALG_*
 * @value:     the hash
 */
void xnb_rx_add_hash(struct xnb_rx_plan *plan, u8 type, u8 algorithm,
		     u32 value)
{
	struct xnb_extra *x = &plan->extra[plan->nr_extras++];

	memset(x, 0, sizeof(*x));
	x->type = XNB_EXTRA_HASH;
	x->u.hash.type = type;
	x->u.hash.algorithm = algorithm;
	memcpy(x->u.hash.value, &value, sizeof(value));
}

/**
 * xnb_rx_place() - give the next bytes of the packet their place
 * @plan: the plan
 * @off:  offset of the piece from the start of a frame of ours
 * @len:  its bytes, which may go on through the frames behind that one; what
 *        exceeds the packet is ignored
 * @op:   copies for this piece
 * @max:  size of @op; if it is too small, the rest is not placed
 *
 * No copy crosses a frame, on either side. A piece within one frame needs at
 * most three copies with the largest headroom, two without. What was placed
 * is no longer in @plan->left.
 *
 * Return: number of copies stored.
 */
unsigned int xnb_rx_place(struct xnb_rx_plan *plan, u32 off, u32 len,
			  struct xnb_rx_copy op[], unsigned int max)
{
	unsigned int cur = plan->cur, fill = plan->fill, n = 0;
	u32 left = plan->left;

	len = min(len, left);
	while (len && n < max) {
		unsigned int end = cur ? XNB_FRAME : plan->first_end;
		unsigned int part = min(end - fill, XNB_FRAME - off % XNB_FRAME);

		part = min(part, len);
		op[n].src_off = off;
		op[n].len = part;
		op[n].slot = cur;
		op[n].dst_off = fill;
		n++;
		off += part;
		len -= part;
		left -= part;
		fill += part;
		plan->used[cur] = fill;
		if (fill == end && left) {
			cur++;
			fill = plan->headroom;
		}
	}
	plan->cur = cur;
	plan->fill = fill;
	plan->left = left;
	return n;
}

static void extra_response(const struct xnb_rx_plan *plan, unsigned int i,
			   struct xnb_rx_slot *rsp)
{
	struct xnb_extra x = plan->extra[i];

	BUILD_BUG_ON(sizeof(*rsp) != sizeof(x));
	if (i + 1 < plan->nr_extras)
		x.flags = XNB_EXTRAF_MORE;
	memcpy(rsp, &x, sizeof(x));
}

/**
 * xnb_rx_respond() - what to write at the packet's ring positions
 * @plan: a plan of which all bytes are placed
 * @req:  the requests that stood there
 * @rsp:  the responses, as many as data slots and extras; extra infos in
 *        their wire form
 */
void xnb_rx_respond(const struct xnb_rx_plan *plan,
		    const struct xnb_rx_req req[], struct xnb_rx_slot rsp[])
{
	unsigned int pos = 0, data, i;

	for (data = 0; data < plan->nr_data; data++, pos++) {
		rsp[pos].id = req[pos].id;
		rsp[pos].offset = 0;
		rsp[pos].flags = XNB_RXF_MORE;
		rsp[pos].status = plan->used[data];
		if (!data)
			for (i = 0; i < plan->nr_extras; i++)
				extra_response(plan, i, &rsp[++pos]);
	}
	rsp[0].flags |= plan->csum | (plan->nr_extras ? XNB_RXF_EXTRA : 0);
	data = xnb_rx_ring_pos(plan, plan->nr_data - 1);
	rsp[data].flags &= ~XNB_RXF_MORE;
}
