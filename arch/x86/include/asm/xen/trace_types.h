/* SPDX-License-Identifier: GPL-2.0 */
/* What the trace events of batched hypercalls speak of: include/trace/events/xen.h. */
#ifndef _ASM_XEN_TRACE_TYPES_H
#define _ASM_XEN_TRACE_TYPES_H

/**
 * enum xen_mc_flush_reason - why a batch is sent
 * @XEN_MC_FL_NONE: its owner is done
 * @XEN_MC_FL_BATCH: no room for another call
 * @XEN_MC_FL_ARGS: no room for another call's arguments
 * @XEN_MC_FL_CALLBACK: no room for another callback
 */
enum xen_mc_flush_reason {
	XEN_MC_FL_NONE,
	XEN_MC_FL_BATCH,
	XEN_MC_FL_ARGS,
	XEN_MC_FL_CALLBACK,
};

/**
 * enum xen_mc_extend_args - whether the last call of a batch took one more item
 * @XEN_MC_XE_OK: it did
 * @XEN_MC_XE_BAD_OP: it is another call
 * @XEN_MC_XE_NO_SPACE: its arguments are as long as they can be
 */
enum xen_mc_extend_args {
	XEN_MC_XE_OK,
	XEN_MC_XE_BAD_OP,
	XEN_MC_XE_NO_SPACE,
};

typedef void (*xen_mc_callback_fn_t)(void *arg);

#endif /* _ASM_XEN_TRACE_TYPES_H */
