/* SPDX-License-Identifier: GPL-2.0 */
/* The base's search for a hypervisor's leaves; the lazy modes, which it leaves to Xen. */
#ifndef _ASM_X86_XEN_PORT_HYPERVISOR_H
#define _ASM_X86_XEN_PORT_HYPERVISOR_H

#include <linux/percpu.h>

/**
 * enum xen_lazy_mode - what a CPU may put off
 * @XEN_LAZY_NONE: nothing
 * @XEN_LAZY_MMU: changes of page tables
 * @XEN_LAZY_CPU: changes of the CPU's state, between two tasks
 *
 * The trace events of batched hypercalls show it.
 */
enum xen_lazy_mode {
	XEN_LAZY_NONE,
	XEN_LAZY_MMU,
	XEN_LAZY_CPU,
};

DECLARE_PER_CPU(enum xen_lazy_mode, xen_lazy_mode);
/* How often the mode was entered again since. */
DECLARE_PER_CPU(unsigned int, xen_lazy_nesting);

static inline uint32_t xen_port_cpuid_base(void)
{
	return hypervisor_cpuid_base(XEN_SIGNATURE, 2);
}

#endif /* _ASM_X86_XEN_PORT_HYPERVISOR_H */
