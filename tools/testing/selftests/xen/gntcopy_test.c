// SPDX-License-Identifier: GPL-2.0
/*
 * Copying to and from granted pages with gntdev's copy request: a status for
 * each segment, every byte where it belongs.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "own_grants.h"
#include "xentest.h"

#define NR		40
#define SIZE		(NR * XT_PAGE)
#define SOURCE_REF	1
#define DEST_REF	2
#define BAD_REF		0x00ffffffU

/* From the hypervisor's grant_table.h. */
#define ST_OKAY			0
#define ST_BAD_GNTREF		(-3)

FIXTURE(copy) {
	XT_OWN_GRANTS;
	unsigned char *granted;
	unsigned char *local;
};

FIXTURE_SETUP(copy)
{
	XT_NEED_XEN();
	XT_GRANT_TO_SELF(NR);
	self->granted = xt_grant_mmap(self->alloc, self->g.index, NR,
				      PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, self->granted);
	self->local = mmap(NULL, SIZE + XT_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->local);
}

FIXTURE_TEARDOWN(copy)
{
	close(self->dev);
	close(self->alloc);
}

static struct gntdev_grant_copy_segment
from_grant(int domid, uint32_t ref, int offset, void *to, int len)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { ref, offset, domid },
		.dest.virt = to,
		.len = len,
		.flags = SOURCE_REF,
		.status = 77,
	};

	return seg;
}

static struct gntdev_grant_copy_segment
to_grant(int domid, uint32_t ref, int offset, void *from, int len)
{
	struct gntdev_grant_copy_segment seg = {
		.source.virt = from,
		.dest.foreign = { ref, offset, domid },
		.len = len,
		.flags = DEST_REF,
		.status = 77,
	};

	return seg;
}

TEST_F(copy, whole_pages_out_and_in)
{
	struct gntdev_grant_copy_segment seg[NR];

	xt_fill(self->granted, SIZE, 1);
	for (int i = 0; i < NR; i++)
		seg[i] = from_grant(self->domid, self->g.ref[i], 0,
				    self->local + i * XT_PAGE, XT_PAGE);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, seg, NR));
	for (int i = 0; i < NR; i++)
		EXPECT_EQ(ST_OKAY, seg[i].status);
	EXPECT_TRUE(xt_filled(self->local, SIZE, 1));

	xt_fill(self->local, SIZE, 2);
	for (int i = 0; i < NR; i++)
		seg[i] = to_grant(self->domid, self->g.ref[i], 0,
				  self->local + i * XT_PAGE, XT_PAGE);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, seg, NR));
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 2));
}

/* Odd sizes and offsets; the local side crosses pages, its neighbours stay. */
TEST_F(copy, odd_pieces)
{
	uint64_t seed = 3;

	for (int round = 0; round < 100; round++) {
		int offset = xt_random(&seed) % XT_PAGE;
		int len = 1 + xt_random(&seed) % (XT_PAGE - offset);
		int at = 1 + xt_random(&seed) % (XT_PAGE * 2);
		int page = xt_random(&seed) % NR;
		struct gntdev_grant_copy_segment seg;

		xt_fill(self->granted + page * XT_PAGE, XT_PAGE, round);
		memset(self->local, 0xa5, 4 * XT_PAGE);
		seg = from_grant(self->domid, self->g.ref[page], offset,
				 self->local + at, len);
		ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
		ASSERT_EQ(ST_OKAY, seg.status);
		ASSERT_EQ(0, memcmp(self->local + at,
				    self->granted + page * XT_PAGE + offset,
				    len));
		ASSERT_EQ(0xa5, self->local[at - 1]);
		ASSERT_EQ(0xa5, self->local[at + len]);
	}
}

TEST_F(copy, grant_to_grant)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { self->g.ref[0], 100, self->domid },
		.dest.foreign = { self->g.ref[1], 200, self->domid },
		.len = 1000,
		.flags = SOURCE_REF | DEST_REF,
	};

	xt_fill(self->granted, XT_PAGE, 4);
	memset(self->granted + XT_PAGE, 0, XT_PAGE);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
	ASSERT_EQ(ST_OKAY, seg.status);
	EXPECT_EQ(0, memcmp(self->granted + 100, self->granted + XT_PAGE + 200,
			    1000));
	EXPECT_EQ(0, self->granted[XT_PAGE + 199]);
	EXPECT_EQ(0, self->granted[XT_PAGE + 1200]);
}

