/* SPDX-License-Identifier: GPL-2.0 */
/* Where the hypervisor enters the kernel for exceptions; traps.c. */
#ifndef _XEN_IRQ_TRAPS_H
#define _XEN_IRQ_TRAPS_H

#include <asm/desc_defs.h>

struct trap_info;

int xen_trap_of_gate(unsigned int vector, const gate_desc *gate, struct trap_info *trap);
unsigned char xen_nmi_reason(void);

#endif /* _XEN_IRQ_TRAPS_H */
