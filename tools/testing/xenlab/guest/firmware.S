/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A boot sector for an HVM guest: copies sectors 1 to 32 of the disk it came from to 65 by the firmware's
 * calls, then itself to sector 64, which tells dom0 that the copy is there.
 */
	.code16
	.globl _start
_start:
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x7c00, %sp
	mov	$from, %si
	mov	$0x42, %ah
	int	$0x13
	jc	stop
	mov	$to, %si
	mov	$0x4300, %ax
	int	$0x13
	jc	stop
	mov	$tell, %si
	mov	$0x4300, %ax
	int	$0x13
stop:	hlt
	jmp	stop

	.balign	4
from:	.byte	16, 0
	.word	32, 0, 0x1000
	.quad	1
to:	.byte	16, 0
	.word	32, 0, 0x1000
	.quad	65
tell:	.byte	16, 0
	.word	1, 0x7c00, 0
	.quad	64
	.org	510
	.word	0xaa55
