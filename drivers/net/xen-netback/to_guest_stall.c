// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that give no buffers: packets are dropped after a while, and after
 * a longer while the carrier goes, so that the stack stops sending.
 *
 * A queue lacks buffers while its first packet needs more than there are;
 * one buffer too few counts as none. It is stalled once it lacked them for
 * the stall time, until as many are there as were missed then. The carrier is
 * on while the device is connected and no queue is stalled.
 */
#include "netback.h"

static void set_stalled(struct xnb_queue *xq, bool stalled)
{
	struct xnb_vif *vif = xq->vif;

	spin_lock_bh(&vif->lock);
	WRITE_ONCE(xq->to->stalled, stalled);
	if (stalled && vif->stalled_queues++ == 0)
		netif_carrier_off(vif->dev);
	else if (!stalled && --vif->stalled_queues == 0 && vif->live)
		netif_carrier_on(vif->dev);
	spin_unlock_bh(&vif->lock);
}

/**
 * xnb_to_satisfied() - the guest gave enough buffers for a packet
 * @xq: the queue
 */
void xnb_to_satisfied(struct xnb_queue *xq)
{
	xq->to->lacking = false;
	if (unlikely(xq->to->stalled))
		set_stalled(xq, false);
}

/**
 * xnb_to_unstall() - end a stall, if there is one
 * @xq: the queue
 */
void xnb_to_unstall(struct xnb_queue *xq)
{
	xnb_to_satisfied(xq);
}

/**
 * xnb_to_lacks() - the first packet lacks buffers
 * @xq:      the queue, not stalled
 * @need:    buffers that the packet needs
 * @expires: jiffies at which it will be dropped
 *
 * Has the worker come back when something is due. Context: the worker.
 */
void xnb_to_lacks(struct xnb_queue *xq, unsigned int need,
		  unsigned long expires)
{
	struct xen_worker *w = &xq->q->workers[XNB_WORKER_TO];
	struct xnb_to *t = xq->to;
	unsigned long stall = xq->vif->stall;
	unsigned long due = expires;

	if (!t->lacking) {
		t->lacking = true;
		t->short_since = jiffies;
	}
	if (stall && time_after_eq(jiffies, t->short_since + stall)) {
		t->stall_need = need;
		xq->stats.to_stalls++;
		set_stalled(xq, true);
		xnb_to_purge(xq);
		return;
	}
	if (stall && time_before(t->short_since + stall, due))
		due = t->short_since + stall;
	/* A guest that does not notify may have put buffers there since. */
	if (xq->vif->poll && time_before(jiffies + xq->vif->poll, due))
		due = jiffies + xq->vif->poll;
	xen_worker_kick_after(w, time_after(due, jiffies) ? due - jiffies : 1);
}
