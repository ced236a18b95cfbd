/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The base's <xen/privcmd.h> names this header but does not install it; user
 * space brings its own.  Only the types that the four uapi headers use are
 * here, with the sizes that the hypervisor's ABI gives them on x86-64.
 */
#ifndef SELFTEST_XEN_ABI_H
#define SELFTEST_XEN_ABI_H

#include <stdint.h>

typedef uint16_t domid_t;
typedef uint32_t grant_ref_t;
typedef uint64_t xen_pfn_t;

#define DOMID_FIRST_RESERVED	0x7ff0U
#define DOMID_SELF		0x7ff0U

#endif
