// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "grant.h"
#include "util.h"

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

int xt_gntalloc_open(void)
{
	return result(open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC));
}

int xt_gntdev_open(void)
{
	return result(open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC));
}

int xt_gntalloc(int fd, unsigned int domid, bool writable, uint32_t count,
		struct xt_grants *grants)
{
	struct ioctl_gntalloc_alloc_gref *op;
	int ret;

	if (count > XT_GRANT_MAX)
		return -E2BIG;
	op = calloc(1, sizeof(*op) + count * sizeof(uint32_t));
	if (!op)
		return -ENOMEM;
	op->domid = domid;
	op->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	op->count = count;
	ret = result(ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op));
	if (!ret) {
		grants->index = op->index;
		grants->count = count;
		memcpy(grants->ref, op->gref_ids_flex, count * sizeof(uint32_t));
	}
	free(op);
	return ret;
}

int xt_gntalloc_free(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntalloc_dealloc_gref op = { index, count };

	return result(ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &op));
}

int xt_gntalloc_notify(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct ioctl_gntalloc_unmap_notify op = { index, action, port };

	return result(ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &op));
}

int xt_gntdev_map(int fd, unsigned int domid, const uint32_t *refs,
		  uint32_t count, uint64_t *index)
{
	struct ioctl_gntdev_map_grant_ref *op;
	int ret;

	op = calloc(1, sizeof(*op) + count * sizeof(op->refs[0]));
	if (!op)
		return -ENOMEM;
	op->count = count;
	for (uint32_t i = 0; i < count; i++) {
		op->refs[i].domid = domid;
		op->refs[i].ref = refs[i];
	}
	ret = result(ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op));
	*index = op->index;
	free(op);
	return ret;
}

int xt_gntdev_unmap(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref op = { index, count, 0 };

	return result(ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op));
}

int xt_gntdev_notify(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify op = { index, action, port };

	return result(ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op));
}

int xt_gntdev_copy(int fd, struct gntdev_grant_copy_segment *segments,
		   unsigned int count)
{
	struct ioctl_gntdev_grant_copy op = { count, segments };

	return result(ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &op));
}

void *xt_grant_mmap(int fd, uint64_t index, uint32_t count, int prot)
{
	void *p = mmap(NULL, count * XT_PAGE, prot, MAP_SHARED, fd, index);

	return p == MAP_FAILED ? NULL : p;
}
