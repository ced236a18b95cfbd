// SPDX-License-Identifier: GPL-2.0
/* Random memory maps of a small machine: what must hold for every one of them. */
#include <errno.h>
#include <string.h>
#include <linux/pfn.h>
#include <e820.h>
#include "../unit.h"

#define FRAMES	96			/* of the machine */
#define TURNS	3000
#define RUNS	(2 * E820_MAX_ENTRIES)

static struct e820_table map, scratch, before;

static u64 end_of(const struct e820_entry *e)
{
	return e->addr + e->size;
}

static u32 type_at(const struct e820_table *m, u64 at)
{
	u32 type = 0;
	unsigned int i;

	for (i = 0; i < m->nr_entries; i++)
		if (at >= m->entries[i].addr && at < end_of(&m->entries[i]) &&
		    m->entries[i].type > type)
			type = m->entries[i].type;
	return type;
}

/* Is every byte of a frame memory? Entries begin and end at quarters of pages. */
static bool ram_frame(const struct e820_table *m, unsigned long pfn)
{
	unsigned int q;

	for (q = 0; q < 4; q++)
		if (type_at(m, PFN_PHYS(pfn) + q * PAGE_SIZE / 4) != E820_TYPE_RAM)
			return false;
	return true;
}

static void random_map(unsigned int most)
{
	unsigned int n = 1 + rand() % most;

	map.nr_entries = 0;
	while (n--) {
		u64 q = rand() % 2 ? PAGE_SIZE : PAGE_SIZE / 4;
		u64 start = (rand() % FRAMES) * PAGE_SIZE / q * q + rand() % 4 * q;
		u64 size = (1 + rand() % 80) * q;

		CHECK(!xen_map_add(&map, start, size, rand() % 2 ? E820_TYPE_RAM : 2 + rand() % 3));
	}
	before = map;
	CHECK(!xen_map_tidy(&map, &scratch));
}

static void check_tidy(void)
{
	unsigned int i;

	for (i = 0; i < map.nr_entries; i++) {
		CHECK(map.entries[i].size);
		if (!i)
			continue;
		CHECK(end_of(&map.entries[i - 1]) <= map.entries[i].addr);
		CHECK(end_of(&map.entries[i - 1]) < map.entries[i].addr ||
		      map.entries[i - 1].type != map.entries[i].type);
	}
}

static void tidy(void)
{
	unsigned int turn;
	u64 at;

	srand(1);
	for (turn = 0; turn < TURNS; turn++) {
		random_map(12);
		check_tidy();
		for (at = 0; at < PFN_PHYS(3 * FRAMES); at += PAGE_SIZE / 4)
			CHECK(type_at(&map, at) == type_at(&before, at));
	}
}

static void tidy_at_the_edges(void)
{
	unsigned int i;

	map.nr_entries = 0;
	CHECK(!xen_map_tidy(&map, &scratch) && !map.nr_entries);
	CHECK(!xen_map_add(&map, 0x1000, 0, E820_TYPE_RAM));
	CHECK(!xen_map_tidy(&map, &scratch) && !map.nr_entries);

	/* Wraps around, and has to end somewhere. */
	CHECK(!xen_map_add(&map, 0x1000, ~0ULL, E820_TYPE_RESERVED));
	CHECK(!xen_map_tidy(&map, &scratch) && map.nr_entries == 1);
	CHECK(map.entries[0].addr == 0x1000 && end_of(&map.entries[0]) == ~0ULL);

	/* As many as fit; one on top cuts one in two. */
	map.nr_entries = 0;
	for (i = 0; i < E820_MAX_ENTRIES - 1; i++)
		CHECK(!xen_map_add(&map, i * 0x10000, 0x8000, E820_TYPE_RAM));
	CHECK(!xen_map_tidy(&map, &scratch) && map.nr_entries == E820_MAX_ENTRIES - 1);
	CHECK(!xen_map_add(&map, 0x1000, 0x1000, E820_TYPE_RESERVED));
	before = map;
	CHECK(xen_map_tidy(&map, &scratch) == -ENOSPC);
	CHECK(!memcmp(&map, &before, sizeof(map)));
	CHECK(xen_map_add(&map, 0, 0x1000, E820_TYPE_RESERVED) == -ENOSPC);
}

static struct e820_table shown;
static unsigned long extra_frames, extra_end;
static bool extra[4 * FRAMES];

static void note(u64 start, u64 size, u32 type)
{
	CHECK(!xen_map_add(&shown, start, size, type));
	CHECK(type != E820_TYPE_RAM || (start % PAGE_SIZE == 0 && size % PAGE_SIZE == 0 && size));
}

static void note_extra(unsigned long first, unsigned long n)
{
	CHECK(n && first >= extra_end);
	extra_end = first + n;
	for (extra_frames += n; n; n--)
		extra[first++] = true;
}

