// SPDX-License-Identifier: GPL-2.0
/*
 * Contract of what a PV kernel keeps of its CPUs: user mode's %gs, rules for MSRs, where counters
 * are cached, and which features are shown.
 */
#include <kunit/test.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/segment.h>

#include <xen/xen.h>

#include "../cpu/msr.h"
#include "../cpu/pmu.h"
#include "../cpu/user_gs.h"

#define OWN_SELECTOR	0x63

/* What the kernel does for a task with base 0 where null selectors keep the base. */
static void load_null(struct xen_user_gs *gs, bool keeps)
{
	xen_user_gs_load(gs, __USER_DS, keeps);
	xen_user_gs_load(gs, 0, keeps);
}

static struct xen_user_gs at_zero(void)
{
	struct xen_user_gs gs = { };

	load_null(&gs, true);
	return gs;
}

static void expect_plan(struct kunit *test, const struct xen_user_gs *now,
			const struct xen_user_gs *want, bool keeps, bool sel, bool base)
{
	struct xen_user_gs_calls calls = xen_user_gs_plan(now, want, keeps);

	KUNIT_EXPECT_EQ(test, sel, calls.sel);
	KUNIT_EXPECT_EQ(test, base, calls.base);
}

static void gs_unchanged_costs_nothing(struct kunit *test)
{
	struct xen_user_gs now = at_zero(), want;

	xen_user_gs_ran(&now, 0, false);
	want = now;
	load_null(&want, true);
	expect_plan(test, &now, &want, true, false, false);
}

static void gs_unknown_is_set(struct kunit *test)
{
	struct xen_user_gs now = { }, want = at_zero();

	expect_plan(test, &now, &want, true, true, true);
	expect_plan(test, &now, &want, false, true, false);
}

/* With a descriptor of its own, a task can have had any base, and the null selector again. */
static void gs_with_descriptors_is_not_trusted(struct kunit *test)
{
	struct xen_user_gs now = at_zero(), want;

	xen_user_gs_ran(&now, 0, true);
	want = now;
	load_null(&want, true);
	expect_plan(test, &now, &want, true, false, true);
}

/* Loading a flat selector, a task has base 0 instead of its own, with the null selector again. */
static void gs_base_is_not_trusted(struct kunit *test)
{
	struct xen_user_gs now = at_zero(), want;

	xen_user_gs_base(&now, 0x1000);
	xen_user_gs_ran(&now, 0, false);
	want = now;
	xen_user_gs_base(&want, 0x1000);
	expect_plan(test, &now, &want, true, false, true);
	want = now;
	load_null(&want, true);
	expect_plan(test, &now, &want, true, false, true);
}

static void gs_selector_is_loaded_first(struct kunit *test)
{
	struct xen_user_gs now = at_zero(), want;

	xen_user_gs_ran(&now, __USER_DS, false);
	want = now;
	load_null(&want, true);
	expect_plan(test, &now, &want, true, true, false);

	want = now;
	xen_user_gs_load(&want, 0, true);
	xen_user_gs_base(&want, 0x2000);
	expect_plan(test, &now, &want, true, true, true);

	/* Only the descriptor knows its base; it may have changed. */
	xen_user_gs_ran(&now, OWN_SELECTOR, true);
	want = now;
	xen_user_gs_load(&want, OWN_SELECTOR, true);
	expect_plan(test, &now, &want, true, true, false);
}

static void gs_null_clears_where_it_does(struct kunit *test)
{
	struct xen_user_gs now = at_zero(), want;

	xen_user_gs_ran(&now, OWN_SELECTOR, true);
	want = now;
	xen_user_gs_load(&want, 0, false);
	expect_plan(test, &now, &want, false, true, false);
	KUNIT_EXPECT_EQ(test, 0, want.base);
}

