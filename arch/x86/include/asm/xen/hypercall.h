/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls, raw: the names that the kernel outside of arch/x86/xen uses. New code has typed calls
 * instead, see xen/hv.h.
 *
 * The ABI of a 64-bit domain: the number in %eax, arguments in %rdi, %rsi, %rdx, %r10 and %r8, the
 * result in %rax. The hypervisor may change the argument registers, those that a call does not use
 * as well, and memory.
 */
#ifndef _ASM_X86_XEN_HYPERCALL_H
#define _ASM_X86_XEN_HYPERCALL_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/static_call_types.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/types.h>

#include <trace/events/xen.h>
#include <xen/pv_frames.h>

#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/page.h>
#include <asm/smap.h>
#include <asm/xen/port_smap.h>

#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <xen/interface/platform.h>
#include <xen/interface/sched.h>
#include <xen/interface/xen-mca.h>

struct xen_dm_op_buf;

/* The way in is one of three stubs, see arch/x86/xen/hv/entry.c. It has no C prototype. */
void xen_hypercall_func(void);
DECLARE_STATIC_CALL(xen_hypercall, xen_hypercall_func);

/* A module finds the static call's key by its trampoline; built-in code has to name it. */
#ifdef MODULE
#define XEN_ENTER	"call " STATIC_CALL_TRAMP_STR(xen_hypercall)
#else
#define XEN_ENTER	".global " __stringify(STATIC_CALL_KEY(xen_hypercall)) "\n\t" \
			"call " STATIC_CALL_TRAMP_STR(xen_hypercall)
#endif

static __always_inline long xen_call1(unsigned int nr, unsigned long a)
{
	long result;

	asm volatile(XEN_ENTER
		     : "=a" (result), "+D" (a), ASM_CALL_CONSTRAINT
		     : "a" (nr)
		     : "rsi", "rdx", "r10", "r8", "memory");
	return result;
}

static __always_inline long xen_call2(unsigned int nr, unsigned long a, unsigned long b)
{
	long result;

	asm volatile(XEN_ENTER
		     : "=a" (result), "+D" (a), "+S" (b), ASM_CALL_CONSTRAINT
		     : "a" (nr)
		     : "rdx", "r10", "r8", "memory");
	return result;
}

static __always_inline long xen_call3(unsigned int nr, unsigned long a, unsigned long b,
				      unsigned long c)
{
	long result;

	asm volatile(XEN_ENTER
		     : "=a" (result), "+D" (a), "+S" (b), "+d" (c), ASM_CALL_CONSTRAINT
		     : "a" (nr)
		     : "r10", "r8", "memory");
	return result;
}

static __always_inline long xen_call4(unsigned int nr, unsigned long a, unsigned long b,
				      unsigned long c, unsigned long d)
{
	register unsigned long r10 asm("r10") = d;
	long result;

	asm volatile(XEN_ENTER
		     : "=a" (result), "+D" (a), "+S" (b), "+d" (c), "+r" (r10),
		       ASM_CALL_CONSTRAINT
		     : "a" (nr)
		     : "r8", "memory");
	return result;
}

/* Any call, by number; all 64 bits count, since user space may have chosen it. */
static inline long xen_single_call(unsigned long nr, unsigned long a, unsigned long b,
				   unsigned long c, unsigned long d, unsigned long e)
{
	register unsigned long r10 asm("r10") = d;
	register unsigned long r8 asm("r8") = e;
	long result;

	asm volatile(XEN_ENTER
		     : "=a" (result), "+D" (a), "+S" (b), "+d" (c), "+r" (r10), "+r" (r8),
		       ASM_CALL_CONSTRAINT
		     : "a" (nr)
		     : "memory");
	return result;
}

#ifdef CONFIG_XEN_PV
extern struct mm_struct *xen_pt_last_linked;

/* See xen_pt_keep_linked(), which a process has to call again only after another one did. */
static inline void xen_pt_stay_linked(void)
{
	if (cpu_feature_enabled(X86_FEATURE_XENPV) &&
	    READ_ONCE(xen_pt_last_linked) != current->mm)
		xen_pt_keep_linked();
}
#else
static inline void xen_pt_stay_linked(void) { }
#endif

/*
 * For user space, which is trusted with it: the hypervisor reads and writes the caller's user
 * memory with this CPU's rights.
 */
static inline long privcmd_call(unsigned long nr, unsigned long a, unsigned long b,
				unsigned long c, unsigned long d, unsigned long e)
{
	long result;

	xen_pt_stay_linked();
	xen_port_stac();
	result = xen_single_call(nr, a, b, c, d, e);
	xen_port_clac();
	return result;
}

static inline int HYPERVISOR_dm_op(domid_t dom, unsigned int n, struct xen_dm_op_buf *bufs)
{
	long result;

	xen_pt_stay_linked();
	xen_port_stac();
	result = xen_call3(__HYPERVISOR_dm_op, dom, n, (unsigned long)bufs);
	xen_port_clac();
	return result;
}

