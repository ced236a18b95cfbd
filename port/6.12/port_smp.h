/* SPDX-License-Identifier: GPL-2.0 */
/* What bringing up CPUs calls by different names in different bases. */
#ifndef _XEN_PORT_SMP_H
#define _XEN_PORT_SMP_H

#include <linux/hardirq.h>
#include <asm/paravirt.h>
#include <asm/smp.h>

#include "xen_arch.h"

#define xen_port_lock_ops	pv_ops.lock

static inline void xen_port_count_reschedule(void)
{
	inc_irq_stat(irq_resched_count);
}

static inline void xen_port_count_call(void)
{
	inc_irq_stat(irq_call_count);
}

static inline void xen_port_count_irq_work(void)
{
	inc_irq_stat(apic_irq_work_irqs);
}

static inline void xen_port_identify_cpu(unsigned int cpu)
{
	smp_store_cpu_info(cpu);
}

#endif /* _XEN_PORT_SMP_H */
