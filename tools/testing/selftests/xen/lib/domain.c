// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "domain.h"
#include "privcmd.h"
#include "util.h"

/* From the hypervisor's public headers: domctl.h and memory.h. */
#define HYP_MEMORY_OP		12
#define HYP_EVTCHN_OP		32
#define HYP_DOMCTL		36
#define POPULATE_PHYSMAP	6
#define EVTCHN_ALLOC_UNBOUND	6
#define DOMCTL_CREATE		1
#define DOMCTL_DESTROY		2
#define DOMCTL_INFO		5
#define DOMCTL_MAX_MEM		11
#define DOMCTL_MAX_VCPUS	15
#define DOMCTL_GET_CONTEXT	55
#define CONTEXT_PCI_IRQ		7
#define CREATE_HVM		0x1
#define CREATE_HAP		0x2
#define EMULATE_LAPIC		0x1
#define FIRST_VERSION		0x13
#define LAST_VERSION		0x18
#define GONE_WITHIN		(2 * XT_SEC)

/* The beginning, which the versions have in common. */
struct create {
	uint32_t ssidref;
	uint8_t handle[16];
	uint32_t flags, iommu_opts, max_vcpus, max_evtchn_port;
	int32_t max_grant_frames, max_maptrack_frames;
	uint32_t grant_opts, vmtrace_size, cpupool_id;
	/* In the newest one there is a word before it. */
	uint32_t arch[4];
};

struct domctl {
	uint32_t cmd, version;
	uint16_t domain, pad[3];
	union {
		struct create create;
		uint64_t max_memkb;
		uint32_t max_vcpus;
		struct {
			uint32_t type, instance;
			uint64_t size, buffer;
		} context;
		uint8_t size[128];
	} u;
};

struct reservation {
	uint64_t extents, nr;
	uint32_t order, flags;
	uint16_t domid;
};

static uint32_t version;

static long domctl(int fd, struct domctl *op, uint32_t cmd, int domid)
{
	op->cmd = cmd;
	op->version = version;
	op->domain = domid;
	return xt_hypercall(fd, HYP_DOMCTL, (uintptr_t)op, 0, 0);
}

/* The hypervisor knows one version and refuses all others. */
static int find_version(int fd, struct domctl *op)
{
	for (version = FIRST_VERSION; version <= LAST_VERSION; version++) {
		long ret = domctl(fd, op, DOMCTL_INFO, 0);

		if (!ret)
			return 0;
		if (ret != -EACCES)
			return ret;
	}
	return -EOPNOTSUPP;
}

/*
 * Room for an operation, in front of @pages - 1 others for what it points to; NULL with errno set.
 * Given back by close_domctl().
 */
static struct domctl *open_domctl(int fd, size_t pages)
{
	struct domctl *op = xt_hyp_buffer(pages);
	int ret;

	if (!op)
		return NULL;
	ret = find_version(fd, op);
	if (ret) {
		munmap(op, pages * XT_PAGE);
		errno = -ret;
		return NULL;
	}
	memset(op, 0, sizeof(*op));
	return op;
}

static void close_domctl(struct domctl *op, size_t pages)
{
	munmap(op, pages * XT_PAGE);
}

static int create(int fd, struct domctl *op)
{
	struct create *c = &op->u.create;
	int ret;

	/* Some versions have a word more before the last ones. */
	for (int word = 0; word < 2; word++) {
		memset(op, 0, sizeof(*op));
		c->flags = CREATE_HVM | CREATE_HAP;
		c->max_vcpus = 1;
		c->max_evtchn_port = 1023;
		c->max_grant_frames = XT_DOMAIN_GRANT_FRAMES;
		c->max_maptrack_frames = 8;
		c->grant_opts = 1;
		c->arch[word] = EMULATE_LAPIC;
		for (int domid = 4000; domid < 4100; domid++) {
			ret = domctl(fd, op, DOMCTL_CREATE, domid);
			if (!ret)
				return op->domain;
			if (ret != -EEXIST)
				break;
		}
	}
	return ret;
}

