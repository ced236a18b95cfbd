// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"
#include "util.h"

int xt_privcmd_open(void)
{
	int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

long xt_hypercall(int fd, uint64_t op, uint64_t a0, uint64_t a1, uint64_t a2)
{
	struct privcmd_hypercall call = { op, { a0, a1, a2, 0, 0 } };
	int ret = ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call);

	return ret < 0 ? -errno : ret;
}

void *xt_hyp_buffer(size_t pages)
{
	int fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return NULL;
	p = mmap(NULL, pages * XT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/*
 * The four state times of a vCPU add up to the hypervisor's clock since that
 * vCPU was made: it brings the current state up to date when it is asked.
 */
int64_t xt_hypervisor_ns(int privcmd, int vcpu)
{
	struct {
		int32_t state;
		uint64_t entered;
		uint64_t time[4];
	} *run = xt_hyp_buffer(1);
	int64_t ret;

	if (!run)
		return -errno;
	ret = xt_hypercall(privcmd, XT_HYP_VCPU_OP, XT_VCPUOP_RUNSTATE, vcpu,
			   (uintptr_t)run);
	if (!ret)
		ret = run->time[0] + run->time[1] + run->time[2] + run->time[3];
	munmap(run, XT_PAGE);
	return ret;
}
