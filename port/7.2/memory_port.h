/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of sysctls, and counting pages of the balloon, in /proc/vmstat. */
#ifndef _XEN_MEMORY_PORT_H
#define _XEN_MEMORY_PORT_H

#include <linux/mm.h>
#include <linux/sysctl.h>
#include <linux/vmstat.h>

static inline void xen_port_count_balloon_page(struct page *page, int n)
{
	mod_node_page_state(page_pgdat(page), NR_BALLOON_PAGES, n);
}

/* What register_sysctl_init() takes. */
#define XEN_PORT_CTL_TABLE	const struct ctl_table

#endif
