// SPDX-License-Identifier: GPL-2.0
/*
 * What a user can read: replies and events in the order of their coming.
 *
 * Only he decides when he reads, while other domains decide how many events there are. So events
 * have a limit; beyond it, one for the watched node stands for all the others of its watch.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "user.h"

struct xs_reply *xs_reply_make(const struct xsd_sockmsg *hdr, const void *body, u32 len,
			       gfp_t gfp)
{
	struct xs_reply *reply = kmalloc(sizeof(*reply) + sizeof(*hdr) + len, gfp);
	struct xsd_sockmsg *head;

	if (!reply)
		return NULL;
	INIT_LIST_HEAD(&reply->list);
	reply->watch = NULL;
	reply->spare = false;
	reply->size = sizeof(*hdr) + len;
	reply->done = 0;
	head = (struct xsd_sockmsg *)reply->data;
	*head = *hdr;
	head->len = len;
	memcpy(head + 1, body, len);
	return reply;
}

/**
 * xs_reply_queue() - let the user read a message
 * @user: he
 * @reply: the message; stays the caller's if it is refused
 * @limit: bytes that may be unread already
 *
 * Return: false if there is no room; true if it is queued, also if it already was.
 */
bool xs_reply_queue(struct xs_user *user, struct xs_reply *reply, size_t limit)
{
	bool room;

	spin_lock(&user->lock);
	room = user->unread <= limit;
	if (room && list_empty(&reply->list)) {
		list_add_tail(&reply->list, &user->replies);
		user->unread += reply->size;
	}
	spin_unlock(&user->lock);
	if (room)
		wake_up(&user->wait);
	return room;
}

/* Take a reply out; a spare one goes back to its watch. */
static void reply_remove(struct xs_user *user, struct xs_reply *reply)
{
	bool spare;

	spin_lock(&user->lock);
	list_del_init(&reply->list);
	user->unread -= reply->size;
	reply->done = 0;
	spare = reply->spare;
	spin_unlock(&user->lock);
	if (!spare)
		kfree(reply);
}

/**
 * xs_reply_forget() - a watch is no more: nobody wants to read its events
 * @user: whose it is
 * @watch: it; its spare event is freed, now or when the user has read the rest of it
 */
void xs_reply_forget(struct xs_user *user, struct xs_user_watch *watch)
{
	struct xs_reply *reply, *next;

	mutex_lock(&user->read_lock);
	spin_lock(&user->lock);
	if (watch->spare) {
		watch->spare->spare = false;
		if (list_empty(&watch->spare->list))
			kfree(watch->spare);
		watch->spare = NULL;
	}
	list_for_each_entry_safe(reply, next, &user->replies, list) {
		if (reply->watch != watch)
			continue;
		reply->watch = NULL;
		if (reply->done)
			continue;
		list_del(&reply->list);
		user->unread -= reply->size;
		kfree(reply);
	}
	spin_unlock(&user->lock);
	mutex_unlock(&user->read_lock);
}

/* All watches are gone, so none of the replies is a spare one. */
void xs_replies_free(struct xs_user *user)
{
	struct xs_reply *reply, *next;

	list_for_each_entry_safe(reply, next, &user->replies, list)
		kfree(reply);
}

static struct xs_reply *first_reply(struct xs_user *user)
{
	struct xs_reply *reply;

	spin_lock(&user->lock);
	reply = list_first_entry_or_null(&user->replies, struct xs_reply, list);
	spin_unlock(&user->lock);
	return reply;
}

/**
 * xs_replies_read() - copy what there is
 * @user: who reads
 * @to: where to
 * @len: how much at most
 *
 * Return: the number of bytes, 0 if there are none; -EFAULT if not a single one can be copied, in
 * which case none is lost.
 */
ssize_t xs_replies_read(struct xs_user *user, char __user *to, size_t len)
{
	struct xs_reply *reply;
	size_t done = 0;
	ssize_t ret = 0;
	u32 n, left;

	mutex_lock(&user->read_lock);
	while (done < len && (reply = first_reply(user))) {
		n = min_t(size_t, len - done, reply->size - reply->done);
		left = copy_to_user(to + done, reply->data + reply->done, n);
		reply->done += n - left;
		done += n - left;
		if (reply->done == reply->size)
			reply_remove(user, reply);
		if (left) {
			ret = -EFAULT;
			break;
		}
	}
	mutex_unlock(&user->read_lock);
	return done ?: ret;
}

/* Answer the request in user->msg without the store. */
int xs_reply_text(struct xs_user *user, u32 type, const char *text)
{
	struct xsd_sockmsg hdr = user->msg.hdr;
	struct xs_reply *reply;

	hdr.type = type;
	reply = xs_reply_make(&hdr, text, strlen(text) + 1, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	xs_reply_queue(user, reply, SIZE_MAX);
	return 0;
}

/* Likewise, with an error: those that the protocol has no name for become EIO. */
int xs_reply_error(struct xs_user *user, int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(xsd_errors); i++)
		if (xsd_errors[i].errnum == -error)
			return xs_reply_text(user, XS_ERROR, xsd_errors[i].errstring);
	return xs_reply_text(user, XS_ERROR, "EIO");
}
