// SPDX-License-Identifier: GPL-2.0
/* The network device: what the stack sees of a guest. */
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <net/flow_dissector.h>
#include "netback.h"

/* The queues of the connection, or NULL. Context: RCU reader. */
static struct xen_queue_set *live_set(struct xnb_vif *vif)
{
	struct xen_queue_set *set = rcu_dereference(vif->be->set);

	return set && !READ_ONCE(set->dying) ? set : NULL;
}

static bool dissect(struct sk_buff *skb, struct xnb_flow *f)
{
	struct flow_keys keys;

	if (skb->protocol != htons(ETH_P_IP) &&
	    skb->protocol != htons(ETH_P_IPV6))
		return false;
	memset(&keys, 0, sizeof(keys));
	if (!skb_flow_dissect_flow_keys(skb, &keys, 0))
		return false;

	f->is_v6 = skb->protocol == htons(ETH_P_IPV6);
	f->has_tcp = keys.basic.ip_proto == IPPROTO_TCP &&
		     !(keys.control.flags & FLOW_DIS_IS_FRAGMENT);
	if (f->is_v6) {
		memcpy(f->src, &keys.addrs.v6addrs.src, 16);
		memcpy(f->dst, &keys.addrs.v6addrs.dst, 16);
	} else {
		memcpy(f->src, &keys.addrs.v4addrs.src, 4);
		memcpy(f->dst, &keys.addrs.v4addrs.dst, 4);
	}
	memcpy(f->sport, &keys.ports.src, 2);
	memcpy(f->dport, &keys.ports.dst, 2);
	return true;
}

/*
 * The hash that the guest asked for.
 *
 * Return: its type, XNB_HASH_NO_TYPE if this packet has none. *@alg says
 * whether the guest wants hashes at all.
 */
static u8 guest_hash(struct xnb_vif *vif, struct sk_buff *skb, u32 *value,
		     const struct xnb_hash **alg)
{
	const struct xnb_hash *hash = rcu_dereference(vif->hash);
	struct xnb_flow flow;

	*alg = NULL;
	*value = 0;
	if (!hash || hash->alg == XNB_HASH_ALG_NONE)
		return XNB_HASH_NO_TYPE;
	*alg = hash;
	if (!dissect(skb, &flow))
		return XNB_HASH_NO_TYPE;
	return xnb_hash_flow(hash, &flow, value);
}

static u16 xnb_select_queue(struct net_device *dev, struct sk_buff *skb,
			    struct net_device *sb_dev)
{
	struct xnb_vif *vif = netdev_priv(dev);
	unsigned int queues = dev->real_num_tx_queues;
	const struct xnb_hash *alg;
	u16 index;
	u32 value;

	rcu_read_lock();
	guest_hash(vif, skb, &value, &alg);
	if (alg)
		index = xnb_hash_queue(alg, value, queues);
	else
		index = netdev_pick_tx(dev, skb, NULL) % queues;
	rcu_read_unlock();
	return index;
}

static bool mcast_wanted(struct xnb_vif *vif, struct sk_buff *skb)
{
	if (!READ_ONCE(vif->mcast_control) || skb->pkt_type != PACKET_MULTICAST)
		return true;
	return xnb_mcast_match(&vif->mcast, eth_hdr(skb)->h_dest);
}

static netdev_tx_t xnb_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct xnb_vif *vif = netdev_priv(dev);
	const struct xnb_hash *alg;
	struct xnb_skb_cb *cb = xnb_skb_cb(skb);
	struct xen_queue_set *set;

	skb_reset_mac_header(skb);
	rcu_read_lock();
	set = live_set(vif);
	if (!set || !mcast_wanted(vif, skb))
		goto drop;

	cb->expires = jiffies + vif->drain;
	cb->hash_type = guest_hash(vif, skb, &cb->hash, &alg);
	skb_tx_timestamp(skb);

	if (!xnb_to_enqueue(set->queues[skb_get_queue_mapping(skb) % set->nr]->priv,
			    skb))
		goto drop;
	rcu_read_unlock();
	return NETDEV_TX_OK;
drop:
	rcu_read_unlock();
	atomic64_inc(&vif->tx_dropped);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static void xnb_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *st)
{
	struct xnb_vif *vif = netdev_priv(dev);
	struct xnb_stats sum;

	xnb_vif_stats(vif, &sum);
	st->rx_packets = sum.from_packets;
	st->rx_bytes = sum.from_bytes;
	st->rx_errors = sum.from_rejected;
	st->tx_packets = sum.to_packets;
	st->tx_bytes = sum.to_bytes;
	st->tx_errors = sum.to_failed;
	st->tx_dropped = atomic64_read(&vif->tx_dropped) + sum.to_expired;
}

static void kick(struct xen_queue *q, void *unused)
{
	unsigned int i;

	for (i = 0; i < XEN_QUEUE_WORKERS; i++)
		if (q->workers[i].kind != XEN_WORKER_NONE)
			xen_worker_kick(&q->workers[i]);
}

