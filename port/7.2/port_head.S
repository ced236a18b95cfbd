/* SPDX-License-Identifier: GPL-2.0 */
/* What xen-head.S has to do differently from base to base. */

/* Into %edx:%eax. Per-CPU data at its link-time address is the boot CPU's, until it has its own. */
.macro xen_port_early_gsbase
	xorl	%eax, %eax
	xorl	%edx, %edx
.endm

/* The linker script makes the address of what is a difference in the note. */
.macro xen_port_entry_note
	.globl	xen_elfnote_entry
xen_elfnote_entry:
	.quad	xen_elfnote_entry_value - .
.endm
