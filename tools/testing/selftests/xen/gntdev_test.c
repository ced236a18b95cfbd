// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping grants through /dev/xen/gntdev.  The granted pages are this
 * domain's own, from gntalloc, so both sides can be looked at; what is only
 * refused needs no page and is tested in translated roles as well.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "own_grants.h"
#include "xentest.h"

#define LIMIT	"/sys/module/xen_gntdev/parameters/limit"
#define NR	16
#define SIZE	(NR * XT_PAGE)
#define RW	(PROT_READ | PROT_WRITE)
#define BAD_REF	0x00ffffffU

FIXTURE(gntdev) {
	XT_OWN_GRANTS;
	unsigned char *granted;
	uint64_t index;
};

/*
 * The hypervisor lets a translated domain have one gfn for each of its
 * frames: mapping a grant of its own takes the page away from where it was.
 */
FIXTURE_SETUP(gntdev)
{
	XT_NEED_PV();
	XT_GRANT_TO_SELF(NR);
	self->granted = xt_grant_mmap(self->alloc, self->g.index, NR, RW);
	ASSERT_NE(NULL, self->granted);
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref, NR,
				   &self->index));
}

FIXTURE_TEARDOWN(gntdev)
{
	close(self->dev);
	close(self->alloc);
}

TEST_F(gntdev, both_sides_see_writes)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);

	ASSERT_NE(NULL, p);
	xt_fill(self->granted, SIZE, 1);
	EXPECT_TRUE(xt_filled(p, SIZE, 1));
	xt_fill(p, SIZE, 2);
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 2));
	ASSERT_EQ(0, munmap(p, SIZE));
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 2));
	EXPECT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
}

TEST_F(gntdev, read_only_view)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, PROT_READ);

	ASSERT_NE(NULL, p);
	xt_fill(self->granted, SIZE, 3);
	EXPECT_TRUE(xt_filled(p, SIZE, 3));
	EXPECT_EQ(0, munmap(p, SIZE));
}

TEST_F(gntdev, order_is_the_callers)
{
	uint32_t refs[NR];
	uint64_t index;
	unsigned char *p;

	for (int i = 0; i < NR; i++) {
		refs[i] = self->g.ref[NR - 1 - i];
		xt_fill(self->granted + i * XT_PAGE, XT_PAGE, 100 + i);
	}
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, refs, NR, &index));
	EXPECT_NE(self->index, index);
	p = xt_grant_mmap(self->dev, index, NR, PROT_READ);
	ASSERT_NE(NULL, p);
	for (int i = 0; i < NR; i++)
		EXPECT_TRUE(xt_filled(p + i * XT_PAGE, XT_PAGE, 100 + NR - 1 - i));
}

/* Withdrawing a mapping that is in use must not pull it from under the user. */
TEST_F(gntdev, unmap_while_in_use)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
	int ret;

	ASSERT_NE(NULL, p);
	ret = xt_gntdev_unmap(self->dev, self->index, NR);
	EXPECT_TRUE(ret == 0 || ret == -EBUSY);
	xt_fill(p, SIZE, 5);
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 5));
	EXPECT_EQ(0, munmap(p, SIZE));
	/* Either it is gone now, or it can be withdrawn now. */
	EXPECT_EQ(ret ? 0 : -ENOENT,
		  xt_gntdev_unmap(self->dev, self->index, NR));
}

TEST_F(gntdev, close_while_in_use)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);

	ASSERT_NE(NULL, p);
	close(self->dev);
	self->dev = -1;
	xt_fill(p, SIZE, 6);
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 6));
	EXPECT_EQ(0, munmap(p, SIZE));
}

TEST_F(gntdev, part_of_a_mapping_goes)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);

	ASSERT_NE(NULL, p);
	xt_fill(p, SIZE, 7);
	if (munmap(p + 4 * XT_PAGE, 3 * XT_PAGE))
		return;	/* refusing is fine too: nothing was lost */
	EXPECT_EQ(0, memcmp(p, self->granted, 4 * XT_PAGE));
	EXPECT_EQ(0, memcmp(p + 7 * XT_PAGE, self->granted + 7 * XT_PAGE,
			    SIZE - 7 * XT_PAGE));
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 7));
	munmap(p, 4 * XT_PAGE);
	munmap(p + 7 * XT_PAGE, SIZE - 7 * XT_PAGE);
}

TEST_F(gntdev, offset_for_address)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
	struct ioctl_gntdev_get_offset_for_vaddr op = { 0 };

	ASSERT_NE(NULL, p);
	op.vaddr = (uintptr_t)p;
	ASSERT_EQ(0, ioctl(self->dev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(self->index, op.offset);
	EXPECT_EQ(NR, op.count);
	op.vaddr = (uintptr_t)self->granted;
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(gntdev, second_mapping_is_refused)
{
	ASSERT_NE(NULL, xt_grant_mmap(self->dev, self->index, NR, RW));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, self->index, NR, RW));
	EXPECT_EQ(EINVAL, errno);
}

