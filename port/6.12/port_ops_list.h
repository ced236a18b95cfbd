/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of pv_ops that have another form in other bases; see boot/pv_ops_list.h. */
XEN_OP(cpu, read_msr,			xen_port_read_msr),
XEN_OP(cpu, write_msr,			xen_port_write_msr),
XEN_OP(cpu, read_msr_safe,		xen_port_read_msr_safe),
XEN_OP(cpu, write_msr_safe,		xen_port_write_msr_safe),
/* A delay is a write to a port, unless it is this. */
XEN_OP(cpu, io_delay,			paravirt_nop),
