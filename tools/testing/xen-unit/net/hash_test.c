// SPDX-License-Identifier: GPL-2.0
/* The hash against a bit-by-bit reference and published vectors. */
#include "unit.h"

/* The verification key and results of the RSS specification. */
static const u8 rss_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static struct xnb_hash h;

/* The key as a shift register, one input bit at a time. */
static u32 reference(const u8 *key, const u8 *data, unsigned int len)
{
	u8 reg[48] = { 0 };
	unsigned int i, k;
	u32 v = 0;

	memcpy(reg, key, 40);
	for (i = 0; i < 8 * len; i++) {
		if (data[i / 8] & (0x80 >> i % 8))
			v ^= (u32)reg[0] << 24 | reg[1] << 16 | reg[2] << 8 |
			     reg[3];
		for (k = 0; k < 47; k++)
			reg[k] = reg[k] << 1 | reg[k + 1] >> 7;
	}
	return v;
}

static void setup(u32 flags)
{
	xnb_hash_init(&h);
	CHECK(xnb_hash_set_alg(&h, XNB_HASH_ALG_TOEPLITZ) == XNB_CTRL_OK);
	CHECK(xnb_hash_set_key(&h, rss_key, 40) == XNB_CTRL_OK);
	CHECK(xnb_hash_set_flags(&h, flags) == XNB_CTRL_OK);
}

static void vectors(void)
{
	/* A pair of the published verification suite, ports 2794 to 1766. */
	struct xnb_flow f = {
		.has_tcp = true, .src = { 66, 9, 149, 187 },
		.dst = { 161, 142, 100, 80 },
		.sport = { 0x0a, 0xea }, .dport = { 0x06, 0xe6 },
	};
	u32 v = 0;

	setup(XNB_HASH_TYPES);
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_IPV4_TCP);
	CHECK(v == 0x51ccc178);
	f.has_tcp = false;
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_IPV4);
	CHECK(v == 0x323e8fc2);
}

static void against_reference(void)
{
	unsigned int i, k;

	setup(XNB_HASH_TYPES);
	srand(1);
	for (i = 0; i < 2000; i++) {
		struct xnb_flow f = { .is_v6 = true, .has_tcp = i & 1 };
		u8 data[36];
		u32 v = 0;

		for (k = 0; k < 36; k++)
			data[k] = rand() >> 7;
		memcpy(f.src, data, 16);
		memcpy(f.dst, data + 16, 16);
		memcpy(f.sport, data + 32, 2);
		memcpy(f.dport, data + 34, 2);
		CHECK(xnb_hash_flow(&h, &f, &v) == (i & 1 ? XNB_HASH_IPV6_TCP
							  : XNB_HASH_IPV6));
		CHECK(v == reference(rss_key, data, i & 1 ? 36 : 32));
	}
}

static void types(void)
{
	struct xnb_flow f = { .has_tcp = true };
	u32 v = 7;

	setup(1u << XNB_HASH_IPV4);
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_IPV4);
	f.is_v6 = true;
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_NO_TYPE);
	setup(1u << XNB_HASH_IPV6_TCP);
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_IPV6_TCP);
	f.has_tcp = false;
	v = 7;
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_NO_TYPE && v == 7);
	xnb_hash_set_alg(&h, XNB_HASH_ALG_NONE);
	f.has_tcp = true;
	CHECK(xnb_hash_flow(&h, &f, &v) == XNB_HASH_NO_TYPE);
}

static void setters(void)
{
	u32 flags = 0;

	xnb_hash_init(&h);
	CHECK(xnb_hash_get_flags(&h, &flags) == XNB_CTRL_NOT_SUPPORTED);
	CHECK(xnb_hash_set_flags(&h, 1) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_alg(&h, 2) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_alg(&h, 1) == XNB_CTRL_OK);
	CHECK(xnb_hash_get_flags(&h, &flags) == XNB_CTRL_OK && flags == 15);
	CHECK(xnb_hash_set_flags(&h, 16) == XNB_CTRL_INVALID && !h.flags);
	CHECK(xnb_hash_set_key(&h, rss_key, 41) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_key(&h, rss_key, 40) == XNB_CTRL_OK);
	CHECK(xnb_hash_set_key(&h, NULL, 0) == XNB_CTRL_OK && !h.key[0]);
}

static void mapping(void)
{
	u32 map[128] = { 1, 2, 3 };

	xnb_hash_init(&h);
	CHECK(xnb_hash_queue(&h, 10, 4) == 2);
	CHECK(xnb_hash_set_map_size(&h, 129) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_map_size(&h, 128) == XNB_CTRL_OK);
	CHECK(xnb_hash_set_map(&h, map, 2, 0xffffffff, 4) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_map(&h, map, 0xffffffff, 2, 4) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_map(&h, map, 128, 1, 4) == XNB_CTRL_INVALID);
	CHECK(xnb_hash_set_map(&h, map, 128, 0, 3) == XNB_CTRL_INVALID);
	CHECK(h.map[0] == 0);
	CHECK(xnb_hash_set_map(&h, map, 128, 0, 4) == XNB_CTRL_OK);
	CHECK(xnb_hash_queue(&h, 128 + 2, 4) == 3);
	/* A table that outlived its queues still gives a queue. */
	CHECK(xnb_hash_queue(&h, 2, 2) == 1);
	CHECK(xnb_hash_set_map(&h, map, 1, 127, 4) == XNB_CTRL_OK);
	CHECK(xnb_hash_set_map_size(&h, 4) == XNB_CTRL_OK && !h.map[0]);
}

const struct unit_test hash_tests[] = {
	{ "hash: published vectors", vectors },
	{ "hash: bit-by-bit reference", against_reference },
	{ "hash: types", types },
	{ "hash: setters refuse bad values", setters },
	{ "hash: mapping", mapping },
	{ NULL, NULL }
};
