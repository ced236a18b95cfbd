// SPDX-License-Identifier: GPL-2.0
/*
 * Mapped grants as values. A slot says whether it is mapped; only its own status decides, and
 * what is not mapped is never unmapped. A page that the hypervisor would not give back is leaked
 * on purpose: it must reach neither a pool nor the page allocator.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <xen/hv_status.h>
#include <xen/page.h>
#include "internal.h"

#define UNMAP_RETRY_MS		5
#define UNMAP_RETRY_MAX_MS	1000

void xen_gpool_init(struct xen_gpool *pool, struct xen_backend *be)
{
	pool->be = be;
	gnttab_page_cache_init(&pool->cache);
	atomic_set(&pool->out, 0);
}
EXPORT_SYMBOL_GPL(xen_gpool_init);

/* A page is charged from its way into the kernel's hands to its way out, in use or not. */
static int new_page(struct xen_gpool *pool, struct page **page)
{
	if (!xen_charge(pool->be, XEN_CHARGE_PAGES, 1))
		return -EDQUOT;
	if (!gnttab_alloc_pages(1, page))
		return 0;
	xen_uncharge(pool->be, XEN_CHARGE_PAGES, 1);
	return -ENOMEM;
}

int xen_gpool_get(struct xen_gpool *pool, struct page **page)
{
	int err = 0;

	if (xen_fault(pool->be, XEN_FAULT_ALLOC))
		return -ENOMEM;
	*page = gnttab_page_cache_take(&pool->cache);
	if (!*page)
		err = new_page(pool, page);
	if (!err)
		atomic_inc(&pool->out);
	return err;
}
EXPORT_SYMBOL_GPL(xen_gpool_get);

void xen_gpool_put(struct xen_gpool *pool, struct page **pages, unsigned int nr)
{
	if (!nr)
		return;
	gnttab_page_cache_put(&pool->cache, pages, nr);
	atomic_sub(nr, &pool->out);
}
EXPORT_SYMBOL_GPL(xen_gpool_put);

void xen_gpool_shrink(struct xen_gpool *pool, unsigned int keep)
{
	unsigned int gone = gnttab_page_cache_shrink(&pool->cache, keep);

	xen_uncharge(pool->be, XEN_CHARGE_PAGES, gone);
}
EXPORT_SYMBOL_GPL(xen_gpool_shrink);

void xen_gpool_empty(struct xen_gpool *pool)
{
	xen_gpool_shrink(pool, 0);
}

static void *page_address_of(struct page *page)
{
	return pfn_to_kaddr(page_to_pfn(page));
}

static unsigned int map_some(struct xen_backend *be, struct xen_gmap *maps, unsigned int nr,
			     u32 gntflags)
{
	struct gnttab_map_grant_ref ops[XEN_GMAP_BATCH];
	struct page *pages[XEN_GMAP_BATCH];
	unsigned int i, failed = 0;

	for (i = 0; i < nr; i++) {
		grant_ref_t ref = xen_fault(be, XEN_FAULT_MAP) ? ~0U : maps[i].ref;

		gnttab_set_map_op(&ops[i], (unsigned long)page_address_of(maps[i].page), gntflags,
				  ref, be->domid);
		pages[i] = maps[i].page;
	}
	atomic_long_inc(&be->hypercalls);
	/*
	 * The batch's own result adds nothing: a slot that no hypercall reached keeps a positive
	 * status.
	 */
	gnttab_map_refs(ops, NULL, pages, nr);
	for (i = 0; i < nr; i++) {
		maps[i].status = xen_hv_gnt_errno(ops[i].status);
		maps[i].mapped = !maps[i].status;
		maps[i].handle = ops[i].handle;
		failed += !maps[i].mapped;
	}
	atomic_long_add(nr - failed, &be->maps);
	if (failed)
		xen_uncharge(be, XEN_CHARGE_MAPS, failed);
	return failed;
}

unsigned int xen_gmap_map(struct xen_backend *be, struct xen_gmap *maps, unsigned int nr,
			  unsigned int flags)
{
	u32 gntflags = GNTMAP_host_map | (flags & XEN_GMAP_RO ? GNTMAP_readonly : 0);
	unsigned int i, n, failed = 0;

	for (i = 0; i < nr; i++) {
		maps[i].mapped = false;
		maps[i].status = -EDQUOT;
	}
	for (i = 0; i < nr; i += n) {
		n = min_t(unsigned int, nr - i, XEN_GMAP_BATCH);
		if (!xen_charge(be, XEN_CHARGE_MAPS, n))
			return failed + nr - i;
		failed += map_some(be, maps + i, n, gntflags);
	}
	return failed;
}
EXPORT_SYMBOL_GPL(xen_gmap_map);

static void unmap_some(struct xen_backend *be, struct xen_gmap **maps, unsigned int nr)
{
	struct gnttab_unmap_grant_ref ops[XEN_GMAP_BATCH];
	struct page *pages[XEN_GMAP_BATCH];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		gnttab_set_unmap_op(&ops[i], (unsigned long)page_address_of(maps[i]->page),
				    GNTMAP_host_map, maps[i]->handle);
		ops[i].status = 1;
		pages[i] = maps[i]->page;
	}
	atomic_long_inc(&be->hypercalls);
	gnttab_unmap_refs(ops, NULL, pages, nr);
	for (i = 0; i < nr; i++) {
		maps[i]->mapped = false;
		maps[i]->status = xen_hv_gnt_errno(ops[i].status);
		if (maps[i]->status) {
			maps[i]->page = NULL;
			atomic_long_inc(&be->leaked);
			pr_warn_ratelimited("%s: a foreign page could not be unmapped (%d)\n",
					    be->name, ops[i].status);
		}
	}
	atomic_long_add(nr, &be->unmaps);
	xen_uncharge(be, XEN_CHARGE_MAPS, nr);
}

void xen_gmap_unmap(struct xen_backend *be, struct xen_gmap *maps, unsigned int nr)
{
	struct xen_gmap *batch[XEN_GMAP_BATCH];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		if (!maps[i].mapped)
			continue;
		batch[n++] = &maps[i];
		if (n == XEN_GMAP_BATCH) {
			unmap_some(be, batch, n);
			n = 0;
		}
	}
	if (n)
		unmap_some(be, batch, n);
}
EXPORT_SYMBOL_GPL(xen_gmap_unmap);

static bool pages_in_use(const struct xen_gunmap *job)
{
	unsigned int i;

	for (i = 0; i < job->nr; i++)
		if (job->maps[i].mapped && page_count(job->maps[i].page) > 1)
			return true;
	return false;
}

static void unmap_try(struct xen_gunmap *job)
{
	unsigned int ms;

	if (pages_in_use(job)) {
		ms = min_t(unsigned int, UNMAP_RETRY_MS * ++job->tries, UNMAP_RETRY_MAX_MS);
		schedule_delayed_work(&job->work, msecs_to_jiffies(ms));
		return;
	}
	xen_gmap_unmap(job->be, job->maps, job->nr);
	job->done(job);
}

static void unmap_work(struct work_struct *work)
{
	unmap_try(container_of(to_delayed_work(work), struct xen_gunmap, work));
}

void xen_gmap_unmap_later(struct xen_gunmap *job)
{
	INIT_DELAYED_WORK(&job->work, unmap_work);
	job->tries = 0;
	unmap_try(job);
}
EXPORT_SYMBOL_GPL(xen_gmap_unmap_later);
