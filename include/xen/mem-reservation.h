/* SPDX-License-Identifier: GPL-2.0 */
/* Giving frames to the hypervisor and getting frames back. */
#ifndef _XENMEM_RESERVATION_H
#define _XENMEM_RESERVATION_H

#include <linux/highmem.h>
#include <xen/interface/xen.h>
#include <xen/page.h>

/* Zero pages before the hypervisor gets them; command line and sysfs. */
extern bool xen_scrub_pages;

/* Give. */
int xenmem_reservation_decrease(int n, xen_pfn_t *gone);
void xenmem_reservation_va_mapping_reset(unsigned long n, struct page **pages);

/* Get. */
int xenmem_reservation_increase(int n, xen_pfn_t *got);
void xenmem_reservation_va_mapping_update(unsigned long n, struct page **pages, xen_pfn_t *got);

static inline void xenmem_reservation_scrub_page(struct page *page)
{
	if (!xen_scrub_pages)
		return;
	clear_highpage(page);
}

#endif
