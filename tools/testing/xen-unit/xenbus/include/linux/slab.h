/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that a test can make short: unit_no_memory allocations fail. */
#ifndef UNIT_SLAB_H
#define UNIT_SLAB_H

#include <stdlib.h>

#define GFP_NOIO	0
#define __GFP_HIGH	0

extern unsigned int unit_no_memory;

static inline void *kmalloc(size_t size, unsigned int gfp)
{
	if (unit_no_memory) {
		unit_no_memory--;
		return NULL;
	}
	return malloc(size);
}

static inline void kfree(void *p)
{
	free(p);
}

#endif
