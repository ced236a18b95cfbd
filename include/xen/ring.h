/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Request and response rings in shared memory, both ends.
 *
 * The layout is that of the public io/ring.h: four 32-bit words (request producer, request event,
 * response producer, response event), padding to 64 bytes, then a power of two of equal slots
 * that hold a request and later its response. Every index of ours is kept here, in private
 * memory; the shared words are only ever stored. The peer's producer is loaded by xen_ring_poll()
 * and xen_ring_arm() and checked there; a value that a correct peer cannot produce sets @broken
 * for good. Slots are copied out whole, once.
 *
 * Barriers pair with the peer's: xen_ring_poll() orders the producer before the slots it covers,
 * xen_ring_publish() orders slots before our producer and our producer before the peer's event
 * index, xen_ring_arm() orders our event index before the peer's producer.
 *
 * A ring has one consumer context (poll, take, arm) and one producer context (put, publish); the
 * two may run concurrently, and each must be serialised by its owner. Only @broken is written by
 * one and read by both.
 *
 * This file is pure: it also compiles in user space (tools/testing/xen-unit).
 */
#ifndef _XEN_RING_H
#define _XEN_RING_H

#include <linux/errno.h>
#include <asm/barrier.h>
#include <xen/shared.h>

/* Byte offsets in the shared page, from the public io/ring.h. */
#define XEN_RING_REQ_PROD	0
#define XEN_RING_REQ_EVENT	4
#define XEN_RING_RSP_PROD	8
#define XEN_RING_RSP_EVENT	12
#define XEN_RING_HEADER		64

/**
 * struct xen_ring - the private state of one end of a ring
 * @shared: the mapped ring pages; owned by whoever mapped them
 * @nr: number of slots, a power of two
 * @slot_size: distance between slots in bytes
 * @front: this is the frontend's end (it produces requests and consumes responses)
 * @broken: the peer lied about its producer; every call fails from then on
 * @taken: index of the next slot to consume (consumer context)
 * @seen: the peer's producer, checked (consumer context)
 * @armed: the last event index that we stored (consumer context)
 * @put: index of the next slot to produce (producer context)
 * @published: our producer as the peer can see it (producer context)
 *
 * Indices run freely modulo 2^32. For a backend @put never passes @taken; for a frontend @taken
 * never passes
 * @published.
 */
struct xen_ring {
	struct xen_shared __xen_shared *shared;
	u32 nr;
	u32 slot_size;
	bool front;
	bool broken;
	u32 taken;
	u32 seen;
	u32 armed;
	u32 put;
	u32 published;
};

/**
 * struct xen_ring_field - a named piece of a slot
 * @offset: bytes from the start of the slot
 * @len: bytes
 *
 * Lets xen_ring_put_fields() leave the padding of a slot as the peer had it.
 */
struct xen_ring_field {
	u16 offset;
	u16 len;
};

/**
 * xen_ring_slots() - number of slots that an area holds
 * @bytes: size of the shared area
 * @slot_size: size of the larger of request and response, with the peer's alignment
 *
 * Return: the largest power of two that fits, 0 if not even one slot does.
 */
static inline u32 xen_ring_slots(size_t bytes, u32 slot_size)
{
	u32 nr = 1;

	if (!slot_size || bytes < XEN_RING_HEADER || bytes - XEN_RING_HEADER < slot_size)
		return 0;
	while ((bytes - XEN_RING_HEADER) / slot_size >= 2 * (size_t)nr)
		nr *= 2;
	return nr;
}

/**
 * xen_ring_init_back() - take up the backend's end of a ring
 * @ring: the state to initialise
 * @shared: the mapped area
 * @bytes: its size
 * @slot_size: see xen_ring_slots()
 *
 * Continues where the shared indices stand: all requests before the response producer are taken
 * as answered.
 *
 * Return: 0; -EINVAL if the area is too small; -EPROTO if the indices cannot belong to a ring of
 * this size.
 */
static inline int xen_ring_init_back(struct xen_ring *ring,
				     struct xen_shared __xen_shared *shared, size_t bytes,
				     u32 slot_size)
{
	u32 nr = xen_ring_slots(bytes, slot_size);
	u32 req, rsp;

	if (!nr)
		return -EINVAL;
	rsp = xen_shared_load32(shared, XEN_RING_RSP_PROD);
	req = xen_shared_load32(shared, XEN_RING_REQ_PROD);
	if (req - rsp > nr)
		return -EPROTO;
	*ring = (struct xen_ring){
		.shared = shared, .nr = nr, .slot_size = slot_size,
		.taken = rsp, .seen = rsp, .armed = rsp, .put = rsp, .published = rsp,
	};
	return 0;
}

