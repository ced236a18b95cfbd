/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The batch: hypercalls of one CPU that wait to be issued together.
 *
 * A scope owns the interrupt flags and the decision to issue:
 *
 *	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
 *	xen_batch_mmu_update(ptr, val);
 *
 * What is queued is issued in the order in which it was queued. It may outlive its scope if the
 * scope allows it and the CPU is in the lazy mode that the scope names; whoever leaves that mode
 * issues the rest. Nothing may depend on a queued call before it was issued.
 */
#ifndef _XEN_HV_BATCH_H
#define _XEN_HV_BATCH_H

#include <linux/cleanup.h>
#include <linux/irqflags.h>

#include <xen/interface/xen.h>

#include <trace/events/xen.h>

#include "../port_pv.h"

#define XEN_BATCH_CALLS		32	/* also how many callbacks, so locks, wait for one issue */
#define XEN_BATCH_WORDS		256	/* for what the calls point to: 128 page-table updates */

struct xen_batch_after {
	void (*fn)(void *data);
	void *data;
};

/**
 * struct xen_batch - what one CPU has queued
 * @nr: calls in use
 * @words: words of @arg in use
 * @nr_after: callbacks in use
 * @held: a context switch is on its way and issues all at its end
 * @call: the calls, in the order of issue
 * @caller: who queued each call; of a merged one, who began it
 * @after: run, in order, when all calls have been issued
 * @arg: what the calls point to
 *
 * Only its own CPU touches it, and only with interrupts off.
 */
struct xen_batch {
	unsigned int nr;
	unsigned int words;
	unsigned int nr_after;
	bool held;
	struct multicall_entry call[XEN_BATCH_CALLS];
	unsigned long caller[XEN_BATCH_CALLS];
	struct xen_batch_after after[XEN_BATCH_CALLS];
	u64 arg[XEN_BATCH_WORDS];
};

/* Hands @nr calls to the hypervisor and stores their results; tests bring one of their own. */
typedef void (*xen_batch_door_t)(struct multicall_entry *call, unsigned int nr);

/* On any batch: for batch.c and its tests. */
u64 *xen_batch_take(struct xen_batch *b, unsigned long op, unsigned int words,
		    xen_batch_door_t door);
u64 *xen_batch_more(struct xen_batch *b, unsigned long op, unsigned int words,
		    xen_batch_door_t door);
void xen_batch_defer(struct xen_batch *b, void (*fn)(void *data), void *data,
		     xen_batch_door_t door);
unsigned int xen_batch_issue(struct xen_batch *b, xen_batch_door_t door);

/* On this CPU's batch, inside a scope. */
void xen_batch_mmu_update(u64 ptr, u64 val);
void xen_batch_mmuext(const struct mmuext_op *op);
struct mmuext_op *xen_batch_mmuext_with(unsigned int words, u64 **extra);
void xen_batch_va_mapping(unsigned long va, pte_t pte, unsigned long flags);
void xen_batch_call2(unsigned long op, unsigned long arg0, unsigned long arg1);
void xen_batch_after(void (*fn)(void *data), void *data);

/* For the context switch, with interrupts off. */
void xen_batch_hold(bool hold);
bool xen_batch_held(void);

/* With interrupts off or preemption disabled. */
void xen_mc_flush(void);

/**
 * enum xen_batch_end - when the calls of a scope have to be issued
 * @XEN_NOW: when the scope ends
 * @XEN_UNLESS_LAZY_MMU: then, or when the CPU leaves lazy MMU mode
 * @XEN_UNLESS_LAZY_CPU: then, or when the context switch ends
 * @XEN_LATER: when the lazy mode ends in which the caller knows to be
 */
enum xen_batch_end {
	XEN_NOW,
	XEN_UNLESS_LAZY_MMU,
	XEN_UNLESS_LAZY_CPU,
	XEN_LATER,
};

struct xen_batch_scope {
	unsigned long flags;
	enum xen_batch_end end;
};

static __always_inline struct xen_batch_scope xen_batch_open(enum xen_batch_end end)
{
	struct xen_batch_scope scope = { .end = end };

	local_irq_save(scope.flags);
	xen_trace_batch(scope.flags);
	return scope;
}

static __always_inline void xen_batch_close(struct xen_batch_scope scope)
{
	bool now = scope.end == XEN_NOW ||
		   (scope.end == XEN_UNLESS_LAZY_MMU && !xen_lazy_mmu()) ||
		   (scope.end == XEN_UNLESS_LAZY_CPU && !xen_lazy_cpu());

	xen_trace_issue(now, scope.flags);
	if (now)
		xen_mc_flush();
	local_irq_restore(scope.flags);
}

DEFINE_CLASS(xen_batch, struct xen_batch_scope, xen_batch_close(_T), xen_batch_open(end),
	     enum xen_batch_end end)

#endif /* _XEN_HV_BATCH_H */