/* One bad reference among good ones: an error, and the good ones unharmed. */
TEST_F(gntdev, bad_reference_fails_and_leaks_nothing)
{
	uint32_t refs[NR];
	uint64_t index;

	memcpy(refs, self->g.ref, sizeof(refs));
	for (int bad = 0; bad < NR; bad += 5) {
		refs[bad] = BAD_REF;
		ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, refs, NR,
					   &index));
		EXPECT_EQ(NULL, xt_grant_mmap(self->dev, index, NR, RW));
		EXPECT_EQ(0, xt_gntdev_unmap(self->dev, index, NR));
		refs[bad] = self->g.ref[bad];
	}
	EXPECT_NE(NULL, xt_grant_mmap(self->dev, self->index, NR, RW));
}

/* What was granted for reading cannot be mapped for writing. */
TEST_F(gntdev, read_only_grant)
{
	struct xt_grants ro;
	unsigned char *p;
	uint64_t index;

	ASSERT_EQ(0, xt_gntalloc(self->alloc, self->domid, false, 1, &ro));
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, ro.ref, 1, &index));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, index, 1, RW));
	EXPECT_EQ(0, xt_gntdev_unmap(self->dev, index, 1));
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, ro.ref, 1, &index));
	p = xt_grant_mmap(self->dev, index, 1, PROT_READ);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0, *p);
}

TEST_F(gntdev, byte_is_cleared_on_unmap)
{
	unsigned char *p;

	ASSERT_EQ(0, xt_gntdev_notify(self->dev, self->index + XT_PAGE + 5,
				      UNMAP_NOTIFY_CLEAR_BYTE, 0));
	p = xt_grant_mmap(self->dev, self->index, NR, RW);
	ASSERT_NE(NULL, p);
	memset(p, 0xee, SIZE);
	ASSERT_EQ(0, munmap(p, SIZE));
	ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
	EXPECT_EQ(0, self->granted[XT_PAGE + 5]);
	EXPECT_EQ(0xee, self->granted[XT_PAGE + 4]);
	EXPECT_EQ(0xee, self->granted[XT_PAGE + 6]);
	EXPECT_EQ(0xee, self->granted[5]);
}

TEST_F(gntdev, event_is_sent_on_unmap)
{
	struct xt_evtchn_pair pair;
	unsigned char *p;
	int a = xt_evtchn_open(), b = xt_evtchn_open();

	ASSERT_EQ(0, xt_evtchn_loop(a, b, &pair));
	while (xt_evtchn_next(b, 50) >= 0)
		ASSERT_EQ(0, xt_evtchn_unmask(b, pair.port[1]));
	ASSERT_EQ(0, xt_gntdev_notify(self->dev, self->index,
				      UNMAP_NOTIFY_SEND_EVENT, pair.port[0]));
	EXPECT_EQ(-EINVAL, xt_gntdev_notify(self->dev, self->index, 0x80, 0));
	EXPECT_EQ(-EINVAL, xt_gntdev_notify(self->dev, self->index,
					    UNMAP_NOTIFY_SEND_EVENT, 0x7fffffff));
	EXPECT_EQ(-ENOENT, xt_gntdev_notify(self->dev, 1 << 30, 0, 0));
	p = xt_grant_mmap(self->dev, self->index, NR, RW);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(-ETIMEDOUT, xt_evtchn_next(b, 50));
	ASSERT_EQ(0, munmap(p, SIZE));
	ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
	EXPECT_EQ(pair.port[1], xt_evtchn_next(b, XT_EVTCHN_WAIT_MS));
}

/* A killed process cannot say goodbye; the peer is told all the same. */
TEST_F(gntdev, peer_is_told_of_a_killed_process)
{
	int a = xt_evtchn_open(), b = xt_evtchn_open(), status;
	struct xt_evtchn_pair pair;
	pid_t pid;

	ASSERT_EQ(0, xt_evtchn_loop(a, b, &pair));
	while (xt_evtchn_next(b, 50) >= 0)
		ASSERT_EQ(0, xt_evtchn_unmask(b, pair.port[1]));
	memset(self->granted, 0xee, SIZE);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		uint64_t index;
		int fd = xt_gntdev_open();

		if (xt_gntdev_map(fd, self->domid, self->g.ref, NR, &index) ||
		    !xt_grant_mmap(fd, index, NR, RW) ||
		    xt_gntdev_notify(fd, index + SIZE - 1,
				     UNMAP_NOTIFY_CLEAR_BYTE |
				     UNMAP_NOTIFY_SEND_EVENT, pair.port[0]))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(pair.port[1], xt_evtchn_next(b, XT_EVTCHN_WAIT_MS));
	EXPECT_EQ(0, self->granted[SIZE - 1]);
	EXPECT_EQ(0xee, self->granted[SIZE - 2]);
}

