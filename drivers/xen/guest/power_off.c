// SPDX-License-Identifier: GPL-2.0
/*
 * Ending a PVH domain. It has no device model and no ACPI sleep states, so nothing else does it,
 * and the toolstack would wait for ever. A control domain has the machine's firmware for it.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/reboot.h>
#include <xen/hv_domain.h>
#include <xen/xen.h>

static int end_domain(struct sys_off_data *data)
{
	unsigned int reason = data->mode == SYS_OFF_MODE_RESTART ? SHUTDOWN_reboot :
								    SHUTDOWN_poweroff;
	int err = xen_hv_shutdown(reason);

	/* It does not return if it works. */
	pr_emerg("the domain cannot be ended: %d\n", err);
	return NOTIFY_DONE;
}

static int __init end_domain_init(void)
{
	static const enum sys_off_mode modes[] = { SYS_OFF_MODE_POWER_OFF, SYS_OFF_MODE_RESTART };
	struct sys_off_handler *handler;
	unsigned int i;

	if (!xen_pvh_domain() || xen_initial_domain())
		return 0;
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		handler = register_sys_off_handler(modes[i], SYS_OFF_PRIO_DEFAULT, end_domain,
						   NULL);
		if (IS_ERR(handler))
			pr_err("this domain cannot end itself: %pe\n", handler);
	}
	return 0;
}
device_initcall(end_domain_init);
