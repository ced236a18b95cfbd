// SPDX-License-Identifier: GPL-2.0
/*
 * The start of a PV domain as a table. Each step may rely on those above it and on none below: what
 * that means is said where it is not plain. Nothing but hypercalls works at the first step; at the
 * last one the kernel can begin as on a machine.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/pci.h>

#include <asm/apic.h>
#include <asm/bootparam.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/numa.h>
#include <asm/paravirt.h>
#include <asm/pci_x86.h>
#include <asm/processor.h>
#include <asm/setup.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>
#include <asm/xen/pci.h>

#include <xen/acpi.h>
#include <xen/events.h>
#include <xen/features.h>
#include <xen/hvc-console.h>
#include <xen/xen-ops.h>

#include "../../kernel/cpu/cpu.h"

#include "../hv/desc_calls.h"
#include "../irq/traps.h"
#include "../xen_arch.h"
#include "pv_boot.h"
#include "steps.h"

#include "../port_cpu.h"

/* In boot_params, by the boot protocol's list. */
#define LOADER_XEN	0x90

void *xen_initial_gdt;

static int __init read_features(struct boot_params *bp)
{
	xen_setup_features();
	return 0;
}

/* From here on, what a PV kernel must not do by instructions it does by hypercalls. */
static int __init set_operations(struct boot_params *bp)
{
	pv_info.name = "Xen";
	pv_info.extra_user_64bit_cs = FLAT_USER_CS64;
	xen_port_pv_info();
	xen_pv_set_ops(XEN_OPS_START);
	/* The interrupt flag is in the (dummy) shared info page; printk() looks at it. */
	xen_vcpu_info_reset(0);
	return 0;
}

static int __init set_hooks(struct boot_params *bp)
{
	x86_platform.get_nmi_reason = xen_nmi_reason;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;
	x86_init.resources.memory_setup = xen_memory_setup;
	x86_init.irqs.intr_init = xen_init_IRQ;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_64_probe_apic;
	x86_init.oem.arch_setup = xen_arch_setup;
	x86_init.oem.banner = xen_banner;
	x86_init.hyper.init_platform = xen_pv_init_platform;
	x86_init.hyper.guest_late_init = xen_pv_guest_late_init;
	return 0;
}

/* Before any entry is made. Global entries would survive what the hypervisor flushes. */
static int __init begin_page_tables(struct boot_params *bp)
{
	xen_setup_machphys_mapping();
	xen_init_mmu_ops();
	__supported_pte_mask &= ~_PAGE_GLOBAL;
	__default_kernel_pte_mask &= ~_PAGE_GLOBAL;
	return 0;
}

static int __init find_p2m(struct boot_params *bp)
{
	xen_build_dynamic_phys_to_machine();
	return 0;
}

/* Entries need to know about NX. */
static int __init read_cpu(struct boot_params *bp)
{
	xen_port_scan_cpu(&boot_cpu_data);
	get_cpu_cap(&boot_cpu_data);
	x86_configure_nx();
	return 0;
}

/*
 * Also the per-CPU area, with the stack protector's canary. The table of CPU 0 moves with that
 * area later; the page that is first used is then given back.
 */
static int __init load_descriptors(struct boot_params *bp)
{
	switch_gdt_and_percpu_base(0);
	xen_pv_set_ops(XEN_OPS_GDT);
	xen_initial_gdt = &per_cpu(gdt_page, 0);
	per_cpu(xen_vcpu_id, 0) = 0;
	return 0;
}

static int __init catch_exceptions(struct boot_params *bp)
{
	get_cpu_address_sizes(&boot_cpu_data);
	idt_setup_early_handler();
	return 0;
}

static int __init choose_capabilities(struct boot_params *bp)
{
	xen_boot_capabilities();
	return 0;
}

static int __init set_cpu_hooks(struct boot_params *bp)
{
	xen_init_apic();
	xen_pv_init_machine_ops();
	xen_smp_init();
#ifdef CONFIG_ACPI_NUMA
	/* Nodes of the machine, by its addresses. */
	disable_srat();
#endif
	return xen_cpu_prepare_pv_init();
}

