// SPDX-License-Identifier: GPL-2.0
/*
 * What a PV domain's memory map means for its initial memory.
 *
 * A PV domain begins with its memory in one piece from frame 0 on. The map, for dom0 the machine's
 * own, says where the kernel shall have memory: initial memory that lies in one of its holes goes
 * to frames behind, and frames for memory to come later follow.
 *
 * Pure: also built into a test in user space. All addresses are physical ones of this domain.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/pfn.h>
#include <linux/minmax.h>
#include <asm/page.h>
#include "e820.h"

static u64 __init end_of(const struct e820_entry *e)
{
	return e->addr + e->size;
}

/**
 * xen_map_add() - append an entry
 * @map: the map
 * @start: first address
 * @size: in bytes
 * @type: E820_TYPE_*
 *
 * Return: 0; -ENOSPC.
 */
int __init xen_map_add(struct e820_table *map, u64 start, u64 size, u32 type)
{
	struct e820_entry *e = &map->entries[map->nr_entries];

	if (map->nr_entries >= E820_MAX_ENTRIES)
		return -ENOSPC;
	e->addr = start;
	e->size = size;
	e->type = type;
	map->nr_entries++;
	return 0;
}

/* Where the map changes next, behind @at; U64_MAX if nowhere. */
static u64 __init next_edge(const struct e820_table *map, u64 at)
{
	u64 edge = U64_MAX;
	unsigned int i;

	for (i = 0; i < map->nr_entries; i++) {
		const struct e820_entry *e = &map->entries[i];

		if (e->addr > at)
			edge = min(edge, e->addr);
		else if (end_of(e) > at)
			edge = min(edge, end_of(e));
	}
	return edge;
}

/* The strongest type that the map has for @at; 0 for none. Types grow with what they forbid. */
static u32 __init type_at(const struct e820_table *map, u64 at)
{
	u32 type = 0;
	unsigned int i;

	for (i = 0; i < map->nr_entries; i++) {
		const struct e820_entry *e = &map->entries[i];

		if (at >= e->addr && at - e->addr < e->size)
			type = max(type, (u32)e->type);
	}
	return type;
}

static int __init append_merged(struct e820_table *map, u64 start, u64 end, u32 type)
{
	struct e820_entry *next = &map->entries[map->nr_entries];

	if (map->nr_entries && end_of(next - 1) == start && next[-1].type == type) {
		next[-1].size += end - start;
		return 0;
	}
	return xen_map_add(map, start, end - start, type);
}

/**
 * xen_map_tidy() - bring a map in order: ascending, no overlaps, no neighbours of one type
 * @map: the map. An entry that wraps around the address space loses its end.
 * @scratch: another one, for its own use
 *
 * Return: 0; -ENOSPC if it needs more entries, with the map unchanged but for wrapped entries.
 */
int __init xen_map_tidy(struct e820_table *map, struct e820_table *scratch)
{
	u64 at = 0, next;
	unsigned int i;
	int err = 0;

	for (i = 0; i < map->nr_entries; i++)
		if (map->entries[i].size > U64_MAX - map->entries[i].addr)
			map->entries[i].size = U64_MAX - map->entries[i].addr;

	scratch->nr_entries = 0;
	for (; (next = next_edge(map, at)) != U64_MAX && !err; at = next)
		if (type_at(map, at))
			err = append_merged(scratch, at, next, type_at(map, at));
	if (!err && type_at(map, at))
		err = append_merged(scratch, at, U64_MAX, type_at(map, at));
	if (!err)
		*map = *scratch;
	return err;
}

/**
 * xen_map_is_ram() - are all frames memory that an area has a part of
 * @map: the map, tidy
 * @start: first address
 * @size: in bytes; 0 is
 *
 * Return: true if so.
 */
bool __init xen_map_is_ram(const struct e820_table *map, u64 start, u64 size)
{
	const struct e820_entry *e = map->entries;
	u64 end = ALIGN(start + size, PAGE_SIZE);

	if (!size)
		return true;
	start = ALIGN_DOWN(start, PAGE_SIZE);
	for (; e < map->entries + map->nr_entries; e++)
		if (e->type == E820_TYPE_RAM && e->addr <= start && end_of(e) >= end)
			return true;
	return false;
}

