// SPDX-License-Identifier: GPL-2.0
/*
 * ioeventfds: a guest that kicks a queue of a virtio device signals an eventfd.
 *
 * The hypervisor leaves what the guest does in a page of requests, one for each vCPU, and raises
 * that vCPU's channel. A request that is the kick of a queue with an eventfd is answered here, in
 * the interrupt; all others are left to the device model, which hears of the channel as well.
 *
 * A channel is named by its port, a number that anybody could guess. It has to be one that
 * /dev/xen/evtchn has bound, to the guest if the file is restricted, and it serves one server.
 *
 * A page of requests and its ioeventfds are a server. It needs the frame behind the page, which it
 * keeps there, and ends with the last of its ioeventfds, or when no process shows the page any
 * more. A worker frees it: who takes an interrupt's files out of /proc waits for their readers, and
 * these may wait for the mmap_lock or the lock here.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <xen/events.h>
#include <xen/interface/hvm/ioreq.h>
#include "privcmd.h"
#include "privcmd_plan.h"

#define REQUESTS_PER_PAGE	(PAGE_SIZE / sizeof(struct ioreq))
/* ioeventfds of a server: each interrupt looks at all of them. */
#define MAX_EVENTS		1024

/**
 * struct kick - an ioeventfd
 * @node: in its server's list
 * @eventfd: the eventfd
 * @addr: of the device's registers
 * @len: of what is written
 * @queue: the queue
 */
struct kick {
	struct list_head node;
	struct eventfd_ctx *eventfd;
	u64 addr;
	u32 len, queue;
};

/**
 * struct server_port - a vCPU's channel
 * @server: the server
 * @request: the vCPU's
 * @port: of the channel, once it serves
 * @irq: of the channel; 0 before it is bound
 */
struct server_port {
	struct server *server;
	struct ioreq *request;
	evtchn_port_t port;
	unsigned int irq;
};

/**
 * struct server - a page of requests
 * @node: in one of the lists, under servers_lock
 * @area: what has the page
 * @index: which of its pages
 * @dom: the guest
 * @lock: protects @kicks, also from interrupts
 * @kicks: its ioeventfds
 * @count: of them
 * @vcpus: of the guest
 * @ports: for each vCPU
 */
struct server {
	struct list_head node;
	struct privcmd_area *area;
	unsigned long index;
	domid_t dom;
	spinlock_t lock;	/* see above */
	struct list_head kicks;
	unsigned int count;
	unsigned int vcpus;
	struct server_port ports[] __counted_by(vcpus);
};

/* Also for what is in the servers, but for what their own locks protect. */
static DEFINE_MUTEX(servers_lock);
static LIST_HEAD(servers);
static LIST_HEAD(ended);
/* What serves servers, by port: one server each. */
static DEFINE_XARRAY(serving);

/**
 * struct wish - an ioeventfd that is asked for
 * @op: the request
 * @dom: whose ports may be named; DOMID_INVALID for anybody's
 * @ports: needed for a server that there is not yet
 */
struct wish {
	const struct privcmd_ioeventfd *op;
	domid_t dom;
	const u32 *ports;
};

static bool signal(struct server *server, struct ioreq *shared, const struct ioreq *req)
{
	struct kick *kick;
	bool found = false;

	spin_lock(&server->lock);
	list_for_each_entry(kick, &server->kicks, node) {
		found = privcmd_kick_matches(req, kick->addr, kick->len, kick->queue);
		if (!found)
			continue;
		/* The request was read before it is claimed. */
		virt_mb();
		shared->state = STATE_IOREQ_INPROCESS;
		eventfd_signal(kick->eventfd);
		break;
	}
	spin_unlock(&server->lock);
	return found;
}

static irqreturn_t requested(int irq, void *data)
{
	struct server_port *port = data;
	struct ioreq *shared = port->request, req;

	if (shared->state != STATE_IOREQ_READY)
		return IRQ_NONE;
	/* The hypervisor has written the request before it said that it is ready. */
	virt_rmb();
	req = *shared;
	if (!signal(port->server, shared, &req))
		return IRQ_NONE;
	/* Whoever sees the answer finds the eventfd signalled. */
	virt_wmb();
	shared->state = STATE_IORESP_READY;
	notify_remote_via_irq(irq);
	return IRQ_HANDLED;
}

static void kick_free(struct kick *kick)
{
	eventfd_ctx_put(kick->eventfd);
	kfree(kick);
}

static void server_free(struct server *server)
{
	struct kick *kick, *next;
	unsigned int i;

	for (i = 0; i < server->vcpus; i++) {
		if (server->ports[i].irq)
			unbind_from_irqhandler(server->ports[i].irq, &server->ports[i]);
	}
	list_for_each_entry_safe(kick, next, &server->kicks, node)
		kick_free(kick);
	privcmd_area_put(server->area);
	kvfree(server);
}

