// SPDX-License-Identifier: GPL-2.0
/* What setup_arch() has a PV domain do, and user space's ways into a PV kernel. */
#include <linux/acpi.h>
#include <linux/cpufreq.h>
#include <linux/cpuidle.h>
#include <linux/init.h>
#include <linux/pm.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/idtentry.h>
#include <asm/numa.h>
#include <asm/setup.h>
#include <asm/segment.h>
#include <asm/xen/hypervisor.h>

#include <xen/interface/callback.h>
#include <xen/xen.h>

#include "../hv/cpu_calls.h"
#include "../port_boot.h"
#include "../xen_arch.h"

/**
 * xen_enable_syscall() - have the hypervisor enter the kernel where user space's instructions would
 *
 * Context: each CPU for itself.
 */
void xen_enable_syscall(void)
{
	int err = xen_hv_callback(CALLBACKTYPE_syscall, xen_entry_SYSCALL_64);

	/* Said once, by a CPU that nothing can run on. */
	if (err)
		pr_err("xen: no system calls: %d\n", err);
	xen_port_compat_entries();
}

/* An event and a failed return to user space; system calls come by a third way. */
static void __init start_entries(void)
{
	int err = xen_hv_callback(CALLBACKTYPE_event, xen_asm_exc_xen_hypervisor_callback);

	if (!err)
		err = xen_hv_callback(CALLBACKTYPE_failsafe, xen_failsafe_callback);
	if (err)
		panic("xen: the hypervisor does not enter this kernel: %d", err);
	xen_enable_syscall();
}

/* The hypervisor has the CPUs; a vCPU without work has to say so. */
static void __init leave_power_alone(void)
{
	disable_cpuidle();
	disable_cpufreq();
	if (xen_set_default_idle())
		pr_warn("xen: another idle function than the hypervisor's is in use\n");
}

/**
 * xen_arch_setup() - the kernel's hook for setting up the platform, PV only
 */
void __init xen_arch_setup(void)
{
	xen_panic_handler_init();
	/* Updates of page tables by instructions work: early code has some. See pt_write.c. */
	xen_hv_assist(VMASST_TYPE_writable_pagetables, true);
	start_entries();

#ifdef CONFIG_ACPI
	if (!xen_initial_domain()) {
		pr_info("xen: no ACPI in this domain\n");
		disable_acpi();
	}
#endif
	strscpy(boot_command_line, (const char *)xen_start_info->cmd_line,
		min_t(size_t, MAX_GUEST_CMDLINE, COMMAND_LINE_SIZE));
	leave_power_alone();
#ifdef CONFIG_NUMA
	numa_off = 1;
#endif
}
