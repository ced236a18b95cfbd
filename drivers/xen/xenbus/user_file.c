// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus: the store for user space, in the store's own protocol.
 *
 * write() takes requests, in pieces of any size; read() gives replies and events, in order. Each
 * open file has its own watches and transactions, which end with it.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include "user.h"

static void user_end(struct work_struct *work)
{
	struct xs_user *user = container_of(work, struct xs_user, work);

	/* Nobody else is left: neither locks nor an order are needed. */
	xs_user_transactions_end(user);
	xs_user_watches_end(user);
	xs_replies_free(user);
	kfree(user);
}

static void user_release(struct kref *ref)
{
	/* It may be the thread that delivers replies that comes last. */
	schedule_work(&container_of(ref, struct xs_user, ref)->work);
}

void xs_user_get(struct xs_user *user)
{
	kref_get(&user->ref);
}

void xs_user_put(struct xs_user *user)
{
	kref_put(&user->ref, user_release);
}

static int user_open(struct inode *inode, struct file *file)
{
	struct xs_user *user;

	if (!xen_store_evtchn)
		return -ENOENT;
	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	kref_init(&user->ref);
	mutex_init(&user->write_lock);
	mutex_init(&user->read_lock);
	spin_lock_init(&user->lock);
	INIT_LIST_HEAD(&user->watches);
	INIT_LIST_HEAD(&user->transactions);
	INIT_LIST_HEAD(&user->replies);
	init_waitqueue_head(&user->wait);
	INIT_WORK(&user->work, user_end);
	file->private_data = user;
	return stream_open(inode, file);
}

static int user_close(struct inode *inode, struct file *file)
{
	xs_user_put(file->private_data);
	return 0;
}

static bool user_has_reply(struct xs_user *user)
{
	return !list_empty_careful(&user->replies);
}

static ssize_t user_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct xs_user *user = file->private_data;
	ssize_t done;
	int err = 0;

	while (len && !err) {
		done = xs_replies_read(user, to, len);
		if (done)
			return done;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(user->wait, user_has_reply(user));
	}
	return err;
}

/*
 * Take the next bytes of a request in. 1 if it is whole now, 0 if more is needed; -E2BIG if it
 * announces more than a message may hold; -EFAULT.
 */
static int take_in(struct xs_message *msg, const char __user *from, size_t len, u32 *taken)
{
	u32 want;
	int err;

	*taken = 0;
	err = xs_message_wants(msg, &want);
	if (err)
		return err;
	want = min_t(size_t, want, len);
	if (copy_from_user(xs_message_room(msg), from, want))
		return -EFAULT;
	msg->have += want;
	*taken = want;
	err = xs_message_wants(msg, &want);
	if (err)
		return err;
	return !want;
}

/*
 * Requests before one that is wrong count as written, so that the next write begins with it; what
 * earlier writes brought of it is dropped, except if it was just an address that was wrong.
 */
static ssize_t user_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct xs_user *user = file->private_data;
	struct xs_message *msg = &user->msg;
	size_t done = 0, acted = 0;
	u32 before, taken;
	int ret = 0;

	mutex_lock(&user->write_lock);
	before = msg->have;
	while (done < len && ret >= 0) {
		ret = take_in(msg, from + done, len - done, &taken);
		done += taken;
		if (ret <= 0)
			continue;
		msg->body[msg->hdr.len] = 0;
		ret = xs_user_request(user);
		msg->have = 0;
		if (!ret)
			acted = done;
	}
	if (ret < 0)
		msg->have = ret == -EFAULT && !acted ? before : 0;
	mutex_unlock(&user->write_lock);
	if (ret < 0)
		return acted ?: ret;
	return done;
}

static __poll_t user_poll(struct file *file, poll_table *table)
{
	struct xs_user *user = file->private_data;

	poll_wait(file, &user->wait, table);
	return user_has_reply(user) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* Also behind /proc/xen/xenbus. */
const struct file_operations xen_xenbus_fops = {
	.open = user_open,
	.read = user_read,
	.write = user_write,
	.poll = user_poll,
	.release = user_close,
};
EXPORT_SYMBOL_GPL(xen_xenbus_fops);

static struct miscdevice user_device = {
	.name = "xen/xenbus",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &xen_xenbus_fops,
};

static int __init xenbus_user_init(void)
{
	return xen_domain() ? misc_register(&user_device) : -ENODEV;
}
device_initcall(xenbus_user_init);