static void free_ended(struct work_struct *unused)
{
	struct server *server, *next;
	LIST_HEAD(found);

	mutex_lock(&servers_lock);
	list_splice_init(&ended, &found);
	mutex_unlock(&servers_lock);
	list_for_each_entry_safe(server, next, &found, node)
		server_free(server);
}

static DECLARE_WORK(ending, free_ended);

/* With servers_lock. Whatever is to be freed still, the ports can serve others. */
static void server_end(struct server *server)
{
	unsigned int i;

	for (i = 0; i < server->vcpus; i++) {
		if (server->ports[i].port)
			xa_erase(&serving, server->ports[i].port);
	}
	list_move_tail(&server->node, &ended);
	schedule_work(&ending);
}

/* The port is held, so that it stays what it is found to be. */
static int judge_port(evtchn_port_t port, domid_t dom)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	if (xen_hv_evtchn_status(&status) || status.status != EVTCHNSTAT_interdomain)
		return -EINVAL;
	return dom == DOMID_INVALID || status.u.interdomain.dom == dom ? 0 : -EPERM;
}

static int bind_port(struct server_port *port, evtchn_port_t number, domid_t dom)
{
	int err, irq = xen_irq_hold(number);

	if (irq < 0)
		return -EINVAL;
	err = judge_port(number, dom);
	if (!err)
		err = xa_insert(&serving, number, port, GFP_KERNEL);
	if (err)
		goto let_go;
	port->port = number;
	err = request_irq(irq, requested, IRQF_SHARED, "ioeventfd", port);
	if (err)
		goto let_go;
	port->irq = irq;
	return 0;
let_go:
	xen_irq_let_go(irq);
	return err;
}

static int bind_ports(struct server *server, const struct wish *wish)
{
	unsigned int i;
	int err;

	for (i = 0; i < server->vcpus; i++) {
		struct page *page = server->area->pages[server->index + i / REQUESTS_PER_PAGE];

		server->ports[i].server = server;
		server->ports[i].request = (struct ioreq *)page_to_virt(page) +
					   i % REQUESTS_PER_PAGE;
		err = bind_port(&server->ports[i], wish->ports[i], wish->dom);
		if (err)
			return err;
	}
	return 0;
}

/* With servers_lock. */
static struct server *server_new(struct privcmd_area *area, unsigned long index,
				 const struct wish *wish)
{
	const struct privcmd_ioeventfd *op = wish->op;
	struct server *server;
	int err;

	if (op->vcpus > (area->count - index) * REQUESTS_PER_PAGE)
		return ERR_PTR(-EINVAL);
	server = kvzalloc(struct_size(server, ports, op->vcpus), GFP_KERNEL_ACCOUNT);
	if (!server)
		return ERR_PTR(-ENOMEM);
	server->vcpus = op->vcpus;
	server->dom = op->dom;
	server->index = index;
	server->area = area;
	kref_get(&area->users);
	INIT_LIST_HEAD(&server->node);
	spin_lock_init(&server->lock);
	INIT_LIST_HEAD(&server->kicks);
	err = bind_ports(server, wish);
	if (err) {
		server_end(server);
		return ERR_PTR(err);
	}
	list_add_tail(&server->node, &servers);
	return server;
}

static struct server *server_find(const struct privcmd_area *area, unsigned long index)
{
	struct server *server;

	list_for_each_entry(server, &servers, node) {
		if (server->area == area && server->index == index)
			return server;
	}
	return NULL;
}

/* What shows the page of requests at an address of this process, with a use. */
static struct privcmd_area *find_page(u64 addr, unsigned long *index)
{
	struct privcmd_area *area = NULL;
	struct vm_area_struct *vma;

	if (offset_in_page(addr))
		return ERR_PTR(-EINVAL);
	mmap_read_lock(current->mm);
	vma = privcmd_vma(current->mm, addr);
	if (vma && !privcmd_area_empty(vma, addr, PAGE_SIZE))
		area = privcmd_area_of(vma);
	if (area) {
		*index = PFN_DOWN(addr - vma->vm_start) - area->first;
		kref_get(&area->users);
	}
	mmap_read_unlock(current->mm);
	if (!area)
		return ERR_PTR(-EFAULT);
	if (area->pages && *index < area->count)
		return area;
	/* A PV domain's kernel has no address for it. */
	privcmd_area_put(area);
	return ERR_PTR(-EOPNOTSUPP);
}

/* With servers_lock. */
static struct kick *kick_find(const struct server *server, const struct eventfd_ctx *eventfd)
{
	struct kick *kick;

	list_for_each_entry(kick, &server->kicks, node) {
		if (kick->eventfd == eventfd)
			return kick;
	}
	return NULL;
}

static int add_kick(struct server *server, const struct privcmd_ioeventfd *op, struct kick *kick)
{
	if (server->dom != op->dom || server->vcpus != op->vcpus)
		return -EINVAL;
	if (kick_find(server, kick->eventfd))
		return -EBUSY;
	if (server->count == MAX_EVENTS)
		return -ENOSPC;
	server->count++;
	spin_lock_irq(&server->lock);
	list_add_tail(&kick->node, &server->kicks);
	spin_unlock_irq(&server->lock);
	return 0;
}

