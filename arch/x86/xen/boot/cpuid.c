// SPDX-License-Identifier: GPL-2.0
/*
 * What a PV kernel sees of its CPUs: the hypervisor's view of CPUID, which it gives for an
 * instruction with a prefix, less what a PV kernel cannot use.
 */
#include <linux/acpi.h>
#include <linux/bits.h>
#include <linux/init.h>
#include <linux/smp.h>

#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/interface.h>

#include <xen/interface/platform.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

#ifdef CONFIG_ACPI
#include <acpi/proc_cap_intel.h>
#include <acpi/processor.h>
#endif

#include "../hv/time_calls.h"
#include "pv_boot.h"

#include "../port_cpu.h"

#define LEAF_FEATURES		1
#define LEAF_TOPOLOGY		0xb
#define APIC_ID_SHIFT		24

/* Of the machine's MWAIT leaf: dom0 tells the hypervisor what ACPI says of idle states. */
static struct {
	u32 ecx, edx;
} mwait __read_mostly;

static void emulated(unsigned int *ax, unsigned int *bx, unsigned int *cx, unsigned int *dx)
{
	asm volatile(XEN_EMULATE_PREFIX "cpuid" : "+a" (*ax), "=b" (*bx), "+c" (*cx), "=d" (*dx));
}

/* The operation of pv_ops. */
void xen_boot_cpuid(unsigned int *ax, unsigned int *bx, unsigned int *cx, unsigned int *dx)
{
	unsigned int leaf = *ax;

	if (leaf == XEN_PORT_CPUID_MWAIT) {
		*ax = 0;
		*bx = 0;
		*cx = mwait.ecx;
		*dx = mwait.edx;
		return;
	}
	emulated(ax, bx, cx, dx);
	if (leaf == LEAF_FEATURES) {
		/* The APIC id is that under which the CPU is registered: xen_smp_count_cpus(). */
		*bx &= BIT(APIC_ID_SHIFT) - 1;
		*bx |= raw_smp_processor_id() << APIC_ID_SHIFT;
	} else if (leaf == LEAF_TOPOLOGY) {
		/* The machine's; vCPUs have none. */
		*bx = 0;
	}
}

/* A PV kernel has no use for these, whatever the CPU and the hypervisor can do. */
static const u16 hidden[] __initconst = {
	X86_FEATURE_ACC,
	X86_FEATURE_APERFMPERF,
	X86_FEATURE_DCA,
	X86_FEATURE_LKGS,
	X86_FEATURE_MTRR,
	/* The hypervisor chooses the page-table base, and flushes by vCPU. */
	X86_FEATURE_PCID,
	X86_FEATURE_SME,
	X86_FEATURE_X2APIC,
};

#ifdef CONFIG_ACPI
/* Does the hypervisor go idle by MWAIT? Otherwise ACPI shall name states by I/O ports. */
static bool __init hypervisor_uses_mwait(void)
{
	u32 pdc[] = {
		ACPI_PDC_REVISION_ID, 1,
		ACPI_PROC_CAP_C_CAPABILITY_SMP | ACPI_PROC_CAP_EST_CAPABILITY_SWSMP,
	};
	struct xen_platform_op op = {
		.cmd = XENPF_set_processor_pminfo,
		.interface_version = XENPF_INTERFACE_VERSION,
		.u.set_pminfo.id = -1,
		.u.set_pminfo.type = XEN_PM_PDC,
	};

	set_xen_guest_handle(op.u.set_pminfo.pdc, pdc);
	return !xen_hv_platform(&op) &&
	       pdc[2] & (ACPI_PROC_CAP_C_C1_FFH | ACPI_PROC_CAP_C_C2C3_FFH);
}

/*
 * The hypervisor hides MWAIT; what the CPU has is asked of the CPU itself. Showing it to dom0 has
 * ACPI list the deeper states, which go to the hypervisor, and the kernel itself never uses it.
 */
static bool __init show_mwait(void)
{
	unsigned int needed = BIT(X86_FEATURE_EST % 32) | BIT(X86_FEATURE_MWAIT % 32);
	unsigned int ax = LEAF_FEATURES, bx, cx = 0, dx;

	if (!xen_initial_domain() || !xen_running_on_version_or_later(4, 2))
		return false;
	native_cpuid(&ax, &bx, &cx, &dx);
	if ((cx & needed) != needed)
		return false;
	if (hypervisor_uses_mwait()) {
		ax = XEN_PORT_CPUID_MWAIT;
		cx = 0;
		native_cpuid(&ax, &bx, &cx, &dx);
		mwait.ecx = cx;
		mwait.edx = dx;
	}
	return true;
}
#else
static bool __init show_mwait(void)
{
	return false;
}
#endif

/* The hypervisor may have it off although the CPU has it: then the second bit is missing. */
static bool __init has_xsave(void)
{
	unsigned int needed = BIT(X86_FEATURE_XSAVE % 32) | BIT(X86_FEATURE_OSXSAVE % 32);

	return (cpuid_ecx(LEAF_FEATURES) & needed) == needed;
}

/**
 * xen_boot_capabilities() - decide which features the kernel shall not see, or see anyway
 *
 * Context: early boot, before features are read for good.
 */
void __init xen_boot_capabilities(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++)
		setup_clear_cpu_cap(hidden[i]);
	if (!xen_initial_domain())
		setup_clear_cpu_cap(X86_FEATURE_ACPI);
	if (show_mwait())
		setup_force_cpu_cap(X86_FEATURE_MWAIT);
	else
		setup_clear_cpu_cap(X86_FEATURE_MWAIT);
	if (!has_xsave()) {
		setup_clear_cpu_cap(X86_FEATURE_XSAVE);
		setup_clear_cpu_cap(X86_FEATURE_OSXSAVE);
	}
}
