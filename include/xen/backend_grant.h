/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a backend holds of its peer: grants mapped, copied or kept, and the account that all of it
 * is charged to. Part of the framework of xen/backend.h, which includes this file.
 */
#ifndef _XEN_BACKEND_GRANT_H
#define _XEN_BACKEND_GRANT_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <xen/grant_table.h>

struct page;
struct xen_backend;

/* --------------------------------------------------------------- account */

/**
 * enum xen_charge - what a domain can make us hold
 * @XEN_CHARGE_MAPS: grants mapped now
 * @XEN_CHARGE_KEPT: of these, kept across requests
 * @XEN_CHARGE_PAGES: pages behind mappings and for copies, in use or waiting in pools
 * @XEN_CHARGE_RINGS: ring pages mapped
 * @XEN_CHARGE_REQUESTS: requests or packets in flight
 * @XEN_CHARGE_BYTES: bytes queued towards the domain
 * @XEN_CHARGE_NR: number of kinds
 */
enum xen_charge {
	XEN_CHARGE_MAPS, XEN_CHARGE_KEPT, XEN_CHARGE_PAGES, XEN_CHARGE_RINGS, XEN_CHARGE_REQUESTS,
	XEN_CHARGE_BYTES,
	XEN_CHARGE_NR
};

/**
 * struct xen_account - what one domain makes us hold, over all its devices
 * @node: in the list of accounts
 * @ref: one for each device
 * @domid: the domain
 * @held: current amounts
 * @peak: highest amounts seen
 * @refused: charges that were refused
 */
struct xen_account {
	struct list_head node;
	struct kref ref;
	domid_t domid;
	atomic_long_t held[XEN_CHARGE_NR];
	atomic_long_t peak[XEN_CHARGE_NR];
	atomic_long_t refused[XEN_CHARGE_NR];
};

/**
 * xen_charge() - charge a domain before holding something for it
 * @be: the device
 * @kind: what
 * @amount: how much
 *
 * Context: any.
 * Return: false if the domain's limit would be passed; nothing is charged then.
 */
bool xen_charge(struct xen_backend *be, enum xen_charge kind, long amount);

/**
 * xen_uncharge() - undo xen_charge()
 * @be: the device
 * @kind: what
 * @amount: how much
 *
 * Context: any.
 */
void xen_uncharge(struct xen_backend *be, enum xen_charge kind, long amount);

/* ---------------------------------------------------------------- grants */

/**
 * struct xen_gmap - one foreign page, mapped or not
 * @page: the page that stands for it; from xen_gpool_get()
 * @ref: the peer's grant reference
 * @handle: the hypervisor's handle while mapped
 * @mapped: the mapping exists and must be undone by whoever owns this structure
 * @status: 0 or the -errno of the last attempt for this slot
 */
struct xen_gmap {
	struct page *page;
	grant_ref_t ref;
	grant_handle_t handle;
	bool mapped;
	int status;
};

/**
 * struct xen_gpool - pages for foreign mappings, without memory behind them
 * @be: whom they are charged to, as long as they exist
 * @cache: pages not in use now
 * @out: pages in use now
 */
struct xen_gpool {
	struct xen_backend *be;
	struct gnttab_page_cache cache;
	atomic_t out;
};

/**
 * xen_gpool_init() - prepare an empty pool
 * @pool: the pool
 * @be: the device it belongs to
 */
void xen_gpool_init(struct xen_gpool *pool, struct xen_backend *be);

/**
 * xen_gpool_get() - take one page
 * @pool: the pool
 * @page: receives it
 *
 * Context: may sleep if the pool is empty.
 * Return: 0; -ENOMEM; -EDQUOT if the domain holds too
 * much.
 */
int xen_gpool_get(struct xen_gpool *pool, struct page **page);

/**
 * xen_gpool_put() - give pages back; none of them may be mapped
 * @pool: the pool
 * @pages: the pages
 * @nr: how many
 *
 * Context: any.
 */
