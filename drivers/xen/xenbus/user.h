/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of /dev/xen/xenbus. */
#ifndef _XEN_XENBUS_USER_H
#define _XEN_XENBUS_USER_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "internal.h"

/* Bytes that a user may leave unread before his requests are refused, and his events merge. */
#define XS_UNREAD_MAX		SZ_4M
#define XS_UNREAD_EVENTS_MAX	SZ_1M

struct xs_user_watch;

/**
 * struct xs_reply - a message on its way to the user
 * @list: in the user's replies
 * @watch: an event's watch as long as that exists, else NULL
 * @spare: belongs to @watch: not freed when it has been read
 * @size: bytes in @data
 * @done: bytes of them that have been read
 * @data: header and payload
 */
struct xs_reply {
	struct list_head list;
	struct xs_user_watch *watch;
	bool spare;
	u32 size, done;
	char data[];
};

/**
 * struct xs_user_watch - a watch of a user
 * @list: in the user's watches
 * @watch: what the kernel knows of it; its node is ours
 * @user: whose it is
 * @token: his name for it
 * @spare: event for the watched node that stands for those for which there was no room
 */
struct xs_user_watch {
	struct list_head list;
	struct xenbus_watch watch;
	struct xs_user *user;
	char *token;
	struct xs_reply *spare;
};

/**
 * struct xs_user - an open file of /dev/xen/xenbus
 * @ref: one for the file, one for each request under way
 * @write_lock: held while a request is taken in and acted on, also while its answer is waited
 *	for; so whoever delivers answers never takes it. Guards @msg and @watches. Comes first.
 * @msg: the request as far as it has been written
 * @watches: struct xs_user_watch
 * @read_lock: held by whoever takes replies out; comes before @lock
 * @lock: guards what follows
 * @transactions: struct xs_user_transaction
 * @replies: struct xs_reply
 * @unread: bytes in them
 * @wait: woken when there is a reply
 * @work: the end of it all, which has to wait for the store
 */
struct xs_user {
	struct kref ref;
	struct mutex write_lock;	/* see above */
	struct xs_message msg;
	struct list_head watches;
	struct mutex read_lock;	/* see above */
	spinlock_t lock;	/* see above */
	struct list_head transactions;
	struct list_head replies;
	size_t unread;
	wait_queue_head_t wait;
	struct work_struct work;
};

/* user_file.c */
void xs_user_get(struct xs_user *user);
void xs_user_put(struct xs_user *user);

/* user_reply.c */
struct xs_reply *xs_reply_make(const struct xsd_sockmsg *hdr, const void *body, u32 len,
			       gfp_t gfp);
bool xs_reply_queue(struct xs_user *user, struct xs_reply *reply, size_t limit);
void xs_reply_forget(struct xs_user *user, struct xs_user_watch *watch);
void xs_replies_free(struct xs_user *user);
ssize_t xs_replies_read(struct xs_user *user, char __user *to, size_t len);
int xs_reply_text(struct xs_user *user, u32 type, const char *text);
int xs_reply_error(struct xs_user *user, int error);

/* user_request.c, user_watch.c: act on the request in user->msg; write_lock held */
int xs_user_request(struct xs_user *user);
void xs_user_transactions_end(struct xs_user *user);
int xs_user_watch(struct xs_user *user);
int xs_user_unwatch(struct xs_user *user);
void xs_user_watches_end(struct xs_user *user);

#endif
