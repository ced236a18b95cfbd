// SPDX-License-Identifier: GPL-2.0
/*
 * Hash configuration of a device and the Toeplitz hash itself.
 *
 * The hash is linear over XOR, so the contribution of each nibble of the
 * input depends on the key alone: a new key fills a table once, a packet is
 * one look-up per nibble. That makes a cache of recent flows pointless.
 *
 * Setters return a control-ring status and change nothing unless it is
 * XNB_CTRL_OK.
 */
#include "netback_internal.h"

/* 32 key bits from bit position @bit on; the key ends in zeros. */
static u32 key_window(const u8 *key, unsigned int bit)
{
	unsigned int byte = bit / 8;
	u64 v = 0;
	unsigned int i;

	for (i = byte; i < byte + 5; i++)
		v = v << 8 | (i < XNB_HASH_KEY_MAX ? key[i] : 0);
	return (u32)(v >> (8 - bit % 8));
}

static void fill_table(struct xnb_hash *h)
{
	unsigned int pos, nibble, bit;

	for (pos = 0; pos < XNB_HASH_NIBBLES; pos++) {
		u32 window[4];

		for (bit = 0; bit < 4; bit++)
			window[bit] = key_window(h->key, 4 * pos + bit);
		for (nibble = 0; nibble < 16; nibble++) {
			u32 v = 0;

			for (bit = 0; bit < 4; bit++)
				if (nibble & (8u >> bit))
					v ^= window[bit];
			h->table[pos][nibble] = v;
		}
	}
}

static u32 toeplitz(const struct xnb_hash *h, const u8 *data, unsigned int len)
{
	u32 v = 0;
	unsigned int i;

	for (i = 0; i < len; i++) {
		v ^= h->table[2 * i][data[i] >> 4];
		v ^= h->table[2 * i + 1][data[i] & 15];
	}
	return v;
}

/**
 * xnb_hash_init() - the state of a device whose guest has asked for nothing
 * @h: configuration
 */
void xnb_hash_init(struct xnb_hash *h)
{
	memset(h, 0, sizeof(*h));
}

/**
 * xnb_hash_set_alg() - choose the algorithm
 * @h:   configuration
 * @alg: XNB_HASH_ALG_*
 *
 * Return: a control-ring status.
 */
