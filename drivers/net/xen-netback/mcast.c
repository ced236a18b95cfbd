// SPDX-License-Identifier: GPL-2.0
/*
 * The multicast addresses that a guest wants to receive. At most
 * XNB_MCAST_MAX, so a linear search is short and the memory bounded. The
 * owner changes a copy and publishes it whole.
 */
#include "netback_internal.h"

static int find(const struct xnb_mcast *m, const u8 *addr)
{
	int i;

	for (i = 0; i < m->nr; i++)
		if (!memcmp(m->addr[i], addr, 6))
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
	if (find(m, addr) >= 0)
		return 0;
	if (m->nr == XNB_MCAST_MAX)
		return -ENOSPC;
	memcpy(m->addr[m->nr++], addr, 6);
	return 0;
}

/**
 * xnb_mcast_del() - remove an address
 * @m:    the list
 * @addr: six bytes; an absent address changes nothing
 */
void xnb_mcast_del(struct xnb_mcast *m, const u8 *addr)
{
	int i = find(m, addr);

	if (i >= 0)
		memmove(m->addr[i], m->addr[--m->nr], 6);
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
	return find(m, addr) >= 0;
}
