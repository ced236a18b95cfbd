/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol half of netback: everything that looks at what a guest wrote
 * and decides, without touching kernel state.
 *
 * The files that include only this header (from_guest_parse.c,
 * from_guest_plan.c, to_guest_plan.c, hash.c, ctrl_msg.c, credit.c, mcast.c)
 * allocate nothing, take no lock and also compile in user space
 * (tools/testing/xen-unit/net). Their inputs are private copies of ring slots.
 * The constants repeat the wire ABI of xen/interface/io/netif.h; main.c
 * asserts at build time that both agree.
 */
#ifndef XEN_NETBACK_INTERNAL_H
#define XEN_NETBACK_INTERNAL_H

#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include "shim.h"
#endif

/* One granted frame; the unit of every offset in a slot. */
#define XNB_FRAME	4096u
/* Shortest thing that can be an Ethernet frame. */
#define XNB_ETH_HLEN	14u

/* ---- guest transmit: slots to packet ---------------------------------- */

#define XNB_TXF_CSUM_BLANK	0x01
#define XNB_TXF_VALIDATED	0x02
#define XNB_TXF_MORE		0x04
#define XNB_TXF_EXTRA		0x08

#define XNB_EXTRA_GSO		1
#define XNB_EXTRA_MCAST_ADD	2
#define XNB_EXTRA_MCAST_DEL	3
#define XNB_EXTRA_HASH		4
#define XNB_EXTRA_XDP		5
#define XNB_EXTRA_TYPES		6
#define XNB_EXTRAF_MORE		0x01

#define XNB_GSO_NONE		0
#define XNB_GSO_TCPV4		1
#define XNB_GSO_TCPV6		2
/* Below this a 64 KiB packet would become an absurd number of segments. */
#define XNB_GSO_SIZE_MIN	8

/* Data slots that a packet may use: the first and 18 more. */
#define XNB_SLOTS_MAX		19
/* Data slots that we follow before we call the guest hostile, at most. */
#define XNB_CHAIN_MAX		64
/* Extra-info slots of one packet. */
#define XNB_EXTRAS_MAX		8

/* Response codes of the wire. */
#define XNB_RSP_DROPPED		(-2)
#define XNB_RSP_ERROR		(-1)
#define XNB_RSP_OKAY		0
#define XNB_RSP_NULL		1

/**
 * struct xnb_slot - private copy of one transmit slot
 * @gref:   grant of the data frame
 * @offset: first byte in the frame
 * @flags:  XNB_TXF_*
 * @id:     echoed in the response
 * @size:   bytes; in the first slot of a packet the bytes of all its slots
 */
struct xnb_slot {
	u32 gref;
	u16 offset;
	u16 flags;
	u16 id;
	u16 size;
};

/**
 * struct xnb_extra - private copy of one extra-info slot, either direction
 * @type:  XNB_EXTRA_*
 * @flags: XNB_EXTRAF_*
 * @u:     by type; six bytes of the wire
 */
struct xnb_extra {
	u8 type;
	u8 flags;
	union {
		struct {
			u16 size;
			u8 type;
			u8 pad;
			u16 features;
		} gso;
		struct {
			u8 type;
			u8 algorithm;
			u8 value[4];
		} hash;
		struct {
			u16 headroom;
			u16 pad[2];
		} xdp;
		u8 mac[6];
	} u;
};

/**
 * enum xnb_verdict - what a packet has turned out to be
 * @XNB_MORE:   the packet needs another slot
 * @XNB_PACKET: a packet to deliver
 * @XNB_MCAST:  a change of the multicast list, no data
 * @XNB_REJECT: answer every slot with an error, go on
 * @XNB_FATAL:  the guest broke the protocol; stop reading this device
 */
enum xnb_verdict {
	XNB_MORE,
	XNB_PACKET,
	XNB_MCAST,
	XNB_REJECT,
	XNB_FATAL,
};

