// SPDX-License-Identifier: GPL-2.0
/*
 * Start-up of a translated domain, HVM or PVH, from where the kernel looks for a hypervisor: CPUID
 * names it. A bare machine gets as far as that look.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/virtio_anchor.h>

#include <asm/apic.h>
#include <asm/e820/api.h>
#include <asm/early_ioremap.h>
#include <asm/hypervisor.h>
#include <asm/io_apic.h>
#include <asm/paravirt.h>
#include <asm/reboot.h>
#include <asm/setup.h>
#include <asm/timer.h>
#include <asm/x86_init.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypervisor.h>

#include <xen/events.h>
#include <xen/features.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "../hv/boot_calls.h"
#include "../xen_arch.h"
#include "steps.h"

/*
 * Events reach a CPU through an interrupt vector: one that each CPU sets for itself, or one for
 * all. Without a vector they are an interrupt of the emulated PC, and only the first CPU has them.
 */
bool xen_percpu_upcall __ro_after_init;
EXPORT_SYMBOL_GPL(xen_percpu_upcall);
bool xen_have_vector_callback __read_mostly = true;
EXPORT_SYMBOL_GPL(xen_have_vector_callback);

static int __init parse_no_vector(char *unused)
{
	xen_have_vector_callback = false;
	return 0;
}
early_param("xen_no_vector_callback", parse_no_vector);

static int __init parse_nopv(char *unused)
{
	pr_notice("xen_nopv is deprecated: it is nopv now\n");
	if (xen_cpuid_base())
		nopv = true;
	return 0;
}
early_param("xen_nopv", parse_nopv);

/* Memory that the shared info page has taken the place of. */
static xgfn_t shared_info_at __ro_after_init;

static int __init name_domain(struct boot_params *bp)
{
	u32 version = cpuid_eax(xen_cpuid_base() + 1);

	xen_domain_type = XEN_HVM_DOMAIN;
	pv_info.name = xen_pvh_domain() ? "Xen PVH" : "Xen HVM";
	pr_info("Xen version %u.%u\n", version >> 16, version & 0xffff);
	return 0;
}

static int __init ask_features(struct boot_params *bp)
{
	xen_setup_features();
	return 0;
}

/* A kernel that follows a crash may run on any vCPU. */
static int __init find_own_number(struct boot_params *bp)
{
	u32 eax, ebx, ecx, edx;

	cpuid(xen_cpuid_base() + 4, &eax, &ebx, &ecx, &edx);
	this_cpu_write(xen_vcpu_id, eax & XEN_HVM_CPUID_VCPU_ID_PRESENT ? ebx :
							smp_processor_id());
	return 0;
}

/*
 * Any page of memory will do. A low one costs no large page of the hypervisor's mapping; firmware
 * of such a domain leaves all but the first alone.
 */
static phys_addr_t __init find_free_page(void)
{
	phys_addr_t pa;

	for (pa = PAGE_SIZE; pa < SZ_4G; pa += PAGE_SIZE)
		if (e820__mapped_all(pa, pa + PAGE_SIZE, E820_TYPE_RAM) &&
		    !memblock_is_reserved(pa))
			return pa;
	return 0;
}

/**
 * xen_hvm_init_shared_info() - have the shared info page at its place, also after a save
 *
 * Context: start-up, or one CPU with interrupts off.
 */
void xen_hvm_init_shared_info(void)
{
	int err = xen_hv_map_shared_info(shared_info_at);

	if (err)
		panic("xen: no shared info page at %#lx: %d", xgfn_n(shared_info_at), err);
}

static int __init place_shared_info(struct boot_params *bp)
{
	phys_addr_t pa = find_free_page();
	int err;

	if (!pa)
		return -ENOMEM;
	memblock_reserve(pa, PAGE_SIZE);
	shared_info_at = xgfn(PHYS_PFN(pa));
	err = xen_hv_map_shared_info(shared_info_at);
	if (err)
		return err;
	HYPERVISOR_shared_info = early_memremap(pa, PAGE_SIZE);
	if (!HYPERVISOR_shared_info)
		return -ENOMEM;
	/* Time is read from there before the state is moved. */
	xen_vcpu_info_reset(0);
	return 0;
}

static int __init start_panic(struct boot_params *bp)
{
	return xen_panic_handler_init();
}

static int __init start_cpus(struct boot_params *bp)
{
	xen_hvm_smp_init();
	return xen_hvm_init_hotplug();
}

