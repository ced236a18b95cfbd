// SPDX-License-Identifier: GPL-2.0
/* Which of the kernel's hooks for time lead here, in PV and in translated domains. */
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/features.h>
#include <xen/xen-ops.h>
#include "../xen_arch.h"
#include "time.h"

static void __init start(void)
{
	int cpu = smp_processor_id();

	xen_clock_register();
	xen_setup_runstate_info(cpu);
	xen_setup_timer(cpu);
	xen_setup_cpu_clockevents();
	xen_time_setup_guest();
	xen_wallclock_start();
}

static void __init early(void)
{
	xen_clock_early();
	xen_wallclock_early();
}

/**
 * xen_init_time_ops() - take over time in a PV domain
 *
 * Context: early boot, one CPU.
 */
void __init xen_init_time_ops(void)
{
	early();
	x86_init.timers.timer_init = start;
	x86_init.timers.setup_percpu_clockev = x86_init_noop;
	x86_cpuinit.setup_percpu_clockev = x86_init_noop;
}

#ifdef CONFIG_XEN_PVHVM
/* A secondary CPU's interrupt is bound before it comes up: that needs process context. */
static void start_secondary_clock(void)
{
	xen_setup_runstate_info(smp_processor_id());
	xen_setup_cpu_clockevents();
}

/**
 * xen_hvm_init_time_ops() - take over time in an HVM or PVH domain, if the hypervisor can
 *
 * Called until it succeeds: a kernel that a crash started on a vCPU without a record in the shared
 * info page gets one later.
 *
 * Context: early boot, one CPU.
 */
void __init xen_hvm_init_time_ops(void)
{
	static bool done __initdata;

	/* Without the vector no CPU but the first gets timer interrupts. */
	if (done || !xen_have_vector_callback)
		return;
	if (!xen_feature(XENFEAT_hvm_safe_pvclock)) {
		pr_info_once("xen: no clock for HVM domains in this hypervisor\n");
		return;
	}
	if (!__this_cpu_read(xen_vcpu)) {
		pr_info("xen: vCPU %u has no record yet, the clock comes later\n", xen_vcpu_nr(0));
		return;
	}
	early();
	x86_init.timers.setup_percpu_clockev = start;
	x86_cpuinit.setup_percpu_clockev = start_secondary_clock;
	done = true;
}
#endif
