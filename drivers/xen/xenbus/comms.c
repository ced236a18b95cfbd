// SPDX-License-Identifier: GPL-2.0
/*
 * The ring that this domain and the store share: byte streams, and messages in them.
 *
 * The page holds two byte streams. The producer of one writes its bytes, then its index; the
 * consumer reads the index, then the bytes, then writes its own index. Our two indices live in
 * struct xs_comms: the page's copies are written and never read. If the store's indices make no
 * sense, what is under way fails and both streams start anew from the store's view.
 */
#include <linux/compiler.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include "comms.h"

/*
 * Moving bytes
 */

/* Bytes that can be taken, and room for bytes; -EIO if the store's index is nonsense. */
int xs_comms_readable(const struct xs_comms *c)
{
	u32 filled = xs_ring_filled(READ_ONCE(c->page->rsp_prod), c->rsp_cons);

	return filled > XENSTORE_RING_SIZE ? -EIO : filled;
}

int xs_comms_writable(const struct xs_comms *c)
{
	u32 filled = xs_ring_filled(c->req_prod, READ_ONCE(c->page->req_cons));

	return filled > XENSTORE_RING_SIZE ? -EIO : XENSTORE_RING_SIZE - filled;
}

/**
 * xs_comms_read() - take bytes off the ring
 * @c: the ring; nobody else uses it meanwhile
 * @to: where they go
 * @len: how many at most
 *
 * Tells the store when it may have been waiting for room.
 *
 * Return: the number of bytes; -EIO if the store's indices make no sense.
 */
int xs_comms_read(struct xs_comms *c, void *to, u32 len)
{
	int have = xs_comms_readable(c);
	u32 piece, left, before = c->rsp_cons;

	if (have < 0)
		return have;
	/* Index first, bytes second: pairs with the store's write barrier. */
	virt_rmb();
	if (len > have)
		len = have;
	for (left = len; left; left -= piece) {
		piece = xs_ring_piece(c->rsp_cons, left);
		memcpy(to, c->page->rsp + MASK_XENSTORE_IDX(c->rsp_cons), piece);
		to += piece;
		c->rsp_cons += piece;
	}
	if (!len)
		return 0;
	/* The bytes are copied before the store may overwrite them. */
	virt_mb();
	WRITE_ONCE(c->page->rsp_cons, c->rsp_cons);
	/* The index is visible before we look whether the store found the ring full. */
	virt_mb();
	if (xs_ring_filled(READ_ONCE(c->page->rsp_prod), before) >= XENSTORE_RING_SIZE)
		c->ops->kick();
	return len;
}

/**
 * xs_comms_write() - put bytes on the ring
 * @c: the ring; nobody else uses it meanwhile
 * @from: the bytes
 * @len: how many at most
 *
 * Return: how many fitted; -EIO if the store's indices make no sense.
 */
int xs_comms_write(struct xs_comms *c, const void *from, u32 len)
{
	int room = xs_comms_writable(c);
	u32 piece, left, before = c->req_prod;

	if (room < 0)
		return room;
	/* Room first, bytes second: the store has read what was there. */
	virt_mb();
	if (len > room)
		len = room;
	for (left = len; left; left -= piece) {
		piece = xs_ring_piece(c->req_prod, left);
		memcpy(c->page->req + MASK_XENSTORE_IDX(c->req_prod), from, piece);
		from += piece;
		c->req_prod += piece;
	}
	if (!len)
		return 0;
	/* Bytes before index: pairs with the store's read barrier. */
	virt_wmb();
	WRITE_ONCE(c->page->req_prod, c->req_prod);
	/* A store that had not caught up with the old index looks again by itself. */
	virt_mb();
	if (xs_ring_filled(READ_ONCE(c->page->req_cons), before) <= XENSTORE_RING_SIZE)
		c->ops->kick();
	return len;
}

/*
 * Messages
 */

static void drop_incoming(struct xs_comms *c)
{
	kfree(c->in_body);
	c->in_body = NULL;
	c->in_have = 0;
}

