// SPDX-License-Identifier: GPL-2.0
/*
 * The debug interrupt: "q" on the hypervisor's console makes a domain with the 2-level ABI print
 * which events it has and where they are stuck.
 */
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <asm/irq_regs.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen-ops.h>
#include "internal.h"
#include "abi_2l.h"

static void print_vcpus(unsigned int here)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct vcpu_info *vcpu = per_cpu(xen_vcpu, cpu);
		bool masked = vcpu->evtchn_upcall_mask;

		if (cpu == here && get_irq_regs())
			masked = xen_irqs_disabled(get_irq_regs());
		pr_info("vcpu %u%s: masked=%d pending=%d selector=%llx\n", cpu,
			cpu == here ? " (this)" : "", masked, vcpu->evtchn_upcall_pending,
			(u64)vcpu->evtchn_pending_sel);
	}
}

static void print_port(evtchn_port_t port)
{
	const unsigned long *mask = (unsigned long *)HYPERVISOR_shared_info->evtchn_mask;
	struct xen_event *event = xen_event_of_port(port);

	if (!event) {
		pr_info("  port %u: pending, bound by nobody\n", port);
		return;
	}
	pr_info("  port %u: pending, cpu %u, irq %u, reasons %#x%s%s%s\n", port, event->cpu,
		event->irq, event->masked, test_bit(port, mask) ? ", masked" : "",
		xen_2l_listens(event->cpu, port) ? "" : ", nobody listens",
		event->active ? ", being handled" : "");
}

/**
 * xen_debug_interrupt() - handler of VIRQ_DEBUG
 * @irq: not used
 * @dev_id: not used
 *
 * Return: IRQ_HANDLED.
 */
irqreturn_t xen_debug_interrupt(int irq, void *dev_id)
{
	static DEFINE_SPINLOCK(one_at_a_time);
	unsigned long flags;
	evtchn_port_t port;

	spin_lock_irqsave(&one_at_a_time, flags);
	print_vcpus(smp_processor_id());
	rcu_read_lock();
	for (port = 0; port < EVTCHN_2L_NR_CHANNELS; port++)
		if (xen_event_abi_2l.pending(port))
			print_port(port);
	rcu_read_unlock();
	spin_unlock_irqrestore(&one_at_a_time, flags);
	return IRQ_HANDLED;
}
