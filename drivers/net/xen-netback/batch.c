// SPDX-License-Identifier: GPL-2.0
/*
 * Working memory of turns. A queue needs it only while a turn of its runs, so
 * each CPU keeps one piece for each direction, and queues hold none. A turn
 * takes its CPU's piece away from it, and finds another one if it is taken.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include "netback.h"

static DEFINE_PER_CPU(void *, xnb_kept[XEN_QUEUE_WORKERS]);

static const size_t sizes[XEN_QUEUE_WORKERS] = {
	[XNB_WORKER_FROM] = sizeof(struct xnb_from_batch),
	[XNB_WORKER_TO] = sizeof(struct xnb_to_batch),
};

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

	for_each_possible_cpu(cpu) {
		for (which = 0; which < XEN_QUEUE_WORKERS; which++) {
			kfree(per_cpu(xnb_kept[which], cpu));
			per_cpu(xnb_kept[which], cpu) = NULL;
		}
	}
}
