// SPDX-License-Identifier: GPL-2.0
/*
 * Granting pages through /dev/xen/gntalloc.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define LIMIT	"/sys/module/xen_gntalloc/parameters/limit"
/* References below are the hypervisor's own. */
#define FIRST_REF	8

FIXTURE(gntalloc) {
	int fd;
	int self_domid;
	struct xt_grants g;
};

FIXTURE_SETUP(gntalloc)
{
	XT_NEED_XEN();
	self->fd = xt_gntalloc_open();
	ASSERT_GE(self->fd, 0);
	self->self_domid = xt_own_domid();
	ASSERT_GE(self->self_domid, 0);
}

FIXTURE_TEARDOWN(gntalloc)
{
	close(self->fd);
}

TEST_F(gntalloc, references_are_distinct)
{
	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 64, &self->g));
	for (int i = 0; i < 64; i++) {
		EXPECT_GE(self->g.ref[i], FIRST_REF);
		for (int j = 0; j < i; j++)
			EXPECT_NE(self->g.ref[i], self->g.ref[j]);
	}
	EXPECT_EQ(0, xt_gntalloc_free(self->fd, self->g.index, 64));
}

TEST_F(gntalloc, pages_start_empty_and_keep_data)
{
	static const unsigned char zero[XT_PAGE];
	unsigned char *p;

	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 16, &self->g));
	p = xt_grant_mmap(self->fd, self->g.index, 16, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, p);
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(0, memcmp(p + i * XT_PAGE, zero, XT_PAGE));
	xt_fill(p, 16 * XT_PAGE, 1);
	munmap(p, 16 * XT_PAGE);

	/* A second look at a part of it, from the middle. */
	p = xt_grant_mmap(self->fd, self->g.index + 4 * XT_PAGE, 2, PROT_READ);
	ASSERT_NE(NULL, p);
	munmap(p, 2 * XT_PAGE);
	p = xt_grant_mmap(self->fd, self->g.index, 16, PROT_READ);
	ASSERT_NE(NULL, p);
	EXPECT_TRUE(xt_filled(p, 16 * XT_PAGE, 1));
	munmap(p, 16 * XT_PAGE);
}

TEST_F(gntalloc, allocations_do_not_overlap)
{
	struct xt_grants more;
	unsigned char *p, *q;

	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 3, &self->g));
	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 5, &more));
	EXPECT_GE(more.index, self->g.index + 3 * XT_PAGE);
	p = xt_grant_mmap(self->fd, self->g.index, 3, PROT_READ | PROT_WRITE);
	q = xt_grant_mmap(self->fd, more.index, 5, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, p);
	ASSERT_NE(NULL, q);
	xt_fill(p, 3 * XT_PAGE, 2);
	xt_fill(q, 5 * XT_PAGE, 3);
	EXPECT_TRUE(xt_filled(p, 3 * XT_PAGE, 2));
	EXPECT_TRUE(xt_filled(q, 5 * XT_PAGE, 3));
}

TEST_F(gntalloc, mapping_outlives_the_reference)
{
	unsigned char *p;

	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 2, &self->g));
	p = xt_grant_mmap(self->fd, self->g.index, 2, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, p);
	xt_fill(p, 2 * XT_PAGE, 4);
	ASSERT_EQ(0, xt_gntalloc_free(self->fd, self->g.index, 2));
	EXPECT_TRUE(xt_filled(p, 2 * XT_PAGE, 4));
	/* But nobody can map it any more. */
	EXPECT_EQ(NULL, xt_grant_mmap(self->fd, self->g.index, 2, PROT_READ));
	EXPECT_EQ(-EINVAL, xt_gntalloc_free(self->fd, self->g.index, 2));
}

TEST_F(gntalloc, child_shares_the_page)
{
	volatile uint32_t *p;
	int status;
	pid_t pid;

	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 1, &self->g));
	p = xt_grant_mmap(self->fd, self->g.index, 1, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, p);
	p[0] = 11;
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		p[1] = p[0] + 1;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(12, p[1]);
}

TEST_F(gntalloc, bad_requests_are_refused)
{
	struct ioctl_gntalloc_dealloc_gref none = { 1 << 30, 1 };

	ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 2, &self->g));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, XT_PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, self->g.index));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(NULL, xt_grant_mmap(self->fd, self->g.index, 3, PROT_READ));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(NULL, xt_grant_mmap(self->fd, 1 << 30, 1, PROT_READ));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_DEALLOC_GREF, &none));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-EINVAL, xt_gntalloc_free(self->fd, self->g.index, 3));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_GNTALLOC_ALLOC_GREF,
			    xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOC(_IOC_NONE, 'G', 200, 0)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-ENOENT, xt_gntalloc_notify(self->fd, 1 << 30, 0, 0));
	EXPECT_EQ(-EINVAL, xt_gntalloc_notify(self->fd, self->g.index, 0x80, 0));
	EXPECT_EQ(-EINVAL,
		  xt_gntalloc_notify(self->fd, self->g.index,
				     UNMAP_NOTIFY_SEND_EVENT, 0x7fffffff));
	EXPECT_EQ(0, xt_gntalloc_free(self->fd, self->g.index, 2));
}

/* The limit counts what all files hold, and what failed holds nothing. */
FIXTURE(limit) {
	int fd;
	int self_domid;
	unsigned long was;
};

FIXTURE_SETUP(limit)
{
	XT_NEED_XEN();
	self->self_domid = xt_own_domid();
	self->fd = xt_gntalloc_open();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, xt_read_ulong(LIMIT, &self->was));
	ASSERT_EQ(0, xt_write_ulong(LIMIT, 20));
}

FIXTURE_TEARDOWN_PARENT(limit)
{
	if (self->was)
		xt_write_ulong(LIMIT, self->was);
}

TEST_F(limit, is_kept)
{
	struct xt_grants a, b;

	EXPECT_EQ(-ENOSPC, xt_gntalloc(self->fd, self->self_domid, true, 21, &a));
	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 15,
					 &a));
		EXPECT_EQ(-ENOSPC, xt_gntalloc(self->fd, self->self_domid, true,
					       6, &b));
		ASSERT_EQ(0, xt_gntalloc(self->fd, self->self_domid, true, 5,
					 &b));
		EXPECT_EQ(0, xt_gntalloc_free(self->fd, a.index, 15));
		EXPECT_EQ(0, xt_gntalloc_free(self->fd, b.index, 5));
	}
}

TEST_F(limit, close_gives_back)
{
	struct xt_grants g;

	for (int round = 0; round < 10; round++) {
		int fd = xt_gntalloc_open();

		ASSERT_GE(fd, 0);
		ASSERT_EQ(0, xt_gntalloc(fd, self->self_domid, true, 20, &g))
			TH_LOG("round %d", round);
		if (round & 1)
			xt_grant_mmap(fd, g.index, 20, PROT_READ);
		close(fd);
		if (round & 1) {
			/* The mapping alone still holds the pages. */
			EXPECT_EQ(-ENOSPC,
				  xt_gntalloc(self->fd, self->self_domid, true,
					      1, &g));
			break;
		}
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
