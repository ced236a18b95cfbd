// SPDX-License-Identifier: GPL-2.0
/*
 * Taking down CPUs of a PV domain.
 *
 * A vCPU goes by a hypercall of its own. When another brings it up again, that call returns, on the
 * stack of the idle task, and the CPU begins anew.
 */
#include <linux/cpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/cpu.h>
#include <asm/mmu_context.h>
#include <asm/smp.h>
#include <xen/xen-ops.h>
#include "../hv/cpu_calls.h"
#include "../xen_arch.h"
#include "smp_pv.h"

#define ASK_AGAIN	(HZ / 10)

static void go_down(void)
{
	xen_hv_vcpu_down(xen_vcpu_nr(smp_processor_id()));
}

#ifdef CONFIG_HOTPLUG_CPU
int xen_cpu_disable_pv(void)
{
	/* The hypervisor's wall clock and vDSO page are CPU 0's. */
	if (!smp_processor_id())
		return -EBUSY;
	cpu_disable_common();
	/* No call to give up a process's tables reaches this CPU any more, so it does now. */
	leave_mm();
	return 0;
}

void xen_cpu_die_pv(unsigned int cpu)
{
	while (xen_hv_vcpu_is_up(xen_vcpu_nr(cpu)) > 0)
		schedule_timeout_uninterruptible(ASK_AGAIN);
}

void xen_cpu_cleanup_pv(unsigned int cpu)
{
	xen_cpu_unbind(cpu);
	xen_pmu_finish(cpu);
}

void __noreturn xen_cpu_play_dead_pv(void)
{
	play_dead_common();
	go_down();
	xen_cpu_bringup_again((unsigned long)task_pt_regs(current));
}
#else
int xen_cpu_disable_pv(void)
{
	return -EOPNOTSUPP;
}

void xen_cpu_die_pv(unsigned int cpu) { }
void xen_cpu_cleanup_pv(unsigned int cpu) { }

void __noreturn xen_cpu_play_dead_pv(void)
{
	for (;;)
		go_down();
}
#endif

static void stop_this(void *unused)
{
	load_cr3(swapper_pg_dir);
	set_cpu_online(smp_processor_id(), false);
	/* Nobody brings it up again; were it so, there is nothing to go on with. */
	for (;;)
		go_down();
}

void xen_stop_others_pv(int wait)
{
	smp_call_function(stop_this, NULL, wait);
}
