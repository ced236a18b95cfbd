/* SPDX-License-Identifier: GPL-2.0 */
/* What CPUs of translated domains call by different names in different bases. */
#ifndef _XEN_PORT_HVM_H
#define _XEN_PORT_HVM_H

#include <linux/acpi.h>
#include <linux/hardirq.h>

static inline void xen_port_count_upcall(void)
{
	inc_irq_stat(HYPERVISOR_CALLBACK);
}

/* A CPU's number in ACPI's tables, by which the hypervisor knows it; without tables our own. */
static inline u32 xen_port_acpi_number(unsigned int cpu)
{
	u32 number;

	return acpi_get_cpu_uid(cpu, &number) ? cpu : number;
}

#endif /* _XEN_PORT_HVM_H */
