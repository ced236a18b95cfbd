// SPDX-License-Identifier: GPL-2.0
/* Pages to map grants behind: without memory of their own, kept in pools by those who map often. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <xen/balloon.h>
#include <xen/xen.h>
#include "internal.h"

#define SHRINK_BATCH	16

/**
 * gnttab_pages_set_private() - make pages fit to remember whose frame they show
 * @nr_pages: how many
 * @pages: the pages
 *
 * Return: 0 or -ENOMEM, which only 32-bit kernels know.
 */
int gnttab_pages_set_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
#if BITS_PER_LONG < 64
		struct xen_page_foreign *foreign = kzalloc(sizeof(*foreign), GFP_KERNEL);

		if (!foreign)
			return -ENOMEM;
		set_page_private(pages[i], (unsigned long)foreign);
#endif
		SetPagePrivate(pages[i]);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_pages_set_private);

/**
 * gnttab_pages_clear_private() - undo gnttab_pages_set_private()
 * @nr_pages: how many
 * @pages: the pages; those that it did not reach are left alone
 */
void gnttab_pages_clear_private(int nr_pages, struct page **pages)
{
	int i;

	for (i = 0; i < nr_pages; i++) {
		if (!PagePrivate(pages[i]))
			continue;
#if BITS_PER_LONG < 64
		kfree((void *)page_private(pages[i]));
#endif
		ClearPagePrivate(pages[i]);
	}
}
EXPORT_SYMBOL_GPL(gnttab_pages_clear_private);

/**
 * gnttab_alloc_pages() - get pages to map grants behind
 * @nr_pages: how many
 * @pages: set to them
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; then there are none.
 */
int gnttab_alloc_pages(int nr_pages, struct page **pages)
{
	int err = xen_alloc_unpopulated_pages(nr_pages, pages);

	if (err < 0)
		return err;
	err = gnttab_pages_set_private(nr_pages, pages);
	if (err)
		gnttab_free_pages(nr_pages, pages);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_pages);

/**
 * gnttab_free_pages() - give back what gnttab_alloc_pages() gave; nothing is mapped behind them
 * @nr_pages: how many
 * @pages: the pages
 */
void gnttab_free_pages(int nr_pages, struct page **pages)
{
	gnttab_pages_clear_private(nr_pages, pages);
	xen_free_unpopulated_pages(nr_pages, pages);
}
EXPORT_SYMBOL_GPL(gnttab_free_pages);

/*
 * How the pages of a pool are chained depends on where they come from: the list head of a page of
 * device memory is not ours to use.
 */
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
static void chain_init(struct gnttab_page_cache *cache)
{
	cache->pages = NULL;
}

static void push(struct gnttab_page_cache *cache, struct page *page)
{
	page->zone_device_data = cache->pages;
	cache->pages = page;
}

static struct page *pop(struct gnttab_page_cache *cache)
{
	struct page *page = cache->pages;

	if (page)
		cache->pages = page->zone_device_data;
	return page;
}
#else
static void chain_init(struct gnttab_page_cache *cache)
{
	INIT_LIST_HEAD(&cache->pages);
}

static void push(struct gnttab_page_cache *cache, struct page *page)
{
	list_add(&page->lru, &cache->pages);
}

static struct page *pop(struct gnttab_page_cache *cache)
{
	struct page *page = list_first_entry_or_null(&cache->pages, struct page, lru);

	if (page)
		list_del(&page->lru);
	return page;
}
#endif

/**
 * gnttab_page_cache_init() - make an empty pool
 * @cache: the pool
 */
void gnttab_page_cache_init(struct gnttab_page_cache *cache)
{
	spin_lock_init(&cache->lock);
	chain_init(cache);
	cache->num_pages = 0;
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_init);

/**
 * gnttab_page_cache_get() - take a page from a pool, or a new one
 * @cache: the pool
 * @page: set to it
 *
 * Context: may sleep if the pool is empty.
 * Return: 0 or a negative errno.
 */
int gnttab_page_cache_get(struct gnttab_page_cache *cache, struct page **page)
{
	unsigned long flags;

	spin_lock_irqsave(&cache->lock, flags);
	*page = pop(cache);
	if (*page)
		cache->num_pages--;
	spin_unlock_irqrestore(&cache->lock, flags);
	return *page ? 0 : gnttab_alloc_pages(1, page);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_get);

/**
 * gnttab_page_cache_put() - put pages into a pool
 * @cache: the pool
 * @page: the pages, nothing is mapped behind them
 * @num: how many
 *
 * Context: any.
 */
void gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page, unsigned int num)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&cache->lock, flags);
	for (i = 0; i < num; i++)
		push(cache, page[i]);
	cache->num_pages += num;
	spin_unlock_irqrestore(&cache->lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_put);

/**
 * gnttab_page_cache_shrink() - give back what a pool has too much
 * @cache: the pool
 * @num: how many it may keep
 *
 * Context: may sleep.
 */
void gnttab_page_cache_shrink(struct gnttab_page_cache *cache, unsigned int num)
{
	struct page *pages[SHRINK_BATCH];
	unsigned long flags;
	unsigned int n;

	do {
		n = 0;
		spin_lock_irqsave(&cache->lock, flags);
		while (n < SHRINK_BATCH && cache->num_pages > num) {
			pages[n++] = pop(cache);
			cache->num_pages--;
		}
		spin_unlock_irqrestore(&cache->lock, flags);
		if (n)
			gnttab_free_pages(n, pages);
	} while (n == SHRINK_BATCH);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_shrink);
