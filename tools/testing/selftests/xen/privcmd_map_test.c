// SPDX-License-Identifier: GPL-2.0
/*
 * Frames and resources of another domain through /dev/xen/privcmd: what is
 * mapped, what is said of what is not, and what a mapping can become.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define NO_DOMAIN	0x7abc
#define RW		(PROT_READ | PROT_WRITE)
#define NR		XT_DOMAIN_FRAMES
/* Nothing of the domain is there. */
#define NOWHERE		0x900000
/* What no result is. */
#define UNTOLD		0x55555555

FIXTURE(map) {
	int fd, dom;
	xen_pfn_t frames[NR];
	int err[NR];
};

FIXTURE_SETUP(map)
{
	XT_NEED_DOM0();
	self->fd = xt_privcmd_open();
	ASSERT_GE(self->fd, 0);
	self->dom = xt_domain_create(self->fd);
	ASSERT_GT(self->dom, 0);
	for (int i = 0; i < NR; i++)
		self->frames[i] = XT_DOMAIN_FIRST + i;
	memset(self->err, 0x55, sizeof(self->err));
}

/* By then the test's process is gone, and has to hold nothing of the domain. */
FIXTURE_TEARDOWN_PARENT(map)
{
	int fd = xt_privcmd_open();

	EXPECT_GE(fd, 0);
	EXPECT_EQ(0, xt_domain_destroy(fd, self->dom));
	close(fd);
}

static char *area(int fd, size_t pages)
{
	char *p = mmap(NULL, pages * XT_PAGE, RW, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* More than a block, and the same memory each time. */
TEST_F(map, whole_list)
{
	char *p;

	for (int round = 0; round < 3; round++) {
		p = area(self->fd, NR);
		ASSERT_NE(NULL, p);
		ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, NR,
					   self->frames, self->err));
		for (int i = 0; i < NR; i++) {
			ASSERT_EQ(0, self->err[i])
				TH_LOG("frame %d", i);
		}
		for (int i = 0; i < NR && round; i++)
			ASSERT_TRUE(xt_filled(p + i * XT_PAGE, XT_PAGE,
					      1000 * round + i));
		for (int i = 0; i < NR; i++)
			xt_fill(p + i * XT_PAGE, XT_PAGE,
				1000 * (round + 1) + i);
		ASSERT_EQ(0, munmap(p, NR * XT_PAGE));
	}
}

static const int bad[] = { 0, 15, 63, 64, 255, 256, 300, 511, 512, NR - 1 };

static bool is_bad(int i)
{
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++)
		if (bad[n] == i)
			return true;
	return false;
}

/* Writes to each of a domain's frames its number. */
static int number_frames(int fd, int dom, const xen_pfn_t *frames, int *err)
{
	char *p = area(fd, NR);
	int ret = p ? xt_map_frames(fd, dom, p, NR, frames, err) : -ENOMEM;

	for (int i = 0; i < NR && !ret; i++)
		*(xen_pfn_t *)(p + i * XT_PAGE) = frames[i];
	if (p)
		munmap(p, NR * XT_PAGE);
	return ret;
}

TEST_F(map, each_frame_has_its_result)
{
	char *p = area(self->fd, NR);

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, number_frames(self->fd, self->dom, self->frames, self->err));
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++)
		self->frames[bad[n]] = NOWHERE + n;
	ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, NR, self->frames,
				   self->err));
	for (int i = 0; i < NR; i++) {
		if (is_bad(i)) {
			EXPECT_GT(0, self->err[i]) TH_LOG("frame %d", i);
			continue;
		}
		ASSERT_EQ(0, self->err[i]) TH_LOG("frame %d", i);
		ASSERT_EQ(self->frames[i], *(xen_pfn_t *)(p + i * XT_PAGE));
	}
	EXPECT_EQ(0, munmap(p, NR * XT_PAGE));
}

