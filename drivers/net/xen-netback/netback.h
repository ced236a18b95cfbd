/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel half of netback: who owns what between its files.
 *
 * A vif is the network device and lives from probe to release. An xnb_queue
 * is one connected queue; it lives as long as the framework's queue, of which
 * it is the private part. Both workers of a queue are NAPI instances: worker 0
 * serves ring 0, from the guest, worker 1 serves ring 1, to the guest. The
 * control ring is an extra queue behind the data queues.
 */
#ifndef XEN_NETBACK_H
#define XEN_NETBACK_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <xen/backend.h>
#include <xen/interface/io/netif.h>
#include "netback_internal.h"

#define XNB_RING_FROM		0
#define XNB_RING_TO		1
#define XNB_WORKER_FROM		0
#define XNB_WORKER_TO		1

#define XNB_TX_SLOT_SIZE	sizeof(struct xnb_slot)
#define XNB_RX_SLOT_SIZE	sizeof(struct xnb_rx_slot)

/* Packets, copies and responses that one batch from the guest collects. */
#define XNB_BATCH_PACKETS	64
#define XNB_BATCH_OPS		288
#define XNB_BATCH_RSPS		384
/* Copies and buffers of one batch to the guest. */
#define XNB_BATCH_TO_OPS	256
#define XNB_BATCH_TO_SLOTS	256
#define XNB_BATCH_TO_PACKETS	64
/* Copies that a packet without a list of fragments takes at most. */
#define XNB_TO_OPS_MAX		(MAX_SKB_FRAGS + 2 * XNB_RX_SLOTS_MAX + 1)
/* How long a batch waits for pages that are paged out. */
#define XNB_PAGED_OUT		(2 * HZ)

/* Bytes that may wait for one queue's guest: half a ring of full buffers. */
#define XNB_TO_GUEST_BYTES	(128 * XNB_FRAME)
/* Frames that a packet's fragments may use. */
#define XNB_FRAMES_MAX		min_t(unsigned int, MAX_SKB_FRAGS, XNB_PLAN_FRAMES)

/* What the stack may leave to a guest that says so. */
#define XNB_OFFLOADS	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_IP_CSUM | \
			 NETIF_F_IPV6_CSUM | NETIF_F_TSO | NETIF_F_TSO6)

struct xnb_vif;

/**
 * struct xnb_stats - counters of one queue, all u64; ethtool.c names them
 * @from_packets:   packets handed to the stack
 * @from_bytes:     their bytes
 * @from_rejected:  packets answered with an error or dropped for their headers
 * @to_packets:     packets placed in the guest's buffers
 * @to_bytes:       their bytes
 * @to_expired:     packets that waited too long
 * @to_failed:      copies and packets that could not be delivered
 * @rx_gso_checksum_fixup: segmented packets whose sum we had to prepare
 * @from_copied:    packets that were copied
 * @from_static:    pieces of them that came from kept mappings
 * @from_copy_ops:  grant copies
 * @from_batches:   hypercalls that did them
 * @to_copy_ops:    grant copies
 * @to_static:      pieces that went into kept mappings
 * @to_batches:     hypercalls that did the copies
 * @to_stalls:      times that the guest gave no buffers for too long
 *
 * Each has one writer: the worker of its direction.
 */
struct xnb_stats {
	u64 from_packets, from_bytes, from_rejected;
	u64 to_packets, to_bytes, to_expired, to_failed;
	u64 rx_gso_checksum_fixup;
	u64 from_copied, from_static;
	u64 from_copy_ops, from_batches;
	u64 to_copy_ops, to_static, to_batches, to_stalls;
};

/* One answer owed on the transmit ring. */
struct xnb_rsp {
	u16 id;
	s16 status;
};

