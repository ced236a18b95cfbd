// SPDX-License-Identifier: GPL-2.0
/*
 * The start of a PV domain: the first C code, and what the kernel asks of its hypervisor later on.
 * What is done in between is the table in pv_steps.c.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/start_kernel.h>
#include <linux/static_call.h>
#include <linux/virtio_anchor.h>

#include <asm/bootparam.h>
#include <asm/cpufeature.h>
#include <asm/fixmap.h>
#include <asm/hypervisor.h>
#include <asm/mtrr.h>
#include <asm/pgalloc.h>
#include <asm/setup.h>
#include <asm/text-patching.h>
#include <asm/tlbflush.h>
#include <asm/x86_init.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "../xen_arch.h"
#include "pv_boot.h"
#include "steps.h"

/* In place of iretq until alternatives are patched; in the kernel's entry code. */
void early_xen_iret_patch(void);

/* What hypercalls, and telling one kind of domain from another, take. No step can do without. */
static void __init become_pv(struct start_info *start)
{
	xen_start_info = start;
	xen_start_flags = start->flags;
	xen_domain_type = XEN_PV_DOMAIN;
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	static_call_update_early(xen_hypercall, xen_hypercall_pv);
	__text_gen_insn(early_xen_iret_patch, JMP32_INSN_OPCODE, early_xen_iret_patch, xen_iret,
			JMP32_INSN_SIZE);
	/* The hypervisor begins with events masked. */
	early_boot_irqs_disabled = true;
}

/**
 * xen_start_kernel() - where the assembler entry goes
 * @start: what the hypervisor or the toolstack tells the domain
 *
 * Returns only without @start.
 */
asmlinkage __visible void __init xen_start_kernel(struct start_info *start)
{
	if (!start)
		return;
	clear_bss();
	become_pv(start);
	if (xen_pv_steps(&boot_params))
		xen_boot_give_up(NULL);
	cr4_init_shadow();
	x86_64_start_reservations((char *)__pa_symbol(&boot_params));
}

/* Where a page of the hypervisor's is mapped for good. */
static void __init map_shared_info(void)
{
	populate_extra_pte(fix_to_virt(FIX_PARAVIRT_BOOTMAP));
	set_fixmap(FIX_PARAVIRT_BOOTMAP, xen_start_info->shared_info);
	HYPERVISOR_shared_info = (void *)fix_to_virt(FIX_PARAVIRT_BOOTMAP);
	xen_vcpu_info_reset(0);
}

/**
 * xen_pv_init_platform() - what has to wait until there are fixed mappings
 *
 * Context: boot, by x86_init.
 */
void __init xen_pv_init_platform(void)
{
	/* The memory of a PV domain can be reached from outside by grants only. */
	if (IS_ENABLED(CONFIG_XEN_VIRTIO))
		virtio_set_mem_acc_cb(xen_virtio_restricted_mem_acc);
	map_shared_info();
	xen_init_time_ops();
	if (xen_initial_domain())
		xen_dom0_mtrr();
	else
		guest_force_mtrr_state(NULL, 0, MTRR_TYPE_WRBACK);
	/* Before CPUs are enumerated. */
	xen_smp_count_cpus();
}

/**
 * xen_pv_guest_late_init() - what has to wait until it is known which CPUs there can be
 *
 * With SMP, that is later: when the boot CPU is prepared.
 *
 * Context: boot, by x86_init.
 */
void __init xen_pv_guest_late_init(void)
{
	if (!IS_ENABLED(CONFIG_SMP))
		xen_setup_vcpu_info_placement();
}

static u32 __init detect(void)
{
	return xen_pv_domain() ? xen_cpuid_base() : 0;
}

const __initconst struct hypervisor_x86 x86_hyper_xen_pv = {
	.name			= "Xen PV",
	.type			= X86_HYPER_XEN_PV,
	.detect			= detect,
	.runtime.pin_vcpu	= xen_pin_vcpu,
	.ignore_nopv		= true,
};
