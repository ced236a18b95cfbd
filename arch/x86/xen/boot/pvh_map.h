/* SPDX-License-Identifier: GPL-2.0 */
/* Frames without memory in the map of a PVH domain; pure. */
#ifndef _XEN_PVH_MAP_H
#define _XEN_PVH_MAP_H

#include <linux/types.h>
#include <asm/bootparam.h>

void xen_pvh_claim_unusable(struct boot_e820_entry *map, u8 *entries, unsigned int max,
			    unsigned int ratio, void (*claim)(u64 first_pfn, u64 pages));

#endif /* _XEN_PVH_MAP_H */
