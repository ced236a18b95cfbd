// SPDX-License-Identifier: GPL-2.0
/*
 * Grants in the page tables of a PV domain's process.
 *
 * The hypervisor writes such an entry and it alone may clear it, so it has to be told before the
 * kernel changes a range of addresses in any way: whatever the reason, what is there is unmapped.
 * The pages and their frames stay, mapped to the kernel, until the mapping ends; a device that
 * still works with them is not disturbed.
 *
 * There are no invalidations of a range that mmap() is filling: they need mmap_lock.
 *
 * The hypervisor finds entries by their machine address, in what it knows to be a table. So the
 * tables of the process stay linked, until it ends: see xen_pt_keep_linked().
 */
#define pr_fmt(fmt) "xen/gntdev: " fmt

#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <xen/hv_grant.h>
#include <xen/page.h>
#include <xen/pv_frames.h>
#include "gntdev.h"

/**
 * struct pv_entry - an entry of a process's page table
 * @pte: its machine address
 * @handle: the hypervisor's while a grant is mapped by it, otherwise INVALID_GRANT_HANDLE
 */
struct pv_entry {
	u64 pte;
	grant_handle_t handle;
};

/**
 * struct gntdev_pv - a mapping
 * @notifier: tells when its addresses are changed
 * @lock: protects the entries once they are mapped
 * @start: its first address
 * @count: of pages
 * @flags: GNTMAP_*
 * @pages: what the entries show, the grants'
 * @entries: one for each page
 */
struct gntdev_pv {
	struct mmu_interval_notifier notifier;
	struct mutex lock;	/* see above */
	unsigned long start;
	unsigned int count;
	unsigned int flags;
	struct page **pages;
	struct pv_entry entries[];
};

/* Unmaps entries that are all mapped. */
static void unmap_batch(struct gntdev_pv *pv, unsigned int first, unsigned int n)
{
	struct gnttab_unmap_grant_ref ops[GNTDEV_BATCH];
	unsigned int i, stuck = 0;

	for (i = 0; i < n; i++) {
		struct pv_entry *entry = &pv->entries[first + i];

		gnttab_set_unmap_op(&ops[i], entry->pte, pv->flags, entry->handle);
		ops[i].status = GNTDEV_NO_STATUS;
		entry->handle = INVALID_GRANT_HANDLE;
	}
	xen_hv_grant_unmap(ops, n);
	for (i = 0; i < n; i++)
		stuck += ops[i].status != GNTST_okay;
	if (stuck)
		pr_err_ratelimited("%u grants of a process cannot be unmapped\n", stuck);
}

static void unmap_range(struct gntdev_pv *pv, unsigned int first, unsigned int end)
{
	unsigned int n;

	for (; first < end; first += max(n, 1U)) {
		n = 0;
		while (n < GNTDEV_BATCH && first + n < end &&
		       pv->entries[first + n].handle != INVALID_GRANT_HANDLE)
			n++;
		if (n)
			unmap_batch(pv, first, n);
	}
}

static bool invalidate(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range, unsigned long seq)
{
	struct gntdev_pv *pv = container_of(notifier, struct gntdev_pv, notifier);
	unsigned long end = pv->start + ((unsigned long)pv->count << PAGE_SHIFT);
	unsigned long from = max(range->start, pv->start), to = min(range->end, end);

	if (!mmu_notifier_range_blockable(range))
		return false;
	guard(mutex)(&pv->lock);
	mmu_interval_set_seq(notifier, seq);
	if (from < to)
		unmap_range(pv, PFN_DOWN(from - pv->start), PFN_UP(to - pv->start));
	return true;
}

static const struct mmu_interval_notifier_ops notifier_ops = {
	.invalidate = invalidate,
};

static int note_entry(pte_t *ptep, unsigned long addr, void *data)
{
	struct gntdev_pv *pv = data;

	pv->entries[PFN_DOWN(addr - pv->start)].pte = arbitrary_virt_to_machine(ptep).maddr;
	return 0;
}

