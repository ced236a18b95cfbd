/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XEN_UNIT_BOOT_BOOTPARAM_H
#define XEN_UNIT_BOOT_BOOTPARAM_H

#include <linux/types.h>

struct boot_e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __attribute__((packed));

#endif
