/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the hypervisor answers, in the kernel's terms: one table for the status of grant
 * operations, one rule for everything else.
 */
#ifndef _XEN_HV_STATUS_H
#define _XEN_HV_STATUS_H

#include <linux/err.h>
#include <linux/limits.h>
#include <linux/types.h>

/**
 * xen_hv_errno() - a hypercall's return value as the kernel's
 * @rc: what the hypervisor returned
 *
 * Xen's error numbers are Linux'. A value outside of their range is not an answer that any
 * caller could handle, and would be mistaken for a pointer or a count further up.
 *
 * Return: @rc if it is not negative or is an errno, -EIO otherwise.
 */
static inline int xen_hv_errno(long rc)
{
	if (rc >= -MAX_ERRNO && rc <= INT_MAX)
		return rc;
	return -EIO;
}

/**
 * xen_hv_gnt_errno() - the status of one grant operation as an errno
 * @status: GNTST_* of the ABI
 *
 * Return: 0 for GNTST_okay; -EIO for a status that the ABI does not define, as well as for a
 * positive one, which the hypervisor writes never but callers preset.
 */
int xen_hv_gnt_errno(s16 status);

/**
 * xen_hv_gnt_name() - the status of one grant operation in words, for messages
 * @status: GNTST_* of the ABI
 *
 * Return: the words.
 */
const char *xen_hv_gnt_name(s16 status);

#endif /* _XEN_HV_STATUS_H */
