// SPDX-License-Identifier: GPL-2.0
/* Pages to map grants behind: without memory of their own, kept in pools by those who map often. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <xen/balloon.h>
#include <xen/xen.h>
#include "internal.h"

#define SHRINK_BATCH	16

/* Give a page room to note whose frame it shows. */
static int prepare(struct page *page)
{
	if (!XEN_FOREIGN_IN_WORD) {
		struct xen_page_foreign *note = kzalloc(sizeof(*note), GFP_KERNEL);

		if (!note)
			return -ENOMEM;
		set_page_private(page, (unsigned long)note);
	}
	SetPagePrivate(page);
	return 0;
}

static void forget(struct page *page)
{
	if (!PagePrivate(page))
		return;
	ClearPagePrivate(page);
	if (!XEN_FOREIGN_IN_WORD)
		kfree((void *)page_private(page));
}

/**
 * gnttab_pages_set_private() - make pages fit to remember whose frame they show
 * @nr_pages: how many
 * @pages: the pages
 *
 * Return: 0 or -ENOMEM, which only 32-bit kernels know.
 */
int gnttab_pages_set_private(int nr_pages, struct page **pages)
{
	int err = 0;

	while (!err && nr_pages-- > 0)
		err = prepare(*pages++);
	return err;
}
EXPORT_SYMBOL_GPL(gnttab_pages_set_private);

/**
 * gnttab_pages_clear_private() - undo gnttab_pages_set_private()
 * @nr_pages: how many
 * @pages: the pages; those that it did not reach are left alone
 */
void gnttab_pages_clear_private(int nr_pages, struct page **pages)
{
	while (nr_pages-- > 0)
		forget(*pages++);
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
 * The pages of a pool are chained through a word that is free in device memory, whose list head
 * is not, and in any other page that somebody owns.
 */
static void push(struct gnttab_page_cache *pool, struct page *page)
{
	page->zone_device_data = pool->pages;
	pool->pages = page;
	pool->num_pages++;
}

static struct page *pop(struct gnttab_page_cache *pool)
{
	struct page *page = pool->pages;

	if (page) {
		pool->pages = page->zone_device_data;
		pool->num_pages--;
	}
	return page;
}

/**
 * gnttab_page_cache_init() - make an empty pool
 * @pool: the pool
 */
void gnttab_page_cache_init(struct gnttab_page_cache *pool)
{
	pool->pages = NULL;
	pool->num_pages = 0;
	spin_lock_init(&pool->lock);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_init);

/**
 * gnttab_page_cache_take() - take a page that a pool has
 * @pool: the pool
 *
 * Context: any.
 * Return: the page, NULL if the pool is empty.
 */
struct page *gnttab_page_cache_take(struct gnttab_page_cache *pool)
{
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&pool->lock, flags);
	page = pop(pool);
	spin_unlock_irqrestore(&pool->lock, flags);
	return page;
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_take);

/**
 * gnttab_page_cache_get() - take a page from a pool, or a new one
 * @pool: the pool
 * @page: set to it
 *
 * Context: may sleep if the pool is empty.
 * Return: 0 or a negative errno.
 */
int gnttab_page_cache_get(struct gnttab_page_cache *pool, struct page **page)
{
	*page = gnttab_page_cache_take(pool);
	return *page ? 0 : gnttab_alloc_pages(1, page);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_get);

/**
 * gnttab_page_cache_put() - put pages into a pool
 * @pool: the pool
 * @pages: the pages, nothing is mapped behind them
 * @count: how many
 *
 * Context: any.
 */
void gnttab_page_cache_put(struct gnttab_page_cache *pool, struct page **pages,
			   unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	while (count--)
		push(pool, *pages++);
	spin_unlock_irqrestore(&pool->lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_put);

/* Up to a batch of what a pool has too much. */
static unsigned int surplus(struct gnttab_page_cache *pool, unsigned int keep, struct page **pages)
{
	unsigned long flags;
	unsigned int n = 0;

	spin_lock_irqsave(&pool->lock, flags);
	while (n < SHRINK_BATCH && pool->num_pages > keep)
		pages[n++] = pop(pool);
	spin_unlock_irqrestore(&pool->lock, flags);
	return n;
}

/**
 * gnttab_page_cache_shrink() - give back what a pool has too much
 * @pool: the pool
 * @keep: how many it may keep
 *
 * Context: may sleep.
 * Return: how many went.
 */
unsigned int gnttab_page_cache_shrink(struct gnttab_page_cache *pool, unsigned int keep)
{
	struct page *pages[SHRINK_BATCH];
	unsigned int n, all = 0;

	while ((n = surplus(pool, keep, pages))) {
		gnttab_free_pages(n, pages);
		all += n;
	}
	return all;
}
EXPORT_SYMBOL_GPL(gnttab_page_cache_shrink);
