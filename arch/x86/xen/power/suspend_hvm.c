// SPDX-License-Identifier: GPL-2.0
/* After a save, in a translated domain: page tables came along, all else is told anew. */
#include <linux/cpumask.h>
#include <linux/printk.h>
#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/xen.h>
#include "../xen_arch.h"

static void restore_upcalls(void)
{
	unsigned int cpu;
	int err;

	if (!xen_percpu_upcall) {
		xen_setup_callback_vector();
		return;
	}
	for_each_online_cpu(cpu) {
		err = xen_set_upcall_vector(cpu);
		/* The CPU would never hear of an event again. */
		if (err)
			panic("xen: no upcall for CPU %u after restore: %d", cpu, err);
	}
}

/**
 * xen_hvm_post_suspend() - tell the hypervisor where everything is
 * @cancelled: not 0 if this domain was never away
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_hvm_post_suspend(int cancelled)
{
	if (!cancelled) {
		xen_hvm_init_shared_info();
		xen_vcpu_restore();
	}
	restore_upcalls();
	xen_unplug_emulated_devices();
}
