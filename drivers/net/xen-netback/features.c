// SPDX-License-Identifier: GPL-2.0
/*
 * What we offer, what the guest asks for, and how a device comes and goes:
 * the table that the framework drives.
 */
#include <linux/kobject.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "netback.h"

/*
 * A guest that does not tell of its buffers: how long its packets wait, and how often we look.
 */
#define DEAF_DRAIN_MS	30
#define DEAF_POLL_MS	5

static int offer_split(struct xen_backend *be, u64 *val)
{
	*val = xnb_split_channels;
	return 0;
}

/* The parameter may have grown since the network device was made. */
static unsigned int queue_limit(const struct xnb_vif *vif)
{
	return min(READ_ONCE(xnb_max_queues), vif->dev->num_tx_queues);
}

static int offer_queues(struct xen_backend *be, u64 *val)
{
	*val = queue_limit(be->priv);
	return 0;
}

static int offer_headroom(struct xen_backend *be, u64 *val)
{
	*val = xnb_offer_headroom;
	return 0;
}

static const struct xen_offer xnb_offers[] = {
	{ .node = "feature-sg", .fixed = 1 },
	{ .node = "feature-gso-tcpv4", .fixed = 1 },
	{ .node = "feature-gso-tcpv6", .fixed = 1 },
	{ .node = "feature-ipv6-csum-offload", .fixed = 1 },
	{ .node = "feature-rx-copy", .fixed = 1 },
	{ .node = "feature-rx-flip", .fixed = 0 },
	{ .node = "feature-xdp-headroom", .value = offer_headroom },
	{ .node = "feature-multicast-control", .fixed = 1 },
	{ .node = "feature-dynamic-multicast-control", .fixed = 1 },
	{ .node = "feature-split-event-channels", .value = offer_split },
	{ .node = "multi-queue-max-queues", .value = offer_queues },
	{ .node = "feature-ctrl-ring", .fixed = 1 },
	{}
};

struct wants {
	u32 queues, rx_copy, rx_notify, sg, gso4, gso6, no_csum, csum6;
	u32 mcast, headroom;
};

#define WANT(n, field, k, d, hi)					\
	{ .node = (n), .offset = offsetof(struct wants, field),		\
	  .kind = (k), .def = (d), .min = 0, .max = (hi) }

