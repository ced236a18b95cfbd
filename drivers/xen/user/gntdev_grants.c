// SPDX-License-Identifier: GPL-2.0
/*
 * Grants of other domains, mapped behind pages of ours.
 *
 * Each slot is mapped or not by itself. What was mapped is unmapped when nobody uses the pages any
 * more: a process may have given them to a device. A page whose grant could not be unmapped never
 * becomes anybody else's.
 */
#define pr_fmt(fmt) "xen/gntdev: " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/page.h>
#include "gntdev.h"

static unsigned int limit = 64 * 1024;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "Grants that one request may map");

/**
 * gntdev_count_ok() - whether one request may be for so many grants
 * @count: how many
 *
 * Return: whether it may.
 */
bool gntdev_count_ok(unsigned int count)
{
	return count && count <= READ_ONCE(limit);
}

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
static void free_dma(struct gnttab_dma_alloc_args *dma)
{
	if (dma)
		kvfree(dma->frames);
	kfree(dma);
}

static void give_back_dma(struct gnttab_dma_alloc_args *dma)
{
	gnttab_dma_free_pages(dma);
}
#else
static void free_dma(struct gnttab_dma_alloc_args *dma) { }
static void give_back_dma(struct gnttab_dma_alloc_args *dma) { }
#endif

static void free_grants(struct gntdev_grants *grants)
{
	free_dma(grants->dma);
	kvfree(grants->pages);
	kvfree(grants->slots);
	kfree(grants);
}

static u64 address(const struct gntdev_grants *grants, unsigned int i)
{
	return (unsigned long)page_address(grants->pages[i]);
}

static bool is_mapped(const struct gntdev_grants *grants, unsigned int i)
{
	return grants->slots[i].handle != INVALID_GRANT_HANDLE;
}

/* Gives back all pages but those that still show a grant. */
static void give_back(struct gntdev_grants *grants, unsigned int stuck)
{
	unsigned int i, n = 0;

	if (stuck)
		pr_err_ratelimited("%u pages are lost: their grants cannot be unmapped\n", stuck);
	if (grants->dma) {
		if (!stuck)
			give_back_dma(grants->dma);
		return;
	}
	for (i = 0; i < grants->count; i++)
		if (!is_mapped(grants, i))
			grants->pages[n++] = grants->pages[i];
	gnttab_free_pages(n, grants->pages);
}

/* Unmaps slots that are all mapped; how many remain so. */
static unsigned int unmap_batch(struct gntdev_grants *grants, unsigned int first, unsigned int n)
{
	struct gnttab_unmap_grant_ref ops[GNTDEV_BATCH];
	unsigned int i, stuck = 0;

	for (i = 0; i < n; i++) {
		struct gntdev_slot *slot = &grants->slots[first + i];

		gnttab_set_unmap_op(&ops[i], address(grants, first + i), grants->flags,
				    slot->handle);
		ops[i].dev_bus_addr = slot->bus;
		ops[i].status = GNTDEV_NO_STATUS;
	}
	gnttab_unmap_refs(ops, NULL, grants->pages + first, n);
	for (i = 0; i < n; i++) {
		if (ops[i].status == GNTST_okay)
			grants->slots[first + i].handle = INVALID_GRANT_HANDLE;
		else
			stuck++;
	}
	return stuck;
}

static unsigned int unmap_all(struct gntdev_grants *grants)
{
	unsigned int i, n, stuck = 0;

	for (i = 0; i < grants->count; i += max(n, 1U)) {
		n = 0;
		while (n < GNTDEV_BATCH && i + n < grants->count && is_mapped(grants, i + n))
			n++;
		if (n)
			stuck += unmap_batch(grants, i, n);
	}
	return stuck;
}

static bool in_use(const struct gntdev_grants *grants)
{
	unsigned int i;

	for (i = 0; i < grants->count; i++)
		if (page_count(grants->pages[i]) > 1)
			return true;
	return false;
}

static void finish(struct gntdev_grants *grants)
{
	give_back(grants, unmap_all(grants));
	free_grants(grants);
}

static void later(struct work_struct *work)
{
	struct gntdev_grants *grants =
		container_of(work, struct gntdev_grants, later.work);

	if (in_use(grants)) {
		gntdev_later(&grants->later, ++grants->tries);
		return;
	}
	finish(grants);
	module_put(THIS_MODULE);
}

