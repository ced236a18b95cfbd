// SPDX-License-Identifier: GPL-2.0
/*
 * Slow and obvious models: every byte of a packet has a name made of its slot
 * and position; after the copies each must stand where the packet wants it.
 */
#include "unit.h"

/* What any packet looks like after its last slot. */
void model_packet(const struct xnb_packet *p, unsigned int slots_fed)
{
	unsigned int i, sum = 0;

	MUST(p->verdict > XNB_MORE && p->verdict <= XNB_FATAL);
	MUST(p->nr_slots <= XNB_SLOTS_MAX && p->nr_slots >= 1);
	MUST(p->nr_ids <= XNB_CHAIN_MAX + 1 && p->nr_ids >= p->nr_slots);
	if (p->verdict == XNB_FATAL) {
		MUST(p->why != XNB_WHY_NONE);
		return;
	}
	/* One response for every slot that was consumed. */
	MUST(p->nr_ids + p->nr_extras == slots_fed);
	if (p->verdict == XNB_REJECT)
		MUST(p->why != XNB_WHY_NONE);
	if (p->verdict == XNB_MCAST)
		MUST(p->nr_ids == 1 && p->mcast_op);
	if (p->verdict != XNB_PACKET)
		return;
	MUST(p->nr_ids == p->nr_slots && !p->mcast_op);
	for (i = 0; i < p->nr_slots; i++) {
		MUST(p->slot[i].offset + p->slot[i].size <= XNB_FRAME);
		sum += p->slot[i].size;
	}
	MUST(sum == p->len && p->slot[0].size >= XNB_ETH_HLEN);
	if (p->gso_type)
		MUST(p->gso_size >= XNB_GSO_SIZE_MIN && p->gso_type <= 2);
	if (p->has_hash)
		MUST(p->hash_type <= XNB_HASH_IPV6_TCP);
}

static u32 byte_name(unsigned int slot, unsigned int off)
{
	return (slot + 1) << 16 | off;
}

/* False if there are too few frames for the packet; a plan keeps within its bounds. */
static bool planned(const struct xnb_packet *p, unsigned int head_len, unsigned int head_off,
		    unsigned int max_frames, struct xnb_copy_plan *plan)
{
	MUST(head_len >= XNB_ETH_HLEN && head_len <= p->len);
	MUST(head_len <= XNB_HEAD_MAX);
	if (xnb_plan_copies(p, head_len, head_off, max_frames, plan)) {
		MUST(max_frames < 16);
		return false;
	}
	MUST(plan->head_len == head_len && plan->nr_ops <= XNB_PLAN_OPS);
	MUST(plan->nr_frames <= max_frames);
	return true;
}

/*
 * The same by intervals, fast enough for a million cases: in packet order,
 * each copy moves the next bytes of the packet to where the packet, read as
 * head and runs, has them.
 */
void model_copies(const struct xnb_packet *p, unsigned int copybreak,
		  unsigned int head_off, unsigned int max_frames)
{
	unsigned int i, head_len = xnb_head_len(p, copybreak), sum = 0;
	unsigned int start[XNB_SLOTS_MAX], base[XNB_PLAN_FRAMES];
	struct xnb_copy_plan plan;

	if (!planned(p, head_len, head_off, max_frames, &plan))
		return;
	for (i = 0; i < p->nr_slots; i++) {
		start[i] = sum;
		sum += p->slot[i].size;
	}
	for (i = 0, sum = head_len; i < plan.nr_frames; i++) {
		MUST(plan.run[i].len);
		MUST(plan.run[i].off + plan.run[i].len <= XNB_FRAME);
		base[i] = sum - plan.run[i].off;
		sum += plan.run[i].len;
	}
	MUST(sum == p->len);

	for (i = 0, sum = 0; i < plan.nr_ops; i++) {
		const struct xnb_copy *op = &plan.op[i];
		const struct xnb_slot *s = &p->slot[op->slot];
		unsigned int at = op->dst_off;

		MUST(op->slot < p->nr_slots && op->gref == s->gref && op->len);
		MUST(op->src_off >= s->offset);
		MUST(op->src_off + op->len <= s->offset + s->size);
		MUST(start[op->slot] + op->src_off - s->offset == sum);
		if (op->dst == XNB_PLAN_HEAD) {
			MUST(at + op->len <= head_len);
			MUST((head_off + at) % XNB_FRAME + op->len <=
			     XNB_FRAME);
		} else {
			MUST(op->dst < plan.nr_frames);
			MUST(at >= plan.run[op->dst].off);
			MUST(at + op->len <= plan.run[op->dst].off +
			     plan.run[op->dst].len);
			at += base[op->dst];
		}
		MUST(at == sum);
		sum += op->len;
	}
	MUST(sum == p->len);
}

/* The packet is the head, then each frame's run, in order. */
static void read_back(const struct xnb_packet *p,
		      const struct xnb_copy_plan *plan, unsigned int head_len,
		      const u32 *head, u32 (*frame)[XNB_FRAME])
{
	unsigned int i, k, n, slot = 0, at = 0;
	const u32 *out;

	for (i = 0; i <= plan->nr_frames; i++) {
		out = i ? frame[i - 1] + plan->run[i - 1].off : head;
		n = i ? plan->run[i - 1].len : head_len;
		MUST(n);
		if (i)
			MUST(plan->run[i - 1].off + n <= XNB_FRAME);
		for (k = 0; k < n; k++) {
			while (at == p->slot[slot].size) {
				slot++;
				at = 0;
			}
			MUST(slot < p->nr_slots);
			MUST(out[k] == byte_name(slot,
						 p->slot[slot].offset + at));
			at++;
		}
	}
	while (slot < p->nr_slots && at == p->slot[slot].size) {
		slot++;
		at = 0;
	}
	MUST(slot == p->nr_slots);
}