/**
 * struct xnb_staged - a packet whose data is still being fetched
 * @skb:       the packet
 * @first_op:  its first copy in the batch
 * @nr_ops:    its copies
 * @first_rsp: its first answer in the batch
 * @nr_rsp:    its answers
 * @failed:    something already failed
 * @flags:     XNB_TXF_CSUM_BLANK, XNB_TXF_VALIDATED
 */
struct xnb_staged {
	struct sk_buff *skb;
	u16 first_op;
	u16 nr_ops;
	u16 first_rsp;
	u8 nr_rsp;
	u8 flags;
	bool failed;
};

/* Where a destination frame lies: @page may be a tail page. */
struct xnb_frame {
	struct page *page;
};

/**
 * struct xnb_frames - page memory handed out frame by frame
 * @page: next frame; one reference to it and each frame behind is ours
 * @left: frames left
 */
struct xnb_frames {
	struct page *page;
	unsigned int left;
};

/**
 * struct xnb_from_batch - what a turn from the guest works with
 * @pkt:      packet being parsed
 * @plan:     its layout
 * @frame:    frames of the layout
 * @nr_op:    copies in the batch
 * @nr_rsp:   answers in the batch
 * @nr_pkt:   packets in the batch
 * @op:       the copies
 * @rsp:      the answers
 * @staged:   the packets
 */
struct xnb_from_batch {
	struct xnb_packet pkt;
	struct xnb_copy_plan plan;
	struct xnb_frame frame[XNB_PLAN_FRAMES];
	unsigned int nr_op;
	unsigned int nr_rsp;
	unsigned int nr_pkt;
	struct gnttab_copy op[XNB_BATCH_OPS];
	struct xnb_rsp rsp[XNB_BATCH_RSPS];
	struct xnb_staged staged[XNB_BATCH_PACKETS];
};

/**
 * struct xnb_from - the way from the guest; owned by its worker
 * @held:     @first was taken from the ring but waits for credit
 * @first:    that slot
 * @frames:   page memory for frames to come
 * @batch:    during a turn, else NULL
 */
struct xnb_from {
	bool held;
	struct xnb_slot first __aligned(8);
	struct xnb_frames frames;
	struct xnb_from_batch *batch;
};

/**
 * struct xnb_to_batch - what a turn to the guest works with
 * @nr_op:     copies in the batch
 * @nr_slot:   ring positions in the batch
 * @nr_skb:    packets in the batch
 * @copy:      copies of the piece being placed
 * @op:        the copies
 * @op_slot:   ring position of each copy
 * @slot:      the responses
 * @slot_failed: a copy into the slot's buffer failed; all false in a batch
 *             without slots
 * @req:       buffers of the packet being placed
 * @skb:       the packets
 */
struct xnb_to_batch {
	unsigned int nr_op;
	unsigned int nr_slot;
	unsigned int nr_skb;
	struct xnb_rx_copy copy[16];
	struct gnttab_copy op[XNB_BATCH_TO_OPS];
	u16 op_slot[XNB_BATCH_TO_OPS];
	struct xnb_rx_slot slot[XNB_BATCH_TO_SLOTS] __aligned(8);
	bool slot_failed[XNB_BATCH_TO_SLOTS];
	struct xnb_rx_req req[XNB_RX_SLOTS_MAX + XNB_RX_EXTRAS_MAX] __aligned(8);
	struct sk_buff *skb[XNB_BATCH_TO_PACKETS];
};

/**
 * struct xnb_to - the way to the guest; owned by its worker but for @queue
 * @queue:     packets that arrived, with their own lock, which also guards the
 *             next three
 * @bytes:     bytes in @queue and @todo, and @gone
 * @stopped:   the stack's queue is stopped until @bytes falls
 * @closed:    nothing may be queued any more
 * @todo:      packets that the worker took from @queue, older than all there
 * @gone:      bytes that left @todo since @bytes was last corrected
 * @waiting:   the batch waits for pages that are paged out
 * @wait_end:  jiffies at which it has waited long enough
 * @short_since: jiffies since when the head packet lacks buffers
 * @lacking:   it does
 * @stalled:   the guest gave no buffers for too long
 * @stall_need: buffers that end the stall
 * @batch:     during a turn and while @waiting, else NULL
 */
