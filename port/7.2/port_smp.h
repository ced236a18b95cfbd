/* SPDX-License-Identifier: GPL-2.0 */
/* What bringing up CPUs calls by different names in different bases. */
#ifndef _XEN_PORT_SMP_H
#define _XEN_PORT_SMP_H

#include <linux/hardirq.h>
#include <asm/paravirt.h>
#include <asm/paravirt-spinlock.h>
#include <asm/processor.h>

#include "xen_arch.h"

#define xen_port_lock_ops	pv_ops_lock

static inline void xen_port_count_reschedule(void)
{
	inc_irq_stat(RESCHEDULE);
}

static inline void xen_port_count_call(void)
{
	inc_irq_stat(CALL_FUNCTION);
}

static inline void xen_port_count_irq_work(void)
{
	inc_irq_stat(IRQ_WORK);
}

static inline void xen_port_identify_cpu(unsigned int cpu)
{
	identify_secondary_cpu(cpu);
}

#endif /* _XEN_PORT_SMP_H */
