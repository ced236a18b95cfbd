/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XEN_UNIT_BOOT_XEN_PAGE_H
#define XEN_UNIT_BOOT_XEN_PAGE_H

struct xen_memory_region {
	unsigned long start_pfn;
	unsigned long n_pfns;
};

#endif
