/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls between the rooms of arch/x86/xen, by owner. Nobody outside this folder includes it.
 */
#ifndef _XEN_ARCH_H
#define _XEN_ARCH_H

/* What the base's remaining files here share with ours. */
#include "xen-ops.h"

/* hv/ */
#include "hv/batch.h"

/* cpu/ */
bool xen_switch_msr(u32 msr, u64 val);
void xen_switch_init(void);

#endif /* _XEN_ARCH_H */
