/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What port_ops_list.h names: here a register's value comes in halves.
 */
#ifndef _XEN_PORT_PV_OPS_H
#define _XEN_PORT_PV_OPS_H

#include "cpu/msr.h"

static u64 xen_port_read_msr(unsigned int msr)
{
	return xen_msr_read(msr);
}

static void xen_port_write_msr(unsigned int msr, unsigned int low, unsigned int high)
{
	xen_msr_write(msr, (u64)high << 32 | low);
}

static u64 xen_port_read_msr_safe(unsigned int msr, int *err)
{
	u64 val;

	*err = xen_msr_read_safe(msr, &val);
	return val;
}

static int xen_port_write_msr_safe(unsigned int msr, unsigned int low, unsigned int high)
{
	return xen_msr_write_safe(msr, (u64)high << 32 | low);
}

/* objtool looks for a table of this name, to check what code without instrumentation calls. */
#define XEN_OP(table, member, value) \
	.table.member = (value)
#define XEN_OP_UNTIL(when, table, member, early, late) \
	.table.member = XEN_OPS_##when ? (late) : (early)
#define XEN_OP_SAVE_UNTIL(when, table, member, early, late) \
	XEN_OP_UNTIL(when, table, member.func, (void *)(early), (void *)(late))
static const typeof(pv_ops) xen_cpu_ops __used __initconst = {
#include "boot/pv_ops_list.h"
};

#undef XEN_OP
#undef XEN_OP_UNTIL
#undef XEN_OP_SAVE_UNTIL

#endif /* _XEN_PORT_PV_OPS_H */
