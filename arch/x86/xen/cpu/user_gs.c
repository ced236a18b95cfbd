// SPDX-License-Identifier: GPL-2.0
/*
 * User mode's %gs is behind the hypervisor while the kernel runs: every change is a call. Nearly
 * all tasks have the null selector and base 0, and on CPUs where loading a null selector keeps the
 * old base, the kernel loads another one before, to be sure. So what the CPU holds is kept here,
 * and what the kernel asks for is compared.
 *
 * User mode can change the base only by loading a selector, as far as FSGSBASE is not there (and
 * where it is, the kernel reads the base of a task that it leaves). Without descriptors of its
 * own, all that it can load has base 0: so a base that was 0 still is.
 *
 * No side effects here: switch.c and a test use it.
 */
#include <asm/segment.h>

#include "user_gs.h"

/**
 * xen_user_gs_load() - a selector was, or is to be, loaded
 * @gs: changes accordingly
 * @sel: the selector
 * @null_keeps_base: of this CPU; otherwise a null selector has base 0
 */
void xen_user_gs_load(struct xen_user_gs *gs, unsigned int sel, bool null_keeps_base)
{
	gs->sel = sel;
	gs->sel_known = true;
	if (sel <= 3 && null_keeps_base)
		return;
	gs->base = 0;
	gs->base_known = sel <= 3 || sel == __USER_DS;
}

/**
 * xen_user_gs_base() - a base was, or is to be, set
 * @gs: changes accordingly
 * @base: the base
 */
void xen_user_gs_base(struct xen_user_gs *gs, u64 base)
{
	gs->base = base;
	gs->base_known = true;
}

/**
 * xen_user_gs_ran() - user mode may have run, without FSGSBASE
 * @gs: what it was before
 * @sel: the selector that was found afterwards
 * @own_descriptors: there were descriptors with a base
 */
void xen_user_gs_ran(struct xen_user_gs *gs, unsigned int sel, bool own_descriptors)
{
	gs->sel = sel;
	gs->sel_known = true;
	if (gs->base || own_descriptors)
		gs->base_known = false;
}

/**
 * xen_user_gs_plan() - compare
 * @now: what the CPU holds
 * @want: what it shall hold
 * @null_keeps_base: of this CPU
 *
 * Return: the calls that are needed.
 */
struct xen_user_gs_calls xen_user_gs_plan(const struct xen_user_gs *now,
					  const struct xen_user_gs *want, bool null_keeps_base)
{
	struct xen_user_gs_calls calls = { };
	struct xen_user_gs then = *now;

	/* A base that only the descriptor knows comes with its selector. */
	calls.sel = want->sel_known &&
		    (!now->sel_known || now->sel != want->sel || !want->base_known);
	if (calls.sel)
		xen_user_gs_load(&then, want->sel, null_keeps_base);
	calls.base = want->base_known && (!then.base_known || then.base != want->base);
	return calls;
}
