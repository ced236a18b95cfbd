// SPDX-License-Identifier: GPL-2.0
/* What memory asks of the hypervisor, and the pages of a PV domain that it lists itself. */
#include <linux/mm.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <asm/xen/hypercall.h>
#include <xen/page.h>
#include "internal.h"

long xen_memory_call(unsigned int command, void *argument)
{
	return HYPERVISOR_memory_op(command, argument);
}

#ifdef CONFIG_XEN_PV
/*
 * The hypervisor refuses neither a frame that it has just given us nor no frame at all, so these
 * do not fail. If they did, the kernel's view of a page would not be what the balloon thinks.
 */
void xen_page_attach(struct page *page, xen_pfn_t frame)
{
	unsigned long pfn = page_to_pfn(page);

	set_phys_to_machine(pfn, frame);
	WARN_ON_ONCE(HYPERVISOR_update_va_mapping((unsigned long)page_to_virt(page),
						  mfn_pte(frame, PAGE_KERNEL), 0));
}

void xen_page_detach(struct page *page)
{
	WARN_ON_ONCE(HYPERVISOR_update_va_mapping((unsigned long)page_to_virt(page),
						  __pte_ma(0), 0));
	__set_phys_to_machine(page_to_pfn(page), INVALID_P2M_ENTRY);
}

unsigned long xen_frames_limit(void)
{
	return xen_p2m_size;
}

int xen_frames_reserve(unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count;

	if (end > xen_p2m_size)
		return -ERANGE;
	for (; pfn < end; pfn++)
		if (!set_phys_to_machine(pfn, INVALID_P2M_ENTRY))
			return -ENOMEM;
	return 0;
}

int xen_frame_writable(unsigned long pfn)
{
	return pfn < xen_p2m_size ? xen_alloc_p2m_entry(pfn) : -ERANGE;
}
#endif
