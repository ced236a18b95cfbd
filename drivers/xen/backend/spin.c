// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at a ring for a moment before a worker sleeps. A peer that answers within microseconds
 * is then served without an event, an interrupt and two switches of tasks; the ring is not armed
 * meanwhile, so the peer does not even send one.
 *
 * How long is learned: a sleep that was short makes the next look longer, a look of full length
 * that found nothing ends them, for twice as many sleeps each time it happens. So a peer that
 * shares our CPU, and cannot get on while we look, costs next to nothing.
 */
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/stat.h>
#include "internal.h"

#define SPIN_START_NS	10000U
#define SPIN_SKIP_MAX	12

static unsigned int spin_us = 50;
module_param(spin_us, uint, 0644);
MODULE_PARM_DESC(spin_us,
		 "Microseconds for which a worker may look at an empty ring before it sleeps; 0: none (50)");

const unsigned int *const xen_worker_spin_us = &spin_us;

static u32 spin_max_ns(void)
{
	return min(READ_ONCE(spin_us), 1000U) * 1000;
}

void xen_worker_watch(struct xen_worker *w, unsigned int ring)
{
	w->watch = &w->q->rings[ring].ring;
}
EXPORT_SYMBOL_GPL(xen_worker_watch);

/* Return: true if a look may be worth its while. */
bool xen_worker_may_spin(const struct xen_worker *w)
{
	return w->spin_ns && single_task_running();
}

/*
 * Look at the ring for as long as was learned. Return: true if there is something to do, be it a
 * broken ring.
 */
bool xen_worker_spin(struct xen_worker *w)
{
	u64 end = local_clock() + w->spin_ns;

	w->spins++;
	do {
		if (xen_ring_poll(w->watch) || READ_ONCE(w->kicked)) {
			w->spun++;
			w->spin_fails = 0;
			return true;
		}
		if (need_resched() || READ_ONCE(w->ending))
			return false;
		cpu_relax();
	} while (local_clock() < end);
	if (w->spin_ns >= spin_max_ns()) {
		w->spin_fails = min(w->spin_fails + 1, SPIN_SKIP_MAX);
		w->spin_skip = 1U << w->spin_fails;
		w->spin_ns = 0;
	}
	return false;
}

/* Learn from a sleep that took @slept nanoseconds. */
void xen_worker_slept(struct xen_worker *w, u64 slept)
{
	u32 max = spin_max_ns();

	if (slept > max)
		w->spin_ns = 0;
	else if (w->spin_skip)
		w->spin_skip--;
	else
		w->spin_ns = min(w->spin_ns ? w->spin_ns * 2 : SPIN_START_NS, max);
}
