// SPDX-License-Identifier: GPL-2.0
/*
 * Pages without memory, for other domains' memory to be mapped at, over as
 * many cycles of mapping and unmapping as a minute allows: none may be lost,
 * and nothing may be lost with them.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define RW		(PROT_READ | PROT_WRITE)
#define NR		128
#define PAGES		1000000UL
#define TIME		(30 * XT_SEC)
#define SECONDS		60
/* Caches of the kernel may fill; 100 000 pages lost would be 400 MiB. */
#define SLACK_KB	8192L

FIXTURE(foreign) {
	int alloc, dev, domid;
	struct xt_grants g;
	unsigned char *granted;
};

FIXTURE_SETUP(foreign)
{
	XT_NEED_PV();
	self->domid = xt_own_domid();
	ASSERT_GE(self->domid, 0);
	self->alloc = xt_gntalloc_open();
	ASSERT_GE(self->alloc, 0);
	self->dev = xt_gntdev_open();
	ASSERT_GE(self->dev, 0);
	ASSERT_EQ(0, xt_gntalloc(self->alloc, self->domid, true, NR, &self->g));
	self->granted = xt_grant_mmap(self->alloc, self->g.index, NR, RW);
	ASSERT_NE(NULL, self->granted);
}

FIXTURE_TEARDOWN(foreign)
{
	close(self->dev);
	close(self->alloc);
}

/* Address space that was claimed for such pages, in KiB. */
static unsigned long claimed_kb(void)
{
	FILE *f = fopen("/proc/iomem", "re");
	unsigned long start, end, kb = 0;
	char line[160];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Xen scratch") &&
		    sscanf(line, " %lx-%lx", &start, &end) == 2)
			kb += (end - start + 1) / 1024;
	if (f)
		fclose(f);
	return kb;
}

static long available_kb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[160];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

/* Maps some of the grants, looks and unmaps; how many. */
static unsigned long cycle(struct __test_metadata *_metadata,
			   FIXTURE_DATA(foreign) *self, unsigned long round)
{
	unsigned int nr = round % 7 ? NR : 1 + round % NR;
	size_t last = nr * XT_PAGE - 1;
	uint64_t index;
	unsigned char *p;

	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref, nr,
				   &index));
	p = xt_grant_mmap(self->dev, index, nr, RW);
	ASSERT_NE(NULL, p)
		TH_LOG("round %lu: errno %d", round, errno);
	p[last] = round;
	ASSERT_EQ((unsigned char)round, self->granted[last]);
	ASSERT_EQ(0, munmap(p, nr * XT_PAGE));
	ASSERT_EQ(0, xt_gntdev_unmap(self->dev, index, nr));
	return nr;
}

TEST_F_TIMEOUT(foreign, million_cycles, SECONDS)
{
	unsigned long pages = 0, round, claimed;
	uint64_t begin = xt_now();
	long available;

	/* What is kept for the next time is kept from now on. */
	for (round = 0; round < 20; round++)
		cycle(_metadata, self, round);
	claimed = claimed_kb();
	available = available_kb();
	for (; pages < PAGES && xt_now() - begin < TIME; round++)
		pages += cycle(_metadata, self, round);
	printf("# %lu pages mapped and unmapped in %llu ms\n", pages,
	       (unsigned long long)((xt_now() - begin) / XT_MS));
	EXPECT_EQ(claimed, claimed_kb());
	EXPECT_LE(available - available_kb(), SLACK_KB);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
