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
void xen_gdt_take_back(struct desc_struct *gdt);
unsigned long xen_kernel_cr3(void);
void xen_start_info_to_pfns(void);
void xen_start_info_to_mfns(void);

/* mm/, for start-up */
void xen_frames_place(xpfn_t first, const xmfn_t *mfns, unsigned long n);
void xen_pt_initial(phys_addr_t *base, phys_addr_t *size);

/* cpu/ */
void xen_cpu_unbind(unsigned int cpu);
void xen_smp_send_by_events(void);
bool xen_switch_msr(u32 msr, u64 val);
void xen_switch_init(void);

/* boot/, power/shutdown.c and cpu/up_hvm.c */
void xen_del_extra_mem(unsigned long start_pfn, unsigned long n_pfns);
int xen_hvm_init_hotplug(void);
void xen_hvm_init_shutdown(void);

#endif /* _XEN_ARCH_H */
