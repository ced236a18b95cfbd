/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants: letting other domains use pages of ours, and using pages of theirs.
 *
 * What is granted here stays the peer's to use until a revoke has succeeded, and a revoke may
 * fail for as long as the peer likes: see gnttab_end_foreign_access(). The design is described in
 * Documentation/virt/xen/grants.rst.
 *
 * What is not described here is described where it is defined, in drivers/xen/grants.
 */
#ifndef __ASM_GNTTAB_H__
#define __ASM_GNTTAB_H__

#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <asm/page.h>
#include <asm/xen/hypervisor.h>
#include <xen/features.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/frame_page.h>
#include <xen/page.h>
#include <xen/xen.h>

/* Numbers that the hypervisor is least likely to hand out; the ABI has no invalid ones. */
#define INVALID_GRANT_HANDLE	((grant_handle_t)-1)
#define INVALID_GRANT_REF	((grant_ref_t)-1)

/*
 * References, free or taken: refs.c
 *
 * A chain of references is its owner's; it needs a lock of the owner's if several use it.
 */

/**
 * gnttab_alloc_grant_references() - take references to grant with later
 * @count: how many
 * @chain: set to a chain of them
 *
 * Context: any.
 * Return: 0 or -ENOSPC.
 */
int gnttab_alloc_grant_references(u16 count, grant_ref_t *chain);

/**
 * gnttab_claim_grant_reference() - take a reference from a chain
 * @chain: the chain
 *
 * Return: the reference, or -ENOSPC.
 */
int gnttab_claim_grant_reference(grant_ref_t *chain);

/**
 * gnttab_release_grant_reference() - put a reference back into a chain
 * @chain: the chain
 * @ref: the reference, by which nothing is granted
 */
void gnttab_release_grant_reference(grant_ref_t *chain, grant_ref_t ref);

/**
 * gnttab_free_grant_references() - give back a chain of references
 * @chain: the chain
 */
void gnttab_free_grant_references(grant_ref_t chain);

/**
 * gnttab_free_grant_reference() - give back a reference by which nothing is granted
 * @ref: the reference
 */
void gnttab_free_grant_reference(grant_ref_t ref);

/**
 * gnttab_alloc_grant_reference_seq() - take references with consecutive numbers
 * @count: how many
 * @first: set to the first
 *
 * Context: any.
 * Return: 0 or -ENOSPC.
 */
int gnttab_alloc_grant_reference_seq(unsigned int count, grant_ref_t *first);

/**
 * gnttab_free_grant_reference_seq() - give back consecutive references
 * @first: the first
 * @count: how many
 */
void gnttab_free_grant_reference_seq(grant_ref_t first, unsigned int count);

/**
 * struct gnttab_free_callback - somebody who waits for free references
 * @fn: called once, with interrupts off and a lock held, when @count are free
 * @arg: for @fn
 * @count: how many are needed
 * @next: the next one
 */
struct gnttab_free_callback {
	void (*fn)(void *arg);
	void *arg;
	u16 count;
	struct gnttab_free_callback *next;
};

/**
 * gnttab_request_free_callback() - be called when references are free
 * @waiter: the caller's, until it is called or cancelled; nothing happens if it waits already
 * @fn: see &struct gnttab_free_callback
 * @arg: for @fn
 * @count: how many are needed
 */
void gnttab_request_free_callback(struct gnttab_free_callback *waiter, void (*fn)(void *),
				  void *arg, u16 count);

/**
 * gnttab_cancel_free_callback() - do not be called any more
 * @waiter: need not wait; it is not being called when this returns
 */
void gnttab_cancel_free_callback(struct gnttab_free_callback *waiter);

/*
 * Granting, and revoking: end_access.c
 */

/**
 * gnttab_grant_foreign_access() - let a domain use a frame of ours
 * @domid: the domain
 * @frame: the frame, as hypercalls take it
 * @readonly: it may only read
 *
 * Context: any.
 * Return: the reference, to be revoked; -ENOSPC if there are no more, for now.
 */
int gnttab_grant_foreign_access(domid_t domid, unsigned long frame, int readonly);

/**
 * gnttab_grant_foreign_access_ref() - gnttab_grant_foreign_access(), with a reference taken before
 * @ref: the reference
 * @domid: the domain
 * @frame: the frame, as hypercalls take it
 * @readonly: it may only read
 */
