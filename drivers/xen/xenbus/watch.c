// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: the store tells of changes, the thread "xenwatch" calls whom they concern.
 *
 * Memory is bounded whatever another domain writes. A watch on an absolute path, which is how the
 * other half of a device is named, has one pending event; what comes meanwhile is in what its
 * callback will read. Other watches keep one event for each path, up to a limit; beyond it, or
 * without memory, an event of their own for the watched node itself stands for all the rest, and
 * @lost tells the callback.
 *
 * Locks: watch_sem is held for reading while a watch comes or goes, for writing over a suspend.
 * watch_lock guards the table, the events and who is being called. No lock is held in callbacks.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/kthread.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <xen/xen.h>
#include "internal.h"

/* Events of different paths that one watch may have pending. */
#define WATCH_PATHS_MAX		256

/**
 * struct xs_event - a change that a callback will be told
 * @order: among all events
 * @mine: among the events of its watch
 * @watch: it
 * @body: path and token, or NULL for the watch's spare event
 * @path: in @body, or the watched node
 * @token: in @body, or ""
 */
struct xs_event {
	struct list_head order, mine;
	struct xenbus_watch *watch;
	char *body;
	const char *path, *token;
};

static DECLARE_RWSEM(watch_sem);
static DEFINE_SPINLOCK(watch_lock);
static DEFINE_XARRAY_ALLOC1(watch_table);
static u32 watch_next_id;
static LIST_HEAD(watch_list);
static LIST_HEAD(watch_events);
static struct xenbus_watch *watch_called;
static DECLARE_WAIT_QUEUE_HEAD(watch_wait);
static struct task_struct *watch_task;

/*
 * Events
 */

static void event_free(struct xs_event *event)
{
	if (event && event->body) {
		kfree(event->body);
		kfree(event);
	}
}

static void event_queue(struct xenbus_watch *watch, struct xs_event *event)
{
	event->watch = watch;
	list_add_tail(&event->order, &watch_events);
	list_add_tail(&event->mine, &watch->events);
	watch->nr_pending++;
}

static void event_unqueue(struct xs_event *event)
{
	list_del_init(&event->order);
	list_del_init(&event->mine);
	event->watch->nr_pending--;
}

static bool path_is_pending(const struct xenbus_watch *watch, const char *path)
{
	const struct xs_event *event;

	list_for_each_entry(event, &watch->events, mine)
		if (!strcmp(event->path, path))
			return true;
	return false;
}

/* Queue @event, or what stands for it; true if @event was taken. Under watch_lock. */
static bool event_accept(struct xenbus_watch *watch, struct xs_event *event, const char *path,
			 const char *token)
{
	if (watch->will_handle && !watch->will_handle(watch, path, token))
		return false;
	if (!watch->each_path && watch->nr_pending)
		return false;
	if (path_is_pending(watch, path))
		return false;
	if (event && watch->nr_pending < WATCH_PATHS_MAX) {
		event_queue(watch, event);
		return true;
	}
	watch->lost = true;
	if (list_empty(&watch->spare->mine))
		event_queue(watch, watch->spare);
	return false;
}

/**
 * xs_watch_event() - the store says that something changed
 * @body: path and token, each with its NUL; taken over
 * @len: of both
 *
 * Return: 0, also if nobody watches any more; -EINVAL if @body is something else.
 */
int xs_watch_event(char *body, u32 len)
{
	struct xs_watch_text text;
	struct xenbus_watch *watch;
	struct xs_event *event;
	bool taken = false;
	u32 id;

	if (xs_text_watch(body, len, &text) || kstrtou32(text.token, 16, &id)) {
		kfree(body);
		return -EINVAL;
	}
	event = kzalloc(sizeof(*event), GFP_NOIO | __GFP_HIGH);
	if (event) {
		event->body = body;
		event->path = text.path;
		event->token = text.token;
	}
	spin_lock(&watch_lock);
	watch = xa_load(&watch_table, id);
	if (watch)
		taken = event_accept(watch, event, text.path, text.token);
	spin_unlock(&watch_lock);
	if (!event)
		kfree(body);
	else if (!taken)
		event_free(event);
	wake_up_all(&watch_wait);
	return 0;
}

/*
 * Calling
 */

static bool watch_turn(void)
{
	struct xenbus_watch *watch;
	struct xs_event *event;
	bool spare;

	spin_lock(&watch_lock);
	event = list_first_entry_or_null(&watch_events, struct xs_event, order);
	if (event) {
		event_unqueue(event);
		watch_called = event->watch;
	}
	spin_unlock(&watch_lock);
	if (!event)
		return false;
	watch = event->watch;
	spare = !event->body;
	watch->callback(watch, event->path, event->token);
	/* The callback may have unregistered and freed the watch with its spare event. */
	if (!spare)
		event_free(event);
	spin_lock(&watch_lock);
	watch_called = NULL;
	spin_unlock(&watch_lock);
	wake_up_all(&watch_wait);
	return true;
}

static int watch_thread(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible(watch_wait,
					 !list_empty(&watch_events) || kthread_should_stop());
		while (watch_turn())
			cond_resched();
	}
	return 0;
}

/*
 * Coming and going
 */

static int tell_store(struct xenbus_watch *watch, enum xsd_sockmsg_type type)
{
	char token[12];
	struct kvec parts[3];
	unsigned int count = 2;
	void *reply;

	snprintf(token, sizeof(token), "%X", watch->id);
	parts[0] = (struct kvec) { (void *)watch->node, strlen(watch->node) + 1 };
	parts[1] = (struct kvec) { token, strlen(token) + 1 };
	if (watch->depth && type == XS_WATCH)
		parts[count++] = (struct kvec) { (void *)watch->depth, strlen(watch->depth) + 1 };
	reply = xs_talk(XBT_NIL, type, parts, count, NULL);
	if (IS_ERR(reply))
		return PTR_ERR(reply);
	kfree(reply);
	return 0;
}

