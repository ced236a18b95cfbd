// SPDX-License-Identifier: GPL-2.0
/*
 * Where the bytes of a guest's packet go: the linear part, then frames.
 *
 * Each copy is one grant-copy operation, so neither side may cross a frame.
 * The loose layout starts a new frame rather than split a slot, and keeps a
 * slot that reaches the end of its frame at its own offset: what follows then
 * joins it without a hole. It costs one operation per slot. If it needs too
 * many frames, the tight layout packs the bytes and splits.
 */
#include "netback_internal.h"

struct cursor {
	struct xnb_copy_plan *plan;
	unsigned int max_frames;
	unsigned int fill;	/* next free byte in the last frame */
	bool tight;
};

/**
 * xnb_head_len() - bytes of a packet that go to the linear part
 * @p:         a parsed packet
 * @copybreak: packets up to this size become linear, at most XNB_HEAD_MAX
 *
 * Return: between XNB_ETH_HLEN and XNB_HEAD_MAX, never above @p->len. It may
 * be less than XNB_HEAD_MIN when the first slot is that short.
 */
unsigned int xnb_head_len(const struct xnb_packet *p, unsigned int copybreak)
{
	if (p->len <= min(copybreak, XNB_HEAD_MAX))
		return p->len;
	if (p->slot[0].size <= XNB_HEAD_SLOT)
		return p->slot[0].size;
	return XNB_HEAD_MIN;
}

static int emit(struct xnb_copy_plan *plan, const struct xnb_slot *s,
		unsigned int slot, unsigned int skip, unsigned int len,
		u8 dst, unsigned int dst_off)
{
	struct xnb_copy *op;

	if (plan->nr_ops == XNB_PLAN_OPS)
		return -ENOSPC;
	op = &plan->op[plan->nr_ops++];
	op->gref = s->gref;
	op->src_off = s->offset + skip;
	op->dst_off = dst_off;
	op->len = len;
	op->dst = dst;
	op->slot = slot;
	return 0;
}

/* Copy @len bytes of a slot to the linear part, which starts at @head_off. */
static int to_head(struct xnb_copy_plan *plan, const struct xnb_slot *s,
		   unsigned int slot, unsigned int len, unsigned int head_off)
{
	unsigned int done = 0;

	while (done < len) {
		unsigned int at = head_off + plan->head_len;
		unsigned int n = min(len - done, XNB_FRAME - at % XNB_FRAME);
		int err = emit(plan, s, slot, done, n, XNB_PLAN_HEAD,
			       plan->head_len);

		if (err)
			return err;
		plan->head_len += n;
		done += n;
	}
	return 0;
}

static int new_frame(struct cursor *c, unsigned int off)
{
	struct xnb_copy_plan *plan = c->plan;

	if (plan->nr_frames == c->max_frames)
		return -ENOSPC;
	plan->run[plan->nr_frames].off = off;
	plan->run[plan->nr_frames].len = 0;
	plan->nr_frames++;
	c->fill = off;
	return 0;
}

/* Offset for the first byte of a slot's rest in a fresh frame. */
static unsigned int fresh_off(const struct cursor *c, const struct xnb_slot *s,
			      unsigned int skip)
{
	if (c->tight || s->offset + s->size != XNB_FRAME)
		return 0;
	return s->offset + skip;
}

static int to_frames(struct cursor *c, const struct xnb_slot *s,
		     unsigned int slot, unsigned int skip)
{
	struct xnb_copy_plan *plan = c->plan;

	while (skip < s->size) {
		unsigned int left = s->size - skip;
		unsigned int room = plan->nr_frames ? XNB_FRAME - c->fill : 0;
		unsigned int n;
		int err;

		if (!room || (!c->tight && left > room)) {
			err = new_frame(c, fresh_off(c, s, skip));
			if (err)
				return err;
			room = XNB_FRAME - c->fill;
		}
		n = min(left, room);
		err = emit(plan, s, slot, skip, n, plan->nr_frames - 1,
			   c->fill);
		if (err)
			return err;
		plan->run[plan->nr_frames - 1].len += n;
		c->fill += n;
		skip += n;
	}
	return 0;
}

/* Most packets are short: one slot, all of it linear. Return: false if this one is not. */
static bool lay_out_short(const struct xnb_packet *p, unsigned int head_len,
			  unsigned int head_off, struct xnb_copy_plan *plan)
{
	if (p->nr_slots != 1 || head_len != p->slot[0].size ||
	    head_off + head_len > XNB_FRAME)
		return false;
	plan->nr_ops = 0;
	plan->nr_frames = 0;
	plan->head_len = head_len;
	return !emit(plan, &p->slot[0], 0, 0, head_len, XNB_PLAN_HEAD, 0);
}

static int lay_out(const struct xnb_packet *p, unsigned int head_len,
		   unsigned int head_off, struct cursor *c)
{
	unsigned int i;
	int err;

	c->plan->head_len = 0;
	c->plan->nr_ops = 0;
	c->plan->nr_frames = 0;
	c->fill = 0;

	for (i = 0; i < p->nr_slots; i++) {
		const struct xnb_slot *s = &p->slot[i];
		unsigned int n = min(head_len - c->plan->head_len,
				     (unsigned int)s->size);

		err = to_head(c->plan, s, i, n, head_off);
		if (!err)
			err = to_frames(c, s, i, n);
		if (err)
			return err;
	}
	return 0;
}

/**
 * xnb_plan_copies() - lay a packet out in our memory
 * @p:          packet with verdict XNB_PACKET
 * @head_len:   bytes for the linear part, as xnb_head_len() returned
 * @head_off:   offset of the linear part in its frame
 * @max_frames: frames that may be used, at most XNB_PLAN_FRAMES; 16 suffice
 *              for every packet
 * @plan:       the result
 *
 * Empty slots take no operation.
 *
 * Return: 0, or -ENOSPC if @max_frames is too small.
 */
int xnb_plan_copies(const struct xnb_packet *p, unsigned int head_len,
		    unsigned int head_off, unsigned int max_frames,
		    struct xnb_copy_plan *plan)
{
	struct cursor c = {
		.plan = plan,
		.max_frames = min(max_frames, XNB_PLAN_FRAMES + 0u),
	};

	if (lay_out_short(p, head_len, head_off % XNB_FRAME, plan) ||
	    !lay_out(p, head_len, head_off % XNB_FRAME, &c))
		return 0;
	c.tight = true;
	return lay_out(p, head_len, head_off % XNB_FRAME, &c);
}
