/* SPDX-License-Identifier: GPL-2.0 */
/* A small table, so that a test can fill it. */
#ifndef XEN_UNIT_BOOT_E820_H
#define XEN_UNIT_BOOT_E820_H

#include <linux/types.h>

#define E820_TYPE_RAM		1
#define E820_TYPE_RESERVED	2
#define E820_TYPE_ACPI		3
#define E820_TYPE_NVS		4
#define E820_TYPE_UNUSABLE	5

#define E820_MAX_ENTRIES	40

struct e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __attribute__((packed));

struct e820_table {
	u32 nr_entries;
	struct e820_entry entries[E820_MAX_ENTRIES];
};

#endif
