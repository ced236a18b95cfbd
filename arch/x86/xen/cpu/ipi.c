// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts from CPU to CPU: each kind is an event channel per CPU, bound before the CPU comes up.
 *
 * The kernel names them by APIC vectors; where an APIC driver is asked for one, xen_vector_of()
 * says which channel that is.
 */
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/smp.h>
#include <xen/events.h>
#include <xen/xen-ops.h>
#include "../hv/cpu_calls.h"
#include "../port_smp.h"
#include "../xen_arch.h"

static irqreturn_t reschedule(int irq, void *data)
{
	xen_port_count_reschedule();
	scheduler_ipi();
	return IRQ_HANDLED;
}

static irqreturn_t call_function(int irq, void *data)
{
	generic_smp_call_function_interrupt();
	xen_port_count_call();
	return IRQ_HANDLED;
}

static irqreturn_t call_function_single(int irq, void *data)
{
	generic_smp_call_function_single_interrupt();
	xen_port_count_call();
	return IRQ_HANDLED;
}

#ifdef CONFIG_XEN_PV
static irqreturn_t irq_work(int irq, void *data)
{
	irq_work_run();
	xen_port_count_irq_work();
	return IRQ_HANDLED;
}
#endif

enum where { IPI, VIRQ };

/* @number is a vector of ours, or a VIRQ_*. */
struct kind {
	const char *name;
	irq_handler_t handler;
	enum where where;
	unsigned int number;
};

enum { RESCHED, CALLFUNC, CALLFUNC_SINGLE, DEBUG, IRQ_WORK, PMU, NR_KINDS };

static const struct kind kinds[NR_KINDS] = {
	[RESCHED]		= { "resched", reschedule, IPI, XEN_RESCHEDULE_VECTOR },
	[CALLFUNC]		= { "callfunc", call_function, IPI, XEN_CALL_FUNCTION_VECTOR },
	[CALLFUNC_SINGLE]	= { "callfuncsingle", call_function_single, IPI,
				    XEN_CALL_FUNCTION_SINGLE_VECTOR },
	[DEBUG]			= { "debug", xen_debug_interrupt, VIRQ, VIRQ_DEBUG },
#ifdef CONFIG_XEN_PV
	[IRQ_WORK]		= { "irqwork", irq_work, IPI, XEN_IRQ_WORK_VECTOR },
	[PMU]			= { "pmu", xen_pmu_irq_handler, VIRQ, VIRQ_XENPMU },
#endif
};

/* irq is 0 where none is bound. */
struct bound {
	unsigned int irq;
	char name[24];
};

static DEFINE_PER_CPU(struct bound[NR_KINDS], xen_ipis);

static int bind(unsigned int cpu, unsigned int i)
{
	struct bound *bound = &per_cpu(xen_ipis, cpu)[i];
	const struct kind *kind = &kinds[i];
	unsigned long flags = IRQF_PERCPU | IRQF_NOBALANCING;
	int irq;

	snprintf(bound->name, sizeof(bound->name), "%s%u", kind->name, cpu);
	if (kind->where == IPI)
		irq = bind_ipi_to_irqhandler(kind->number, cpu, kind->handler, flags,
					     bound->name, NULL);
	else
		irq = bind_virq_to_irqhandler(kind->number, cpu, kind->handler, flags,
					      bound->name, NULL);
	if (irq < 0)
		return irq;
	bound->irq = irq;
	return 0;
}

static void unbind(unsigned int cpu, unsigned int from, unsigned int to)
{
	struct bound *bound = per_cpu(xen_ipis, cpu);
	unsigned int i;

	for (i = from; i <= to; i++) {
		if (bound[i].irq)
			unbind_from_irqhandler(bound[i].irq, NULL);
		bound[i].irq = 0;
	}
}

/**
 * xen_smp_intr_init() - bind what a CPU of any domain needs
 * @cpu: which; not up
 *
 * Context: process context.
 * Return: 0; a negative errno, then nothing is bound.
 */
int xen_smp_intr_init(unsigned int cpu)
{
	unsigned int i;
	int err;

	for (i = RESCHED; i <= DEBUG; i++) {
		/* The answer is a dump of the bit arrays, which FIFO does not have. */
		if (i == DEBUG && xen_fifo_events)
			continue;
		err = bind(cpu, i);
		if (err) {
			xen_smp_intr_free(cpu);
			return err;
		}
	}
	return 0;
}

/**
 * xen_smp_intr_free() - undo xen_smp_intr_init()
 * @cpu: which; gone
 */
