// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that are in the memory map and have no memory. They are what the balloon can grow into,
 * or what other domains' memory is mapped at: whoever comes first takes them all.
 */
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>

#include <xen/page.h>
#include <xen/xen.h>

#include "../xen_arch.h"
#include "extra_list.h"

struct xen_memory_region xen_extra_mem[XEN_EXTRA_MEM_MAX_REGIONS] __initdata;

/* Frames of the initial memory that were given back, and are part of the above. */
unsigned long xen_released_pages;

/**
 * xen_add_extra_mem() - keep frames without memory from the kernel
 * @start_pfn: the first one
 * @n_pfns: how many
 *
 * Context: start-up, before the page allocator.
 */
void __init xen_add_extra_mem(unsigned long start_pfn, unsigned long n_pfns)
{
	if (xen_extra_list_add(xen_extra_mem, XEN_EXTRA_MEM_MAX_REGIONS, start_pfn, n_pfns))
		pr_warn("xen: %lu frames at %#lx stay unused: too many holes\n", n_pfns, start_pfn);
	memblock_reserve(PFN_PHYS(start_pfn), PFN_PHYS(n_pfns));
}

#ifdef CONFIG_XEN_PV
/**
 * xen_del_extra_mem() - give frames to the kernel that have got memory
 * @start_pfn: the first one
 * @n_pfns: how many
 *
 * Context: as above.
 */
void __init xen_del_extra_mem(unsigned long start_pfn, unsigned long n_pfns)
{
	if (xen_extra_list_remove(xen_extra_mem, XEN_EXTRA_MEM_MAX_REGIONS, start_pfn, n_pfns))
		pr_warn("xen: frames behind %#lx stay unused: too many holes\n",
			start_pfn + n_pfns);
	memblock_phys_free(PFN_PHYS(start_pfn), PFN_PHYS(n_pfns));
}
#endif

#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
static void __init give_region(struct xen_memory_region *r)
{
	/* They count as memory that is there; the balloon has to know better. */
	xen_unpopulated_pages += r->n_pfns;
	while (r->n_pfns) {
		struct page *last = pfn_to_page(r->start_pfn + --r->n_pfns);

		xen_free_unpopulated_pages(1, &last);
	}
}

/**
 * arch_xen_unpopulated_init() - where pages without memory come from
 * @res: set to where more of them may be claimed
 *
 * Return: 0; -ENODEV on a bare machine.
 */
int __init arch_xen_unpopulated_init(struct resource **res)
{
	struct xen_memory_region *r = xen_extra_mem;

	if (!xen_domain())
		return -ENODEV;
	/* Before the first page is given: that looks at it. */
	*res = &iomem_resource;
	while (r < xen_extra_mem + XEN_EXTRA_MEM_MAX_REGIONS)
		give_region(r++);
	return 0;
}
#endif
