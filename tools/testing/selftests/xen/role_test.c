// SPDX-License-Identifier: GPL-2.0
/*
 * Does the kernel know which role it was booted in?  Compares what was booted
 * (XENLAB_ROLE or xenlab.role=) with everything that tells user space about it.
 */
#include <string.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define CLOCKSOURCES \
	"/sys/devices/system/clocksource/clocksource0/available_clocksource"

static const char * const guest_types[XT_NR_ROLES] = {
	[XT_PV_DOM0] = "PV", [XT_PV] = "PV",
	[XT_PVH_DOM0] = "PVH", [XT_PVH] = "PVH",
	[XT_HVM] = "HVM",
};

FIXTURE(role) {
	int role;
};

FIXTURE_SETUP(role)
{
	self->role = xt_expected_role();
	if (self->role == -ENOENT)
		SKIP(return, "nobody said which role was booted (XENLAB_ROLE)");
	ASSERT_GE(self->role, 0)
		TH_LOG("XENLAB_ROLE or xenlab.role= names no role");
}

FIXTURE_TEARDOWN(role)
{
}

TEST_F(role, detected_is_booted)
{
	EXPECT_STREQ(xt_role_name(self->role), xt_role_name(xt_detected_role()));
}

TEST_F(role, sysfs_type)
{
	char type[32];
	int len = xt_read_text("/sys/hypervisor/type", type, sizeof(type));

	if (!xt_role_is_xen(self->role)) {
		/* A machine without any hypervisor driver has no such file. */
		EXPECT_TRUE(len == -ENOENT || strcmp(type, "xen"));
		return;
	}
	ASSERT_GT(len, 0);
	EXPECT_STREQ("xen", type);
	ASSERT_GT(xt_read_text("/sys/hypervisor/guest_type", type,
			       sizeof(type)), 0);
	EXPECT_STREQ(guest_types[self->role], type);
}

TEST_F(role, control_domain_has_control)
{
	char caps[256];
	int len = xt_read_text("/proc/xen/capabilities", caps, sizeof(caps));

	if (!xt_role_is_xen(self->role)) {
		EXPECT_LT(len, 0);
		return;
	}
	if (len == -ENOENT)
		SKIP(return, "xenfs is not mounted on /proc/xen");
	ASSERT_GE(len, 0);
	EXPECT_EQ(xt_role_is_dom0(self->role), !!strstr(caps, "control_d"));
}

TEST_F(role, initdomain_flag)
{
	unsigned long flag;
	int ret = xt_read_ulong("/sys/hypervisor/start_flags/initdomain", &flag);

	if (ret == -ENOENT && xt_role_is_xen(self->role))
		SKIP(return, "this base has no start_flags in sysfs");
	if (!xt_role_is_xen(self->role)) {
		EXPECT_EQ(-ENOENT, ret);
		return;
	}
	ASSERT_EQ(0, ret);
	EXPECT_EQ(xt_role_is_dom0(self->role), flag);
}

/*
 * Translated guests see Xen's leaves as everybody does.  PV guests see them
 * through the forced-emulation prefix, always, and without it only where the
 * processor can make CPUID fault.
 */
TEST_F(role, cpuid_leaves)
{
	uint32_t plain = xt_xen_leaf_plain();

	if (xt_role_is_pv(self->role)) {
		EXPECT_NE(0, xt_xen_leaf_forced());
		return;
	}
	EXPECT_EQ(0, xt_xen_leaf_forced());
	EXPECT_EQ(xt_role_is_xen(self->role), !!plain);
}

TEST_F(role, version_agrees_with_cpuid)
{
	unsigned long major, minor;
	struct xt_cpuid id;

	XT_NEED_XEN();
	ASSERT_TRUE(xt_xen_leaf(1, 0, &id));
	ASSERT_EQ(0, xt_read_ulong("/sys/hypervisor/version/major", &major));
	ASSERT_EQ(0, xt_read_ulong("/sys/hypervisor/version/minor", &minor));
	EXPECT_EQ(id.eax >> 16, major);
	EXPECT_EQ(id.eax & 0xffff, minor);
}

TEST_F(role, feature_bits)
{
	char text[32];
	unsigned long features;

	XT_NEED_XEN();
	ASSERT_GT(xt_read_text("/sys/hypervisor/properties/features", text,
			       sizeof(text)), 0);
	features = strtoul(text, NULL, 16);
	/* Bit 2: auto_translated_physmap; bit 11: dom0. */
	EXPECT_EQ(!xt_role_is_pv(self->role), !!(features & (1 << 2)));
	EXPECT_EQ(xt_role_is_dom0(self->role), !!(features & (1 << 11)));
}

TEST_F(role, device_nodes)
{
	static const char * const nodes[] = {
		"/dev/xen/evtchn", "/dev/xen/gntdev", "/dev/xen/gntalloc",
		"/dev/xen/privcmd", "/dev/xen/hypercall", "/dev/xen/xenbus",
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		int ret = stat(nodes[i], &st);

		EXPECT_EQ(xt_role_is_xen(self->role) ? 0 : -1, ret)
			TH_LOG("%s", nodes[i]);
	}
}

TEST_F(role, clock_source_offered)
{
	char text[256];

	ASSERT_GT(xt_read_text(CLOCKSOURCES, text, sizeof(text)), 0);
	EXPECT_EQ(xt_role_is_xen(self->role), !!strstr(text, "xen"))
		TH_LOG("offered: %s", text);
}

TEST_F(role, cpu_says_hypervisor)
{
	char text[8192];

	XT_NEED_XEN();
	ASSERT_GT(xt_read_text("/proc/cpuinfo", text, sizeof(text)), 0);
	EXPECT_NE(NULL, strstr(text, " hypervisor"));
}

TEST_F(role, own_number)
{
	XT_NEED_XEN();
	if (xt_role_is_dom0(self->role))
		return;
	EXPECT_GT(xt_own_domid(), 0);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
