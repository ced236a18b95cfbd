// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions of a PV domain. The kernel keeps its table of gates as on a machine. The hypervisor
 * has a table of its own for every vCPU: each gate is translated, and leads to the stub that takes
 * the hypervisor's frame (pv_asm.S). No exception has a stack of its own.
 */
#include <linux/entry-common.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include <asm/desc.h>
#include <asm/idtentry.h>
#include <asm/mach_traps.h>
#include <asm/traps.h>

#include <xen/interface/xen.h>
#include <xen/interface/nmi.h>

#include "../hv/desc_calls.h"
#include "../xen_arch.h"
#include "descriptors.h"
#include "traps.h"

#define VECTORS			256
#define TRAP_MASKS_EVENTS	BIT(2)		/* in trap_info.flags */

/* @kernels is NULL for a vector that a PV kernel has no use for. */
struct handler {
	void (*kernels)(void);
	void (*ours)(void);
	bool ist;
};

#define XEN_TRAP(vector, handler, stub, own_stack) \
	[vector] = { .kernels = asm_##handler, .ours = xen_asm_##stub, .ist = own_stack },
static const struct handler handlers[IA32_SYSCALL_VECTOR + 1] = {
#include "trap_list.h"
};

#undef XEN_TRAP

/* Which table of gates a CPU uses. */
static DEFINE_PER_CPU(struct desc_ptr, xen_idt);

/* While the kernel starts, all gates lead to an array of small entries, and ours to another. */
static const void *__ref early_stub(unsigned int vector, unsigned long to)
{
	if (vector < NUM_EXCEPTION_VECTORS && to == (unsigned long)early_idt_handler_array[vector])
		return xen_early_idt_handler_array[vector];
	return NULL;
}

static const struct handler *handler_of(unsigned int vector, unsigned long to)
{
	if (vector < ARRAY_SIZE(handlers) && (unsigned long)handlers[vector].kernels == to)
		return &handlers[vector];
	return NULL;
}

/**
 * xen_trap_of_gate() - translate a gate
 * @vector: its place in the table, below 256
 * @gate: the gate
 * @trap: set if there is one
 *
 * Return: 1; 0 if the gate is empty; -EINVAL if it wants a stack of its own that cannot be done
 * without.
 */
int xen_trap_of_gate(unsigned int vector, const gate_desc *gate, struct trap_info *trap)
{
	unsigned long to = gate_offset(gate);
	const struct handler *handler = handler_of(vector, to);
	const void *stub = handler ? handler->ours : early_stub(vector, to);

	if (gate->bits.type != GATE_TRAP && gate->bits.type != GATE_INTERRUPT)
		return 0;
	if (stub && gate->bits.ist && !(handler && handler->ist))
		return -EINVAL;
	/* Devices have gates too, but come as events. */
	if (!stub)
		stub = xen_asm_exc_xen_unknown_trap;
	trap->vector = vector;
	trap->cs = gate_segment(gate);
	trap->address = (unsigned long)stub;
	trap->flags = gate->bits.dpl;
	if (gate->bits.type == GATE_INTERRUPT)
		trap->flags |= TRAP_MASKS_EVENTS;
	return 1;
}

static bool translate(unsigned int vector, const gate_desc *gate, struct trap_info *trap)
{
	int ret = xen_trap_of_gate(vector, gate, trap);

	WARN(ret < 0, "xen: exception %u wants a stack of its own\n", vector);
	return ret > 0;
}

/* Tell the hypervisor of the first @n of @traps; there is room for the end behind them. */
static void set_traps(struct trap_info *traps, unsigned int n)
{
	int err;

	traps[n] = (struct trap_info){ };
	xen_mc_flush();
	err = xen_hv_set_traps(traps);
	if (err)
		panic("xen: the hypervisor refuses exception handlers: %d", err);
}

/* Of this CPU's table, also for other vCPUs: they will have the same. */
static const gate_desc *gates(unsigned int *n)
{
	const struct desc_ptr *idt = this_cpu_ptr(&xen_idt);

	*n = min_t(unsigned int, (idt->size + 1) / sizeof(gate_desc), VECTORS);
	return (const gate_desc *)idt->address;
}

/**
 * xen_copy_trap_info() - translate this CPU's table for a vCPU that has not begun
 * @traps: by vector, all zero
 */
void xen_copy_trap_info(struct trap_info *traps)
{
	const gate_desc *gate;
	unsigned int i, n;

	for (gate = gates(&n), i = 0; i < n; i++)
		translate(i, &gate[i], &traps[i]);
}

/* CPUs come up one at a time, but nothing says that they load tables so. */
void xen_idt_load(const struct desc_ptr *table)
{
	static struct trap_info traps[VECTORS + 1];
	static DEFINE_RAW_SPINLOCK(lock);
	const gate_desc *gate;
	unsigned int i, n, used = 0;

	trace_xen_cpu_load_idt(table);
	raw_spin_lock(&lock);
	*this_cpu_ptr(&xen_idt) = *table;
	for (gate = gates(&n), i = 0; i < n; i++)
		used += translate(i, &gate[i], &traps[used]);
	set_traps(traps, used);
	raw_spin_unlock(&lock);
}

/* On this vCPU only; tables are complete before others come up. */
void xen_idt_write(gate_desc *table, int entry, const gate_desc *gate)
{
	struct trap_info trap[2];
	unsigned int n;

	trace_xen_cpu_write_idt_entry(table, entry, gate);
	guard(preempt)();
	native_write_idt_entry(table, entry, gate);
	if (gates(&n) == table && entry < n && translate(entry, gate, &trap[0]))
		set_traps(trap, 1);
}

DEFINE_IDTENTRY_RAW(xenpv_exc_nmi)
{
	exc_nmi(regs);
}

DEFINE_IDTENTRY_RAW_ERRORCODE(xenpv_exc_double_fault)
{
	exc_double_fault(regs, error_code);
}

DEFINE_PER_CPU(unsigned long, xen_last_fault);	/* its address */

/**
 * xen_write_protection_fault() - the kernel wrote where it may only read
 * @regs: it, events masked
 * @error_code: the processor's
 *
 * What is not about a page table goes on as if it had come by the kernel's own entry.
 */
__visible noinstr void xen_write_protection_fault(struct pt_regs *regs, unsigned long error_code)
{
	unsigned long addr = read_cr2();
	irqentry_state_t state;
	bool done;

	if (addr < TASK_SIZE_MAX) {
		this_cpu_write(xen_last_fault, addr);
		exc_page_fault(regs, error_code);
		return;
	}
	state = irqentry_enter(regs);
	instrumentation_begin();
	done = xen_pt_write_fault(regs, addr);
	instrumentation_end();
	irqentry_exit(regs, state);
	if (done)
		return;
	/* In between there may have been others. */
	write_cr2(addr);
	exc_page_fault(regs, error_code);
}

/* A machine comes in through different gates, by the stack that it was on. */
void noist_exc_debug(struct pt_regs *regs);

DEFINE_IDTENTRY_RAW(xenpv_exc_debug)
{
	if (user_mode(regs))
		noist_exc_debug(regs);
	else
		exc_debug(regs);
}

#ifdef CONFIG_X86_MCE
DEFINE_IDTENTRY_RAW(xenpv_exc_machine_check)
{
	if (user_mode(regs))
		noist_exc_machine_check(regs);
	else
		exc_machine_check(regs);
}
#endif

/* There is nowhere to go on: what the hypervisor enters here for, it was never told of. */
DEFINE_IDTENTRY_RAW(exc_xen_unknown_trap)
{
	instrumentation_begin();
	panic("xen: an exception that nobody handles, at %pS", (void *)regs->ip);
	instrumentation_end();
}

/**
 * xen_nmi_reason() - why there was an NMI
 *
 * Return: as the machine's port 0x61 says it; 0 except in dom0.
 */
unsigned char xen_nmi_reason(void)
{
	unsigned long reason = READ_ONCE(HYPERVISOR_shared_info->arch.nmi_reason);
	unsigned char port = 0;

	if (reason & XEN_NMIREASON_io_error)
		port |= NMI_REASON_IOCHK;
	if (reason & XEN_NMIREASON_pci_serr)
		port |= NMI_REASON_SERR;
	return port;
}
