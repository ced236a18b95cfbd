/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls between the rooms of arch/x86/xen, by owner. Nobody outside this folder includes it.
 */
#ifndef _XEN_ARCH_H
#define _XEN_ARCH_H

#include <xen/frame.h>

/* What the base's remaining files here share with ours. */
#include "xen-ops.h"

/* hv/ */
#include "hv/batch.h"

/* mm/handover.c */
xmfn_t xen_gdt_give(struct desc_struct *gdt);
xmfn_t xen_gdt_give_early(struct desc_struct *gdt);
u64 xen_gdt_early_place(struct desc_struct *desc);
void xen_gdt_take_back(struct desc_struct *gdt);
void xen_ldt_page(void *page, pgprot_t prot);
unsigned long xen_kernel_cr3(void);
void xen_start_info_to_pfns(void);
void xen_start_info_to_mfns(void);

/* mm/, for start-up */
void xen_frames_place(xpfn_t first, const xmfn_t *mfns, unsigned long n);
void xen_pt_initial(phys_addr_t *base, phys_addr_t *size);

/* cpu/ */
void xen_cpu_unbind(unsigned int cpu);
void xen_smp_send_by_events(void);

/* boot/pv_start.c, cpu/up_pv.c and power/machine_pv.c */
void xen_pv_init_platform(void);
void xen_pv_guest_late_init(void);
void xen_pv_init_machine_ops(void);
#ifdef CONFIG_XEN_PV_SMP
int xen_cpu_prepare_pv_init(void);
#else
static inline int xen_cpu_prepare_pv_init(void)
{
	return 0;
}
#endif

/* boot/, power/shutdown.c and cpu/up_hvm.c */
void xen_del_extra_mem(unsigned long start_pfn, unsigned long n_pfns);
int xen_hvm_init_hotplug(void);
void xen_hvm_init_shutdown(void);

#endif /* _XEN_ARCH_H */