TEST_F(map, holes_fault_and_are_filled)
{
	xen_pfn_t right;
	char *p = area(self->fd, NR);
	int err;

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, number_frames(self->fd, self->dom, self->frames, self->err));
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++)
		self->frames[bad[n]] = NOWHERE + n;
	ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, NR, self->frames,
				   self->err));
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++) {
		char *hole = p + bad[n] * XT_PAGE;

		EXPECT_EQ(SIGBUS, xt_touch(hole));
		right = XT_DOMAIN_FIRST + bad[n];
		ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, hole, 1, &right,
					   &err));
		ASSERT_EQ(0, err);
		EXPECT_EQ(right, *(xen_pfn_t *)hole);
		/* It is none any more. */
		EXPECT_EQ(-EINVAL, xt_map_frames(self->fd, self->dom, hole, 1,
						 &right, &err));
	}
	for (int i = 0; i < NR; i++)
		ASSERT_EQ(XT_DOMAIN_FIRST + i, *(xen_pfn_t *)(p + i * XT_PAGE));
	EXPECT_EQ(-EINVAL, xt_map_frames(self->fd, self->dom, p, NR,
					 self->frames, self->err));
	EXPECT_EQ(0, munmap(p, NR * XT_PAGE));
}

/* The old request says it in the frames' numbers. */
TEST_F(map, old_list)
{
	struct privcmd_mmapbatch op = {
		.num = 4, .dom = self->dom, .arr = self->frames,
	};
	char *p = area(self->fd, 4);

	ASSERT_NE(NULL, p);
	op.addr = (uintptr_t)p;
	self->frames[2] = NOWHERE;
	ASSERT_EQ(0, ioctl(self->fd, IOCTL_PRIVCMD_MMAPBATCH, &op));
	EXPECT_EQ(XT_DOMAIN_FIRST, self->frames[0]);
	EXPECT_EQ(XT_DOMAIN_FIRST + 1, self->frames[1]);
	EXPECT_EQ(NOWHERE | PRIVCMD_MMAPBATCH_MFN_ERROR, self->frames[2]);
	EXPECT_EQ(XT_DOMAIN_FIRST + 3, self->frames[3]);
	EXPECT_EQ(0, xt_touch(p + 3 * XT_PAGE));
	op.num = -1;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAPBATCH, &op));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

/* Runs are for PV domains; a translated one is told so. */
TEST_F(map, runs)
{
	char *p = area(self->fd, 40);
	struct privcmd_mmap_entry run[20];
	struct privcmd_mmap op = { ARRAY_SIZE(run), self->dom, run };

	ASSERT_NE(NULL, p);
	for (int i = 0; i < op.num; i++)
		run[i] = (struct privcmd_mmap_entry) {
			(uintptr_t)p + i * 2 * XT_PAGE, XT_DOMAIN_FIRST + 2 * i, 2,
		};
	if (!xt_role_is_pv(xt_role())) {
		EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
		EXPECT_EQ(ENOSYS, errno);
		return;
	}
	ASSERT_EQ(0, number_frames(self->fd, self->dom, self->frames, self->err));
	ASSERT_EQ(0, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(self->frames[i], *(xen_pfn_t *)(p + i * XT_PAGE));
	/* Once. */
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, munmap(p, 40 * XT_PAGE));
	/* A frame that is none ends it, and what is mapped stays. */
	p = area(self->fd, 4);
	ASSERT_NE(NULL, p);
	run[0] = (struct privcmd_mmap_entry) { (uintptr_t)p, XT_DOMAIN_FIRST, 2 };
	run[1] = (struct privcmd_mmap_entry) {
		(uintptr_t)p + 2 * XT_PAGE, NOWHERE, 2,
	};
	op.num = 2;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
	EXPECT_EQ(0, xt_touch(p + XT_PAGE));
	EXPECT_EQ(SIGBUS, xt_touch(p + 2 * XT_PAGE));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

TEST_F(map, not_inherited_and_not_torn)
{
	char *p = area(self->fd, NR);
	int status;
	pid_t pid;

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, NR, self->frames,
				   self->err));
	xt_fill(p, NR * XT_PAGE, 7);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(xt_touch(p));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGSEGV, WEXITSTATUS(status));
	EXPECT_EQ(-1, munmap(p, XT_PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, munmap(p + XT_PAGE, XT_PAGE));
	EXPECT_EQ(-1, munmap(p + (NR - 1) * XT_PAGE, XT_PAGE));
	EXPECT_EQ(-1, mprotect(p + XT_PAGE, XT_PAGE, PROT_READ));
	EXPECT_EQ(-1, madvise(p, XT_PAGE, MADV_DONTNEED));
	EXPECT_EQ(MAP_FAILED, mremap(p, XT_PAGE, 2 * XT_PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, mremap(p, NR * XT_PAGE, 2 * NR * XT_PAGE,
				     MREMAP_MAYMOVE));
	EXPECT_TRUE(xt_filled(p, NR * XT_PAGE, 7));
	EXPECT_EQ(0, munmap(p, NR * XT_PAGE));
}

/* Mappings outlive the file and end with the process. */
TEST_F(map, without_its_file)
{
	int fd = xt_privcmd_open(), status;
	pid_t pid;
	char *p;

	ASSERT_GE(fd, 0);
	p = area(fd, 8);
	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, xt_map_frames(fd, self->dom, p, 8, self->frames,
				   self->err));
	close(fd);
	xt_fill(p, 8 * XT_PAGE, 3);
	EXPECT_TRUE(xt_filled(p, 8 * XT_PAGE, 3));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		char *q = area(self->fd, 8);

		if (!q || xt_map_frames(self->fd, self->dom, q, 8, self->frames,
					self->err))
			_exit(1);
		_exit(!xt_filled(q, 8 * XT_PAGE, 3));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(xt_filled(p, 8 * XT_PAGE, 3));
	EXPECT_EQ(0, munmap(p, 8 * XT_PAGE));
}

