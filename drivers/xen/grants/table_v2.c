// SPDX-License-Identifier: GPL-2.0
/* Version 2 of the table: frame numbers of 64 bits, and an array of its own for what is in use. */
#include <asm/barrier.h>
#include "internal.h"

static void grant_v2(grant_ref_t ref, domid_t domid, xgfn_t frame, u16 flags)
{
	union grant_entry_v2 *slot = &xen_grant_table.slots.v2[ref];

	slot->hdr.domid = domid;
	slot->full_page.frame = xgfn_n(frame);
	/* Pairs with the hypervisor's read of the flags. */
	wmb();
	WRITE_ONCE(slot->hdr.flags, GTF_permit_access | flags);
}

/*
 * First nobody can begin to use it, then it is looked at whether somebody does. The slot stays
 * without permission if so; trying again finds that out again.
 */
static bool revoke_v2(grant_ref_t ref)
{
	WRITE_ONCE(xen_grant_table.slots.v2[ref].hdr.flags, 0);
	/* Pairs with the hypervisor's: it marks the use, then looks at the flags again. */
	mb();
	if (READ_ONCE(xen_grant_table.status[ref]) & (GTF_reading | GTF_writing))
		return false;
	/* What the other domain did comes before what happens with the frame from now on. */
	virt_mb();
	return true;
}

static xgfn_t frame_v2(grant_ref_t ref)
{
	return xgfn(READ_ONCE(xen_grant_table.slots.v2[ref].full_page.frame));
}

const struct xen_grant_layout xen_grant_layout_v2 = {
	.version	= 2,
	.per_frame	= XEN_PAGE_SIZE / sizeof(union grant_entry_v2),
	.grant		= grant_v2,
	.revoke		= revoke_v2,
	.frame		= frame_v2,
};
