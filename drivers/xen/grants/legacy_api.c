// SPDX-License-Identifier: GPL-2.0
/* The names by which the rest of the kernel grants: include/xen/grant_table.h documents them. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <xen/frame_page.h>
#include <xen/page.h>
#include "internal.h"

/* Who waits for free references. A callback runs with the lock held: cancelled, it cannot. */
static DEFINE_SPINLOCK(waiters_lock);
static struct gnttab_free_callback *waiters;

static void wake_waiters(void)
{
	struct gnttab_free_callback **link = &waiters, *waiter;
	unsigned long flags;

	spin_lock_irqsave(&waiters_lock, flags);
	while ((waiter = *link)) {
		if (xen_refs_free() < waiter->count) {
			link = &waiter->next;
			continue;
		}
		*link = waiter->next;
		waiter->next = NULL;
		waiter->fn(waiter->arg);
	}
	spin_unlock_irqrestore(&waiters_lock, flags);
}

/**
 * xen_grant_freed() - references were given back: somebody may wait for them
 */
void xen_grant_freed(void)
{
	if (unlikely(READ_ONCE(waiters)))
		wake_waiters();
}

void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid, unsigned long frame,
				     int readonly)
{
	xen_grant_table.layout->grant(ref, domid, xgfn(frame),
				      GTF_permit_access | (readonly ? GTF_readonly : 0));
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access_ref);

int gnttab_grant_foreign_access(domid_t domid, unsigned long frame, int readonly)
{
	grant_ref_t ref;

	if (xen_refs_get(1, &ref))
		return -ENOSPC;
	gnttab_grant_foreign_access_ref(ref, domid, frame, readonly);
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_grant_foreign_access);

int gnttab_alloc_grant_references(u16 count, grant_ref_t *chain)
{
	*chain = REF_END;
	if (!count)
		return 0;
	return xen_refs_get(count, chain) ? -ENOSPC : 0;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_references);

int gnttab_alloc_grant_reference_seq(unsigned int count, grant_ref_t *first)
{
	return xen_refs_get_row(count, first) ? -ENOSPC : 0;
}
EXPORT_SYMBOL_GPL(gnttab_alloc_grant_reference_seq);

void gnttab_free_grant_reference(grant_ref_t ref)
{
	xen_refs_put(ref);
	xen_grant_freed();
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference);

void gnttab_free_grant_references(grant_ref_t chain)
{
	xen_refs_put_chain(chain);
	xen_grant_freed();
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_references);

void gnttab_free_grant_reference_seq(grant_ref_t first, unsigned int count)
{
	xen_refs_put_row(first, count);
	xen_grant_freed();
}
EXPORT_SYMBOL_GPL(gnttab_free_grant_reference_seq);

int gnttab_claim_grant_reference(grant_ref_t *chain)
{
	grant_ref_t ref = *chain;

	if (unlikely(ref == REF_END))
		return -ENOSPC;
	*chain = *xen_refs_next(ref);
	return ref;
}
EXPORT_SYMBOL_GPL(gnttab_claim_grant_reference);

void gnttab_release_grant_reference(grant_ref_t *chain, grant_ref_t ref)
{
	*xen_refs_next(ref) = *chain;
	*chain = ref;
}
EXPORT_SYMBOL_GPL(gnttab_release_grant_reference);

/* The link of the list that leads to @waiter, or that at its end. The lock is held. */
static struct gnttab_free_callback **link_to(const struct gnttab_free_callback *waiter)
{
	struct gnttab_free_callback **link = &waiters;

	while (*link && *link != waiter)
		link = &(*link)->next;
	return link;
}

void gnttab_request_free_callback(struct gnttab_free_callback *waiter, void (*fn)(void *),
				  void *arg, u16 count)
{
	unsigned long flags;

	spin_lock_irqsave(&waiters_lock, flags);
	if (!*link_to(waiter)) {
		waiter->fn = fn;
		waiter->arg = arg;
		waiter->count = count;
		waiter->next = waiters;
		WRITE_ONCE(waiters, waiter);
	}
	spin_unlock_irqrestore(&waiters_lock, flags);
	/* What was freed before the waiter was seen in the list would wake nobody. */
	smp_mb();
	xen_grant_freed();
}
EXPORT_SYMBOL_GPL(gnttab_request_free_callback);

void gnttab_cancel_free_callback(struct gnttab_free_callback *waiter)
{
	struct gnttab_free_callback **link;
	unsigned long flags;

	spin_lock_irqsave(&waiters_lock, flags);
	link = link_to(waiter);
	if (*link)
		*link = waiter->next;
	spin_unlock_irqrestore(&waiters_lock, flags);
}
EXPORT_SYMBOL_GPL(gnttab_cancel_free_callback);

void gnttab_foreach_grant_in_range(struct page *page, unsigned int start, unsigned int len,
				   xen_grant_fn_t fn, void *data)
{
	xpfn_t pfn = xpfn_add(xpfn_of_page(page), XEN_PFN_DOWN(start));
	unsigned int in_frame = xen_offset_in_page(start);

	len = min_t(unsigned int, PAGE_SIZE - start, len);
	while (len) {
		unsigned int part = min_t(unsigned int, XEN_PAGE_SIZE - in_frame, len);

		fn(xgfn_n(xgfn_of_pfn(pfn)), in_frame, part, data);
		len -= part;
		in_frame = 0;
		pfn = xpfn_add(pfn, 1);
	}
}
EXPORT_SYMBOL_GPL(gnttab_foreach_grant_in_range);
