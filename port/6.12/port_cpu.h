/* SPDX-License-Identifier: GPL-2.0 */
/* CPU operations whose form differs between bases. */
#ifndef _XEN_PORT_CPU_H
#define _XEN_PORT_CPU_H

#include <asm/paravirt.h>

#include "xen_arch.h"

/* A register's value comes in halves. */
static void (*xen_port_base_write_msr)(unsigned int msr, unsigned int low,
				       unsigned int high) __ro_after_init;

static void xen_port_write_msr(unsigned int msr, unsigned int low, unsigned int high)
{
	if (!xen_switch_msr(msr, (u64)high << 32 | low))
		xen_port_base_write_msr(msr, low, high);
}

static inline void __init xen_port_switch_msr(void)
{
	xen_port_base_write_msr = pv_ops.cpu.write_msr;
	pv_ops.cpu.write_msr = xen_port_write_msr;
}

#endif /* _XEN_PORT_CPU_H */
