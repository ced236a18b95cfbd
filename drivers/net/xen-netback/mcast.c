// SPDX-License-Identifier: GPL-2.0
/*
 * The multicast addresses that a guest wants to receive. At most
 * XNB_MCAST_MAX, so a linear search is short and the memory bounded.
 *
 * Writers, one at a time, change the list in place while others read it. An
 * address is one word and keeps its place until it is deleted, so a reader
 * finds every address that is there while he looks.
 */
#include "netback_internal.h"

/* Tells the address of zeros from a place that is free. */
#define USED	BIT_ULL(48)

static u64 word_of(const u8 *addr)
{
	u64 v = USED;
	int i;

	for (i = 0; i < 6; i++)
		v |= (u64)addr[i] << (8 * i);
	return v;
}

/* The place of a word, 0 being that of a free place. */
static int find(const struct xnb_mcast *m, u64 word)
{
	int i, nr = READ_ONCE(m->nr);

	for (i = 0; i < nr; i++)
		if (READ_ONCE(m->addr[i]) == word)
			return i;
	return -ENOENT;
}

/**
 * xnb_mcast_add() - add an address
 * @m:    the list
 * @addr: six bytes; adding a present address changes nothing
 *
 * Return: 0, or -ENOSPC if the list is full.
 */
int xnb_mcast_add(struct xnb_mcast *m, const u8 *addr)
{
	u64 word = word_of(addr);
	int i;

	if (find(m, word) >= 0)
		return 0;
	i = find(m, 0);
	if (i < 0) {
		if (m->nr == XNB_MCAST_MAX)
			return -ENOSPC;
		i = m->nr;
	}
	WRITE_ONCE(m->addr[i], word);
	if (i == m->nr)
		WRITE_ONCE(m->nr, i + 1);
	return 0;
}

/**
 * xnb_mcast_del() - remove an address
 * @m:    the list
 * @addr: six bytes; an absent address changes nothing
 */
void xnb_mcast_del(struct xnb_mcast *m, const u8 *addr)
{
	int i = find(m, word_of(addr));

	if (i < 0)
		return;
	WRITE_ONCE(m->addr[i], 0);
	while (m->nr && !m->addr[m->nr - 1])
		WRITE_ONCE(m->nr, m->nr - 1);
}

/**
 * xnb_mcast_clear() - remove all addresses
 * @m: the list
 */
void xnb_mcast_clear(struct xnb_mcast *m)
{
	while (m->nr) {
		WRITE_ONCE(m->nr, m->nr - 1);
		WRITE_ONCE(m->addr[m->nr], 0);
	}
}

/**
 * xnb_mcast_match() - does the guest want this address?
 * @m:    the list
 * @addr: six bytes
 *
 * Return: true if it is listed.
 */
bool xnb_mcast_match(const struct xnb_mcast *m, const u8 *addr)
{
	return find(m, word_of(addr)) >= 0;
}
