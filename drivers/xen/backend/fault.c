// SPDX-License-Identifier: GPL-2.0
/* Fault injection: every n-th try of a kind fails, by debugfs, for one device. */
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/timer.h>
#include "internal.h"

#define LATE_MS 20

static const char *const fault_names[XEN_FAULT_NR] = {
	[XEN_FAULT_MAP] = "fault-map", [XEN_FAULT_COPY] = "fault-copy",
	[XEN_FAULT_EAGAIN] = "fault-eagain", [XEN_FAULT_ALLOC] = "fault-alloc",
	[XEN_FAULT_SHORT] = "fault-short", [XEN_FAULT_SLOW] = "fault-slow",
};

bool xen_fault_due(struct xen_backend *be, enum xen_fault kind)
{
	u32 every = READ_ONCE(be->faults[kind].every);

	return every && (u32)atomic_inc_return(&be->faults[kind].count) % every == 0;
}
EXPORT_SYMBOL_GPL(xen_fault_due);

/* A slow peer's events are late, but come: it may wait for this one before it does anything. */
static void late_event(struct timer_list *t)
{
	xen_channel_send(container_of(t, struct xen_channel, late));
}

void xen_fault_late_init(struct xen_channel *ch)
{
	timer_setup(&ch->late, late_event, 0);
}

void xen_fault_late(struct xen_channel *ch)
{
	rcu_read_lock();
	if (READ_ONCE(ch->irq) && !timer_pending(&ch->late))
		mod_timer(&ch->late, jiffies + msecs_to_jiffies(LATE_MS));
	rcu_read_unlock();
}

void xen_fault_late_end(struct xen_channel *ch)
{
	timer_delete_sync(&ch->late);
}

void xen_fault_debugfs(struct xen_backend *be, struct dentry *dir)
{
	int k;

	BUILD_BUG_ON(ARRAY_SIZE(be->faults) < XEN_FAULT_NR);
	for (k = 0; k < XEN_FAULT_NR; k++)
		debugfs_create_u32(fault_names[k], 0600, dir, &be->faults[k].every);
}
