/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain that never runs, made by the control domain: somebody to ask
 * /dev/xen/privcmd for.  Functions return a value >= 0, or -errno.
 */
#ifndef SELFTEST_XEN_DOMAIN_H
#define SELFTEST_XEN_DOMAIN_H

#include <stdint.h>

/* Its memory: so many frames from the first on; nothing is behind others. */
#define XT_DOMAIN_FIRST		0x100
#define XT_DOMAIN_FRAMES	600
/* Of its grant table. */
#define XT_DOMAIN_GRANT_FRAMES	8

/* Translated, without a vCPU at first; -EOPNOTSUPP by a hypervisor that we cannot talk to. */
int xt_domain_create(int privcmd);
/* A port of its, for this domain to bind. */
int xt_domain_evtchn(int privcmd, int domid);
/* Gives it its vCPU, which does not run either. */
int xt_domain_vcpu(int privcmd, int domid);
/* The level of a PCI device's pin, of a domain with its vCPU. */
int xt_domain_intx(int privcmd, int domid, int device, int pin);
/* -EBUSY if something of it is still held after a while; may be asked again. */
int xt_domain_destroy(int privcmd, int domid);

#endif
