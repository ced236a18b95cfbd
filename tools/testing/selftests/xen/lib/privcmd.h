/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/privcmd and /dev/xen/hypercall.  Functions return a value >= 0, or
 * -errno.
 */
#ifndef SELFTEST_XEN_PRIVCMD_H
#define SELFTEST_XEN_PRIVCMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <xen/interface/xen.h>
#include <xen/privcmd.h>

/* From the hypervisor's public headers. */
#define XT_HYP_XEN_VERSION	17
#define XT_HYP_VCPU_OP		24
#define XT_XENVER_VERSION	0
#define XT_XENVER_EXTRAVERSION	1
#define XT_VCPUOP_RUNSTATE	4
#define XT_RESOURCE_IOREQ	0
#define XT_RESOURCE_GRANTS	1

int xt_privcmd_open(void);
long xt_hypercall(int fd, uint64_t op, uint64_t a0, uint64_t a1, uint64_t a2);
/* Pages that a hypercall may read and write; NULL with errno set. */
void *xt_hyp_buffer(size_t pages);

/* Maps a list of frames of a domain; each has its result in err. */
int xt_map_frames(int fd, int dom, void *addr, unsigned int num,
		  const xen_pfn_t *frames, int *err);
/* Maps frames of a resource, or asks for its size. */
int xt_map_resource(int fd, int dom, unsigned int type, unsigned int id,
		    uint64_t idx, uint64_t num, void *addr);
long xt_resource_size(int fd, int dom, unsigned int type, unsigned int id);
/* The operation is in a buffer of its own, others may follow. */
int xt_dm_op(int fd, int dom, const struct privcmd_dm_op_buf *bufs, int n);

/* The base's privcmd, which some of what ours refuses brings down. */
bool xt_privcmd_is_bases(void);

/* Reads a byte; the signal if that faults. */
int xt_touch(const void *p);

/* Counted by the hypervisor's clock, in ns; -errno where it may not be asked. */
int64_t xt_hypervisor_ns(int privcmd, int vcpu);

#endif
