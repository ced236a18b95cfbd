// SPDX-License-Identifier: GPL-2.0
/*
 * irqfds: an eventfd that is signalled has the hypervisor perform an operation, which raises an
 * interrupt of a guest. No other operation will do: this one is performed with interrupts off.
 *
 * An irqfd is active while it is in the list, which it leaves once: when it is deassigned, or when
 * the last file of its eventfd is closed. A worker takes it out of the eventfd's queue and frees it
 * then. Whoever finds it in that queue therefore finds it whole, since the worker waits for the
 * queue's lock, and whoever finds it out of the list leaves it alone.
 *
 * Order of locks: assign_lock, the eventfd's, active_lock.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/hv_dm.h>
#include "privcmd.h"
#include "privcmd_plan.h"

/**
 * struct irqfd - an eventfd and what its signals do
 * @node: in the list of those that are active, under active_lock
 * @eventfd: the eventfd
 * @queue: its queue
 * @wait: in that queue
 * @poll: puts it there
 * @end: takes it out, and frees this
 * @dom: whose device model asks
 * @failed: the operation failed the last time
 * @buf: the operation
 * @op: the same
 */
struct irqfd {
	struct list_head node;
	struct eventfd_ctx *eventfd;
	wait_queue_head_t *queue;
	wait_queue_entry_t wait;
	poll_table poll;
	struct work_struct end;
	domid_t dom;
	bool failed;
	struct xen_dm_op_buf buf;
	u8 op[] __aligned(8);
};

/* Assigning and deassigning: what is in the list is in its eventfd's queue as well. */
static DEFINE_MUTEX(assign_lock);
static DEFINE_SPINLOCK(active_lock);
static LIST_HEAD(active);
static struct workqueue_struct *end_wq;

static void end(struct work_struct *work)
{
	struct irqfd *irqfd = container_of(work, struct irqfd, end);
	u64 count;

	eventfd_ctx_remove_wait_queue(irqfd->eventfd, &irqfd->wait, &count);
	eventfd_ctx_put(irqfd->eventfd);
	kfree(irqfd);
}

/* With active_lock. */
static void deactivate(struct irqfd *irqfd)
{
	if (list_empty(&irqfd->node))
		return;
	list_del_init(&irqfd->node);
	queue_work(end_wq, &irqfd->end);
}

/* With the lock of the eventfd's queue. */
static void inject(struct irqfd *irqfd)
{
	u64 count;
	int err;

	eventfd_ctx_do_read(irqfd->eventfd, &count);
	if (!count)
		return;
	err = xen_hv_dm_op(irqfd->dom, &irqfd->buf, 1);
	if (err < 0 && !irqfd->failed)
		pr_err_ratelimited("no interrupts of an irqfd for domain %u: %d\n", irqfd->dom,
				   err);
	irqfd->failed = err < 0;
}

static int wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *irqfd = container_of(wait, struct irqfd, wait);
	__poll_t events = key_to_poll(key);
	unsigned long flags;

	if (events & EPOLLIN)
		inject(irqfd);
	if (events & EPOLLHUP) {
		spin_lock_irqsave(&active_lock, flags);
		deactivate(irqfd);
		spin_unlock_irqrestore(&active_lock, flags);
	}
	return 0;
}

static void enqueue(struct file *file, wait_queue_head_t *queue, poll_table *poll)
{
	struct irqfd *irqfd = container_of(poll, struct irqfd, poll);

	irqfd->queue = queue;
	add_wait_queue_priority(queue, &irqfd->wait);
}

/* With active_lock. Finds the active one of an eventfd. */
static struct irqfd *find(const struct eventfd_ctx *eventfd)
{
	struct irqfd *irqfd;

	list_for_each_entry(irqfd, &active, node) {
		if (irqfd->eventfd == eventfd)
			return irqfd;
	}
	return NULL;
}

/* What is signalled already is raised at once. The caller's @file keeps the eventfd from ending. */
static int activate(struct irqfd *irqfd, struct file *file)
{
	bool busy;

	guard(mutex)(&assign_lock);
	spin_lock_irq(&active_lock);
	busy = find(irqfd->eventfd);
	if (!busy)
		list_add_tail(&irqfd->node, &active);
	spin_unlock_irq(&active_lock);
	if (busy)
		return -EBUSY;
	if (vfs_poll(file, &irqfd->poll) & EPOLLIN) {
		spin_lock_irq(&irqfd->queue->lock);
		inject(irqfd);
		spin_unlock_irq(&irqfd->queue->lock);
	}
	return 0;
}

