// SPDX-License-Identifier: GPL-2.0
/*
 * Spin locks that sleep: a vCPU that has spun in vain for a while gives its CPU away until the lock
 * is handed to it.
 *
 * The one who unlocks raises an event channel of the one who waits. No handler ever runs for it: it
 * is masked all the time, and the waiter asks the hypervisor to sleep until it is pending. So the
 * order of kick and wait does not matter, and an event left over costs one more look at the lock.
 */
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <asm/paravirt.h>
#include <asm/qspinlock.h>
#include <xen/events.h>
#include "../port_smp.h"
#include "../xen_arch.h"

struct xen_kicker {
	int irq;
	/* Waits that this CPU is in: an interrupt in the middle of one may need a lock itself. */
	unsigned int depth;
	char name[24];
};

static DEFINE_PER_CPU(struct xen_kicker, xen_kickers) = { .irq = -1 };

PV_CALLEE_SAVE_REGS_THUNK(xen_vcpu_stolen);

static void kick(int cpu)
{
	/* A CPU that is not bound yet spins. */
	if (per_cpu(xen_kickers, cpu).irq >= 0)
		xen_send_IPI_one(cpu, XEN_SPIN_UNLOCK_VECTOR);
}

/*
 * Sleep while *@byte is @val, or return early. An event that is pending when the outermost wait
 * begins is from an earlier one. An inner wait must leave it: it may be the outer one's.
 */
static void wait(u8 *byte, u8 val)
{
	struct xen_kicker *kicker = this_cpu_ptr(&xen_kickers);

	if (kicker->irq < 0 || in_nmi())
		return;
	kicker->depth++;
	/* An interrupt from here on sees the depth. */
	barrier();
	if (kicker->depth == 1 && xen_test_irq_pending(kicker->irq))
		xen_clear_irq_pending(kicker->irq);
	else if (READ_ONCE(*byte) == val)
		xen_poll_irq(kicker->irq);
	barrier();
	kicker->depth--;
}

static irqreturn_t never(int irq, void *data)
{
	pr_err_ratelimited("xen: interrupt %d of a spin lock, which is masked\n", irq);
	return IRQ_HANDLED;
}

/**
 * xen_init_lock_cpu() - from now on a CPU can sleep for a lock
 * @cpu: which; not up. Without memory or ports it spins.
 *
 * Context: process context.
 */
void xen_init_lock_cpu(int cpu)
{
	struct xen_kicker *kicker = per_cpu_ptr(&xen_kickers, cpu);
	int irq;

	if (nopvspin || kicker->irq >= 0)
		return;
	snprintf(kicker->name, sizeof(kicker->name), "spinlock%d", cpu);
	irq = bind_ipi_to_irqhandler(XEN_SPIN_UNLOCK_VECTOR, cpu, never,
				     IRQF_PERCPU | IRQF_NOBALANCING, kicker->name, NULL);
	if (irq < 0) {
		pr_err("xen: CPU %d spins for its locks: %d\n", cpu, irq);
		return;
	}
	disable_irq(irq);
	kicker->irq = irq;
}

/**
 * xen_uninit_lock_cpu() - undo xen_init_lock_cpu()
 * @cpu: which; gone, perhaps before it ever came up
 */
void xen_uninit_lock_cpu(int cpu)
{
	struct xen_kicker *kicker = per_cpu_ptr(&xen_kickers, cpu);

	if (kicker->irq < 0)
		return;
	unbind_from_irqhandler(kicker->irq, NULL);
	kicker->irq = -1;
}

/**
 * xen_init_spinlocks() - choose how the kernel locks
 *
 * Context: boot, before the kernel's calls of lock operations are patched.
 */
void __init xen_init_spinlocks(void)
{
	if (num_possible_cpus() == 1)
		nopvspin = true;
	if (nopvspin) {
		static_branch_disable(&virt_spin_lock_key);
		return;
	}
	__pv_init_lock_hash();
	xen_port_lock_ops.queued_spin_lock_slowpath = __pv_queued_spin_lock_slowpath;
	xen_port_lock_ops.queued_spin_unlock = PV_CALLEE_SAVE(__pv_queued_spin_unlock);
	xen_port_lock_ops.vcpu_is_preempted = PV_CALLEE_SAVE(xen_vcpu_stolen);
	xen_port_lock_ops.wait = wait;
	xen_port_lock_ops.kick = kick;
}
