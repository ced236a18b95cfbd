/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event channels, inside.
 *
 * An event is what a port of ours and an interrupt number share: struct xen_event. Two maps lead
 * to it, from the port and from the interrupt; both are read without a lock, under RCU, and
 * written under xen_event_lock. An event is freed a grace period after it left the port map.
 *
 * Order of locks:
 *   xen_event_lock (mutex)      maps, binding and unbinding, reference counts
 *     irq_desc->lock            the interrupt core calls our chips with it
 *       xen_event->lock         mask and late-EOI state of one event
 *         late EOI list lock    one per CPU, see lateeoi.c
 */
#ifndef _XEN_EVENTS_INTERNAL_H
#define _XEN_EVENTS_INTERNAL_H

#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/static_call.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/hv_evtchn.h>

struct xenbus_device;

/* What an event stands for. */
enum xen_event_kind {
	XEN_EVENT_NONE,		/* allocated, not set up */
	XEN_EVENT_PIRQ,
	XEN_EVENT_VIRQ,
	XEN_EVENT_IPI,
	XEN_EVENT_CHANNEL,	/* interdomain, or offered to another domain */
};

/* Why a port is masked. The bit in memory shared with the hypervisor is set iff any is. */
#define XEN_MASK_EXPLICIT	0x01	/* the interrupt core wants it */
#define XEN_MASK_BRIEFLY	0x02	/* while something about the port changes */
#define XEN_MASK_EOI		0x04	/* until the handler's owner says that the work is done */

#define XEN_PIRQ_NEEDS_EOI	0x01
#define XEN_PIRQ_SHAREABLE	0x02
#define XEN_PIRQ_MSI_GROUP	0x04	/* not the first vector of a multi-vector MSI */

/**
 * struct xen_event - one bound event
 * @port: our port; 0 while there is none (a PIRQ not started, after resume)
 * @irq: the interrupt number
 * @lock: protects @masked and the late-EOI members
 * @kind: enum xen_event_kind
 * @masked: XEN_MASK_*
 * @active: a handler was started and has not finished; set by whoever starts it
 * @barren: late EOIs in a row that reported no work
 * @braked: until when the last of them held the event back, in jiffies64
 * @dead: being freed: must not enter a late-EOI list any more
 * @accounted: counted among the events of @cpu
 * @fixed: the channel outlives its binding: unbinding does not close it
 * @cpu: where the event is delivered
 * @desc: the interrupt's descriptor, valid as long as the event
 * @dev: whom the statistics are for; may be NULL
 * @eoi_cpu: whose list a delayed EOI waits in
 * @eoi_epoch: that CPU's count of upcalls when the event was delivered
 * @eoi_at: when the EOI may take effect, in jiffies64; 0 for at once
 * @eoi_list: in the list of @eoi_cpu
 * @refs: references that user space took, -1 if it cannot
 * @all: in the list of all events
 * @rwork: frees the event
 * @virq: for XEN_EVENT_VIRQ
 * @ipi: for XEN_EVENT_IPI
 * @pirq: for XEN_EVENT_PIRQ: Xen's number, the GSI or 0, the owner, XEN_PIRQ_*
 */
struct xen_event {
	evtchn_port_t port;
	unsigned int irq;
	raw_spinlock_t lock;
	u8 kind;
	u8 masked;
	u8 active;
	u8 barren;
	bool dead;
	bool accounted;
	bool fixed;
	unsigned int cpu;
	struct irq_desc *desc;
	struct xenbus_device *dev;
	unsigned int eoi_cpu;
	unsigned int eoi_epoch;
	u64 eoi_at;
	u64 braked;
	struct list_head eoi_list;
	int refs;
	struct list_head all;
	struct rcu_work rwork;
	union {
		unsigned int virq;
		unsigned int ipi;
		struct {
			unsigned int nr;
			unsigned int gsi;
			domid_t domid;
			u8 flags;
		} pirq;
	};
};

/**
 * struct xen_turn - one run of the upcall
 * @seen: events so far
 * @late: the time is up: EOIs of what is still delivered are put off, so that the loop ends
 * @deadline: when it is up, 0 as long as nobody looked at the clock
 */
struct xen_turn {
	unsigned int seen;
	bool late;
	ktime_t deadline;
};

/**
 * struct xen_event_abi - one of the ABIs between us and the hypervisor
 * @name: for the log
 * @max_ports: how many ports the ABI can have
 * @nr_ports: how many can be used now
 * @setup: make room for a port; may fail; NULL if there is nothing to do
 * @remove: forget a port that is about to be closed; NULL if there is nothing to do
 * @bind_cpu: an event moves to a CPU; NULL if there is nothing to do
 * @clear: clear a port's pending bit
 * @set: set it
 * @pending: test it
 * @mask: set the mask bit
 * @unmask: clear it and deliver what is pending; interrupts are off
 * @turn: deliver all that is pending for this CPU; interrupts are off
 * @resume: forget everything that the hypervisor forgot
 * @cpu_up: a CPU is about to come up; NULL if there is nothing to do
 * @cpu_dead: a CPU is gone, its events were moved
 */
struct xen_event_abi {
	const char *name;
	unsigned int max_ports;
	unsigned int (*nr_ports)(void);
	int (*setup)(evtchn_port_t port, gfp_t gfp);
	void (*remove)(const struct xen_event *event);
	void (*bind_cpu)(const struct xen_event *event, unsigned int cpu);
	void (*clear)(evtchn_port_t port);
	void (*set)(evtchn_port_t port);
	bool (*pending)(evtchn_port_t port);
	void (*mask)(evtchn_port_t port);
	void (*unmask)(const struct xen_event *event);
	void (*turn)(unsigned int cpu, struct xen_turn *turn);
	void (*resume)(void);
	int (*cpu_up)(unsigned int cpu);
	void (*cpu_dead)(unsigned int cpu);
};