TEST_F(map, grant_table)
{
	uint64_t *p = (void *)area(self->fd, XT_DOMAIN_GRANT_FRAMES);
	uint64_t *q = (void *)area(self->fd, 2);

	ASSERT_NE(NULL, p);
	ASSERT_NE(NULL, q);
	EXPECT_EQ(XT_DOMAIN_GRANT_FRAMES,
		  xt_resource_size(self->fd, self->dom, XT_RESOURCE_GRANTS, 0));
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_GRANTS, 0,
				     0, XT_DOMAIN_GRANT_FRAMES, p));
	for (int i = 0; i < XT_DOMAIN_GRANT_FRAMES; i++)
		p[i * XT_PAGE / 8 + 100] = i + 1;
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_GRANTS, 0,
				     5, 2, q));
	EXPECT_EQ(6, q[100]);
	EXPECT_EQ(7, q[XT_PAGE / 8 + 100]);
	EXPECT_EQ(0, munmap(p, XT_DOMAIN_GRANT_FRAMES * XT_PAGE));
	EXPECT_EQ(6, q[100]);
	EXPECT_EQ(0, munmap(q, 2 * XT_PAGE));
}

/* What is mapped keeps a domain that ends, and nothing else does. */
TEST_F(map, domain_ends_first)
{
	char *p = area(self->fd, NR);
	char *q = area(self->fd, 4);

	ASSERT_NE(NULL, p);
	ASSERT_NE(NULL, q);
	ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, NR, self->frames,
				   self->err));
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_GRANTS, 0,
				     0, 4, q));
	xt_fill(p, NR * XT_PAGE, 5);
	EXPECT_EQ(-EBUSY, xt_domain_destroy(self->fd, self->dom));
	EXPECT_TRUE(xt_filled(p, NR * XT_PAGE, 5));
	EXPECT_EQ(0, munmap(p, NR * XT_PAGE));
	EXPECT_EQ(0, munmap(q, 4 * XT_PAGE));
	EXPECT_EQ(0, xt_domain_destroy(self->fd, self->dom));
}

TEST_F(map, no_such_resource)
{
	char *p = area(self->fd, 4);

	ASSERT_NE(NULL, p);
	EXPECT_GT(0, xt_resource_size(self->fd, NO_DOMAIN, XT_RESOURCE_GRANTS, 0));
	EXPECT_GT(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_GRANTS, 0,
				     XT_DOMAIN_GRANT_FRAMES - 1, 4, p));
	EXPECT_EQ(SIGBUS, xt_touch(p));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