static void msr_rules(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, XEN_MSR_FS_BASE, xen_msr_rule(MSR_FS_BASE));
	KUNIT_EXPECT_EQ(test, XEN_MSR_GS_BASE, xen_msr_rule(MSR_GS_BASE));
	KUNIT_EXPECT_EQ(test, XEN_MSR_USER_GS_BASE, xen_msr_rule(MSR_KERNEL_GS_BASE));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_STAR));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_LSTAR));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_CSTAR));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_SYSCALL_MASK));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_IA32_SYSENTER_CS));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_IA32_SYSENTER_ESP));
	KUNIT_EXPECT_EQ(test, XEN_MSR_ENTRY, xen_msr_rule(MSR_IA32_SYSENTER_EIP));
	KUNIT_EXPECT_EQ(test, XEN_MSR_APIC_BASE, xen_msr_rule(MSR_IA32_APICBASE));
	KUNIT_EXPECT_EQ(test, XEN_MSR_PASS, xen_msr_rule(MSR_EFER));
	KUNIT_EXPECT_EQ(test, XEN_MSR_PASS, xen_msr_rule(MSR_TSC_AUX));
	KUNIT_EXPECT_EQ(test, XEN_MSR_PASS, xen_msr_rule(MSR_IA32_SYSENTER_EIP + 1));
}

static void msr_apic_base(struct kunit *test)
{
	u64 machine = APIC_DEFAULT_PHYS_BASE | X2APIC_ENABLE | MSR_IA32_APICBASE_BSP;

	KUNIT_EXPECT_EQ(test, APIC_DEFAULT_PHYS_BASE | MSR_IA32_APICBASE_BSP,
			xen_msr_apic_base(machine, true));
	KUNIT_EXPECT_EQ(test, APIC_DEFAULT_PHYS_BASE, xen_msr_apic_base(machine, false));
	KUNIT_EXPECT_EQ(test, APIC_DEFAULT_PHYS_BASE | MSR_IA32_APICBASE_BSP,
			xen_msr_apic_base(APIC_DEFAULT_PHYS_BASE, true));
}

static struct xen_pmu_arch *new_arch(struct kunit *test)
{
	struct xen_pmu_arch *arch = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, arch);
	return arch;
}

static void pmu_amd(struct kunit *test)
{
	const struct xen_pmu_kind old = { .amd = true, .counters = 4 };
	const struct xen_pmu_kind pairs = { .amd = true, .pairs = true, .counters = 6 };
	struct xen_pmu_arch *arch = new_arch(test);
	u64 *counters, *ctrls;

	arch->c.amd.counters = 256;
	arch->c.amd.ctrls = 512;
	counters = (void *)&arch->c.amd + 256;
	ctrls = (void *)&arch->c.amd + 512;

	KUNIT_EXPECT_PTR_EQ(test, &ctrls[0], xen_pmu_cached(&old, arch, MSR_K7_EVNTSEL0));
	KUNIT_EXPECT_PTR_EQ(test, &ctrls[3], xen_pmu_cached(&old, arch, MSR_K7_EVNTSEL3));
	KUNIT_EXPECT_PTR_EQ(test, &counters[0], xen_pmu_cached(&old, arch, MSR_K7_PERFCTR0));
	KUNIT_EXPECT_PTR_EQ(test, &counters[3], xen_pmu_cached(&old, arch, MSR_K7_PERFCTR3));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&old, arch, MSR_K7_PERFCTR3 + 1));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&old, arch, MSR_F15H_PERF_CTL0));

	KUNIT_EXPECT_PTR_EQ(test, &ctrls[2], xen_pmu_cached(&pairs, arch, MSR_F15H_PERF_CTL2));
	KUNIT_EXPECT_PTR_EQ(test, &ctrls[2], xen_pmu_cached(&pairs, arch, MSR_K7_EVNTSEL2));
	KUNIT_EXPECT_PTR_EQ(test, &counters[5], xen_pmu_cached(&pairs, arch, MSR_F15H_PERF_CTR5));
	KUNIT_EXPECT_PTR_EQ(test, &counters[1], xen_pmu_cached(&pairs, arch, MSR_K7_PERFCTR1));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&pairs, arch, MSR_F15H_PERF_CTR5 + 1));

	KUNIT_EXPECT_EQ(test, MSR_K7_PERFCTR2, xen_pmu_counter_msr(&old, 2));
	KUNIT_EXPECT_EQ(test, MSR_F15H_PERF_CTR2, xen_pmu_counter_msr(&pairs, 2));
}

