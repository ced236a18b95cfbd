// SPDX-License-Identifier: GPL-2.0
/* Layouts in both directions, checked byte by byte against the models. */
#include "unit.h"

static struct xnb_packet make(const u16 (*s)[2], unsigned int n)
{
	struct xnb_packet p = { .verdict = XNB_PACKET, .nr_slots = n };
	unsigned int i;

	for (i = 0; i < n; i++) {
		p.slot[i].gref = i;
		p.slot[i].offset = s[i][0];
		p.slot[i].size = s[i][1];
		p.len += s[i][1];
	}
	return p;
}

/* What a Linux frontend makes of a 64 KiB TCP packet. */
static void big_tcp(void)
{
	u16 s[17][2] = { { 66, 66 }, { 1000, 3096 } };
	struct xnb_copy_plan plan;
	struct xnb_packet p;
	unsigned int i;

	for (i = 2; i < 17; i++)
		s[i][1] = 4096;
	p = make((const u16 (*)[2])s, 17);
	CHECK(xnb_head_len(&p, 1600) == 66);
	CHECK(!xnb_plan_copies(&p, 66, 100, 17, &plan));
	/* No slot is split, and the frames join without a hole. */
	CHECK(plan.nr_ops == 17 && plan.nr_frames == 16);
	CHECK(plan.run[0].off == 1000 && plan.run[0].len == 3096);
	CHECK(plan.run[1].off == 0 && plan.run[15].len == 4096);
	model_bytes(&p, 1600, 100, 17);
}

/* Nineteen slots that do not fit pairwise: only the tight layout holds. */
static void tight(void)
{
	u16 s[19][2];
	struct xnb_packet p;
	struct xnb_copy_plan plan;
	unsigned int i;

	for (i = 0; i < 19; i++) {
		s[i][0] = 5;
		s[i][1] = 3449;
	}
	s[18][1] = 65535 - 18 * 3449;
	p = make((const u16 (*)[2])s, 19);
	CHECK(p.len == 65535);
	CHECK(!xnb_plan_copies(&p, 128, 4000, 16, &plan));
	CHECK(plan.nr_frames == 16);
	model_bytes(&p, 0, 4000, 16);
	model_bytes(&p, 0, 4000, 19);
	model_bytes(&p, 0, 4000, 15);
	CHECK(xnb_plan_copies(&p, 128, 0, 15, &plan) == -ENOSPC);
}

/* Tiny slots in every number and size (the case behind XSA-432). */
static void tiny(void)
{
	unsigned int n, size, i;
	u16 s[19][2];

	for (n = 1; n <= 19; n++)
		for (size = 0; size <= 140; size++) {
			struct xnb_packet p;

			for (i = 0; i < n; i++) {
				s[i][0] = 4096 - size;
				s[i][1] = size;
			}
			s[0][0] = 4000;
			s[0][1] = 14 + size % 3;
			p = make((const u16 (*)[2])s, n);
			model_bytes(&p, 1600, 4090, 16);
			model_bytes(&p, 0, 4096 - 130, 16);
			model_bytes(&p, 64, 0, 17);
			model_copies(&p, 0, 4096 - 130, 16);
		}
}

static void linear(void)
{
	u16 s[2][2] = { { 2, 66 }, { 0, 1448 } };
	struct xnb_packet p = make((const u16 (*)[2])s, 2);
	struct xnb_copy_plan plan;

	CHECK(xnb_head_len(&p, 1600) == 1514);
	CHECK(!xnb_plan_copies(&p, 1514, 0, 16, &plan));
	CHECK(plan.nr_ops == 2 && plan.nr_frames == 0);
	CHECK(!xnb_plan_copies(&p, 1514, 4000, 0, &plan));
	CHECK(plan.nr_ops == 3);
	p.slot[0].size = 300;
	p.len += 234;
	CHECK(xnb_head_len(&p, 100) == XNB_HEAD_MIN);
}

