// SPDX-License-Identifier: GPL-2.0
/*
 * The last bit of memory is not for others.
 *
 * Pages for foreign mappings cost the domain that maps: memory that is given away, or descriptions
 * of address space that is added. Another domain decides how many it asks for; who is refused
 * answers his peer with an error and goes on. And a target that somebody got wrong must not kill
 * the domain.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include "internal.h"

/* In pages: a 32nd of the memory, 16 to 256 MiB. */
unsigned long xen_memory_floor(void)
{
	return clamp(totalram_pages() / 32, (unsigned long)SZ_16M >> PAGE_SHIFT,
		     (unsigned long)SZ_256M >> PAGE_SHIFT);
}

/* Pages that are available above the floor. */
unsigned long xen_memory_spare(void)
{
	long spare = si_mem_available() - (long)xen_memory_floor();

	return max(spare, 0L);
}

/* Would enough be left if @pages were taken for a foreign mapping? */
bool xen_memory_is_above_floor(unsigned long pages)
{
	return xen_memory_spare() >= pages;
}

/* What @pages of new address space take of the memory there is: descriptions, page tables, p2m. */
unsigned long xen_added_pages_cost(unsigned long pages)
{
	return DIV_ROUND_UP(pages * (sizeof(struct page) + 2 * sizeof(u64)), PAGE_SIZE);
}
