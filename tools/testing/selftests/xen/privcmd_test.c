// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/privcmd: what it must refuse, and the little that it must do, in
 * the control domain and in a guest.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define NOBODY		65534
#define NO_DOMAIN	0x7abc
#define RW		(PROT_READ | PROT_WRITE)

FIXTURE(privcmd) {
	int fd;
	bool control;
};

FIXTURE_SETUP(privcmd)
{
	XT_NEED_XEN();
	self->control = xt_role_is_dom0(xt_role());
	self->fd = xt_privcmd_open();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(privcmd)
{
	close(self->fd);
}

TEST_F(privcmd, hypercall)
{
	long version = xt_hypercall(self->fd, XT_HYP_XEN_VERSION,
				    XT_XENVER_VERSION, 0, 0);
	unsigned long major, minor;

	/* A guest may be bound to a domain that it serves, then it may not. */
	if (!self->control && version == -EPERM)
		return;
	ASSERT_EQ(0, xt_read_ulong("/sys/hypervisor/version/major", &major));
	ASSERT_EQ(0, xt_read_ulong("/sys/hypervisor/version/minor", &minor));
	EXPECT_EQ(major, version >> 16);
	EXPECT_EQ(minor, version & 0xffff);
}

TEST_F(privcmd, hypercall_with_buffer)
{
	char want[64];
	char *buf;

	XT_NEED_DOM0();
	buf = xt_hyp_buffer(1);
	ASSERT_NE(NULL, buf);
	memset(buf, 0x55, XT_PAGE);
	ASSERT_EQ(0, xt_hypercall(self->fd, XT_HYP_XEN_VERSION,
				  XT_XENVER_EXTRAVERSION, (uintptr_t)buf, 0));
	ASSERT_LT(0, xt_read_text("/sys/hypervisor/version/extra", want,
				  sizeof(want)));
	EXPECT_STREQ(want, buf);
	EXPECT_EQ(0x55, buf[16]);
	/* A buffer that is not there is the caller's mistake. */
	EXPECT_EQ(-EFAULT, xt_hypercall(self->fd, XT_HYP_XEN_VERSION,
					XT_XENVER_EXTRAVERSION,
					(uintptr_t)xt_bad_pointer(), 0));
}

TEST_F(privcmd, unknown_hypercalls)
{
	static const uint64_t bad[] = {
		56, 63, 64, 127, 128, 129, 1000, 4096, 1ULL << 31, 1ULL << 32,
		(1ULL << 32) | XT_HYP_XEN_VERSION, 1ULL << 63, ~0ULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long ret = xt_hypercall(self->fd, bad[i], 0, 0, 0);

		EXPECT_TRUE(ret == -ENOSYS || ret == -EINVAL ||
			    (ret == -EPERM && !self->control))
			TH_LOG("hypercall %llu: %ld",
			       (unsigned long long)bad[i], ret);
	}
}

TEST_F(privcmd, only_for_root)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		int bad = 0;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(2);
		bad |= open("/dev/xen/privcmd", O_RDWR) >= 0 || errno != EACCES;
		bad |= open("/dev/xen/hypercall", O_RDWR) >= 0 || errno != EACCES;
		_exit(bad);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(privcmd, unknown_requests)
{
	EXPECT_EQ(-1, ioctl(self->fd, _IOC(_IOC_NONE, 'P', 200, 0)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOC(_IOC_NONE, 'P', 1, 0)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAPBATCH_V2,
			    xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_RESTRICT, xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
}

/* A mapping that nothing was put into has nothing to show. */
TEST_F(privcmd, empty_mapping_faults)
{
	char *p = mmap(NULL, 4 * XT_PAGE, RW, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(SIGBUS, xt_touch(p));
	EXPECT_EQ(SIGBUS, xt_touch(p + 3 * XT_PAGE));
	/* It cannot be torn, only dropped whole. */
	EXPECT_EQ(-1, munmap(p + XT_PAGE, XT_PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(p, 4 * XT_PAGE, 8 * XT_PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

TEST_F(privcmd, bad_batches)
{
	char *p = mmap(NULL, 4 * XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	char *plain = mmap(NULL, 4 * XT_PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	/* A guest is told EPERM before anything else is looked at. */
	int want = self->control ? -EINVAL : -EPERM;
	xen_pfn_t frames[4] = { 1, 2, 3, 4 };
	int err[4], ret;

	ASSERT_NE(MAP_FAILED, p);
	ret = xt_map_frames(self->fd, NO_DOMAIN, p, 0, frames, err);
	if (!self->control && ret != -EPERM)
		want = -EINVAL;
	EXPECT_EQ(want, ret);
	EXPECT_EQ(want, xt_map_frames(self->fd, NO_DOMAIN, plain, 4, frames, err));
	EXPECT_EQ(want, xt_map_frames(self->fd, NO_DOMAIN, NULL, 4, frames, err));
	EXPECT_EQ(want, xt_map_frames(self->fd, NO_DOMAIN, p, 3, frames, err));
	EXPECT_EQ(want, xt_map_frames(self->fd, NO_DOMAIN, p + XT_PAGE, 4, frames,
				      err));
	EXPECT_GT(0, xt_map_frames(self->fd, NO_DOMAIN, p, 4, xt_bad_pointer(),
				   err));
	EXPECT_GT(0, xt_map_frames(self->fd, NO_DOMAIN, p, 4, frames,
				   xt_bad_pointer()));
	/* The number of frames, read as a signed one, is negative here. */
	EXPECT_GT(0, xt_map_frames(self->fd, NO_DOMAIN, p, UINT_MAX, frames, err));
}

/* A domain that does not exist: an error for each page, nothing mapped. */
TEST_F(privcmd, batch_of_no_domain)
{
	char *p = mmap(NULL, 4 * XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	xen_pfn_t frames[4] = { 1, 2, 3, 4 };
	int err[4] = { 0 }, ret;

	ASSERT_NE(MAP_FAILED, p);
	ret = xt_map_frames(self->fd, NO_DOMAIN, p, 4, frames, err);
	if (!ret) {
		for (int i = 0; i < 4; i++)
			EXPECT_GT(0, err[i]);
	}
	EXPECT_EQ(SIGBUS, xt_touch(p));
	EXPECT_EQ(0, munmap(p, 4 * XT_PAGE));
}

TEST_F(privcmd, old_mmap)
{
	char *p = mmap(NULL, 4 * XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	struct privcmd_mmap_entry entry = { (uintptr_t)p + XT_PAGE, 1, 1 };
	struct privcmd_mmap op = { 1, NO_DOMAIN, &entry };

	ASSERT_NE(MAP_FAILED, p);
	/* Not at the start of the mapping. */
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
	/* Beyond its end. */
	entry = (struct privcmd_mmap_entry) { (uintptr_t)p, 1, 5 };
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
	/* So many that the address wraps. */
	entry.npages = ~0ULL >> 12;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &op));
}

TEST_F(privcmd, resources)
{
	struct privcmd_mmap_resource op = { .dom = NO_DOMAIN, .num = 1 };

	/* A count without an address, and the other way round. */
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op));
	op.num = 0;
	op.addr = (uintptr_t)&op & ~(XT_PAGE - 1);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op));
	/* Not a mapping of ours. */
	op.num = 1;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op));
	/* The size of something that no domain has. */
	op.addr = 0;
	op.num = 0;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op));
}

TEST_F(privcmd, device_model_calls)
{
	struct privcmd_dm_op_buf bufs[64] = { 0 };
	struct privcmd_dm_op op = { .dom = NO_DOMAIN, .num = 0, .ubufs = bufs };
	char data[16];

	if (ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op)) {
		ASSERT_FALSE(self->control);
		ASSERT_EQ(EPERM, errno);
		return;
	}
	op.num = ARRAY_SIZE(bufs);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(E2BIG, errno);
	op.num = 1;
	bufs[0] = (struct privcmd_dm_op_buf) { data, 1 << 20 };
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(E2BIG, errno);
	bufs[0] = (struct privcmd_dm_op_buf) { (void *)~0xfffUL, 16 };
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(EFAULT, errno);
	bufs[0] = (struct privcmd_dm_op_buf) { xt_bad_pointer(), 16 };
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(EFAULT, errno);
	/* All well but for the domain. */
	bufs[0] = (struct privcmd_dm_op_buf) { data, sizeof(data) };
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(ESRCH, errno);
}

/* Once bound to a domain, a file is good for that domain only, for ever. */
TEST_F(privcmd, restriction)
{
	char *p = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	struct privcmd_dm_op op = { .dom = NO_DOMAIN };
	xen_pfn_t frame = 1;
	domid_t dom = NO_DOMAIN, other = NO_DOMAIN + 1;
	int err;

	if (ioctl(self->fd, IOCTL_PRIVCMD_RESTRICT, &dom)) {
		ASSERT_FALSE(self->control);
		ASSERT_EQ(EINVAL, errno);
		return;
	}
	EXPECT_EQ(0, ioctl(self->fd, IOCTL_PRIVCMD_RESTRICT, &dom));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_RESTRICT, &other));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-EPERM, xt_hypercall(self->fd, XT_HYP_XEN_VERSION, 0, 0, 0));
	EXPECT_EQ(-EPERM, xt_map_frames(self->fd, other, p, 1, &frame, &err));
	EXPECT_EQ(-EPERM, xt_map_frames(self->fd, 0, p, 1, &frame, &err));
	EXPECT_EQ(0, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	op.dom = other;
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &op));
	EXPECT_EQ(EPERM, errno);
}

