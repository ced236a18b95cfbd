/* SPDX-License-Identifier: GPL-2.0 */
/* Counting events of the machine in a PV domain; pmu.c. */
#ifndef _XEN_CPU_PMU_H
#define _XEN_CPU_PMU_H

#include <linux/types.h>

#include <xen/interface/xenpmu.h>

/**
 * struct xen_pmu_kind - what counters a CPU has
 * @amd: AMD's or Hygon's registers; otherwise Intel's
 * @pairs: AMD: controls and counters alternate, in a block of their own, and are also found
 *	   where they used to be
 * @counters: how many there are to be programmed
 * @fixed: Intel: how many count one event each
 */
struct xen_pmu_kind {
	bool amd;
	bool pairs;
	unsigned int counters;
	unsigned int fixed;
};

u64 *xen_pmu_cached(const struct xen_pmu_kind *kind, struct xen_pmu_arch *arch, u32 msr);
u32 xen_pmu_counter_msr(const struct xen_pmu_kind *kind, int counter);

bool xen_pmu_msr(u32 msr, u64 *val, bool write);
u64 xen_read_pmc(int counter);
void xen_pmu_set_lvtpc(u32 val);

#endif /* _XEN_CPU_PMU_H */
