// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a domain: orderly, in panic, or into another kernel. The hypervisor is told why, and
 * the toolstack decides by that what becomes of the domain.
 */
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>

#include <asm/reboot.h>

#include <xen/hv_domain.h>
#include <xen/xen-ops.h>

#include "../xen_arch.h"

/* Why the domain ends if nobody says otherwise. */
static int restart_reason = SHUTDOWN_reboot;

/* xen_legacy_crash: end at once in panic, before other notifiers and the log's dumpers. */
static bool crash_at_once;

static int __init parse_legacy_crash(char *unused)
{
	crash_at_once = true;
	return 0;
}
early_param("xen_legacy_crash", parse_legacy_crash);

/**
 * xen_reboot() - end this domain
 * @reason: SHUTDOWN_*
 *
 * Does not return, unless the hypervisor refuses; SHUTDOWN_soft_reset is refused by old ones, and
 * without a toolstack.
 */
void xen_reboot(int reason)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		xen_pmu_finish(cpu);
	BUG_ON(xen_hv_shutdown(reason));
}

/**
 * xen_emergency_restart() - end this domain for the reason that there is
 *
 * Context: any.
 */
void xen_emergency_restart(void)
{
	xen_reboot(restart_reason);
}

static int on_panic(struct notifier_block *block, unsigned long event, void *text)
{
	/* The crash kernel ends the domain. */
	if (kexec_crash_loaded())
		return NOTIFY_DONE;
	if (crash_at_once)
		xen_reboot(SHUTDOWN_crash);
	restart_reason = SHUTDOWN_crash;
	/* The toolstack's configuration says what follows a crash; waiting for ever does not. */
	if (!panic_timeout)
		panic_timeout = -1;
	return NOTIFY_DONE;
}

/* After all others have had their say. */
static struct notifier_block panic_block = {
	.notifier_call = on_panic,
	.priority = INT_MIN,
};

/**
 * xen_panic_handler_init() - make a panic a crash of the domain
 *
 * Return: 0.
 */
int xen_panic_handler_init(void)
{
	return atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

#ifdef CONFIG_XEN_PVHVM
#ifdef CONFIG_KEXEC_CORE
/*
 * The next kernel finds event channels, grants and shared pages of this one; a soft reset has the
 * toolstack clear them away.
 */
static void kexec_shutdown(void)
{
	native_machine_shutdown();
	if (kexec_in_progress)
		xen_reboot(SHUTDOWN_soft_reset);
}
#endif

#ifdef CONFIG_CRASH_DUMP
static void crash_shutdown(struct pt_regs *regs)
{
	native_machine_crash_shutdown(regs);
	xen_reboot(SHUTDOWN_soft_reset);
}
#endif

/**
 * xen_hvm_init_shutdown() - hand a translated domain to its next kernel by a soft reset
 *
 * Context: start-up.
 */
void __init xen_hvm_init_shutdown(void)
{
#ifdef CONFIG_KEXEC_CORE
	machine_ops.shutdown = kexec_shutdown;
#endif
#ifdef CONFIG_CRASH_DUMP
	machine_ops.crash_shutdown = crash_shutdown;
#endif
}
#endif
