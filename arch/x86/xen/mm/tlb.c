// SPDX-License-Identifier: GPL-2.0
/*
 * The page-table base and the TLB, by hypercall.
 *
 * The core names page tables by its own top level, the hypervisor is given that one's twins.
 * xen_cr3 is the base that this CPU has chosen; xen_cr3_loaded is the one that the hypervisor has
 * loaded, which lags behind while the choice waits in the batch. Its own CPU looks at the first,
 * others must look at the second: until that changes, the old tables are in use.
 */
#include <linux/cpumask.h>

#include <asm/tlbflush.h>

#include "mm.h"

DEFINE_PER_CPU(unsigned long, xen_cr3);		/* physical address */
DEFINE_PER_CPU(unsigned long, xen_cr3_loaded);

noinstr void xen_tlb_write_cr2(unsigned long cr2)
{
	this_cpu_read(xen_vcpu)->arch.cr2 = cr2;
}

unsigned long xen_tlb_read_cr3(void)
{
	return this_cpu_read(xen_cr3);
}

static void note_loaded(void *cr3)
{
	this_cpu_write(xen_cr3_loaded, (unsigned long)cr3);
}

/* @base: physical address of what the hypervisor walks; 0 takes user mode's away. */
static void queue_base(unsigned int cmd, unsigned long base)
{
	struct mmuext_op op = {
		.cmd = cmd,
		.arg1.mfn = base ? pfn_to_mfn(PFN_DOWN(base)) : 0,
	};

	trace_xen_mmu_write_cr3(cmd == MMUEXT_NEW_BASEPTR, base);
	xen_batch_mmuext(&op);
}

/* @cr3: physical address of the core's top level */
static void chosen(unsigned long cr3)
{
	this_cpu_write(xen_cr3, cr3);
	xen_batch_after(note_loaded, (void *)cr3);
}

void xen_tlb_write_cr3(unsigned long cr3)
{
	struct xen_pt_top *top = static_branch_likely(&xen_pt_pages_ready) ?
				 xen_pt_top(__va(cr3)) : NULL;

	guard(xen_batch)(XEN_UNLESS_LAZY_CPU);
	queue_base(MMUEXT_NEW_BASEPTR, top ? __pa(top->kernel) : cr3);
	chosen(cr3);
	queue_base(MMUEXT_NEW_USER_BASEPTR, top ? __pa(top->user) : 0);
}

/* Before there are processes. */
void __init xen_tlb_early_write_cr3(unsigned long cr3)
{
	guard(xen_batch)(XEN_UNLESS_LAZY_CPU);
	queue_base(MMUEXT_NEW_BASEPTR, cr3);
	chosen(cr3);
}

static void flush(unsigned int cmd, unsigned long addr)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.linear_addr = addr };

	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	xen_batch_mmuext(&op);
}

void xen_tlb_flush_local(void)
{
	flush(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

/* On all CPUs of the domain. */
void xen_tlb_flush_all(void)
{
	flush(MMUEXT_TLB_FLUSH_ALL, 0);
}

void xen_tlb_flush_one_user(unsigned long addr)
{
	trace_xen_mmu_flush_tlb_one_user(addr);
	flush(MMUEXT_INVLPG_LOCAL, addr & PAGE_MASK);
}

void xen_tlb_flush_multi(const struct cpumask *cpus, const struct flush_tlb_info *info)
{
	unsigned long *mask;
	struct mmuext_op *op;

	trace_xen_mmu_flush_tlb_multi(cpus, info->mm, info->start, info->end);
	if (cpumask_empty(cpus))
		return;

	guard(xen_batch)(XEN_UNLESS_LAZY_MMU);
	op = xen_batch_mmuext_with(BITS_TO_LONGS(nr_cpu_ids), (u64 **)&mask);
	bitmap_and(mask, cpumask_bits(cpus), cpumask_bits(cpu_online_mask), nr_cpu_ids);
	op->arg2.vcpumask = to_cpumask(mask);
	if (info->end != TLB_FLUSH_ALL && info->end - info->start <= PAGE_SIZE) {
		op->cmd = MMUEXT_INVLPG_MULTI;
		op->arg1.linear_addr = info->start;
	} else {
		op->cmd = MMUEXT_TLB_FLUSH_MULTI;
	}
}
