/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The backend framework: everything that a Xen device backend needs and that is not its protocol.
 *
 * A backend registers a struct xen_backend_driver. For each device the framework keeps a struct
 * xen_backend and runs its life from one table under one lock. While the device is connected it
 * has one struct xen_queue_set, built completely before it is published under RCU and taken apart
 * in the reverse order; a set whose I/O cannot be waited for lives on by itself until the last
 * reference goes, and no new one is connected before that.
 *
 * Nothing that a peer does reaches a BUG, a WARN, an unbounded loop, queue or log: workers have
 * budgets, what a peer makes us hold is charged to its domain's account, and every protocol error
 * ends in one of two ways, an error response for one request or xen_backend_fatal() for the
 * device.
 */
#ifndef _XEN_BACKEND_H
#define _XEN_BACKEND_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <xen/backend_grant.h>
#include <xen/life.h>
#include <xen/ring.h>
#include <xen/want.h>
#include <xen/xenbus.h>

struct dentry;
struct net_device;
struct seq_file;
struct task_struct;
struct xen_backend;
struct xen_queue;
struct xen_worker;

/* ----------------------------------------------------------- negotiation */

/**
 * struct xen_offer - a node that we write into our own xenstore directory
 * @node: its name
 * @value: fills in the value; returns 0, -ENOENT to leave the node out, another -errno to
 *	fail; NULL: use @fixed
 * @fixed: the value if @value is NULL
 *
 * All offers of a table are written in one transaction, as unsigned decimal numbers.
 */
struct xen_offer {
	const char *node;
	int (*value)(struct xen_backend *be, u64 *val);
	u64 fixed;
};

/**
 * xen_want_read() - read a table of nodes of the peer
 * @be: the device
 * @dir: xenstore directory
 * @wants: the table, ended by an entry whose @node is NULL
 * @result: structure that receives the u32 values
 *
 * Context: may sleep.
 * Return: 0, or the first error of xen_want_parse(), which is logged with the
 * node's name.
 */
int xen_want_read(struct xen_backend *be, const char *dir, const struct xen_want *wants,
		  void *result);

/**
 * xen_offer_write() - write a table of nodes of ours in one transaction
 * @be: the device
 * @offers: the table, ended by an entry whose @node is NULL; may be NULL
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int xen_offer_write(struct xen_backend *be, const struct xen_offer *offers);

/* --------------------------------------------- channels, workers, queues */

#define XEN_QUEUE_RINGS		2
#define XEN_QUEUE_CHANNELS	2
#define XEN_QUEUE_WORKERS	2

/**
 * struct xen_channel - one event channel of a queue
 * @q: the queue
 * @irq: its interrupt, 0 while unbound; read under RCU
 * @unbinding: the framework's
 * @wakes: bit mask of the workers to kick for an event
 * @owed: workers that have not yet delivered their verdict on the current event
 * @useful: one of them found work
 * @events: events received
 * @spurious: events without work
 * @sent: events sent
 * @name: shown in /proc/interrupts
 * @late: sends an event that fault injection held back
 *
 * Events are always late EOI: the channel stays masked until every worker that was kicked has
 * found its ring empty. Their joint verdict, "work" or "no work", is the EOI; channels without
 * work are throttled by the event core.
 */
struct xen_channel {
	struct xen_queue *q;
	unsigned int irq;
	unsigned int unbinding;
	unsigned long wakes;
	atomic_t owed;
	bool useful;
	u64 events, spurious, sent;
	char name[56];
#ifdef CONFIG_XEN_BACKEND_FAULT
	struct timer_list late;
#endif
};

/**
 * struct xen_budget - what one turn of a worker may use up
 * @items: requests or packets left
 * @bytes: payload bytes left
 * @until: jiffies at which to stop
 * @used: items consumed in this turn, over all of it
 * @may_spin: an empty ring need not be armed: the turn may return XEN_WORK_QUIET
 */
struct xen_budget {
	int items;
	long bytes;
	unsigned long until;
	unsigned int used;
	bool may_spin;
};

/**
 * xen_budget_spend() - account for one item
 * @b: the budget
 * @bytes: its payload
 *
 * Return: true while the turn may go on.
 */
bool xen_budget_spend(struct xen_budget *b, size_t bytes);

#define XEN_WORK_QUIET	2	/* nothing to do now; the ring is not armed */