static int map_batch(struct gntdev_pv *pv, const struct gntdev_slot *slots, unsigned int first,
		     unsigned int n)
{
	struct gnttab_map_grant_ref ops[GNTDEV_BATCH];
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++)
		gnttab_set_map_op(&ops[i], pv->entries[first + i].pte, pv->flags,
				  slots[first + i].ref, slots[first + i].domid);
	gnttab_batch_map(ops, n);
	for (i = 0; i < n; i++) {
		if (ops[i].status == GNTST_okay)
			pv->entries[first + i].handle = ops[i].handle;
		else
			err = -EINVAL;
	}
	return err;
}

static int map_all(struct gntdev_pv *pv, struct vm_area_struct *vma,
		   const struct gntdev_slot *slots)
{
	unsigned int i, n;
	int err;

	/* Behind this the hypervisor finds our tables, those that were open as well. */
	xen_pt_keep_linked();
	/* An invalidation that was under way when the notifier was inserted is over behind this. */
	mmu_interval_read_begin(&pv->notifier);
	err = apply_to_page_range(vma->vm_mm, vma->vm_start, vma->vm_end - vma->vm_start,
				  note_entry, pv);
	for (i = 0; !err && i < pv->count; i += n) {
		n = min_t(unsigned int, GNTDEV_BATCH, pv->count - i);
		err = map_batch(pv, slots, i, n);
	}
	return err;
}

static struct gntdev_pv *new_mapping(unsigned long start, const struct gntdev_grants *grants)
{
	struct gntdev_pv *pv = kvzalloc(struct_size(pv, entries, grants->count),
					GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!pv)
		return NULL;
	mutex_init(&pv->lock);
	pv->start = start;
	pv->count = grants->count;
	pv->pages = grants->pages;
	/* The bit makes it a special entry, whose page gntdev_pv_page() tells. */
	pv->flags = grants->flags | GNTMAP_application_map | GNTMAP_contains_pte |
		    1 << _GNTMAP_guest_avail0;
	for (i = 0; i < pv->count; i++)
		pv->entries[i].handle = INVALID_GRANT_HANDLE;
	return pv;
}

/**
 * gntdev_pv_show() - map grants to a process
 * @vma: where, as large as they are
 * @grants: mapped to the kernel; they stay as long as the mapping
 *
 * Context: mmap_lock is held for writing.
 * Return: the mapping, for gntdev_pv_end(); an ERR_PTR, and then nothing is mapped.
 */
struct gntdev_pv *gntdev_pv_show(struct vm_area_struct *vma, const struct gntdev_grants *grants)
{
	struct gntdev_pv *pv = new_mapping(vma->vm_start, grants);
	int err;

	if (!pv)
		return ERR_PTR(-ENOMEM);
	err = mmu_interval_notifier_insert_locked(&pv->notifier, vma->vm_mm, vma->vm_start,
						  vma->vm_end - vma->vm_start, &notifier_ops);
	if (err) {
		kvfree(pv);
		return ERR_PTR(err);
	}
	err = map_all(pv, vma, grants->slots);
	if (err) {
		gntdev_pv_end(pv);
		return ERR_PTR(err);
	}
	return pv;
}

/**
 * gntdev_pv_end() - unmap what is still mapped, and free
 * @pv: a mapping
 *
 * Context: may sleep; mmap_lock may be held.
 */
void gntdev_pv_end(struct gntdev_pv *pv)
{
	mutex_lock(&pv->lock);
	unmap_range(pv, 0, pv->count);
	mutex_unlock(&pv->lock);
	mmu_interval_notifier_remove(&pv->notifier);
	mutex_destroy(&pv->lock);
	kvfree(pv);
}

/**
 * gntdev_pv_page() - which page a mapping shows
 * @pv: the mapping
 * @addr: an address in an area of it
 *
 * Return: the page; NULL where nothing of it is.
 */
struct page *gntdev_pv_page(const struct gntdev_pv *pv, unsigned long addr)
{
	unsigned long i = PFN_DOWN(addr - pv->start);

	return i < pv->count ? pv->pages[i] : NULL;
}
