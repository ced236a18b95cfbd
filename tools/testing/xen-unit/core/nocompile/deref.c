// SPDX-License-Identifier: GPL-2.0
/* Shared memory cannot be dereferenced: its type is incomplete. */
#include <xen/shared.h>

void f(struct xen_shared __xen_shared *shared);

void f(struct xen_shared __xen_shared *shared)
{
	u32 word = xen_shared_load32(shared, 0);

#ifdef OFFEND
	struct xen_shared copy = *shared;
#endif
	(void)word;
}

void (*unit_peer)(void);
