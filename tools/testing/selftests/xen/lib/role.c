// SPDX-License-Identifier: GPL-2.0
#include <cpuid.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "role.h"
#include "util.h"
#include "xs.h"

static const char * const role_names[XT_NR_ROLES] = {
	[XT_BARE]	= "bare",
	[XT_PV_DOM0]	= "pv_dom0",
	[XT_PVH_DOM0]	= "pvh_dom0",
	[XT_PV]		= "pv",
	[XT_PVH]	= "pvh",
	[XT_HVM]	= "hvm",
};

const char *xt_role_name(int role)
{
	return role >= 0 && role < XT_NR_ROLES ? role_names[role] : "unknown";
}

static int role_by_name(const char *name, size_t len)
{
	for (int role = 0; role < XT_NR_ROLES; role++)
		if (strlen(role_names[role]) == len &&
		    !memcmp(role_names[role], name, len))
			return role;
	return -EINVAL;
}

int xt_expected_role(void)
{
	const char *word = getenv("XENLAB_ROLE");
	char cmdline[4096];

	if (word && *word)
		return role_by_name(word, strlen(word));
	if (xt_read_text("/proc/cmdline", cmdline, sizeof(cmdline)) < 0)
		return -ENOENT;
	for (word = strtok(cmdline, " "); word; word = strtok(NULL, " "))
		if (!strncmp(word, "xenlab.role=", 12))
			return role_by_name(word + 12, strlen(word + 12));
	return -ENOENT;
}

static bool has_control(void)
{
	char buf[256];
	unsigned long initdomain;

	if (!xt_read_ulong("/sys/hypervisor/start_flags/initdomain",
			   &initdomain))
		return initdomain;
	if (xt_read_text("/proc/xen/capabilities", buf, sizeof(buf)) < 0)
		return false;
	return strstr(buf, "control_d");
}

int xt_detected_role(void)
{
	char type[32];

	if (xt_read_text("/sys/hypervisor/type", type, sizeof(type)) < 0 ||
	    strcmp(type, "xen"))
		return XT_BARE;
	if (xt_read_text("/sys/hypervisor/guest_type", type, sizeof(type)) < 0)
		return -EIO;
	if (!strcmp(type, "PV"))
		return has_control() ? XT_PV_DOM0 : XT_PV;
	if (!strcmp(type, "PVH"))
		return has_control() ? XT_PVH_DOM0 : XT_PVH;
	return strcmp(type, "HVM") ? -EIO : XT_HVM;
}

int xt_role(void)
{
	static int role = -ENOENT;

	if (role < 0)
		role = xt_expected_role();
	if (role < 0)
		role = xt_detected_role();
	return role;
}

bool xt_role_is_xen(int role)
{
	return role > XT_BARE && role < XT_NR_ROLES;
}

bool xt_role_is_pv(int role)
{
	return role == XT_PV_DOM0 || role == XT_PV;
}

bool xt_role_is_dom0(int role)
{
	return role == XT_PV_DOM0 || role == XT_PVH_DOM0;
}

void xt_cpuid(uint32_t leaf, uint32_t sub, struct xt_cpuid *out)
{
	__cpuid_count(leaf, sub, out->eax, out->ebx, out->ecx, out->edx);
}

static sigjmp_buf no_prefix;

static void prefix_refused(int sig)
{
	siglongjmp(no_prefix, sig);
}

bool xt_cpuid_forced(uint32_t leaf, uint32_t sub, struct xt_cpuid *out)
{
	struct sigaction act = { .sa_handler = prefix_refused }, old;
	volatile bool answered = false;

	sigaction(SIGILL, &act, &old);
	if (!sigsetjmp(no_prefix, 1)) {
		asm volatile("ud2a; .ascii \"xen\"; cpuid"
			     : "=a" (out->eax), "=b" (out->ebx),
			       "=c" (out->ecx), "=d" (out->edx)
			     : "0" (leaf), "2" (sub));
		answered = true;
	}
	sigaction(SIGILL, &old, NULL);
	return answered;
}

static void forced(uint32_t leaf, uint32_t sub, struct xt_cpuid *out)
{
	if (!xt_cpuid_forced(leaf, sub, out))
		memset(out, 0, sizeof(*out));
}

/* Another hypervisor's leaves may come first, in steps of 0x100. */
static uint32_t find_xen_leaf(xt_cpuid_fn cpuid)
{
	struct xt_cpuid id;

	for (uint32_t base = 0x40000000; base < 0x40010000; base += 0x100) {
		cpuid(base, 0, &id);
		if (!memcmp(&id.ebx, "XenVMMXenVMM", 12) && id.eax >= base + 2)
			return base;
		if (!id.ebx && !id.ecx && !id.edx)
			break;
	}
	return 0;
}

uint32_t xt_xen_leaf_plain(void)
{
	return find_xen_leaf(xt_cpuid);
}

uint32_t xt_xen_leaf_forced(void)
{
	return find_xen_leaf(forced);
}

bool xt_xen_leaf(uint32_t n, uint32_t sub, struct xt_cpuid *out)
{
	xt_cpuid_fn cpuid = xt_cpuid;
	uint32_t base = xt_xen_leaf_plain();
	struct xt_cpuid first;

	if (!base) {
		cpuid = forced;
		base = xt_xen_leaf_forced();
	}
	if (!base)
		return false;
	cpuid(base, 0, &first);
	if (first.eax < base + n)
		return false;
	cpuid(base + n, sub, out);
	return true;
}

/* The store tells every domain its number; dom0 has it without a store. */
int xt_own_domid(void)
{
	struct xt_cpuid hvm;
	struct xt_xs xs;
	char text[16];
	int ret;

	if (xt_role_is_dom0(xt_role()))
		return 0;
	/* Leaf 4, bit 4: the domain's number is in ecx; HVM and PVH only. */
	if (xt_xen_leaf_plain() && xt_xen_leaf(4, 0, &hvm) && (hvm.eax & 16))
		return hvm.ecx;
	ret = xt_xs_open(&xs);
	if (ret)
		return ret;
	ret = xt_xs_read_text(&xs, 0, "domid", text, sizeof(text));
	xt_xs_close(&xs);
	return ret < 0 ? ret : atoi(text);
}
