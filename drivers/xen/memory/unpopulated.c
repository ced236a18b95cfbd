// SPDX-License-Identifier: GPL-2.0
/*
 * Pages without memory, for other domains' memory to be mapped at.
 *
 * They come from holes that start-up found, then from address space that is claimed a section at
 * a time, and never go away: a stack, threaded through the pages. A claim costs the pages'
 * descriptions and page tables; it fails before that hurts.
 */
#define pr_fmt(fmt) "xen-unpopulated: " fmt

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <xen/frame_page.h>
#include <xen/pv_frames.h>
#include <xen/xen.h>
#include "internal.h"

static DEFINE_MUTEX(stack_lock);
static struct page *stack_top;
static unsigned int stack_depth;

/* Where to claim; NULL: nowhere, pages are borrowed from the balloon. */
static struct resource *claim_from;

/* In the memory map, and without memory: what the balloon must not count. */
unsigned long xen_unpopulated_pages __initdata;

int __weak __init arch_xen_unpopulated_init(struct resource **res)
{
	*res = &iomem_resource;
	return 0;
}

/*
 * The stack, under its lock
 */

static void push(struct page *page)
{
	page->zone_device_data = stack_top;
	stack_top = page;
	stack_depth++;
}

static struct page *pop(void)
{
	struct page *page = stack_top;

	stack_top = page->zone_device_data;
	stack_depth--;
	return page;
}

/*
 * Claiming
 */

/**
 * struct claim - a range of addresses
 * @map: tells the kernel of its pages
 * @range: in the resource it is claimed from
 * @shadow: the same in the machine's, if that is another one
 */
struct claim {
	struct dev_pagemap map;
	struct resource range, shadow;
};

static int claim_range(struct claim *claim, u64 size)
{
	struct range usable = mhp_get_pluggable_range(true);
	u64 last = usable.end;
	int err;

	/* XSA-369: a frame that the p2m cannot hold must not be handed out. */
	if (xen_pv_domain())
		last = min(last, ((u64)xpfn_n(xen_frames_limit()) << PAGE_SHIFT) - 1);
	claim->range.name = "Xen scratch";
	claim->range.flags = IORESOURCE_MEM | IORESOURCE_BUSY;
	err = allocate_resource(claim_from, &claim->range, size, usable.start, last,
				(u64)PAGES_PER_SECTION << PAGE_SHIFT, NULL, NULL);
	if (err || claim_from == &iomem_resource)
		return err;
	claim->shadow.name = claim->range.name;
	claim->shadow.flags = claim->range.flags;
	claim->shadow.start = claim->range.start;
	claim->shadow.end = claim->range.end;
	err = request_resource(&iomem_resource, &claim->shadow);
	if (err)
		release_resource(&claim->range);
	return err;
}

static void unclaim_range(struct claim *claim)
{
	if (claim->shadow.parent)
		release_resource(&claim->shadow);
	release_resource(&claim->range);
}

/* Pages of a claimed range. In a PV domain their places in the p2m come before page tables. */
static void *make_pages(struct claim *claim, unsigned long count)
{
	int err = 0;

	if (xen_pv_domain())
		err = xen_frames_reserve(xpfn(PHYS_PFN(claim->range.start)), count);
	if (err)
		return ERR_PTR(err);
	claim->map.type = MEMORY_DEVICE_GENERIC;
	claim->map.owner = &claim->range;
	claim->map.nr_range = 1;
	claim->map.range = (struct range) {
		.start = claim->range.start,
		.end = claim->range.end,
	};
	return memremap_pages(&claim->map, NUMA_NO_NODE);
}

static int claim_more(unsigned long count)
{
	struct claim *claim;
	void *addr;
	int err;

	count = round_up(count, PAGES_PER_SECTION);
	if (!xen_memory_is_above_floor(xen_added_pages_cost(count)))
		return -ENOMEM;
	claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	if (!claim)
		return -ENOMEM;
	err = claim_range(claim, (u64)count << PAGE_SHIFT);
	if (err) {
		pr_err_ratelimited("no address space for %lu pages: %d\n", count, err);
		kfree(claim);
		return err;
	}
	addr = make_pages(claim, count);
	if (IS_ERR(addr)) {
		pr_err_ratelimited("no pages at %pR: %pe\n", &claim->range, addr);
		unclaim_range(claim);
		kfree(claim);
		return PTR_ERR(addr);
	}
	/* Lowest on top, so that what is used lies together. */
	while (count--)
		push(virt_to_page(addr + (count << PAGE_SHIFT)));
	return 0;
}

/**
 * xen_alloc_unpopulated_pages() - get pages without memory
 * @count: of @pages
 * @pages: set on success; each has a kernel address and, in a PV domain, a place in the p2m
 *
 * Return: 0; -ENOMEM if that would leave the domain short of memory; -EBUSY if there are no
 * addresses left.
 */
int xen_alloc_unpopulated_pages(unsigned int count, struct page **pages)
{
	unsigned int n = 0;
	int err = 0;

	if (!claim_from)
		return xen_alloc_ballooned_pages(count, pages);
	mutex_lock(&stack_lock);
	if (stack_depth < count)
		err = claim_more(count - stack_depth);
	while (!err && n < count) {
		pages[n] = pop();
		if (xen_pv_domain())
			err = xen_frame_writable(xpfn_of_page(pages[n]));
		n++;
	}
	while (err && n)
		push(pages[--n]);
	mutex_unlock(&stack_lock);
	return err;
}
EXPORT_SYMBOL(xen_alloc_unpopulated_pages);

/**
 * xen_free_unpopulated_pages() - give pages without memory back
 * @count: of @pages
 * @pages: from xen_alloc_unpopulated_pages(); nothing is mapped at them any more
 */
void xen_free_unpopulated_pages(unsigned int count, struct page **pages)
{
	if (!claim_from) {
		xen_free_ballooned_pages(count, pages);
		return;
	}
	mutex_lock(&stack_lock);
	while (count--)
		push(pages[count]);
	mutex_unlock(&stack_lock);
}
EXPORT_SYMBOL(xen_free_unpopulated_pages);

static int __init unpopulated_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = arch_xen_unpopulated_init(&claim_from);
	if (err) {
		claim_from = NULL;
		pr_err("no address space to claim: %d\n", err);
	}
	return err;
}
early_initcall(unpopulated_init);
