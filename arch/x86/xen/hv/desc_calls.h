/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls for what a kernel of a machine does with privileged instructions: descriptors, segments,
 * debug registers, I/O. Each returns 0 or a negative errno, unless it says otherwise.
 */
#ifndef _XEN_HV_DESC_CALLS_H
#define _XEN_HV_DESC_CALLS_H

#include <asm/desc_defs.h>
#include <asm/xen/hypercall.h>

#include <xen/frame.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>

/* Where the calling vCPU goes for exceptions; others stay as they are. @traps ends with zeros. */
static inline int xen_hv_set_traps(struct trap_info *traps)
{
	return HYPERVISOR_set_trap_table(traps);
}

/* Use a descriptor table of one page, which is mapped read-only everywhere. */
static inline int xen_hv_set_gdt(xmfn_t frame, unsigned int entries)
{
	unsigned long frames[] = { xmfn_n(frame) };

	return HYPERVISOR_set_gdt(frames, entries);
}

/* Change a descriptor in memory that this domain cannot write. @at: its machine address. */
static inline int xen_hv_set_descriptor(u64 at, const struct desc_struct *desc)
{
	return HYPERVISOR_update_descriptor(at, *(const u64 *)desc);
}

/* @which: SEGBASE_*. @value: a base, or for SEGBASE_GS_USER_SEL a selector. */
static inline int xen_hv_set_segment(unsigned int which, u64 value)
{
	return HYPERVISOR_set_segment_base(which, value);
}

/* Have the next use of the FPU trap, or not. */
static inline int xen_hv_fpu_trap(bool trap)
{
	return xen_single_call(__HYPERVISOR_fpu_taskswitch, trap, 0, 0, 0, 0);
}

static __always_inline int xen_hv_set_debugreg(int reg, unsigned long val)
{
	return HYPERVISOR_set_debugreg(reg, val);
}

/* Returns what the register holds. */
static __always_inline unsigned long xen_hv_get_debugreg(int reg)
{
	return HYPERVISOR_get_debugreg(reg);
}

/* From which level of privilege on the calling vCPU may use all ports that its domain has. */
static inline int xen_hv_set_iopl(unsigned int iopl)
{
	struct physdev_set_iopl op = { .iopl = iopl };

	return HYPERVISOR_physdev_op(PHYSDEVOP_set_iopl, &op);
}

/* Which of its domain's ports the calling vCPU's user mode may use: a bit per port, 0 if it may. */
static inline int xen_hv_set_io_bitmap(void *bitmap, unsigned int ports)
{
	struct physdev_set_iobitmap op = { .bitmap = bitmap, .nr_ports = ports };

	return HYPERVISOR_physdev_op(PHYSDEVOP_set_iobitmap, &op);
}

/* Read a register of an I/O APIC, which is the hypervisor's. */
static inline int xen_hv_read_ioapic(unsigned long base, u32 reg, u32 *val)
{
	struct physdev_apic op = { .apic_physbase = base, .reg = reg };
	int err = HYPERVISOR_physdev_op(PHYSDEVOP_apic_read, &op);

	if (!err)
		*val = op.value;
	return err;
}

#endif /* _XEN_HV_DESC_CALLS_H */
