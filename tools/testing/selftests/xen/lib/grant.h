/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/gntalloc and /dev/xen/gntdev.  Functions return 0 or -errno;
 * mappings are returned as a pointer, NULL with errno set on failure.
 */
#ifndef SELFTEST_XEN_GRANT_H
#define SELFTEST_XEN_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <xen/interface/xen.h>
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define XT_GRANT_MAX	256

/* A mapping of several grants as gntdev or gntalloc hands it out. */
struct xt_grants {
	uint64_t index;			/* offset for mmap() */
	uint32_t count;
	uint32_t ref[XT_GRANT_MAX];
};

int xt_gntalloc_open(void);
int xt_gntdev_open(void);

int xt_gntalloc(int fd, unsigned int domid, bool writable, uint32_t count,
		struct xt_grants *grants);
int xt_gntalloc_free(int fd, uint64_t index, uint32_t count);
int xt_gntalloc_notify(int fd, uint64_t index, uint32_t action, uint32_t port);

int xt_gntdev_map(int fd, unsigned int domid, const uint32_t *refs,
		  uint32_t count, uint64_t *index);
int xt_gntdev_unmap(int fd, uint64_t index, uint32_t count);
int xt_gntdev_notify(int fd, uint64_t index, uint32_t action, uint32_t port);
int xt_gntdev_copy(int fd, struct gntdev_grant_copy_segment *segments,
		   unsigned int count);

void *xt_grant_mmap(int fd, uint64_t index, uint32_t count, int prot);

#endif
