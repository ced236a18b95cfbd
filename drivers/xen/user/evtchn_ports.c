// SPDX-License-Identifier: GPL-2.0
/* The ports of one open /dev/xen/evtchn; see evtchn.h. */
#include <linux/interrupt.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <xen/events.h>
#include "evtchn.h"

/* So many events in a row are served on other CPUs before their port moves to the last of these. */
#define FAITHFUL	8

/**
 * struct bound_port - a port of a file
 * @file: whose
 * @port: its number
 * @irq: its interrupt; 0 before it is bound
 * @lock: held to use @irq: unbinding waits for it
 * @gone: unbinding has begun
 * @silent: it was raised and not served yet
 * @cpu: where it was raised
 * @astray: how many events in a row were served on another CPU than that
 * @queued: in the file's queue, or empty
 * @rcu: frees it
 */
struct bound_port {
	struct evtchn_file *file;
	evtchn_port_t port;
	unsigned int irq;
	spinlock_t lock;	/* see above */
	bool gone;
	bool silent;
	unsigned int cpu;
	unsigned int astray;
	struct list_head queued;
	struct rcu_head rcu;
};

/*
 * A port is not raised again before it is served. But if two files share a fixed one, either may
 * serve it for both, and the other finds it raised once more.
 */
static irqreturn_t raised(int irq, void *data)
{
	struct bound_port *bound = data;
	struct evtchn_file *file = bound->file;
	bool first = false;

	WRITE_ONCE(bound->irq, irq);
	WRITE_ONCE(bound->cpu, raw_smp_processor_id());
	/* Pairs with evtchn_file_serve(): with it goes what is above. */
	smp_store_release(&bound->silent, true);
	spin_lock(&file->queue_lock);
	if (list_empty(&bound->queued)) {
		first = list_empty(&file->queue);
		list_add_tail(&bound->queued, &file->queue);
	}
	spin_unlock(&file->queue_lock);
	if (!first)
		return IRQ_HANDLED;
	/* Has a barrier: who is not in the list yet will see the queue. */
	if (wq_has_sleeper(&file->wait))
		wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLRDNORM);
	kill_fasync(&file->async, SIGIO, POLL_IN);
	return IRQ_HANDLED;
}

static void unbind(struct evtchn_file *file, struct bound_port *bound)
{
	xa_erase(&file->ports, bound->port);
	spin_lock(&bound->lock);
	bound->gone = true;
	spin_unlock(&bound->lock);
	unbind_from_irqhandler(bound->irq, bound);
	/* Nobody puts it there any more. */
	spin_lock_irq(&file->queue_lock);
	list_del(&bound->queued);
	spin_unlock_irq(&file->queue_lock);
	kfree_rcu(bound, rcu);
}

/**
 * evtchn_file_bind() - make a port one of this file's
 * @file: the file; its bind_lock is held
 * @port: an open port that the kernel does not use itself
 * @fixed: it was open before and stays open when it is unbound
 *
 * A port that is not fixed belongs to the file from now on and is closed if it cannot be bound.
 *
 * Return: 0; -ENOMEM, -EINVAL if the kernel itself uses the port.
 */
