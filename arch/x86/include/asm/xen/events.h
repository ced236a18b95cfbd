/* SPDX-License-Identifier: GPL-2.0 */
/* Event channels on x86: which IPIs there are, and where an upcall can be delivered. */
#ifndef _ASM_X86_XEN_EVENTS_H
#define _ASM_X86_XEN_EVENTS_H

#include <xen/xen.h>

/**
 * enum ipi_vector - IPIs that are sent over event channels; one channel each on every CPU
 * @XEN_RESCHEDULE_VECTOR: a task waits for this CPU
 * @XEN_CALL_FUNCTION_VECTOR: a function for many CPUs
 * @XEN_CALL_FUNCTION_SINGLE_VECTOR: a function for this CPU
 * @XEN_SPIN_UNLOCK_VECTOR: the lock that this CPU waits for is free; never handled, only polled
 * @XEN_IRQ_WORK_VECTOR: work that an NMI or a disabled section left
 * @XEN_NMI_VECTOR: a backtrace or a stop, through the hypervisor's NMI
 * @XEN_NR_IPIS: how many
 */
enum ipi_vector {
	XEN_RESCHEDULE_VECTOR,
	XEN_CALL_FUNCTION_VECTOR,
	XEN_CALL_FUNCTION_SINGLE_VECTOR,
	XEN_SPIN_UNLOCK_VECTOR,
	XEN_IRQ_WORK_VECTOR,
	XEN_NMI_VECTOR,
	XEN_NR_IPIS,
};

/* Every CPU gets upcalls by a vector of its own: HVMOP_set_evtchn_upcall_vector. */
extern bool xen_percpu_upcall;
/* Upcalls come by a vector, to the CPU that the channel is bound to. */
extern bool xen_have_vector_callback;

static inline int xen_irqs_disabled(struct pt_regs *regs)
{
	return raw_irqs_disabled_flags(regs->flags);
}

/* A full barrier, like every locked instruction: the peer's write comes before what follows. */
#define xchg_xen_ulong(ptr, val)	xchg((ptr), (val))

/**
 * xen_support_evtchn_rebind() - whether a channel may be bound to another CPU than the first
 *
 * Upcalls that are an interrupt of the platform PCI device reach the first CPU only.
 *
 * Context: any.
 * Return: true if it may.
 */
static inline bool xen_support_evtchn_rebind(void)
{
	return xen_have_vector_callback || !xen_hvm_domain();
}

#endif /* _ASM_X86_XEN_EVENTS_H */
