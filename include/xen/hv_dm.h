/* SPDX-License-Identifier: GPL-2.0 */
/* The typed call of device models, from xen/interface/hvm/dm_op.h. */
#ifndef _XEN_HV_DM_H
#define _XEN_HV_DM_H

#include <xen/hv.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/dm_op.h>

/**
 * struct xen_hv_dm_args - what XEN_HV_DM_OP takes beside the number of buffers
 * @dom: whose device model asks
 * @bufs: the first holds the operation
 */
struct xen_hv_dm_args {
	domid_t dom;
	struct xen_dm_op_buf *bufs;
};

/**
 * xen_hv_dm_op() - perform an operation of a domain's device model
 * @dom: the domain
 * @bufs: the first holds the operation; they may be the current process's memory
 * @n: of @bufs
 *
 * Return: 0, a positive value or a negative errno, as the operation has it.
 */
static inline int xen_hv_dm_op(domid_t dom, struct xen_dm_op_buf *bufs, unsigned int n)
{
	struct xen_hv_dm_args args = { .dom = dom, .bufs = bufs };

	return xen_hv_call(XEN_HV_DM_OP, &args, n);
}

#endif /* _XEN_HV_DM_H */
