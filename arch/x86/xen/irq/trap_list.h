/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every exception that a PV kernel handles: XEN_TRAP(vector, handler, ours, ist).
 *
 * @handler is the kernel's, asm_@handler what its table of gates names; asm_@ours is what the
 * hypervisor shall enter, by way of a stub in pv_asm.S. They differ where a machine switches to
 * a stack of its own: with @ist, a gate may ask for that, and does not get it.
 *
 * Included by pv_asm.S for the stubs and by traps.c for the table.
 */
XEN_TRAP(X86_TRAP_DE,		exc_divide_error,		exc_divide_error,	false)
XEN_TRAP(X86_TRAP_DB,		exc_debug,			xenpv_exc_debug,	true)
XEN_TRAP(X86_TRAP_NMI,		exc_nmi,			xenpv_exc_nmi,		true)
XEN_TRAP(X86_TRAP_BP,		exc_int3,			exc_int3,		false)
XEN_TRAP(X86_TRAP_OF,		exc_overflow,			exc_overflow,		false)
XEN_TRAP(X86_TRAP_BR,		exc_bounds,			exc_bounds,		false)
XEN_TRAP(X86_TRAP_UD,		exc_invalid_op,			exc_invalid_op,		false)
XEN_TRAP(X86_TRAP_NM,		exc_device_not_available,	exc_device_not_available, false)
XEN_TRAP(X86_TRAP_DF,		exc_double_fault,		xenpv_exc_double_fault,	true)
XEN_TRAP(X86_TRAP_OLD_MF,	exc_coproc_segment_overrun,	exc_coproc_segment_overrun, false)
XEN_TRAP(X86_TRAP_TS,		exc_invalid_tss,		exc_invalid_tss,	false)
XEN_TRAP(X86_TRAP_NP,		exc_segment_not_present,	exc_segment_not_present, false)
XEN_TRAP(X86_TRAP_SS,		exc_stack_segment,		exc_stack_segment,	false)
XEN_TRAP(X86_TRAP_GP,		exc_general_protection,		exc_general_protection,	false)
XEN_TRAP(X86_TRAP_PF,		exc_page_fault,			exc_page_fault,		false)
XEN_TRAP(X86_TRAP_SPURIOUS,	exc_spurious_interrupt_bug,	exc_spurious_interrupt_bug, false)
XEN_TRAP(X86_TRAP_MF,		exc_coprocessor_error,		exc_coprocessor_error,	false)
XEN_TRAP(X86_TRAP_AC,		exc_alignment_check,		exc_alignment_check,	false)
#ifdef CONFIG_X86_MCE
XEN_TRAP(X86_TRAP_MC,		exc_machine_check,		xenpv_exc_machine_check, true)
#endif
XEN_TRAP(X86_TRAP_XF,		exc_simd_coprocessor_error,	exc_simd_coprocessor_error, false)
#ifdef CONFIG_X86_CET
XEN_TRAP(X86_TRAP_CP,		exc_control_protection,		exc_control_protection,	false)
#endif
#ifdef CONFIG_IA32_EMULATION
XEN_TRAP(IA32_SYSCALL_VECTOR,	int80_emulation,		int80_emulation,	false)
#endif
