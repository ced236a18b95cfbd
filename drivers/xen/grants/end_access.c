// SPDX-License-Identifier: GPL-2.0
/*
 * Taking back what was granted.
 *
 * The revoke itself is the test: only when it has succeeded may the page be used for anything
 * else. As long as it fails, reference and page belong to the deferred list, whose worker tries
 * again once a second. A page that a peer may still see never reaches the allocator this way; if
 * it cannot even be remembered, it is lost on purpose.
 *
 * The list is a chain through the references' chain words, so it needs no memory; only the pages
 * do, in rows that are allocated when the first page of a row is deferred.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <xen/frame_page.h>
#include "internal.h"

#define PERIOD		HZ
/* Periods between two lines in the log about what a peer does not let go. */
#define QUIET		60
#define ROW_PAGES	(PAGE_SIZE / sizeof(struct page *))
#define ROWS		1024

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"grant_table."

/* How many to try in a period, 0 for all: a try costs little. */
static unsigned int free_per_iteration;
module_param(free_per_iteration, uint, 0600);

static void work(struct work_struct *unused);
static DECLARE_DELAYED_WORK(deferred_work, work);

static DEFINE_SPINLOCK(deferred_lock);
static grant_ref_t deferred_head = REF_END, deferred_tail;
static unsigned int deferred_count, lost_count, periods;
static struct page **deferred_pages[ROWS];

/**
 * xen_grant_deferred() - how many references wait for a peer to let go
 *
 * Return: the number.
 */
unsigned int xen_grant_deferred(void)
{
	return READ_ONCE(deferred_count);
}

static bool remember_page(grant_ref_t ref, struct page *page)
{
	unsigned int row = ref / ROW_PAGES;
	struct page **pages, **fresh = NULL;

	if (row >= ROWS)
		return false;
	if (!READ_ONCE(deferred_pages[row])) {
		fresh = (struct page **)get_zeroed_page(GFP_ATOMIC | __GFP_NOWARN);
		if (!fresh)
			return false;
		if (cmpxchg(&deferred_pages[row], NULL, fresh))
			free_page((unsigned long)fresh);
	}
	pages = READ_ONCE(deferred_pages[row]);
	pages[ref % ROW_PAGES] = page;
	return true;
}

/* At the tail: with a limit on tries, all have their turn. */
static void append(grant_ref_t ref)
{
	unsigned long flags;

	spin_lock_irqsave(&deferred_lock, flags);
	*xen_refs_next(ref) = REF_END;
	if (deferred_head == REF_END)
		deferred_head = ref;
	else
		*xen_refs_next(deferred_tail) = ref;
	deferred_tail = ref;
	deferred_count++;
	spin_unlock_irqrestore(&deferred_lock, flags);
}

static grant_ref_t take_first(void)
{
	unsigned long flags;
	grant_ref_t ref;

	spin_lock_irqsave(&deferred_lock, flags);
	ref = deferred_head;
	if (ref != REF_END) {
		deferred_head = *xen_refs_next(ref);
		deferred_count--;
	}
	spin_unlock_irqrestore(&deferred_lock, flags);
	return ref;
}

static void defer(grant_ref_t ref, struct page *page)
{
	unsigned long flags;

	if (!page) {
		page = xpfn_page(xpfn_of_gfn(xen_grant_table.layout->frame(ref)));
		get_page(page);
	}
	if (!remember_page(ref, page)) {
		spin_lock_irqsave(&deferred_lock, flags);
		lost_count++;
		spin_unlock_irqrestore(&deferred_lock, flags);
		pr_warn_ratelimited("xen/grants: no memory to keep track of pages: %u are lost\n",
				    lost_count);
		return;
	}
	append(ref);
	queue_delayed_work(system_wq, &deferred_work, PERIOD);
}

static void work(struct work_struct *unused)
{
	unsigned int limit = READ_ONCE(free_per_iteration), tries = xen_grant_deferred();
	grant_ref_t ref;

	if (limit)
		tries = min(tries, limit);
	while (tries-- && (ref = take_first()) != REF_END) {
		if (xen_grant_table.layout->revoke(ref)) {
			put_page(deferred_pages[ref / ROW_PAGES][ref % ROW_PAGES]);
			xen_refs_put(ref);
			xen_grant_freed();
		} else {
			append(ref);
		}
		cond_resched();
	}
	if (!xen_grant_deferred()) {
		periods = 0;
		return;
	}
	if (++periods % QUIET == 0)
		pr_info("xen/grants: %u references are still in use by their peers\n",
			xen_grant_deferred());
	queue_delayed_work(system_wq, &deferred_work, PERIOD);
}

/**
 * gnttab_end_foreign_access_ref() - revoke, and keep the reference
 * @ref: the reference
 *
 * Return: 1 if nobody can use the frame by @ref any more, 0 if somebody does.
 */
int gnttab_end_foreign_access_ref(grant_ref_t ref)
{
	if (xen_grant_table.layout->revoke(ref))
		return 1;
	pr_warn_ratelimited("xen/grants: reference %u is in use\n", ref);
	return 0;
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access_ref);

/**
 * gnttab_try_end_foreign_access() - revoke, and on success free the reference
 * @ref: the reference
 *
 * Return: 1 if nobody can use the frame by @ref any more; 0 if somebody does, then nothing was
 * freed.
 */
int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	if (!xen_grant_table.layout->revoke(ref))
		return 0;
	xen_refs_put(ref);
	xen_grant_freed();
	return 1;
}
EXPORT_SYMBOL_GPL(gnttab_try_end_foreign_access);

/**
 * gnttab_end_foreign_access() - revoke now or as soon as the peer lets go
 * @ref: the reference, freed then
 * @page: the caller's reference to the granted page, dropped then; or NULL: the page is kept from
 *        being freed as long as it is in use, but who else has it must not write secrets to it
 *
 * Multi-page areas must come from alloc_pages_exact(), so that each page is freed by itself.
 *
 * Context: any.
 */
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	if (!gnttab_try_end_foreign_access(ref))
		defer(ref, page);
	else if (page)
		put_page(page);
}
EXPORT_SYMBOL_GPL(gnttab_end_foreign_access);