static int xnb_open(struct net_device *dev)
{
	struct xnb_vif *vif = netdev_priv(dev);

	netif_tx_start_all_queues(dev);
	/* What the guest sent while we were down waits in its rings. */
	xen_backend_queues(vif->be, kick, NULL);
	return 0;
}

static int xnb_close(struct net_device *dev)
{
	netif_tx_stop_all_queues(dev);
	return 0;
}

static unsigned int largest_mtu(const struct xnb_vif *vif)
{
	return vif->takes & NETIF_F_SG ? ETH_MAX_MTU - VLAN_ETH_HLEN :
					 ETH_DATA_LEN;
}

static int xnb_change_mtu(struct net_device *dev, int mtu)
{
	if (mtu > largest_mtu(netdev_priv(dev)))
		return -EINVAL;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static netdev_features_t xnb_fix_features(struct net_device *dev,
					  netdev_features_t features)
{
	const struct xnb_vif *vif = netdev_priv(dev);

	return features & (vif->takes | ~XNB_OFFLOADS);
}

static const struct net_device_ops xnb_netdev_ops = {
	.ndo_select_queue = xnb_select_queue,
	.ndo_start_xmit = xnb_start_xmit,
	.ndo_get_stats64 = xnb_get_stats64,
	.ndo_open = xnb_open,
	.ndo_stop = xnb_close,
	.ndo_change_mtu = xnb_change_mtu,
	.ndo_fix_features = xnb_fix_features,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void setup_features(struct net_device *dev)
{
	dev->hw_features = XNB_OFFLOADS;
	/* Segmentation is the guest's, who checks what it is told. */
	dev->features = dev->hw_features | NETIF_F_RXCSUM | NETIF_F_GSO_ROBUST;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU - VLAN_ETH_HLEN;
}

/**
 * xnb_vif_create() - make and register the network device of a backend device
 * @be:     the backend device
 * @handle: number of the interface in its guest
 *
 * Return: the vif, to be undone by xnb_vif_destroy() and xnb_vif_free(), or
 * an error pointer.
 */
struct xnb_vif *xnb_vif_create(struct xen_backend *be, unsigned int handle)
{
	/* The highest address, so that a bridge never adopts it. */
	static const u8 addr[ETH_ALEN] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };
	char name[IFNAMSIZ];
	struct net_device *dev;
	struct xnb_vif *vif;
	int err;

	snprintf(name, sizeof(name), "vif%u.%u", be->domid, handle);
	dev = alloc_netdev_mq(sizeof(*vif), name, NET_NAME_UNKNOWN, ether_setup,
			      clamp(xnb_max_queues, 1u, 256u));
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, &be->dev->dev);
	vif = netdev_priv(dev);
	vif->be = be;
	vif->dev = dev;
	vif->takes = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_IP_CSUM;
	spin_lock_init(&vif->lock);
	spin_lock_init(&vif->mcast_lock);
	spin_lock_init(&vif->credit_lock);
	spin_lock_init(&vif->past_lock);

	dev->netdev_ops = &xnb_netdev_ops;
	dev->ethtool_ops = &xnb_ethtool_ops;
	setup_features(dev);
	eth_hw_addr_set(dev, addr);
	netif_carrier_off(dev);

	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	return vif;
}

/**
 * xnb_vif_destroy() - take the network device from the stack
 * @vif: the vif, not connected
 */
void xnb_vif_destroy(struct xnb_vif *vif)
{
	unregister_netdev(vif->dev);
}

/**
 * xnb_vif_free() - free a destroyed vif
 * @vif: the vif; nobody refers to it any more
 */
void xnb_vif_free(struct xnb_vif *vif)
{
	kfree(vif->script);
	free_netdev(vif->dev);
}

/**
 * xnb_vif_up() - the guest is connected
 * @vif: the vif, configured, its queues published
 */
void xnb_vif_up(struct xnb_vif *vif)
{
	struct net_device *dev = vif->dev;

	rtnl_lock();
	netif_set_real_num_tx_queues(dev, vif->be->nr_queues);
	netif_set_real_num_rx_queues(dev, vif->be->nr_queues);
	if (dev->mtu > largest_mtu(vif))
		dev_set_mtu(dev, ETH_DATA_LEN);
	netdev_update_features(dev);

	spin_lock_bh(&vif->lock);
	vif->live = true;
	if (!vif->stalled_queues)
		netif_carrier_on(dev);
	spin_unlock_bh(&vif->lock);
	netif_tx_wake_all_queues(dev);
	rtnl_unlock();
}

/**
 * xnb_vif_down() - the guest is about to be disconnected
 * @vif: the vif
 */
void xnb_vif_down(struct xnb_vif *vif)
{
	spin_lock_bh(&vif->lock);
	vif->live = false;
	netif_carrier_off(vif->dev);
	spin_unlock_bh(&vif->lock);
}
