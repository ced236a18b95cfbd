/* SPDX-License-Identifier: GPL-2.0 */
/* Calls about time. Each returns 0 or a negative errno. */
#ifndef _XEN_HV_TIME_CALLS_H
#define _XEN_HV_TIME_CALLS_H

#include <asm/pvclock-abi.h>
#include <asm/xen/hypercall.h>

#include <xen/interface/xen.h>
#include <xen/interface/platform.h>
#include <xen/interface/vcpu.h>

/* @at: system time in nanoseconds at which VIRQ_TIMER shall be raised on this vCPU; 0 for never. */
static inline int xen_hv_set_timer(u64 at)
{
	return HYPERVISOR_set_timer_op(at);
}

static inline int xen_hv_vcpu_stop_periodic(u32 vcpu)
{
	return HYPERVISOR_vcpu_op(VCPUOP_stop_periodic_timer, vcpu, NULL);
}

/* A second place for the time record of @vcpu; NULL for none any more. */
static inline int xen_hv_vcpu_time_area(u32 vcpu, struct pvclock_vcpu_time_info *area)
{
	struct vcpu_register_time_memory_area op = { .addr.v = area };

	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area, vcpu, &op);
}

static inline int xen_hv_platform(struct xen_platform_op *op)
{
	return HYPERVISOR_platform_op(op);
}

#endif /* _XEN_HV_TIME_CALLS_H */