static unsigned long show(unsigned long pages, unsigned long wanted)
{
	struct xen_map_view view = {
		.pages = pages, .extra = wanted, .add = note, .add_extra = note_extra,
	};

	shown.nr_entries = 0;
	extra_frames = 0;
	extra_end = 0;
	memset(extra, 0, sizeof(extra));
	CHECK(xen_map_show(&map, &view) == end_of(&map.entries[map.nr_entries - 1]));
	CHECK(extra_frames == wanted - view.extra);
	return extra_frames;
}

/* A frame is memory of the kernel's map if it is in the hypervisor's, and is or may get some. */
static void shows(void)
{
	unsigned int turn;
	unsigned long pfn, behind;

	srand(2);
	for (turn = 0; turn < TURNS; turn++) {
		unsigned long pages = rand() % FRAMES, wanted = rand() % FRAMES;

		random_map(12);
		show(pages, wanted);
		for (pfn = behind = 0; pfn < 3 * FRAMES; pfn++) {
			bool ram = ram_frame(&map, pfn);

			CHECK(ram_frame(&shown, pfn) == (ram && (pfn < pages || extra[pfn])));
			CHECK(!extra[pfn] || (ram && pfn >= pages));
			behind += ram && pfn >= pages;
			if (!ram && type_at(&map, PFN_PHYS(pfn)) != E820_TYPE_RAM)
				CHECK(type_at(&shown, PFN_PHYS(pfn)) ==
				      type_at(&map, PFN_PHYS(pfn)));
		}
		CHECK(extra_frames == (wanted < behind ? wanted : behind));
	}
}

static bool in_hole[4 * FRAMES];
static unsigned long last_hole;

static void note_hole(unsigned long first, unsigned long end, void *arg)
{
	CHECK(first < end && first >= last_hole && arg == &map);
	last_hole = end;
	for (; first < end; first++)
		in_hole[first] = true;
}

static void find_holes(void)
{
	unsigned long pfn, end = PFN_UP(end_of(&map.entries[map.nr_entries - 1]));

	memset(in_hole, 0, sizeof(in_hole));
	last_hole = 0;
	xen_map_holes(&map, note_hole, &map);
	for (pfn = 0; pfn < end; pfn++)
		CHECK(in_hole[pfn] == !ram_frame(&map, pfn));
	CHECK(last_hole <= end);
}

/* Every frame of the initial memory in a hole goes to one that may have memory, or back. */
static void moves_memory_out_of_holes(void)
{
	static struct xen_map_run runs[RUNS];
	static bool taken[4 * FRAMES];
	unsigned int turn;

	srand(3);
	for (turn = 0; turn < TURNS; turn++) {
		unsigned long pages = rand() % FRAMES, room, moved = 0, back = 0, pfn, k;
		int i, n;

		random_map(12);
		find_holes();
		room = show(pages, rand() % FRAMES);
		n = xen_map_plan_runs(&map, pages, room, runs, RUNS);
		CHECK(n >= 0);
		memset(taken, 0, sizeof(taken));
		for (i = 0; i < n; i++) {
			CHECK(runs[i].n);
			for (k = 0; k < runs[i].n; k++) {
				CHECK(in_hole[runs[i].from + k] && runs[i].from + k < pages);
				in_hole[runs[i].from + k] = false;
				if (!runs[i].to)
					continue;
				CHECK(extra[runs[i].to + k] && !taken[runs[i].to + k]);
				taken[runs[i].to + k] = true;
			}
			moved += runs[i].to ? runs[i].n : 0;
			back += runs[i].to ? 0 : runs[i].n;
		}
		for (pfn = 0; pfn < pages; pfn++)
			CHECK(!in_hole[pfn] || pfn >= last_hole);
		CHECK(xen_map_pages_in_holes(&map, pages) == moved + back);
		CHECK(!back || moved == room);
		if (n)
			CHECK(xen_map_plan_runs(&map, pages, room, runs, n - 1) == -ENOSPC);
	}
}

static u64 bytes_of(const struct e820_table *m, u32 type)
{
	u64 at, sum = 0;

	for (at = 0; at < PFN_PHYS(4 * FRAMES); at += PAGE_SIZE / 4)
		sum += type_at(m, at) == type ? PAGE_SIZE / 4 : 0;
	return sum;
}

static void check_move(const struct xen_map_move *move, unsigned long pages)
{
	u64 at;

	CHECK(move->from % PAGE_SIZE == 0 && move->to % PAGE_SIZE == 0 && move->size);
	CHECK(move->to >= PFN_PHYS(pages));
	for (at = 0; at < move->size; at += PAGE_SIZE / 4) {
		bool nvs = type_at(&before, move->from + at) == E820_TYPE_NVS;

		/* At the same place of its page; a neighbour in that page is not moved along. */
		if (type_at(&map, move->to + at) == E820_TYPE_NVS)
			CHECK(nvs);
		CHECK(!nvs || type_at(&map, move->from + at) != E820_TYPE_NVS);
	}
}

