/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ports of one open /dev/xen/evtchn.
 *
 * A port that is raised is silent from then on and stands in its file's queue, until it is taken
 * from there by a read. It speaks again when it is served, by a write. It stands in the queue at
 * most once, so the queue needs no memory of its own and cannot overflow.
 *
 * Order of locks:
 *   evtchn_file->bind_lock (mutex)   binding and unbinding, the restriction
 *     bound_port->lock               one port against its end; held for what uses its interrupt
 *       evtchn_file->queue_lock      the queue; also taken by the interrupt handler
 *
 * A port is looked up under RCU and freed a grace period after it left the table.
 */
#ifndef _XEN_USER_EVTCHN_H
#define _XEN_USER_EVTCHN_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

/**
 * struct evtchn_file - one open file, shared by all processes that inherited it
 * @bind_lock: held to bind and unbind
 * @ports: struct bound_port by number
 * @queue_lock: protects the queue
 * @queue: ports that were raised and not taken yet, in order
 * @wait: readers, and those who poll
 * @async: those who want SIGIO
 * @only: the one domain that ports may still be bound to; DOMID_INVALID for all
 * @name: of the ports' interrupts
 */
struct evtchn_file {
	struct mutex bind_lock;	/* see above */
	struct xarray ports;
	spinlock_t queue_lock;	/* see above */
	struct list_head queue;
	wait_queue_head_t wait;
	struct fasync_struct *async;
	domid_t only;
	char *name;
};

struct evtchn_file *evtchn_file_new(const char *opener);
void evtchn_file_free(struct evtchn_file *file);
int evtchn_file_bind(struct evtchn_file *file, evtchn_port_t port, bool fixed);
int evtchn_file_unbind(struct evtchn_file *file, evtchn_port_t port);
bool evtchn_file_has(struct evtchn_file *file, evtchn_port_t port);
int evtchn_file_notify(struct evtchn_file *file, evtchn_port_t port);
bool evtchn_file_take(struct evtchn_file *file, evtchn_port_t *port);
void evtchn_file_put_back(struct evtchn_file *file, evtchn_port_t port);
void evtchn_file_serve(struct evtchn_file *file, evtchn_port_t port);

/**
 * evtchn_file_raised() - whether there is a port to take
 * @file: the file
 *
 * Context: any. Whoever goes to sleep for it does so in @file->wait.
 * Return: whether.
 */
static inline bool evtchn_file_raised(const struct evtchn_file *file)
{
	return !list_empty(&file->queue);
}

#endif /* _XEN_USER_EVTCHN_H */