static const struct xen_want xnb_wants[] = {
	{ .node = "multi-queue-num-queues", .kind = XEN_WANT_REFUSE, .def = 1,
	  .offset = offsetof(struct wants, queues), .min = 1,
	  .limit = &xnb_max_queues },
	WANT("request-rx-copy", rx_copy, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-rx-notify", rx_notify, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-sg", sg, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-gso-tcpv4", gso4, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-gso-tcpv6", gso6, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-no-csum-offload", no_csum, XEN_WANT_CLAMP, 0, 1),
	WANT("feature-ipv6-csum-offload", csum6, XEN_WANT_CLAMP, 0, 1),
	WANT("request-multicast-control", mcast, XEN_WANT_CLAMP, 0, 1),
	WANT("xdp-headroom", headroom, XEN_WANT_CLAMP, 0, XNB_HEADROOM_MAX),
	{}
};

static void read_headroom(struct xnb_vif *vif)
{
	u32 v = xenbus_read_unsigned(vif->be->dev->otherend, "xdp-headroom", 0);

	WRITE_ONCE(vif->headroom, min(v, XNB_HEADROOM_MAX));
}

static void read_mcast(struct xnb_vif *vif)
{
	WRITE_ONCE(vif->mcast_control,
		   !!xenbus_read_unsigned(vif->be->dev->otherend,
					  "request-multicast-control", 0));
}

/* The limit in force until somebody writes a readable one is none. */
static void read_rate(struct xnb_vif *vif)
{
	u64 bytes = U64_MAX, usec = 0;
	char *s;

	s = xenbus_read(XBT_NIL, vif->be->dev->nodename, "rate", NULL);
	if (!IS_ERR(s)) {
		if (xnb_credit_parse(s, &bytes, &usec))
			netdev_warn_once(vif->dev,
					 "rate \"%s\" is not \"bytes,usec\": no limit\n",
					 s);
		kfree(s);
	}

	spin_lock_bh(&vif->credit_lock);
	xnb_credit_set(&vif->credit, bytes, usec * NSEC_PER_USEC,
		       ktime_get_ns());
	WRITE_ONCE(vif->limited, usec && bytes != U64_MAX);
	spin_unlock_bh(&vif->credit_lock);
}

static void watch_fired(struct xenbus_watch *watch, const char *path,
			const char *token)
{
	struct xnb_watch *w = container_of(watch, struct xnb_watch, watch);

	w->fn(w->vif);
}

/* The value is read when the event is served, so one pending event is all. */
static bool watch_idle(struct xenbus_watch *watch, const char *path,
		       const char *token)
{
	return watch->nr_pending == 0;
}

static int watch_add(struct xnb_vif *vif, struct xnb_watch *w,
		     void (*fn)(struct xnb_vif *vif), const char *dir,
		     const char *node)
{
	int err;

	w->vif = vif;
	w->fn = fn;
	w->watch.node = kasprintf(GFP_KERNEL, "%s/%s", dir, node);
	if (!w->watch.node)
		return -ENOMEM;
	w->watch.will_handle = watch_idle;
	w->watch.callback = watch_fired;
	err = register_xenbus_watch(&w->watch);
	if (err) {
		kfree(w->watch.node);
		w->watch.node = NULL;
	}
	return err;
}

static void watch_del(struct xnb_watch *w)
{
	if (!w->watch.node)
		return;
	unregister_xenbus_watch(&w->watch);
	kfree(w->watch.node);
	w->watch.node = NULL;
}

static void drop_watches(struct xnb_vif *vif)
{
	watch_del(&vif->rate_watch);
	watch_del(&vif->mcast_watch);
}

static int add_watches(struct xnb_vif *vif)
{
	struct xenbus_device *dev = vif->be->dev;
	int err;

	err = watch_add(vif, &vif->rate_watch, read_rate, dev->nodename, "rate");
	if (!err)
		err = watch_add(vif, &vif->mcast_watch, read_mcast,
				dev->otherend, "request-multicast-control");
	if (err)
		drop_watches(vif);
	return err;
}

static int xnb_probe(struct xen_backend *be)
{
	struct xenbus_device *dev = be->dev;
	struct xnb_vif *vif;
	unsigned int handle;
	char *script;
	int err;

	if (xenbus_scanf(XBT_NIL, dev->nodename, "handle", "%u", &handle) != 1)
		return -EINVAL;
	script = xenbus_read(XBT_NIL, dev->nodename, "script", NULL);
	if (IS_ERR(script))
		return PTR_ERR(script);

	vif = xnb_vif_create(be, handle);
	if (IS_ERR(vif)) {
		kfree(script);
		return PTR_ERR(vif);
	}
	vif->script = script;
	read_rate(vif);
	err = add_watches(vif);
	if (err) {
		xnb_vif_destroy(vif);
		xnb_vif_free(vif);
		return err;
	}
	be->priv = vif;
	dev_set_drvdata(&dev->dev, be);
	kobject_uevent(&dev->dev.kobj, KOBJ_ONLINE);
	return 0;
}

static void xnb_remove(struct xen_backend *be)
{
	struct xnb_vif *vif = be->priv;

	drop_watches(vif);
	xenbus_rm(XBT_NIL, be->dev->nodename, "hotplug-status");
	kobject_uevent(&be->dev->dev.kobj, KOBJ_OFFLINE);
	xnb_vif_destroy(vif);
}

static void xnb_release(struct xen_backend *be)
{
	if (be->priv)
		xnb_vif_free(be->priv);
	be->priv = NULL;
}

static int xnb_gate(struct xen_backend *be, const char *value)
{
	if (!strcmp(value, "connected"))
		return 1;
	return strcmp(value, "error") ? 0 : -EIO;
}

/* What the stack may leave to this guest. */
static netdev_features_t offloads(const struct wants *w)
{
	netdev_features_t f = 0;

	f |= w->sg ? NETIF_F_SG | NETIF_F_FRAGLIST : 0;
	f |= w->gso4 ? NETIF_F_TSO : 0;
	f |= w->gso6 ? NETIF_F_TSO6 : 0;
	f |= w->no_csum ? 0 : NETIF_F_IP_CSUM;
	f |= w->csum6 ? NETIF_F_IPV6_CSUM : 0;
	return f;
}

static int xnb_configure(struct xen_backend *be)
{
	struct xnb_vif *vif = be->priv;
	struct wants w;
	int err;

	err = xen_want_read(be, be->dev->otherend, xnb_wants, &w);
	if (err)
		return err;
	if (w.queues > queue_limit(vif))
		return -ERANGE;
	/* Page flipping is long gone; a guest that insists is told so. */
	if (!w.rx_copy)
		return -EOPNOTSUPP;

	/* A new frontend starts with no addresses; the old one's queues are gone. */
	spin_lock_bh(&vif->mcast_lock);
	xnb_mcast_clear(&vif->mcast);
	spin_unlock_bh(&vif->mcast_lock);

	vif->takes = offloads(&w);
	vif->gso_mask = w.gso4 << XNB_GSO_TCPV4 | w.gso6 << XNB_GSO_TCPV6;
	WRITE_ONCE(vif->mcast_control, w.mcast);
	WRITE_ONCE(vif->headroom, w.headroom);

	/* Without a promise to notify we look for buffers ourselves. */
	vif->drain = msecs_to_jiffies(w.rx_notify ? xnb_drain_ms : DEAF_DRAIN_MS);
	vif->stall = w.rx_notify ? msecs_to_jiffies(xnb_stall_ms) : 0;
	vif->poll = w.rx_notify ? 0 : msecs_to_jiffies(DEAF_POLL_MS);

	be->nr_queues = w.queues;
	be->nr_extra = xenbus_exists(XBT_NIL, be->dev->otherend,
				     "ctrl-ring-ref") ? 1 : 0;
	return 0;
}

static int bind_channels(struct xen_queue *q, const char *dir)
{
	int err;

	if (!xenbus_exists(XBT_NIL, dir, "event-channel-tx"))
		return xen_queue_bind_channel(q, 0, dir, "event-channel",
					      BIT(XNB_WORKER_FROM) |
					      BIT(XNB_WORKER_TO));
	err = xen_queue_bind_channel(q, 0, dir, "event-channel-tx",
				     BIT(XNB_WORKER_FROM));
	if (err)
		return err;
	return xen_queue_bind_channel(q, 1, dir, "event-channel-rx",
				      BIT(XNB_WORKER_TO));
}

static int data_queue_init(struct xen_queue *q, const char *dir)
{
	struct xnb_vif *vif = q->be->priv;
	struct xnb_queue *xq = q->priv;
	int err;

	xq->q = q;
	xq->vif = vif;
	xa_init(&xq->statics);

	err = xnb_batch_prepare();
	if (!err)
		err = xnb_from_init(xq);
	if (!err)
		err = xnb_to_init(xq);
	if (!err)
		err = xen_queue_map_ring(q, XNB_RING_FROM, dir, "tx-ring-ref",
					 0, false, XNB_TX_SLOT_SIZE);
	if (!err)
		err = xen_queue_map_ring(q, XNB_RING_TO, dir, "rx-ring-ref",
					 0, false, XNB_RX_SLOT_SIZE);
	if (!err)
		err = xen_queue_napi(q, XNB_WORKER_FROM, xnb_from_work,
				     vif->dev);
	if (!err)
		err = xen_queue_napi(q, XNB_WORKER_TO, xnb_to_work, vif->dev);
	if (!err)
		err = bind_channels(q, dir);
	if (err) {
		xnb_to_release(xq);
		xnb_from_release(xq);
	}
	return err;
}

static bool is_ctrl(const struct xen_queue *q)
{
	return q->index >= q->be->nr_queues;
}

static int xnb_queue_init(struct xen_queue *q, const char *dir)
{
	return is_ctrl(q) ? xnb_ctrl_init(q, dir) : data_queue_init(q, dir);
}

static void xnb_queue_stop(struct xen_queue *q)
{
	struct xnb_queue *xq = q->priv;

	if (xq->q)
		xnb_to_close(xq);
}

static void xnb_queue_release(struct xen_queue *q)
{
	struct xnb_queue *xq = q->priv;
	struct xnb_vif *vif = q->be->priv;

	/* Only data queues have filled this in. */
	if (!xq->q) {
		xnb_ctrl_release(q);
		return;
	}
	spin_lock_bh(&vif->past_lock);
	xnb_stats_add(&vif->past, &xq->stats);
	spin_unlock_bh(&vif->past_lock);
	xnb_static_release(xq);
	xnb_to_release(xq);
	xnb_from_release(xq);
}

static void xnb_connected(struct xen_backend *be)
{
	xnb_vif_up(be->priv);
}

static void xnb_disconnecting(struct xen_backend *be)
{
	xnb_vif_down(be->priv);
}

/* A running frontend changes its headroom through Reconfiguring. */
static void xnb_peer_changed(struct xen_backend *be, enum xenbus_state state)
{
	if (state != XenbusStateReconfiguring || be->life != XEN_LIFE_LIVE)
		return;
	read_headroom(be->priv);
	xenbus_switch_state(be->dev, XenbusStateReconfigured);
}

static void xnb_show(struct xen_queue *q, struct seq_file *m)
{
	struct xnb_queue *xq = q->priv;

	if (!xq->q)
		return;
	seq_printf(m, "to guest: %u packets, %u bytes wait%s%s\n",
		   skb_queue_len(&xq->to->queue), READ_ONCE(xq->to->bytes),
		   READ_ONCE(xq->to->stopped) ? ", stack stopped" : "",
		   READ_ONCE(xq->to->stalled) ? ", stalled" : "");
	seq_printf(m, "static grants: %u\n", READ_ONCE(xq->nr_static));
}

static int xnb_uevent(struct xen_backend *be, struct kobj_uevent_env *env)
{
	const struct xnb_vif *vif = be->priv;
	int err = 0;

	if (vif)
		err = add_uevent_var(env, "script=%s", vif->script);
	if (vif && !err)
		err = add_uevent_var(env, "vif=%s", vif->dev->name);
	return err;
}

static const struct xen_backend_ops xnb_ops = {
	/* the device */
	.probe = xnb_probe,
	.uevent = xnb_uevent,
	.gate = xnb_gate,
	.remove = xnb_remove,
	.release = xnb_release,
	/* a connection */
	.configure = xnb_configure,
	.connected = xnb_connected,
	.peer_changed = xnb_peer_changed,
	.disconnecting = xnb_disconnecting,
	/* a queue of it */
	.queue_init = xnb_queue_init,
	.show = xnb_show,
	.queue_stop = xnb_queue_stop,
	.queue_release = xnb_queue_release,
};

struct xen_backend_driver xnb_driver = {
	.type = "vif",
	.gate_node = "hotplug-status",
	.connect_on = BIT(XenbusStateConnected),
	.queue_size = sizeof(struct xnb_queue),
	.early = xnb_offers,
	.ops = &xnb_ops,
};
