// SPDX-License-Identifier: GPL-2.0
/*
 * The context switch in one call.
 *
 * Loading the next task takes a new page-table base, up to three calls for its segment bases, and
 * a new kernel stack. The core ends its lazy CPU mode after the first, since segment registers
 * may be loaded from descriptors that wait in the batch. Most tasks do not use such descriptors:
 * for them the batch is held until the stack is switched, which comes last.
 *
 * Interrupts are off all the while, and nothing in between looks at user space.
 */
#include <linux/init.h>
#include <linux/sched.h>

#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/segment.h>

#include "../xen_arch.h"

#include "../port_cpu.h"

static void (*base_end)(struct task_struct *next) __ro_after_init;
static void (*base_load_gs_index)(unsigned int idx) __ro_after_init;
static void (*base_load_sp0)(unsigned long sp0) __ro_after_init;

/* Null, or the flat descriptors that never change. */
static bool constant(unsigned short selector)
{
	return selector <= 3 || selector == __USER_DS;
}

static void switch_end(struct task_struct *next)
{
	const struct thread_struct *t = &next->thread;

	if (constant(t->ds) && constant(t->es) && constant(t->fsindex))
		xen_batch_hold(true);
	base_end(next);
}

static void switch_gs_index(unsigned int idx)
{
	if (xen_batch_held())
		xen_batch_call2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, idx);
	else
		base_load_gs_index(idx);
}

/**
 * xen_switch_msr() - take a write to a segment base into the context switch
 * @msr: the register
 * @val: its value
 *
 * Return: false if there is no context switch, or the register is none of its.
 */
bool xen_switch_msr(u32 msr, u64 val)
{
	if (msr != MSR_FS_BASE && msr != MSR_KERNEL_GS_BASE)
		return false;
	if (!xen_batch_held())
		return false;
	xen_batch_call2(__HYPERVISOR_set_segment_base,
			msr == MSR_FS_BASE ? SEGBASE_FS : SEGBASE_GS_USER, val);
	return true;
}

/* The last step: issues all. */
static void switch_sp0(unsigned long sp0)
{
	xen_batch_hold(false);
	base_load_sp0(sp0);
}

/**
 * xen_switch_init() - have context switches go through here
 *
 * Context: before calls of pv_ops are patched into the code.
 */
void __init xen_switch_init(void)
{
	base_end = pv_ops.cpu.end_context_switch;
	base_load_gs_index = pv_ops.cpu.load_gs_index;
	base_load_sp0 = pv_ops.cpu.load_sp0;
	pv_ops.cpu.end_context_switch = switch_end;
	pv_ops.cpu.load_gs_index = switch_gs_index;
	pv_ops.cpu.load_sp0 = switch_sp0;
	xen_port_switch_msr();
}
