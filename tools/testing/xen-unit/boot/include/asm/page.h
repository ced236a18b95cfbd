/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XEN_UNIT_BOOT_PAGE_H
#define XEN_UNIT_BOOT_PAGE_H

#include <linux/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL

#endif
