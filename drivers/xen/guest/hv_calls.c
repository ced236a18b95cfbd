// SPDX-License-Identifier: GPL-2.0
/* What a guest tells and asks the hypervisor about itself. */
#include <linux/mm.h>
#include <xen/interface/xen.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#ifdef CONFIG_XEN_HAVE_VPMU
#include <xen/interface/xenpmu.h>
#endif
#include "internal.h"

int xen_guest_version(unsigned int command, void *argument)
{
	return HYPERVISOR_xen_version(command, argument);
}

int xen_guest_shutdown(unsigned int reason)
{
	struct sched_shutdown op = { .reason = reason };

	return HYPERVISOR_sched_op(SCHEDOP_shutdown, &op);
}

/* 0 if another kernel's life goes on here, 1 if it is still the same one. */
int xen_guest_suspend(void)
{
	return HYPERVISOR_suspend(xen_pv_domain() ? virt_to_gfn(xen_start_info) : 0);
}

int xen_guest_set_runstate_area(unsigned int cpu, struct vcpu_runstate_info *area)
{
	struct vcpu_register_runstate_memory_area op = { .addr.v = area };

	return HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area, xen_vcpu_nr(cpu), &op);
}

int xen_guest_mark_runstate_updates(void)
{
	return HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag);
}

#ifdef CONFIG_XEN_HAVE_VPMU
int xen_guest_pmu(unsigned int command, struct xen_pmu_params *params)
{
	params->version.maj = XENPMU_VER_MAJ;
	params->version.min = XENPMU_VER_MIN;
	return HYPERVISOR_xenpmu_op(command, params);
}
#endif
