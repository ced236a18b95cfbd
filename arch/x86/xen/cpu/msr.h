/* SPDX-License-Identifier: GPL-2.0 */
/* Access to machine-specific registers in a PV domain; msr.c. */
#ifndef _XEN_CPU_MSR_H
#define _XEN_CPU_MSR_H

#include <linux/types.h>

/**
 * enum xen_msr_rule - what becomes of an access to a register
 * @XEN_MSR_PASS: it is the hypervisor's to allow, refuse or emulate
 * @XEN_MSR_FS_BASE: a write is a call of its own
 * @XEN_MSR_GS_BASE: the same, of the kernel's
 * @XEN_MSR_USER_GS_BASE: the same, of user mode's
 * @XEN_MSR_ENTRY: ways into the kernel: a write is ignored, callbacks stand for them
 * @XEN_MSR_APIC_BASE: a read does not show what only a machine has
 */
enum xen_msr_rule {
	XEN_MSR_PASS,
	XEN_MSR_FS_BASE,
	XEN_MSR_GS_BASE,
	XEN_MSR_USER_GS_BASE,
	XEN_MSR_ENTRY,
	XEN_MSR_APIC_BASE,
};

enum xen_msr_rule xen_msr_rule(u32 msr);
u64 xen_msr_apic_base(u64 val, bool boot_cpu);

u64 xen_msr_read(u32 msr);
int xen_msr_read_safe(u32 msr, u64 *val);
void xen_msr_write(u32 msr, u64 val);
int xen_msr_write_safe(u32 msr, u64 val);

#endif /* _XEN_CPU_MSR_H */
