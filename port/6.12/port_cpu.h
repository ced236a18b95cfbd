/* SPDX-License-Identifier: GPL-2.0 */
/* CPU operations whose form differs between bases: here a register's value comes in halves. */
#ifndef _XEN_PORT_CPU_H
#define _XEN_PORT_CPU_H

#include <linux/hardirq.h>
#include <linux/init.h>

#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/mwait.h>
#include <asm/processor.h>

#define XEN_PORT_CPUID_MWAIT	CPUID_MWAIT_LEAF

/* 0 or -EIO. */
static __always_inline int xen_port_rdmsr(u32 msr, u64 *val)
{
	int err;

	*val = native_read_msr_safe(msr, &err);
	return err;
}

static __always_inline int xen_port_wrmsr(u32 msr, u64 val)
{
	return native_write_msr_safe(msr, lower_32_bits(val), upper_32_bits(val));
}

static __always_inline void xen_port_wrmsr_or_warn(u32 msr, u64 val)
{
	native_write_msr(msr, lower_32_bits(val), upper_32_bits(val));
}

static __always_inline void xen_port_count_upcall(void)
{
	inc_irq_stat(irq_hv_callback_count);
}

/* What is not the same in every base. */
static inline void __init xen_port_pv_info(void)
{
}

/* Before the features of a CPU are read from it. */
static inline void xen_port_scan_cpu(struct cpuinfo_x86 *c)
{
}

#endif /* _XEN_PORT_CPU_H */
