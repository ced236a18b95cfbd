/* SPDX-License-Identifier: GPL-2.0 */
/* Where the hypervisor enters the kernel for exceptions; traps.c. */
#ifndef _XEN_IRQ_TRAPS_H
#define _XEN_IRQ_TRAPS_H

#include <asm/desc_defs.h>

struct pt_regs;
struct trap_info;

int xen_trap_of_gate(unsigned int vector, const gate_desc *gate, struct trap_info *trap);
unsigned char xen_nmi_reason(void);
__visible void xen_write_protection_fault(struct pt_regs *regs, unsigned long error_code);

#endif /* _XEN_IRQ_TRAPS_H */
