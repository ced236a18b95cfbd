/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of pv_ops on descriptor tables; descriptors.c and traps.c. */
#ifndef _XEN_IRQ_DESCRIPTORS_H
#define _XEN_IRQ_DESCRIPTORS_H

#include <asm/desc_defs.h>

void xen_gdt_early_load(const struct desc_ptr *table);
void xen_gdt_load(const struct desc_ptr *table);
void xen_gdt_early_write(struct desc_struct *table, int entry, const void *desc, int type);
void xen_gdt_write(struct desc_struct *table, int entry, const void *desc, int type);

void xen_ldt_alloc(struct desc_struct *table, unsigned int entries);
void xen_ldt_free(struct desc_struct *table, unsigned int entries);
void xen_ldt_load(const void *table, unsigned int entries);
void xen_ldt_write(struct desc_struct *table, int entry, const void *desc);

void xen_idt_load(const struct desc_ptr *table);
void xen_idt_write(gate_desc *table, int entry, const gate_desc *gate);

#endif /* _XEN_IRQ_DESCRIPTORS_H */