/* Mapped for reading is for good: the hypervisor was told so. */
TEST_F(gntdev, reading_never_becomes_writing)
{
	void *p = xt_grant_mmap(self->dev, self->index, NR, PROT_READ);

	ASSERT_NE(NULL, p);
	EXPECT_EQ(-1, mprotect(p, SIZE, RW));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(gntdev, private_reading_never_becomes_writing)
{
	void *p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, self->dev,
		       self->index);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(-1, mprotect(p, SIZE, RW));
	EXPECT_EQ(EACCES, errno);
}

/* What the hypervisor wrote where the process said cannot follow it, and stays. */
TEST_F(gntdev, moving_is_refused)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
	void *to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	ASSERT_NE(NULL, p);
	EXPECT_EQ(MAP_FAILED, mremap(p, SIZE, SIZE,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(MAP_FAILED, mremap(p + XT_PAGE, XT_PAGE, XT_PAGE,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(MAP_FAILED, mremap(p, SIZE, 2 * SIZE, MREMAP_MAYMOVE));
	/* It is where it was, and shows what it did. */
	xt_fill(self->granted, SIZE, 10);
	EXPECT_TRUE(xt_filled(p, SIZE, 10));
	xt_fill(p, SIZE, 12);
	EXPECT_TRUE(xt_filled(self->granted, SIZE, 12));
	/* Also when the file does not know of it any more. */
	EXPECT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
	EXPECT_EQ(MAP_FAILED, mremap(p, SIZE, SIZE,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_TRUE(xt_filled(p, SIZE, 12));
	EXPECT_EQ(0, munmap(p, SIZE));
}

TEST_F(gntdev, domain_number_is_not_cut)
{
	uint64_t index;

	EXPECT_EQ(-EINVAL, xt_gntdev_map(self->dev, self->domid | 1 << 16,
					 self->g.ref, NR, &index));
}

/* A page that a pipe still has is there until the pipe has been read. */
TEST_F(gntdev, unmap_while_a_pipe_has_a_page)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
	unsigned char got[XT_PAGE];
	struct iovec part = { p + XT_PAGE, XT_PAGE };
	int end[2];

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, pipe(end));
	xt_fill(self->granted + XT_PAGE, XT_PAGE, 11);
	ASSERT_EQ(XT_PAGE, vmsplice(end[1], &part, 1, 0));
	ASSERT_EQ(0, munmap(p, SIZE));
	ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
	usleep(50000);
	ASSERT_EQ(XT_PAGE, read(end[0], got, sizeof(got)));
	EXPECT_TRUE(xt_filled(got, XT_PAGE, 11));
	/* And then it is let go. */
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref, NR,
				   &self->index));
	EXPECT_NE(NULL, xt_grant_mmap(self->dev, self->index, NR, RW));
}

/* Threads that drop parts of a mapping at once do not disturb each other. */
static void *drop_parts(void *arg)
{
	for (int i = 0; i < 2000; i++)
		madvise((char *)arg + i % NR * XT_PAGE, XT_PAGE, MADV_DONTNEED);
	return NULL;
}

TEST_F(gntdev, parts_dropped_at_once)
{
	for (int round = 0; round < 4; round++) {
		char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
		pthread_t thread[2];

		ASSERT_NE(NULL, p);
		memset(p, round, SIZE);
		for (int i = 0; i < 2; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    drop_parts, p));
		for (int i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		EXPECT_EQ(round, self->granted[SIZE - 1]);
		ASSERT_EQ(0, munmap(p, SIZE));
		ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
		ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref,
					   NR, &self->index));
	}
}

/* The granter ends first: the byte is cleared where the mapper can see it. */
TEST_F(gntdev, granter_goes_first)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, xt_gntalloc_notify(self->alloc, self->g.index + 9,
					UNMAP_NOTIFY_CLEAR_BYTE, 0));
	memset(self->granted, 0xdd, SIZE);
	munmap(self->granted, SIZE);
	ASSERT_EQ(0, xt_gntalloc_free(self->alloc, self->g.index, NR));
	EXPECT_EQ(0, p[9]);
	EXPECT_EQ(0xdd, p[8]);
	/* The pages stay the mapper's until it lets go. */
	memset(p, 0xcc, SIZE);
	EXPECT_EQ(0xcc, p[SIZE - 1]);
	EXPECT_EQ(0, munmap(p, SIZE));
}

