/* SPDX-License-Identifier: GPL-2.0 */
/* What xen-head.S has to do differently from base to base. */

/* Into %edx:%eax. Per-CPU data is linked at 0, and lies in .init until the boot CPU has its own. */
.macro xen_port_early_gsbase
	movq	$INIT_PER_CPU_VAR(fixed_percpu_data), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
.endm

.macro xen_port_entry_note
	.quad	startup_xen
.endm
