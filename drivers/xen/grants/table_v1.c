// SPDX-License-Identifier: GPL-2.0
/* Version 1 of the table: frame numbers of 32 bits, flags and use in one word. */
#include <asm/barrier.h>
#include <asm/sync_bitops.h>
#include "internal.h"

/*
 * The order is the ABI's: the hypervisor looks at the rest of a slot once its flags permit
 * access. The slot may be granted again at once, so the frame must be there before.
 */
static void grant_v1(grant_ref_t ref, domid_t domid, xgfn_t frame, u16 flags)
{
	struct grant_entry_v1 *slot = &xen_grant_table.slots.v1[ref];

	slot->domid = domid;
	slot->frame = xgfn_n(frame);
	/* Pairs with the hypervisor's read of the flags. */
	wmb();
	WRITE_ONCE(slot->flags, flags);
}

/* The hypervisor sets and clears the bits of use in the same word, so one exchange decides. */
static bool revoke_v1(grant_ref_t ref)
{
	u16 *flags = &xen_grant_table.slots.v1[ref].flags;
	u16 old = READ_ONCE(*flags);

	do {
		if (old & (GTF_reading | GTF_writing))
			return false;
	} while (!sync_try_cmpxchg(flags, &old, 0));
	return true;
}

static xgfn_t frame_v1(grant_ref_t ref)
{
	return xgfn(READ_ONCE(xen_grant_table.slots.v1[ref].frame));
}

const struct xen_grant_layout xen_grant_layout_v1 = {
	.version	= 1,
	.per_frame	= XEN_PAGE_SIZE / sizeof(struct grant_entry_v1),
	.grant		= grant_v1,
	.revoke		= revoke_v1,
	.frame		= frame_v1,
};