struct xnb_to {
	struct sk_buff_head queue;
	unsigned int bytes;
	bool stopped;
	bool closed;
	struct sk_buff_head todo;
	unsigned int gone;
	bool waiting;
	unsigned long wait_end;
	unsigned long short_since;
	bool lacking;
	bool stalled;
	unsigned int stall_need;
	struct xnb_to_batch *batch;
};

/**
 * struct xnb_static - a grant that the guest had us map for as long as it likes
 * @map:      the mapping
 * @readonly: we may not write
 */
struct xnb_static {
	struct xen_gmap map;
	bool readonly;
};

/**
 * struct xnb_queue - one connected data queue
 * @q:        the framework's queue
 * @vif:      the device
 * @from:     way from the guest
 * @to:       way to the guest
 * @statics:  struct xnb_static by grant reference
 * @nr_static: entries of @statics, guarded by the control worker
 * @stats:    counters
 */
struct xnb_queue {
	struct xen_queue *q;
	struct xnb_vif *vif;
	struct xnb_from *from;
	struct xnb_to *to;
	struct xarray statics;
	unsigned int nr_static;
	struct xnb_stats stats;
};

/**
 * struct xnb_watch - a xenstore watch of a vif
 * @watch: the watch; registered while its node is not NULL
 * @vif:   the device
 * @fn:    what to do; runs in the watch thread
 */
struct xnb_watch {
	struct xenbus_watch watch;
	struct xnb_vif *vif;
	void (*fn)(struct xnb_vif *vif);
};

/**
 * struct xnb_vif - a virtual interface
 * @be:          the backend device
 * @dev:         the network device; this structure is its private part
 * @script:      hotplug script, for uevents
 * @gso_mask:    bits of XNB_GSO_* that the guest takes
 * @takes:       those of XNB_OFFLOADS that the stack may leave to it
 * @mcast_control: it wants its multicast list applied
 * @headroom:    bytes of headroom that it asked for
 * @drain:       jiffies that a packet may wait for buffers
 * @stall:       jiffies without buffers until the carrier goes, 0: never
 * @poll:        jiffies between looks for buffers, 0: the guest notifies
 * @lock:        guards @stalled_queues and the carrier
 * @stalled_queues: queues in stall
 * @live:        connected
 * @hash:        hash configuration in force, the control queue's; NULL until
 *               the guest sets one
 * @mcast:       multicast addresses; read without a lock
 * @mcast_lock:  serialises writers of @mcast
 * @credit_lock: guards @credit
 * @credit:      rate limit of the whole device
 * @limited:     there is a limit
 * @tx_dropped:  packets that never reached a queue
 * @past:        counters of queues that are gone
 * @past_lock:   guards @past
 * @rate_watch:  on our "rate" node
 * @mcast_watch: on the guest's "request-multicast-control" node
 */
struct xnb_vif {
	struct xen_backend *be;
	struct net_device *dev;
	char *script;

	u8 gso_mask;
	netdev_features_t takes;
	bool mcast_control;
	u16 headroom;
	unsigned long drain;
	unsigned long stall;
	unsigned long poll;

	spinlock_t lock;	/* stalls and the carrier */
	unsigned int stalled_queues;
	bool live;

	struct xnb_hash __rcu *hash;
	struct xnb_mcast mcast;
	spinlock_t mcast_lock;	/* writers of mcast */

	spinlock_t credit_lock;	/* credit */
	struct xnb_credit credit;
	bool limited;

	atomic64_t tx_dropped;
	spinlock_t past_lock;	/* past */
	struct xnb_stats past;

	struct xnb_watch rate_watch;
	struct xnb_watch mcast_watch;
};