/*
 * Calls of a command and its argument. Some are made where nothing may be instrumented.
 */
#define XEN_COMMAND(name)							\
static __always_inline int HYPERVISOR_##name(int cmd, void *arg)		\
{										\
	return xen_call2(__HYPERVISOR_##name, cmd, (unsigned long)arg);		\
}

XEN_COMMAND(callback_op)
XEN_COMMAND(event_channel_op)
XEN_COMMAND(hvm_op)
XEN_COMMAND(physdev_op)
XEN_COMMAND(sched_op)
XEN_COMMAND(xen_version)
XEN_COMMAND(xenpmu_op)
#undef XEN_COMMAND

/* Its results are frame numbers and lengths, too. */
static __always_inline long HYPERVISOR_memory_op(unsigned int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_memory_op, cmd, (unsigned long)arg);
}

static __always_inline int HYPERVISOR_vcpu_op(int cmd, int vcpu, void *arg)
{
	return xen_call3(__HYPERVISOR_vcpu_op, cmd, vcpu, (unsigned long)arg);
}

static __always_inline int HYPERVISOR_grant_table_op(unsigned int cmd, void *ops, unsigned int n)
{
	return xen_call3(__HYPERVISOR_grant_table_op, cmd, (unsigned long)ops, n);
}

static __always_inline int HYPERVISOR_console_io(int cmd, int n, char *text)
{
	return xen_call3(__HYPERVISOR_console_io, cmd, n, (unsigned long)text);
}

static __always_inline int HYPERVISOR_multicall(void *calls, u32 n)
{
	return xen_call2(__HYPERVISOR_multicall, (unsigned long)calls, n);
}

static __always_inline int HYPERVISOR_vm_assist(unsigned int cmd, unsigned int type)
{
	return xen_call2(__HYPERVISOR_vm_assist, cmd, type);
}

/* A 32-bit domain needs both halves of the time; others have them told all the same. */
static __always_inline long HYPERVISOR_set_timer_op(u64 at)
{
	return xen_call2(__HYPERVISOR_set_timer_op, at, at >> 32);
}

/* The toolstack finds a PV domain's start info by the third argument's register. */
static __always_inline int HYPERVISOR_suspend(unsigned long start_info_mfn)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_suspend };

	return xen_call3(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&op,
			 start_info_mfn);
}

/* These two say which version of their argument they mean. */
static __always_inline int HYPERVISOR_platform_op(struct xen_platform_op *op)
{
	op->interface_version = XENPF_INTERFACE_VERSION;
	return xen_call1(__HYPERVISOR_platform_op, (unsigned long)op);
}

static __always_inline int HYPERVISOR_mca(struct xen_mc *op)
{
	op->interface_version = XEN_MCA_INTERFACE_VERSION;
	return xen_call1(__HYPERVISOR_mca, (unsigned long)op);
}

#ifdef CONFIG_XEN_PV
/*
 * What an instruction of a machine's kernel becomes in a PV domain.
 */

static __always_inline int HYPERVISOR_mmu_update(struct mmu_update *updates, int n, int *done,
						 domid_t dom)
{
	return xen_call4(__HYPERVISOR_mmu_update, (unsigned long)updates, n,
			 (unsigned long)done, dom);
}

static __always_inline int HYPERVISOR_mmuext_op(struct mmuext_op *ops, int n, int *done,
						domid_t dom)
{
	return xen_call4(__HYPERVISOR_mmuext_op, (unsigned long)ops, n, (unsigned long)done,
			 dom);
}

static __always_inline int HYPERVISOR_update_va_mapping(unsigned long va, pte_t entry,
							unsigned long flags)
{
	return xen_call3(__HYPERVISOR_update_va_mapping, va, entry.pte, flags);
}

static __always_inline int HYPERVISOR_set_gdt(unsigned long *frames, int entries)
{
	return xen_call2(__HYPERVISOR_set_gdt, (unsigned long)frames, entries);
}

static __always_inline int HYPERVISOR_update_descriptor(u64 at, u64 descriptor)
{
	return xen_call2(__HYPERVISOR_update_descriptor, at, descriptor);
}

static __always_inline int HYPERVISOR_set_trap_table(struct trap_info *table)
{
	return xen_call1(__HYPERVISOR_set_trap_table, (unsigned long)table);
}

static __always_inline int HYPERVISOR_set_segment_base(int which, unsigned long base)
{
	return xen_call2(__HYPERVISOR_set_segment_base, which, base);
}

static __always_inline int HYPERVISOR_set_debugreg(int which, unsigned long value)
{
	return xen_call2(__HYPERVISOR_set_debugreg, which, value);
}

static __always_inline unsigned long HYPERVISOR_get_debugreg(int which)
{
	return xen_call1(__HYPERVISOR_get_debugreg, which);
}
#endif /* CONFIG_XEN_PV */

#endif /* _ASM_X86_XEN_HYPERCALL_H */
