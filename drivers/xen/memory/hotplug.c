// SPDX-License-Identifier: GPL-2.0
/*
 * Memory beyond what the domain was started with: address space is added, and what is onlined of it
 * goes into the balloon, which then gets memory for it.
 */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <xen/memory_port.h>
#include <xen/pv_frames.h>
#include <xen/xen.h>
#include "internal.h"

/* Lend new address space out instead of giving memory away: /proc/sys/xen/balloon. */
static int lend_new;

static XEN_PORT_CTL_TABLE balloon_table[] = {
	{
		.procname = "hotplug_unpopulated",
		.data = &lend_new,
		.maxlen = sizeof(lend_new),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	},
};

bool balloon_may_lend_new(void)
{
	return READ_ONCE(lend_new);
}

static struct resource *claim_range(u64 size)
{
	struct resource *res = kzalloc(sizeof(*res), GFP_KERNEL);
	u64 last = U64_MAX;

	if (!res)
		return NULL;
	if (xen_pv_domain())
		last = ((u64)xpfn_n(xen_frames_limit()) << PAGE_SHIFT) - 1;
	res->name = "System RAM";
	res->flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY;
	if (!allocate_resource(&iomem_resource, res, size, 0, last,
			       (u64)PAGES_PER_SECTION << PAGE_SHIFT, NULL, NULL))
		return res;
	kfree(res);
	return NULL;
}

static int add_resource(struct resource *res, unsigned long pages)
{
	int err = 0;

	/* Before there are page tables for it: these must say that there is no memory. */
	if (xen_pv_domain())
		err = xen_frames_reserve(xpfn(PHYS_PFN(res->start)), pages);
	if (err)
		return err;
	/* Onlining calls online_page(), which takes the lock. */
	mutex_unlock(&balloon_lock);
	lock_device_hotplug();
	err = add_memory_resource(memory_add_physaddr_to_nid(res->start), res,
				  MHP_MERGE_RESOURCE);
	unlock_device_hotplug();
	mutex_lock(&balloon_lock);
	return err;
}

/* As much of @pages as can be described without going below the floor, in whole sections. */
static unsigned long affordable(unsigned long pages)
{
	unsigned long sections = xen_memory_spare() / xen_added_pages_cost(PAGES_PER_SECTION);

	return min(round_up(pages, PAGES_PER_SECTION), sections * PAGES_PER_SECTION);
}

/**
 * balloon_add_memory() - add address space
 * @pages: that are missing; rounded up to what can be added, or less if memory is short
 *
 * Takes balloon_lock held, and drops it meanwhile.
 *
 * Return: 0; -ENOSPC if there is no range for it; -ENOMEM and others.
 */
int balloon_add_memory(unsigned long pages)
{
	struct resource *res;
	int err;

	pages = affordable(pages);
	if (!pages)
		return -ENOMEM;
	res = claim_range((u64)pages << PAGE_SHIFT);
	if (!res) {
		pr_warn_ratelimited("no address space for %lu more pages\n", pages);
		return -ENOSPC;
	}
	err = add_resource(res, pages);
	if (err) {
		pr_warn_ratelimited("adding %lu pages failed: %d\n", pages, err);
		release_resource(res);
		kfree(res);
		return err;
	}
	balloon_stats.total_pages += pages;
	return 0;
}

static void online_page(struct page *page, unsigned int order)
{
	unsigned long i;

	mutex_lock(&balloon_lock);
	for (i = 0; i < 1UL << order; i++)
		balloon_put(page + i);
	mutex_unlock(&balloon_lock);
}

static int memory_changed(struct notifier_block *nb, unsigned long what, void *data)
{
	if (what == MEM_ONLINE)
		balloon_kick();
	return NOTIFY_OK;
}

static struct notifier_block memory_nb = { .notifier_call = memory_changed };

void __init balloon_hotplug_init(void)
{
	set_online_page_callback(online_page);
	register_memory_notifier(&memory_nb);
	register_sysctl_init("xen/balloon", balloon_table);
}