static void moves_firmware_away(void)
{
	unsigned int turn, moves = 0;

	srand(4);
	for (turn = 0; turn < TURNS; turn++) {
		unsigned long pages = FRAMES / 2, i;
		u64 start = (rand() % 40) * PAGE_SIZE, size = (1 + rand() % 10) * PAGE_SIZE, nvs;
		struct xen_map_move move;
		int rc;

		random_map(8);
		CHECK(!xen_map_add(&map, PFN_PHYS(2 * FRAMES), PFN_PHYS(rand() % FRAMES),
				   E820_TYPE_RAM));
		CHECK(!xen_map_tidy(&map, &scratch));
		nvs = bytes_of(&map, E820_TYPE_NVS);
		for (i = 0; i < 20; i++) {
			before = map;
			rc = xen_map_move_nvs(&map, &scratch, start, size, PFN_PHYS(pages), &move);
			if (rc <= 0)
				break;
			moves++;
			check_tidy();
			check_move(&move, pages);
			CHECK(bytes_of(&map, E820_TYPE_NVS) == nvs);
		}
		CHECK(i < 20);
		if (rc) {
			CHECK(rc == -ENOSPC);
			continue;
		}
		for (i = 0; i < size; i += PAGE_SIZE / 4)
			CHECK(type_at(&map, start + i) != E820_TYPE_NVS);
	}
	CHECK(moves > TURNS / 20);
}

static void is_ram(void)
{
	map.nr_entries = 0;
	CHECK(xen_map_is_ram(&map, 0x5000, 0));
	CHECK(!xen_map_is_ram(&map, 0x5000, 1));
	CHECK(!xen_map_add(&map, 0x1000, 0x4000, E820_TYPE_RAM));
	CHECK(!xen_map_add(&map, 0x5000, 0x1000, E820_TYPE_NVS));
	CHECK(xen_map_is_ram(&map, 0x1000, 0x4000) && xen_map_is_ram(&map, 0x4fff, 1));
	CHECK(!xen_map_is_ram(&map, 0x4fff, 2) && !xen_map_is_ram(&map, 0xfff, 2));
	/* A frame that is in part something else is not the kernel's. */
	map.entries[0].size = 0x3c00;
	CHECK(xen_map_is_ram(&map, 0x3000, 0x1000) && !xen_map_is_ram(&map, 0x4000, 0x400));
}

/* dom0 of a PC with 1 GiB, with the machine's map. */
static void of_a_pc(void)
{
	static struct xen_map_run runs[4];
	unsigned long pages = 0x40000, room = 0x81 + 0x100;
	struct xen_map_view view = { .pages = pages, .add = note };

	map.nr_entries = 0;
	CHECK(!xen_map_add(&map, 0, 0x9fc00, E820_TYPE_RAM));
	CHECK(!xen_map_add(&map, 0x9fc00, 0x60400, E820_TYPE_RESERVED));
	CHECK(!xen_map_add(&map, 0x100000, 0x3fee0000, E820_TYPE_RAM));
	CHECK(!xen_map_add(&map, 0x3ffe0000, 0x20000, E820_TYPE_RESERVED));
	CHECK(!xen_map_add(&map, 0xfeffc000, 0x4000, E820_TYPE_RESERVED));
	CHECK(!xen_map_add(&map, 0x100000000, 0x40000000, E820_TYPE_RAM));
	CHECK(!xen_map_tidy(&map, &scratch));
	CHECK(xen_map_pages_in_holes(&map, pages) == 0x61 + 0x20);

	/* None: they are too far up for the test's array. */
	shown.nr_entries = 0;
	CHECK(xen_map_show(&map, &view) == 0x140000000);
	CHECK(type_at(&shown, 0x9f000) == 0 && type_at(&shown, 0x9fc00) == E820_TYPE_RESERVED);

	CHECK(xen_map_plan_runs(&map, pages, room, runs, 4) == 2);
	CHECK(runs[0].from == 0x9f && runs[0].to == 0x100000 && runs[0].n == 0x61);
	CHECK(runs[1].from == 0x3ffe0 && runs[1].to == 0x100061 && runs[1].n == 0x20);
}

const struct unit_test e820_tests[] = {
	{ "e820: a tidy map says what the map said", tidy },
	{ "e820: tidying empty, wrapping and full maps", tidy_at_the_edges },
	{ "e820: memory is memory from end to end", is_ram },
	{ "e820: the kernel's map has what is or may be there", shows },
	{ "e820: memory out of holes goes where it may be, or back", moves_memory_out_of_holes },
	{ "e820: firmware's memory leaves the kernel's place", moves_firmware_away },
	{ "e820: dom0 of a PC", of_a_pc },
	{ NULL, NULL }
};