void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid, unsigned long frame,
				     int readonly);

int gnttab_try_end_foreign_access(grant_ref_t ref);
int gnttab_end_foreign_access_ref(grant_ref_t ref);
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page);

/*
 * The frames of pages: one each, unless pages are larger than frames
 */

/* How many frames an area of @len bytes touches that begins @start bytes into a page. */
static inline unsigned int gnttab_count_grant(unsigned int start, unsigned int len)
{
	return XEN_PFN_UP(xen_offset_in_page(start) + len);
}

/* gnttab_grant_foreign_access_ref() for the first frame of a page. */
static inline void gnttab_page_grant_foreign_access_ref_one(grant_ref_t ref, domid_t domid,
							    struct page *page, int readonly)
{
	unsigned long first = xgfn_n(xgfn_of_page(page));

	gnttab_grant_foreign_access_ref(ref, domid, first, readonly);
}

typedef void (*xen_grant_fn_t)(unsigned long gfn, unsigned int offset, unsigned int len,
			       void *data);

/**
 * gnttab_foreach_grant_in_range() - for each frame that a part of a page touches
 * @page: the page
 * @start: where the part begins
 * @len: its length; what is beyond the page is left out
 * @fn: called with the frame, the part of it, and @data
 * @data: for @fn
 */
void gnttab_foreach_grant_in_range(struct page *page, unsigned int start, unsigned int len,
				   xen_grant_fn_t fn, void *data);

/* The same for the first frame alone. */
static inline void gnttab_for_one_grant(struct page *page, unsigned int start, unsigned int len,
					xen_grant_fn_t fn, void *data)
{
	unsigned int rest = XEN_PAGE_SIZE - xen_offset_in_page(start);

	gnttab_foreach_grant_in_range(page, start, min(len, rest), fn, data);
}

/*
 * What other domains granted, mapped and copied: map.c
 */

/* A translated domain names what it maps to by physical address, a PV one by virtual. */
static inline u64 gnttab_host_addr(phys_addr_t addr, u32 flags)
{
	return (flags & GNTMAP_contains_pte) || xen_pv_domain() ? addr : __pa(addr);
}

/**
 * gnttab_set_map_op() - fill a slot of a batch to map
 * @op: the slot
 * @addr: where to map: a virtual address, or with GNTMAP_contains_pte the machine address of a
 *        page table entry
 * @flags: GNTMAP_*
 * @ref: the reference
 * @domid: who granted it
 */
static inline void gnttab_set_map_op(struct gnttab_map_grant_ref *op, phys_addr_t addr,
				     u32 flags, grant_ref_t ref, domid_t domid)
{
	op->dom = domid;
	op->ref = ref;
	op->flags = flags;
	op->host_addr = gnttab_host_addr(addr, flags);
	op->status = 1;	/* what the hypervisor never writes */
}

/**
 * gnttab_set_unmap_op() - fill a slot of a batch to unmap
 * @op: the slot
 * @addr: as it was for gnttab_set_map_op()
 * @flags: as they were
 * @handle: what the map gave
 */
static inline void gnttab_set_unmap_op(struct gnttab_unmap_grant_ref *op, phys_addr_t addr,
				       u32 flags, grant_handle_t handle)
{
	op->handle = handle;
	op->host_addr = gnttab_host_addr(addr, flags);
	op->dev_bus_addr = 0;
}

void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count);
void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count);
int gnttab_map_refs(struct gnttab_map_grant_ref *ops, struct gnttab_map_grant_ref *kernel_ops,
		    struct page **pages, unsigned int count);
int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *ops,
		      struct gnttab_unmap_grant_ref *kernel_ops, struct page **pages,
		      unsigned int count);

/**
 * struct gntab_unmap_queue_data - a batch to unmap when nobody uses its pages
 * @unmap_ops: as for gnttab_unmap_refs()
 * @kunmap_ops: as for gnttab_unmap_refs()
 * @pages: as for gnttab_unmap_refs()
 * @count: as for gnttab_unmap_refs()
 * @done: called at the end with the result
 * @data: the caller's
 * @gnttab_work: waits until nobody does
 * @age: tries so far
 */
