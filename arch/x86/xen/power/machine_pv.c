// SPDX-License-Identifier: GPL-2.0
/* The end of a PV domain, in the terms of the machine that there is not. */
#include <linux/init.h>
#include <linux/reboot.h>

#include <asm/reboot.h>

#include <xen/interface/sched.h>
#include <xen/xen-ops.h>

#include "../xen_arch.h"

static void restart(char *command)
{
	xen_reboot(SHUTDOWN_reboot);
}

static void power_off(void)
{
	xen_reboot(SHUTDOWN_poweroff);
}

/* Dom0's machine is switched off by whoever has registered for that. */
static void machine_off(void)
{
	do_kernel_power_off();
	power_off();
}

static void crash(struct pt_regs *regs)
{
	xen_reboot(SHUTDOWN_crash);
}

/**
 * xen_pv_init_machine_ops() - end this domain where the kernel would end the machine
 *
 * Context: early boot.
 */
void __init xen_pv_init_machine_ops(void)
{
	machine_ops.restart = restart;
	machine_ops.halt = power_off;
	machine_ops.power_off = machine_off;
	machine_ops.shutdown = power_off;
	machine_ops.crash_shutdown = crash;
	machine_ops.emergency_restart = xen_emergency_restart;
}
