// SPDX-License-Identifier: GPL-2.0
/* Module parameters, registration, and the proof that our ABI is the ABI. */
#include <linux/module.h>
#include <xen/xen.h>
#include "netback.h"

#define SAME(ours, theirs) static_assert((ours) == (theirs))
#define FITS(small, large) static_assert((small) <= (large))
#define SAME_FIELD(a, fa, b, fb)					\
	static_assert(offsetof(struct a, fa) == offsetof(struct b, fb))

SAME(sizeof(struct xnb_slot), sizeof(struct xen_netif_tx_request));
SAME_FIELD(xnb_slot, gref, xen_netif_tx_request, gref);
SAME_FIELD(xnb_slot, offset, xen_netif_tx_request, offset);
SAME_FIELD(xnb_slot, flags, xen_netif_tx_request, flags);
SAME_FIELD(xnb_slot, id, xen_netif_tx_request, id);
SAME_FIELD(xnb_slot, size, xen_netif_tx_request, size);
SAME(sizeof(struct xnb_extra), sizeof(struct xen_netif_extra_info));
SAME_FIELD(xnb_extra, u.gso.size, xen_netif_extra_info, u.gso.size);
SAME_FIELD(xnb_extra, u.gso.type, xen_netif_extra_info, u.gso.type);
SAME_FIELD(xnb_extra, u.hash.type, xen_netif_extra_info, u.hash.type);
SAME_FIELD(xnb_extra, u.hash.value, xen_netif_extra_info, u.hash.value);
SAME_FIELD(xnb_extra, u.mac, xen_netif_extra_info, u.mcast.addr);
SAME_FIELD(xnb_extra, u.xdp.headroom, xen_netif_extra_info, u.xdp.headroom);
SAME(sizeof(struct xnb_rsp), sizeof(struct xen_netif_tx_response));
SAME_FIELD(xnb_rsp, status, xen_netif_tx_response, status);
SAME(sizeof(struct xnb_rx_slot), sizeof(struct xen_netif_rx_response));
SAME(sizeof(struct xnb_rx_req), sizeof(struct xen_netif_rx_request));
SAME_FIELD(xnb_rx_req, id, xen_netif_rx_request, id);
SAME_FIELD(xnb_rx_req, gref, xen_netif_rx_request, gref);
SAME_FIELD(xnb_rx_slot, id, xen_netif_rx_response, id);
SAME_FIELD(xnb_rx_slot, offset, xen_netif_rx_response, offset);
SAME_FIELD(xnb_rx_slot, flags, xen_netif_rx_response, flags);
SAME_FIELD(xnb_rx_slot, status, xen_netif_rx_response, status);
SAME(sizeof(struct xnb_ctrl_req), sizeof(struct xen_netif_ctrl_request));
SAME(sizeof(struct xnb_ctrl_rsp), sizeof(struct xen_netif_ctrl_response));
SAME_FIELD(xnb_ctrl_rsp, status, xen_netif_ctrl_response, status);
SAME_FIELD(xnb_ctrl_rsp, data, xen_netif_ctrl_response, data);

