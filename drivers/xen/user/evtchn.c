// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/evtchn: event channels for user space.
 *
 * What a file's ports do is in evtchn_ports.c; here is how user space asks for it. Numbers are
 * copied one at a time, with no lock held: a fault loses none.
 */
#define pr_fmt(fmt) "xen/evtchn: " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <xen/events.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <uapi/xen/evtchn.h>

#include "evtchn.h"

/* How many numbers one call moves at most. */
#define PORTS_PER_CALL	(PAGE_SIZE / sizeof(evtchn_port_t))

static unsigned int ports_in(size_t bytes)
{
	return min_t(size_t, bytes / sizeof(evtchn_port_t), PORTS_PER_CALL);
}

/* What a call returns that moved @done numbers and then met an error, or none. */
static ssize_t moved(unsigned int done, int err)
{
	return done ? (ssize_t)(done * sizeof(evtchn_port_t)) : err;
}

/* Takes what is there, at most @wanted; the last one stays there if @out cannot have it. */
static ssize_t take_some(struct evtchn_file *file, evtchn_port_t __user *out, unsigned int wanted)
{
	unsigned int done;
	evtchn_port_t port;

	for (done = 0; done < wanted && evtchn_file_take(file, &port); done++) {
		if (put_user(port, out + done)) {
			evtchn_file_put_back(file, port);
			return moved(done, -EFAULT);
		}
	}
	return moved(done, -EAGAIN);
}

static ssize_t evtchn_read(struct file *filp, char __user *buf, size_t count, loff_t *pos)
{
	struct evtchn_file *file = filp->private_data;
	unsigned int wanted = ports_in(count);
	ssize_t ret;

	if (!wanted)
		return 0;
	for (;;) {
		ret = take_some(file, (evtchn_port_t __user *)buf, wanted);
		if (ret != -EAGAIN || (filp->f_flags & O_NONBLOCK))
			return ret;
		ret = wait_event_interruptible(file->wait, evtchn_file_raised(file));
		if (ret)
			return ret;
	}
}

static ssize_t evtchn_write(struct file *filp, const char __user *buf, size_t count, loff_t *pos)
{
	const evtchn_port_t __user *in = (const evtchn_port_t __user *)buf;
	struct evtchn_file *file = filp->private_data;
	unsigned int done, given = ports_in(count);
	evtchn_port_t port;

	for (done = 0; done < given; done++) {
		if (get_user(port, in + done))
			return moved(done, -EFAULT);
		evtchn_file_serve(file, port);
	}
	return moved(done, 0);
}

static __poll_t evtchn_poll(struct file *filp, poll_table *wait)
{
	struct evtchn_file *file = filp->private_data;

	poll_wait(filp, &file->wait, wait);
	return EPOLLOUT | EPOLLWRNORM | (evtchn_file_raised(file) ? EPOLLIN | EPOLLRDNORM : 0);
}

static int evtchn_fasync(int fd, struct file *filp, int on)
{
	struct evtchn_file *file = filp->private_data;

	return fasync_helper(fd, filp, on, &file->async);
}

static bool restricted(const struct evtchn_file *file)
{
	return file->only != DOMID_INVALID;
}

/* A port that was opened for this file. */
static long keep(struct evtchn_file *file, evtchn_port_t port)
{
	return evtchn_file_bind(file, port, false) ?: port;
}

static long bind_virq(struct evtchn_file *file, const struct ioctl_evtchn_bind_virq __user *arg)
{
	evtchn_port_t port;
	u32 virq;
	int err;

	if (restricted(file))
		return -EACCES;
	if (get_user(virq, &arg->virq))
		return -EFAULT;
	err = xen_hv_evtchn_bind_virq(virq, xen_vcpu_nr(0), &port);
	return err ?: keep(file, port);
}

static long bind_interdomain(struct evtchn_file *file, const void __user *arg)
{
	struct ioctl_evtchn_bind_interdomain op;
	evtchn_port_t port;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (restricted(file) && op.remote_domain != file->only)
		return -EACCES;
	if (op.remote_domain > U16_MAX)
		return -EINVAL;
	err = xen_hv_evtchn_bind_interdomain(op.remote_domain, op.remote_port, &port);
	return err ?: keep(file, port);
}

