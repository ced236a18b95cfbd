// SPDX-License-Identifier: GPL-2.0
/*
 * The clock: nanoseconds of the hypervisor's system time, as the clock source "xen", as the
 * scheduler's clock and, where it may be read without help, in the vDSO.
 *
 * Each vCPU has a record of how its TSC becomes system time (struct pvclock_vcpu_time_info of the
 * ABI); pvclock reads it. A record that is marked stable holds for all CPUs. Then the hypervisor
 * keeps a copy of CPU 0's in a page that user space maps.
 *
 * System time starts with the host. After restore it is another host's: the scheduler's clock goes
 * on from where it was by way of an offset, and the vDSO's page is announced again.
 */
#include <linux/clocksource.h>
#include <linux/gfp.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/pvclock.h>
#include <asm/timer.h>
#include <asm/tsc.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>
#include "../xen_arch.h"
#include "../hv/time_calls.h"
#include "time.h"

/*
 * A dom0 never moves, so the TSC serves it; likewise a guest whose TSC is never emulated. 300 is
 * the TSC's rating.
 */
#define RATING_ONLY_CLOCK	400
#define RATING_BEHIND_TSC	299
#define RATING_DOM0		275

/* What the scheduler's clock takes away from system time. */
static u64 sched_offset __read_mostly;
/* That clock when the domain was saved. */
static u64 sched_saved;
/* Shared with the hypervisor and all of user space, or NULL. */
static struct pvclock_vsyscall_time_info *vdso_page __read_mostly;

/**
 * xen_system_time() - the hypervisor's time
 *
 * Context: any, once xen_vcpu is set.
 * Return: nanoseconds; never less than any CPU has read before.
 */
u64 xen_system_time(void)
{
	u64 now;

	preempt_disable_notrace();
	now = pvclock_clocksource_read(&__this_cpu_read(xen_vcpu)->time);
	preempt_enable_notrace();
	return now;
}

static u64 read_source(struct clocksource *cs)
{
	return xen_system_time();
}

static noinstr u64 sched_now(void)
{
	return pvclock_clocksource_read_nowd(&__this_cpu_read(xen_vcpu)->time) - sched_offset;
}

static int enable_source(struct clocksource *cs)
{
	vclocks_set_used(VDSO_CLOCKMODE_PVCLOCK);
	return 0;
}

static struct clocksource source __read_mostly = {
	.name	= "xen",
	.rating	= RATING_ONLY_CLOCK,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS,
	.read	= read_source,
	.enable	= enable_source,
};

static unsigned long tsc_khz_of_record(void)
{
	setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
	return pvclock_tsc_khz(&HYPERVISOR_shared_info->vcpu_info[0].time);
}

/**
 * xen_clock_early() - the scheduler's clock and the TSC's frequency
 *
 * Context: boot CPU, its record is known to be valid.
 */
void __init xen_clock_early(void)
{
	sched_offset = xen_system_time();
	paravirt_set_sched_clock(sched_now);
	x86_platform.calibrate_tsc = tsc_khz_of_record;
}

/* The hypervisor promises that the TSC is the machine's own, here and wherever we go. */
static bool __init tsc_is_true(void)
{
	u32 eax, mode, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_CONSTANT_TSC) || !boot_cpu_has(X86_FEATURE_NONSTOP_TSC) ||
	    check_tsc_unstable())
		return false;
	cpuid_count(xen_cpuid_base() + 3, 0, &eax, &mode, &ecx, &edx);
	return mode == XEN_CPUID_TSC_MODE_NEVER_EMULATE;
}

static void __init offer_to_vdso(void)
{
	struct pvclock_vsyscall_time_info *page = (void *)get_zeroed_page(GFP_KERNEL);
	int err;

	if (!page)
		return;
	err = xen_hv_vcpu_time_area(0, &page->pvti);
	if (err) {
		pr_notice("xen: no clock for the vDSO: %d\n", err);
		free_page((unsigned long)page);
		return;
	}
	if (page->pvti.flags & PVCLOCK_TSC_STABLE_BIT) {
		vdso_page = page;
		pvclock_set_pvti_cpu0_va(page);
		source.vdso_clock_mode = VDSO_CLOCKMODE_PVCLOCK;
		return;
	}
	pr_notice("xen: no clock for the vDSO: the TSC is not stable\n");
	/* A page that the hypervisor goes on writing to is lost. */
	if (!xen_hv_vcpu_time_area(0, NULL))
		free_page((unsigned long)page);
}

/**
 * xen_clock_register() - make it a clock source
 *
 * Context: boot CPU, pages can be allocated.
 */
void __init xen_clock_register(void)
{
	if (xen_initial_domain())
		source.rating = RATING_DOM0;
	else if (tsc_is_true())
		source.rating = RATING_BEHIND_TSC;
	setup_force_cpu_cap(X86_FEATURE_TSC);
	if (__this_cpu_read(xen_vcpu)->time.flags & PVCLOCK_TSC_STABLE_BIT) {
		pvclock_set_flags(PVCLOCK_TSC_STABLE_BIT);
		offer_to_vdso();
	}
	clocksource_register_hz(&source, NSEC_PER_SEC);
}

/**
 * xen_save_time_memory_area() - before the domain is saved
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_save_time_memory_area(void)
{
	int err;

	sched_saved = xen_system_time() - sched_offset;
	if (!vdso_page)
		return;
	err = xen_hv_vcpu_time_area(0, NULL);
	if (err)
		pr_notice("xen: the vDSO's clock is not saved: %d\n", err);
	else
		/* Without the stable bit user space calls the kernel. */
		clear_page(vdso_page);
}

/**
 * xen_restore_time_memory_area() - after the domain was restored, or its save was cancelled
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_restore_time_memory_area(void)
{
	int err = vdso_page ? xen_hv_vcpu_time_area(0, &vdso_page->pvti) : 0;

	if (err)
		pr_notice("xen: the vDSO's clock is not restored: %d\n", err);
	/* Forget what was read on the other host. */
	pvclock_resume();
	sched_offset = xen_system_time() - sched_saved;
}
