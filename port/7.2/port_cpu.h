/* SPDX-License-Identifier: GPL-2.0 */
/* CPU operations whose form differs between bases. */
#ifndef _XEN_PORT_CPU_H
#define _XEN_PORT_CPU_H

#include <linux/hardirq.h>
#include <linux/init.h>

#include <asm/cpuid/api.h>
#include <asm/msr.h>
#include <asm/paravirt.h>
#include <asm/processor.h>

#define XEN_PORT_CPUID_MWAIT	CPUID_LEAF_MWAIT

/* 0 or -EIO. */
static __always_inline int xen_port_rdmsr(u32 msr, u64 *val)
{
	return native_read_msr_safe(msr, val);
}

static __always_inline int xen_port_wrmsr(u32 msr, u64 val)
{
	return native_write_msr_safe(msr, val);
}

static __always_inline void xen_port_wrmsr_or_warn(u32 msr, u64 val)
{
	native_write_msr(msr, val);
}

static __always_inline void xen_port_count_upcall(void)
{
	inc_irq_stat(HYPERVISOR_CALLBACK);
}

/* What is not the same in every base. */
static inline void __init xen_port_pv_info(void)
{
	pv_info.io_delay = false;
}

/* Before the features of a CPU are read from it. */
static inline void xen_port_scan_cpu(struct cpuinfo_x86 *c)
{
	cpuid_scan_cpu(c);
}

#endif /* _XEN_PORT_CPU_H */