/* Why, for one log line and for the tests. */
enum xnb_reason {
	XNB_WHY_NONE,
	XNB_WHY_STARVED,	/* chain ends where the ring ends */
	XNB_WHY_CHAIN,		/* more slots than the fatal limit */
	XNB_WHY_SLOTS,		/* more slots than a packet may have */
	XNB_WHY_SUM,		/* slots hold more than the packet's size */
	XNB_WHY_PAGE,		/* slot crosses its frame */
	XNB_WHY_SHORT,		/* first slot shorter than a header */
	XNB_WHY_EXTRA_TYPE,
	XNB_WHY_EXTRA_COUNT,
	XNB_WHY_GSO_TYPE,
	XNB_WHY_GSO_SIZE,
	XNB_WHY_MCAST,		/* contradictory multicast request */
	XNB_WHY_NR
};

/**
 * struct xnb_packet - a packet while and after it is parsed
 * @verdict:    last verdict
 * @why:        reason of a reject or fatal verdict
 * @drop:       the packet will be rejected once its chain ends
 * @in_extras:  the next slot is extra info
 * @nr_slots:   entries of @slot in use
 * @nr_ids:     data slots seen, entries of @id in use
 * @nr_extras:  extra slots seen; they follow the first data slot
 * @flags:      checksum flags of the first slot
 * @len:        bytes of the packet
 * @gso_type:   XNB_GSO_*
 * @gso_size:   bytes of payload per segment
 * @hash_type:  wire hash type, valid if @has_hash
 * @has_hash:   the guest handed us a hash
 * @hash:       its value, as the four bytes read in host order
 * @mcast_op:   XNB_EXTRA_MCAST_ADD, _DEL or 0
 * @mcast:      the address of @mcast_op
 * @id:         ids of all data slots, for responses
 * @slot:       data slots; slot[0].size is made that slot's own size
 */
struct xnb_packet {
	u8 verdict;
	u8 why;
	bool drop;
	bool in_extras;
	u8 nr_slots;
	u8 nr_ids;
	u8 nr_extras;
	u8 flags;
	u16 len;
	u8 gso_type;
	u8 hash_type;
	u16 gso_size;
	bool has_hash;
	u8 mcast_op;
	u8 mcast[6];
	u32 hash;
	u16 id[XNB_CHAIN_MAX + 1];
	struct xnb_slot slot[XNB_SLOTS_MAX];
};

void xnb_packet_begin(struct xnb_packet *p);
enum xnb_verdict xnb_packet_feed(struct xnb_packet *p,
				 const struct xnb_slot *raw,
				 unsigned int chain_max);
enum xnb_verdict xnb_packet_starve(struct xnb_packet *p);

/* ---- guest transmit: packet to copies --------------------------------- */

#define XNB_PLAN_HEAD		0xff	/* destination: linear part */
#define XNB_PLAN_OPS		(2 * XNB_SLOTS_MAX + 2)
#define XNB_PLAN_FRAMES		XNB_SLOTS_MAX
/* Linear part that any packet gets, if it is that long. */
#define XNB_HEAD_MIN		128u
/* First slots up to this size go to the linear part whole. */
#define XNB_HEAD_SLOT		256u
/* Largest linear part that the planner accepts. */
#define XNB_HEAD_MAX		XNB_FRAME

/**
 * struct xnb_copy - one grant copy from the guest
 * @gref:    source grant
 * @src_off: first byte in the source frame
 * @dst_off: first byte in the linear part or in the destination frame
 * @len:     bytes; neither side crosses a frame
 * @dst:     destination frame number or XNB_PLAN_HEAD
 * @slot:    data slot that it reads
 */
struct xnb_copy {
	u32 gref;
	u16 src_off;
	u16 dst_off;
	u16 len;
	u8 dst;
	u8 slot;
};

/**
 * struct xnb_run - the filled part of one destination frame
 * @off: first byte
 * @len: bytes
 */
struct xnb_run {
	u16 off;
	u16 len;
};

/**
 * struct xnb_copy_plan - how a packet comes into our memory
 * @head_len:  bytes of the linear part
 * @nr_ops:    entries of @op
 * @nr_frames: destination frames, each with one run in @run
 * @op:        the copies, in packet order
 * @run:       what each frame holds, in packet order
 */
