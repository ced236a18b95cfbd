// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupt flag of a PV domain: a byte in vcpu_info that masks upcalls.
 *
 * While the kernel starts, it stays set and nobody can clear it. Once every vCPU's is in its
 * per-CPU area, the operations are those of pv_asm.S.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include <asm/xen/hypervisor.h>

#include <xen/xen-ops.h>

#include "../boot/pv_boot.h"
#include "../hv/cpu_calls.h"
#include "../xen_arch.h"
#include "flags.h"

/* Sleeping enables events. */
noinstr void xen_safe_halt(void)
{
	xen_hv_block();
}

/* For ever, unless events are enabled. */
void xen_halt(void)
{
	if (irqs_disabled())
		xen_hv_vcpu_down(xen_vcpu_nr(smp_processor_id()));
	else
		xen_safe_halt();
}

/**
 * xen_setup_vcpu_info_placement() - move every vCPU's vcpu_info to where it is reached at once
 *
 * Context: boot, when it is known which CPUs there can be, and before the operations on the
 * interrupt flag are patched into the code.
 */
void __init xen_setup_vcpu_info_placement(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu(xen_vcpu_id, cpu) = cpu;
		xen_vcpu_setup(cpu);
	}
	xen_pv_set_ops(XEN_OPS_VCPU_INFO);
}
