// SPDX-License-Identifier: GPL-2.0
/*
 * What a frontend offers to the other half: ring pages by grants, and an event channel.
 *
 * A granted page belongs to its grant: only ending the grant frees it, at once if the other half
 * has let go of it, else when it does.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/frame_page.h>
#include <xen/grant_table.h>
#include <xen/hv_evtchn.h>
#include "internal.h"

static void forget_refs(grant_ref_t *refs, unsigned int count)
{
	while (count--)
		refs[count] = INVALID_GRANT_REF;
}

/**
 * xenbus_setup_ring() - make a ring and grant it to the other half
 * @dev: device
 * @gfp: how to allocate
 * @ring: set to the ring, contiguous and zeroed; NULL on error
 * @pages: its size in pages of 4 KiB
 * @refs: @pages references; all INVALID_GRANT_REF on error
 *
 * Return: 0; -ENOMEM; -ENOSPC if there are no grants left, which is fatal to the device.
 */
int xenbus_setup_ring(struct xenbus_device *dev, gfp_t gfp, void **ring, unsigned int pages,
		      grant_ref_t *refs)
{
	size_t size = (size_t)pages * XEN_PAGE_SIZE;
	grant_ref_t pool;
	unsigned int i;
	void *at;
	int err;

	*ring = NULL;
	forget_refs(refs, pages);
	at = alloc_pages_exact(size, gfp | __GFP_ZERO);
	if (!at)
		return -ENOMEM;
	err = gnttab_alloc_grant_references(pages, &pool);
	if (err) {
		/* Nothing is granted yet, so the pages are ours alone. */
		free_pages_exact(at, size);
		xenbus_dev_fatal(dev, err, "no grants left for a ring of %u pages", pages);
		return err;
	}
	*ring = at;
	for (i = 0; i < pages; i++, at += XEN_PAGE_SIZE) {
		refs[i] = gnttab_claim_grant_reference(&pool);
		gnttab_grant_foreign_access_ref(refs[i], dev->otherend_id,
						xgfn_n(xgfn_of_virt(at)), 0);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_setup_ring);

/**
 * xenbus_teardown_ring() - take a ring back
 * @ring: from xenbus_setup_ring(), NULL afterwards
 * @pages: its size
 * @refs: its references, INVALID_GRANT_REF afterwards
 */
void xenbus_teardown_ring(void **ring, unsigned int pages, grant_ref_t *refs)
{
	size_t size = (size_t)pages * XEN_PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < pages; i++) {
		/* If the other half holds on, this keeps a reference to the page of its own. */
		if (refs[i] != INVALID_GRANT_REF)
			gnttab_end_foreign_access(refs[i], NULL);
		refs[i] = INVALID_GRANT_REF;
	}
	if (*ring)
		free_pages_exact(*ring, size);
	*ring = NULL;
}
EXPORT_SYMBOL_GPL(xenbus_teardown_ring);

/**
 * xenbus_alloc_evtchn() - make an event channel that the other half may bind
 * @dev: device
 * @port: set on success
 *
 * Return: 0; -ENOSPC, -EACCES and others, which are fatal to the device.
 */
int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port)
{
	int err = xen_hv_evtchn_alloc_unbound(dev->otherend_id, port);

	if (err)
		xenbus_dev_fatal(dev, err, "no event channel for domain %d", dev->otherend_id);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_alloc_evtchn);

/**
 * xenbus_free_evtchn() - close an event channel that is bound to no interrupt
 * @dev: device
 * @port: the channel
 *
 * Return: 0; -EINVAL if it is none of ours, which is reported.
 */
int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port)
{
	int err = xen_hv_evtchn_close(port);

	if (err)
		xenbus_dev_error(dev, err, "closing event channel %u", port);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_free_evtchn);
