// SPDX-License-Identifier: GPL-2.0
/* Frames without memory in the map of a PVH domain. Pure: also built into a test in user space. */
#include <linux/init.h>
#include <linux/pfn.h>
#include <linux/string.h>
#include <asm/e820/types.h>
#include <asm/page.h>
#include "pvh_map.h"

/* Whole pages of an entry; entries come from the hypervisor, and may lie within one page. */
static u64 __init whole_pages(const struct boot_e820_entry *e)
{
	u64 first = PFN_UP(e->addr), end = PFN_DOWN(e->addr + e->size);

	return end > first ? end - first : 0;
}

/* Splits an entry behind its first @pages whole pages. */
static bool __init split(struct boot_e820_entry *map, u8 *entries, unsigned int max,
			 unsigned int i, u64 pages)
{
	struct boot_e820_entry *e = &map[i];
	u64 at = PFN_PHYS(PFN_UP(e->addr) + pages);

	if (*entries >= max)
		return false;
	memmove(e + 1, e, (*entries - i) * sizeof(*e));
	(*entries)++;
	e[1].addr = at;
	e[1].size -= at - e->addr;
	e->size = at - e->addr;
	return true;
}

/**
 * xen_pvh_claim_unusable() - turn unusable entries of a map into memory that is spoken for
 * @map: the memory map
 * @entries: how many entries it has; changed if one is split
 * @max: how many it has room for, at most 255
 * @ratio: claim at most so many times the memory in @map
 * @claim: called for every range of frames that becomes part of the memory
 *
 * An entry that would have to be split, and cannot for lack of room, is left alone.
 */
void __init xen_pvh_claim_unusable(struct boot_e820_entry *map, u8 *entries, unsigned int max,
				   unsigned int ratio, void (*claim)(u64 first_pfn, u64 pages))
{
	u64 budget = 0;
	unsigned int i;

	for (i = 0; i < *entries; i++)
		if (map[i].type == E820_TYPE_RAM)
			budget += whole_pages(&map[i]);
	budget *= ratio;

	for (i = 0; i < *entries && budget; i++) {
		u64 pages = map[i].type == E820_TYPE_UNUSABLE ? whole_pages(&map[i]) : 0;

		if (pages > budget) {
			if (!split(map, entries, max, i, budget))
				continue;
			pages = budget;
		}
		if (!pages)
			continue;
		map[i].type = E820_TYPE_RAM;
		claim(PFN_UP(map[i].addr), pages);
		budget -= pages;
	}
}
