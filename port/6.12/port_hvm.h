/* SPDX-License-Identifier: GPL-2.0 */
/* What CPUs of translated domains call by different names in different bases. */
#ifndef _XEN_PORT_HVM_H
#define _XEN_PORT_HVM_H

#include <linux/hardirq.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/smp.h>

static inline void xen_port_count_upcall(void)
{
	inc_irq_stat(irq_hv_callback_count);
}

/* A CPU's number in ACPI's tables, by which the hypervisor knows it; without tables our own. */
static inline u32 xen_port_acpi_number(unsigned int cpu)
{
	return cpu_acpi_id(cpu) == CPU_ACPIID_INVALID ? cpu : cpu_acpi_id(cpu);
}

#endif /* _XEN_PORT_HVM_H */
