/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways into the kernel and out of it in a PV domain.
 *
 * Kernel and user mode both run in ring 3; the hypervisor knows which of them a vCPU is in. It
 * enters the kernel for exceptions, system calls and events (the upcall), with a frame like the
 * machine's, below which it has pushed %r11 and %rcx. There is no interrupt flag: while
 * vcpu_info's mask is set, no upcall comes, and vcpu_info's pending says whether one is owed.
 *
 * Only the way back to user mode needs the hypervisor. An iretq of ring 3 returns to the kernel,
 * once the mask is as the frame's flags want it; and an upcall that is owed when events are
 * enabled is entered from here as the hypervisor would have done it.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/linkage.h>
#include <linux/objtool.h>

#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/errno.h>
#include <asm/frame.h>
#include <asm/irq_vectors.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/trapnr.h>
#include <asm/unwind_hints.h>

#include <xen/interface/xen.h>

#include <../entry/calling.h>

#define EVENTS_MASK	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_mask)
#define EVENTS_PENDING	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_pending)

/* The frame that iretq takes. */
#define FRAME_CS	8
#define FRAME_FLAGS	16
#define FRAME_SP	24
#define FRAME_SS	32

/* A page fault's error code lies above %rcx and %r11: the kernel may not write, but read. */
#define FAULT_ERROR	16
#define WRITE_PROTECTED	(X86_PF_PROT | X86_PF_WRITE)
#define X86_PF_PROT	1
#define X86_PF_WRITE	2

/*
 * In a frame's slot of %cs, above the selector, where neither iretq nor the hypervisor looks: the
 * hypervisor holds back NMIs or machine checks until its own iret.
 */
#define HELD_BACK	0x01000000

	.section .noinstr.text, "ax"

/* As inline assembler calls it: %eax is the call, everything else but %rax is preserved. */
SYM_FUNC_START(xen_hypercall_pv)
	ANNOTATE_NOENDBR
	push	%rcx
	push	%r11
	UNWIND_HINT_SAVE
	syscall
	UNWIND_HINT_RESTORE
	pop	%r11
	pop	%rcx
	RET
SYM_FUNC_END(xen_hypercall_pv)

/*
 * The operations on the interrupt flag, for a vCPU whose vcpu_info is in its per-CPU area. They
 * preserve all registers but %rax.
 */

SYM_FUNC_START(xen_irq_disable_direct)
	ENDBR
	movb	$1, EVENTS_MASK
	RET
SYM_FUNC_END(xen_irq_disable_direct)

/*
 * Between the two steps an upcall may move this task to another CPU, and pending may be that
 * one's. Then a turn may find nothing to do, which is harmless.
 */
SYM_FUNC_START(xen_irq_enable_direct)
	ENDBR
	movb	$0, EVENTS_MASK
	cmpb	$0, EVENTS_PENDING
	jne	xen_enter_upcall
SYM_INNER_LABEL(xen_irq_enabled, SYM_L_LOCAL)
	ANNOTATE_NOENDBR
	RET
SYM_FUNC_END(xen_irq_enable_direct)

/* An upcall that came right before the RET above, so that calls and returns stay in balance. */
SYM_CODE_START_LOCAL(xen_enter_upcall)
	UNWIND_HINT_FUNC
	movb	$1, EVENTS_MASK
	movq	%rsp, %rax
	pushq	$FLAT_KERNEL_SS
	pushq	%rax
	pushfq					/* IF is set, as always in ring 3 */
	pushq	$(FLAT_KERNEL_CS & ~3)
	leaq	xen_irq_enabled(%rip), %rax
	pushq	%rax
	UNWIND_HINT_IRET_REGS
	jmp	asm_exc_xen_hypervisor_callback
SYM_CODE_END(xen_enter_upcall)

/*
 * %ax: X86_EFLAGS_IF if the mask is 0. Taking 1 from the byte where IF is gives 0xff for 0, and
 * 0 for 1; all other bits are undefined.
 */
