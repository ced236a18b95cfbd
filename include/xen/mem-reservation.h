/* SPDX-License-Identifier: GPL-2.0 */
/* Giving frames to the hypervisor and getting frames back. */
#ifndef _XENMEM_RESERVATION_H
#define _XENMEM_RESERVATION_H

#include <linux/highmem.h>
#include <xen/interface/xen.h>
#include <xen/page.h>

/* Zero pages before the hypervisor gets them; command line and sysfs. */
extern bool xen_scrub_pages;

static inline void xenmem_reservation_scrub_page(struct page *page)
{
	if (xen_scrub_pages)
		clear_highpage(page);
}

void xenmem_reservation_va_mapping_update(unsigned long count, struct page **pages,
					  xen_pfn_t *frames);
void xenmem_reservation_va_mapping_reset(unsigned long count, struct page **pages);
int xenmem_reservation_increase(int count, xen_pfn_t *frames);
int xenmem_reservation_decrease(int count, xen_pfn_t *frames);

#endif