/**
 * xen_ring_init_front() - start the frontend's end of a ring in a fresh area
 * @ring: the state to initialise
 * @shared: the area, zeroed, not yet granted or at least not yet used by the peer
 * @bytes: its size
 * @slot_size: see xen_ring_slots()
 *
 * Return: 0, or -EINVAL if the area is too small.
 */
static inline int xen_ring_init_front(struct xen_ring *ring,
				      struct xen_shared __xen_shared *shared, size_t bytes,
				      u32 slot_size)
{
	u32 nr = xen_ring_slots(bytes, slot_size);

	if (!nr)
		return -EINVAL;
	xen_shared_store32(shared, XEN_RING_REQ_PROD, 0);
	xen_shared_store32(shared, XEN_RING_REQ_EVENT, 1);
	xen_shared_store32(shared, XEN_RING_RSP_PROD, 0);
	xen_shared_store32(shared, XEN_RING_RSP_EVENT, 1);
	*ring = (struct xen_ring){
		.shared = shared, .nr = nr, .slot_size = slot_size, .front = true,
	};
	return 0;
}

/**
 * xen_ring_offset() - where a slot lies in the shared area
 * @ring: the ring
 * @index: a free-running index
 *
 * Return: byte offset from the start of the area.
 */
static inline size_t xen_ring_offset(const struct xen_ring *ring, u32 index)
{
	return XEN_RING_HEADER + (size_t)(index & (ring->nr - 1)) * ring->slot_size;
}

/**
 * xen_ring_pending() - slots that were seen and not yet taken
 * @ring: the ring
 *
 * Reads no shared memory. Context: the consumer's.
 * Return: a number of slots.
 */
static inline u32 xen_ring_pending(const struct xen_ring *ring)
{
	return ring->seen - ring->taken;
}

/**
 * xen_ring_poll() - look at the peer's producer once
 * @ring: the ring
 *
 * A backend may see at most @nr requests that it has not answered; a frontend at most as many
 * responses as it has requests out. Neither producer may move backwards.
 *
 * Context: the consumer's.
 * Return: number of slots that xen_ring_take() may take, or -EPROTO if the ring is (now) broken.
 */
static inline int xen_ring_poll(struct xen_ring *ring)
{
	u32 prod, limit;

	if (unlikely(READ_ONCE(ring->broken)))
		return -EPROTO;
	prod = xen_shared_load32(ring->shared, ring->front ? XEN_RING_RSP_PROD : XEN_RING_REQ_PROD);
	/*
	 * Slots are read after the producer that covers them; pairs with the peer's barrier before
	 * its producer.
	 */
	virt_rmb();
	/*
	 * What the peer knows of our side is what we published, whatever was put since. The
	 * producer context may publish meanwhile, which only widens the limit towards truth.
	 */
	limit = READ_ONCE(ring->published) - ring->taken + (ring->front ? 0 : ring->nr);
	if (unlikely(prod - ring->taken > limit || prod - ring->taken < ring->seen - ring->taken)) {
		WRITE_ONCE(ring->broken, true);
		return -EPROTO;
	}
	ring->seen = prod;
	return prod - ring->taken;
}

/**
 * xen_ring_break() - give up on a peer
 * @ring: the ring
 *
 * For protocol errors that only the driver can see. Idempotent, any context.
 */
static inline void xen_ring_break(struct xen_ring *ring)
{
	WRITE_ONCE(ring->broken, true);
}

/**
 * xen_ring_take() - copy the next slot into private memory and consume it
 * @ring: the ring
 * @dst: private buffer, aligned to eight
 * @len: bytes wanted, at most the slot size
 *
 * Context: the consumer's.
 * Return: 0; -EAGAIN if no seen slot is left; -EPROTO if the ring is broken.
 */
static inline int xen_ring_take(struct xen_ring *ring, void *dst, u32 len)
{
	if (unlikely(READ_ONCE(ring->broken)))
		return -EPROTO;
	if (ring->taken == ring->seen || len > ring->slot_size)
		return -EAGAIN;
	xen_shared_copy(dst, ring->shared, xen_ring_offset(ring, ring->taken), len);
	/* The copy is complete before a response may overwrite the slot. */
	smp_store_release(&ring->taken, ring->taken + 1);
	return 0;
}

