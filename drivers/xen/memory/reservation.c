// SPDX-License-Identifier: GPL-2.0
/*
 * Frames to and from the hypervisor.
 *
 * In a PV domain a page without a frame must also leave the kernel's own mapping and the p2m: the
 * frame may be another domain's the moment it is given away. So the order is reset, flush,
 * decrease; and increase, update.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <xen/hv_memory.h>
#include <xen/mem-reservation.h>
#include <xen/pv_frames.h>
#include <xen/xen.h>
#include "internal.h"

bool __read_mostly xen_scrub_pages = IS_ENABLED(CONFIG_XEN_SCRUB_PAGES_DEFAULT);
core_param(xen_scrub_pages, xen_scrub_pages, bool, 0);

/* One extent for each page of ours, so that it never comes back in pieces. */
#define EXTENT_ORDER	(PAGE_SHIFT - XEN_PAGE_SHIFT)

/**
 * xenmem_reservation_increase() - get memory from the hypervisor
 * @count: of pages
 * @frames: where: their frame numbers as the kernel counts; a PV domain gets the machine's back
 *
 * Return: the number of pages that got memory, the first ones, which may be less than @count; or
 * negative.
 */
int xenmem_reservation_increase(int count, xen_pfn_t *frames)
{
	return xen_hv_memory_populate(frames, count, EXTENT_ORDER);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_increase);

/**
 * xenmem_reservation_decrease() - give memory to the hypervisor
 * @count: of pages
 * @frames: what: their frame numbers as the hypervisor counts
 *
 * Return: the number of pages that are the hypervisor's now, the first ones; or negative.
 */
int xenmem_reservation_decrease(int count, xen_pfn_t *frames)
{
	return xen_hv_memory_release(frames, count, EXTENT_ORDER);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_decrease);

/**
 * xenmem_reservation_va_mapping_update() - pages have got frames: let the kernel see them
 * @count: of @pages
 * @pages: the pages
 * @frames: the machine's frames; ignored but in a PV domain
 */
void xenmem_reservation_va_mapping_update(unsigned long count, struct page **pages,
					  xen_pfn_t *frames)
{
	if (xen_pv_domain())
		xen_pages_attach(pages, frames, count);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_va_mapping_update);

/**
 * xenmem_reservation_va_mapping_reset() - pages are about to lose their frames: look away
 * @count: of @pages
 * @pages: the pages; nobody uses them. The caller flushes the TLBs afterwards.
 */
void xenmem_reservation_va_mapping_reset(unsigned long count, struct page **pages)
{
	if (xen_pv_domain())
		xen_pages_detach(pages, count);
}
EXPORT_SYMBOL_GPL(xenmem_reservation_va_mapping_reset);