void xen_gpool_put(struct xen_gpool *pool, struct page **pages, unsigned int nr);

/**
 * xen_gpool_shrink() - return unused pages to the system
 * @pool: the pool
 * @keep: how many may stay
 *
 * Context: may sleep.
 */
void xen_gpool_shrink(struct xen_gpool *pool, unsigned int keep);

#define XEN_GMAP_BATCH	32	/* slots per hypercall */
#define XEN_GMAP_RO	1U	/* map read-only */

/**
 * xen_gmap_map() - map a batch of grants
 * @be: the device; its peer owns the grants
 * @maps: slots with @page and @ref set; @mapped and @status are set for every one of them
 * @nr: number of slots, any
 * @flags: XEN_GMAP_RO or 0
 *
 * A slot is mapped only if all of its parts are; each failing slot is undone alone.
 *
 * Context: process context (a paged-out grant is waited for).
 * Return: number of slots that failed.
 */
unsigned int xen_gmap_map(struct xen_backend *be, struct xen_gmap *maps, unsigned int nr,
			  unsigned int flags);

/**
 * xen_gmap_unmap() - unmap a batch of grants
 * @be: the device
 * @maps: slots; those that are not mapped are passed over, so any array that xen_gmap_map()
 *	saw is fine
 * @nr: number of slots
 *
 * Afterwards no slot is mapped. A page whose mapping the hypervisor did not give up never reaches
 * a pool again: its
 * @page becomes NULL and it is counted as leaked. Nobody may use the pages any more when
 *	this is called; pages that lower layers may still read go through xen_gmap_unmap_later().
 *
 * Context: any.
 */
void xen_gmap_unmap(struct xen_backend *be, struct xen_gmap *maps, unsigned int nr);

/**
 * struct xen_gunmap - an unmap that waits for the last user of the pages
 * @be: the device
 * @maps: slots as for xen_gmap_unmap()
 * @nr: number of slots
 * @done: called once they are all unmapped; may free this structure
 * @work: the framework's
 * @tries: the framework's
 */
struct xen_gunmap {
	struct xen_backend *be;
	struct xen_gmap *maps;
	unsigned int nr;
	void (*done)(struct xen_gunmap *job);
	struct delayed_work work;
	unsigned int tries;
};

/**
 * xen_gmap_unmap_later() - unmap once nobody holds a reference to the pages but us
 * @job: filled in by the caller, who keeps it and the slots alive until @done is called
 *
 * Unmaps at once, and calls @done before it returns, if no page has another user.
 *
 * Context: any; @done runs in the caller's context or in a workqueue.
 */
void xen_gmap_unmap_later(struct xen_gunmap *job);

/**
 * xen_gcopy_from() - prepare a copy from the peer to us
 * @op: the operation
 * @be: the device
 * @ref: the peer's grant
 * @ref_off: offset in the granted page
 * @page: our page
 * @off: offset in it
 * @len: bytes; neither side may cross a page end
 */
void xen_gcopy_from(struct gnttab_copy *op, struct xen_backend *be, grant_ref_t ref,
		    unsigned int ref_off,
		    struct page *page, unsigned int off, unsigned int len);

/**
 * xen_gcopy_to() - prepare a copy from us to the peer
 * @op: the operation
 * @be: the device
 * @ref: the peer's grant
 * @ref_off: offset in the granted page
 * @page: our page; a foreign page is copied from its own grant
 * @off: offset in it
 * @len: bytes; neither side may cross a page end
 */
void xen_gcopy_to(struct gnttab_copy *op, struct xen_backend *be, grant_ref_t ref,
		  unsigned int ref_off,
		  struct page *page, unsigned int off, unsigned int len);

/**
 * xen_gcopy() - carry out a batch of copies
 * @be: the device
 * @ops: the operations; every @status is set, see xen_gcopy_error()
 * @nr: how many
 *
 * Context: any, does not sleep. A slot whose grant is paged out fails with -EAGAIN;
 * xen_gcopy_wait() may repeat it.
 * Return: number of slots that failed.
 */
