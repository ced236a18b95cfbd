/* SPDX-License-Identifier: GPL-2.0 */
/* Between pv_memory.c and remap_holes.c. */
#ifndef _XEN_BOOT_PV_MEMORY_H
#define _XEN_BOOT_PV_MEMORY_H

#include "e820.h"

void xen_open_holes(const struct e820_table *map, const struct xen_map_run *runs, unsigned int n);

#endif /* _XEN_BOOT_PV_MEMORY_H */
