// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs of HVM and PVH domains: brought up as on a machine, with an APIC that the hypervisor
 * emulates. Interrupts between them and locks use event channels where each CPU can have its own.
 */
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/smp.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include "../xen_arch.h"

static void __init prepare_boot_cpu(void)
{
	native_smp_prepare_boot_cpu();
	xen_vcpu_setup(0);
	/* A kernel that a crash started elsewhere than on vCPU 0 has its clock only now. */
	xen_hvm_init_time_ops();
	/* Before the kernel's calls of lock operations are patched. */
	xen_init_spinlocks();
}

static void __init prepare_cpus(unsigned int max_cpus)
{
	unsigned int cpu;

	native_smp_prepare_cpus(max_cpus);
	if (xen_have_vector_callback) {
		if (xen_smp_intr_init(0))
			panic("xen: no event channels for the boot CPU");
		xen_init_lock_cpu(0);
	}
	/* Not 0: that is a vCPU, and another CPU's. */
	for_each_possible_cpu(cpu)
		if (cpu != smp_processor_id())
			per_cpu(xen_vcpu_id, cpu) = XEN_VCPU_ID_INVALID;
}

static void cleanup_dead_cpu(unsigned int cpu)
{
	if (xen_have_vector_callback)
		xen_cpu_unbind(cpu);
}

/**
 * xen_hvm_smp_init() - take over what is ours in SMP of an HVM or PVH domain
 *
 * Context: early boot.
 */
void __init xen_hvm_smp_init(void)
{
	smp_ops.smp_prepare_boot_cpu = prepare_boot_cpu;
	smp_ops.smp_prepare_cpus = prepare_cpus;
	smp_ops.cleanup_dead_cpu = cleanup_dead_cpu;
	if (!xen_have_vector_callback) {
#ifdef CONFIG_PARAVIRT_SPINLOCKS
		nopvspin = true;
#endif
		return;
	}
	xen_smp_send_by_events();
}
