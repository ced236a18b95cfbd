// SPDX-License-Identifier: GPL-2.0
/* What kind of domain this kernel runs in, and on which hypervisor. */
#include <linux/cache.h>
#include <linux/console.h>
#include <linux/export.h>
#include <linux/printk.h>

#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/setup.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>

#include <xen/features.h>
#include <xen/hv_domain.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "../xen_arch.h"

/* PVH sets these before .bss is cleared, so they are elsewhere. */
enum xen_domain_type xen_domain_type __ro_after_init = XEN_NATIVE;
EXPORT_SYMBOL_GPL(xen_domain_type);
uint32_t xen_start_flags __ro_after_init;
EXPORT_SYMBOL(xen_start_flags);

/* PV only: what the domain was started with. */
struct start_info *xen_start_info;
EXPORT_SYMBOL_GPL(xen_start_info);

/* PV only: the hypervisor's table from machine frames to this domain's, and its length. */
unsigned long *machine_to_phys_mapping = (unsigned long *)MACH2PHYS_VIRT_START;
EXPORT_SYMBOL(machine_to_phys_mapping);
unsigned long machine_to_phys_nr;
EXPORT_SYMBOL(machine_to_phys_nr);

/**
 * xen_banner() - say at start-up where we are
 */
void __init xen_banner(void)
{
	union xen_hv_text text = { };
	int version = xen_hv_version();

	xen_hv_version_text(XEN_HV_VERSION_EXTRA, &text);
	pr_info("xen: %s on version %u.%u%.*s%s\n", pv_info.name, version >> 16, version & 0xffff,
		(int)sizeof(text.extra.extraversion), text.extra.extraversion,
		xen_initial_domain() ? ", the initial domain" : "");
}

/**
 * xen_running_on_version_or_later() - is the hypervisor new enough for what it does not announce
 * @major: its first number
 * @minor: its second one
 *
 * Return: true if so; false also without a hypervisor.
 */
bool xen_running_on_version_or_later(unsigned int major, unsigned int minor)
{
	int version = xen_domain() ? xen_hv_version() : -1;

	return version >= 0 && version >= (int)(major << 16 | minor);
}

/**
 * xen_add_preferred_consoles() - where messages of a dom0 go unless the command line says
 *
 * The last one becomes /dev/console: the screen if there is one.
 */
void __init xen_add_preferred_consoles(void)
{
	bool screen = boot_params.screen_info.orig_video_isVGA;

	add_preferred_console("xenboot", 0, NULL);
	add_preferred_console(screen ? "hvc" : "tty", 0, NULL);
	add_preferred_console(screen ? "tty" : "hvc", 0, NULL);
}
