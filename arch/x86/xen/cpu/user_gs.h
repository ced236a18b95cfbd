/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of user mode's %gs on a CPU; user_gs.c. */
#ifndef _XEN_CPU_USER_GS_H
#define _XEN_CPU_USER_GS_H

#include <linux/types.h>

/**
 * struct xen_user_gs - user mode's %gs
 * @base: valid if @base_known
 * @sel: the selector; valid if @sel_known
 * @sel_known: false before the first write
 * @base_known: false if the base came from a descriptor, or user mode may have changed it
 */
struct xen_user_gs {
	u64 base;
	u16 sel;
	bool sel_known;
	bool base_known;
};

void xen_user_gs_load(struct xen_user_gs *gs, unsigned int sel, bool null_keeps_base);
void xen_user_gs_base(struct xen_user_gs *gs, u64 base);
void xen_user_gs_ran(struct xen_user_gs *gs, unsigned int sel, bool own_descriptors);

/**
 * struct xen_user_gs_calls - what it takes to change one %gs into another
 * @sel: load the selector, first
 * @base: then set the base
 */
struct xen_user_gs_calls {
	bool sel;
	bool base;
};

struct xen_user_gs_calls xen_user_gs_plan(const struct xen_user_gs *now,
					  const struct xen_user_gs *want, bool null_keeps_base);

#endif /* _XEN_CPU_USER_GS_H */