u32 xnb_hash_set_alg(struct xnb_hash *h, u32 alg)
{
	if (alg != XNB_HASH_ALG_NONE && alg != XNB_HASH_ALG_TOEPLITZ)
		return XNB_CTRL_INVALID;
	h->alg = alg;
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_get_flags() - types that can be computed
 * @h:     configuration
 * @flags: the mask
 *
 * Return: a control-ring status; not supported while no algorithm is chosen.
 */
u32 xnb_hash_get_flags(const struct xnb_hash *h, u32 *flags)
{
	if (h->alg == XNB_HASH_ALG_NONE)
		return XNB_CTRL_NOT_SUPPORTED;
	*flags = XNB_HASH_TYPES;
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_set_flags() - choose the types to compute
 * @h:     configuration
 * @flags: mask of XNB_HASH_* bits
 *
 * Return: a control-ring status.
 */
u32 xnb_hash_set_flags(struct xnb_hash *h, u32 flags)
{
	if (h->alg == XNB_HASH_ALG_NONE || (flags & ~XNB_HASH_TYPES))
		return XNB_CTRL_INVALID;
	h->flags = flags;
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_set_key() - replace the key
 * @h:   configuration
 * @key: the key, may be NULL if @len is 0
 * @len: its bytes; 0 makes every hash 0
 *
 * Return: a control-ring status; invalid if the key is too long.
 */
u32 xnb_hash_set_key(struct xnb_hash *h, const u8 *key, u32 len)
{
	if (len > XNB_HASH_KEY_MAX)
		return XNB_CTRL_INVALID;
	memset(h->key, 0, sizeof(h->key));
	if (len)
		memcpy(h->key, key, len);
	fill_table(h);
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_set_map_size() - start a new, zero-filled mapping table
 * @h:    configuration
 * @size: entries; 0 maps by modulo
 *
 * Return: a control-ring status.
 */
u32 xnb_hash_set_map_size(struct xnb_hash *h, u32 size)
{
	if (size > XNB_HASH_MAP_MAX)
		return XNB_CTRL_INVALID;
	memset(h->map, 0, sizeof(h->map));
	h->map_size = size;
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_check_map() - may this part of the table be set?
 * @h:   configuration
 * @len: entries
 * @off: first entry
 *
 * Return: XNB_CTRL_OK or XNB_CTRL_INVALID; any 32-bit values are safe.
 */
u32 xnb_hash_check_map(const struct xnb_hash *h, u32 len, u32 off)
{
	if (len > h->map_size || off > h->map_size - len)
		return XNB_CTRL_INVALID;
	return XNB_CTRL_OK;
}

/**
 * xnb_hash_set_map() - set a part of the mapping table
 * @h:      configuration
 * @map:    queue numbers
 * @len:    entries of @map
 * @off:    entry of the table that the first one replaces
 * @queues: queues of the device; every entry must be below
 *
 * Return: a control-ring status.
 */
u32 xnb_hash_set_map(struct xnb_hash *h, const u32 *map, u32 len, u32 off,
		     u32 queues)
{
	u32 i;

	if (xnb_hash_check_map(h, len, off) != XNB_CTRL_OK)
		return XNB_CTRL_INVALID;
	for (i = 0; i < len; i++)
		if (map[i] >= queues)
			return XNB_CTRL_INVALID;
	if (len)
		memcpy(h->map + off, map, len * sizeof(*map));
	return XNB_CTRL_OK;
}

/* The narrowest enabled type that fits, with or without ports. */
static u8 pick_type(const struct xnb_hash *h, const struct xnb_flow *flow)
{
	u8 plain = flow->is_v6 ? XNB_HASH_IPV6 : XNB_HASH_IPV4;
	u8 tcp = flow->is_v6 ? XNB_HASH_IPV6_TCP : XNB_HASH_IPV4_TCP;

	if (flow->has_tcp && (h->flags & 1u << tcp))
		return tcp;
	if (h->flags & 1u << plain)
		return plain;
	return XNB_HASH_NO_TYPE;
}

/**
 * xnb_hash_flow() - hash of a packet
 * @h:     configuration
 * @flow:  its addresses
 * @value: the hash, untouched if there is none
 *
 * Return: the type that was computed, or XNB_HASH_NO_TYPE.
 */
u8 xnb_hash_flow(const struct xnb_hash *h, const struct xnb_flow *flow,
		 u32 *value)
{
	unsigned int alen = flow->is_v6 ? 16 : 4;
	unsigned int len = 2 * alen;
	u8 data[XNB_HASH_DATA_MAX];
	u8 type;

	if (h->alg != XNB_HASH_ALG_TOEPLITZ)
		return XNB_HASH_NO_TYPE;
	type = pick_type(h, flow);
	if (type == XNB_HASH_NO_TYPE)
		return type;

	memcpy(data, flow->src, alen);
	memcpy(data + alen, flow->dst, alen);
	if (type == XNB_HASH_IPV4_TCP || type == XNB_HASH_IPV6_TCP) {
		memcpy(data + len, flow->sport, 2);
		memcpy(data + len + 2, flow->dport, 2);
		len += 4;
	}
	*value = toeplitz(h, data, len);
	return type;
}

/**
 * xnb_hash_queue() - queue of a hashed packet
 * @h:      configuration
 * @value:  its hash; 0 for a packet without one
 * @queues: queues of the device, not 0
 *
 * Return: a queue number below @queues, whatever the table says.
 */
u32 xnb_hash_queue(const struct xnb_hash *h, u32 value, u32 queues)
{
	u32 q = h->map_size ? h->map[value % h->map_size] : value;

	return q % queues;
}
