/* SPDX-License-Identifier: GPL-2.0 */
/* Which of two instructions enters the hypervisor. */
#ifndef _XEN_HV_VENDOR_H
#define _XEN_HV_VENDOR_H

#include <linux/types.h>

/**
 * xen_vendor_has_vmmcall() - does a processor's virtualization speak AMD's dialect
 * @ebx: of CPUID leaf 0, the first letters of the vendor's name
 * @edx: the next ones
 * @ecx: the last ones
 *
 * A hypervisor may emulate the other instruction, but need not.
 *
 * Return: true for VMMCALL, false for VMCALL.
 */
static __always_inline bool xen_vendor_has_vmmcall(u32 ebx, u32 edx, u32 ecx)
{
	/* "AuthenticAMD", "HygonGenuine" */
	return (ebx == 0x68747541 && edx == 0x69746e65 && ecx == 0x444d4163) ||
	       (ebx == 0x6f677948 && edx == 0x6e65476e && ecx == 0x656e6975);
}

#endif /* _XEN_HV_VENDOR_H */
