/* SPDX-License-Identifier: GPL-2.0 */
/* What a PV domain's memory map means for its initial memory; pure. */
#ifndef _XEN_BOOT_E820_H
#define _XEN_BOOT_E820_H

#include <linux/types.h>
#include <asm/e820/types.h>

int xen_map_add(struct e820_table *map, u64 start, u64 size, u32 type);
int xen_map_tidy(struct e820_table *map, struct e820_table *scratch);
bool xen_map_is_ram(const struct e820_table *map, u64 start, u64 size);

/**
 * struct xen_map_move - an area of firmware that is going to be seen elsewhere
 * @from: where the map had it, in whole pages
 * @to: where it has it now
 * @size: in bytes
 */
struct xen_map_move {
	u64 from, to, size;
};

int xen_map_move_nvs(struct e820_table *map, struct e820_table *scratch, u64 start, u64 size,
		     u64 memory_end, struct xen_map_move *move);

/* Called for each hole, in ascending order; [@first, @end) are frames. */
typedef void (*xen_map_hole_t)(unsigned long first, unsigned long end, void *arg);

void xen_map_holes(const struct e820_table *map, xen_map_hole_t visit, void *arg);
unsigned long xen_map_pages_in_holes(const struct e820_table *map, unsigned long pages);

/**
 * struct xen_map_run - frames of the initial memory that lie in a hole
 * @from: the first one
 * @to: the frame that its memory goes to; 0 for giving the memory back
 * @n: how many follow each other in both places
 */
struct xen_map_run {
	unsigned long from, to, n;
};

/**
 * struct xen_map_view - the map for the kernel, and what it takes
 * @pages: length of the initial memory, in frames
 * @extra: how many frames without memory the kernel shall have behind it; those that are left
 *	   once the map ends
 * @add: called for each entry of the kernel's map, in ascending order
 * @add_extra: called for each range of frames without memory, in ascending order
 */
struct xen_map_view {
	unsigned long pages;
	unsigned long extra;
	void (*add)(u64 start, u64 size, u32 type);
	void (*add_extra)(unsigned long first, unsigned long n);
};

u64 xen_map_show(const struct e820_table *map, struct xen_map_view *view);
int xen_map_plan_runs(const struct e820_table *map, unsigned long pages, unsigned long room,
		      struct xen_map_run *runs, unsigned int max);

#endif /* _XEN_BOOT_E820_H */
