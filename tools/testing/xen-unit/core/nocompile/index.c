// SPDX-License-Identifier: GPL-2.0
/* Nor indexed, nor stepped through. */
#include <xen/shared.h>

void *f(struct xen_shared __xen_shared *shared);

void *f(struct xen_shared __xen_shared *shared)
{
#ifdef OFFEND
	return (void *)&shared[1];
#else
	return xen_shared_unbox(shared);
#endif
}