/**
 * typedef xen_work_fn - one turn of a worker
 * @w: the worker
 * @b: the budget
 *
 * Return: 0 if there is nothing left to do (xen_ring_arm() said so): the worker sleeps and the
 * event gets its EOI; 1 if there is more: called again after others had a chance;
 * XEN_WORK_QUIET, where &xen_budget.may_spin allows it: called again when there is something on
 * the ring, or soon with @may_spin unset; a negative
 * errno: the worker parks for good, the event gets no EOI, and the device is failed with that
 * error. -ESHUTDOWN parks silently.
 */
typedef int (*xen_work_fn)(struct xen_worker *w, struct xen_budget *b);

/**
 * enum xen_worker_kind - what runs a worker
 * @XEN_WORKER_NONE: unused
 * @XEN_WORKER_THREAD: a kernel thread of its own
 * @XEN_WORKER_NAPI: a NAPI instance of the driver's network device
 */
enum xen_worker_kind { XEN_WORKER_NONE, XEN_WORKER_THREAD, XEN_WORKER_NAPI };

/**
 * struct xen_worker - what consumes a ring
 * @q: the queue
 * @kind: see enum xen_worker_kind
 * @fn: one turn
 * @priv: the driver's
 * @task: the thread
 * @napi: the NAPI instance (allocated, because the framework does not depend on NET)
 * @timer: for xen_worker_kick_after()
 * @kicked: there may be work
 * @running: the set was published
 * @parked: never runs again
 * @ending: its thread ends as soon as it comes back from what it does
 * @owes: channels whose event this worker has not looked at yet
 * @serving: channels whose event awaits this worker's verdict
 * @items: default budget of a turn
 * @bytes: default budget of a turn
 * @turns: turns run
 * @did: items consumed since the last verdict
 * @watch: see xen_worker_watch(), NULL if it was not called
 * @spin_ns: for how long the worker looks at an empty ring before it sleeps; learned
 * @spin_skip: short sleeps from which it does not learn
 * @spin_fails: looks of full length in a row that found nothing
 * @spins: looks
 * @spun: looks that found something
 */
struct xen_worker {
	struct xen_queue *q;
	enum xen_worker_kind kind;
	xen_work_fn fn;
	void *priv;
	struct task_struct *task;
	struct napi_struct *napi;
	struct timer_list timer;
	int kicked;
	bool running;
	bool parked;
	bool ending;
	unsigned long owes;
	unsigned long serving;
	int items;
	long bytes;
	u64 turns;
	unsigned int did;
	struct xen_ring *watch;
	u32 spin_ns;
	u32 spin_skip;
	int spin_fails;
	u64 spins, spun;
};

/**
 * struct xen_queue_ring - a ring with its mapping
 * @ring: the private state
 * @pages: pages mapped, 0 while unmapped
 * @node: the xenstore node that named it
 */
struct xen_queue_ring {
	struct xen_ring ring;
	unsigned int pages;
	const char *node;
};

/**
 * struct xen_queue - one queue of a connected device
 * @be: the device
 * @set: the set that it is part of
 * @index: its number; numbers from &xen_backend.nr_queues on are extra queues (a control ring)
 * @rings: ring 0 and 1; what they carry is the driver's business
 * @channels: likewise
 * @workers: likewise
 * @pool: pages for foreign mappings
 * @refs: one for the set, one for each running thread, one for each piece of I/O in flight
 * @active: one for the set until it is told to stop, one for each running thread; then
 *	&xen_backend_ops.queue_stop is due
 * @initialised: &xen_backend_ops.queue_init succeeded, so the other queue calls are due
 * @priv: &xen_backend_driver.queue_size bytes for the driver, zeroed
 */
struct xen_queue {
	struct xen_backend *be;
	struct xen_queue_set *set;
	unsigned int index;
	struct xen_queue_ring rings[XEN_QUEUE_RINGS];
	struct xen_channel channels[XEN_QUEUE_CHANNELS];
	struct xen_worker workers[XEN_QUEUE_WORKERS];
	struct xen_gpool pool;
	refcount_t refs;
	refcount_t active;
	bool initialised;
	void *priv;
};

/**
 * struct xen_queue_set - all queues of one connection
 * @be: the device
 * @nr: number of ordinary queues
 * @total: number of queues with the extra ones
 * @live: queues that still have references
 * @dying: no new work may start
 * @drained: completed when @live reaches zero
 * @phase: owned, orphaned (it frees itself), drained
 * @work: frees it
 * @queues: the queues
 */
struct xen_queue_set {
	struct xen_backend *be;
	unsigned int nr;
	unsigned int total;
	refcount_t live;
	bool dying;
	struct completion drained;
	atomic_t phase;
	struct work_struct work;
	struct xen_queue *queues[];
};

