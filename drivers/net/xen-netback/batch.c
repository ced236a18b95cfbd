// SPDX-License-Identifier: GPL-2.0
/*
 * Working memory of turns. A queue needs it only while a turn of its runs, so
 * each CPU keeps one piece for each direction, and queues hold none. A turn
 * takes its CPU's piece away from it, and finds another one if it is taken.
 */
#include <linux/cleanup.h>
#include <linux/cpuhotplug.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include "netback.h"

static DEFINE_PER_CPU(void *, xnb_kept[XEN_QUEUE_WORKERS]);

static const size_t sizes[XEN_QUEUE_WORKERS] = {
	[XNB_WORKER_FROM] = sizeof(struct xnb_from_batch),
	[XNB_WORKER_TO] = sizeof(struct xnb_to_batch),
};

static int xnb_batch_state;
static DEFINE_MUTEX(xnb_batch_lock);

/* On a CPU that comes up; turns of other queues may run on it already. */
static int keep_some(unsigned int cpu)
{
	unsigned int which;
	void *batch;

	for (which = 0; which < XEN_QUEUE_WORKERS; which++) {
		if (this_cpu_read(xnb_kept[which]))
			continue;
		batch = kzalloc(sizes[which], GFP_KERNEL | __GFP_NOWARN);
		if (this_cpu_cmpxchg(xnb_kept[which], NULL, batch))
			kfree(batch);
	}
	return 0;
}

/**
 * xnb_batch_prepare() - give each CPU its pieces
 *
 * A turn cannot wait for memory, and its pieces are larger than a page: where
 * memory is in splinters it might wait for ever.  So the first queue has them
 * allocated, on CPUs that come later as well.
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int xnb_batch_prepare(void)
{
	int ret;

	guard(mutex)(&xnb_batch_lock);
	if (xnb_batch_state)
		return 0;
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "xen/netback:online",
				keep_some, NULL);
	if (ret < 0)
		return ret;
	xnb_batch_state = ret;
	return 0;
}

/**
 * xnb_batch_get() - get working memory for a turn
 * @xq:    the queue
 * @which: XNB_WORKER_FROM or XNB_WORKER_TO
 *
 * Context: a worker's.
 * Return: an empty batch of that direction; NULL if memory is short.
 */
void *xnb_batch_get(struct xnb_queue *xq, unsigned int which)
{
	void *batch;

	if (xen_fault(xq->q->be, XEN_FAULT_ALLOC))
		return NULL;
	batch = this_cpu_xchg(xnb_kept[which], NULL);
	return batch ?: kzalloc(sizes[which], GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * xnb_batch_put() - the turn is over
 * @which: as in xnb_batch_get()
 * @batch: empty again: all its counts are zero
 *
 * Context: a worker's.
 */
void xnb_batch_put(unsigned int which, void *batch)
{
	if (this_cpu_cmpxchg(xnb_kept[which], NULL, batch))
		kfree(batch);
}

/**
 * xnb_batch_exit() - free what CPUs keep; no worker runs any more
 */
void xnb_batch_exit(void)
{
	unsigned int cpu, which;

	if (xnb_batch_state)
		cpuhp_remove_state(xnb_batch_state);
	for_each_possible_cpu(cpu) {
		for (which = 0; which < XEN_QUEUE_WORKERS; which++) {
			kfree(per_cpu(xnb_kept[which], cpu));
			per_cpu(xnb_kept[which], cpu) = NULL;
		}
	}
}
