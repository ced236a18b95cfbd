// SPDX-License-Identifier: GPL-2.0
/*
 * The context switch in one call, and in none where nothing changes.
 *
 * Loading the next task takes a new page-table base, its thread-local descriptors, up to three
 * calls for its segment bases, and a new kernel stack. The core ends its lazy CPU mode after the
 * descriptors, since segment registers may be loaded from those that wait in the batch. Most tasks
 * do not use such descriptors: for them the batch is held until the stack is switched, which comes
 * last.
 *
 * Left out is what the hypervisor has already: descriptors and stacks that are the last ones, a
 * %gs that nobody has changed (user_gs.c), and the stack of a kernel thread, which never returns
 * to user mode and thus never enters the kernel from there.
 *
 * Interrupts are off all the while, and nothing in between looks at user space.
 */
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/xen/page.h>

#include "../hv/desc_calls.h"
#include "../xen_arch.h"
#include "switch.h"
#include "user_gs.h"

#include "../port_lazy.h"

/**
 * struct xen_switch - what one CPU has loaded, by way of the hypervisor
 * @tls: the descriptors in its table
 * @gs: user mode's %gs
 * @want: what it shall be at the end of this context switch, if @asked
 * @asked: it was written in this context switch
 * @has_ldt: a local descriptor table is loaded
 * @own_descriptors: user mode had descriptors of its own at some time since @gs was set
 */
struct xen_switch {
	struct desc_struct tls[GDT_ENTRY_TLS_ENTRIES];
	struct xen_user_gs gs;
	struct xen_user_gs want;
	bool asked;
	bool has_ldt;
	bool own_descriptors;
};

static DEFINE_PER_CPU(struct xen_switch, xen_switches);

static const struct desc_struct none;

static bool same(const struct desc_struct *a, const struct desc_struct *b)
{
	return *(const u64 *)a == *(const u64 *)b;
}

static bool null_keeps_base(void)
{
	return static_cpu_has_bug(X86_BUG_NULL_SEG);
}

void xen_switch_begin(struct task_struct *prev)
{
	xen_port_lazy_cpu_begin(prev);
}

static void queue_tls(const struct desc_struct *to, unsigned int cpu, unsigned int i)
{
	struct desc_struct *slot = &get_cpu_gdt_rw(cpu)[GDT_ENTRY_TLS_MIN + i];

	xen_batch_call2(__HYPERVISOR_update_descriptor, arbitrary_virt_to_machine(slot).maddr,
			*(const u64 *)to);
}

void xen_switch_load_tls(struct thread_struct *t, unsigned int cpu)
{
	struct xen_switch *sw = per_cpu_ptr(&xen_switches, cpu);
	unsigned int i, changed = 0;

	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		if (!same(&t->tls_array[i], &none))
			sw->own_descriptors = true;
		if (!same(&t->tls_array[i], &sw->tls[i]))
			changed |= BIT(i);
	}
	if (likely(!changed))
		return;

	/*
	 * The hypervisor may reload %fs at any time, and shall not do so from a descriptor that
	 * changes. The core saved it, and loads the next task's.
	 */
	if (xen_lazy_cpu())
		loadsegment(fs, 0);
	guard(xen_batch)(XEN_UNLESS_LAZY_CPU);
	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		if (!(changed & BIT(i)))
			continue;
		sw->tls[i] = t->tls_array[i];
		queue_tls(&sw->tls[i], cpu, i);
	}
}

void xen_switch_note_ldt(bool loaded)
{
	struct xen_switch *sw = this_cpu_ptr(&xen_switches);

	sw->has_ldt = loaded;
	if (loaded)
		sw->own_descriptors = true;
}

/* Null, or the flat descriptors that never change. */
static bool constant(unsigned short selector)
{
	return selector <= 3 || selector == __USER_DS;
}

