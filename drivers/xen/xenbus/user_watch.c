// SPDX-License-Identifier: GPL-2.0
/*
 * Watches of users. The store knows them by the kernel's tokens; the user reads his own.
 */
#include <linux/slab.h>
#include "user.h"

static struct xs_reply *make_event(struct xs_user_watch *w, const char *path)
{
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT };
	size_t path_size = strlen(path) + 1, token_size = strlen(w->token) + 1;
	struct xs_reply *event;
	char *body;

	body = kmalloc(path_size + token_size, GFP_KERNEL);
	if (!body)
		return NULL;
	memcpy(body, path, path_size);
	memcpy(body + path_size, w->token, token_size);
	event = xs_reply_make(&hdr, body, path_size + token_size, GFP_KERNEL);
	kfree(body);
	if (event)
		event->watch = w;
	return event;
}

static void fired(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct xs_user_watch *w = container_of(watch, struct xs_user_watch, watch);
	struct xs_reply *event = make_event(w, path);

	if (event && xs_reply_queue(w->user, event, XS_UNREAD_EVENTS_MAX))
		return;
	kfree(event);
	xs_reply_queue(w->user, w->spare, SIZE_MAX);
}

static void watch_free(struct xs_user_watch *w)
{
	kfree(w->spare);
	kfree(w->watch.node);
	kfree(w->watch.depth);
	kfree(w->token);
	kfree(w);
}

static struct xs_user_watch *watch_make(struct xs_user *user, const struct xs_watch_text *text)
{
	struct xs_user_watch *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return NULL;
	w->user = user;
	w->watch.callback = fired;
	w->watch.node = kstrdup(text->path, GFP_KERNEL);
	w->watch.depth = kstrdup(text->depth, GFP_KERNEL);
	w->token = kstrdup(text->token, GFP_KERNEL);
	if (w->watch.node && w->token && (w->watch.depth || !text->depth))
		w->spare = make_event(w, text->path);
	if (!w->spare) {
		watch_free(w);
		return NULL;
	}
	w->spare->spare = true;
	return w;
}

static struct xs_user_watch *watch_find(struct xs_user *user, const struct xs_watch_text *text)
{
	struct xs_user_watch *w;

	list_for_each_entry(w, &user->watches, list)
		if (!strcmp(w->token, text->token) && !strcmp(w->watch.node, text->path))
			return w;
	return NULL;
}

static void watch_end(struct xs_user_watch *w)
{
	unregister_xenbus_watch(&w->watch);
	list_del(&w->list);
	xs_reply_forget(w->user, w);
	watch_free(w);
}

static int watch_begin(struct xs_user *user, const struct xs_watch_text *text)
{
	struct xs_user_watch *w;
	int err;

	if (watch_find(user, text))
		return -EEXIST;
	w = watch_make(user, text);
	if (!w)
		return -ENOMEM;
	err = xs_watch_register(&w->watch, true);
	if (err) {
		/* The store may have let it fire before it said no. */
		xs_reply_forget(user, w);
		watch_free(w);
		return err;
	}
	list_add_tail(&w->list, &user->watches);
	return 0;
}

/* XS_WATCH. The user hears of an error as of any other request's. */
int xs_user_watch(struct xs_user *user)
{
	struct xs_watch_text text;
	int err;

	err = xs_text_watch(user->msg.body, user->msg.hdr.len, &text);
	if (!err)
		err = watch_begin(user, &text);
	return err ? xs_reply_error(user, err) : xs_reply_text(user, XS_WATCH, "OK");
}

/* XS_UNWATCH. */
int xs_user_unwatch(struct xs_user *user)
{
	struct xs_watch_text text;
	struct xs_user_watch *w;
	int err;

	err = xs_text_watch(user->msg.body, user->msg.hdr.len, &text);
	if (err)
		return xs_reply_error(user, err);
	w = watch_find(user, &text);
	if (!w)
		return xs_reply_error(user, -ENOENT);
	watch_end(w);
	return xs_reply_text(user, XS_UNWATCH, "OK");
}

void xs_user_watches_end(struct xs_user *user)
{
	struct xs_user_watch *w, *next;

	list_for_each_entry_safe(w, next, &user->watches, list)
		watch_end(w);
}
