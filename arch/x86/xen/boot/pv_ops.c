// SPDX-License-Identifier: GPL-2.0
/* Which operations on CPUs and interrupts are in force when. */
#include <linux/init.h>

#include <asm/paravirt.h>

#include "../cpu/pmu.h"
#include "../cpu/regs.h"
#include "../cpu/switch.h"
#include "../irq/descriptors.h"
#include "../irq/flags.h"
#include "../xen_arch.h"
#include "pv_boot.h"

#include "../port_pv_ops.h"

/**
 * xen_pv_set_ops() - put in force what changes at a stage of the start
 * @stage: the stage
 *
 * Context: before the calls are patched into the code.
 */
void __init xen_pv_set_ops(enum xen_ops_stage stage)
{
#define XEN_OP(table, member, value) \
	(stage == XEN_OPS_START ? (void)(pv_ops.table.member = (value)) : (void)0)
#define XEN_OP_UNTIL(when, table, member, early, late) \
	(stage == XEN_OPS_START || stage == XEN_OPS_##when ? \
	 (void)(pv_ops.table.member = stage == XEN_OPS_START ? (early) : (late)) : (void)0)
#define XEN_OP_SAVE_UNTIL(when, table, member, early, late) \
	XEN_OP_UNTIL(when, table, member.func, (void *)(early), (void *)(late))
	(void)((void)0,
#include "pv_ops_list.h"
	0);
}