SYM_FUNC_START(xen_save_fl_direct)
	ENDBR
	movzwl	EVENTS_PENDING, %eax
	subl	$X86_EFLAGS_IF / 2, %eax
	RET
SYM_FUNC_END(xen_save_fl_direct)

/* While vcpu_info is the shared info page's. */
SYM_FUNC_START(xen_read_cr2)
	ENDBR
	movq	PER_CPU_VAR(xen_vcpu), %rax
	movq	XEN_vcpu_info_arch_cr2(%rax), %rax
	RET
SYM_FUNC_END(xen_read_cr2)

SYM_FUNC_START(xen_read_cr2_direct)
	ENDBR
	movq	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_arch_cr2), %rax
	RET
SYM_FUNC_END(xen_read_cr2_direct)

/*
 * What the hypervisor's iret wants below the frame: its flags, which are ours to push before,
 * then the registers that syscall destroys.
 */
.macro iret_by_hypercall
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$__HYPERVISOR_iret, %eax
	syscall
	UNWIND_HINT_UNDEFINED			/* it does not return */
	ud2
.endm

/*
 * In place of iretq, with the frame on the stack and all registers restored.
 *
 * From .Lunmasked to .Lmasked an upcall may come although all work is done. It takes this frame
 * for its own, so that upcalls do not pile up.
 */
SYM_CODE_START(xen_iret)
	UNWIND_HINT_IRET_REGS
	ANNOTATE_NOENDBR
	testl	$(HELD_BACK | 3), FRAME_CS(%rsp)
	jnz	.Lhypercall
	testb	$(X86_EFLAGS_IF >> 8), FRAME_FLAGS + 1(%rsp)
	jz	.Liretq				/* the mask is set already */
	movb	$0, EVENTS_MASK
.Lunmasked:
	cmpb	$0, EVENTS_PENDING
	jne	.Lowed
.Liretq:
	orb	$3, FRAME_CS(%rsp)
	orb	$3, FRAME_SS(%rsp)
	iretq
.Lowed:
	movb	$1, EVENTS_MASK
.Lmasked:
	jmp	asm_exc_xen_hypervisor_callback
.Lhypercall:
	UNWIND_HINT_IRET_REGS
	pushq	$0
	iret_by_hypercall
SYM_CODE_END(xen_iret)

/* To user mode, from the bottom of the kernel's stack: the registers' frame lies there already. */
SYM_CODE_START(xenpv_restore_regs_and_return_to_usermode)
	UNWIND_HINT_REGS
	POP_REGS
	STACKLEAK_ERASE_NOCLOBBER
	movq	$0, (%rsp)			/* orig_ax, where the hypervisor wants its flags */
	iret_by_hypercall
SYM_CODE_END(xenpv_restore_regs_and_return_to_usermode)

/*
 * A page fault: the kernel wrote where it may only read. That is memory of user mode's that has to
 * be copied, or a page table, see mm/pt_write.c; so this goes another way than others, into the
 * same frame.
 */
SYM_CODE_START_LOCAL(write_fault)
	UNWIND_HINT_ENTRY
	popq	%rcx
	popq	%r11
	UNWIND_HINT_IRET_REGS offset=8
	cld
	call	xen_error_entry
	ENCODE_FRAME_POINTER
	UNWIND_HINT_REGS
	movq	%rsp, %rdi
	movq	ORIG_RAX(%rsp), %rsi
	movq	$-1, ORIG_RAX(%rsp)		/* no system call to restart */
	call	xen_write_protection_fault
	jmp	restore_regs_and_return_to_kernel
SYM_CODE_END(write_fault)

/*
 * Exceptions. What a machine pushes remains: the kernel's own entries can go on.
 */
