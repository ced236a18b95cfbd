/* SPDX-License-Identifier: GPL-2.0 */
/* Operations of pv_ops that have another form in other bases; see boot/pv_ops_list.h. */
XEN_OP(cpu, read_msr,			xen_msr_read),
XEN_OP(cpu, write_msr,			xen_msr_write),
XEN_OP(cpu, read_msr_safe,		xen_msr_read_safe),
XEN_OP(cpu, write_msr_safe,		xen_msr_write_safe),
