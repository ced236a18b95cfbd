// SPDX-License-Identifier: GPL-2.0
/*
 * What this architecture does around a save: drivers/xen/guest/suspend.c calls, in this order,
 *
 *	xen_arch_suspend()		all CPUs run, interrupts on
 *	xen_arch_pre_suspend()		one CPU, interrupts off
 *	  the hypercall
 *	xen_arch_post_suspend()		one CPU, interrupts off
 *	xen_arch_resume()		all CPUs run, interrupts on
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/tick.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "../xen_arch.h"

/* A PV vCPU's protection against speculation; the hypervisor does not save it. */
struct spec_ctrl {
	u32 low, high;
};

static DEFINE_PER_CPU(struct spec_ctrl, saved_spec_ctrl);

static bool has_spec_ctrl(void)
{
	return xen_pv_domain() && boot_cpu_has(X86_FEATURE_SPEC_CTRL);
}

static void stop_cpu(void *unused)
{
	struct spec_ctrl *saved = this_cpu_ptr(&saved_spec_ctrl);

	rdmsr(MSR_IA32_SPEC_CTRL, saved->low, saved->high);
	/* The host that it wakes up on may refuse the bits. */
	wrmsr(MSR_IA32_SPEC_CTRL, 0, 0);
}

static void start_cpu(void *unused)
{
	const struct spec_ctrl *saved = this_cpu_ptr(&saved_spec_ctrl);

	if (has_spec_ctrl())
		wrmsr(MSR_IA32_SPEC_CTRL, saved->low, saved->high);
	/* The timekeeper has started CPU 0's. */
	if (!smp_processor_id())
		return;
	/*
	 * The hypervisor may have lost the timer. Only a device that was shut
	 * down is set up again, and only with interrupts off may it be shut
	 * down: the idle loop and timers expect one that works.
	 */
	tick_suspend_local();
	tick_resume_local();
}

/**
 * xen_arch_suspend() - stop what each CPU has in the hypervisor
 *
 * Context: process context.
 */
void xen_arch_suspend(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		xen_pmu_finish(cpu);
	if (has_spec_ctrl())
		on_each_cpu(stop_cpu, NULL, 1);
}

/**
 * xen_arch_pre_suspend() - the last steps before the hypercall
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_arch_pre_suspend(void)
{
	xen_save_time_memory_area();
	if (xen_pv_domain())
		xen_pv_pre_suspend();
}

/**
 * xen_arch_post_suspend() - the first steps after the hypercall
 * @cancelled: not 0 if this domain was never away
 *
 * Context: as before it.
 */
void xen_arch_post_suspend(int cancelled)
{
	void (*come_back)(int) = xen_pv_domain() ? xen_pv_post_suspend : xen_hvm_post_suspend;

	come_back(cancelled);
	/* Reads the time, so the CPUs' records have to be in place. */
	xen_restore_time_memory_area();
}

/**
 * xen_arch_resume() - start on each CPU what xen_arch_suspend() stopped
 *
 * Context: process context.
 */
void xen_arch_resume(void)
{
	unsigned int cpu;

	on_each_cpu(start_cpu, NULL, 1);
	for_each_online_cpu(cpu)
		xen_pmu_init(cpu);
}