struct xnb_copy_plan {
	u16 head_len;
	u8 nr_ops;
	u8 nr_frames;
	struct xnb_copy op[XNB_PLAN_OPS];
	struct xnb_run run[XNB_PLAN_FRAMES];
};

unsigned int xnb_head_len(const struct xnb_packet *p, unsigned int copybreak);
int xnb_plan_copies(const struct xnb_packet *p, unsigned int head_len,
		    unsigned int head_off, unsigned int max_frames,
		    struct xnb_copy_plan *plan);

/* ---- guest receive: packet to copies and responses --------------------- */

#define XNB_RXF_VALIDATED	0x01
#define XNB_RXF_CSUM_BLANK	0x02
#define XNB_RXF_MORE		0x04
#define XNB_RXF_EXTRA		0x08

/* Headroom that a frontend may ask for in each buffer. */
#define XNB_HEADROOM_MAX	2048u
/* Buffers that one packet may use: 64 KiB behind the largest headroom. */
#define XNB_RX_SLOTS_MAX	36
/* Buffers that every frontend takes for one packet. */
#define XNB_RX_SLOTS_SAFE	18u
/* Extra infos that a packet for the guest may have: XDP, GSO, hash. */
#define XNB_RX_EXTRAS_MAX	3

/**
 * struct xnb_rx_req - private copy of one receive request: a buffer
 * @id:   echoed in the response
 * @pad:  unused
 * @gref: grant of the buffer's frame
 */
struct xnb_rx_req {
	u16 id;
	u16 pad;
	u32 gref;
};

/**
 * struct xnb_rx_slot - private image of one receive response
 * @id:     echoed request id
 * @offset: always 0, the frontends' reading of the ABI
 * @flags:  XNB_RXF_*
 * @status: bytes including headroom, or an error code
 */
struct xnb_rx_slot {
	u16 id;
	u16 offset;
	u16 flags;
	s16 status;
};

/**
 * struct xnb_rx_copy - one copy towards the guest
 * @src_off: first byte, from the origin that the piece's offset has
 * @len:     bytes
 * @slot:    data slot number, 0 is the first
 * @dst_off: first byte in the guest's frame
 */
struct xnb_rx_copy {
	u32 src_off;
	u16 len;
	u16 slot;
	u16 dst_off;
};

/**
 * struct xnb_rx_plan - a packet on its way to the guest
 * @left:      bytes not yet placed
 * @headroom:  bytes left free at the start of each buffer
 * @csum:      XNB_RXF_VALIDATED and XNB_RXF_CSUM_BLANK as they apply
 * @nr_data:   data slots that the packet uses
 * @nr_extras: extra-info slots, placed after the first data slot
 * @cur:       data slot being filled
 * @fill:      next free byte in it
 * @first_end: where data ends in the first data slot at the latest
 * @extra:     the extra infos, in wire order
 * @used:      end of the data in each data slot
 */
struct xnb_rx_plan {
	u32 left;
	u16 headroom;
	u16 csum;
	u16 nr_data;
	u16 nr_extras;
	u16 cur;
	u16 fill;
	u16 first_end;
	struct xnb_extra extra[XNB_RX_EXTRAS_MAX];
	u16 used[XNB_RX_SLOTS_MAX];
};

unsigned int xnb_rx_data_slots(u32 len, unsigned int headroom);
int xnb_rx_begin(struct xnb_rx_plan *plan, u32 len, unsigned int headroom,
		 u16 csum);
void xnb_rx_align(struct xnb_rx_plan *plan, unsigned int bytes);
void xnb_rx_add_gso(struct xnb_rx_plan *plan, u8 type, u16 size);
void xnb_rx_add_hash(struct xnb_rx_plan *plan, u8 type, u8 algorithm,
		     u32 value);
unsigned int xnb_rx_place(struct xnb_rx_plan *plan, u32 off, u32 len,
			  struct xnb_rx_copy op[], unsigned int max);

/**
 * xnb_rx_ring_pos() - ring position of a data slot
 * @plan:      the plan
 * @data_slot: number of the data slot
 *
 * Return: position relative to the packet's first.
 */
