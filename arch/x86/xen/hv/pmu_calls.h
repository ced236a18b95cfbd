/* SPDX-License-Identifier: GPL-2.0 */
/* Calls about counting events of the machine. Each returns 0 or a negative errno. */
#ifndef _XEN_HV_PMU_CALLS_H
#define _XEN_HV_PMU_CALLS_H

#include <asm/xen/hypercall.h>

#include <xen/frame.h>
#include <xen/interface/xenpmu.h>

/* Share @frame, a struct xen_pmu_data, about vCPU @vcpu. */
static inline int xen_hv_pmu_begin(u32 vcpu, xmfn_t frame)
{
	struct xen_pmu_params op = {
		.version = { .maj = XENPMU_VER_MAJ, .min = XENPMU_VER_MIN },
		.val = xmfn_n(frame),
		.vcpu = vcpu,
	};

	return HYPERVISOR_xenpmu_op(XENPMU_init, &op);
}

static inline int xen_hv_pmu_end(u32 vcpu)
{
	struct xen_pmu_params op = {
		.version = { .maj = XENPMU_VER_MAJ, .min = XENPMU_VER_MIN },
		.vcpu = vcpu,
	};

	return HYPERVISOR_xenpmu_op(XENPMU_finish, &op);
}

/* Load this vCPU's counters with what the shared page has for them. */
static inline int xen_hv_pmu_flush(void)
{
	return HYPERVISOR_xenpmu_op(XENPMU_flush, NULL);
}

/* Take over the shared page's local vector table entry. */
static inline int xen_hv_pmu_lvtpc(void)
{
	return HYPERVISOR_xenpmu_op(XENPMU_lvtpc_set, NULL);
}

#endif /* _XEN_HV_PMU_CALLS_H */