/**
 * gntdev_grants_end() - unmap and free, as soon as nobody uses the pages
 * @grants: mapped, in part, or not at all; the caller has it no more
 *
 * Context: may sleep; mmap_lock may be held.
 */
void gntdev_grants_end(struct gntdev_grants *grants)
{
	if (!in_use(grants)) {
		finish(grants);
		return;
	}
	__module_get(THIS_MODULE);
	gntdev_later(&grants->later, 0);
}

static struct gntdev_grants *new_grants(unsigned int count)
{
	struct gntdev_grants *grants = kzalloc(sizeof(*grants), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!grants)
		return NULL;
	grants->count = count;
	INIT_DELAYED_WORK(&grants->later, later);
	grants->slots = kvcalloc(count, sizeof(*grants->slots), GFP_KERNEL_ACCOUNT);
	grants->pages = kvcalloc(count, sizeof(*grants->pages), GFP_KERNEL_ACCOUNT);
	if (!grants->slots || !grants->pages) {
		free_grants(grants);
		return NULL;
	}
	for (i = 0; i < count; i++)
		grants->slots[i].handle = INVALID_GRANT_HANDLE;
	return grants;
}

/**
 * gntdev_grants_new() - make room for grants
 * @count: how many, which gntdev_count_ok() allows
 *
 * Return: the room, for gntdev_grants_end(), or an ERR_PTR.
 */
struct gntdev_grants *gntdev_grants_new(unsigned int count)
{
	struct gntdev_grants *grants = new_grants(count);

	if (!grants)
		return ERR_PTR(-ENOMEM);
	if (gnttab_alloc_pages(count, grants->pages)) {
		free_grants(grants);
		return ERR_PTR(-ENOMEM);
	}
	return grants;
}

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
/**
 * gntdev_grants_new_dma() - make room for grants where a device can reach it
 * @count: how many, which gntdev_count_ok() allows
 * @dev: the device
 * @coherent: coherent memory, otherwise write-combining
 *
 * Return: the room, for gntdev_grants_end(), or an ERR_PTR.
 */
struct gntdev_grants *gntdev_grants_new_dma(unsigned int count, struct device *dev, bool coherent)
{
	struct gntdev_grants *grants = new_grants(count);
	struct gnttab_dma_alloc_args *dma;

	if (!grants)
		return ERR_PTR(-ENOMEM);
	dma = kzalloc(sizeof(*dma), GFP_KERNEL_ACCOUNT);
	grants->dma = dma;
	if (!dma)
		goto fail;
	dma->frames = kvcalloc(count, sizeof(*dma->frames), GFP_KERNEL_ACCOUNT);
	if (!dma->frames)
		goto fail;
	dma->dev = dev;
	dma->nr_pages = count;
	dma->coherent = coherent;
	dma->pages = grants->pages;
	if (!gnttab_dma_alloc_pages(dma))
		return grants;
fail:
	free_grants(grants);
	return ERR_PTR(-ENOMEM);
}
#endif

static int map_batch(struct gntdev_grants *grants, unsigned int first, unsigned int n)
{
	struct gnttab_map_grant_ref ops[GNTDEV_BATCH];
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		struct gntdev_slot *slot = &grants->slots[first + i];

		gnttab_set_map_op(&ops[i], address(grants, first + i), grants->flags, slot->ref,
				  slot->domid);
	}
	err = gnttab_map_refs(ops, NULL, grants->pages + first, n);
	/* Also if it failed as a whole: what was mapped before must be unmapped. */
	for (i = 0; i < n; i++) {
		struct gntdev_slot *slot = &grants->slots[first + i];

		if (ops[i].status != GNTST_okay) {
			err = err ?: -EINVAL;
			continue;
		}
		slot->handle = ops[i].handle;
		slot->bus = grants->flags & GNTMAP_device_map ? ops[i].dev_bus_addr : 0;
	}
	return err;
}

/**
 * gntdev_grants_map() - map the grants
 * @grants: not mapped before; each slot says which grant
 * @flags: GNTMAP_*
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if one of them cannot be mapped: others are mapped until gntdev_grants_end();
 * or a negative errno of the hypercall.
 */
int gntdev_grants_map(struct gntdev_grants *grants, unsigned int flags)
{
	unsigned int i, n;
	int err = 0;

	grants->flags = flags;
	for (i = 0; !err && i < grants->count; i += n) {
		n = min_t(unsigned int, GNTDEV_BATCH, grants->count - i);
		err = map_batch(grants, i, n);
	}
	return err;
}
