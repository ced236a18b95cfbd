// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel wants an APIC driver. In a PV domain there are no local APICs: this one sends event
 * channels, and answers what the kernel asks of registers. I/O APICs are the hypervisor's; dom0 may
 * read them.
 */
#include <linux/init.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/x86_init.h>

#include <xen/interface/platform.h>
#include <xen/xen.h>

#include "../cpu/pmu.h"
#include "../hv/desc_calls.h"
#include "../hv/time_calls.h"
#include "../xen_arch.h"

/* Integrated, as all since the Pentium; and what a chip of 24 pins has in its register. */
#define LOCAL_VERSION		0x14
#define IOAPIC_VERSION		0x00170020
#define ID_SHIFT		24

static u32 id_of(u32 reg)
{
	return reg >> ID_SHIFT;
}

/* Dom0 names its CPUs as the machine does, for ACPI's tables; a guest by their numbers. */
static u32 own_id(unsigned int cpu)
{
	struct xen_platform_op op = {
		.cmd = XENPF_get_cpuinfo,
		.interface_version = XENPF_INTERFACE_VERSION,
		.u.pcpu_info.xen_cpuid = cpu,
	};

	if (!xen_initial_domain())
		return cpu ? cpuid_to_apicid[cpu] : 0;
	return xen_hv_platform(&op) ? BAD_APICID : op.u.pcpu_info.apic_id;
}

static u32 read_register(u32 reg)
{
	switch (reg) {
	case APIC_LVR:
		return LOCAL_VERSION;
	case APIC_ID:
		return own_id(smp_processor_id()) << ID_SHIFT;
	}
	return 0;
}

static void write_register(u32 reg, u32 val)
{
	if (reg == APIC_LVTPC)
		xen_pmu_set_lvtpc(val);
	else
		WARN(1, "xen: no APIC to write %#x to, at %#x\n", val, reg);
}

static void eoi(void)
{
	WARN_ONCE(1, "xen: no APIC to end an interrupt of\n");
}

static u64 read_command(void)
{
	return 0;
}

static void write_command(u32 low, u32 id)
{
	WARN(1, "xen: no APIC to send %#x to %#x\n", low, id);
}

static int probe(void)
{
	return xen_pv_domain();
}

static int is_for_machine(char *oem_id, char *oem_table_id)
{
	return xen_pv_domain();
}

static u32 id_of_cpu(int cpu)
{
	return cpu_present(cpu) ? cpu_data(cpu).topo.apicid : BAD_APICID;
}

static struct apic xen_apic __ro_after_init = {
	.name				= "Xen PV",
	.probe				= probe,
	.acpi_madt_oem_check		= is_for_machine,
	.max_apic_id			= UINT_MAX,
	.get_apic_id			= id_of,
	.cpu_present_to_apicid		= id_of_cpu,
	.calc_dest_apicid		= apic_flat_calc_apicid,
	.read				= read_register,
	.write				= write_register,
	.eoi				= eoi,
	.icr_read			= read_command,
	.icr_write			= write_command,
#ifdef CONFIG_SMP
	.send_IPI_mask			= xen_send_IPI_mask,
	.send_IPI_mask_allbutself	= xen_send_IPI_mask_allbutself,
	.send_IPI_allbutself		= xen_send_IPI_allbutself,
	.send_IPI_all			= xen_send_IPI_all,
	.send_IPI_self			= xen_send_IPI_self,
#endif
};

apic_driver(xen_apic);

static unsigned int read_ioapic(unsigned int ioapic, unsigned int reg)
{
	u32 val;

	if (!xen_hv_read_ioapic(mpc_ioapic_addr(ioapic), reg, &val))
		return val;
	/* Guests have none; the kernel that looks for one shall not fail. */
	switch (reg) {
	case 0:
		return ioapic << ID_SHIFT;
	case 1:
		return IOAPIC_VERSION;
	}
	return 0xfd;
}

/**
 * xen_init_apic() - have I/O APICs read by the hypervisor
 *
 * Context: early boot.
 */
void __init xen_init_apic(void)
{
	x86_apic_ops.io_apic_read = read_ioapic;
}
