// SPDX-License-Identifier: GPL-2.0
/* Counters by name. The first is one that earlier netbacks had. */
#include <linux/ethtool.h>
#include <linux/build_bug.h>
#include "netback.h"

#define STAT(n) { #n, offsetof(struct xnb_stats, n) }

static const struct {
	char name[ETH_GSTRING_LEN];
	u16 offset;
} xnb_names[] = {
	STAT(rx_gso_checksum_fixup),
	STAT(from_copied),
	STAT(from_static),
	STAT(from_rejected),
	STAT(from_copy_ops),
	STAT(from_batches),
	STAT(to_copy_ops),
	STAT(to_static),
	STAT(to_batches),
	STAT(to_expired),
	STAT(to_failed),
	STAT(to_stalls),
};

/* Behind the table: what the framework counts for the whole device. */
static const char xnb_device_names[][ETH_GSTRING_LEN] = {
	"grant_maps", "grant_unmaps", "grant_copies", "grant_hypercalls",
};

#define NR_NAMES	ARRAY_SIZE(xnb_names)
#define NR_DEVICE_NAMES	ARRAY_SIZE(xnb_device_names)

/**
 * xnb_stats_add() - add one queue's counters to a sum
 * @sum: the sum
 * @s:   the counters; their writers may be running
 */
void xnb_stats_add(struct xnb_stats *sum, const struct xnb_stats *s)
{
	const u64 *from = (const u64 *)s;
	u64 *to = (u64 *)sum;
	size_t i;

	for (i = 0; i < sizeof(*s) / sizeof(u64); i++)
		to[i] += READ_ONCE(from[i]);
}

static void add_queue(struct xen_queue *q, void *data)
{
	struct xnb_queue *xq = q->priv;

	if (xq->q)
		xnb_stats_add(data, &xq->stats);
}

/**
 * xnb_vif_stats() - counters of a device over all its connections
 * @vif: the vif
 * @sum: the result
 */
void xnb_vif_stats(struct xnb_vif *vif, struct xnb_stats *sum)
{
	spin_lock_bh(&vif->past_lock);
	*sum = vif->past;
	spin_unlock_bh(&vif->past_lock);
	xen_backend_queues(vif->be, add_queue, sum);
}

static int xnb_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? NR_NAMES + NR_DEVICE_NAMES : -EOPNOTSUPP;
}

static void xnb_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < NR_NAMES; i++, data += ETH_GSTRING_LEN)
		memcpy(data, xnb_names[i].name, ETH_GSTRING_LEN);
	memcpy(data, xnb_device_names, sizeof(xnb_device_names));
}

static void xnb_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	struct xnb_vif *vif = netdev_priv(dev);
	struct xen_backend *be = vif->be;
	struct xnb_stats sum;
	unsigned int i;

	xnb_vif_stats(vif, &sum);
	for (i = 0; i < NR_NAMES; i++)
		*data++ = *(u64 *)((u8 *)&sum + xnb_names[i].offset);
	*data++ = atomic_long_read(&be->maps);
	*data++ = atomic_long_read(&be->unmaps);
	*data++ = atomic_long_read(&be->copies);
	*data++ = atomic_long_read(&be->hypercalls);
}

const struct ethtool_ops xnb_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = xnb_sset_count,
	.get_strings = xnb_strings,
	.get_ethtool_stats = xnb_ethtool_stats,
};
