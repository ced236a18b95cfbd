/* SPDX-License-Identifier: GPL-2.0 */
/* Calls about vCPUs. Each returns 0 or a negative errno, unless it says otherwise. */
#ifndef _XEN_HV_CPU_CALLS_H
#define _XEN_HV_CPU_CALLS_H

#include <asm/xen/hypercall.h>

#include <xen/frame.h>
#include <xen/interface/xen.h>
#include <xen/interface/callback.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>

/* Let another vCPU of this host run. */
static inline void xen_hv_yield(void)
{
	HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
}

/* Sleep until an event is pending, and enable events. */
static __always_inline int xen_hv_block(void)
{
	return HYPERVISOR_sched_op(SCHEDOP_block, NULL);
}

/* Where a vCPU that was never up shall begin; -EEXIST if it has begun before. */
static inline int xen_hv_vcpu_initialise(u32 vcpu, struct vcpu_guest_context *context)
{
	return HYPERVISOR_vcpu_op(VCPUOP_initialise, vcpu, context);
}

static inline int xen_hv_vcpu_up(u32 vcpu)
{
	return HYPERVISOR_vcpu_op(VCPUOP_up, vcpu, NULL);
}

/* For the calling vCPU: returns when another one has brought it up again. */
static inline int xen_hv_vcpu_down(u32 vcpu)
{
	return HYPERVISOR_vcpu_op(VCPUOP_down, vcpu, NULL);
}

/* 1 or 0; a negative errno if there is no such vCPU. */
static inline int xen_hv_vcpu_is_up(u32 vcpu)
{
	return HYPERVISOR_vcpu_op(VCPUOP_is_up, vcpu, NULL);
}

/*
 * Where the hypervisor keeps a vCPU's pending upcall from now on: @offset bytes into @frame. Once
 * in the life of a vCPU; -EINVAL then.
 */
static inline int xen_hv_vcpu_info(u32 vcpu, xgfn_t frame, u32 offset)
{
	struct vcpu_register_vcpu_info op = { .mfn = xgfn_n(frame), .offset = offset };

	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, vcpu, &op);
}

/* Have the calling vCPU run on the machine's CPU @cpu only; negative: no more. */
static inline int xen_hv_pin(int cpu)
{
	struct sched_pin_override op = { .pcpu = cpu };

	return HYPERVISOR_sched_op(SCHEDOP_pin_override, &op);
}

#ifdef CONFIG_XEN_PV
/* Have the calling vCPU enter the kernel at @entry for CALLBACKTYPE_*, with events masked. */
static inline int xen_hv_callback(u16 type, const void *entry)
{
	struct callback_register op = {
		.type = type,
		.flags = CALLBACKF_mask_events,
		.address = XEN_CALLBACK(__KERNEL_CS, entry),
	};

	return HYPERVISOR_callback_op(CALLBACKOP_register, &op);
}

/* Ask for a service to this kind of kernel: VMASST_TYPE_*. */
static inline int xen_hv_assist(unsigned int type, bool on)
{
	return HYPERVISOR_vm_assist(on ? VMASST_CMD_enable : VMASST_CMD_disable, type);
}
#endif

#endif /* _XEN_HV_CPU_CALLS_H */
