/* SPDX-License-Identifier: GPL-2.0 */
/* The ways into the hypervisor, see entry.c. */
#ifndef _XEN_HV_ENTRY_H
#define _XEN_HV_ENTRY_H

/* xen-head.S and irq/pv_asm.S; registers are those of the hypercall ABI. */
void xen_hypercall_pv(void);
void xen_hypercall_hvm(void);
void xen_hypercall_amd(void);
void xen_hypercall_intel(void);

void xen_hypercall_setfunc(void);
void *__xen_hypercall_setfunc(void);

#endif /* _XEN_HV_ENTRY_H */
