// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the store: the queue, the wait for replies, and the gate that a suspend closes.
 *
 * A request holds a copy of what is sent, so nobody needs to wait for the ring before he may go
 * away. It is listed under xs_queue_lock, first in the queue, then among the sent; a reply finds
 * it there by its id.
 *
 * The gate: while the domain is saved no request and no transaction of the kernel may be open, for
 * the store that answers afterwards is another one. The invariant whenever the gate's lock is
 * free: suspending and nothing open means that nobody passes. While a transaction is open all may
 * pass, for its owner may have to ask something outside of it before he can end it. Transactions
 * of users do not count: the generation tells them that theirs are lost.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "internal.h"

static DEFINE_SPINLOCK(xs_queue_lock);
static LIST_HEAD(xs_queue);
static LIST_HEAD(xs_sent);
static u32 xs_next_id;
static bool xs_store_gone;

static struct {
	spinlock_t lock;	/* guards the counts */
	unsigned int requests, transactions;
	unsigned int suspending;
	unsigned int generation;
	wait_queue_head_t wait;
} gate = {
	.lock = __SPIN_LOCK_UNLOCKED(gate.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(gate.wait),
};

/*
 * The gate
 */

static bool gate_pass(const struct xs_request *req)
{
	bool open;

	spin_lock(&gate.lock);
	open = !gate.suspending || gate.transactions;
	if (open) {
		gate.requests++;
		if (req->hdr.type == XS_TRANSACTION_START && !req->user)
			gate.transactions++;
	}
	spin_unlock(&gate.lock);
	return open;
}

static bool gate_empty(void)
{
	bool empty;

	spin_lock(&gate.lock);
	empty = !gate.requests && !gate.transactions;
	spin_unlock(&gate.lock);
	return empty;
}

/**
 * xs_request_left() - a request is over: let a suspend that waits for it go on
 * @req: it, answered or failed; each request leaves once
 */
void xs_request_left(struct xs_request *req)
{
	bool failed = req->error || req->reply.type == XS_ERROR, over = false;

	if (!req->user) {
		if (req->hdr.type == XS_TRANSACTION_START)
			over = failed;
		else if (req->hdr.type == XS_TRANSACTION_END)
			over = true;
	}
	spin_lock(&gate.lock);
	gate.requests--;
	if (over && gate.transactions)
		gate.transactions--;
	spin_unlock(&gate.lock);
	wake_up_all(&gate.wait);
}

/* Changes when transactions of users were lost. */
unsigned int xs_generation(void)
{
	return READ_ONCE(gate.generation);
}

/**
 * xs_suspend() - stop talking to the store: the domain is going to be saved
 *
 * Keeps watches from coming and going, waits for what is under way, holds new requests back and
 * stops the ring between two messages, until xs_resume() or xs_suspend_cancel() by the same task.
 */
void xs_suspend(void)
{
	/* First, while those who hold it can still get their answers. */
	xs_watches_hold();
	spin_lock(&gate.lock);
	gate.suspending++;
	spin_unlock(&gate.lock);
	wait_event(gate.wait, gate_empty());
	xs_comms_stop();
}

static void gate_reopen(bool new_store)
{
	spin_lock(&gate.lock);
	gate.generation += new_store;
	gate.suspending--;
	spin_unlock(&gate.lock);
	wake_up_all(&gate.wait);
}

/**
 * xs_resume() - talk again after a save and restore, on a new ring; sets all watches again
 *
 * The watches fire once each, so that nothing that changed meanwhile is missed.
 */
void xs_resume(void)
{
	xs_comms_continue(true);
	gate_reopen(true);
	xs_watches_renew();
	xs_watches_release();
}

/**
 * xs_suspend_cancel() - talk again, the domain was not saved after all
 */
void xs_suspend_cancel(void)
{
	xs_comms_continue(false);
	gate_reopen(false);
	xs_watches_release();
}

/*
 * Life of a request
 */

static void request_free(struct kref *ref)
{
	struct xs_request *req = container_of(ref, struct xs_request, ref);

	kfree(req->body);
	kfree(req);
}

void xs_request_put(struct xs_request *req)
{
	kref_put(&req->ref, request_free);
}

/**
 * xs_request_make() - copy a message into a request
 * @hdr: type, transaction and the maker's id; the length is computed
 * @parts: of the payload
 * @count: of @parts
 * @gfp: how to allocate
 *
 * Return: a request with one reference; -E2BIG if the payload exceeds the protocol's limit;
 * -ENOMEM.
 */
struct xs_request *xs_request_make(const struct xsd_sockmsg *hdr, const struct kvec *parts,
				   unsigned int count, gfp_t gfp)
{
	struct xs_request *req;
	size_t len = 0;
	unsigned int i;
	char *at;

	for (i = 0; i < count; i++) {
		len += parts[i].iov_len;
		if (len > XENSTORE_PAYLOAD_MAX)
			return ERR_PTR(-E2BIG);
	}
	req = kmalloc(sizeof(*req) + len, gfp);
	if (!req)
		return ERR_PTR(-ENOMEM);
	memset(req, 0, sizeof(*req));
	kref_init(&req->ref);
	INIT_LIST_HEAD(&req->list);
	init_completion(&req->answered);
	req->size = sizeof(req->hdr) + len;
	req->hdr = *hdr;
	req->hdr.len = len;
	req->user_id = hdr->req_id;
	at = (char *)(req + 1);
	for (i = 0; i < count; at += parts[i].iov_len, i++)
		memcpy(at, parts[i].iov_base, parts[i].iov_len);
	return req;
}

/* The result is in place: tell the maker. Drops the list's reference. */
static void request_over(struct xs_request *req, int error)
{
	req->error = error;
	req->done(req);
	xs_request_put(req);
}

/**
 * xs_request_send() - put a request into the queue; its @done will be called
 * @req: from xs_request_make(), @done set; the caller keeps his reference
 *
 * Waits while the gate is closed.
 */
void xs_request_send(struct xs_request *req)
{
	bool gone;

	wait_event(gate.wait, gate_pass(req));
	kref_get(&req->ref);
	spin_lock(&xs_queue_lock);
	req->hdr.req_id = xs_next_id++;
	gone = xs_store_gone;
	if (!gone)
		list_add_tail(&req->list, &xs_queue);
	spin_unlock(&xs_queue_lock);
	if (gone)
		request_over(req, -EIO);
	else
		wake_up(&xs_wait);
}

/*
 * For comms
 */

bool xs_request_waiting(void)
{
	return !list_empty(&xs_queue);
}

struct xs_request *xs_request_next(void)
{
	struct xs_request *req;

	spin_lock(&xs_queue_lock);
	req = list_first_entry_or_null(&xs_queue, struct xs_request, list);
	if (req) {
		/* From the first byte on the reply may come. */
		list_move_tail(&req->list, &xs_sent);
		kref_get(&req->ref);
	}
	spin_unlock(&xs_queue_lock);
	return req;
}

void xs_request_sent(struct xs_request *req)
{
	xs_request_put(req);
}

bool xs_request_replied(const struct xsd_sockmsg *hdr, char *body)
{
	struct xs_request *sent, *req = NULL;

	spin_lock(&xs_queue_lock);
	list_for_each_entry(sent, &xs_sent, list) {
		if (sent->hdr.req_id != hdr->req_id)
			continue;
		list_del_init(&sent->list);
		req = sent;
		break;
	}
	spin_unlock(&xs_queue_lock);
	if (!req)
		return false;
	req->reply = *hdr;
	req->reply.req_id = req->user_id;
	req->body = body;
	request_over(req, 0);
	return true;
}

static void fail_list(struct list_head *list, int error)
{
	struct xs_request *req;

	while ((req = list_first_entry_or_null(list, struct xs_request, list))) {
		list_del_init(&req->list);
		request_over(req, error);
	}
}

/* Whatever was sent and not answered will not be. What waits in the queue may still be sent. */
void xs_requests_fail(int error)
{
	LIST_HEAD(doomed);

	spin_lock(&xs_queue_lock);
	list_splice_init(&xs_sent, &doomed);
	spin_unlock(&xs_queue_lock);
	fail_list(&doomed, error);
}

/*
 * The kernel's own requests
 */

static void talk_done(struct xs_request *req)
{
	complete(&req->answered);
}

static void *take_reply(struct xs_request *req, unsigned int *size)
{
	void *body;
	int err;

	if (req->error)
		return ERR_PTR(req->error);
	if (req->reply.type == XS_ERROR) {
		err = xs_text_error(req->body, req->reply.len);
		return ERR_PTR(err);
	}
	if (req->reply.type != req->hdr.type) {
		pr_warn_ratelimited("reply of type %u to a request of type %u\n",
				    req->reply.type, req->hdr.type);
		return ERR_PTR(-EINVAL);
	}
	body = req->body;
	req->body = NULL;
	if (size)
		*size = req->reply.len;
	return body;
}

static void *talk(const struct xsd_sockmsg *hdr, bool user, const struct kvec *parts,
		  unsigned int count, unsigned int *size)
{
	struct xs_request *req;
	void *ret;

	req = xs_request_make(hdr, parts, count, GFP_NOIO | __GFP_HIGH);
	if (IS_ERR(req))
		return req;
	req->user = user;
	req->done = talk_done;
	xs_request_send(req);
	wait_for_completion(&req->answered);
	xs_request_left(req);
	ret = take_reply(req, size);
	xs_request_put(req);
	return ret;
}

/**
 * xs_talk() - ask the store and wait for the answer
 * @xbt: transaction, or XBT_NIL
 * @type: what to ask
 * @parts: of the payload
 * @count: of @parts
 * @size: set to the reply's length; may be NULL
 *
 * Return: the reply, with a NUL behind it, for the caller to kfree(); the store's error; -EIO if
 * the store is gone or the ring broke; -E2BIG; -ENOMEM.
 */
void *xs_talk(struct xenbus_transaction xbt, enum xsd_sockmsg_type type, const struct kvec *parts,
	      unsigned int count, unsigned int *size)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = xbt.id };

	return talk(&hdr, false, parts, count, size);
}

/* Give up a transaction that a user left behind. */
void xs_end_of_users_transaction(u32 id)
{
	struct xsd_sockmsg hdr = { .type = XS_TRANSACTION_END, .tx_id = id };
	struct kvec part = { .iov_base = "F", .iov_len = 2 };
	void *reply = talk(&hdr, true, &part, 1, NULL);

	if (!IS_ERR(reply))
		kfree(reply);
}

/*
 * The end
 */

/*
 * A store that is a process of this domain dies with user space. From here on nobody may wait for
 * it, else the shutdown hangs in the first driver that writes its last state.
 */
static int reboot_notify(struct notifier_block *nb, unsigned long code, void *unused)
{
	LIST_HEAD(doomed);

	if (xen_store_kind != XS_LOCAL)
		return NOTIFY_DONE;
	spin_lock(&xs_queue_lock);
	xs_store_gone = true;
	list_splice_init(&xs_sent, &doomed);
	list_splice_tail_init(&xs_queue, &doomed);
	spin_unlock(&xs_queue_lock);
	fail_list(&doomed, -EIO);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = reboot_notify };

int xs_requests_init(void)
{
	return register_reboot_notifier(&reboot_nb);
}