unsigned int xen_gcopy(struct xen_backend *be, struct gnttab_copy *ops, unsigned int nr);

/**
 * xen_gcopy_wait() - as xen_gcopy(), but wait for paged-out grants, bounded in time
 * @be: the device
 * @ops: the operations
 * @nr: how many
 *
 * Context: process context.
 * Return: number of slots that failed.
 */
unsigned int xen_gcopy_wait(struct xen_backend *be, struct gnttab_copy *ops, unsigned int nr);

/* ----------------------------------------------------- persistent grants */

/**
 * struct xen_gkept - a grant that stays mapped between requests
 * @map: the mapping; @map.page is usable while the caller holds a use
 * @lru: the cache's
 * @users: requests that use it now
 * @last_used: jiffies of the last xen_gcache_put()
 */
struct xen_gkept {
	struct xen_gmap map;
	struct list_head lru;
	atomic_t users;
	unsigned long last_used;
};

#define XEN_GCACHE_HOT	256	/* a power of two */

/**
 * struct xen_gcache - the persistent grants of one queue
 * @be: the device
 * @pool: where the pages go when a grant is dropped
 * @by_ref: struct xen_gkept by grant reference
 * @hot: by the low bits of the reference, an entry of @by_ref or NULL; frontends use neighbouring
 *	references, over and over
 * @lru: least recently used first
 * @nr: entries
 * @max: limit on entries
 * @evicted: grants dropped so far
 *
 * Owned by one worker. Only xen_gcache_put() may be called by others.
 */
struct xen_gcache {
	struct xen_backend *be;
	struct xen_gpool *pool;
	struct xarray by_ref;
	struct xen_gkept *hot[XEN_GCACHE_HOT];
	struct list_head lru;
	unsigned int nr;
	unsigned int max;
	u64 evicted;
};

/**
 * xen_gcache_init() - prepare an empty cache
 * @cache: the cache
 * @be: the device
 * @pool: the pool its pages come from and return to
 * @max: most entries it may have
 */
void xen_gcache_init(struct xen_gcache *cache, struct xen_backend *be, struct xen_gpool *pool,
		     unsigned int max);

/**
 * xen_gcache_get() - look a grant up and take a use of it
 * @cache: the cache
 * @ref: the grant
 *
 * Context: the owner's.
 * Return: the entry, or NULL if the grant is not kept.
 */
struct xen_gkept *xen_gcache_get(struct xen_gcache *cache, grant_ref_t ref);

/**
 * xen_gcache_keep() - let the cache take over a mapping
 * @cache: the cache
 * @map: a mapped slot; on success the cache owns the mapping and its page
 *
 * Context: the owner's, may sleep.
 * Return: the entry with one use taken; NULL if the cache is full or memory is short: the caller
 * keeps the mapping.
 */
struct xen_gkept *xen_gcache_keep(struct xen_gcache *cache, const struct xen_gmap *map);

/**
 * xen_gcache_put() - end a use
 * @kept: the entry
 *
 * Context: any. The entry may vanish at once.
 */
void xen_gcache_put(struct xen_gkept *kept);

/**
 * xen_gcache_evict() - drop unused grants, least recently used first
 * @cache: the cache
 * @nr: most entries to drop
 * @older: only those unused since before this many jiffies; 0: any age
 *
 * Context: the owner's, may sleep.
 * Return: number of entries dropped.
 */
unsigned int xen_gcache_evict(struct xen_gcache *cache, unsigned int nr, unsigned long older);

/**
 * xen_gcache_destroy() - drop everything
 * @cache: the cache; nobody uses an entry any more
 *
 * Does not wait for lower layers to let go of pages: what they hold on to is unmapped when they do,
 * and keeps the device till then.
 *
 * Context: may sleep.
 */
void xen_gcache_destroy(struct xen_gcache *cache);

#endif /* _XEN_BACKEND_GRANT_H */
