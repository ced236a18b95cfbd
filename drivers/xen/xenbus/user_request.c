// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of users: passed on to the store, replies passed back. Watches are the kernel's
 * business, and a user may only name transactions that he started on the same file.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/kernel.h>
#include <linux/slab.h>
#include "user.h"

/**
 * struct xs_user_transaction - a transaction of a user's
 * @list: in the user's transactions
 * @id: the store's name for it
 * @generation: of the store that knows it, see xs_generation()
 */
struct xs_user_transaction {
	struct list_head list;
	u32 id;
	unsigned int generation;
};

/**
 * struct passed_on - a request of a user's that the store has
 * @user: whose; a reference is held
 * @started: what XS_TRANSACTION_START will have started
 * @excuse: reply to be used if there is none, or no memory for it
 */
struct passed_on {
	struct xs_user *user;
	struct xs_user_transaction *started;
	struct xs_reply *excuse;
};

/*
 * Transactions
 */

/* Under user->lock. */
static struct xs_user_transaction *transaction_find(struct xs_user *user, u32 id)
{
	struct xs_user_transaction *t;

	list_for_each_entry(t, &user->transactions, list)
		if (t->id == id)
			return t;
	return NULL;
}

static void transaction_forget(struct xs_user *user, u32 id)
{
	struct xs_user_transaction *t;

	spin_lock(&user->lock);
	t = transaction_find(user, id);
	if (t)
		list_del(&t->list);
	spin_unlock(&user->lock);
	kfree(t);
}

/* The store said which number the transaction got; takes @t. */
static void transaction_started(struct xs_user *user, struct xs_user_transaction *t,
				const struct xs_request *req)
{
	if (req->error || req->reply.type != XS_TRANSACTION_START ||
	    kstrtou32(req->body, 10, &t->id)) {
		kfree(t);
		return;
	}
	spin_lock(&user->lock);
	list_add_tail(&t->list, &user->transactions);
	spin_unlock(&user->lock);
}

/* 0 if the user may name the transaction; -ENOENT if it is none of his; -EAGAIN if it was lost. */
static int transaction_check(struct xs_user *user, u32 id)
{
	struct xs_user_transaction *t;
	int err = -ENOENT;

	spin_lock(&user->lock);
	t = transaction_find(user, id);
	if (t)
		err = t->generation == xs_generation() ? 0 : -EAGAIN;
	spin_unlock(&user->lock);
	return err;
}

/* What a user leaves behind when he closes the file. */
void xs_user_transactions_end(struct xs_user *user)
{
	struct xs_user_transaction *t, *next;

	list_for_each_entry_safe(t, next, &user->transactions, list) {
		if (t->generation == xs_generation())
			xs_end_of_users_transaction(t->id);
		kfree(t);
	}
}

/*
 * To the store and back
 */

/* Called by whoever ends the request, often the thread of the ring: must not wait for anyone. */
static void replied(struct xs_request *req)
{
	struct passed_on *p = req->owner;
	struct xs_user *user = p->user;
	struct xs_reply *reply = NULL;

	xs_request_left(req);
	if (p->started)
		transaction_started(user, p->started, req);
	else if (req->hdr.type == XS_TRANSACTION_END)
		transaction_forget(user, req->hdr.tx_id);
	if (!req->error)
		reply = xs_reply_make(&req->reply, req->body, req->reply.len,
				      GFP_NOIO | __GFP_HIGH);
	xs_reply_queue(user, reply ?: p->excuse, SIZE_MAX);
	if (reply)
		kfree(p->excuse);
	kfree(p);
	xs_user_put(user);
}

static struct passed_on *passed_on_make(struct xs_user *user)
{
	const struct xsd_sockmsg *hdr = &user->msg.hdr;
	struct xsd_sockmsg error = { .type = XS_ERROR, .req_id = hdr->req_id, .tx_id = hdr->tx_id };
	struct passed_on *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->user = user;
	p->excuse = xs_reply_make(&error, "EIO", sizeof("EIO"), GFP_KERNEL);
	if (hdr->type == XS_TRANSACTION_START)
		p->started = kzalloc(sizeof(*p->started), GFP_KERNEL);
	if (!p->excuse || (hdr->type == XS_TRANSACTION_START && !p->started)) {
		kfree(p->started);
		kfree(p->excuse);
		kfree(p);
		return NULL;
	}
	if (p->started)
		p->started->generation = xs_generation();
	return p;
}

static int pass_on(struct xs_user *user)
{
	struct kvec part = { .iov_base = user->msg.body, .iov_len = user->msg.hdr.len };
	struct passed_on *p = passed_on_make(user);
	struct xs_request *req;

	if (!p)
		return -ENOMEM;
	req = xs_request_make(&user->msg.hdr, &part, 1, GFP_KERNEL);
	if (IS_ERR(req)) {
		kfree(p->started);
		kfree(p->excuse);
		kfree(p);
		return PTR_ERR(req);
	}
	xs_user_get(user);
	req->user = true;
	req->owner = p;
	req->done = replied;
	xs_request_send(req);
	xs_request_put(req);
	return 0;
}

static int end_transaction(struct xs_user *user)
{
	const struct xsd_sockmsg *hdr = &user->msg.hdr;
	bool commit;
	int err;

	err = transaction_check(user, hdr->tx_id);
	if (err == -ENOENT)
		return xs_reply_error(user, err);
	if (xs_text_end_of_transaction(user->msg.body, hdr->len, &commit))
		return xs_reply_error(user, -EINVAL);
	if (!err)
		return pass_on(user);
	/* The domain was saved in the middle: the store of today knows nothing of it. */
	transaction_forget(user, hdr->tx_id);
	return commit ? xs_reply_error(user, err) : xs_reply_text(user, XS_TRANSACTION_END, "OK");
}

/**
 * xs_user_request() - act on a whole request
 * @user: whose, in user->msg; write_lock held
 *
 * Return: 0, also if the request was answered with an error; -ENOBUFS if the user has left too much
 * unread; -ENOMEM.
 */
int xs_user_request(struct xs_user *user)
{
	const struct xsd_sockmsg *hdr = &user->msg.hdr;
	int err = 0;

	if (READ_ONCE(user->unread) > XS_UNREAD_MAX)
		return -ENOBUFS;
	switch (hdr->type) {
	case XS_WATCH:
		return xs_user_watch(user);
	case XS_UNWATCH:
		return xs_user_unwatch(user);
	case XS_RESET_WATCHES:
		/* His own. The store would drop all of this domain, the kernel's included. */
		xs_user_watches_end(user);
		return xs_reply_text(user, XS_RESET_WATCHES, "OK");
	case XS_TRANSACTION_END:
		return end_transaction(user);
	case XS_TRANSACTION_START:
		return pass_on(user);
	}
	if (hdr->tx_id)
		err = transaction_check(user, hdr->tx_id);
	return err ? xs_reply_error(user, err) : pass_on(user);
}