/* XSA-482: a guest that serves no other domain can name none. */
TEST_F(privcmd, guest_without_target)
{
	struct privcmd_dm_op dm = { .dom = NO_DOMAIN };
	struct privcmd_mmap runs = { 1, NO_DOMAIN, NULL };
	struct privcmd_mmapbatch old = { .num = 1, .dom = NO_DOMAIN };
	struct privcmd_irqfd irqfd = { .dom = NO_DOMAIN };
	struct privcmd_ioeventfd ioeventfd = { .dom = NO_DOMAIN };
	domid_t own = xt_own_domid();
	xen_pfn_t frame = 1;
	char *p = mmap(NULL, XT_PAGE, RW, MAP_SHARED, self->fd, 0);
	int err;

	if (self->control)
		SKIP(return, "the control domain may name any");
	EXPECT_EQ(-EPERM, xt_hypercall(self->fd, XT_HYP_XEN_VERSION, 0, 0, 0));
	EXPECT_EQ(-EPERM, xt_map_frames(self->fd, NO_DOMAIN, p, 1, &frame, &err));
	EXPECT_EQ(-EPERM, xt_map_frames(self->fd, own, p, 1, &frame, &err));
	EXPECT_EQ(-EPERM, xt_resource_size(self->fd, own, XT_RESOURCE_GRANTS, 0));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAPBATCH, &old));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_MMAP, &runs));
	EXPECT_EQ(xt_role_is_pv(xt_role()) ? EPERM : ENOSYS, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_DM_OP, &dm));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_IRQFD, &irqfd));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_IOEVENTFD, &ioeventfd));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_RESTRICT, &own));
	EXPECT_EQ(EINVAL, errno);
}

