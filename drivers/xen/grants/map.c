// SPDX-License-Identifier: GPL-2.0
/*
 * Using what other domains granted: batches of maps and copies, with a result for each slot.
 *
 * A frame may be paged out by the granting side's host; then the slot is tried again, sleeping,
 * for half a minute at most.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/xen/page.h>
#include <xen/page.h>
#include "internal.h"

#define RETRIES		256
/* How much longer to wait, each time that a page to be unmapped is still used by somebody. */
#define UNMAP_DELAY_MS	5

/* Whether a slot has to be tried again, after the wait that is due before try number @try. */
static bool paged_out(s16 *status, unsigned int try)
{
	if (*status != GNTST_eagain)
		return false;
	if (try < RETRIES) {
		msleep(try);
		return true;
	}
	*status = GNTST_bad_page;
	return false;
}

static void retry_map(struct gnttab_map_grant_ref *op)
{
	unsigned int try;

	for (try = 1; paged_out(&op->status, try); try++)
		if (xen_hv_grant_map(op, 1))
			op->status = GNTST_general_error;
}

static void retry_copy(struct gnttab_copy *op)
{
	unsigned int try;

	for (try = 1; paged_out(&op->status, try); try++)
		if (xen_hv_grant_copy(op, 1))
			op->status = GNTST_general_error;
}

/* The hypervisor gave up in the middle: a slot that has no status yet was not mapped. */
static void fail_unmapped(struct gnttab_map_grant_ref *ops, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (ops[i].status > GNTST_okay)
			ops[i].status = GNTST_general_error;
}

/**
 * gnttab_batch_map() - map grants, without pages of our own for them
 * @batch: made by gnttab_set_map_op()
 * @count: its length
 *
 * Context: may sleep.
 * Return: nothing; each slot's status is final, and never GNTST_eagain.
 */
void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count)
{
	unsigned int i;

	if (xen_hv_grant_map(batch, count))
		fail_unmapped(batch, count);
	for (i = 0; i < count; i++)
		retry_map(&batch[i]);
}
EXPORT_SYMBOL_GPL(gnttab_batch_map);

/**
 * gnttab_batch_copy() - copy between frames, granted or our own
 * @batch: the operations
 * @count: how many
 *
 * Context: may sleep.
 * Return: nothing; each slot's status is final, and never GNTST_eagain.
 */
void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count)
{
	unsigned int i;
	int err;

	err = xen_hv_grant_copy(batch, count);
	for (i = 0; i < count; i++) {
		/* Which were done is not known; to call a done copy failed is safe. */
		if (err)
			batch[i].status = GNTST_general_error;
		retry_copy(&batch[i]);
	}
}
EXPORT_SYMBOL_GPL(gnttab_batch_copy);

/* A page now shows a frame of another domain; say whose, for who finds the page. */
static void mark_foreign(struct page *page, const struct gnttab_map_grant_ref *op)
{
	struct xen_page_foreign *foreign;

	SetPageForeign(page);
	foreign = xen_page_foreign(page);
	foreign->domid = op->dom;
	foreign->gref = op->ref;
}

/**
 * gnttab_map_refs() - map grants behind pages of ours
 * @ops: one per page, made by gnttab_set_map_op()
 * @kernel_ops: for a PV domain: as many that map the page into the kernel, if @ops map it into a
 *              process; else NULL
 * @pages: made by gnttab_alloc_pages()
 * @count: how many
 *
 * Context: may sleep.
 * Return: 0 if the hypervisor went through the batch: each slot's status tells its result, and a
 * slot that failed left its page as it was. A negative errno if it did not, or if the kernel
 * could not take note of a mapping.
 */
int gnttab_map_refs(struct gnttab_map_grant_ref *ops, struct gnttab_map_grant_ref *kernel_ops,
		    struct page **pages, unsigned int count)
{
	unsigned int i;
	int err = xen_hv_grant_map(ops, count);

	if (err)
		return err;
	for (i = 0; i < count; i++) {
		retry_map(&ops[i]);
		if (ops[i].status == GNTST_okay)
			mark_foreign(pages[i], &ops[i]);
		else if (ops[i].status == GNTST_no_device_space)
			pr_warn_ratelimited("xen/grants: no room left to track mappings\n");
	}
	return set_foreign_p2m_mapping(ops, kernel_ops, pages, count);
}
EXPORT_SYMBOL_GPL(gnttab_map_refs);

/**
 * gnttab_unmap_refs() - undo gnttab_map_refs()
 * @ops: one per page, made by gnttab_set_unmap_op()
 * @kernel_ops: as many if there were such to map, else NULL
 * @pages: the pages; nobody uses them
 * @count: how many
 *
 * Return: 0, or a negative errno; each slot has a status.
 */
int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *ops,
		      struct gnttab_unmap_grant_ref *kernel_ops, struct page **pages,
		      unsigned int count)
{
	unsigned int i;
	int err = xen_hv_grant_unmap(ops, count);

	if (err)
		return err;
	for (i = 0; i < count; i++)
		ClearPageForeign(pages[i]);
	return clear_foreign_p2m_mapping(ops, kernel_ops, pages, count);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs);

static bool in_use(const struct gntab_unmap_queue_data *item)
{
	unsigned int i;

	for (i = 0; i < item->count; i++)
		if (page_count(item->pages[i]) > 1)
			return true;
	return false;
}

static void try_unmap(struct gntab_unmap_queue_data *item)
{
	int err;

	if (in_use(item)) {
		schedule_delayed_work(&item->gnttab_work,
				      msecs_to_jiffies(UNMAP_DELAY_MS * (item->age + 1)));
		return;
	}
	err = gnttab_unmap_refs(item->unmap_ops, item->kunmap_ops, item->pages, item->count);
	item->done(err, item);
}

static void unmap_work(struct work_struct *work)
{
	struct gntab_unmap_queue_data *item =
		container_of(work, struct gntab_unmap_queue_data, gnttab_work.work);

	if (item->age < UINT_MAX / UNMAP_DELAY_MS - 1)
		item->age++;
	try_unmap(item);
}

/**
 * gnttab_unmap_refs_async() - gnttab_unmap_refs(), as soon as nobody uses the pages
 * @item: everything but @gnttab_work and @age is the caller's; @done is called with the result,
 *        perhaps before this returns
 */
void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item)
{
	INIT_DELAYED_WORK(&item->gnttab_work, unmap_work);
	item->age = 0;
	try_unmap(item);
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_async);

struct sync_unmap {
	struct completion done;
	int result;
};

static void sync_done(int result, struct gntab_unmap_queue_data *item)
{
	struct sync_unmap *sync = item->data;

	sync->result = result;
	complete(&sync->done);
}

/**
 * gnttab_unmap_refs_sync() - gnttab_unmap_refs_async(), and wait for it
 * @item: @data and @done are set here
 *
 * Context: may sleep.
 * Return: as gnttab_unmap_refs().
 */
int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item)
{
	struct sync_unmap sync;

	init_completion(&sync.done);
	item->data = &sync;
	item->done = sync_done;
	gnttab_unmap_refs_async(item);
	wait_for_completion(&sync.done);
	return sync.result;
}
EXPORT_SYMBOL_GPL(gnttab_unmap_refs_sync);