/* An entry that ends in @size bytes of memory behind @memory_end, or NULL. */
static struct e820_entry * __init room_behind(struct e820_table *map, u64 memory_end, u64 size)
{
	struct e820_entry *e = map->entries;

	for (; e < map->entries + map->nr_entries; e++)
		if (e->type == E820_TYPE_RAM && e->size >= size &&
		    ALIGN_DOWN(end_of(e), PAGE_SIZE) - size >= max(memory_end, e->addr))
			return e;
	return NULL;
}

/**
 * xen_map_move_nvs() - have firmware's own memory out of an area that the kernel cannot leave
 * @map: the map, tidy before and after
 * @scratch: for xen_map_tidy()
 * @start: first address of the area
 * @size: in bytes
 * @memory_end: of the initial memory; the firmware's goes behind it
 * @move: set to what was moved
 *
 * Moves one entry. Only ACPI NVS can move: it is found by ACPI's tables only, and their use of
 * addresses can be corrected.
 *
 * Return: 1 if something was moved, so there may be more; 0 if there is nothing to move; -ENOSPC.
 */
int __init xen_map_move_nvs(struct e820_table *map, struct e820_table *scratch, u64 start, u64 size,
			    u64 memory_end, struct xen_map_move *move)
{
	struct e820_entry *e = map->entries, *room;
	u64 addr, len;
	int err;

	while (e < map->entries + map->nr_entries &&
	       (e->type != E820_TYPE_NVS || e->addr >= start + size || end_of(e) <= start))
		e++;
	if (e == map->entries + map->nr_entries)
		return 0;

	addr = e->addr;
	len = e->size;
	move->from = ALIGN_DOWN(addr, PAGE_SIZE);
	move->size = ALIGN(addr + len, PAGE_SIZE) - move->from;
	room = room_behind(map, memory_end, move->size);
	if (!room)
		return -ENOSPC;
	move->to = ALIGN_DOWN(end_of(room), PAGE_SIZE) - move->size;

	/* Memory takes the old place; what else lies in its first and last page stays there. */
	e->type = E820_TYPE_RAM;
	e->addr = move->from;
	e->size = move->size;
	room->size = move->to - room->addr;
	err = xen_map_add(map, move->to + (addr - move->from), len, E820_TYPE_NVS);
	if (!err)
		err = xen_map_tidy(map, scratch);
	return err ?: 1;
}

/**
 * xen_map_holes() - visit what is no memory: entries of other types, and what no entry covers
 * @map: the map, tidy
 * @visit: called for each hole up to the end of the map
 * @arg: passed on
 *
 * A hole has all frames that it has a part of: firmware's tables may begin within a page. So memory
 * without a whole frame is part of a hole, and no frame is in two of them.
 */
void __init xen_map_holes(const struct e820_table *map, xen_map_hole_t visit, void *arg)
{
	u64 hole = 0, end = 0;
	unsigned int i;

	for (i = 0; i < map->nr_entries; i++) {
		const struct e820_entry *e = &map->entries[i];

		end = end_of(e);
		if (e->type != E820_TYPE_RAM || PFN_UP(e->addr) >= PFN_DOWN(end))
			continue;
		if (PFN_DOWN(hole) < PFN_UP(e->addr))
			visit(PFN_DOWN(hole), PFN_UP(e->addr), arg);
		hole = end;
	}
	if (PFN_DOWN(hole) < PFN_UP(end))
		visit(PFN_DOWN(hole), PFN_UP(end), arg);
}

struct counter {
	unsigned long pages, found;
};

static void __init count_hole(unsigned long first, unsigned long end, void *arg)
{
	struct counter *c = arg;

	if (first < c->pages)
		c->found += min(end, c->pages) - first;
}

/**
 * xen_map_pages_in_holes() - how much of the initial memory lies in holes
 * @map: the map, tidy
 * @pages: length of the initial memory
 *
 * Return: frames.
 */