/* The task that is left is still the current one, and the core has saved its %gs. */
static void note_left_gs(struct xen_switch *sw)
{
	const struct thread_struct *t = &current->thread;

	xen_user_gs_ran(&sw->gs, t->gsindex, sw->own_descriptors);
	if (boot_cpu_has(X86_FEATURE_FSGSBASE))
		xen_user_gs_base(&sw->gs, t->gsbase);
	sw->want = sw->gs;
	sw->asked = false;
}

void xen_switch_end(struct task_struct *next)
{
	const struct thread_struct *t = &next->thread;

	note_left_gs(this_cpu_ptr(&xen_switches));
	if (constant(t->ds) && constant(t->es) && constant(t->fsindex))
		xen_batch_hold(true);
	else
		xen_mc_flush();
	xen_port_lazy_cpu_end(next);
}

/* Those that can still be loaded count from the start. */
static void gs_is_set(struct xen_switch *sw)
{
	unsigned int i;

	sw->own_descriptors = sw->has_ldt;
	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++)
		if (!same(&sw->tls[i], &none))
			sw->own_descriptors = true;
}

static void queue_gs(struct xen_switch *sw)
{
	struct xen_user_gs_calls calls;

	if (!sw->asked)
		return;
	calls = xen_user_gs_plan(&sw->gs, &sw->want, null_keeps_base());
	if (calls.sel)
		xen_batch_call2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, sw->want.sel);
	if (calls.base)
		xen_batch_call2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, sw->want.base);
	sw->gs = sw->want;
	gs_is_set(sw);
}

static void set_gs(unsigned int which, u64 value)
{
	int err = xen_hv_set_segment(which, value);

	WARN(err, "xen: user mode's GS cannot be %llx: %d\n", value, err);
}

void xen_switch_gs_index(unsigned int sel)
{
	struct xen_switch *sw;

	guard(preempt)();
	sw = this_cpu_ptr(&xen_switches);
	if (xen_batch_held()) {
		sw->asked = true;
		xen_user_gs_load(&sw->want, sel, null_keeps_base());
		return;
	}
	set_gs(SEGBASE_GS_USER_SEL, sel);
	xen_user_gs_load(&sw->gs, sel, null_keeps_base());
}

void xen_switch_gs_base(u64 base)
{
	struct xen_switch *sw;

	guard(preempt)();
	sw = this_cpu_ptr(&xen_switches);
	if (xen_batch_held()) {
		sw->asked = true;
		xen_user_gs_base(&sw->want, base);
		return;
	}
	set_gs(SEGBASE_GS_USER, base);
	xen_user_gs_base(&sw->gs, base);
}

/**
 * xen_switch_fs_base() - take a write to the base of %fs into the context switch
 * @base: the base
 *
 * Return: false if there is no context switch.
 */
bool xen_switch_fs_base(u64 base)
{
	if (!xen_batch_held())
		return false;
	xen_batch_call2(__HYPERVISOR_set_segment_base, SEGBASE_FS, base);
	return true;
}

/* Where the hypervisor enters the kernel from user mode; the kernel's own record of it suffices. */
static void queue_sp0(unsigned long sp0)
{
	if (current->flags & PF_KTHREAD || this_cpu_read(cpu_tss_rw.x86_tss.sp0) == sp0)
		return;
	this_cpu_write(cpu_tss_rw.x86_tss.sp0, sp0);
	xen_batch_call2(__HYPERVISOR_stack_switch, __KERNEL_DS, sp0);
}

/* The last step: issues all. The next task is the current one already. */
void xen_switch_sp0(unsigned long sp0)
{
	if (xen_batch_held())
		queue_gs(this_cpu_ptr(&xen_switches));
	queue_sp0(sp0);
	xen_batch_hold(false);
	xen_mc_flush();
}

/**
 * xen_switch_reset() - a vCPU begins with what it was initialised with
 * @cpu: not up
 * @sp0: the kernel's stack that it was given
 */
void xen_switch_reset(unsigned int cpu, unsigned long sp0)
{
	struct xen_switch *sw = per_cpu_ptr(&xen_switches, cpu);

	sw->gs = (struct xen_user_gs){ };
	per_cpu(cpu_tss_rw, cpu).x86_tss.sp0 = sp0;
}
