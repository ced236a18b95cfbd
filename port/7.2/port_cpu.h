/* SPDX-License-Identifier: GPL-2.0 */
/* CPU operations whose form differs between bases. */
#ifndef _XEN_PORT_CPU_H
#define _XEN_PORT_CPU_H

#include <asm/paravirt.h>

#include "xen_arch.h"

static void (*xen_port_base_write_msr)(u32 msr, u64 val) __ro_after_init;

static void xen_port_write_msr(u32 msr, u64 val)
{
	if (!xen_switch_msr(msr, val))
		xen_port_base_write_msr(msr, val);
}

static inline void __init xen_port_switch_msr(void)
{
	xen_port_base_write_msr = pv_ops.cpu.write_msr;
	pv_ops.cpu.write_msr = xen_port_write_msr;
}

#endif /* _XEN_PORT_CPU_H */
