// SPDX-License-Identifier: GPL-2.0
/* Unusable entries of dom0's map become memory that is spoken for, up to a budget. */
#include <string.h>
#include <linux/pfn.h>
#include <asm/e820/types.h>
#include <pvh_map.h>
#include "../unit.h"

#define ROOM	8

static struct boot_e820_entry map[ROOM];
static u8 entries;
static u64 claimed, claims, last_first;

static void claim(u64 first, u64 pages)
{
	CHECK(pages);
	CHECK(!claims || first > last_first);
	last_first = first;
	claimed += pages;
	claims++;
}

static void start(void)
{
	memset(map, 0, sizeof(map));
	entries = 0;
	claimed = 0;
	claims = 0;
}

static void entry(u64 addr, u64 size, u32 type)
{
	map[entries].addr = addr;
	map[entries].size = size;
	map[entries++].type = type;
}

static u64 pages_of(u32 type)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (map[i].type == type)
			sum += map[i].size >> PAGE_SHIFT;
	return sum;
}

static void within_budget(void)
{
	start();
	entry(0, 0x100000, E820_TYPE_RAM);
	entry(0x100000, 0x300000, E820_TYPE_UNUSABLE);
	entry(0x400000, 0x1000, E820_TYPE_RESERVED);
	xen_pvh_claim_unusable(map, &entries, ROOM, 10, claim);
	CHECK(entries == 3 && claims == 1 && claimed == 0x300);
	CHECK(map[1].type == E820_TYPE_RAM && map[2].type == E820_TYPE_RESERVED);
}

static void splits_at_the_budget(void)
{
	start();
	entry(0, 0x10000, E820_TYPE_RAM);
	entry(0x100800, 0x100000, E820_TYPE_UNUSABLE);
	entry(0x400000, 0x1000, E820_TYPE_RESERVED);
	xen_pvh_claim_unusable(map, &entries, ROOM, 2, claim);
	CHECK(entries == 4 && claimed == 0x20);
	CHECK(map[1].type == E820_TYPE_RAM && map[1].addr == 0x100800);
	CHECK(map[2].type == E820_TYPE_UNUSABLE && map[2].addr == 0x101000 + 0x20000);
	CHECK(map[1].addr + map[1].size == map[2].addr);
	CHECK(map[2].addr + map[2].size == 0x200800);
	CHECK(map[3].type == E820_TYPE_RESERVED && map[3].addr == 0x400000);
}

static void no_room_to_split(void)
{
	start();
	entry(0, 0x10000, E820_TYPE_RAM);
	entry(0x100000, 0x100000, E820_TYPE_UNUSABLE);
	entry(0x300000, 0x10000, E820_TYPE_UNUSABLE);
	xen_pvh_claim_unusable(map, &entries, 3, 2, claim);
	CHECK(entries == 3 && claimed == 0x10);
	CHECK(map[1].type == E820_TYPE_UNUSABLE && map[2].type == E820_TYPE_RAM);
}

/* An entry may lie within one page, and not even that may be whole. */
static void parts_of_pages(void)
{
	start();
	entry(0x100, 0x200, E820_TYPE_RAM);
	entry(0x1000, 0x1000, E820_TYPE_RAM);
	entry(0x5100, 0x200, E820_TYPE_UNUSABLE);
	entry(0x6800, 0x1000, E820_TYPE_UNUSABLE);
	entry(0x9800, 0x1800, E820_TYPE_UNUSABLE);
	xen_pvh_claim_unusable(map, &entries, ROOM, 10, claim);
	CHECK(claims == 1 && claimed == 1 && last_first == 0xa);
	CHECK(map[2].type == E820_TYPE_UNUSABLE && map[3].type == E820_TYPE_UNUSABLE);
}

static void nothing_to_multiply(void)
{
	start();
	entry(0x100000, 0x100000, E820_TYPE_UNUSABLE);
	xen_pvh_claim_unusable(map, &entries, ROOM, 10, claim);
	CHECK(!claims && pages_of(E820_TYPE_UNUSABLE) == 0x100);
}

const struct unit_test pvh_tests[] = {
	{ "pvh: unusable entries become memory", within_budget },
	{ "pvh: the last one is split", splits_at_the_budget },
	{ "pvh: without room to split it stays", no_room_to_split },
	{ "pvh: only whole pages count", parts_of_pages },
	{ "pvh: no memory, no budget", nothing_to_multiply },
	{ NULL, NULL }
};
