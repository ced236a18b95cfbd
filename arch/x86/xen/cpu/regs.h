/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of pv_ops on registers, and on rights to I/O ports; regs.c and io_rights.c. */
#ifndef _XEN_CPU_REGS_H
#define _XEN_CPU_REGS_H

unsigned long xen_regs_read_cr0(void);
void xen_regs_write_cr0(unsigned long cr0);
void xen_regs_write_cr4(unsigned long cr4);
void xen_regs_set_debugreg(int reg, unsigned long val);
unsigned long xen_regs_get_debugreg(int reg);
unsigned long xen_regs_store_tr(void);

void xen_io_no_bitmap(void);
void xen_io_update_bitmap(void);

#endif /* _XEN_CPU_REGS_H */
