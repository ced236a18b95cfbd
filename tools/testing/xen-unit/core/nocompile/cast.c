// SPDX-License-Identifier: GPL-2.0
/*
 * Casting it away compiles, but not silently.
 * sparse: removes address space
 */
#include <xen/shared.h>

u32 f(struct xen_shared __xen_shared *shared);

u32 f(struct xen_shared __xen_shared *shared)
{
#ifdef OFFEND
	return *(u32 *)shared;
#else
	return xen_shared_load32(shared, 0);
#endif
}