/**
 * xen_ring_arm() - ask for an event and look once more
 * @ring: the ring
 * @want: ask to be told when this many slots are available, at least 1
 *
 * Call it before sleeping. If it returns @want or more, do not sleep: no event may come for them.
 *
 * Context: the consumer's.
 * Return: as xen_ring_poll().
 */
static inline int xen_ring_arm(struct xen_ring *ring, u32 want)
{
	u32 event = ring->taken + want;

	if (unlikely(READ_ONCE(ring->broken)))
		return -EPROTO;
	if (event != ring->armed) {
		xen_shared_store32(ring->shared,
				   ring->front ? XEN_RING_RSP_EVENT : XEN_RING_REQ_EVENT, event);
		ring->armed = event;
	}
	/*
	 * Our event index is visible before the producer is read; pairs with the peer's barrier
	 * after its producer.
	 */
	virt_mb();
	return xen_ring_poll(ring);
}

/**
 * xen_ring_room() - slots that may still be put
 * @ring: the ring
 *
 * Context: the producer's.
 * Return: for a backend the requests taken and not answered, for a frontend the free slots.
 */
static inline u32 xen_ring_room(const struct xen_ring *ring)
{
	/* Pairs with the release in xen_ring_take(). */
	u32 taken = smp_load_acquire(&ring->taken);

	return ring->front ? ring->nr - (ring->put - taken) : taken - ring->put;
}

/**
 * xen_ring_put_fields() - write the named fields of the next slot
 * @ring: the ring
 * @src: private image of the slot
 * @fields: the pieces of @src to write, each within the slot
 * @nr: number of pieces
 *
 * Bytes outside the fields keep what the peer had there. The peer sees the slot after
 * xen_ring_publish().
 *
 * Context: the producer's.
 * Return: 0; -ENOSPC if no slot is free (a mistake of the caller's, nothing is written); -EPROTO
 * if broken.
 */
static inline int xen_ring_put_fields(struct xen_ring *ring, const void *src,
				      const struct xen_ring_field *fields,
				      u32 nr)
{
	size_t offset = xen_ring_offset(ring, ring->put);
	u32 i;

	if (unlikely(READ_ONCE(ring->broken)))
		return -EPROTO;
	if (unlikely(!xen_ring_room(ring)))
		return -ENOSPC;
	for (i = 0; i < nr; i++)
		xen_shared_fill(ring->shared, offset + fields[i].offset,
				(const u8 *)src + fields[i].offset,
				fields[i].len);
	WRITE_ONCE(ring->put, ring->put + 1);
	return 0;
}

/**
 * xen_ring_put() - write the next slot
 * @ring: the ring
 * @src: private image of the slot, without uninitialised bytes
 * @len: bytes to write, at most the slot size
 *
 * Context: the producer's.
 * Return: as xen_ring_put_fields().
 */
static inline int xen_ring_put(struct xen_ring *ring, const void *src, u32 len)
{
	struct xen_ring_field all = { .offset = 0, .len = len };

	if (len > ring->slot_size)
		return -ENOSPC;
	return xen_ring_put_fields(ring, src, &all, 1);
}

/**
 * xen_ring_publish() - let the peer see what was put
 * @ring: the ring
 *
 * Publishing many slots at once costs one barrier pair and at most one event.
 *
 * Context: the producer's.
 * Return: true if the peer asked to be told: the caller must send an event.
 */
static inline bool xen_ring_publish(struct xen_ring *ring)
{
	u32 old = ring->published, new = ring->put, event;

	if (old == new || unlikely(READ_ONCE(ring->broken)))
		return false;
	WRITE_ONCE(ring->published, new);
	/*
	 * Slots before the producer; pairs with the peer's read barrier. @published before it as
	 * well: what the peer does with these slots must find the limit in xen_ring_poll() moved.
	 */
	virt_wmb();
	xen_shared_store32(ring->shared, ring->front ? XEN_RING_REQ_PROD : XEN_RING_RSP_PROD, new);
	/*
	 * Our producer before the peer's event index; pairs with the peer's barrier in its arming
	 * sequence.
	 */
	virt_mb();
	event = xen_shared_load32(ring->shared,
				  ring->front ? XEN_RING_REQ_EVENT : XEN_RING_RSP_EVENT);
	return new - event < new - old;
}

#endif /* _XEN_RING_H */
