/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of pv_ops on the interrupt flag; pv_flags.c, and pv_asm.S for those in xen-ops.h. */
#ifndef _XEN_IRQ_FLAGS_H
#define _XEN_IRQ_FLAGS_H

void xen_safe_halt(void);
void xen_halt(void);

#endif /* _XEN_IRQ_FLAGS_H */
