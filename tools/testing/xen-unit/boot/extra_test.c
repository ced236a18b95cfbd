// SPDX-License-Identifier: GPL-2.0
/* The list of ranges against a set of frames. */
#include <errno.h>
#include <string.h>
#include <extra_list.h>
#include "../unit.h"

#define PLACES	6
#define FRAMES	64

static struct xen_memory_region list[PLACES];
static bool model[FRAMES];

static void compare(void)
{
	unsigned int i, f, sum = 0, want = 0;

	for (i = 0; i < PLACES; i++)
		sum += list[i].n_pfns;
	for (f = 0; f < FRAMES; f++) {
		CHECK(xen_extra_list_has(list, PLACES, f) == model[f]);
		want += model[f];
	}
	/* No overlaps. */
	CHECK(sum == want);
}

static void set(unsigned int start, unsigned int n, bool value)
{
	unsigned int f;

	for (f = start; f < start + n; f++)
		model[f] = value;
}

static void start(void)
{
	memset(list, 0, sizeof(list));
	memset(model, 0, sizeof(model));
}

static bool any(unsigned int first, unsigned int n)
{
	unsigned int f;

	for (f = first; f < first + n; f++)
		if (model[f])
			return true;
	return false;
}

static void is_a_set(void)
{
	unsigned int turn, step;

	srand(1);
	for (turn = 0; turn < 2000; turn++) {
		start();
		for (step = 0; step < 20; step++) {
			unsigned int first = rand() % FRAMES, n = rand() % (FRAMES - first);

			if (rand() % 2 && !any(first, n)) {
				if (!xen_extra_list_add(list, PLACES, first, n))
					set(first, n, true);
			} else if (!xen_extra_list_remove(list, PLACES, first, n)) {
				set(first, n, false);
			} else {
				break;	/* the end of a range is lost, as documented */
			}
			compare();
		}
	}
}

static void grows_in_place(void)
{
	start();
	CHECK(!xen_extra_list_add(list, 1, 10, 5));
	CHECK(!xen_extra_list_add(list, 1, 15, 5));
	CHECK(list[0].start_pfn == 10 && list[0].n_pfns == 10);
	CHECK(xen_extra_list_add(list, 1, 30, 5) == -ENOSPC);
	CHECK(!xen_extra_list_add(list, 1, 30, 0));
}

static void shrinks_from_everywhere(void)
{
	start();
	CHECK(!xen_extra_list_add(list, PLACES, 10, 20));
	CHECK(!xen_extra_list_remove(list, PLACES, 10, 2));
	CHECK(!xen_extra_list_remove(list, PLACES, 28, 2));
	CHECK(!xen_extra_list_remove(list, PLACES, 18, 4));
	set(12, 6, true);
	set(22, 6, true);
	compare();
	CHECK(xen_extra_list_remove(list, 2, 14, 1) == -ENOSPC);
}

const struct unit_test extra_tests[] = {
	{ "extra: ranges are a set of frames", is_a_set },
	{ "extra: what continues a range needs no place", grows_in_place },
	{ "extra: ranges lose their beginning, end and middle", shrinks_from_everywhere },
	{ NULL, NULL }
};
