// SPDX-License-Identifier: GPL-2.0
/* Grant copies in batches, with a status per slot. */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <xen/frame_page.h>
#include <xen/hv_grant.h>
#include "internal.h"

/* Paged-out grants are tried 1 + 2 + ... ms apart, at most this many times. */
#define EAGAIN_TRIES	64

/* A status that is no result of the hypervisor's. */
#define GCOPY_NOT_DONE	1

void xen_gcopy_from(struct gnttab_copy *op, struct xen_backend *be, grant_ref_t ref,
		    unsigned int ref_off, struct page *page, unsigned int off, unsigned int len)
{
	*op = (struct gnttab_copy){
		.source = { .u.ref = ref, .domid = be->domid, .offset = ref_off },
		.dest = { .domid = DOMID_SELF, .offset = off,
			  .u.gmfn = xgfn_n(xgfn_of_page(page)) },
		.len = len,
		.flags = GNTCOPY_source_gref,
		.status = GCOPY_NOT_DONE,
	};
}
EXPORT_SYMBOL_GPL(xen_gcopy_from);

void xen_gcopy_to(struct gnttab_copy *op, struct xen_backend *be, grant_ref_t ref,
		  unsigned int ref_off, struct page *page, unsigned int off, unsigned int len)
{
	struct xen_page_foreign *foreign = xen_page_foreign(page);

	*op = (struct gnttab_copy){
		.source = { .domid = DOMID_SELF, .offset = off },
		.dest = { .u.ref = ref, .domid = be->domid, .offset = ref_off },
		.len = len,
		.flags = GNTCOPY_dest_gref,
		.status = GCOPY_NOT_DONE,
	};
	if (likely(!foreign)) {
		op->source.u.gmfn = xgfn_n(xgfn_of_page(page));
		return;
	}
	op->source.domid = foreign->domid;
	op->source.u.ref = foreign->gref;
	op->flags |= GNTCOPY_source_gref;
}
EXPORT_SYMBOL_GPL(xen_gcopy_to);

static void gcopy_break(struct gnttab_copy *op)
{
	if (op->flags & GNTCOPY_source_gref)
		op->source.u.ref = ~0U;
	else
		op->dest.u.ref = ~0U;
}

unsigned int xen_gcopy(struct xen_backend *be, struct gnttab_copy *ops, unsigned int nr)
{
	unsigned int i, failed = 0;

	if (!nr)
		return 0;
	for (i = 0; xen_fault_armed(be, XEN_FAULT_COPY) && i < nr; i++)
		if (xen_fault_due(be, XEN_FAULT_COPY))
			gcopy_break(&ops[i]);
	atomic_long_inc(&be->hypercalls);
	atomic_long_add(nr, &be->copies);
	if (xen_hv_grant_copy(ops, nr)) {
		for (i = 0; i < nr; i++)
			ops[i].status = GNTST_general_error;
		return nr;
	}
	for (i = 0; xen_fault_armed(be, XEN_FAULT_EAGAIN) && i < nr; i++)
		if (xen_fault_due(be, XEN_FAULT_EAGAIN))
			ops[i].status = GNTST_eagain;
	for (i = 0; i < nr; i++)
		failed += ops[i].status != GNTST_okay;
	return failed;
}
EXPORT_SYMBOL_GPL(xen_gcopy);

unsigned int xen_gcopy_wait(struct xen_backend *be, struct gnttab_copy *ops, unsigned int nr)
{
	unsigned int i, tries, failed = xen_gcopy(be, ops, nr);

	if (!failed)
		return 0;
	for (i = 0; i < nr; i++) {
		for (tries = 1; ops[i].status == GNTST_eagain && tries <= EAGAIN_TRIES; tries++) {
			msleep(tries);
			if (!xen_gcopy(be, &ops[i], 1))
				failed--;
		}
	}
	return failed;
}
EXPORT_SYMBOL_GPL(xen_gcopy_wait);
