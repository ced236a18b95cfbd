// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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

int xt_map_frames(int fd, int dom, void *addr, unsigned int num,
		  const xen_pfn_t *frames, int *err)
{
	struct privcmd_mmapbatch_v2 op = {
		.num = num, .dom = dom, .addr = (uintptr_t)addr,
		.arr = frames, .err = err,
	};

	return ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &op) ? -errno : 0;
}

int xt_map_resource(int fd, int dom, unsigned int type, unsigned int id,
		    uint64_t idx, uint64_t num, void *addr)
{
	struct privcmd_mmap_resource op = {
		.dom = dom, .type = type, .id = id, .idx = idx, .num = num,
		.addr = (uintptr_t)addr,
	};

	return ioctl(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op) ? -errno : 0;
}

long xt_resource_size(int fd, int dom, unsigned int type, unsigned int id)
{
	struct privcmd_mmap_resource op = { .dom = dom, .type = type, .id = id };

	return ioctl(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &op) ? -errno : (long)op.num;
}

int xt_dm_op(int fd, int dom, const struct privcmd_dm_op_buf *bufs, int n)
{
	struct privcmd_dm_op op = { .dom = dom, .num = n, .ubufs = bufs };
	int ret = ioctl(fd, IOCTL_PRIVCMD_DM_OP, &op);

	return ret < 0 ? -errno : ret;
}

bool xt_privcmd_is_bases(void)
{
	return xt_count_lines("/proc/kallsyms", " privcmd_close") > 0;
}

static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, sig);
}

int xt_touch(const void *p)
{
	sig_t bus = signal(SIGBUS, on_fault);
	sig_t segv = signal(SIGSEGV, on_fault);
	int sig = sigsetjmp(fault_env, 1);

	if (!sig)
		__atomic_load_n((const char *)p, __ATOMIC_RELAXED);
	signal(SIGBUS, bus);
	signal(SIGSEGV, segv);
	return sig;
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