static struct irqfd *irqfd_new(const struct privcmd_irqfd *op)
{
	struct irqfd *irqfd;
	int err = 0;

	if (!op->size)
		return ERR_PTR(-EINVAL);
	if (op->size > privcmd_dm_buf_limit())
		return ERR_PTR(-E2BIG);
	irqfd = kzalloc(struct_size(irqfd, op, op->size), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!irqfd)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(irqfd->op, u64_to_user_ptr(op->dm_op), op->size))
		err = -EFAULT;
	err = err ?: privcmd_plan_irqfd(irqfd->op, op->size);
	if (err) {
		kfree(irqfd);
		return ERR_PTR(err);
	}
	irqfd->dom = op->dom;
	irqfd->buf.size = op->size;
	set_xen_guest_handle(irqfd->buf.h, irqfd->op);
	INIT_LIST_HEAD(&irqfd->node);
	INIT_WORK(&irqfd->end, end);
	init_waitqueue_func_entry(&irqfd->wait, wake);
	init_poll_funcptr(&irqfd->poll, enqueue);
	return irqfd;
}

static int assign(const struct privcmd_irqfd *op)
{
	struct irqfd *irqfd = irqfd_new(op);
	int err = -EBADF;

	if (IS_ERR(irqfd))
		return PTR_ERR(irqfd);

	CLASS(fd, f)(op->fd);
	if (fd_file(f)) {
		irqfd->eventfd = eventfd_ctx_fileget(fd_file(f));
		err = PTR_ERR_OR_ZERO(irqfd->eventfd);
		if (!err) {
			err = activate(irqfd, fd_file(f));
			if (err)
				eventfd_ctx_put(irqfd->eventfd);
		}
	}
	if (err)
		kfree(irqfd);
	return err;
}

/* When it returns, the eventfd raises no interrupts any more; one that raised none is no error. */
static int deassign(const struct privcmd_file *file, const struct privcmd_irqfd *op)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(op->fd);
	struct irqfd *irqfd;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	mutex_lock(&assign_lock);
	spin_lock_irq(&active_lock);
	irqfd = find(eventfd);
	if (irqfd && privcmd_may_name(file, irqfd->dom))
		deactivate(irqfd);
	spin_unlock_irq(&active_lock);
	mutex_unlock(&assign_lock);
	eventfd_ctx_put(eventfd);
	flush_workqueue(end_wq);
	return 0;
}

/**
 * privcmd_ioctl_irqfd() - have an eventfd raise interrupts, or raise them no more
 * @file: the file
 * @arg: the request
 *
 * Return: 0; -EINVAL, also for an operation that raises none; -EFAULT, -EPERM, -E2BIG, -ENOMEM,
 * -EBADF, or -EBUSY if it does so already.
 */
long privcmd_ioctl_irqfd(struct privcmd_file *file, const struct privcmd_irqfd __user *arg)
{
	struct privcmd_irqfd op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.flags & ~PRIVCMD_IRQFD_FLAG_DEASSIGN)
		return -EINVAL;
	if (!privcmd_may_name(file, op.dom))
		return -EPERM;
	if (op.flags & PRIVCMD_IRQFD_FLAG_DEASSIGN)
		return deassign(file, &op);
	return assign(&op);
}

/**
 * privcmd_irqfd_init() - before the first irqfd
 *
 * Return: 0; -ENOMEM.
 */
int privcmd_irqfd_init(void)
{
	end_wq = alloc_workqueue("xen_privcmd_irqfd", WQ_UNBOUND, 0);
	return end_wq ? 0 : -ENOMEM;
}

/**
 * privcmd_irqfd_exit() - end all irqfds
 */
void privcmd_irqfd_exit(void)
{
	struct irqfd *irqfd, *next;

	spin_lock_irq(&active_lock);
	list_for_each_entry_safe(irqfd, next, &active, node)
		deactivate(irqfd);
	spin_unlock_irq(&active_lock);
	destroy_workqueue(end_wq);
}