static inline unsigned int xnb_rx_ring_pos(const struct xnb_rx_plan *plan,
					   unsigned int data_slot)
{
	return data_slot ? data_slot + plan->nr_extras : 0;
}

void xnb_rx_respond(const struct xnb_rx_plan *plan,
		    const struct xnb_rx_req req[], struct xnb_rx_slot rsp[]);

/* ---- hash of packets towards the guest -------------------------------- */

#define XNB_HASH_ALG_NONE	0
#define XNB_HASH_ALG_TOEPLITZ	1

#define XNB_HASH_IPV4		0
#define XNB_HASH_IPV4_TCP	1
#define XNB_HASH_IPV6		2
#define XNB_HASH_IPV6_TCP	3
#define XNB_HASH_TYPES		0x0f	/* mask of all four */
#define XNB_HASH_NO_TYPE	0xff

#define XNB_HASH_KEY_MAX	40u
#define XNB_HASH_MAP_MAX	128u
#define XNB_HASH_DATA_MAX	36u
#define XNB_HASH_NIBBLES	72u	/* of so much data */

/**
 * struct xnb_hash - hash configuration of one device
 * @alg:      XNB_HASH_ALG_*
 * @flags:    mask of the types to compute, bit XNB_HASH_*
 * @map_size: entries of @map in force; 0 means modulo the queue count
 * @map:      queue of each hash bucket
 * @key:      the key, zero behind what the guest gave
 * @table:    contribution of each nibble of the input, derived from @key
 *
 * A plain value: the owner replaces it as a whole, readers never see a
 * half-changed one.
 */
struct xnb_hash {
	u32 alg;
	u32 flags;
	u32 map_size;
	u32 map[XNB_HASH_MAP_MAX];
	u8 key[XNB_HASH_KEY_MAX];
	u32 table[XNB_HASH_NIBBLES][16];
};

/**
 * struct xnb_flow - addresses and ports of a packet, all big endian
 * @is_v6:   IPv6, else IPv4
 * @has_tcp: unfragmented TCP with both ports
 * @src:     source address, 4 or 16 bytes
 * @dst:     destination address
 * @sport:   source port
 * @dport:   destination port
 */
struct xnb_flow {
	bool is_v6;
	bool has_tcp;
	u8 src[16];
	u8 dst[16];
	u8 sport[2];
	u8 dport[2];
};

void xnb_hash_init(struct xnb_hash *h);
u32 xnb_hash_set_alg(struct xnb_hash *h, u32 alg);
u32 xnb_hash_get_flags(const struct xnb_hash *h, u32 *flags);
u32 xnb_hash_set_flags(struct xnb_hash *h, u32 flags);
u32 xnb_hash_set_key(struct xnb_hash *h, const u8 *key, u32 len);
u32 xnb_hash_set_map_size(struct xnb_hash *h, u32 size);
u32 xnb_hash_check_map(const struct xnb_hash *h, u32 len, u32 off);
u32 xnb_hash_set_map(struct xnb_hash *h, const u32 *map, u32 len, u32 off,
		     u32 queues);
u8 xnb_hash_flow(const struct xnb_hash *h, const struct xnb_flow *flow,
		 u32 *value);
u32 xnb_hash_queue(const struct xnb_hash *h, u32 value, u32 queues);

/* ---- control ring ------------------------------------------------------ */

#define XNB_CTRL_GET_HASH_FLAGS		1
#define XNB_CTRL_SET_HASH_FLAGS		2
#define XNB_CTRL_SET_HASH_KEY		3
#define XNB_CTRL_GET_HASH_MAP_SIZE	4
#define XNB_CTRL_SET_HASH_MAP_SIZE	5
#define XNB_CTRL_SET_HASH_MAP		6
#define XNB_CTRL_SET_HASH_ALG		7
#define XNB_CTRL_GET_GREF_SIZE		8
#define XNB_CTRL_ADD_GREFS		9
#define XNB_CTRL_DEL_GREFS		10