struct gntab_unmap_queue_data {
	struct gnttab_unmap_grant_ref *unmap_ops;
	struct gnttab_unmap_grant_ref *kunmap_ops;
	struct page **pages;
	unsigned int count;
	void (*done)(int result, struct gntab_unmap_queue_data *item);
	void *data;
	struct delayed_work gnttab_work;
	unsigned int age;
};

int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item);
void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item);

/*
 * Pages to map grants behind: page_pool.c, dma_pages.c
 */

/**
 * struct xen_page_foreign - whose frame a page shows
 * @gref: by which reference
 * @domid: the domain
 */
struct xen_page_foreign {
	grant_ref_t gref;
	domid_t domid;
};

/* It stands in the page's private word, or where that word leads if it is too short. */
#define XEN_FOREIGN_IN_WORD	(sizeof(struct xen_page_foreign) <= sizeof(unsigned long))

/**
 * xen_page_foreign() - whose frame a page shows
 * @page: any page
 *
 * Return: NULL if it shows one of ours.
 */
static inline struct xen_page_foreign *xen_page_foreign(struct page *page)
{
	void *note = XEN_FOREIGN_IN_WORD ? &page->private : (void *)page->private;

	return PageForeign(page) ? note : NULL;
}

int gnttab_pages_set_private(int nr_pages, struct page **pages);
int gnttab_alloc_pages(int nr_pages, struct page **pages);
void gnttab_free_pages(int nr_pages, struct page **pages);
void gnttab_pages_clear_private(int nr_pages, struct page **pages);

/**
 * struct gnttab_page_cache - a pool of pages to map grants behind
 * @num_pages: how many
 * @pages: the first of them, which leads to the next
 * @lock: protects the pool
 */
struct gnttab_page_cache {
	unsigned int num_pages;
	struct page *pages;
	spinlock_t lock;	/* protects the pool */
};

void gnttab_page_cache_init(struct gnttab_page_cache *pool);
unsigned int gnttab_page_cache_shrink(struct gnttab_page_cache *pool, unsigned int keep);
void gnttab_page_cache_put(struct gnttab_page_cache *pool, struct page **pages,
			   unsigned int count);
struct page *gnttab_page_cache_take(struct gnttab_page_cache *pool);
int gnttab_page_cache_get(struct gnttab_page_cache *pool, struct page **page);

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
/**
 * struct gnttab_dma_alloc_args - pages that a device can reach
 * @dev: the device
 * @nr_pages: how many pages
 * @coherent: coherent memory, otherwise write-combining
 * @pages: set to the pages
 * @frames: room for as many frames
 * @dev_bus_addr: set to their address on the bus
 * @vaddr: set to their address
 */
struct gnttab_dma_alloc_args {
	struct device *dev;
	int nr_pages;
	bool coherent;
	struct page **pages;
	xen_pfn_t *frames;
	dma_addr_t dev_bus_addr;
	void *vaddr;
};

int gnttab_dma_free_pages(struct gnttab_dma_alloc_args *args);
int gnttab_dma_alloc_pages(struct gnttab_dma_alloc_args *args);
#endif

/*
 * The table itself: frames.c, and the architecture's part
 */

/**
 * struct grant_frames - where a translated domain's table appears
 * @vaddr: where they are mapped
 * @pfn: the frames
 * @count: how many
 */
struct grant_frames {
	void *vaddr;
	xen_pfn_t *pfn;
	unsigned int count;
};

extern struct grant_frames xen_auto_xlat_grant_frames;

unsigned int gnttab_max_grant_frames(void);
void gnttab_free_auto_xlat_frames(void);
int gnttab_setup_auto_xlat_frames(phys_addr_t addr);
int gnttab_init(void);

int gnttab_resume(void);
int gnttab_suspend(void);

int arch_gnttab_init(unsigned long max_frames, unsigned long max_status_frames);
void arch_gnttab_unmap(void *where, unsigned long count);
int arch_gnttab_map_status(u64 *frames, unsigned long count, unsigned long max_count,
			   grant_status_t **where);
int arch_gnttab_map_shared(xen_pfn_t *frames, unsigned long count, unsigned long max_count,
			   void **where);

#endif /* __ASM_GNTTAB_H__ */
