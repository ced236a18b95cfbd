/* SPDX-License-Identifier: GPL-2.0 */
/* Where the base has its search for a hypervisor's leaves. */
#ifndef _ASM_X86_XEN_PORT_HYPERVISOR_H
#define _ASM_X86_XEN_PORT_HYPERVISOR_H

#include <asm/cpuid/api.h>

static inline uint32_t xen_port_cpuid_base(void)
{
	return cpuid_base_hypervisor(XEN_SIGNATURE, 2);
}

#endif /* _ASM_X86_XEN_PORT_HYPERVISOR_H */