SAME(XNB_TXF_CSUM_BLANK, XEN_NETTXF_csum_blank);
SAME(XNB_TXF_VALIDATED, XEN_NETTXF_data_validated);
SAME(XNB_TXF_MORE, XEN_NETTXF_more_data);
SAME(XNB_TXF_EXTRA, XEN_NETTXF_extra_info);
SAME(XNB_RXF_CSUM_BLANK, XEN_NETRXF_csum_blank);
SAME(XNB_RXF_VALIDATED, XEN_NETRXF_data_validated);
SAME(XNB_RXF_MORE, XEN_NETRXF_more_data);
SAME(XNB_RXF_EXTRA, XEN_NETRXF_extra_info);
SAME(XNB_EXTRA_GSO, XEN_NETIF_EXTRA_TYPE_GSO);
SAME(XNB_EXTRA_MCAST_ADD, XEN_NETIF_EXTRA_TYPE_MCAST_ADD);
SAME(XNB_EXTRA_MCAST_DEL, XEN_NETIF_EXTRA_TYPE_MCAST_DEL);
SAME(XNB_EXTRA_HASH, XEN_NETIF_EXTRA_TYPE_HASH);
SAME(XNB_EXTRA_XDP, XEN_NETIF_EXTRA_TYPE_XDP);
SAME(XNB_EXTRA_TYPES, XEN_NETIF_EXTRA_TYPE_MAX);
SAME(XNB_EXTRAF_MORE, XEN_NETIF_EXTRA_FLAG_MORE);
SAME(XNB_GSO_TCPV4, XEN_NETIF_GSO_TYPE_TCPV4);
SAME(XNB_GSO_TCPV6, XEN_NETIF_GSO_TYPE_TCPV6);
SAME(XNB_RSP_OKAY, XEN_NETIF_RSP_OKAY);
SAME(XNB_RSP_ERROR, XEN_NETIF_RSP_ERROR);
SAME(XNB_RSP_DROPPED, XEN_NETIF_RSP_DROPPED);
SAME(XNB_RSP_NULL, XEN_NETIF_RSP_NULL);
SAME(XNB_HASH_ALG_TOEPLITZ, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ);
SAME(1 << XNB_HASH_IPV4, XEN_NETIF_CTRL_HASH_TYPE_IPV4);
SAME(1 << XNB_HASH_IPV4_TCP, XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP);
SAME(1 << XNB_HASH_IPV6, XEN_NETIF_CTRL_HASH_TYPE_IPV6);
SAME(1 << XNB_HASH_IPV6_TCP, XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP);
SAME(XNB_CTRL_GET_HASH_FLAGS, XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS);
SAME(XNB_CTRL_SET_HASH_FLAGS, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS);
SAME(XNB_CTRL_SET_HASH_KEY, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY);
SAME(XNB_CTRL_GET_HASH_MAP_SIZE, XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE);
SAME(XNB_CTRL_SET_HASH_MAP_SIZE, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE);
SAME(XNB_CTRL_SET_HASH_MAP, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING);
SAME(XNB_CTRL_SET_HASH_ALG, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM);
SAME(XNB_CTRL_OK, XEN_NETIF_CTRL_STATUS_SUCCESS);
SAME(XNB_CTRL_NOT_SUPPORTED, XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED);
SAME(XNB_CTRL_INVALID, XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
SAME(XNB_CTRL_OVERFLOW, XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW);
SAME(XNB_FRAME, XEN_PAGE_SIZE);
SAME(XNB_ETH_HLEN, ETH_HLEN);
/* The parser's longest packet fits what the stack can carry. */
FITS(16, MAX_SKB_FRAGS);
FITS(XNB_PLAN_OPS, XNB_BATCH_OPS);
FITS(XNB_CHAIN_MAX + 1 + XNB_EXTRAS_MAX, XNB_BATCH_RSPS);

bool xnb_split_channels = true;
module_param_named(separate_tx_rx_irq, xnb_split_channels, bool, 0644);
MODULE_PARM_DESC(separate_tx_rx_irq,
		 "Offer an event channel per direction to new devices");

bool xnb_offer_headroom = true;
module_param_named(provides_xdp_headroom, xnb_offer_headroom, bool, 0644);
MODULE_PARM_DESC(provides_xdp_headroom,
		 "Offer headroom in receive buffers to new devices");

unsigned int xnb_drain_ms = 10000;
module_param_named(rx_drain_timeout_msecs, xnb_drain_ms, uint, 0444);
MODULE_PARM_DESC(rx_drain_timeout_msecs,
		 "How long a packet may wait for a guest's buffers");

unsigned int xnb_stall_ms = 60000;
module_param_named(rx_stall_timeout_msecs, xnb_stall_ms, uint, 0444);
MODULE_PARM_DESC(rx_stall_timeout_msecs,
		 "How long a guest may give no buffers before its carrier goes");

unsigned int xnb_max_queues;
module_param_named(max_queues, xnb_max_queues, uint, 0644);
MODULE_PARM_DESC(max_queues,
		 "Most queues per device (default: CPUs, at most 8)");

unsigned int xnb_fatal_slots = 20;
module_param_named(fatal_skb_slots, xnb_fatal_slots, uint, 0444);
MODULE_PARM_DESC(fatal_skb_slots,
		 "Slots in one packet beyond which a guest is cut off (18-64)");

unsigned int xnb_copybreak = 1600;
module_param_named(copybreak, xnb_copybreak, uint, 0644);
MODULE_PARM_DESC(copybreak,
		 "Packets up to this size are copied into one buffer (0-4096)");

unsigned int xnb_static_max = 512;
module_param_named(static_grants, xnb_static_max, uint, 0644);
MODULE_PARM_DESC(static_grants,
		 "Grants per queue that a guest may keep mapped by control messages");

unsigned int xnb_frame_order;
module_param_named(frame_order, xnb_frame_order, uint, 0444);
MODULE_PARM_DESC(frame_order,
		 "Order of pages for copied data (0-3; default 0 in PV domains, else 3)");

static void __init settle_parameters(void)
{
	if (!xnb_max_queues)
		xnb_max_queues = min(num_online_cpus(), 8u);
	if (xnb_fatal_slots < XNB_SLOTS_MAX - 1 ||
	    xnb_fatal_slots > XNB_CHAIN_MAX) {
		xnb_fatal_slots = clamp(xnb_fatal_slots, XNB_SLOTS_MAX - 1u,
					XNB_CHAIN_MAX + 0u);
		pr_info("fatal_skb_slots is out of range, using %u\n",
			xnb_fatal_slots);
	}
	xnb_frame_order = min(xnb_frame_order, 3u);
	/* In a PV domain neighbouring frames are strangers to devices. */
	if (!xnb_frame_order && !xen_pv_domain())
		xnb_frame_order = 3;
}

static int __init xnb_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	settle_parameters();
	return xen_backend_register(&xnb_driver, THIS_MODULE);
}
module_init(xnb_init);

static void __exit xnb_exit(void)
{
	xen_backend_unregister(&xnb_driver);
	xnb_batch_exit();
}
module_exit(xnb_exit);

MODULE_DESCRIPTION("Xen network device backend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vif");