/**
 * xen_queue_get() - note I/O in flight
 * @q: the queue
 *
 * Context: the owner worker's, or while another reference is held.
 */
static inline void xen_queue_get(struct xen_queue *q)
{
	refcount_inc(&q->refs);
}

/**
 * xen_queue_put() - note that I/O is over; the queue may be gone afterwards
 * @q: the queue
 *
 * Context: any.
 */
void xen_queue_put(struct xen_queue *q);

/**
 * xen_queue_map_ring() - map a ring that the peer named
 * @q: the queue
 * @which: 0 or 1
 * @dir: the peer's xenstore directory, as &xen_backend_ops.queue_init got it
 * @node: "ring-ref": read as it is for a single page, with a number appended if @indexed
 * @order: log2 of the number of pages
 * @indexed: the peer uses numbered nodes
 * @slot_size: see xen_ring_slots()
 *
 * Context: process context.
 * Return: 0 or -errno; on failure nothing is left mapped. The framework
 * unmaps it.
 */
int xen_queue_map_ring(struct xen_queue *q, unsigned int which, const char *dir, const char *node,
		       unsigned int order,
		       bool indexed, u32 slot_size);

/**
 * xen_queue_bind_channel() - bind an event channel that the peer named
 * @q: the queue
 * @which: 0 or 1
 * @dir: the peer's xenstore directory
 * @node: "event-channel" or the like
 * @wakes: bit mask of the workers to kick for each event
 *
 * The workers must have been set up. Events may arrive at once but kick nobody until the set is
 * published.
 *
 * Context: process context.
 * Return: 0 or -errno. The framework unbinds it.
 */
int xen_queue_bind_channel(struct xen_queue *q, unsigned int which, const char *dir,
			   const char *node,
			   unsigned long wakes);

/**
 * xen_queue_thread() - give a queue a worker thread
 * @q: the queue
 * @which: 0 or 1
 * @fn: one turn
 * @name: name of the thread
 *
 * It starts running, with a first kick, when the set is published, and is stopped by the framework.
 *
 * Context: process context.
 * Return: 0 or -errno.
 */
int xen_queue_thread(struct xen_queue *q, unsigned int which, xen_work_fn fn, const char *name);

/**
 * xen_worker_watch() - let a thread look at a ring for a moment before it sleeps
 * @w: a worker of kind XEN_WORKER_THREAD, whose turn knows XEN_WORK_QUIET
 * @ring: 0 or 1: the ring of its queue that it consumes, mapped before the set is published
 *
 * For how long is learned from how soon work came before, and bounded by xen_backend.spin_us.
 * Nothing is lost where it does not pay.
 *
 * Context: process context, from &xen_backend_ops.queue_init.
 */
void xen_worker_watch(struct xen_worker *w, unsigned int ring);

/**
 * xen_queue_napi() - give a queue a NAPI worker
 * @q: the queue
 * @which: 0 or 1
 * @fn: one turn; &xen_budget.items never exceeds the NAPI budget
 * @netdev: the network device
 *
 * Enabled when the set is published, disabled and deleted by the framework.
 *
 * Context: process context.
 * Return: 0 or -errno; -EOPNOTSUPP without CONFIG_NET.
 */
int xen_queue_napi(struct xen_queue *q, unsigned int which, xen_work_fn fn,
		   struct net_device *netdev);

/**
 * xen_worker_kick() - there may be work
 * @w: the worker
 *
 * Context: any. Safe until the queue is released; has no effect once the worker is stopped or
 * parked.
 */
void xen_worker_kick(struct xen_worker *w);

/**
 * xen_worker_kick_after() - kick later; an earlier deadline replaces a later one
 * @w: the worker
 * @delay: jiffies
 *
 * Context: any.
 */
void xen_worker_kick_after(struct xen_worker *w, unsigned long delay);

/**
 * xen_channel_notify() - send an event to the peer
 * @ch: the channel
 *
 * Context: any; has no effect on a channel that is being unbound.
 */
void xen_channel_notify(struct xen_channel *ch);

/* --------------------------------------------------------------- devices */