static void receive(void)
{
	static const u16 tcp[] = { 66, 4096, 4096, 4096, 4096, 100 };
	u16 pieces[40];
	unsigned int i, h;

	for (i = 0; i < 40; i++)
		pieces[i] = i % 3 == 2 ? 12000 : 4096;
	for (h = 0; h <= XNB_HEADROOM_MAX; h += 256)
		for (i = 0; i < 8; i++) {
			model_receive(1, h, i, pieces, 1);
			model_receive(60, h, i, pieces, 1);
			model_receive(4096 - h, h, i, pieces, 1);
			model_receive(4097 - h, h, i, pieces, 2);
			model_receive(16550, h, i, tcp, 6);
			model_receive(65535, h, i, pieces, 40);
		}
}

/* Headers in a buffer of their own, then page for page: one copy each. */
static void receive_aligned(void)
{
	struct xnb_rx_copy op[4];
	struct xnb_rx_plan plan;
	unsigned int i;

	CHECK(xnb_rx_begin(&plan, 66 + 16 * 4096, 0, 0) == 0);
	xnb_rx_align(&plan, 66);
	CHECK(plan.nr_data == 17);
	CHECK(xnb_rx_place(&plan, 100, 66, op, 4) == 1 && op[0].slot == 0);
	CHECK(op[0].src_off == 100 && op[0].len == 66);
	/* 32 KiB in a row, as far as the array goes; then the rest. */
	CHECK(xnb_rx_place(&plan, 4096, 8 * 4096, op, 4) == 4);
	CHECK(plan.left == 12 * 4096);
	for (i = 0; i < 4; i++) {
		CHECK(op[i].slot == i + 1 && !op[i].dst_off);
		CHECK(op[i].src_off == 4096 * (i + 1) && op[i].len == 4096);
	}
	for (i = 5; i <= 16; i++) {
		CHECK(xnb_rx_place(&plan, 0, 4096, op, 4) == 1);
		CHECK(op[0].slot == i && !op[0].dst_off && op[0].len == 4096);
	}
	CHECK(!plan.left && !xnb_rx_place(&plan, 0, 100, op, 4));

	/* Not for one buffer, nor for more than a frontend takes. */
	CHECK(xnb_rx_begin(&plan, 1514, 0, 0) == 0);
	xnb_rx_align(&plan, 66);
	CHECK(plan.nr_data == 1 && plan.first_end == XNB_FRAME);
	CHECK(xnb_rx_begin(&plan, 18 * 4096, 0, 0) == 0);
	xnb_rx_align(&plan, 66);
	CHECK(plan.nr_data == 18 && plan.first_end == XNB_FRAME);
}

static void receive_limits(void)
{
	struct xnb_rx_plan plan;

	CHECK(xnb_rx_data_slots(4096, 0) == 1);
	CHECK(xnb_rx_data_slots(4097, 0) == 2);
	CHECK(xnb_rx_data_slots(3841, 256) == 2);
	CHECK(xnb_rx_begin(&plan, 0, 0, 0) == -EINVAL);
	CHECK(xnb_rx_begin(&plan, 1, XNB_HEADROOM_MAX + 1, 0) == -EINVAL);
	CHECK(xnb_rx_begin(&plan, 1u << 20, 0, 0) == -E2BIG);
	CHECK(xnb_rx_begin(&plan, 65536 + 18, XNB_HEADROOM_MAX, 0) == 0);
	CHECK(xnb_rx_begin(&plan, ~0u, 0, 0) == -E2BIG);
}

const struct unit_test plan_tests[] = {
	{ "plan: 64 KiB of TCP takes one copy per slot", big_tcp },
	{ "plan: nineteen slots fall back to the tight layout", tight },
	{ "plan: tiny slots at frame ends", tiny },
	{ "plan: short packets are linear", linear },
	{ NULL, NULL }
};

const struct unit_test rx_tests[] = {
	{ "receive: sizes, headrooms and extras", receive },
	{ "receive: aligned to the source", receive_aligned },
	{ "receive: limits", receive_limits },
	{ NULL, NULL }
};