/**
 * struct xnb_skb_cb - our notes in a packet on its way to the guest
 * @expires:    jiffies at which it is dropped
 * @hash:       hash for the guest
 * @hash_type:  its type or XNB_HASH_NO_TYPE
 */
struct xnb_skb_cb {
	unsigned long expires;
	u32 hash;
	u8 hash_type;
};

static inline struct xnb_skb_cb *xnb_skb_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct xnb_skb_cb) > sizeof(skb->cb));
	return (struct xnb_skb_cb *)skb->cb;
}

/* main.c: module parameters */
extern bool xnb_split_channels;
extern bool xnb_offer_headroom;
extern unsigned int xnb_drain_ms;
extern unsigned int xnb_stall_ms;
extern unsigned int xnb_max_queues;
extern unsigned int xnb_fatal_slots;
extern unsigned int xnb_copybreak;
extern unsigned int xnb_static_max;
extern unsigned int xnb_frame_order;

/* features.c */
extern struct xen_backend_driver xnb_driver;

/* netdev.c */
struct xnb_vif *xnb_vif_create(struct xen_backend *be, unsigned int handle);
void xnb_vif_destroy(struct xnb_vif *vif);
void xnb_vif_free(struct xnb_vif *vif);
void xnb_vif_up(struct xnb_vif *vif);
void xnb_vif_down(struct xnb_vif *vif);

/* ethtool.c */
extern const struct ethtool_ops xnb_ethtool_ops;
void xnb_stats_add(struct xnb_stats *sum, const struct xnb_stats *s);
void xnb_vif_stats(struct xnb_vif *vif, struct xnb_stats *sum);

/* batch.c */
int xnb_batch_prepare(void);
void *xnb_batch_get(struct xnb_queue *xq, unsigned int which);
void xnb_batch_put(unsigned int which, void *batch);
void xnb_batch_exit(void);

/* from_guest.c */
int xnb_from_init(struct xnb_queue *xq);
void xnb_from_release(struct xnb_queue *xq);
int xnb_from_work(struct xen_worker *w, struct xen_budget *b);

/* from_guest_skb.c */
struct sk_buff *xnb_skb_build(struct xnb_queue *xq, struct napi_struct *napi);
bool xnb_skb_finish(struct xnb_queue *xq, struct xnb_staged *st);
void xnb_frames_drop(struct xnb_frames *f);

/* from_guest_grants.c */
bool xnb_stage(struct xnb_queue *xq, struct xnb_staged *st,
	       struct napi_struct *napi);
void xnb_fetch(struct xnb_queue *xq);

/* to_guest.c */
int xnb_to_init(struct xnb_queue *xq);
void xnb_to_close(struct xnb_queue *xq);
void xnb_to_release(struct xnb_queue *xq);
bool xnb_to_enqueue(struct xnb_queue *xq, struct sk_buff *skb);
void xnb_to_purge(struct xnb_queue *xq);
int xnb_to_work(struct xen_worker *w, struct xen_budget *b);

/* to_guest_stall.c */
void xnb_to_satisfied(struct xnb_queue *xq);
void xnb_to_lacks(struct xnb_queue *xq, unsigned int need,
		  unsigned long expires);
void xnb_to_unstall(struct xnb_queue *xq);

/* ctrl_ring.c */
int xnb_ctrl_alloc(struct xen_queue *q);
int xnb_ctrl_init(struct xen_queue *q, const char *dir);
int xnb_ctrl_work(struct xen_worker *w, struct xen_budget *b);
void xnb_ctrl_release(struct xen_queue *q);

/* static_grants.c */
struct page *xnb_static_find(struct xnb_queue *xq, u32 gref, bool write);
int xnb_static_add(struct xnb_queue *xq, const struct xnb_gref *list, u32 n);
u32 xnb_static_del(struct xnb_queue *xq, struct xnb_gref *list, u32 n);
void xnb_static_release(struct xnb_queue *xq);

#endif /* XEN_NETBACK_H */
