/* SPDX-License-Identifier: GPL-2.0 */
#include <asm/page.h>

#define PFN_UP(x)	(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	((x) >> PAGE_SHIFT)
#define PFN_PHYS(x)	((u64)(x) << PAGE_SHIFT)
