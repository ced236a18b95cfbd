// SPDX-License-Identifier: GPL-2.0
/* Memory that start-up has at hand by its machine frames only. */
#include <linux/init.h>
#include <linux/minmax.h>

#include "../hv/batch.h"
#include "mm.h"

static void __init place_some(unsigned long pfn, const xmfn_t *mfns, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		if (!set_phys_to_machine(pfn + i, xmfn_n(mfns[i])))
			panic("xen: no p2m entry for frame %#lx", pfn + i);

	guard(xen_batch)(XEN_NOW);
	for (i = 0; i < n; i++)
		xen_batch_mmu_update(PFN_PHYS(xmfn_n(mfns[i])) | MMU_MACHPHYS_UPDATE, pfn + i);
	for (i = 0; i < n; i++)
		xen_batch_va_mapping((unsigned long)__va(PFN_PHYS(pfn + i)),
				     mfn_pte(xmfn_n(mfns[i]), PAGE_KERNEL), 0);
}

/**
 * xen_frames_place() - have memory at frames that have none
 * @first: the first of these frames, in the direct map
 * @mfns: the memory
 * @n: how many
 *
 * The hypervisor does not refuse what is the domain's; that it did would be reported.
 *
 * Context: start-up, the p2m can grow.
 */
void __init xen_frames_place(xpfn_t first, const xmfn_t *mfns, unsigned long n)
{
	unsigned long done, some;

	for (done = 0; done < n; done += some) {
		/* All updates of the m2p become one call. */
		some = min(n - done, XEN_BATCH_CALLS - 1UL);
		place_some(xpfn_n(first) + done, mfns + done, some);
	}
}