static void pmu_intel(struct kunit *test)
{
	const struct xen_pmu_kind kind = { .counters = 4, .fixed = 3 };
	struct xen_pmu_arch *arch = new_arch(test);
	struct xen_pmu_cntr_pair *pairs;
	u64 *fixed;

	arch->c.intel.fixed_counters = 256;
	arch->c.intel.arch_counters = 512;
	fixed = (void *)&arch->c.intel + 256;
	pairs = (void *)&arch->c.intel + 512;

	KUNIT_EXPECT_PTR_EQ(test, &arch->c.intel.global_ctrl,
			    xen_pmu_cached(&kind, arch, MSR_CORE_PERF_GLOBAL_CTRL));
	KUNIT_EXPECT_PTR_EQ(test, &fixed[2],
			    xen_pmu_cached(&kind, arch, MSR_CORE_PERF_FIXED_CTR2));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&kind, arch, MSR_CORE_PERF_FIXED_CTR3));
	KUNIT_EXPECT_PTR_EQ(test, &pairs[3].control,
			    xen_pmu_cached(&kind, arch, MSR_P6_EVNTSEL0 + 3));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&kind, arch, MSR_P6_EVNTSEL0 + 4));
	KUNIT_EXPECT_PTR_EQ(test, &pairs[1].counter,
			    xen_pmu_cached(&kind, arch, MSR_IA32_PERFCTR0 + 1));
	KUNIT_EXPECT_PTR_EQ(test, &pairs[1].counter,
			    xen_pmu_cached(&kind, arch, MSR_IA32_PMC0 + 1));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&kind, arch, MSR_IA32_PMC0 + 4));
	KUNIT_EXPECT_NULL(test, xen_pmu_cached(&kind, arch, MSR_IA32_DS_AREA));

	KUNIT_EXPECT_EQ(test, MSR_IA32_PERFCTR0 + 1, xen_pmu_counter_msr(&kind, 1));
	KUNIT_EXPECT_EQ(test, MSR_CORE_PERF_FIXED_CTR1,
			xen_pmu_counter_msr(&kind, 1 << 30 | 1));
}

static void features_shown(struct kunit *test)
{
	if (!xen_pv_domain())
		kunit_skip(test, "not a PV domain");
	KUNIT_EXPECT_TRUE(test, boot_cpu_has(X86_FEATURE_XENPV));
	KUNIT_EXPECT_FALSE(test, boot_cpu_has(X86_FEATURE_PCID));
	KUNIT_EXPECT_FALSE(test, boot_cpu_has(X86_FEATURE_MTRR));
	KUNIT_EXPECT_FALSE(test, boot_cpu_has(X86_FEATURE_X2APIC));
	KUNIT_EXPECT_FALSE(test, boot_cpu_has(X86_FEATURE_APERFMPERF));

	preempt_disable();
	KUNIT_EXPECT_EQ(test, smp_processor_id() & 0xff, cpuid_ebx(1) >> 24);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, 0, cpuid_ebx(0xb));
}

static struct kunit_case cpu_cases[] = {
	KUNIT_CASE(gs_unchanged_costs_nothing),
	KUNIT_CASE(gs_unknown_is_set),
	KUNIT_CASE(gs_with_descriptors_is_not_trusted),
	KUNIT_CASE(gs_base_is_not_trusted),
	KUNIT_CASE(gs_selector_is_loaded_first),
	KUNIT_CASE(gs_null_clears_where_it_does),
	KUNIT_CASE(msr_rules),
	KUNIT_CASE(msr_apic_base),
	KUNIT_CASE(pmu_amd),
	KUNIT_CASE(pmu_intel),
	KUNIT_CASE(features_shown),
	{ }
};

static struct kunit_suite cpu_suite = {
	.name = "xen_cpu",
	.test_cases = cpu_cases,
};

kunit_test_suite(cpu_suite);
