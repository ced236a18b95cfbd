/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of sysctls, and counting pages of the balloon: this base has no counter for them. */
#ifndef _XEN_MEMORY_PORT_H
#define _XEN_MEMORY_PORT_H

#include <linux/sysctl.h>

struct page;

static inline void xen_port_count_balloon_page(struct page *page, int n)
{
}

/* What register_sysctl_init() takes. */
#define XEN_PORT_CTL_TABLE	struct ctl_table

#endif
