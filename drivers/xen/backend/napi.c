// SPDX-License-Identifier: GPL-2.0
/* Workers that NAPI runs. */
#include <linux/export.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include "internal.h"

/* A turn keeps others from the CPU, and copies what it counts. */
#define NAPI_BYTES	(1024 * 1024)

struct napi_worker {
	struct napi_struct napi;
	struct xen_worker *w;
};

static struct napi_worker *napi_worker_of(struct napi_struct *napi)
{
	return container_of(napi, struct napi_worker, napi);
}

static int worker_poll(struct napi_struct *napi, int budget)
{
	struct xen_worker *w = napi_worker_of(napi)->w;
	struct xen_budget b = { .items = budget };
	int ret, used;

	if (!budget)
		return 0;
	WRITE_ONCE(w->kicked, 0);
	if (READ_ONCE(w->parked)) {
		napi_complete_done(napi, 0);
		return 0;
	}
	xen_worker_begin(w);
	ret = xen_worker_turn(w, &b);
	if (ret > 0)
		return budget;
	/*
	 * A full budget means "poll again" to NAPI, which is not what a worker that is done says.
	 */
	used = min_t(int, b.used, max(budget - 1, 0));
	if (napi_complete_done(napi, used) && !ret) {
		xen_worker_settle(w);
		if (READ_ONCE(w->kicked))
			napi_schedule(napi);
	}
	return used;
}

int xen_queue_napi(struct xen_queue *q, unsigned int which, xen_work_fn fn,
		   struct net_device *netdev)
{
	struct xen_worker *w = &q->workers[which];
	struct napi_worker *nw = kzalloc(sizeof(*nw), GFP_KERNEL);

	if (!nw)
		return -ENOMEM;
	nw->w = w;
	netif_napi_add(netdev, &nw->napi, worker_poll);
	w->napi = &nw->napi;
	w->fn = fn;
	w->kind = XEN_WORKER_NAPI;
	w->bytes = NAPI_BYTES;
	return 0;
}
EXPORT_SYMBOL_GPL(xen_queue_napi);

void xen_worker_napi_go(struct xen_worker *w)
{
	napi_enable(w->napi);
}

void xen_worker_napi_stop(struct xen_worker *w)
{
	napi_disable(w->napi);
}

void xen_worker_napi_free(struct xen_worker *w)
{
	netif_napi_del(w->napi);
	kfree(napi_worker_of(w->napi));
	w->napi = NULL;
}

void xen_worker_napi_kick(struct xen_worker *w)
{
	if (in_hardirq() || irqs_disabled()) {
		napi_schedule(w->napi);
		return;
	}
	/* From a thread, let the softirq run at once instead of waking its daemon. */
	local_bh_disable();
	napi_schedule(w->napi);
	local_bh_enable();
}
