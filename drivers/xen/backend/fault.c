// SPDX-License-Identifier: GPL-2.0
/* Fault injection: every n-th try of a kind fails, by debugfs, for one device. */
#include <linux/debugfs.h>
#include <linux/export.h>
#include "internal.h"

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

void xen_fault_debugfs(struct xen_backend *be, struct dentry *dir)
{
	int k;

	BUILD_BUG_ON(ARRAY_SIZE(be->faults) < XEN_FAULT_NR);
	for (k = 0; k < XEN_FAULT_NR; k++)
		debugfs_create_u32(fault_names[k], 0600, dir, &be->faults[k].every);
}
