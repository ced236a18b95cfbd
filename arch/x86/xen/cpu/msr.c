// SPDX-License-Identifier: GPL-2.0
/*
 * Machine-specific registers in a PV domain: a table of those that the instruction does not reach,
 * or should not. All others are accessed as on a machine; the instruction traps, and the hypervisor
 * emulates or refuses it.
 */
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include <xen/interface/xen.h>

#include "../hv/desc_calls.h"
#include "../xen_arch.h"
#include "msr.h"
#include "pmu.h"
#include "switch.h"

#include "../port_cpu.h"

/* The first row that fits counts; those that every context switch writes come first. */
static const struct {
	u32 first, last;
	enum xen_msr_rule rule;
} rules[] = {
	{ MSR_FS_BASE,		MSR_FS_BASE,		XEN_MSR_FS_BASE },
	{ MSR_KERNEL_GS_BASE,	MSR_KERNEL_GS_BASE,	XEN_MSR_USER_GS_BASE },
	{ MSR_GS_BASE,		MSR_GS_BASE,		XEN_MSR_GS_BASE },
	{ MSR_STAR,		MSR_SYSCALL_MASK,	XEN_MSR_ENTRY },
	{ MSR_IA32_SYSENTER_CS,	MSR_IA32_SYSENTER_EIP,	XEN_MSR_ENTRY },
	{ MSR_IA32_APICBASE,	MSR_IA32_APICBASE,	XEN_MSR_APIC_BASE },
};

/* Survive what the hypervisor refuses also where the kernel does not expect it. */
static bool always_safe __read_mostly = IS_ENABLED(CONFIG_XEN_PV_MSR_SAFE);

static int __init parse_msr_safe(char *arg)
{
	return arg ? kstrtobool(arg, &always_safe) : -EINVAL;
}
early_param("xen_msr_safe", parse_msr_safe);

/**
 * xen_msr_rule() - what becomes of accesses to a register
 * @msr: its number
 *
 * Return: the rule.
 */
enum xen_msr_rule xen_msr_rule(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (msr >= rules[i].first && msr <= rules[i].last)
			return rules[i].rule;
	return XEN_MSR_PASS;
}

/**
 * xen_msr_apic_base() - what a read of the APIC's base shows
 * @val: what the hypervisor shows
 * @boot_cpu: this is the CPU that the kernel booted on, whichever the machine booted on
 *
 * Return: the value; without x2APIC mode, which the hypervisor may use for itself.
 */
u64 xen_msr_apic_base(u64 val, bool boot_cpu)
{
	val &= ~(X2APIC_ENABLE | MSR_IA32_APICBASE_BSP);
	return boot_cpu ? val | MSR_IA32_APICBASE_BSP : val;
}

static u64 shown(u32 msr, u64 val)
{
	if (xen_msr_rule(msr) == XEN_MSR_APIC_BASE)
		return xen_msr_apic_base(val, !smp_processor_id());
	return val;
}

static void set_base(unsigned int which, u64 base)
{
	int err = xen_hv_set_segment(which, base);

	WARN(err, "xen: segment base %u cannot be %llx: %d\n", which, base, err);
}

/* Returns false for a register that the instruction has to write. */
static bool written(u32 msr, u64 val)
{
	switch (xen_msr_rule(msr)) {
	case XEN_MSR_FS_BASE:
		if (!xen_switch_fs_base(val))
			set_base(SEGBASE_FS, val);
		return true;
	case XEN_MSR_USER_GS_BASE:
		xen_switch_gs_base(val);
		return true;
	case XEN_MSR_GS_BASE:
		set_base(SEGBASE_GS_KERNEL, val);
		return true;
	case XEN_MSR_ENTRY:
		return true;
	case XEN_MSR_APIC_BASE:
	case XEN_MSR_PASS:
		break;
	}
	return xen_pmu_msr(msr, &val, true);
}

/**
 * xen_msr_read_safe() - read a register that may not be there
 * @msr: its number
 * @val: set to its value, or to 0
 *
 * Return: 0, or -EIO if the hypervisor refuses.
 */
int xen_msr_read_safe(u32 msr, u64 *val)
{
	int err;

	if (xen_pmu_msr(msr, val, false))
		return 0;
	*val = 0;
	err = xen_port_rdmsr(msr, val);
	*val = shown(msr, *val);
	return err;
}

/**
 * xen_msr_read() - read a register
 * @msr: its number
 *
 * Return: its value. If the hypervisor refuses, 0, and a warning unless xen_msr_safe= has it.
 */
u64 xen_msr_read(u32 msr)
{
	u64 val = 0;

	if (always_safe) {
		xen_msr_read_safe(msr, &val);
		return val;
	}
	if (xen_pmu_msr(msr, &val, false))
		return val;
	return shown(msr, native_read_msr(msr));
}

/**
 * xen_msr_write_safe() - write a register that may not be there
 * @msr: its number
 * @val: its new value
 *
 * Return: 0, or -EIO if the hypervisor refuses.
 */
int xen_msr_write_safe(u32 msr, u64 val)
{
	return written(msr, val) ? 0 : xen_port_wrmsr(msr, val);
}

/**
 * xen_msr_write() - write a register
 * @msr: its number
 * @val: its new value. If the hypervisor refuses it is dropped, with a warning unless
 *	 xen_msr_safe= has it.
 */
void xen_msr_write(u32 msr, u64 val)
{
	if (written(msr, val))
		return;
	if (always_safe)
		xen_port_wrmsr(msr, val);
	else
		xen_port_wrmsr_or_warn(msr, val);
}
