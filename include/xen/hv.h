/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The door to the hypervisor.
 *
 * A hypercall of drivers/xen is a typed function (xen/hv_evtchn.h and its neighbours) that fills
 * the ABI's structure and passes it to xen_hv_call(). There every call goes through one static
 * call that KUnit swaps for a fake hypervisor (drivers/xen/tests/fake_hv.h).
 */
#ifndef _XEN_HV_H
#define _XEN_HV_H

#include <linux/types.h>

#define XEN_HV_OP(name, ...)	XEN_HV_##name,
/* The operations that pass the door, one per line of xen/hv_ops.h, and how many there are. */
enum xen_hv_op {
#include <xen/hv_ops.h>
	XEN_HV_OPS
};

#undef XEN_HV_OP

/**
 * xen_hv_call() - perform an operation of the hypervisor
 * @op: which
 * @arg: the ABI's argument structure, or the first of an array; may be NULL if the ABI allows it
 * @n: elements of the array for grant operations, the hypervisor's vCPU number for vCPU
 *     operations, the flags of the call otherwise unused: pass 1
 *
 * Use the typed calls; this is what they are made of.
 *
 * Context: any, if the operation allows it. Does not sleep.
 * Return: what the hypervisor returned: zero or a positive value, or a negative errno that is
 * always in the kernel's range.
 */
long xen_hv_call(enum xen_hv_op op, void *arg, unsigned int n);

/**
 * xen_hv_op_name() - an operation's name, for messages
 * @op: which
 *
 * Return: the name.
 */
const char *xen_hv_op_name(enum xen_hv_op op);

#endif /* _XEN_HV_H */
