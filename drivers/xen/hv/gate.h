/* SPDX-License-Identifier: GPL-2.0 */
/* The one place that every call passes; only the door and the fake hypervisor include this. */
#ifndef _XEN_HV_GATE_H
#define _XEN_HV_GATE_H

#include <linux/static_call.h>
#include <xen/hv.h>

/**
 * xen_hv_gate_real() - the gate that leads to the hypervisor
 * @op: which operation
 * @arg: as for xen_hv_call()
 * @n: as for xen_hv_call()
 *
 * Return: what the hypervisor returned, unchecked.
 */
long xen_hv_gate_real(enum xen_hv_op op, void *arg, unsigned int n);

DECLARE_STATIC_CALL(xen_hv_gate, xen_hv_gate_real);

#endif /* _XEN_HV_GATE_H */
