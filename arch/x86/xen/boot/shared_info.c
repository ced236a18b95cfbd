// SPDX-License-Identifier: GPL-2.0
/*
 * What the hypervisor shares with this domain and with each of its vCPUs.
 *
 * The shared info page has room for the state of 32 vCPUs. Every vCPU's state is moved to the
 * per-CPU area, from where PV code reaches it in one instruction; per-CPU xen_vcpu says where it is
 * now. It points nowhere for a vCPU that has no state yet, so that a use of it is an oops.
 *
 * A move is for a vCPU's life: the hypervisor refuses a second one. Only a save ends all moves.
 */
#include <linux/export.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>

#include <xen/events.h>
#include <xen/features.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>

#include "../hv/cpu_calls.h"
#include "../xen_arch.h"

/* For what looks at the page before it is mapped, or while it is not. */
struct shared_info xen_dummy_shared_info;
struct shared_info *HYPERVISOR_shared_info = &xen_dummy_shared_info;

DEFINE_PER_CPU(struct vcpu_info *, xen_vcpu);
/* The ABI: may not cross a page. The size of a cache line, so aligning it to one is enough. */
DEFINE_PER_CPU_ALIGNED(struct vcpu_info, xen_vcpu_info);
static_assert(sizeof(struct vcpu_info) <= SMP_CACHE_BYTES);

/* The hypervisor's number of each of our CPUs. */
DEFINE_PER_CPU(uint32_t, xen_vcpu_id);
EXPORT_PER_CPU_SYMBOL(xen_vcpu_id);

/**
 * xen_vcpu_info_reset() - point a CPU at its place in the shared info page
 * @cpu: whose state was not moved, or is no longer where it was moved to
 */
void xen_vcpu_info_reset(int cpu)
{
	u32 vcpu = xen_vcpu_nr(cpu);

	per_cpu(xen_vcpu, cpu) = vcpu < MAX_VIRT_CPUS ?
				 &HYPERVISOR_shared_info->vcpu_info[vcpu] : NULL;
}

/**
 * xen_vcpu_setup() - move a CPU's state to its per-CPU area
 * @cpu: one that has not been moved, or whose move a save has ended
 *
 * Does nothing for a CPU of a translated domain that was moved before: it was off meanwhile.
 */
void xen_vcpu_setup(int cpu)
{
	struct vcpu_info *info = &per_cpu(xen_vcpu_info, cpu);
	int err;

	if (xen_hvm_domain() && per_cpu(xen_vcpu, cpu) == info)
		return;
	err = xen_hv_vcpu_info(xen_vcpu_nr(cpu), xgfn(arbitrary_virt_to_mfn(info)),
			       offset_in_page(info));
	/* Neither interrupts nor time would work, and nothing above can do without this CPU. */
	if (err)
		panic("xen: vCPU %u of CPU %d keeps its state elsewhere: %d", xen_vcpu_nr(cpu), cpu,
		      err);
	per_cpu(xen_vcpu, cpu) = info;
}

static void restore_cpu(int cpu)
{
	if (xen_pv_domain() || xen_feature(XENFEAT_hvm_safe_pvclock))
		xen_setup_runstate_info(cpu);
	xen_vcpu_info_reset(cpu);
	/* Bringing a translated domain's CPU up moves its state. */
	if (xen_pv_domain() || cpu_online(cpu))
		xen_vcpu_setup(cpu);
}

/**
 * xen_vcpu_restore() - move everything again after a save
 *
 * The state of a vCPU that runs cannot be moved by another one, so it is down meanwhile.
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_vcpu_restore(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		u32 vcpu = xen_vcpu_nr(cpu);
		bool down;

		if (vcpu == XEN_VCPU_ID_INVALID)
			continue;
		down = cpu != smp_processor_id() && xen_hv_vcpu_is_up(vcpu) > 0;
		if (down && xen_hv_vcpu_down(vcpu))
			panic("xen: vCPU %u cannot be stopped for restoring", vcpu);
		restore_cpu(cpu);
		if (down && xen_hv_vcpu_up(vcpu))
			panic("xen: vCPU %u cannot be started after restoring", vcpu);
	}
}
