/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From pages and addresses to frame numbers and back, on every architecture. What only a PV
 * domain has (the p2m itself) stays with its architecture.
 */
#ifndef _XEN_FRAME_PAGE_H
#define _XEN_FRAME_PAGE_H

#include <xen/frame.h>
#include <xen/page.h>

/**
 * xpfn_of_page() - the pseudo-physical frame of a page, its first if it is larger than Xen's
 * @page: any page with a struct page
 *
 * Return: the frame.
 */
static inline xpfn_t xpfn_of_page(struct page *page)
{
	return xpfn(page_to_xen_pfn(page));
}

/**
 * xgfn_of_pfn() - what the hypervisor calls a frame of this domain
 * @pfn: a frame of this domain
 *
 * Return: the machine frame in a PV domain, the same number in a translated one.
 */
static inline xgfn_t xgfn_of_pfn(xpfn_t pfn)
{
	return xgfn(pfn_to_gfn(xpfn_n(pfn)));
}

/**
 * xpfn_of_gfn() - the frame of this domain that the hypervisor calls so
 * @gfn: a frame number that the hypervisor or a table entry of ours gave
 *
 * Return: the frame.
 */
static inline xpfn_t xpfn_of_gfn(xgfn_t gfn)
{
	return xpfn(gfn_to_pfn(xgfn_n(gfn)));
}

/**
 * xpfn_of_bfn() - the frame of this domain that a device finds on its bus
 * @bfn: a frame on the bus, which is one of this domain's
 *
 * Return: the frame.
 */
static inline xpfn_t xpfn_of_bfn(xbfn_t bfn)
{
	return xpfn(bfn_to_pfn(xbfn_n(bfn)));
}

/**
 * xgfn_of_page() - what the hypervisor calls the first frame of a page
 * @page: a page of this domain
 *
 * Return: the frame.
 */
static inline xgfn_t xgfn_of_page(struct page *page)
{
	return xgfn_of_pfn(xpfn_of_page(page));
}

/**
 * xgfn_of_virt() - what the hypervisor calls the frame behind an address
 * @va: an address in the linear map
 *
 * Return: the frame.
 */
static inline xgfn_t xgfn_of_virt(void *va)
{
	return xgfn(virt_to_gfn(va));
}

/**
 * xpfn_page() - the page of a pseudo-physical frame
 * @pfn: a frame with a struct page
 *
 * Return: the page.
 */
static inline struct page *xpfn_page(xpfn_t pfn)
{
	return xen_pfn_to_page(xpfn_n(pfn));
}

/**
 * xgfn_virt() - where a frame of this domain is in the linear map
 * @gfn: a frame number that the hypervisor gave, of memory in the linear map
 *
 * Return: the address.
 */
static inline void *xgfn_virt(xgfn_t gfn)
{
	return gfn_to_virt(xgfn_n(gfn));
}

#endif /* _XEN_FRAME_PAGE_H */