/* abi_2l.c, abi_fifo.c */
extern const struct xen_event_abi xen_event_abi_2l, xen_event_abi_fifo;

/* upcall.c: the ABI in use, and its calls that are worth being direct. */
extern const struct xen_event_abi *xen_event_abi;
void xen_event_use_abi(const struct xen_event_abi *abi);

DECLARE_STATIC_CALL(xen_event_clear, *((struct xen_event_abi *)0)->clear);
DECLARE_STATIC_CALL(xen_event_hw_mask, *((struct xen_event_abi *)0)->mask);
DECLARE_STATIC_CALL(xen_event_hw_unmask, *((struct xen_event_abi *)0)->unmask);
DECLARE_STATIC_CALL(xen_event_turn, *((struct xen_event_abi *)0)->turn);

/* port_map.c */
extern struct mutex xen_event_lock;
extern struct list_head xen_events;

/*
 * A sparse array of events in rows of one page. 512 rows hold every port of the FIFO ABI; an
 * interrupt number beyond them cannot be bound.
 */
#define XEN_ROW_EVENTS	(PAGE_SIZE / sizeof(struct xen_event *))
#define XEN_MAP_ROWS	512

struct xen_event_map {
	struct xen_event **rows[XEN_MAP_ROWS];
};

extern struct xen_event_map xen_port_map, xen_irq_map;

/**
 * xen_map_get() - the event in a slot
 * @map: which map
 * @index: the slot; may be any number
 *
 * Context: any; the caller is inside an RCU read side, or knows that the event stays.
 * Return: the event or NULL.
 */
static inline struct xen_event *xen_map_get(struct xen_event_map *map, unsigned int index)
{
	unsigned int row = index / XEN_ROW_EVENTS;
	struct xen_event **events;

	if (unlikely(row >= XEN_MAP_ROWS))
		return NULL;
	events = READ_ONCE(map->rows[row]);
	return likely(events) ? READ_ONCE(events[index % XEN_ROW_EVENTS]) : NULL;
}

static inline struct xen_event *xen_event_of_port(evtchn_port_t port)
{
	return xen_map_get(&xen_port_map, port);
}

static inline struct xen_event *xen_event_of_irq(unsigned int irq)
{
	return xen_map_get(&xen_irq_map, irq);
}

int xen_map_set(struct xen_event_map *map, unsigned int index, struct xen_event *event, gfp_t gfp);
void xen_port_map_clear(void);
struct xen_event *xen_event_new(void);
struct xen_event *xen_event_new_at(unsigned int irq);
struct xen_event *xen_event_new_gsi(unsigned int gsi);
void xen_event_free(struct xen_event *event);
void xen_event_free_irq(unsigned int irq);
int xen_event_attach(struct xen_event *event, evtchn_port_t port, gfp_t gfp);
void xen_event_detach(struct xen_event *event);

/* bind.c */
DECLARE_PER_CPU(struct xen_event * [NR_VIRQS], xen_virq_event);
DECLARE_PER_CPU(struct xen_event * [XEN_NR_IPIS], xen_ipi_event);
DECLARE_PER_CPU(evtchn_port_t [XEN_NR_IPIS], xen_ipi_port);

/**
 * enum xen_event_again - what becomes of a port that is bound already
 * @XEN_EVENT_ALONE: it is busy
 * @XEN_EVENT_SHARED: it gets one more user, if it was made referenceable
 * @XEN_EVENT_SAME: its user asks for the number of the interrupt
 */
enum xen_event_again {
	XEN_EVENT_ALONE,
	XEN_EVENT_SHARED,
	XEN_EVENT_SAME,
};

int xen_event_bind_channel(evtchn_port_t port, struct irq_chip *chip, struct xenbus_device *dev,
			   enum xen_event_again again);
int xen_event_bind_ipi(unsigned int ipi, unsigned int cpu);
void xen_event_unbind(struct xen_event *event);
void xen_event_unbind_irq(unsigned int irq, bool keep);

/* chip_dynamic.c */
extern struct irq_chip xen_chip_dynamic, xen_chip_lateeoi, xen_chip_percpu;

void xen_event_mask(struct xen_event *event, u8 reason);
void xen_event_unmask(struct xen_event *event, u8 reason);
void xen_chip_mask(struct irq_data *data);
void xen_chip_unmask(struct irq_data *data);
int xen_chip_retrigger(struct irq_data *data);

/**
 * xen_event_done() - a handler without late EOI has taken over the event
 * @event: the event
 *
 * The order matters: a new event that finds @active set would be dropped, and cleared with it.
 */
static inline void xen_event_done(struct xen_event *event)
{
	/* Pairs with the exchange in xen_event_deliver(). */
	smp_store_release(&event->active, 0);
	static_call(xen_event_clear)(event->port);
}

/* affinity.c */
void xen_event_account(struct xen_event *event, unsigned int cpu);
void xen_event_unaccount(struct xen_event *event);
void xen_event_place(struct xen_event *event, unsigned int cpu, bool tell_core);
int xen_event_set_affinity(struct irq_data *data, const struct cpumask *dest, bool force);

/* dispatch.c */
DECLARE_PER_CPU(unsigned int, xen_event_epoch);

void xen_event_deliver(evtchn_port_t port, struct xen_turn *turn);

/* lateeoi.c */
void xen_lateeoi_cpu_init(unsigned int cpu);
void xen_lateeoi_forget(struct xen_event *event);

/* pirq.c */
void xen_pirq_start(struct xen_event *event);
void xen_pirq_use_eoi_map(void);

#endif /* _XEN_EVENTS_INTERNAL_H */
