// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that get frames and lose them: the p2m says what is behind a page before the kernel maps
 * it, and until nothing maps it any more. See xen/pv_frames.h.
 */
#include <linux/minmax.h>

#include <xen/pv_frames.h>

#include "../hv/batch.h"
#include "mm.h"

/* One batch full; interrupts are off meanwhile. */
static void map_some(struct page **pages, const xen_pfn_t *mfns, unsigned long n)
{
	unsigned long i;
	pte_t pte = __pte_ma(0);

	guard(xen_batch)(XEN_NOW);
	for (i = 0; i < n; i++) {
		if (mfns)
			pte = mfn_pte(mfns[i], PAGE_KERNEL);
		xen_batch_va_mapping((unsigned long)page_to_virt(pages[i]), pte, 0);
	}
}

/* @mfns: NULL to map nothing at the pages */
static void map_all(struct page **pages, const xen_pfn_t *mfns, unsigned long n)
{
	unsigned long done, some;

	for (done = 0; done < n; done += some) {
		some = min(n - done, (unsigned long)XEN_BATCH_CALLS);
		map_some(pages + done, mfns ? mfns + done : NULL, some);
	}
}

void xen_pages_attach(struct page **pages, const xen_pfn_t *mfns, unsigned long n)
{
	unsigned long i;

	/* Each has a place of its own since it had a frame, or was reserved. */
	for (i = 0; i < n; i++)
		WARN_ON_ONCE(!set_phys_to_machine(page_to_pfn(pages[i]), mfns[i]));
	map_all(pages, mfns, n);
}

void xen_pages_detach(struct page **pages, unsigned long n)
{
	unsigned long i;

	map_all(pages, NULL, n);
	for (i = 0; i < n; i++)
		__set_phys_to_machine(page_to_pfn(pages[i]), INVALID_P2M_ENTRY);
}

xpfn_t xen_frames_limit(void)
{
	return xpfn(xen_p2m_size);
}

int xen_frames_reserve(xpfn_t first, unsigned long n)
{
	unsigned long pfn = xpfn_n(first), end = pfn + n;

	if (end > xen_p2m_size)
		return -ERANGE;
	for (; pfn < end; pfn++)
		if (!set_phys_to_machine(pfn, INVALID_P2M_ENTRY))
			return -ENOMEM;
	return 0;
}

int xen_frame_writable(xpfn_t pfn)
{
	return xpfn_lt(pfn, xen_frames_limit()) ? xen_alloc_p2m_entry(xpfn_n(pfn)) : -ERANGE;
}