/* What mainline does not look at, and maps beyond areas or stops at BUG(). */
TEST_F(map, resources_stay_in_their_area)
{
	char *p = area(self->fd, 4);

	if (xt_privcmd_is_bases())
		SKIP(return, "the base's own code does not survive it");
	ASSERT_NE(NULL, p);
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS, 0, 0, 5, p));
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS, 0, 0, 4,
					   p + XT_PAGE));
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS, 0, 0, 1, p + 8));
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS, 0, 0,
					   (1ULL << 32) + 1, p));
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS | 1 << 16, 0, 0, 1,
					   p));
	/* One that failed leaves the area as it was. */
	EXPECT_GT(0, xt_map_resource(self->fd, self->dom, 77, 0, 0, 4, p));
	ASSERT_EQ(0, xt_map_resource(self->fd, self->dom, XT_RESOURCE_GRANTS, 0,
				     0, 2, p + XT_PAGE));
	EXPECT_EQ(SIGBUS, xt_touch(p));
	EXPECT_EQ(0, xt_touch(p + 2 * XT_PAGE));
	EXPECT_EQ(SIGBUS, xt_touch(p + 3 * XT_PAGE));
	/* It shows something now. */
	EXPECT_EQ(-EINVAL, xt_map_resource(self->fd, self->dom,
					   XT_RESOURCE_GRANTS, 0, 0, 1, p));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

/* In a PV domain only the hypervisor could change it; it must not even be asked. */
TEST_F(map, stays_where_and_what_it_is)
{
	char *p = area(self->fd, 4), *to = area(self->fd, 4);
	bool pv = xt_role_is_pv(xt_role());

	if (xt_privcmd_is_bases())
		SKIP(return, "the base's own code does not survive it");
	ASSERT_NE(NULL, p);
	ASSERT_NE(NULL, to);
	ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, p, 4, self->frames,
				   self->err));
	xt_fill(p, 4 * XT_PAGE, 9);
	EXPECT_EQ(pv ? -1 : 0, mprotect(p, 4 * XT_PAGE, PROT_READ));
	EXPECT_TRUE(xt_filled(p, 4 * XT_PAGE, 9));
	EXPECT_EQ(MAP_FAILED, mremap(p, 4 * XT_PAGE, 4 * XT_PAGE,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(MAP_FAILED, mremap(p + XT_PAGE, XT_PAGE, XT_PAGE,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_TRUE(xt_filled(p, 4 * XT_PAGE, 9));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

/* A file that is for one domain is good for it, and for no other. */
TEST_F(map, restricted_file)
{
	char *p = area(self->fd, 4), *q = area(self->fd, 4);
	int fd = self->fd;
	struct privcmd_mmap old = { 1, NO_DOMAIN, NULL };
	struct privcmd_irqfd irqfd = { .dom = NO_DOMAIN };
	struct privcmd_ioeventfd ioeventfd = { .dom = NO_DOMAIN };
	domid_t dom = self->dom;

	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &dom));
	EXPECT_EQ(0, xt_map_frames(fd, dom, p, 4, self->frames, self->err));
	EXPECT_EQ(0, self->err[3]);
	EXPECT_EQ(0, xt_map_resource(fd, dom, XT_RESOURCE_GRANTS, 0, 0, 4, q));
	EXPECT_EQ(-EPERM, xt_hypercall(fd, XT_HYP_XEN_VERSION, 0, 0, 0));
	EXPECT_EQ(-EPERM, xt_map_frames(fd, NO_DOMAIN, p, 4, self->frames,
					self->err));
	EXPECT_EQ(-EPERM, xt_map_resource(fd, NO_DOMAIN, XT_RESOURCE_GRANTS, 0,
					  0, 4, q));
	EXPECT_EQ(-EPERM, xt_resource_size(fd, NO_DOMAIN, XT_RESOURCE_GRANTS, 0));
	EXPECT_EQ(-1, ioctl(fd, IOCTL_PRIVCMD_MMAP, &old));
	EXPECT_EQ(xt_role_is_pv(xt_role()) ? EPERM : ENOSYS, errno);
	EXPECT_EQ(-1, ioctl(fd, IOCTL_PRIVCMD_IRQFD, &irqfd));
	EXPECT_TRUE(errno == EPERM || errno == EOPNOTSUPP);
	EXPECT_EQ(-1, ioctl(fd, IOCTL_PRIVCMD_IOEVENTFD, &ioeventfd));
	EXPECT_TRUE(errno == EPERM || errno == EOPNOTSUPP);
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
	EXPECT_EQ(0, munmap(q, 4 * XT_PAGE));
}

struct other {
	int fd, dom;
	const xen_pfn_t *frames;
	char *p;
	int *err, ret;
};

/* Maps and unmaps over and over, beside somebody who does the same. */
static void *map_and_unmap(void *arg)
{
	struct other *other = arg;
	int err[300];

	for (int round = 0; round < 20 && !other->ret; round++) {
		char *q = area(other->fd, 300);

		other->ret = q ? xt_map_frames(other->fd, other->dom, q, 300,
					       other->frames, err) : -ENOMEM;
		if (!other->ret)
			other->ret = err[299];
		if (!other->ret && munmap(q, 300 * XT_PAGE))
			other->ret = -errno;
	}
	return NULL;
}

/* Two at once in one process: neither deadlock nor anything lost. */
TEST_F(map, beside_others)
{
	struct other others[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		others[i] = (struct other) {
			.fd = self->fd, .dom = self->dom, .frames = self->frames,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, map_and_unmap,
					    &others[i]));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, others[i].ret);
	}
}

