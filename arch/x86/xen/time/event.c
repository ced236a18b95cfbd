// SPDX-License-Identifier: GPL-2.0
/*
 * One-shot timers: each vCPU has one in the hypervisor, which raises VIRQ_TIMER.
 *
 * It is set in absolute system time by the one call that needs no argument in memory, which in a
 * translated domain the hypervisor would have to look up page table by page table. Zero stops it.
 * A time that has passed raises the interrupt at once. The hypervisor also has a periodic timer per
 * vCPU; it runs only while the vCPU does, so it is turned off.
 */
#include <linux/bits.h>
#include <linux/clockchips.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/xen-ops.h>
#include "../xen_arch.h"
#include "../hv/time_calls.h"
#include "time.h"

/* In nanoseconds. What is 2^50 ahead the hypervisor takes for a mistake, and cuts short. */
#define MAX_AHEAD	BIT_ULL(49)
#define MIN_AHEAD	1

struct xen_timer {
	struct clock_event_device device;
	int irq;
	char name[16];
};

static DEFINE_PER_CPU(struct xen_timer, xen_timers) = { .irq = -1 };

static int set_event(unsigned long ahead, struct clock_event_device *device)
{
	return xen_hv_set_timer(xen_system_time() + ahead);
}

static int stop(struct clock_event_device *device)
{
	return xen_hv_set_timer(0);
}

static struct clock_event_device model __ro_after_init = {
	.name			= "xen",
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.rating			= 500,
	.mult			= 1,
	.min_delta_ns		= MIN_AHEAD,
	.min_delta_ticks	= MIN_AHEAD,
	.max_delta_ns		= MAX_AHEAD,
	.max_delta_ticks	= MAX_AHEAD,
	.set_next_event		= set_event,
	.set_state_shutdown	= stop,
};

static irqreturn_t expired(int irq, void *data)
{
	struct clock_event_device *device = this_cpu_ptr(&xen_timers.device);

	if (!device->event_handler)
		return IRQ_NONE;
	device->event_handler(device);
	return IRQ_HANDLED;
}

/**
 * xen_teardown_timer() - a CPU is gone
 * @cpu: which; one without a timer is fine
 *
 * Context: process context.
 */
void xen_teardown_timer(int cpu)
{
	struct xen_timer *timer = per_cpu_ptr(&xen_timers, cpu);

	if (timer->irq < 0)
		return;
	unbind_from_irqhandler(timer->irq, timer);
	timer->irq = -1;
}

/**
 * xen_setup_timer() - bind the timer of a CPU that will come up
 * @cpu: which
 *
 * Context: process context, or boot.
 */
void xen_setup_timer(int cpu)
{
	struct xen_timer *timer = per_cpu_ptr(&xen_timers, cpu);

	xen_teardown_timer(cpu);
	snprintf(timer->name, sizeof(timer->name), "timer%d", cpu);
	timer->irq = bind_virq_to_irqhandler(VIRQ_TIMER, cpu, expired,
					     IRQF_PERCPU | IRQF_NOBALANCING | IRQF_TIMER |
					     IRQF_FORCE_RESUME | IRQF_EARLY_RESUME,
					     timer->name, timer);
	if (timer->irq < 0) {
		pr_err("xen: CPU %d has no timer: %d\n", cpu, timer->irq);
		return;
	}
	xen_set_irq_priority(timer->irq, XEN_IRQ_PRIORITY_MAX);
	timer->device = model;
	timer->device.cpumask = cpumask_of(cpu);
	timer->device.irq = timer->irq;
}

/**
 * xen_setup_cpu_clockevents() - give this CPU's timer to the kernel
 *
 * Context: the CPU itself, coming up, interrupts off.
 */
void xen_setup_cpu_clockevents(void)
{
	struct xen_timer *timer = this_cpu_ptr(&xen_timers);

	xen_hv_vcpu_stop_periodic(xen_vcpu_nr(smp_processor_id()));
	if (timer->irq >= 0)
		clockevents_register_device(&timer->device);
}

/**
 * xen_timer_resume() - after restore the hypervisor's periodic timers run again
 *
 * Context: interrupts off, one CPU.
 */
void xen_timer_resume(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		xen_hv_vcpu_stop_periodic(xen_vcpu_nr(cpu));
}

/* xen_timer_slop=NS: how near an event may be. */
static int __init parse_slop(char *text)
{
	unsigned long ns;

	if (!text || kstrtoul(text, 0, &ns) || !ns || ns > NSEC_PER_SEC) {
		pr_err("xen_timer_slop: not a number of nanoseconds up to a second: %s\n",
		       text ?: "");
		return -EINVAL;
	}
	model.min_delta_ns = ns;
	model.min_delta_ticks = ns;
	return 0;
}
early_param("xen_timer_slop", parse_slop);