/**
 * struct xen_backend_ops - a backend's protocol
 * @probe: a device appeared: allocate &xen_backend.priv; nothing is written yet
 * @remove: the device goes; queues are down and drained or orphaned, and orphans may still
 *	need @be->priv
 * @release: the last reference to the device is gone: free &xen_backend.priv
 * @gate: the gate node was written with @value (never NULL): return 1 to open, 0 to wait
 *	on, -errno to fail
 * @configure: the frontend is ready: read its wants, set @nr_queues and @nr_extra, decide
 *	on a dialect
 * @queue_init: set up one queue: workers, rings, channels, private state. @dir is the
 *	peer's directory of this queue. On failure the framework releases what the helpers set
 *	up; the driver undoes its own part
 * @queue_stop: workers and channels of the queue are stopped; stop timers, purge what only
 *	we can end; in the context of whoever ended last, maybe a thread of the queue
 * @queue_release: the last reference is gone: free the driver's part (persistent grants, pages)
 * @connected: Connected was written and workers run
 * @disconnecting: the set is about to be taken down (carrier off); workers still run
 * @reclaim: memory is short; may not sleep, kick a worker instead
 * @peer_changed: every change of the frontend's state, before the table is consulted; optional
 * @show: add lines to the device's debugfs file
 * @uevent: as in struct xenbus_driver
 *
 * All but @reclaim and @show run in process context. @gate, @configure, @queue_init, @connected,
 * @disconnecting and @peer_changed run under the device's lock; the others do not take it and may
 * run without.
 */
struct xen_backend_ops {
	int (*probe)(struct xen_backend *be);
	void (*remove)(struct xen_backend *be);
	void (*release)(struct xen_backend *be);
	int (*gate)(struct xen_backend *be, const char *value);
	int (*configure)(struct xen_backend *be);
	int (*queue_init)(struct xen_queue *q, const char *dir);
	void (*queue_stop)(struct xen_queue *q);
	void (*queue_release)(struct xen_queue *q);
	void (*connected)(struct xen_backend *be);
	void (*disconnecting)(struct xen_backend *be);
	void (*reclaim)(struct xen_backend *be);
	void (*peer_changed)(struct xen_backend *be, enum xenbus_state state);
	void (*show)(struct xen_queue *q, struct seq_file *m);
	int (*uevent)(struct xen_backend *be, struct kobj_uevent_env *env);
};

#define XEN_BACKEND_SERVE_CLOSING	1U	/* keep serving between Closing and Closed */

/**
 * struct xen_backend_driver - a backend
 * @type: device type in xenstore ("vbd")
 * @gate_node: node of our own directory that hotplug writes; NULL: the gate is always open
 * @connect_on: BIT(XenbusState...) of the frontend states that mean "connect"
 * @flags: XEN_BACKEND_*
 * @queue_size: bytes of &xen_queue.priv
 * @early: offers written before InitWait
 * @live: offers written before Connected
 * @ops: the protocol
 * @ids: the framework's
 * @xenbus: the framework's
 * @alive: devices and orphans that may still call the driver
 *
 * Trust: drivers built on this framework are hardened against a malicious frontend.
 */
struct xen_backend_driver {
	const char *type;
	const char *gate_node;
	unsigned long connect_on;
	unsigned int flags;
	size_t queue_size;
	const struct xen_offer *early;
	const struct xen_offer *live;
	const struct xen_backend_ops *ops;
	struct xenbus_device_id ids[2];
	struct xenbus_driver xenbus;
	atomic_t alive;
};

/**
 * struct xen_backend - one device
 * @dev: the xenbus device
 * @drv: the driver
 * @priv: the driver's
 * @domid: the frontend's domain
 * @name: short name for messages
 * @lock: serialises life, connection and removal
 * @life: see enum xen_life; written under @lock by the framework only
 * @peer: the frontend's state as last seen
 * @gate_open: hotplug is done
 * @gate: watch on the gate node
 * @nr_queues: ordinary queues; set by &xen_backend_ops.configure, at least 1
 * @nr_extra: extra queues, whose directory is the frontend's own
 * @set: the published queues, NULL while not connected
 * @orphans: sets that still drain after their connection ended
 * @account: what its domain holds
 * @fail_work: carries xen_backend_fatal() out
 * @fail_error: what failed, 0 while nothing did
 * @fail_text: why
 * @drain_work: retries a connection that waited for an orphan
 * @ref: orphans and work hold one each
 * @maps: grants mapped, ever
 * @unmaps: grants unmapped, ever
 * @copies: grant copies, ever
 * @hypercalls: grant hypercalls made, ever
 * @leaked: pages that the hypervisor did not give back
 * @debugfs: its directory
 * @faults: fault injection: every n-th try of each kind fails, 0 never
 */