#define BLOCK	256

/* Puts another area in the place of one whose first block has its results. */
static void *replace(void *arg)
{
	struct other *other = arg;
	int *result = other->err + BLOCK - 1;
	uint64_t until = xt_now() + 10 * XT_SEC;

	while (__atomic_load_n(result, __ATOMIC_RELAXED) == UNTOLD &&
	       xt_now() < until)
		;
	other->ret = mmap(other->p, NR * XT_PAGE, RW, MAP_SHARED | MAP_FIXED,
			  other->fd, 0) == other->p ? 0 : -errno;
	return NULL;
}

/*
 * What is left of a list does not go to an area that was not there when it
 * began, whether or not it was in time for the old one.
 */
TEST_F(map, area_replaced_meanwhile)
{
	int late = 0;

	if (xt_privcmd_is_bases())
		SKIP(return, "the base works on a list at once");
	XT_NEED_CPUS(2);
	for (int round = 0; round < 300 && late < 20; round++) {
		struct other other = {
			.fd = self->fd, .p = area(self->fd, NR),
			.err = self->err,
		};
		pthread_t thread;
		int ret;

		ASSERT_NE(NULL, other.p);
		for (int i = 0; i < NR; i++)
			self->err[i] = UNTOLD;
		ASSERT_EQ(0, pthread_create(&thread, NULL, replace, &other));
		ret = xt_map_frames(self->fd, self->dom, other.p, NR,
				    self->frames, self->err);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_EQ(0, other.ret);
		ASSERT_TRUE(!ret || ret == -EINVAL) TH_LOG("%d", ret);
		/* It was told of what was mapped, and of no more. */
		EXPECT_EQ(0, self->err[BLOCK - 1]);
		EXPECT_EQ(ret ? UNTOLD : 0, self->err[NR - 1]);
		late += ret != 0;
		for (int i = 0; i < NR; i += BLOCK / 2) {
			ASSERT_EQ(SIGBUS, xt_touch(other.p + i * XT_PAGE))
				TH_LOG("round %d, page %d", round, i);
		}
		ASSERT_EQ(SIGBUS, xt_touch(other.p + (NR - 1) * XT_PAGE));
		/* It is as good as any. */
		ASSERT_EQ(0, xt_map_frames(self->fd, self->dom, other.p, NR,
					   self->frames, self->err));
		ASSERT_EQ(0, xt_touch(other.p + (NR - 1) * XT_PAGE));
		ASSERT_EQ(0, munmap(other.p, NR * XT_PAGE));
	}
	EXPECT_GT(late, 0) TH_LOG("no list was interrupted");
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