/* Nothing of either stream can be trusted any more: begin anew where the store says it is. */
static int start_over(struct xs_comms *c, int error)
{
	drop_incoming(c);
	if (c->out)
		c->ops->sent(c->out);
	c->out = NULL;
	c->out_done = 0;
	c->rsp_cons = READ_ONCE(c->page->rsp_prod);
	c->req_prod = READ_ONCE(c->page->req_cons);
	WRITE_ONCE(c->page->rsp_cons, c->rsp_cons);
	WRITE_ONCE(c->page->req_prod, c->req_prod);
	c->ops->fail(error);
	return error;
}

static int deliver(struct xs_comms *c)
{
	char *body = c->in_body;
	int err = 0;

	body[c->in.len] = 0;
	c->in_body = NULL;
	c->in_have = 0;
	if (c->in.type == XS_WATCH_EVENT) {
		err = c->ops->event(body, c->in.len);
	} else if (!c->ops->replied(&c->in, body)) {
		kfree(body);
		err = -ENOENT;
	}
	return err;
}

/**
 * xs_comms_receive() - take in what the store has sent, one message at most
 * @c: the ring; nobody else uses it meanwhile
 *
 * Return: 1 if a message was delivered, 0 if more bytes are needed; -ENOMEM if the body must wait
 * for memory (call again); -ENOENT for a reply that nobody waits for, -EINVAL for an event that is
 * none; -EIO if the ring broke and was started anew.
 */
int xs_comms_receive(struct xs_comms *c)
{
	u32 head = sizeof(c->in);
	int n;

	if (c->in_have < head) {
		n = xs_comms_read(c, (char *)&c->in + c->in_have, head - c->in_have);
		if (n < 0)
			return start_over(c, n);
		c->in_have += n;
		if (c->in_have < head)
			return 0;
		if (c->in.len > XENSTORE_PAYLOAD_MAX)
			return start_over(c, -EIO);
	}
	if (!c->in_body) {
		c->in_body = kmalloc(c->in.len + 1, GFP_NOIO | __GFP_HIGH);
		if (!c->in_body)
			return -ENOMEM;
	}
	n = xs_comms_read(c, c->in_body + (c->in_have - head), c->in.len - (c->in_have - head));
	if (n < 0)
		return start_over(c, n);
	c->in_have += n;
	if (c->in_have < head + c->in.len)
		return 0;
	n = deliver(c);
	return n ?: 1;
}

/**
 * xs_comms_transmit() - send what is queued, as far as there is room
 * @c: the ring; nobody else uses it meanwhile
 *
 * Return: 0; -EIO if the ring broke and was started anew.
 */
int xs_comms_transmit(struct xs_comms *c)
{
	int n;

	for (;;) {
		if (!c->out) {
			c->out = c->ops->next();
			c->out_done = 0;
			if (!c->out)
				return 0;
		}
		n = xs_comms_write(c, (char *)&c->out->hdr + c->out_done,
				   c->out->size - c->out_done);
		if (n < 0)
			return start_over(c, n);
		c->out_done += n;
		if (c->out_done < c->out->size)
			return 0;
		c->ops->sent(c->out);
		c->out = NULL;
	}
}

/* Is a whole header here, and only memory for the body missing? */
bool xs_comms_starved(const struct xs_comms *c)
{
	return c->in_have >= sizeof(c->in) && !c->in_body;
}

/**
 * xs_comms_attach() - start using a page
 * @c: the ring; nobody else uses it meanwhile
 * @page: shared with the store
 * @keep: replies that are on the ring are for us
 *
 * Takes over the indices as they are.
 *
 * Return: the number of bytes, both ways, that were left by an earlier user; those from the store
 * are skipped unless @keep.
 */
u32 xs_comms_attach(struct xs_comms *c, struct xenstore_domain_interface *page, bool keep)
{
	u32 stale;

	drop_incoming(c);
	c->out_done = 0;
	c->req_prod = READ_ONCE(page->req_prod);
	c->rsp_cons = READ_ONCE(page->rsp_cons);
	stale = xs_ring_filled(c->req_prod, READ_ONCE(page->req_cons));
	if (!keep) {
		u32 prod = READ_ONCE(page->rsp_prod);

		stale += xs_ring_filled(prod, c->rsp_cons);
		c->rsp_cons = prod;
		WRITE_ONCE(page->rsp_cons, prod);
	}
	WRITE_ONCE(c->page, page);
	return stale;
}