static int add(struct privcmd_area *area, unsigned long index, const struct wish *wish,
	       struct kick *kick)
{
	struct server *server;

	guard(mutex)(&servers_lock);
	/* From here on, the last one to show the page waits for the lock to end its servers. */
	if (!refcount_read(&area->shown))
		return -EFAULT;
	server = server_find(area, index);
	if (!server) {
		if (!wish->ports)
			return -EAGAIN;
		server = server_new(area, index, wish);
	}
	return IS_ERR(server) ? PTR_ERR(server) : add_kick(server, wish->op, kick);
}

static int add_to_page(const struct privcmd_ioeventfd *op, domid_t dom, struct kick *kick)
{
	struct wish wish = { .op = op, .dom = dom };
	unsigned long index;
	struct privcmd_area *area = find_page(op->ioreq, &index);
	u32 *ports;
	int err;

	if (IS_ERR(area))
		return PTR_ERR(area);
	err = area->dom == op->dom ? add(area, index, &wish, kick) : -EINVAL;
	if (err == -EAGAIN) {
		ports = memdup_array_user(u64_to_user_ptr(op->ports), op->vcpus, sizeof(*ports));
		err = PTR_ERR_OR_ZERO(ports);
		if (!err) {
			wish.ports = ports;
			err = add(area, index, &wish, kick);
			kfree(ports);
		}
	}
	privcmd_area_put(area);
	return err;
}

static int assign(const struct privcmd_ioeventfd *op, const struct privcmd_file *file)
{
	int err = privcmd_plan_ioeventfd(op);
	struct kick *kick;

	if (err)
		return err;
	kick = kzalloc(sizeof(*kick), GFP_KERNEL_ACCOUNT);
	if (!kick)
		return -ENOMEM;
	kick->addr = op->addr;
	kick->len = op->addr_len;
	kick->queue = op->vq;
	kick->eventfd = eventfd_ctx_fdget(op->event_fd);
	if (IS_ERR(kick->eventfd)) {
		err = PTR_ERR(kick->eventfd);
		kfree(kick);
		return err;
	}
	err = add_to_page(op, READ_ONCE(file->only), kick);
	if (err)
		kick_free(kick);
	return err;
}

static int take_out(struct server *server, const struct privcmd_ioeventfd *op,
		    const struct eventfd_ctx *eventfd)
{
	struct kick *kick;

	if (!server || server->dom != op->dom || server->vcpus != op->vcpus)
		return -ENODEV;
	kick = kick_find(server, eventfd);
	if (!kick)
		return -ENODEV;
	spin_lock_irq(&server->lock);
	list_del(&kick->node);
	spin_unlock_irq(&server->lock);
	kick_free(kick);
	if (!--server->count)
		server_end(server);
	return 0;
}

static int deassign(const struct privcmd_ioeventfd *op)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(op->event_fd);
	struct privcmd_area *area;
	unsigned long index;
	int err = -ENODEV;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	area = find_page(op->ioreq, &index);
	if (!IS_ERR(area)) {
		mutex_lock(&servers_lock);
		err = take_out(server_find(area, index), op, eventfd);
		mutex_unlock(&servers_lock);
		privcmd_area_put(area);
	}
	eventfd_ctx_put(eventfd);
	return err;
}

/**
 * privcmd_ioeventfd_area_ends() - no process shows some pages any more
 * @area: what has them
 *
 * Context: process, mmap lock held for writing.
 */
void privcmd_ioeventfd_area_ends(struct privcmd_area *area)
{
	struct server *server, *next;

	guard(mutex)(&servers_lock);
	list_for_each_entry_safe(server, next, &servers, node) {
		if (server->area == area)
			server_end(server);
	}
}

/**
 * privcmd_ioeventfd_exit() - wait for what has ended
 *
 * Context: no file is open any more.
 */
void privcmd_ioeventfd_exit(void)
{
	flush_work(&ending);
}

/**
 * privcmd_ioctl_ioeventfd() - have a guest's kicks signal an eventfd, or signal it no more
 * @file: the file
 * @arg: the request
 *
 * Return: 0; -EINVAL or -EPERM, also for a port; -EBUSY for an eventfd or a port in use; -EFAULT,
 * -ENOMEM, -EBADF, -ENOSPC; -ENODEV if it is not signalled by them; -EOPNOTSUPP in a PV domain.
 */
long privcmd_ioctl_ioeventfd(struct privcmd_file *file,
			     const struct privcmd_ioeventfd __user *arg)
{
	struct privcmd_ioeventfd op;
	long err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.flags & ~PRIVCMD_IOEVENTFD_FLAG_DEASSIGN)
		return -EINVAL;
	if (!privcmd_may_name(file, op.dom))
		return -EPERM;
	err = op.flags & PRIVCMD_IOEVENTFD_FLAG_DEASSIGN ? deassign(&op) : assign(&op, file);
	/* The ports can be bound again when this returns. */
	flush_work(&ending);
	return err;
}
