/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/xen/privcmd and /dev/xen/hypercall.  Functions return a value >= 0, or
 * -errno.
 */
#ifndef SELFTEST_XEN_PRIVCMD_H
#define SELFTEST_XEN_PRIVCMD_H

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

int xt_privcmd_open(void);
long xt_hypercall(int fd, uint64_t op, uint64_t a0, uint64_t a1, uint64_t a2);
/* Pages that a hypercall may read and write; NULL with errno set. */
void *xt_hyp_buffer(size_t pages);

/* Counted by the hypervisor's clock, in ns; -errno where it may not be asked. */
int64_t xt_hypervisor_ns(int privcmd, int vcpu);

#endif
