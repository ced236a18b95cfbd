// SPDX-License-Identifier: GPL-2.0
/*
 * A PV domain is saved with its page tables, whose entries are machine frames. The toolstack turns
 * them into the frames of the domain's next host, and finds them by the list of the p2m and by
 * what is pinned. So all page tables are pinned before. Nothing else may name a machine frame:
 * the two rings of the start info get the frame numbers of this domain meanwhile, and the shared
 * info page is unmapped.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <asm/fixmap.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>
#include <xen/interface/xen.h>
#include "../hv/mmu_calls.h"
#include "../xen_arch.h"

static void map_shared_info(void)
{
	set_fixmap(FIX_PARAVIRT_BOOTMAP, xen_start_info->shared_info);
	HYPERVISOR_shared_info = (void *)fix_to_virt(FIX_PARAVIRT_BOOTMAP);
}

/**
 * xen_pv_pre_suspend() - leave no machine frame where the toolstack does not look
 *
 * Context: one CPU, all others stopped, interrupts off.
 */
void xen_pv_pre_suspend(void)
{
	xen_mm_pin_all();
	xen_start_info_to_pfns();
	HYPERVISOR_shared_info = &xen_dummy_shared_info;
	if (xen_hv_va_mapping(fix_to_virt(FIX_PARAVIRT_BOOTMAP), __pte_ma(0), 0))
		panic("xen: the shared info page cannot be unmapped");
}

/**
 * xen_pv_post_suspend() - find everything again
 * @cancelled: not 0 if this domain was never away: then nobody has turned the rings' frames back
 *
 * Context: as before it.
 */
void xen_pv_post_suspend(int cancelled)
{
	xen_build_mfn_list_list();
	map_shared_info();
	xen_setup_mfn_list_list();
	if (cancelled) {
		xen_start_info_to_mfns();
	} else {
#ifdef CONFIG_SMP
		/* CPUs that were down begin anew on this host. */
		cpumask_copy(xen_cpu_initialized_map, cpu_online_mask);
#endif
		xen_vcpu_restore();
	}
	xen_mm_unpin_all();
}