static bool watch_is_listed(const struct xenbus_watch *watch)
{
	const struct xenbus_watch *w;
	bool found = false;

	spin_lock(&watch_lock);
	list_for_each_entry(w, &watch_list, list)
		found |= w == watch;
	spin_unlock(&watch_lock);
	return found;
}

static int watch_list_add(struct xenbus_watch *watch)
{
	struct xs_event *spare = kzalloc(sizeof(*spare), GFP_NOIO);
	int err;

	if (!spare)
		return -ENOMEM;
	INIT_LIST_HEAD(&spare->order);
	INIT_LIST_HEAD(&spare->mine);
	spare->path = watch->node;
	spare->token = "";
	watch->spare = spare;
	watch->nr_pending = 0;
	watch->lost = false;
	INIT_LIST_HEAD(&watch->events);
	err = xa_alloc_cyclic(&watch_table, &watch->id, NULL, xa_limit_32b, &watch_next_id,
			      GFP_NOIO);
	if (err < 0) {
		kfree(spare);
		return err;
	}
	spin_lock(&watch_lock);
	/* The slot is ours already: this neither allocates nor fails. */
	xa_store(&watch_table, watch->id, watch, GFP_ATOMIC);
	list_add_tail(&watch->list, &watch_list);
	spin_unlock(&watch_lock);
	return 0;
}

/* After this no event of the watch begins to be called. */
static void watch_list_del(struct xenbus_watch *watch)
{
	struct xs_event *event, *next;
	LIST_HEAD(dropped);

	spin_lock(&watch_lock);
	xa_erase(&watch_table, watch->id);
	list_del(&watch->list);
	list_for_each_entry_safe(event, next, &watch->events, mine) {
		event_unqueue(event);
		list_add(&event->mine, &dropped);
	}
	spin_unlock(&watch_lock);
	list_for_each_entry_safe(event, next, &dropped, mine)
		event_free(event);
}

/* Wait until the callback has returned, unless it is the callback that asks. */
static void watch_drain(struct xenbus_watch *watch)
{
	if (current != watch_task)
		wait_event(watch_wait, READ_ONCE(watch_called) != watch);
}

int xs_watch_register(struct xenbus_watch *watch, bool each_path)
{
	int err;

	if (watch_is_listed(watch))
		return -EEXIST;
	watch->each_path = each_path;
	down_read(&watch_sem);
	err = watch_list_add(watch);
	if (!err) {
		err = tell_store(watch, XS_WATCH);
		if (err) {
			watch_list_del(watch);
			watch_drain(watch);
			kfree(watch->spare);
		}
	}
	up_read(&watch_sem);
	return err;
}

/**
 * register_xenbus_watch() - hear of changes at a node and below
 * @watch: @node and @callback set, and @will_handle or NULL; stays in use until unregistered
 *
 * The store lets each new watch fire once. Not while a transaction of the caller is open.
 *
 * Return: 0; -EEXIST if it is registered already; -EINVAL for a path that is none; -ENOMEM; as
 * xenbus_read().
 */
int register_xenbus_watch(struct xenbus_watch *watch)
{
	/* Another domain may be able to write below an absolute path. */
	watch->depth = NULL;
	return xs_watch_register(watch, watch->node[0] != '/');
}
EXPORT_SYMBOL_GPL(register_xenbus_watch);

/**
 * unregister_xenbus_watch() - hear no more
 * @watch: registered
 *
 * On return @callback does not run and will not, unless it is @callback that called. So locks
 * that the callback takes must not be held.
 */
void unregister_xenbus_watch(struct xenbus_watch *watch)
{
	int err;

	if (WARN_ON_ONCE(!watch_is_listed(watch)))
		return;
	down_read(&watch_sem);
	err = tell_store(watch, XS_UNWATCH);
	if (err)
		pr_warn_ratelimited("giving up the watch on %s failed: %d\n", watch->node, err);
	watch_list_del(watch);
	up_read(&watch_sem);
	watch_drain(watch);
	kfree(watch->spare);
	watch->spare = NULL;
}
EXPORT_SYMBOL_GPL(unregister_xenbus_watch);

/*
 * Over a suspend
 */

void xs_watches_hold(void)
{
	down_write(&watch_sem);
}

void xs_watches_release(void)
{
	up_write(&watch_sem);
}

/* The store that answers now knows of no watch. The semaphore is held: the list stands still. */
void xs_watches_renew(void)
{
	struct xenbus_watch *watch;
	int err;

	list_for_each_entry(watch, &watch_list, list) {
		err = tell_store(watch, XS_WATCH);
		if (err)
			pr_warn("setting the watch on %s again failed: %d\n", watch->node, err);
	}
}

/* A kernel that was started by another one does not want to hear what that one watched. */
static void reset_watches(void)
{
	struct kvec part = { .iov_base = "", .iov_len = 1 };
	void *reply;

	if (!xen_hvm_domain() || xen_initial_domain() ||
	    !xenbus_read_unsigned("control", "platform-feature-xs_reset_watches", 0))
		return;
	reply = xs_talk(XBT_NIL, XS_RESET_WATCHES, &part, 1, NULL);
	if (!IS_ERR(reply))
		kfree(reply);
	else if (reply != ERR_PTR(-EEXIST))
		pr_warn("resetting watches failed: %pe\n", reply);
}

int xs_watches_init(void)
{
	struct task_struct *task = kthread_create(watch_thread, NULL, "xenwatch");

	if (IS_ERR(task))
		return PTR_ERR(task);
	watch_task = task;
	wake_up_process(task);
	reset_watches();
	return 0;
}