.macro exception_stub name
SYM_CODE_START(xen_\name)
	UNWIND_HINT_ENTRY
	ENDBR
	/* Where it was is a guess at where entries will change next: pt_set.c. */
	.ifc	\name, asm_exc_page_fault
	movq	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_arch_cr2), %rcx
	cmpl	$WRITE_PROTECTED, FAULT_ERROR(%rsp)
	je	write_fault
	movq	%rcx, PER_CPU_VAR(xen_last_fault)
	.endif
	popq	%rcx
	popq	%r11
	/* The hypervisor holds back others until its iret. */
	.ifc	\name, asm_xenpv_exc_nmi
	hold_back
	.endif
	.ifc	\name, asm_xenpv_exc_machine_check
	hold_back
	.endif
	jmp	\name
SYM_CODE_END(xen_\name)
.endm

/* On the way to user mode it is always the hypervisor's. */
.macro hold_back
	testb	$3, FRAME_CS(%rsp)
	jnz	1f
	orl	$HELD_BACK, FRAME_CS(%rsp)
1:
.endm

#define XEN_TRAP(vector, handler, ours, ist)	exception_stub asm_##ours;
#include "trap_list.h"
exception_stub asm_exc_xen_unknown_trap

/*
 * The upcall. User mode may say that it is at any address, having jumped there in vain: it is not
 * leaving anything, and its stack is its own.
 */
SYM_CODE_START(xen_asm_exc_xen_hypervisor_callback)
	UNWIND_HINT_ENTRY
	ENDBR
	leaq	.Lunmasked(%rip), %rcx
	movq	2*8(%rsp), %r11
	subq	%rcx, %r11
	cmpq	$(.Lmasked - .Lunmasked), %r11
	popq	%rcx
	popq	%r11
	jae	.Lenter
	testb	$3, FRAME_CS(%rsp)
	jnz	.Lenter
	movq	FRAME_SP(%rsp), %rsp
	andb	$~3, FRAME_CS(%rsp)
.Lenter:
	jmp	asm_exc_xen_hypervisor_callback
SYM_CODE_END(xen_asm_exc_xen_hypervisor_callback)

/*
 * System calls. The hypervisor does not know which segments user mode came with and pushes its
 * own; the kernel expects those that it returns to.
 */
.macro syscall_stub name, cs, to
SYM_CODE_START(\name)
	UNWIND_HINT_ENTRY
	ENDBR
	popq	%rcx
	popq	%r11
	movq	$\cs, FRAME_CS(%rsp)
	movq	$__USER_DS, FRAME_SS(%rsp)
	jmp	\to
SYM_CODE_END(\name)
.endm

syscall_stub xen_entry_SYSCALL_64, __USER_CS, entry_SYSCALL_64_after_hwframe

#ifdef CONFIG_IA32_EMULATION
syscall_stub xen_entry_SYSCALL_compat, __USER32_CS, entry_SYSCALL_compat_after_hwframe
/* Single-stepping is no concern: the hypervisor has cleared TF. */
syscall_stub xen_entry_SYSENTER_compat, __USER32_CS, entry_SYSENTER_compat_after_hwframe
#else
SYM_CODE_START(xen_entry_SYSCALL_compat)
SYM_CODE_START(xen_entry_SYSENTER_compat)
	UNWIND_HINT_ENTRY
	ENDBR
	movq	$-ENOSYS, %rax
	popq	%rcx
	popq	%r11
	pushq	$0
	iret_by_hypercall
SYM_CODE_END(xen_entry_SYSENTER_compat)
SYM_CODE_END(xen_entry_SYSCALL_compat)
#endif

/* Exceptions before the kernel has its handlers: one stub for each of the early ones. */
	__INIT
SYM_CODE_START(xen_early_idt_handler_array)
	.set	vector, 0
	.rept	NUM_EXCEPTION_VECTORS
	UNWIND_HINT_UNDEFINED
	ENDBR
	popq	%rcx
	popq	%r11
	jmp	early_idt_handler_array + vector * EARLY_IDT_HANDLER_SIZE
	.set	vector, vector + 1
	.org	xen_early_idt_handler_array + vector * XEN_EARLY_IDT_HANDLER_SIZE, 0xcc
	.endr
SYM_CODE_END(xen_early_idt_handler_array)
	__FINIT
