/* SPDX-License-Identifier: GPL-2.0 */
/* User memory within the hypervisor's reach, and out of it; objtool is not to ask why. */
#ifndef _ASM_X86_XEN_PORT_SMAP_H
#define _ASM_X86_XEN_PORT_SMAP_H

#include <asm/alternative.h>
#include <asm/smap.h>

static __always_inline void xen_port_stac(void)
{
	asm volatile(ANNOTATE_IGNORE_ALTERNATIVE ASM_STAC ::: "memory", "flags");
}

static __always_inline void xen_port_clac(void)
{
	asm volatile(ANNOTATE_IGNORE_ALTERNATIVE ASM_CLAC ::: "memory", "flags");
}

#endif /* _ASM_X86_XEN_PORT_SMAP_H */