/* Each segment has its own verdict; a bad one does not spoil the others. */
TEST_F(copy, bad_reference_fails_alone)
{
	struct gntdev_grant_copy_segment seg[NR];

	xt_fill(self->granted, SIZE, 5);
	memset(self->local, 0, SIZE);
	for (int i = 0; i < NR; i++)
		seg[i] = from_grant(self->domid,
				    i % 7 == 3 ? BAD_REF : self->g.ref[i], 0,
				    self->local + i * XT_PAGE, XT_PAGE);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, seg, NR));
	for (int i = 0; i < NR; i++) {
		unsigned long at = i * XT_PAGE;

		EXPECT_EQ(i % 7 == 3 ? ST_BAD_GNTREF : ST_OKAY, seg[i].status);
		if (i % 7 != 3) {
			EXPECT_EQ(0, memcmp(self->local + at,
					    self->granted + at, XT_PAGE));
			continue;
		}
		EXPECT_EQ(0, self->local[at]);
	}
}

TEST_F(copy, unknown_domain_fails)
{
	struct gntdev_grant_copy_segment seg =
		from_grant(0x7abc, self->g.ref[0], 0, self->local, 16);

	memset(self->local, 0x11, 16);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
	EXPECT_GT(0, seg.status);
	EXPECT_EQ(0x11, self->local[0]);
}

TEST_F(copy, read_only_grant_is_not_written)
{
	struct xt_grants ro;
	struct gntdev_grant_copy_segment seg;

	ASSERT_EQ(0, xt_gntalloc(self->alloc, self->domid, false, 1, &ro));
	seg = to_grant(self->domid, ro.ref[0], 0, self->local, 16);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
	EXPECT_GT(0, seg.status);
	seg = from_grant(self->domid, ro.ref[0], 0, self->local, 16);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
	EXPECT_EQ(ST_OKAY, seg.status);
}

TEST_F(copy, bad_requests_are_refused)
{
	struct gntdev_grant_copy_segment seg;
	unsigned char *ro;

	/* Beyond the granted page. */
	seg = from_grant(self->domid, self->g.ref[0], 4000, self->local, 97);
	EXPECT_EQ(-EINVAL, xt_gntdev_copy(self->dev, &seg, 1));
	seg = to_grant(self->domid, self->g.ref[0], 4096, self->local, 1);
	EXPECT_EQ(-EINVAL, xt_gntdev_copy(self->dev, &seg, 1));
	/* Local to local is memcpy()'s business. */
	seg.flags = 0;
	EXPECT_EQ(-EINVAL, xt_gntdev_copy(self->dev, &seg, 1));
	/* Into memory that is not there, or not the caller's to write. */
	seg = from_grant(self->domid, self->g.ref[0], 0, xt_bad_pointer(), 16);
	EXPECT_EQ(-EFAULT, xt_gntdev_copy(self->dev, &seg, 1));
	ro = mmap(NULL, XT_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	seg = from_grant(self->domid, self->g.ref[0], 0, ro, 16);
	EXPECT_EQ(-EFAULT, xt_gntdev_copy(self->dev, &seg, 1));
	EXPECT_EQ(-EFAULT, xt_gntdev_copy(self->dev, xt_bad_pointer(), 1));
	/* Nothing to do is done at once. */
	EXPECT_EQ(0, xt_gntdev_copy(self->dev, NULL, 0));
}

/* Copying into a page shared copy-on-write must not reach the other process. */
TEST_F(copy, respects_copy_on_write)
{
	struct gntdev_grant_copy_segment seg;
	int status, go[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(go));
	memset(self->local, 0x22, XT_PAGE);
	memset(self->granted, 0x33, XT_PAGE);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &c, 1) || self->local[10] != 0x22);
	}
	seg = from_grant(self->domid, self->g.ref[0], 0, self->local, XT_PAGE);
	ASSERT_EQ(0, xt_gntdev_copy(self->dev, &seg, 1));
	EXPECT_EQ(0x33, self->local[10]);
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
