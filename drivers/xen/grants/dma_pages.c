// SPDX-License-Identifier: GPL-2.0
/*
 * Pages to map grants behind that a device can reach: memory for DMA, less its frames.
 *
 * The frames are given back to the hypervisor while the pages show those of another domain, and
 * taken again before the memory is freed.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <xen/frame_page.h>
#include <xen/mem-reservation.h>
#include "internal.h"

static unsigned long attrs_of(const struct gnttab_dma_alloc_args *args)
{
	return args->coherent ? 0 : DMA_ATTR_WRITE_COMBINE;
}

static void free_buffer(struct gnttab_dma_alloc_args *args)
{
	dma_free_attrs(args->dev, (size_t)args->nr_pages << PAGE_SHIFT, args->vaddr,
		       args->dev_bus_addr, attrs_of(args));
}

/*
 * Take again the frames of the first @given pages, and show again those of the others, which the
 * hypervisor did not take.
 */
static int restore(struct gnttab_dma_alloc_args *args, int given)
{
	int i, back;

	xenmem_reservation_va_mapping_update(args->nr_pages - given, args->pages + given,
					     args->frames + given);
	for (i = 0; i < given; i++)
		args->frames[i] = xpfn_n(xpfn_of_page(args->pages[i]));
	back = given ? max(xenmem_reservation_increase(given, args->frames), 0) : 0;
	xenmem_reservation_va_mapping_update(back, args->pages, args->frames);
	if (back == given)
		return 0;
	pr_err("xen/grants: %d pages for DMA are lost: the hypervisor has no frames\n",
	       args->nr_pages);
	return -EFAULT;
}

/**
 * gnttab_dma_alloc_pages() - get pages to map grants behind that a device can reach
 * @args: device, kind of memory, number of pages, and arrays for as many pages and frames; the
 *        rest is set
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EFAULT if the hypervisor refused. Then nothing is allocated.
 */
int gnttab_dma_alloc_pages(struct gnttab_dma_alloc_args *args)
{
	int i, done, err;

	if (args->nr_pages < 0 || args->nr_pages > (INT_MAX >> PAGE_SHIFT))
		return -ENOMEM;
	args->vaddr = dma_alloc_attrs(args->dev, (size_t)args->nr_pages << PAGE_SHIFT,
				      &args->dev_bus_addr, GFP_KERNEL | __GFP_NOWARN,
				      attrs_of(args) | DMA_ATTR_NO_WARN);
	if (!args->vaddr)
		return -ENOMEM;
	for (i = 0; i < args->nr_pages; i++) {
		args->pages[i] = pfn_to_page(__phys_to_pfn(args->dev_bus_addr) + i);
		args->frames[i] = xgfn_n(xgfn_of_page(args->pages[i]));
		xenmem_reservation_scrub_page(args->pages[i]);
	}
	xenmem_reservation_va_mapping_reset(args->nr_pages, args->pages);
	done = max(xenmem_reservation_decrease(args->nr_pages, args->frames), 0);
	err = done == args->nr_pages ? 0 : -EFAULT;
	if (!err)
		err = gnttab_pages_set_private(args->nr_pages, args->pages);
	if (err) {
		gnttab_pages_clear_private(args->nr_pages, args->pages);
		if (!restore(args, done))
			free_buffer(args);
	}
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_dma_alloc_pages);

/**
 * gnttab_dma_free_pages() - give back what gnttab_dma_alloc_pages() gave
 * @args: as it left them; nothing is mapped behind the pages
 *
 * Context: may sleep.
 * Return: 0; -EFAULT if the hypervisor did not return all frames: memory without them must not
 * reach the allocator and is lost.
 */
int gnttab_dma_free_pages(struct gnttab_dma_alloc_args *args)
{
	int err;

	gnttab_pages_clear_private(args->nr_pages, args->pages);
	err = restore(args, args->nr_pages);
	if (!err)
		free_buffer(args);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_dma_free_pages);