struct xen_backend {
	struct xenbus_device *dev;
	struct xen_backend_driver *drv;
	void *priv;
	domid_t domid;
	char name[32];
	struct mutex lock;	/* life, connection, removal */
	enum xen_life life;
	enum xenbus_state peer;
	bool gate_open;
	struct xenbus_watch gate;
	unsigned int nr_queues;
	unsigned int nr_extra;
	struct xen_queue_set __rcu *set;
	atomic_t orphans;
	struct xen_account *account;
	struct work_struct fail_work;
	int fail_error;
	const char *fail_text;
	struct work_struct drain_work;
	struct kref ref;
	atomic_long_t maps, unmaps, copies, hypercalls, leaked;
	struct dentry *debugfs;
	struct xen_fault_point {
		u32 every;
		atomic_t count;
	} faults[8];
};

/**
 * xen_backend_register() - register a backend
 * @drv: the driver, with everything but the framework's fields filled in
 * @owner: THIS_MODULE
 *
 * Return: 0 or -errno.
 */
int xen_backend_register(struct xen_backend_driver *drv, struct module *owner);

/**
 * xen_backend_unregister() - the inverse
 * @drv: the driver
 *
 * Removes all its devices and waits for orphans.
 */
void xen_backend_unregister(struct xen_backend_driver *drv);

/**
 * xen_backend_fatal() - fail a device
 * @be: the device
 * @err: -errno
 * @text: a constant string that says why
 *
 * Records the first failure of a connection, logs it (rate-limited), writes it to the device's
 * error node and takes the device to Closing from a work item. It stays shut until the frontend
 * starts again.
 *
 * Context: any.
 */
void xen_backend_fatal(struct xen_backend *be, int err, const char *text);

/**
 * xen_backend_recheck_gate() - look at the gate node again
 * @be: the device
 *
 * For drivers whose gate depends on more than the node itself. Context: process context,
 * @be->lock not held.
 */
void xen_backend_recheck_gate(struct xen_backend *be);

/**
 * xen_backend_queues() - call a function for each queue of the current connection
 * @be: the device
 * @fn: called under RCU, must not sleep
 * @data: passed on
 *
 * The way for statistics readers: the queues cannot go away meanwhile. Context: any.
 */
void xen_backend_queues(struct xen_backend *be, void (*fn)(struct xen_queue *q, void *data),
			void *data);

/**
 * xen_backend_of() - the device behind a struct device
 * @dev: a device on the xen-backend bus bound to a driver of this framework
 *
 * Return: the device, NULL while it is being probed or removed.
 */
static inline struct xen_backend *xen_backend_of(struct device *dev)
{
	return dev_get_drvdata(dev);
}

/* ------------------------------------------------------- fault injection */

/**
 * enum xen_fault - what can be made to fail (debugfs xen-backend/DEVICE/fault-*)
 * @XEN_FAULT_MAP: a slot of a map batch
 * @XEN_FAULT_COPY: a slot of a copy batch
 * @XEN_FAULT_EAGAIN: a slot of a copy batch says "paged out"
 * @XEN_FAULT_ALLOC: a memory allocation
 * @XEN_FAULT_SHORT: a ring turn ends after one item
 * @XEN_FAULT_SLOW: an event to the peer is sent 20 ms late
 * @XEN_FAULT_NR: number of kinds
 */
enum xen_fault {
	XEN_FAULT_MAP, XEN_FAULT_COPY, XEN_FAULT_EAGAIN, XEN_FAULT_ALLOC, XEN_FAULT_SHORT,
	XEN_FAULT_SLOW,
	XEN_FAULT_NR
};

#ifdef CONFIG_XEN_BACKEND_FAULT
/**
 * xen_fault_due() - count a try of a kind that is set to fail
 * @be: the device
 * @kind: what is tried
 *
 * Context: any.
 * Return: true every n-th time.
 */
bool xen_fault_due(struct xen_backend *be, enum xen_fault kind);
#else
static inline bool xen_fault_due(struct xen_backend *be, enum xen_fault kind)
{
	return false;
}
#endif

/**
 * xen_fault_armed() - is a kind of failure configured at all?
 * @be: the device
 * @kind: what may fail
 *
 * Spares loops the question for each item. Context: any.
 * Return: true if so, always false without CONFIG_XEN_BACKEND_FAULT.
 */
static inline bool xen_fault_armed(struct xen_backend *be, enum xen_fault kind)
{
	return IS_ENABLED(CONFIG_XEN_BACKEND_FAULT) && READ_ONCE(be->faults[kind].every);
}

/**
 * xen_fault() - shall this try fail?
 * @be: the device
 * @kind: what is tried
 *
 * Context: any.
 * Return: true every n-th time if so configured.
 */
static inline bool xen_fault(struct xen_backend *be, enum xen_fault kind)
{
	return unlikely(xen_fault_armed(be, kind)) && xen_fault_due(be, kind);
}

#endif /* _XEN_BACKEND_H */