/* Lay a parsed packet out and read it back byte by byte. */
void model_bytes(const struct xnb_packet *p, unsigned int copybreak,
		 unsigned int head_off, unsigned int max_frames)
{
	static u32 head[XNB_HEAD_MAX], frame[XNB_PLAN_FRAMES][XNB_FRAME];
	struct xnb_copy_plan plan;
	unsigned int i, k, head_len = xnb_head_len(p, copybreak);
	u32 *out;

	if (!planned(p, head_len, head_off, max_frames, &plan))
		return;
	memset(head, 0, sizeof(head));
	memset(frame, 0, plan.nr_frames * sizeof(frame[0]));

	for (i = 0; i < plan.nr_ops; i++) {
		const struct xnb_copy *op = &plan.op[i];
		const struct xnb_slot *s = &p->slot[op->slot];
		unsigned int off = op->dst_off;

		MUST(op->slot < p->nr_slots && op->gref == s->gref && op->len);
		MUST(op->src_off >= s->offset);
		MUST(op->src_off + op->len <= s->offset + s->size);
		if (op->dst == XNB_PLAN_HEAD) {
			MUST(off + op->len <= head_len);
			off += head_off % XNB_FRAME;
			MUST(off % XNB_FRAME + op->len <= XNB_FRAME);
			out = head + op->dst_off;
		} else {
			MUST(op->dst < plan.nr_frames);
			MUST(off + op->len <= XNB_FRAME);
			out = frame[op->dst] + off;
		}
		for (k = 0; k < op->len; k++) {
			MUST(!out[k]);
			out[k] = byte_name(op->slot, op->src_off + k);
		}
	}
	read_back(p, &plan, head_len, head, frame);
}

/* Every ring position of a placed packet says what @used says of its buffer. */
static void read_responses(const struct xnb_rx_plan *plan, u32 len,
			   unsigned int headroom, const unsigned int *used)
{
	unsigned int pos, total = 0, extras = plan->nr_extras;
	struct xnb_rx_slot all[XNB_RX_SLOTS_MAX + XNB_RX_EXTRAS_MAX];
	struct xnb_rx_req req[XNB_RX_SLOTS_MAX + XNB_RX_EXTRAS_MAX];

	for (pos = 0; pos < plan->nr_data + extras; pos++)
		req[pos].id = 77 + pos;
	xnb_rx_respond(plan, req, all);
	for (pos = 0; pos < plan->nr_data + extras; pos++) {
		unsigned int data = pos ? pos - extras : 0;
		struct xnb_rx_slot rsp = all[pos];
		struct xnb_extra x;

		if (pos && pos <= extras) {
			memcpy(&x, &rsp, sizeof(x));
			MUST(x.type && x.type < XNB_EXTRA_TYPES);
			MUST(!!(x.flags & XNB_EXTRAF_MORE) == (pos < extras));
			continue;
		}
		MUST(pos == xnb_rx_ring_pos(plan, data));
		MUST(rsp.id == 77 + pos && rsp.offset == 0);
		MUST((unsigned int)rsp.status == headroom + used[data]);
		MUST(!!(rsp.flags & XNB_RXF_MORE) ==
		     (data + 1 < plan->nr_data));
		MUST(!!(rsp.flags & XNB_RXF_EXTRA) == (!pos && extras));
		MUST(!!(rsp.flags & XNB_RXF_VALIDATED) == !pos);
		total += used[data];
	}
	MUST(total == len);
}

/* Place a packet made of pieces; check bytes, responses and extras. */
void model_receive(u32 len, unsigned int headroom, unsigned int extras,
		   const u16 *pieces, unsigned int nr_pieces)
{
	struct xnb_rx_copy op[4];
	struct xnb_rx_plan plan;
	unsigned int i, k, n, used[XNB_RX_SLOTS_MAX] = { 0 };
	unsigned int got = 0;

	if (xnb_rx_begin(&plan, len, headroom, XNB_RXF_VALIDATED)) {
		MUST(!len || headroom > XNB_HEADROOM_MAX || len > 65536);
		return;
	}
	if (extras & 4)
		xnb_rx_align(&plan, pieces[0]);
	MUST(plan.nr_data <= 1 + xnb_rx_data_slots(len, headroom));
	if (extras & 1)
		xnb_rx_add_gso(&plan, XNB_GSO_TCPV6, 1440);
	if (extras & 2)
		xnb_rx_add_hash(&plan, XNB_HASH_IPV4_TCP, 1, 0x01020304);
	extras = !!(extras & 1) + !!(extras & 2) + !!headroom;
	MUST(plan.nr_extras == extras);

	for (i = 0; i < nr_pieces && plan.left; i++) {
		/* Anywhere in a frame of ours, and through those behind. */
		u32 off = pieces[i] * 7 % XNB_FRAME * (i & 1), end = off + pieces[i];

		do {
			n = xnb_rx_place(&plan, off, end - off, op, 4);
			MUST(n <= 4);
			for (k = 0; k < n; k++) {
				MUST(op[k].slot < plan.nr_data && op[k].len);
				MUST(op[k].dst_off == headroom + used[op[k].slot]);
				MUST(op[k].dst_off + op[k].len <= XNB_FRAME);
				MUST(op[k].src_off == off);
				MUST(off % XNB_FRAME + op[k].len <= XNB_FRAME);
				MUST(op[k].slot ||
				     op[k].dst_off + op[k].len <= plan.first_end);
				off += op[k].len;
				got += op[k].len;
				used[op[k].slot] += op[k].len;
			}
		} while (n == 4);
		MUST(off == end || !plan.left);
	}
	if (plan.left)
		return;
	MUST(got == len);

	read_responses(&plan, len, headroom, used);
}