TEST_F(gntdev, child_does_not_disturb)
{
	unsigned char *p = xt_grant_mmap(self->dev, self->index, NR, RW);
	pid_t pid;
	int status;

	ASSERT_NE(NULL, p);
	xt_fill(p, SIZE, 8);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(xt_filled(p, SIZE, 8));
	xt_fill(self->granted, SIZE, 9);
	EXPECT_TRUE(xt_filled(p, SIZE, 9));
}

/* A process that is killed leaves nothing mapped: the grants can be ended. */
TEST_F(gntdev, killed_mapper)
{
	for (int round = 0; round < 5; round++) {
		pid_t pid = fork();
		int status, fd;

		ASSERT_GE(pid, 0);
		if (!pid) {
			uint64_t index;
			unsigned char *p;

			fd = xt_gntdev_open();
			xt_gntdev_map(fd, self->domid, self->g.ref, NR, &index);
			p = xt_grant_mmap(fd, index, NR, RW);
			if (!p)
				_exit(1);
			p[round] = 0x40 + round;
			kill(getpid(), SIGKILL);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(0x40 + round, self->granted[round]);
	}
	EXPECT_NE(NULL, xt_grant_mmap(self->dev, self->index, NR, RW));
}

TEST_F(gntdev, map_and_unmap_storm)
{
	ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, NR));
	for (int round = 0; round < 60; round++) {
		unsigned int nr = 1 + round % NR;
		unsigned char *p;

		ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid,
					   self->g.ref + NR - nr, nr,
					   &self->index));
		p = xt_grant_mmap(self->dev, self->index, nr, RW);
		ASSERT_NE(NULL, p)
			TH_LOG("round %d: errno %d", round, errno);
		memset(p, round, nr * XT_PAGE);
		ASSERT_EQ(round, self->granted[SIZE - 1]);
		ASSERT_EQ(0, munmap(p, nr * XT_PAGE));
		ASSERT_EQ(0, xt_gntdev_unmap(self->dev, self->index, nr));
	}
}

/* Requests that never come to a mapping. */
FIXTURE(gntdev_refuses) {
	XT_OWN_GRANTS;
	uint64_t index;
};

FIXTURE_SETUP(gntdev_refuses)
{
	XT_NEED_XEN();
	XT_GRANT_TO_SELF(NR);
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, self->g.ref, NR,
				   &self->index));
}

FIXTURE_TEARDOWN(gntdev_refuses)
{
	close(self->dev);
	close(self->alloc);
}

TEST_F(gntdev_refuses, bad_requests_are_refused)
{
	unsigned long limit;
	uint64_t index;

	EXPECT_EQ(-EINVAL, xt_gntdev_map(self->dev, self->domid, self->g.ref, 0,
					 &index));
	if (!xt_read_ulong(LIMIT, &limit) && limit < 100000) {
		uint32_t *refs = calloc(limit + 1, sizeof(*refs));

		EXPECT_EQ(-EINVAL, xt_gntdev_map(self->dev, self->domid, refs,
						 limit + 1, &index));
		free(refs);
	}
	EXPECT_EQ(-ENOENT, xt_gntdev_unmap(self->dev, 1 << 30, 1));
	EXPECT_EQ(-ENOENT, xt_gntdev_unmap(self->dev, self->index, NR - 1));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, self->index, NR + 1, RW));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, 1 << 30, 1, RW));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, SIZE, RW, MAP_PRIVATE, self->dev,
				   self->index));
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_MAP_GRANT_REF,
			    xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->dev, _IOC(_IOC_NONE, 'G', 200, 0)));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(gntdev_refuses, bad_domain_fails)
{
	uint64_t index;

	ASSERT_EQ(0, xt_gntdev_map(self->dev, 0x7abc, self->g.ref, NR, &index));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, index, NR, RW));
}

TEST_F(gntdev_refuses, what_is_gone_is_not_found)
{
	struct ioctl_gntdev_get_offset_for_vaddr op = { 0 };

	op.vaddr = (uintptr_t)&op;
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &op));
	EXPECT_EQ(EINVAL, errno);
	/* A count of none stands for any. */
	EXPECT_EQ(0, xt_gntdev_unmap(self->dev, self->index, 0));
	EXPECT_EQ(-ENOENT, xt_gntdev_unmap(self->dev, self->index, NR));
	EXPECT_EQ(-ENOENT, xt_gntdev_notify(self->dev, self->index, 0, 0));
}

/* A page granted to somebody else is not ours to map, though we granted it. */
TEST_F(gntdev_refuses, grant_to_another_domain)
{
	struct xt_grants other;
	uint64_t index;

	ASSERT_EQ(0, xt_gntalloc(self->alloc, self->domid + 1, true, 1, &other));
	ASSERT_EQ(0, xt_gntdev_map(self->dev, self->domid, other.ref, 1, &index));
	EXPECT_EQ(NULL, xt_grant_mmap(self->dev, index, 1, RW));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