void xen_smp_intr_free(unsigned int cpu)
{
	unbind(cpu, RESCHED, DEBUG);
}

#ifdef CONFIG_XEN_PV
/**
 * xen_smp_intr_init_pv() - bind what a CPU of a PV domain needs besides
 * @cpu: which; not up
 *
 * Context: process context.
 * Return: 0; a negative errno, then none of these is bound.
 */
int xen_smp_intr_init_pv(unsigned int cpu)
{
	int err = bind(cpu, IRQ_WORK);

	if (!err && is_xen_pmu)
		err = bind(cpu, PMU);
	if (err)
		xen_smp_intr_free_pv(cpu);
	return err;
}

/**
 * xen_smp_intr_free_pv() - undo xen_smp_intr_init_pv()
 * @cpu: which; gone
 */
void xen_smp_intr_free_pv(unsigned int cpu)
{
	unbind(cpu, IRQ_WORK, PMU);
}
#endif

/**
 * xen_cpu_unbind() - a CPU of any domain is gone: unbind its timer, its lock and its interrupts
 * @cpu: which
 *
 * Context: process context.
 */
void xen_cpu_unbind(unsigned int cpu)
{
	xen_teardown_timer(cpu);
	xen_uninit_lock_cpu(cpu);
	xen_smp_intr_free(cpu);
}

static void send(const struct cpumask *mask, enum ipi_vector vector, unsigned int but)
{
	unsigned int cpu;

	for_each_cpu_and(cpu, mask, cpu_online_mask)
		if (cpu != but)
			xen_send_IPI_one(cpu, vector);
}

void xen_smp_send_reschedule(int cpu)
{
	xen_send_IPI_one(cpu, XEN_RESCHEDULE_VECTOR);
}

void xen_smp_send_call_function_single_ipi(int cpu)
{
	if (cpu_online(cpu))
		xen_send_IPI_one(cpu, XEN_CALL_FUNCTION_SINGLE_VECTOR);
}

/* The caller waits for all of them: if one has no CPU of the machine, ours may be what it needs. */
void xen_smp_send_call_function_ipi(const struct cpumask *mask)
{
	unsigned int cpu;

	send(mask, XEN_CALL_FUNCTION_VECTOR, nr_cpu_ids);
	for_each_cpu(cpu, mask) {
		if (!xen_vcpu_stolen(cpu))
			continue;
		xen_hv_yield();
		break;
	}
}

/**
 * xen_smp_send_by_events() - have the kernel interrupt CPUs by event channels
 *
 * Context: early boot.
 */
void __init xen_smp_send_by_events(void)
{
	smp_ops.smp_send_reschedule = xen_smp_send_reschedule;
	smp_ops.send_call_func_ipi = xen_smp_send_call_function_ipi;
	smp_ops.send_call_func_single_ipi = xen_smp_send_call_function_single_ipi;
}

/* Our vector for the APIC's; negative if there is none. */
static int xen_vector_of(int vector)
{
	switch (vector) {
	case RESCHEDULE_VECTOR:
		return XEN_RESCHEDULE_VECTOR;
	case CALL_FUNCTION_VECTOR:
		return XEN_CALL_FUNCTION_VECTOR;
	case CALL_FUNCTION_SINGLE_VECTOR:
		return XEN_CALL_FUNCTION_SINGLE_VECTOR;
	case IRQ_WORK_VECTOR:
		return XEN_IRQ_WORK_VECTOR;
	/* Some callers pass the delivery mode. */
	case NMI_VECTOR:
	case APIC_DM_NMI:
		return XEN_NMI_VECTOR;
	}
	pr_err_ratelimited("xen: no event channel for vector %#x\n", vector);
	return -EINVAL;
}

static void send_vector(const struct cpumask *mask, int vector, unsigned int but)
{
	int ours = xen_vector_of(vector);

	if (ours >= 0)
		send(mask, ours, but);
}

/* What an APIC driver offers. */
void xen_send_IPI_mask(const struct cpumask *mask, int vector)
{
	send_vector(mask, vector, nr_cpu_ids);
}

void xen_send_IPI_all(int vector)
{
	send_vector(cpu_online_mask, vector, nr_cpu_ids);
}

void xen_send_IPI_self(int vector)
{
	send_vector(cpumask_of(smp_processor_id()), vector, nr_cpu_ids);
}

void xen_send_IPI_mask_allbutself(const struct cpumask *mask, int vector)
{
	send_vector(mask, vector, smp_processor_id());
}

void xen_send_IPI_allbutself(int vector)
{
	xen_send_IPI_mask_allbutself(cpu_online_mask, vector);
}
