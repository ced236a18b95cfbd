// SPDX-License-Identifier: GPL-2.0
/* Copies from and into shared memory: every length and alignment, and a peer that writes meanwhile. */
#include <pthread.h>
#include <string.h>
#include <xen/shared.h>
#include "unit.h"

static void copies_are_exact(void)
{
	u8 area[96], dst[64] __attribute__((aligned(8)));
	size_t off, len, i;

	for (i = 0; i < sizeof(area); i++)
		area[i] = i + 1;
	for (off = 0; off < 24; off++) {
		for (len = 0; len <= 40; len++) {
			memset(dst, 0xee, sizeof(dst));
			xen_shared_copy(dst, xen_shared_box(area), off, len);
			CHECK(!memcmp(dst, area + off, len));
			CHECK(dst[len] == 0xee);
		}
	}
}

static void fills_are_exact(void)
{
	u8 area[64], src[16];

	memset(area, 0, sizeof(area));
	memset(src, 0x55, sizeof(src));
	xen_shared_fill(xen_shared_box(area), 3, src, 9);
	CHECK(area[2] == 0 && area[3] == 0x55 && area[11] == 0x55 && area[12] == 0);
}

static int stop;

/* Flips every byte of the area between all zeroes and all ones, for as long as the test runs. */
static void *flipper(void *data)
{
	volatile u64 *area = data;
	int i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		for (i = 0; i < 8; i++)
			area[i] = ~area[i];
	return NULL;
}

/* What was checked in the copy stays so: no byte is fetched again after the copy. */
static void copy_holds_still(void)
{
	u64 area[8] = {}, dst[8], again[8];
	pthread_t thread;
	int i, k;

	stop = 0;
	CHECK(!pthread_create(&thread, NULL, flipper, area));
	for (i = 0; i < 20000; i++) {
		xen_shared_copy(dst, xen_shared_box(area), 0, sizeof(dst));
		memcpy(again, dst, sizeof(dst));
		for (k = 0; k < 8; k++)
			CHECK(dst[k] == 0 || dst[k] == ~0ULL);
		CHECK(!memcmp(again, dst, sizeof(dst)));
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

const struct unit_test shared_tests[] = {
	{ "shared: copies of every length and alignment", copies_are_exact },
	{ "shared: fills touch nothing else", fills_are_exact },
	{ "shared: a copy holds still while the peer flips bytes", copy_holds_still },
	{}
};