#define XNB_CTRL_OK		0
#define XNB_CTRL_NOT_SUPPORTED	1
#define XNB_CTRL_INVALID	2
#define XNB_CTRL_OVERFLOW	3

/**
 * struct xnb_ctrl_req - private copy of a control request
 * @id:   echoed
 * @type: XNB_CTRL_*
 * @data: arguments by type
 */
struct xnb_ctrl_req {
	u16 id;
	u16 type;
	u32 data[3];
};

/**
 * struct xnb_ctrl_rsp - a control response
 * @id:     of the request
 * @type:   of the request
 * @status: XNB_CTRL_OK ... XNB_CTRL_OVERFLOW
 * @data:   result by type
 */
struct xnb_ctrl_rsp {
	u16 id;
	u16 type;
	u32 status;
	u32 data;
};

/**
 * struct xnb_gref - one entry of a grant list message, as on the wire
 * @ref:    the grant
 * @flags:  XNB_GREF_READONLY or 0
 * @status: result of a removal
 */
struct xnb_gref {
	u32 ref;
	u16 flags;
	u16 status;
};

#define XNB_GREF_READONLY	0x1
#define XNB_GREF_LIST_MAX	(XNB_FRAME / sizeof(struct xnb_gref))

/**
 * struct xnb_ctrl_env - what control messages act upon
 * @hash:     private copy of the hash configuration; changed in place
 * @changed:  set when @hash was changed
 * @queues:   queues of the device
 * @gref_max: static grants that a queue may hold, 0 if not supported
 * @scratch:  one frame of scratch memory, 8-byte aligned
 * @read:     copy @len bytes from the start of grant @gref to @scratch;
 *            0 or negative
 * @write:    the reverse
 * @add:      map @n grants of the list in @scratch for a queue, all or none;
 *            0 or negative
 * @del:      unmap those of the list that are mapped, store each status;
 *            returns how many were unmapped
 */
struct xnb_ctrl_env {
	struct xnb_hash *hash;
	bool changed;
	u32 queues;
	u32 gref_max;
	void *scratch;
	int (*read)(struct xnb_ctrl_env *env, u32 gref, u32 len);
	int (*write)(struct xnb_ctrl_env *env, u32 gref, u32 len);
	int (*add)(struct xnb_ctrl_env *env, u32 queue, u32 n);
	u32 (*del)(struct xnb_ctrl_env *env, u32 queue, u32 n);
};

void xnb_ctrl_handle(struct xnb_ctrl_env *env, const struct xnb_ctrl_req *req,
		     struct xnb_ctrl_rsp *rsp);

/* ---- rate limit --------------------------------------------------------- */

/* Bucket that always lets one largest packet pass. */
#define XNB_CREDIT_BURST	131072u

/**
 * struct xnb_credit - byte bucket that is refilled every period
 * @bytes:  credit per period; U64_MAX means no limit
 * @period: in the clock's unit; 0 means no limit
 * @left:   bytes that may pass now
 * @window: clock at which the current period began
 */
struct xnb_credit {
	u64 bytes;
	u64 period;
	u64 left;
	u64 window;
};

void xnb_credit_set(struct xnb_credit *c, u64 bytes, u64 period, u64 now);
u64 xnb_credit_take(struct xnb_credit *c, u32 size, u64 now);
int xnb_credit_parse(const char *s, u64 *bytes, u64 *usec);

/* ---- multicast list ----------------------------------------------------- */

#define XNB_MCAST_MAX 64

/**
 * struct xnb_mcast - addresses that the guest wants
 * @nr:   entries up to the last one in use
 * @addr: the addresses as words, unordered, without duplicates; 0: free
 */
struct xnb_mcast {
	u8 nr;
	u64 addr[XNB_MCAST_MAX];
};

int xnb_mcast_add(struct xnb_mcast *m, const u8 *addr);
void xnb_mcast_del(struct xnb_mcast *m, const u8 *addr);
void xnb_mcast_clear(struct xnb_mcast *m);
bool xnb_mcast_match(const struct xnb_mcast *m, const u8 *addr);

#endif /* XEN_NETBACK_INTERNAL_H */