unsigned long __init xen_map_pages_in_holes(const struct e820_table *map, unsigned long pages)
{
	struct counter c = { .pages = pages };

	xen_map_holes(map, count_hole, &c);
	return c.found;
}

/* Memory behind the initial one: frames without memory as long as there shall be more of them. */
static void __init show_extra(u64 start, u64 end, struct xen_map_view *view)
{
	unsigned long first = PFN_UP(start), last = PFN_DOWN(end), n;

	if (!view->extra || first >= last)
		return;
	n = min(last - first, view->extra);
	view->extra -= n;
	view->add(PFN_PHYS(first), PFN_PHYS(n), E820_TYPE_RAM);
	view->add_extra(first, n);
}

/**
 * xen_map_show() - tell the kernel of the memory map
 * @map: the map, tidy
 * @view: what for
 *
 * Memory in the map beyond what the domain may ever have is left out.
 *
 * Return: the end of the map.
 */
u64 __init xen_map_show(const struct e820_table *map, struct xen_map_view *view)
{
	u64 memory_end = PFN_PHYS(view->pages), end = 0;
	unsigned int i;

	for (i = 0; i < map->nr_entries; i++) {
		const struct e820_entry *e = &map->entries[i];
		u64 split;

		end = end_of(e);
		if (e->type != E820_TYPE_RAM) {
			view->add(e->addr, e->size, e->type);
			continue;
		}
		split = clamp(memory_end, e->addr, end);
		if (PFN_UP(e->addr) < PFN_DOWN(split))
			view->add(PFN_PHYS(PFN_UP(e->addr)),
				  PFN_PHYS(PFN_DOWN(split) - PFN_UP(e->addr)), E820_TYPE_RAM);
		if (split < end)
			show_extra(split, end, view);
	}
	return end;
}

/* Where memory out of holes goes: whole frames of memory, from the initial memory's end on. */
struct targets {
	const struct e820_table *map;
	unsigned int entry;
	unsigned long pages, next, room;
	struct xen_map_run *runs;
	unsigned int n, max;
	bool short_of;
};

/* Finds up to @n frames; 0 if there are no more. */
static unsigned long __init take_target(struct targets *t, unsigned long n, unsigned long *first)
{
	n = min(n, t->room);
	for (; n && t->entry < t->map->nr_entries; t->entry++) {
		const struct e820_entry *e = &t->map->entries[t->entry];
		unsigned long start = PFN_UP(e->addr), end = PFN_DOWN(end_of(e));

		t->next = max(t->next, start);
		if (e->type != E820_TYPE_RAM || t->next >= end)
			continue;
		*first = t->next;
		n = min(n, end - t->next);
		t->next += n;
		t->room -= n;
		return n;
	}
	return 0;
}

static void __init plan_hole(unsigned long first, unsigned long end, void *arg)
{
	struct targets *t = arg;

	end = min(end, t->pages);
	while (first < end && t->n < t->max) {
		unsigned long to = 0, n = take_target(t, end - first, &to);

		if (!n)
			n = end - first;	/* @to is 0: given back */
		t->runs[t->n++] = (struct xen_map_run) { first, to, n };
		first += n;
	}
	t->short_of = t->short_of || first < end;
}

/**
 * xen_map_plan_runs() - where the initial memory goes that lies in holes
 * @map: the map, tidy
 * @pages: length of the initial memory
 * @room: how many of the frames behind may be used
 * @runs: set; in ascending order of both places
 * @max: length of @runs
 *
 * Return: how many runs there are; -ENOSPC if @max is too small.
 */
int __init xen_map_plan_runs(const struct e820_table *map, unsigned long pages,
			     unsigned long room, struct xen_map_run *runs, unsigned int max)
{
	struct targets t = {
		.map = map, .pages = pages, .next = pages, .room = room, .runs = runs, .max = max,
	};

	xen_map_holes(map, plan_hole, &t);
	return t.short_of ? -ENOSPC : t.n;
}