static int populate(int fd, int domid, void *buf)
{
	struct reservation *r = buf;
	uint64_t *extents = (void *)((char *)buf + XT_PAGE);
	long ret;

	for (int i = 0; i < XT_DOMAIN_FRAMES; i++)
		extents[i] = XT_DOMAIN_FIRST + i;
	memset(r, 0, sizeof(*r));
	r->extents = (uintptr_t)extents;
	r->nr = XT_DOMAIN_FRAMES;
	r->domid = domid;
	ret = xt_hypercall(fd, HYP_MEMORY_OP, POPULATE_PHYSMAP, (uintptr_t)r, 0);
	if (ret == XT_DOMAIN_FRAMES)
		return 0;
	return ret < 0 ? ret : -ENOMEM;
}

int xt_domain_create(int fd)
{
	struct domctl *op = open_domctl(fd, 3);
	int domid, ret;

	if (!op)
		return -errno;
	ret = create(fd, op);
	domid = ret;
	if (domid >= 0) {
		memset(op, 0, sizeof(*op));
		op->u.max_memkb = 16 << 10;
		ret = domctl(fd, op, DOMCTL_MAX_MEM, domid);
		if (!ret)
			ret = populate(fd, domid, op);
		if (ret)
			xt_domain_destroy(fd, domid);
	}
	close_domctl(op, 3);
	return ret < 0 ? ret : domid;
}

int xt_domain_vcpu(int fd, int domid)
{
	struct domctl *op = open_domctl(fd, 1);
	long ret;

	if (!op)
		return -errno;
	op->u.max_vcpus = 1;
	ret = domctl(fd, op, DOMCTL_MAX_VCPUS, domid);
	close_domctl(op, 1);
	return ret;
}

int xt_domain_intx(int fd, int domid, int device, int pin)
{
	struct domctl *op = open_domctl(fd, 2);
	int bit = device * 4 + pin;
	uint64_t *levels;
	long ret;

	if (!op)
		return -errno;
	levels = (void *)((char *)op + XT_PAGE);
	op->u.context.type = CONTEXT_PCI_IRQ;
	op->u.context.size = XT_PAGE;
	op->u.context.buffer = (uintptr_t)levels;
	ret = domctl(fd, op, DOMCTL_GET_CONTEXT, domid);
	if (!ret)
		ret = levels[bit / 64] >> bit % 64 & 1;
	close_domctl(op, 2);
	return ret;
}

int xt_domain_evtchn(int fd, int domid)
{
	struct alloc_unbound {
		uint16_t dom, remote_dom;
		uint32_t port;
	} *op = xt_hyp_buffer(1);
	int ret;

	if (!op)
		return -errno;
	op->dom = domid;
	op->remote_dom = DOMID_SELF;
	ret = xt_hypercall(fd, HYP_EVTCHN_OP, EVTCHN_ALLOC_UNBOUND,
			   (uintptr_t)op, 0);
	if (!ret)
		ret = op->port;
	munmap(op, XT_PAGE);
	return ret;
}

/* Its last frames are free when nobody here shows them any more. */
static int wait_gone(int fd, struct domctl *op, int domid)
{
	uint64_t until = xt_now() + GONE_WITHIN;

	do {
		memset(op, 0, sizeof(*op));
		/* Tells of the next one, if there is none of that number. */
		if (domctl(fd, op, DOMCTL_INFO, domid) || op->domain != domid)
			return 0;
		xt_sleep_ms(20);
	} while (xt_now() < until);
	return -EBUSY;
}

int xt_domain_destroy(int fd, int domid)
{
	struct domctl *op = open_domctl(fd, 1);
	long ret;

	if (!op)
		return -errno;
	ret = domctl(fd, op, DOMCTL_DESTROY, domid);
	if (!ret || ret == -ESRCH)
		ret = wait_gone(fd, op, domid);
	close_domctl(op, 1);
	return ret;
}
