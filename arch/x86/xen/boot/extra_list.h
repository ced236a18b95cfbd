/* SPDX-License-Identifier: GPL-2.0 */
/* A list of ranges of frames; pure. */
#ifndef _XEN_EXTRA_LIST_H
#define _XEN_EXTRA_LIST_H

#include <linux/types.h>
#include <xen/page.h>

int xen_extra_list_add(struct xen_memory_region *list, unsigned int max, unsigned long start,
		       unsigned long n);
int xen_extra_list_remove(struct xen_memory_region *list, unsigned int max, unsigned long start,
			  unsigned long n);
bool xen_extra_list_has(const struct xen_memory_region *list, unsigned int max,
			unsigned long pfn);

#endif /* _XEN_EXTRA_LIST_H */
