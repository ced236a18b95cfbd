// SPDX-License-Identifier: GPL-2.0
/* What CPU hotplug of the kernel calls in every kind of domain, and pinning. */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/printk.h>

#include <asm/cpu.h>
#include <asm/xen/hypervisor.h>

#include "../hv/cpu_calls.h"
#include "../xen_arch.h"

static int on_cpu(unsigned int cpu)
{
	xen_init_lock_cpu(cpu);
	return 0;
}

/**
 * xen_cpuhp_setup() - have CPUs prepared before they come up and cleaned up after they are gone
 * @prepare: on another CPU, in process context; an error keeps the CPU down
 * @dead: the opposite
 *
 * Return: 0 or a negative errno.
 */
int xen_cpuhp_setup(int (*prepare)(unsigned int cpu), int (*dead)(unsigned int cpu))
{
	int rc = cpuhp_setup_state_nocalls(CPUHP_XEN_PREPARE, "x86/xen/guest:prepare", prepare,
					   dead);

	if (rc < 0)
		return rc;
	rc = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "x86/xen/guest:online", on_cpu, NULL);
	if (rc >= 0)
		return 0;
	cpuhp_remove_state_nocalls(CPUHP_XEN_PREPARE);
	return rc;
}

/**
 * xen_pin_vcpu() - run on one CPU of the machine, for firmware that works on that one only
 * @cpu: which; negative to end it
 *
 * Failing to end it is silent: that follows every attempt. Without pinning the caller goes on, in
 * the hope that it runs where it has to.
 *
 * Context: the vCPU that shall be pinned.
 */
void xen_pin_vcpu(int cpu)
{
	static bool hopeless;
	int err = hopeless ? 0 : xen_hv_pin(cpu);

	if (!err || cpu < 0)
		return;
	/* A CPU that is not there, or has another vCPU pinned to it, says nothing of the others. */
	hopeless = err != -EINVAL && err != -EBUSY;
	pr_warn("xen: no running on the machine's CPU %d%s: %d\n", cpu,
		hopeless ? " or any other" : "", err);
}

#ifdef CONFIG_HOTPLUG_CPU
/**
 * xen_arch_register_cpu() - show a CPU to user space that the toolstack gave
 * @cpu: which
 *
 * Context: process context; arm64 has one of this name as well.
 */
void xen_arch_register_cpu(int cpu)
{
	arch_register_cpu(cpu);
}
EXPORT_SYMBOL(xen_arch_register_cpu);

/**
 * xen_arch_unregister_cpu() - undo xen_arch_register_cpu() for a CPU that was taken away
 * @cpu: which, offline
 */
void xen_arch_unregister_cpu(int cpu)
{
	arch_unregister_cpu(cpu);
}
EXPORT_SYMBOL(xen_arch_unregister_cpu);
#endif