static int __init map_kernel(struct boot_params *bp)
{
	xen_setup_kernel_pagetable((pgd_t *)xen_start_info->pt_base, xen_start_info->nr_pages);
	xen_reserve_special_pages();
	return 0;
}

/* Drivers of the early kernel use ports without asking. A domain without any can do without. */
static int __init use_ports(struct boot_params *bp)
{
	int err = xen_hv_set_iopl(1);

	if (err)
		xen_raw_printk("xen: no I/O ports: %d\n", err);
	return 0;
}

static phys_addr_t __init initrd(void)
{
	if (!xen_start_info->mod_start)
		return 0;
	if (xen_start_info->flags & SIF_MOD_START_PFN)
		return PFN_PHYS(xen_start_info->mod_start);
	return __pa(xen_start_info->mod_start);
}

static int __init fill_boot_params(struct boot_params *bp)
{
	bp->hdr.type_of_loader = LOADER_XEN;
	bp->hdr.hardware_subarch = X86_SUBARCH_XEN;
	bp->hdr.ramdisk_image = initrd();
	bp->hdr.ramdisk_size = xen_start_info->mod_len;
	bp->hdr.cmd_line_ptr = __pa(xen_start_info->cmd_line);
	return 0;
}

static void __init guest_legacy(void)
{
	x86_platform.legacy.rtc = 0;
}

static void __init dom0_legacy(void)
{
	x86_platform.legacy.rtc = 1;
}

static int __init become_guest(struct boot_params *bp)
{
	if (xen_initial_domain())
		return 0;
	x86_platform.set_legacy_features = guest_legacy;
	if (pci_xen)
		x86_init.pci.arch_init = pci_xen_init;
	return 0;
}

static int __init become_dom0(struct boot_params *bp)
{
	const struct dom0_vga_console_info *screen;

	if (!xen_initial_domain())
		return 0;
	x86_platform.set_legacy_features = dom0_legacy;
	/* What stands there is the screen, for a guest a ring and its event channel. */
	screen = (void *)xen_start_info + xen_start_info->console.dom0.info_off;
	xen_init_vga(screen, xen_start_info->console.dom0.info_size, &bp->screen_info);
	xen_start_info->console.domU.mfn = 0;
	xen_start_info->console.domU.evtchn = 0;
	xen_dom0_firmware(bp);
	pci_request_acs();
	xen_acpi_sleep_register();
#ifdef CONFIG_ACPI
	/* Errors that were corrected are the hypervisor's. */
	acpi_disable_cmcff = 1;
#endif
	return 0;
}

/* Consoles depend on whether there is a screen; the first message needs the time. */
static int __init prepare_messages(struct boot_params *bp)
{
	xen_add_preferred_consoles();
	xen_setup_runstate_info(0);
	return 0;
}

static int __init set_firmware(struct boot_params *bp)
{
#ifdef CONFIG_PCI
	/* The BIOS' services need the machine. */
	pci_probe &= ~PCI_PROBE_BIOS;
#endif
	xen_efi_init(bp);
	return 0;
}

static const struct xen_boot_step steps[] __initconst = {
	{ "read the hypervisor's features",	read_features },
	{ "set operations",			set_operations },
	{ "set hooks",				set_hooks },
	{ "begin with page tables",		begin_page_tables },
	{ "find the table of frames",		find_p2m },
	{ "read the CPU's features",		read_cpu },
	{ "load descriptors",			load_descriptors },
	{ "catch exceptions",			catch_exceptions },
	{ "choose capabilities",		choose_capabilities },
	{ "set hooks for CPUs",			set_cpu_hooks },
	{ "map the kernel",			map_kernel },
	{ "use I/O ports",			use_ports },
	{ "fill in boot parameters",		fill_boot_params },
	{ "become a guest",			become_guest },
	{ "become dom0",			become_dom0 },
	{ "prepare for messages",		prepare_messages },
	{ "set up firmware",			set_firmware },
};

/**
 * xen_pv_steps() - do all that comes before the kernel's own start
 * @bp: to be filled in for it
 *
 * Return: 0, or what the step returned that failed: the hypervisor's console names it.
 */
int __init xen_pv_steps(struct boot_params *bp)
{
	return xen_boot_steps("PV", steps, ARRAY_SIZE(steps), bp);
}
