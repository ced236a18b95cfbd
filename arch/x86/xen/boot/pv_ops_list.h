/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every operation on CPUs and interrupts of a PV domain; mm/ops_list.h has those on page tables.
 *
 *	XEN_OP(table, member, value)			from the start on
 *	XEN_OP_UNTIL(stage, table, member, early, late)	until pv_ops.c's @stage, and from then on
 *	XEN_OP_SAVE_UNTIL(...)				the same; all registers are preserved
 *
 * Those that have another form in other bases are in port_ops_list.h.
 */
XEN_OP(cpu, cpuid,			xen_boot_cpuid),
XEN_OP(cpu, get_debugreg,		xen_regs_get_debugreg),
XEN_OP(cpu, set_debugreg,		xen_regs_set_debugreg),
XEN_OP(cpu, read_cr0,			xen_regs_read_cr0),
XEN_OP(cpu, write_cr0,			xen_regs_write_cr0),
XEN_OP(cpu, write_cr4,			xen_regs_write_cr4),
XEN_OP(cpu, read_pmc,			xen_read_pmc),

XEN_OP(cpu, load_tr_desc,		paravirt_nop),
XEN_OP(cpu, store_tr,			xen_regs_store_tr),
XEN_OP_UNTIL(GDT, cpu, load_gdt,	xen_gdt_early_load,	xen_gdt_load),
XEN_OP_UNTIL(GDT, cpu, write_gdt_entry,	xen_gdt_early_write,	xen_gdt_write),
XEN_OP(cpu, load_idt,			xen_idt_load),
XEN_OP(cpu, write_idt_entry,		xen_idt_write),
XEN_OP(cpu, alloc_ldt,			xen_ldt_alloc),
XEN_OP(cpu, free_ldt,			xen_ldt_free),
XEN_OP(cpu, set_ldt,			xen_ldt_load),
XEN_OP(cpu, write_ldt_entry,		xen_ldt_write),

XEN_OP(cpu, start_context_switch,	xen_switch_begin),
XEN_OP(cpu, load_tls,			xen_switch_load_tls),
XEN_OP(cpu, end_context_switch,		xen_switch_end),
XEN_OP(cpu, load_gs_index,		xen_switch_gs_index),
XEN_OP(cpu, load_sp0,			xen_switch_sp0),
#ifdef CONFIG_X86_IOPL_IOPERM
XEN_OP(cpu, invalidate_io_bitmap,	xen_io_no_bitmap),
XEN_OP(cpu, update_io_bitmap,		xen_io_update_bitmap),
#endif

/* Until vcpu_info is in the per-CPU area, events stay masked. */
XEN_OP_SAVE_UNTIL(VCPU_INFO, irq, save_fl,	paravirt_ret0,	xen_save_fl_direct),
XEN_OP_SAVE_UNTIL(VCPU_INFO, irq, irq_disable,	paravirt_nop,	xen_irq_disable_direct),
XEN_OP_SAVE_UNTIL(VCPU_INFO, irq, irq_enable,	BUG_func,	xen_irq_enable_direct),
XEN_OP_SAVE_UNTIL(VCPU_INFO, mmu, read_cr2,	xen_read_cr2,	xen_read_cr2_direct),
XEN_OP(irq, safe_halt,			xen_safe_halt),
XEN_OP(irq, halt,			xen_halt),

#include "../port_ops_list.h"
