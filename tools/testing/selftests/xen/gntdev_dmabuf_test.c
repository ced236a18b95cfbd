// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs through /dev/xen/gntdev: pages of a memfd, granted to this domain
 * itself and looked at with the copy request, which needs no mapping.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "grant.h"
#include "role.h"
#include "xentest.h"

#define NR		6
#define SIZE		(NR * XT_PAGE)
#define RW		(PROT_READ | PROT_WRITE)
#define SOURCE_REF	1
#define BAD_FD		0x7ffffffe

FIXTURE(dmabuf) {
	int dev, domid;
};

FIXTURE_SETUP(dmabuf)
{
	XT_NEED_XEN();
	self->domid = xt_own_domid();
	ASSERT_GE(self->domid, 0);
	self->dev = xt_gntdev_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN(dmabuf)
{
	close(self->dev);
}

/* A dma-buf of a memfd, which is filled; -errno where there is no udmabuf. */
static int make_buf(uint64_t seed)
{
	struct udmabuf_create create = { .size = SIZE };
	int memfd = memfd_create("pages", MFD_ALLOW_SEALING), udmabuf, buf;
	void *p;

	udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (udmabuf < 0 || memfd < 0 || ftruncate(memfd, SIZE) ||
	    fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		return -errno;
	p = mmap(NULL, SIZE, RW, MAP_SHARED, memfd, 0);
	if (p == MAP_FAILED)
		return -errno;
	xt_fill(p, SIZE, seed);
	munmap(p, SIZE);
	create.memfd = memfd;
	buf = ioctl(udmabuf, UDMABUF_CREATE, &create);
	close(udmabuf);
	close(memfd);
	return buf < 0 ? -errno : buf;
}

static int import(int dev, int buf, unsigned int domid, uint32_t count,
		  uint32_t *refs)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs *op;
	int ret;

	op = calloc(1, sizeof(*op) + count * sizeof(*refs));
	op->fd = buf;
	op->count = count;
	op->domid = domid;
	ret = ioctl(dev, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, op) ? -errno : 0;
	memcpy(refs, op->refs, count * sizeof(*refs));
	free(op);
	return ret;
}

static int import_end(int dev, int buf)
{
	struct ioctl_gntdev_dmabuf_imp_release op = { .fd = buf };

	return ioctl(dev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &op) ? -errno : 0;
}

/* Copies a page by its reference; its status. */
static int copy_page(int dev, int domid, uint32_t ref, void *to)
{
	struct gntdev_grant_copy_segment seg = {
		.source.foreign = { ref, 0, domid },
		.dest.virt = to,
		.len = XT_PAGE,
		.flags = SOURCE_REF,
	};

	return xt_gntdev_copy(dev, &seg, 1) ?: seg.status;
}

TEST_F(dmabuf, pages_are_granted_and_revoked)
{
	unsigned char *got = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);
	uint32_t refs[NR];
	int buf;

	XT_NEED(!xt_role_is_pv(xt_role()), "bus addresses are the machine's");
	buf = make_buf(5);
	if (buf == -ENOENT)
		SKIP(return, "no /dev/udmabuf");
	ASSERT_GE(buf, 0);
	ASSERT_EQ(0, import(self->dev, buf, self->domid, NR, refs));
	for (int i = 0; i < NR; i++)
		ASSERT_EQ(0, copy_page(self->dev, self->domid, refs[i],
				       got + i * XT_PAGE));
	EXPECT_TRUE(xt_filled(got, SIZE, 5));
	ASSERT_EQ(0, import_end(self->dev, buf));
	EXPECT_GT(0, copy_page(self->dev, self->domid, refs[0], got));
	EXPECT_EQ(-ENOENT, import_end(self->dev, buf));

	/* A file that is closed revokes what it granted. */
	ASSERT_EQ(0, import(self->dev, buf, self->domid, NR, refs));
	close(self->dev);
	self->dev = xt_gntdev_open();
	EXPECT_GT(0, copy_page(self->dev, self->domid, refs[NR - 1], got));
}

TEST_F(dmabuf, size_must_be_right)
{
	uint32_t refs[NR + 1];
	int buf;

	XT_NEED(!xt_role_is_pv(xt_role()), "bus addresses are the machine's");
	buf = make_buf(6);
	if (buf == -ENOENT)
		SKIP(return, "no /dev/udmabuf");
	ASSERT_GE(buf, 0);
	EXPECT_EQ(-EINVAL, import(self->dev, buf, self->domid, NR - 1, refs));
	EXPECT_EQ(-EINVAL, import(self->dev, buf, self->domid, NR + 1, refs));
	EXPECT_EQ(-ENOENT, import_end(self->dev, buf));
	EXPECT_EQ(0, import(self->dev, buf, self->domid, NR, refs));
}

TEST_F(dmabuf, bad_requests_are_refused)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released wait = { .fd = BAD_FD };
	struct ioctl_gntdev_dmabuf_exp_from_refs export = {
		.count = 1,
		.domid = 0x7abc,
		.refs = { 8 },
	};
	uint32_t refs[NR];

	/* No such domain; and a PV domain exports nothing at all. */
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS,
			    &export));
	EXPECT_EQ(EINVAL, errno);
	export.flags = GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT;
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS,
			    &export));
	EXPECT_EQ(EINVAL, errno);
	export.flags = 0;
	export.count = 0;
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS,
			    &export));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->dev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
			    &wait));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-ENOENT, import_end(self->dev, BAD_FD));
	EXPECT_EQ(-EINVAL, import(self->dev, BAD_FD, self->domid, 0, refs));
	if (!xt_role_is_pv(xt_role()))
		EXPECT_EQ(-EBADF, import(self->dev, BAD_FD, self->domid, NR,
					 refs));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
