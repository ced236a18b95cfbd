// SPDX-License-Identifier: GPL-2.0
/* What a CPU of an HVM or PVH domain has in the hypervisor: its state, its upcalls, its timer. */
#include <linux/cpuhotplug.h>
#include <linux/hardirq.h>
#include <linux/percpu.h>
#include <linux/printk.h>

#include <asm/apic.h>
#include <asm/idtentry.h>
#include <asm/irq_regs.h>
#include <asm/xen/events.h>

#include <xen/events.h>
#include <xen/features.h>
#include <xen/hvm.h>
#include <xen/xen-ops.h>

#include "../port_hvm.h"
#include "../xen_arch.h"

/* Events are pending for this CPU. */
DEFINE_IDTENTRY_SYSVEC(sysvec_xen_hvm_callback)
{
	struct pt_regs *interrupted = set_irq_regs(regs);

	/* A vector of the CPU's own comes through its APIC, the one for all does not. */
	if (xen_percpu_upcall)
		apic_eoi();
	xen_port_count_upcall();
	xen_evtchn_do_upcall();
	set_irq_regs(interrupted);
}

static int bind_events(unsigned int cpu)
{
	int err = xen_percpu_upcall ? xen_set_upcall_vector(cpu) : 0;

	if (err)
		return err;
	if (xen_feature(XENFEAT_hvm_safe_pvclock))
		xen_setup_timer(cpu);
	return xen_smp_intr_init(cpu);
}

static int prepare(unsigned int cpu)
{
	int err;

	/* A CPU that did not go down in time was not cleaned up; interrupts and timer were. */
	xen_uninit_lock_cpu(cpu);
	per_cpu(xen_vcpu_id, cpu) = xen_port_acpi_number(cpu);
	xen_vcpu_setup(cpu);
	if (!xen_have_vector_callback)
		return 0;
	err = bind_events(cpu);
	if (err)
		pr_err("xen: CPU %u stays down, no events: %d\n", cpu, err);
	return err;
}

static int dead(unsigned int cpu)
{
	xen_smp_intr_free(cpu);
	if (xen_have_vector_callback && xen_feature(XENFEAT_hvm_safe_pvclock))
		xen_teardown_timer(cpu);
	return 0;
}

/**
 * xen_hvm_init_hotplug() - have CPUs of a translated domain prepared by the above
 *
 * Context: start-up.
 * Return: 0 or a negative errno.
 */
int __init xen_hvm_init_hotplug(void)
{
	return xen_cpuhp_setup(prepare, dead);
}
