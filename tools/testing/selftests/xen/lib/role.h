/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of the six roles the kernel was booted in.
 *
 * The lab says so: XENLAB_ROLE in the environment, or xenlab.role= on the
 * kernel command line.  Without either, the kernel's own word is taken, which
 * is good for skipping but proves nothing; only role_test compares the two.
 */
#ifndef SELFTEST_XEN_ROLE_H
#define SELFTEST_XEN_ROLE_H

#include <stdbool.h>
#include <stdint.h>

enum xt_role {
	XT_BARE,
	XT_PV_DOM0,
	XT_PVH_DOM0,
	XT_PV,
	XT_PVH,
	XT_HVM,
	XT_NR_ROLES,
};

const char *xt_role_name(int role);
/* -ENOENT when nobody said, -EINVAL when what was said is no role. */
int xt_expected_role(void);
int xt_detected_role(void);
/* The expected role, else the detected one. */
int xt_role(void);

bool xt_role_is_xen(int role);
bool xt_role_is_pv(int role);
bool xt_role_is_dom0(int role);

struct xt_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

void xt_cpuid(uint32_t leaf, uint32_t sub, struct xt_cpuid *out);
/*
 * CPUID through the hypervisor's forced-emulation prefix, which only PV
 * answers; false when it raised SIGILL.  Not for threads.
 */
bool xt_cpuid_forced(uint32_t leaf, uint32_t sub, struct xt_cpuid *out);

typedef void (*xt_cpuid_fn)(uint32_t leaf, uint32_t sub, struct xt_cpuid *out);
/* First Xen leaf, 0 when there is none. */
uint32_t xt_xen_leaf_plain(void);
uint32_t xt_xen_leaf_forced(void);
/* Xen leaf base + n by whichever way the role has; false when there is none. */
bool xt_xen_leaf(uint32_t n, uint32_t sub, struct xt_cpuid *out);

/* This domain's number, or -errno when nothing says. */
int xt_own_domid(void);

/* For use in TEST() and FIXTURE_SETUP() bodies. */
#define XT_NEED(cond, what)						\
	do {								\
		if (!(cond))						\
			SKIP(return, "role %s: %s",			\
			     xt_role_name(xt_role()), what);		\
	} while (0)

#define XT_NEED_XEN()							\
	XT_NEED(xt_role_is_xen(xt_role()), "no Xen underneath")
#define XT_NEED_PV()							\
	XT_NEED(xt_role_is_pv(xt_role()), "only paravirtualised roles")
#define XT_NEED_DOM0()							\
	XT_NEED(xt_role_is_dom0(xt_role()), "only the control domain")
#define XT_NEED_CPUS(n)							\
	do {								\
		int need_ = (n), have_ = xt_nr_online();		\
									\
		if (have_ < need_)					\
			SKIP(return, "needs %d CPUs, has %d", need_,	\
			     have_);					\
	} while (0)

#endif
