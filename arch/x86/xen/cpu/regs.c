// SPDX-License-Identifier: GPL-2.0
/* Control and debug registers of a PV domain's CPUs, which are the hypervisor's. */
#include <linux/percpu.h>

#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "../hv/desc_calls.h"
#include "regs.h"

/* The hypervisor emulates reading it, slowly; of writes it takes one bit. 0 if it was not read. */
static DEFINE_PER_CPU(unsigned long, xen_cr0);

unsigned long xen_regs_read_cr0(void)
{
	unsigned long cr0 = this_cpu_read(xen_cr0);

	if (!cr0) {
		cr0 = native_read_cr0();
		this_cpu_write(xen_cr0, cr0);
	}
	return cr0;
}

void xen_regs_write_cr0(unsigned long cr0)
{
	this_cpu_write(xen_cr0, cr0);
	xen_hv_fpu_trap(cr0 & X86_CR0_TS);
}

/* What the hypervisor keeps to itself it must not be asked for: it would complain. */
void xen_regs_write_cr4(unsigned long cr4)
{
	native_write_cr4(cr4 & ~(X86_CR4_PGE | X86_CR4_PSE | X86_CR4_PCE));
}

noinstr void xen_regs_set_debugreg(int reg, unsigned long val)
{
	xen_hv_set_debugreg(reg, val);
}

noinstr unsigned long xen_regs_get_debugreg(int reg)
{
	return xen_hv_get_debugreg(reg);
}

/* There is no task register: the hypervisor switches stacks. */
unsigned long xen_regs_store_tr(void)
{
	return 0;
}
