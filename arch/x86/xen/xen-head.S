/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the hypervisor enters the kernel, how the kernel enters the hypervisor, and the notes by
 * which a domain builder knows that this is a kernel for it. Part of the base's head_64.S.
 */
#ifdef CONFIG_XEN

#include <linux/elfnote.h>
#include <linux/init.h>

#include <asm/asm.h>
#include <asm/boot.h>
#include <asm/frame.h>
#include <asm/msr.h>
#include <asm/page_types.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>

#include <xen/interface/elfnote.h>
#include <xen/interface/features.h>
#include <xen/interface/xen.h>
#include <asm/xen/interface.h>

#include "port_head.S"

#ifdef CONFIG_XEN_PV
/*
 * The boot CPU of a PV domain: paging is on, %rsi is the address of the start info. The C code
 * needs a stack and a base for per-CPU data, and never returns.
 */
	__INIT
SYM_CODE_START(startup_xen)
	ANNOTATE_NOENDBR
	UNWIND_HINT_END_OF_STACK
	cld
	leaq	__top_init_kernel_stack(%rip), %rsp

	xen_port_early_gsbase
	movl	$MSR_GS_BASE, %ecx
	wrmsr

	movq	%rsi, %rdi
	call	xen_start_kernel
SYM_CODE_END(startup_xen)
	__FINIT

#ifdef CONFIG_XEN_PV_SMP
	.pushsection .text
/* All other CPUs, at VCPUOP_initialise: with the stack and the bases that were asked for. */
SYM_CODE_START(asm_cpu_bringup_and_idle)
	ENDBR
	UNWIND_HINT_END_OF_STACK
	call	cpu_bringup_and_idle
SYM_CODE_END(asm_cpu_bringup_and_idle)

/* The same after VCPUOP_down, on the idle task's stack from its first entry on: %rdi. */
SYM_CODE_START(xen_cpu_bringup_again)
	UNWIND_HINT_FUNC
	movq	%rdi, %rsp
	UNWIND_HINT_REGS
	call	cpu_bringup_and_idle
SYM_CODE_END(xen_cpu_bringup_again)
	.popsection
#endif /* CONFIG_XEN_PV_SMP */
#endif /* CONFIG_XEN_PV */

/*
 * Hypercalls of translated domains, targets of the static call xen_hypercall. The ABI: %eax is the
 * number and then the result; %rdi, %rsi, %rdx, %r10 and %r8 are arguments that the hypervisor may
 * change; nothing else changes.
 */
	.pushsection .noinstr.text, "ax"
SYM_FUNC_START(xen_hypercall_amd)
	ANNOTATE_NOENDBR
	vmmcall
	RET
SYM_FUNC_END(xen_hypercall_amd)

SYM_FUNC_START(xen_hypercall_intel)
	ANNOTATE_NOENDBR
	vmcall
	RET
SYM_FUNC_END(xen_hypercall_intel)

/*
 * The first one. The C function returns which of the above it is, and has changed the static call
 * to go there; what it may use and a hypercall needs is kept.
 */
SYM_FUNC_START(xen_hypercall_hvm)
	ENDBR
	FRAME_BEGIN
	.irp	reg, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11
	pushq	%\reg
	.endr
	call	__xen_hypercall_setfunc
	leaq	xen_hypercall_amd(%rip), %rcx
	cmpq	%rcx, %rax
	/* No pop changes the flags. */
	.irp	reg, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
	popq	%\reg
	.endr
	FRAME_END
	je	xen_hypercall_amd
	jmp	xen_hypercall_intel
SYM_FUNC_END(xen_hypercall_hvm)
	.popsection

/* For all kinds of domains. The version is the ABI's, not the kernel's: builders compare it. */
	ELFNOTE(Xen, XEN_ELFNOTE_XEN_VERSION,	 .asciz "xen-3.0")
	ELFNOTE(Xen, XEN_ELFNOTE_LOADER,	 .asciz "generic")
	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_OS,	 .asciz "linux")
	ELFNOTE(Xen, XEN_ELFNOTE_SUSPEND_CANCEL, .long 1)
	ELFNOTE(Xen, XEN_ELFNOTE_GUEST_VERSION,	 .asciz "2.6")

/* Features are alternatives to what every domain of the kind can do. */
	.set	.Lfeatures, 0
#ifdef CONFIG_XEN_DOM0
	.set	.Lfeatures, .Lfeatures | (1 << XENFEAT_dom0)
#endif
#ifdef CONFIG_XEN_PVH
	.set	.Lfeatures, .Lfeatures | (1 << XENFEAT_linux_rsdp_unrestricted)
#endif
#ifdef CONFIG_XEN_PV
	.set	.Lfeatures, .Lfeatures | (1 << XENFEAT_writable_page_tables)

	ELFNOTE(Xen, XEN_ELFNOTE_ENTRY,		 xen_port_entry_note)
	ELFNOTE(Xen, XEN_ELFNOTE_VIRT_BASE,	 .quad __START_KERNEL_map)
	ELFNOTE(Xen, XEN_ELFNOTE_PADDR_OFFSET,	 .quad 0)
	/* The list of frames goes to the second top-level entry, out of everything's way. */
	ELFNOTE(Xen, XEN_ELFNOTE_INIT_P2M,	 .quad PTRS_PER_PUD * PUD_SIZE)
	/* Modules, which are the initrd, need no virtual addresses. */
	ELFNOTE(Xen, XEN_ELFNOTE_MOD_START_PFN,	 .long 1)
	/* An entry is valid if these bits, of these, are set. */
	ELFNOTE(Xen, XEN_ELFNOTE_L1_MFN_VALID,	 .quad _PAGE_PRESENT; .quad _PAGE_PRESENT)
	ELFNOTE(Xen, XEN_ELFNOTE_PAE_MODE,	 .asciz "yes")
	/* For builders that do not read numbers. */
	ELFNOTE(Xen, XEN_ELFNOTE_FEATURES,	 .ascii "!writable_page_tables")
#endif
	ELFNOTE(Xen, XEN_ELFNOTE_SUPPORTED_FEATURES, .long .Lfeatures)

#endif /* CONFIG_XEN */
