/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the store and the ring that carries them. No locks and no kernel state in comms.c. */
#ifndef _XEN_XENBUS_COMMS_H
#define _XEN_XENBUS_COMMS_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include "text.h"

/**
 * struct xs_request - one message to the store and the reply to it
 * @list: in the queue or among the sent; under the queue lock
 * @ref: one for its maker, one while it is listed, one while comms sends it
 * @error: 0, or why there is no reply
 * @user: a user's: its transactions do not hold up a suspend
 * @user_id: request id to give back to the user
 * @done: called once, by comms or by whoever aborts it, without locks
 * @owner: for @done
 * @answered: for @done of those who wait
 * @reply: header of the reply
 * @body: of the reply, reply.len bytes and a NUL; kmalloc'ed
 * @size: bytes to send, from @hdr on
 * @hdr: the request; its body follows
 */
struct xs_request {
	struct list_head list;
	struct kref ref;
	int error;
	bool user;
	u32 user_id;
	void (*done)(struct xs_request *req);
	void *owner;
	struct completion answered;
	struct xsd_sockmsg reply;
	char *body;
	size_t size;
	struct xsd_sockmsg hdr;
};

/**
 * struct xs_comms_ops - what the ring's two ends do; a seam for tests
 * @kick: tell the store that an index moved
 * @event: a watch fired; takes @body (@len bytes and a NUL); negative errno if it is no event
 * @replied: a reply came; takes @body if it returns true, false if nobody waits for it
 * @next: the next request to send, with a reference, or NULL
 * @sent: it was sent, or will not be; drops the reference
 * @fail: the ring broke: nothing that was asked for will come
 */
struct xs_comms_ops {
	void (*kick)(void);
	int (*event)(char *body, u32 len);
	bool (*replied)(const struct xsd_sockmsg *hdr, char *body);
	struct xs_request *(*next)(void);
	void (*sent)(struct xs_request *req);
	void (*fail)(int error);
};

/**
 * struct xs_comms - the shared ring as we see it
 * @ops: see there
 * @page: shared with the store, or NULL while there is none
 * @req_prod: our producer index; the copy in the page is written and never read
 * @rsp_cons: our consumer index, likewise
 * @in: header of the message that is coming in
 * @in_have: bytes of it, header included, that have come
 * @in_body: where its body goes
 * @out: the request that is being sent
 * @out_done: bytes of it that are on the ring
 */
struct xs_comms {
	const struct xs_comms_ops *ops;
	struct xenstore_domain_interface *page;
	XENSTORE_RING_IDX req_prod, rsp_cons;
	struct xsd_sockmsg in;
	u32 in_have;
	char *in_body;
	struct xs_request *out;
	size_t out_done;
};

int xs_comms_readable(const struct xs_comms *c);
int xs_comms_writable(const struct xs_comms *c);
bool xs_comms_starved(const struct xs_comms *c);
int xs_comms_read(struct xs_comms *c, void *to, u32 len);
int xs_comms_write(struct xs_comms *c, const void *from, u32 len);
int xs_comms_receive(struct xs_comms *c);
int xs_comms_transmit(struct xs_comms *c);
u32 xs_comms_attach(struct xs_comms *c, struct xenstore_domain_interface *page, bool keep);

#endif
