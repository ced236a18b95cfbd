// SPDX-License-Identifier: GPL-2.0
/*
 * Start-up of a PVH domain: what the base's entry (arch/x86/platform/pvh) has us do before it goes
 * on as on a PC, and before it clears .bss. So nothing here writes there.
 */
#include <linux/acpi.h>
#include <linux/cpufreq.h>
#include <linux/cpuidle.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/pfn.h>
#include <linux/printk.h>

#include <asm/e820/types.h>
#include <asm/setup.h>
#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>

#include <xen/acpi.h>
#include <xen/hv_physdev.h>
#include <xen/xen.h>

#include "../hv/boot_calls.h"
#include "../xen_arch.h"
#include "pvh_map.h"
#include "steps.h"

bool xen_pvh __ro_after_init;
EXPORT_SYMBOL_GPL(xen_pvh);

static void __init keep_from_kernel(u64 first_pfn, u64 pages)
{
	xen_add_extra_mem(first_pfn, pages);
}

/*
 * dom0 has the machine's memory map, in which memory that is not dom0's is unusable. It is a good
 * place for mapping what other domains grant: no device can be there.
 */
static int __init claim_unusable(struct boot_params *bp)
{
	xen_pvh_claim_unusable(bp->e820_table, &bp->e820_entries, ARRAY_SIZE(bp->e820_table),
			       EXTRA_MEM_RATIO, keep_from_kernel);
	return 0;
}

static int __init choose_consoles(struct boot_params *bp)
{
	if (xen_initial_domain())
		xen_add_preferred_consoles();
	return 0;
}

/*
 * dom0's ACPI tables are the machine's, with its idle and frequency states. The hypervisor drives
 * those; a domain's tables have none.
 */
static int __init leave_power_alone(struct boot_params *bp)
{
	if (!xen_initial_domain())
		return 0;
	disable_cpuidle();
	disable_cpufreq();
	if (xen_set_default_idle())
		pr_warn("xen: another idle function than the hypervisor's is in use\n");
	return 0;
}

static const struct xen_boot_step late_steps[] __initconst = {
	{ "finding frames for foreign memory",	claim_unusable },
	{ "choosing consoles",			choose_consoles },
	{ "leaving power to the hypervisor",	leave_power_alone },
};

static void __init arch_setup(void)
{
	if (xen_boot_steps("PVH", late_steps, ARRAY_SIZE(late_steps), &boot_params))
		panic("xen: PVH start-up failed");
}

static int __init name_domain(struct boot_params *bp)
{
	xen_pvh = true;
	xen_domain_type = XEN_HVM_DOMAIN;
	xen_start_flags = pvh_start_info.flags;
	return 0;
}

static int __init take_hooks(struct boot_params *bp)
{
	x86_init.oem.arch_setup = arch_setup;
	x86_init.oem.banner = xen_banner;
	return 0;
}

static int __init find_efi(struct boot_params *bp)
{
	xen_efi_init(bp);
	return 0;
}

static int __init find_screen(struct boot_params *bp)
{
	struct xen_platform_op op = { };
	int known = xen_initial_domain() ? xen_hv_screen(&op) : 0;

	if (known > 0)
		xen_init_vga(&op.u.dom0_console, min_t(size_t, known, sizeof(op.u.dom0_console)),
			     &bp->screen_info);
	return 0;
}

static const struct xen_boot_step early_steps[] __initconst = {
	{ "naming the domain",		name_domain },
	{ "taking the kernel's hooks",	take_hooks },
	{ "finding EFI",		find_efi },
	{ "finding the screen",		find_screen },
};

/**
 * xen_pvh_init() - called by the base's entry, instead of looking for firmware
 * @boot_params: to be completed
 *
 * Context: the boot CPU before anything else of the kernel.
 */
void __init xen_pvh_init(struct boot_params *boot_params)
{
	if (xen_boot_steps("PVH", early_steps, ARRAY_SIZE(early_steps), boot_params))
		xen_boot_give_up(NULL);
}

/**
 * mem_map_via_hcall() - called by the base's entry if the start info has no memory map
 * @boot_params_p: its map is filled
 *
 * Context: as above.
 */
void __init mem_map_via_hcall(struct boot_params *boot_params_p)
{
	unsigned int n = ARRAY_SIZE(boot_params_p->e820_table);

	if (xen_hv_memory_map(false, boot_params_p->e820_table, &n))
		xen_boot_give_up("neither start info nor hypervisor have a memory map");
	boot_params_p->e820_entries = n;
}

#ifdef CONFIG_XEN_DOM0
/**
 * xen_pvh_setup_gsi() - tell the hypervisor how an interrupt pin of the machine works
 * @gsi: which
 * @trigger: ACPI_*_SENSITIVE
 * @polarity: ACPI_ACTIVE_*
 *
 * Return: 0, also if the hypervisor knows; or a negative errno.
 */
int xen_pvh_setup_gsi(int gsi, int trigger, int polarity)
{
	int err = xen_hv_physdev_setup_gsi(gsi, trigger != ACPI_EDGE_SENSITIVE,
					   polarity != ACPI_ACTIVE_HIGH);

	if (err == -EEXIST)
		return 0;
	if (err)
		pr_warn("xen: GSI %d cannot be set up: %d\n", gsi, err);
	return err;
}
EXPORT_SYMBOL_GPL(xen_pvh_setup_gsi);
#endif
