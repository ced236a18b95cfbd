// SPDX-License-Identifier: GPL-2.0
/*
 * Grants that stay mapped between requests.
 *
 * Invariant: an entry is in by_ref and on the list as long as it exists, and in its place of hot
 * at most that long; its mapping is undone only by the owner, only while it has no users. Users
 * other than the owner can only leave (xen_gcache_put), so what the owner sees as unused stays
 * unused.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "internal.h"

void xen_gcache_init(struct xen_gcache *cache, struct xen_backend *be, struct xen_gpool *pool,
		     unsigned int max)
{
	cache->be = be;
	cache->pool = pool;
	xa_init(&cache->by_ref);
	memset(cache->hot, 0, sizeof(cache->hot));
	INIT_LIST_HEAD(&cache->lru);
	cache->nr = 0;
	cache->max = max;
	cache->evicted = 0;
}
EXPORT_SYMBOL_GPL(xen_gcache_init);

static struct xen_gkept **hot_place(struct xen_gcache *cache, grant_ref_t ref)
{
	return &cache->hot[ref % XEN_GCACHE_HOT];
}

struct xen_gkept *xen_gcache_get(struct xen_gcache *cache, grant_ref_t ref)
{
	struct xen_gkept **hot = hot_place(cache, ref), *kept = *hot;

	if (!kept || kept->map.ref != ref) {
		kept = xa_load(&cache->by_ref, ref);
		if (!kept)
			return NULL;
		*hot = kept;
	}
	atomic_inc(&kept->users);
	list_move_tail(&kept->lru, &cache->lru);
	return kept;
}
EXPORT_SYMBOL_GPL(xen_gcache_get);

struct xen_gkept *xen_gcache_keep(struct xen_gcache *cache, const struct xen_gmap *map)
{
	struct xen_gkept *kept;

	if (cache->nr >= cache->max || !xen_charge(cache->be, XEN_CHARGE_KEPT, 1))
		return NULL;
	if (xen_fault(cache->be, XEN_FAULT_ALLOC))
		goto uncharge;
	kept = kzalloc(sizeof(*kept), GFP_NOIO | __GFP_NOWARN);
	if (!kept)
		goto uncharge;
	kept->map = *map;
	atomic_set(&kept->users, 1);
	kept->last_used = jiffies;
	/*
	 * Fails for a reference that is kept already, which one request naming it twice can cause.
	 */
	if (xa_insert(&cache->by_ref, map->ref, kept, GFP_NOIO | __GFP_NOWARN))
		goto free;
	list_add_tail(&kept->lru, &cache->lru);
	cache->nr++;
	return kept;
free:
	kfree(kept);
uncharge:
	xen_uncharge(cache->be, XEN_CHARGE_KEPT, 1);
	return NULL;
}
EXPORT_SYMBOL_GPL(xen_gcache_keep);

void xen_gcache_put(struct xen_gkept *kept)
{
	WRITE_ONCE(kept->last_used, jiffies);
	/*
	 * The time and all uses of the page before the count; pairs with the acquire in
	 * can_evict().
	 */
	atomic_dec_return_release(&kept->users);
}
EXPORT_SYMBOL_GPL(xen_gcache_put);

static bool too_young(const struct xen_gkept *kept, unsigned long older)
{
	return older && time_before(jiffies, READ_ONCE(kept->last_used) + older);
}

static bool can_evict(const struct xen_gkept *kept)
{
	if (atomic_read_acquire(&kept->users))
		return false;
	/* A lower layer (a network file system, a target) may still look at the page. */
	return page_count(kept->map.page) <= 1;
}

static void drop_some(struct xen_gcache *cache, struct xen_gkept **gone, unsigned int nr)
{
	struct xen_gmap maps[XEN_GMAP_BATCH];
	struct page *pages[XEN_GMAP_BATCH];
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		maps[i] = gone[i]->map;
	xen_gmap_unmap(cache->be, maps, nr);
	for (i = 0; i < nr; i++) {
		if (maps[i].page)
			pages[n++] = maps[i].page;
		kfree(gone[i]);
	}
	xen_gpool_put(cache->pool, pages, n);
	xen_uncharge(cache->be, XEN_CHARGE_KEPT, nr);
	cache->evicted += nr;
}

static void forget(struct xen_gcache *cache, struct xen_gkept *kept)
{
	struct xen_gkept **hot = hot_place(cache, kept->map.ref);

	if (*hot == kept)
		*hot = NULL;
	list_del(&kept->lru);
	xa_erase(&cache->by_ref, kept->map.ref);
	cache->nr--;
}

unsigned int xen_gcache_evict(struct xen_gcache *cache, unsigned int nr, unsigned long older)
{
	struct xen_gkept *kept, *next, *batch[XEN_GMAP_BATCH];
	unsigned int n = 0, total = 0;

	list_for_each_entry_safe(kept, next, &cache->lru, lru) {
		if (total >= nr || too_young(kept, older))
			break;
		if (!can_evict(kept))
			continue;
		forget(cache, kept);
		total++;
		batch[n++] = kept;
		if (n == XEN_GMAP_BATCH) {
			drop_some(cache, batch, n);
			n = 0;
		}
	}
	if (n)
		drop_some(cache, batch, n);
	return total;
}
EXPORT_SYMBOL_GPL(xen_gcache_evict);

/**
 * struct rest - grants that somebody below still looks at when their cache goes
 * @job: unmaps them once nobody does
 * @be: the device, with a reference
 * @maps: the grants
 */
struct rest {
	struct xen_gunmap job;
	struct xen_backend *be;
	struct xen_gmap maps[XEN_GMAP_BATCH];
};

static void rest_done(struct xen_gunmap *job)
{
	struct rest *rest = container_of(job, struct rest, job);
	struct page *pages[XEN_GMAP_BATCH];
	unsigned int i, n = 0;

	for (i = 0; i < job->nr; i++)
		if (rest->maps[i].page)
			pages[n++] = rest->maps[i].page;
	/* The pool that they came from may be gone. */
	gnttab_free_pages(n, pages);
	xen_uncharge(rest->be, XEN_CHARGE_PAGES, n);
	xen_backend_put(rest->be);
	kfree(rest);
}

/* Leave some of what is in use to its users' last one; leak it if there is no memory for that. */
static void leave_rest(struct xen_gcache *cache)
{
	struct rest *rest = kzalloc(sizeof(*rest), GFP_KERNEL);
	struct xen_gkept *kept, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(kept, next, &cache->lru, lru) {
		if (n == XEN_GMAP_BATCH)
			break;
		if (rest)
			rest->maps[n] = kept->map;
		else
			atomic_long_inc(&cache->be->leaked);
		n++;
		forget(cache, kept);
		kfree(kept);
	}
	xen_uncharge(cache->be, XEN_CHARGE_KEPT, n);
	if (!rest)
		return;
	atomic_sub(n, &cache->pool->out);
	xen_backend_get(cache->be);
	rest->be = cache->be;
	rest->job = (struct xen_gunmap){
		.be = cache->be, .maps = rest->maps, .nr = n, .done = rest_done,
	};
	xen_gmap_unmap_later(&rest->job);
}

void xen_gcache_destroy(struct xen_gcache *cache)
{
	unsigned int left;

	xen_gcache_evict(cache, cache->nr, 0);
	left = cache->nr;
	while (cache->nr)
		leave_rest(cache);
	if (left)
		pr_info_ratelimited("%s: %u foreign pages stay mapped until their users let go\n",
				    cache->be->name, left);
	xa_destroy(&cache->by_ref);
}
EXPORT_SYMBOL_GPL(xen_gcache_destroy);