/* Of no device that was given to another domain. */
TEST_F(privcmd, interrupt_of_no_device)
{
	struct privcmd_pcidev_get_gsi op = { .sbdf = 0x00fffff8 };

	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_PCIDEV_GET_GSI, &op));
	EXPECT_EQ(-1, ioctl(self->fd, IOCTL_PRIVCMD_PCIDEV_GET_GSI,
			    xt_bad_pointer()));
	EXPECT_EQ(EFAULT, errno);
}

/* Buffers for hypercalls: shared, zeroed, and real memory. */
TEST_F(privcmd, hypercall_buffers)
{
	int fd = open("/dev/xen/hypercall", O_RDWR);
	char *p;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, XT_PAGE, RW, MAP_PRIVATE, fd, 0));
	for (int round = 0; round < 20; round++) {
		p = mmap(NULL, 8 * XT_PAGE, RW, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, p);
		for (size_t i = 0; i < 8 * XT_PAGE; i += 512)
			ASSERT_EQ(0, p[i]);
		xt_fill(p, 8 * XT_PAGE, round);
		EXPECT_TRUE(xt_filled(p, 8 * XT_PAGE, round));
		ASSERT_EQ(0, munmap(p, 8 * XT_PAGE));
	}
	close(fd);
}

/* Parts may go, and a child shares what its parent has. */
TEST_F(privcmd, hypercall_buffers_are_shared)
{
	char *p = xt_hyp_buffer(8);
	int status;
	pid_t pid;

	ASSERT_NE(NULL, p);
	EXPECT_EQ(0, (uintptr_t)p % XT_PAGE);
	ASSERT_EQ(0, munmap(p + 2 * XT_PAGE, 3 * XT_PAGE));
	EXPECT_EQ(SIGSEGV, xt_touch(p + 2 * XT_PAGE));
	xt_fill(p, 2 * XT_PAGE, 1);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		if (!xt_filled(p, 2 * XT_PAGE, 1))
			_exit(1);
		xt_fill(p + 5 * XT_PAGE, 3 * XT_PAGE, 2);
		_exit(munmap(p, XT_PAGE));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(xt_filled(p, 2 * XT_PAGE, 1));
	EXPECT_TRUE(xt_filled(p + 5 * XT_PAGE, 3 * XT_PAGE, 2));
	EXPECT_EQ(MAP_FAILED, mremap(p, XT_PAGE, 2 * XT_PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(0, munmap(p, 8 * XT_PAGE));
}

/* More than there is: an error, and nobody is killed for it. */
TEST_F(privcmd, hypercall_buffers_end_with_memory)
{
	int fd = open("/dev/xen/hypercall", O_RDWR);

	if (xt_privcmd_is_bases())
		SKIP(return, "the base's own code warns");
	ASSERT_GE(fd, 0);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 1UL << 40, RW, MAP_SHARED, fd, 0));
	EXPECT_EQ(ENOMEM, errno);
	close(fd);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