static long bind_unbound(struct evtchn_file *file,
			 const struct ioctl_evtchn_bind_unbound_port __user *arg)
{
	evtchn_port_t port;
	u32 peer;
	int err;

	if (restricted(file))
		return -EACCES;
	if (get_user(peer, &arg->remote_domain))
		return -EFAULT;
	if (peer > U16_MAX)
		return -EINVAL;
	err = xen_hv_evtchn_alloc_unbound(peer, &port);
	return err ?: keep(file, port);
}

/* A port that was open before: whom it leads to is not for a restricted file to choose. */
static long bind_static(struct evtchn_file *file, const struct ioctl_evtchn_bind __user *arg)
{
	struct evtchn_status status = { .dom = DOMID_SELF };
	int err;

	if (restricted(file))
		return -EACCES;
	if (get_user(status.port, &arg->port))
		return -EFAULT;
	if (evtchn_file_has(file, status.port))
		return -EISCONN;
	err = xen_hv_evtchn_status(&status);
	if (!err && status.status == EVTCHNSTAT_closed)
		err = -EINVAL;
	return err ?: evtchn_file_bind(file, status.port, true);
}

static long unbind(struct evtchn_file *file, const struct ioctl_evtchn_unbind __user *arg)
{
	evtchn_port_t port;

	if (get_user(port, &arg->port))
		return -EFAULT;
	if (port >= xen_evtchn_nr_channels())
		return -EINVAL;
	return evtchn_file_unbind(file, port);
}

static long restrict_to(struct evtchn_file *file,
			const struct ioctl_evtchn_restrict_domid __user *arg)
{
	domid_t domid;

	if (restricted(file))
		return -EACCES;
	if (get_user(domid, &arg->domid))
		return -EFAULT;
	if (!domid || domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	file->only = domid;
	return 0;
}

/* What changes which ports a file has, or may have. */
static long change(struct evtchn_file *file, unsigned int cmd, void __user *arg)
{
	guard(mutex)(&file->bind_lock);
	switch (cmd) {
	case IOCTL_EVTCHN_BIND_VIRQ:
		return bind_virq(file, arg);
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		return bind_interdomain(file, arg);
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		return bind_unbound(file, arg);
	case IOCTL_EVTCHN_BIND_STATIC:
		return bind_static(file, arg);
	case IOCTL_EVTCHN_UNBIND:
		return unbind(file, arg);
	case IOCTL_EVTCHN_RESTRICT_DOMID:
		return restrict_to(file, arg);
	}
	return -ENOSYS;
}

static long notify(struct evtchn_file *file, const struct ioctl_evtchn_notify __user *arg)
{
	evtchn_port_t port;

	if (get_user(port, &arg->port))
		return -EFAULT;
	return evtchn_file_notify(file, port);
}

/* Ends: a port that was taken does not come again before it is served. */
static long reset(struct evtchn_file *file)
{
	evtchn_port_t port;

	while (evtchn_file_take(file, &port))
		cond_resched();
	return 0;
}

static long evtchn_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct evtchn_file *file = filp->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_EVTCHN_NOTIFY:
		return notify(file, user);
	case IOCTL_EVTCHN_RESET:
		return reset(file);
	}
	return change(file, cmd, user);
}

static int evtchn_open(struct inode *inode, struct file *filp)
{
	struct evtchn_file *file = evtchn_file_new(current->comm);

	if (!file)
		return -ENOMEM;
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int evtchn_release(struct inode *inode, struct file *filp)
{
	evtchn_file_free(filp->private_data);
	return 0;
}

static const struct file_operations evtchn_fops = {
	.owner = THIS_MODULE,
	.open = evtchn_open,
	.read = evtchn_read,
	.write = evtchn_write,
	.poll = evtchn_poll,
	.fasync = evtchn_fasync,
	.unlocked_ioctl = evtchn_ioctl,
	.release = evtchn_release,
};

static struct miscdevice evtchn_device = {
	.name = "xen/evtchn",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &evtchn_fops,
};

static int __init evtchn_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&evtchn_device);
	if (err)
		pr_err("no device: %d\n", err);
	return err;
}
module_init(evtchn_init);

static void __exit evtchn_exit(void)
{
	misc_deregister(&evtchn_device);
}
module_exit(evtchn_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Event channels for user space");
