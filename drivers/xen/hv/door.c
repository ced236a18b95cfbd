// SPDX-License-Identifier: GPL-2.0
/*
 * The door: the table of operations, the gate to the hypervisor, and what happens when an
 * operation fails that correct code never sees fail.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/printk.h>
#include <xen/hv.h>
#include <xen/hv_dm.h>
#include <xen/hv_status.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/memory.h>
#include <xen/interface/physdev.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/version.h>
#ifdef CONFIG_XEN_HAVE_VPMU
#include <xen/interface/xenpmu.h>
#endif
#include <asm/xen/hypercall.h>
#include "gate.h"

enum hv_group {
	EVTCHN, PHYSDEV, HVM, SCHED, SUSPEND, VCPU, GRANT, MEMORY, VERSION, ASSIST, PMU, DM,
};

enum hv_policy { MAY, MUST };

struct hv_op {
	const char *name;
	u8 group;
	u8 policy;
	u16 command;
};

#define XEN_HV_OP(op, in, cmd, how)	\
	[XEN_HV_##op] = { .name = #op, .group = in, .policy = how, .command = cmd },

static const struct hv_op ops[XEN_HV_OPS] = {
#include <xen/hv_ops.h>
};

#undef XEN_HV_OP

/* One bit per operation whose failure was reported. */
static DECLARE_BITMAP(reported, XEN_HV_OPS);

DEFINE_STATIC_CALL(xen_hv_gate, xen_hv_gate_real);

long xen_hv_gate_real(enum xen_hv_op op, void *arg, unsigned int n)
{
	unsigned int command = ops[op].command;
	const struct xen_hv_dm_args *dm = arg;

	switch (ops[op].group) {
	case EVTCHN:
		return HYPERVISOR_event_channel_op(command, arg);
	case GRANT:
		return HYPERVISOR_grant_table_op(command, arg, n);
	case PHYSDEV:
		return HYPERVISOR_physdev_op(command, arg);
	case HVM:
		return HYPERVISOR_hvm_op(command, arg);
	case SCHED:
		return HYPERVISOR_sched_op(command, arg);
	case SUSPEND:
		return HYPERVISOR_suspend(*(unsigned long *)arg);
	case VCPU:
		return HYPERVISOR_vcpu_op(command, n, arg);
	case MEMORY:
		return HYPERVISOR_memory_op(command, arg);
	case VERSION:
		return HYPERVISOR_xen_version(command, arg);
	case DM:
		return HYPERVISOR_dm_op(dm->dom, n, dm->bufs);
	case ASSIST:
		return HYPERVISOR_vm_assist(command, n);
#ifdef CONFIG_XEN_HAVE_VPMU
	case PMU:
		return HYPERVISOR_xenpmu_op(command, arg);
#endif
	}
	return -EOPNOTSUPP;
}

static noinline void report(enum xen_hv_op op, long err)
{
	if (!test_and_set_bit(op, reported))
		pr_err("xen: %s failed: %ld; further failures of it are not reported\n",
		       ops[op].name, err);
}

/* Documented in xen/hv.h, as is all that is exported here. */
long xen_hv_call(enum xen_hv_op op, void *arg, unsigned int n)
{
	long rc = static_call(xen_hv_gate)(op, arg, n);

	if (likely(rc >= 0))
		return rc;
	rc = xen_hv_errno(rc);
	if (ops[op].policy == MUST)
		report(op, rc);
	return rc;
}
EXPORT_SYMBOL_GPL(xen_hv_call);

const char *xen_hv_op_name(enum xen_hv_op op)
{
	return op < XEN_HV_OPS ? ops[op].name : "?";
}
EXPORT_SYMBOL_GPL(xen_hv_op_name);
