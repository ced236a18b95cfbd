// SPDX-License-Identifier: GPL-2.0
/*
 * Rights of user mode to I/O ports.
 *
 * The kernel itself has all ports of its domain, from its start on (boot/pv_steps.c). iopl() is a
 * bitmap without bits, ioperm() one with some; so the bitmap is all that has to follow the task.
 * The kernel calls here whenever the next task's differs from what the CPU has, before it goes to
 * user mode: the hypervisor looks at its own record of the bitmap, never at the kernel's.
 */
#include <linux/bug.h>
#include <linux/percpu.h>

#include <asm/io_bitmap.h>
#include <asm/processor.h>

#include "../hv/desc_calls.h"
#include "regs.h"

static void tell(void *bitmap, unsigned int ports)
{
	/* The last task's rights would stay. */
	if (xen_hv_set_io_bitmap(bitmap, ports))
		panic("xen: the hypervisor does not take an I/O bitmap");
}

void xen_io_no_bitmap(void)
{
	native_tss_invalidate_io_bitmap();
	tell(NULL, 0);
}

void xen_io_update_bitmap(void)
{
	struct x86_hw_tss *tss;

	native_tss_update_io_bitmap();
	tss = this_cpu_ptr(&cpu_tss_rw.x86_tss);
	if (tss->io_bitmap_base == IO_BITMAP_OFFSET_INVALID)
		tell(NULL, 0);
	else
		tell((void *)tss + tss->io_bitmap_base, IO_BITMAP_BITS);
}