static int __init unplug(struct boot_params *bp)
{
	xen_unplug_emulated_devices();
	return 0;
}

static int __init take_hooks(struct boot_params *bp)
{
	if (IS_ENABLED(CONFIG_XEN_VIRTIO_FORCE_GRANT))
		virtio_set_mem_acc_cb(xen_virtio_restricted_mem_acc);
	x86_init.irqs.intr_init = xen_init_IRQ;
	xen_hvm_init_time_ops();
	xen_hvm_init_mmu_ops();
	xen_hvm_init_shutdown();
	/* It ticks, but perhaps too late for the check on a machine that is busy. */
	no_timer_check = 1;
	return 0;
}

static const struct xen_boot_step steps[] __initconst = {
	{ "naming the domain",			name_domain },
	{ "asking what the hypervisor can",	ask_features },
	{ "finding the vCPU's number",		find_own_number },
	{ "placing the shared info page",	place_shared_info },
	{ "hooking panic",			start_panic },
	{ "preparing CPUs",			start_cpus },
	{ "unplugging emulated devices",	unplug },
	{ "taking the kernel's hooks",		take_hooks },
};

static void __init init_platform(void)
{
	int err;

	if (xen_pv_domain())
		return;
	err = xen_boot_steps("HVM", steps, ARRAY_SIZE(steps), &boot_params);
	if (err)
		panic("xen: start-up failed: %d", err);
}

/* The direct map is there, and early mappings end. The boot CPU's state moves along. */
static void __init move_shared_info(void)
{
	early_memunmap(HYPERVISOR_shared_info, PAGE_SIZE);
	HYPERVISOR_shared_info = __va(PFN_PHYS(xgfn_n(shared_info_at)));
	xen_vcpu_info_reset(0);
}

/* ACPI's tables have been read. */
static void __init guest_late_init(void)
{
#ifdef CONFIG_XEN_PVH
	/* No PC around it: PVH, even if a boot loader has entered the kernel as on a PC. */
	if (!xen_pvh && (x86_platform.legacy.rtc || !x86_platform.legacy.no_vga))
		return;
	if (nopv)
		panic("xen: nopv leaves a PVH domain without any device");
	xen_pvh = true;
	pv_info.name = "Xen PVH";
	machine_ops.emergency_restart = xen_emergency_restart;
	/* What ACPI assumes without an IO-APIC is a PIC, and there is none either. */
	if (!nr_ioapics && acpi_irq_model == ACPI_IRQ_MODEL_PIC)
		acpi_irq_model = ACPI_IRQ_MODEL_PLATFORM;
#endif
}

static bool __init x2apic_available(void)
{
	return x2apic_supported();
}

static bool __init msi_ext_dest_id(void)
{
	return cpuid_eax(xen_cpuid_base() + 4) & XEN_HVM_CPUID_EXT_DEST_ID;
}

/* Nothing of ours in an HVM domain but the look for PVH, which cannot do without. */
static void __init forget_hooks(struct hypervisor_x86 *xen)
{
	xen->init.init_platform = x86_init_noop;
	xen->init.init_mem_mapping = x86_init_noop;
	xen->init.x2apic_available = bool_x86_init_noop;
	xen->runtime.pin_vcpu = x86_op_int_noop;
}

static u32 __init detect(void)
{
	u32 base;

	if (xen_pv_domain())
		return 0;
	base = xen_cpuid_base();
	if (!base)
		return 0;
	xen_hypercall_setfunc();
	if (!nopv)
		return base;
	if (xen_pvh_domain()) {
		pr_info("nopv is ignored: this is a PVH domain\n");
		nopv = false;
	} else {
		forget_hooks(&x86_hyper_xen_hvm);
	}
	return base;
}

struct hypervisor_x86 x86_hyper_xen_hvm __initdata = {
	.name			= "Xen HVM",
	.type			= X86_HYPER_XEN_HVM,
	.detect			= detect,
	.ignore_nopv		= true,		/* has to look for PVH, see detect() */
	.init = {
		.init_platform		= init_platform,
		.x2apic_available	= x2apic_available,
		.init_mem_mapping	= move_shared_info,
		.guest_late_init	= guest_late_init,
		.msi_ext_dest_id	= msi_ext_dest_id,
	},
	.runtime.pin_vcpu	= xen_pin_vcpu,
};