int evtchn_file_bind(struct evtchn_file *file, evtchn_port_t port, bool fixed)
{
	struct bound_port *bound = xa_load(&file->ports, port);
	int ret = -ENOMEM;

	/* It has lost its channel in a restore, or the hypervisor would not have opened another. */
	if (bound)
		unbind(file, bound);
	bound = kzalloc(sizeof(*bound), GFP_KERNEL_ACCOUNT);
	if (!bound)
		goto close;
	bound->file = file;
	bound->port = port;
	spin_lock_init(&bound->lock);
	INIT_LIST_HEAD(&bound->queued);
	/* Before it can be raised: what is taken can be served. */
	ret = xa_insert(&file->ports, port, bound, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto free;
	ret = bind_evtchn_to_irqhandler_lateeoi(port, raised, IRQF_SHARED, file->name, bound);
	if (ret < 0)
		goto erase;
	WRITE_ONCE(bound->irq, ret);
	return evtchn_make_refcounted(port, fixed);
erase:
	xa_erase(&file->ports, port);
free:
	kfree_rcu(bound, rcu);
close:
	if (!fixed)
		xen_evtchn_close(port);
	return ret;
}

/**
 * evtchn_file_unbind() - take a port from this file
 * @file: the file; its bind_lock is held
 * @port: any number
 *
 * Return: 0; -ENOTCONN if the file has no such port.
 */
int evtchn_file_unbind(struct evtchn_file *file, evtchn_port_t port)
{
	struct bound_port *bound = xa_load(&file->ports, port);

	if (!bound)
		return -ENOTCONN;
	unbind(file, bound);
	return 0;
}

/**
 * evtchn_file_has() - whether a port is one of this file's
 * @file: the file; its bind_lock is held
 * @port: any number
 *
 * Return: whether.
 */
bool evtchn_file_has(struct evtchn_file *file, evtchn_port_t port)
{
	return xa_load(&file->ports, port);
}

/**
 * evtchn_file_notify() - raise an event at the other end of a port's channel
 * @file: the file
 * @port: any number
 *
 * Nothing is raised if the channel was lost in a restore.
 *
 * Return: 0; -ENOTCONN if the file has no such port.
 */
int evtchn_file_notify(struct evtchn_file *file, evtchn_port_t port)
{
	struct bound_port *bound;
	unsigned int irq = 0;

	rcu_read_lock();
	bound = xa_load(&file->ports, port);
	if (bound) {
		spin_lock(&bound->lock);
		irq = bound->gone ? 0 : READ_ONCE(bound->irq);
		if (irq)
			notify_remote_via_irq(irq);
		spin_unlock(&bound->lock);
	}
	rcu_read_unlock();
	return irq ? 0 : -ENOTCONN;
}

/**
 * evtchn_file_take() - take the first port from the queue
 * @file: the file
 * @port: set to its number
 *
 * Return: false if the queue is empty.
 */
bool evtchn_file_take(struct evtchn_file *file, evtchn_port_t *port)
{
	struct bound_port *bound;

	spin_lock_irq(&file->queue_lock);
	bound = list_first_entry_or_null(&file->queue, struct bound_port, queued);
	if (bound) {
		list_del_init(&bound->queued);
		*port = bound->port;
	}
	spin_unlock_irq(&file->queue_lock);
	return bound;
}

/**
 * evtchn_file_put_back() - make a port that was taken in vain the first of the queue again
 * @file: the file
 * @port: its number; it may be unbound by now
 */
void evtchn_file_put_back(struct evtchn_file *file, evtchn_port_t port)
{
	struct bound_port *bound;

	rcu_read_lock();
	bound = xa_load(&file->ports, port);
	if (bound) {
		spin_lock(&bound->lock);
		spin_lock_irq(&file->queue_lock);
		if (!bound->gone && list_empty(&bound->queued))
			list_add(&bound->queued, &file->queue);
		spin_unlock_irq(&file->queue_lock);
		spin_unlock(&bound->lock);
	}
	rcu_read_unlock();
}

/*
 * The port is silent, so this is the time to let it move to where its events are served: then
 * neither the interrupt nor the reader's waking goes from CPU to CPU. A reader who goes from CPU
 * to CPU himself costs one move in FAITHFUL events.
 */
static void follow(struct bound_port *bound)
{
	if (READ_ONCE(bound->cpu) == raw_smp_processor_id()) {
		bound->astray = 0;
	} else if (++bound->astray == FAITHFUL) {
		bound->astray = 0;
		xen_irq_follow(bound->irq);
	}
}

/**
 * evtchn_file_serve() - let a port speak again
 * @file: the file
 * @port: any number; nothing happens if it is not the file's, or not silent
 */
void evtchn_file_serve(struct evtchn_file *file, evtchn_port_t port)
{
	struct bound_port *bound;

	rcu_read_lock();
	bound = xa_load(&file->ports, port);
	if (bound) {
		spin_lock(&bound->lock);
		/* Pairs with raised(). */
		if (!bound->gone && smp_load_acquire(&bound->silent)) {
			follow(bound);
			/* Before the EOI, from which on it may be raised. */
			WRITE_ONCE(bound->silent, false);
			xen_irq_lateeoi(bound->irq, 0);
		}
		spin_unlock(&bound->lock);
	}
	rcu_read_unlock();
}

/**
 * evtchn_file_new() - a file without ports
 * @opener: who opens it
 *
 * Return: the file or NULL.
 */
struct evtchn_file *evtchn_file_new(const char *opener)
{
	struct evtchn_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	file->name = kasprintf(GFP_KERNEL_ACCOUNT, "evtchn:%s", opener);
	if (!file->name) {
		kfree(file);
		return NULL;
	}
	mutex_init(&file->bind_lock);
	xa_init(&file->ports);
	spin_lock_init(&file->queue_lock);
	INIT_LIST_HEAD(&file->queue);
	init_waitqueue_head(&file->wait);
	file->only = DOMID_INVALID;
	return file;
}

/**
 * evtchn_file_free() - unbind all ports and free the file
 * @file: the file, which nobody uses any more
 */
void evtchn_file_free(struct evtchn_file *file)
{
	struct bound_port *bound;
	unsigned long port;

	xa_for_each(&file->ports, port, bound)
		unbind(file, bound);
	xa_destroy(&file->ports);
	mutex_destroy(&file->bind_lock);
	kfree(file->name);
	kfree(file);
}
