/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants: letting other domains use pages of ours, and using pages of theirs.
 *
 * What is granted here stays the peer's to use until a revoke has succeeded, and a revoke may
 * fail for as long as the peer likes: see gnttab_end_foreign_access(). The design is described in
 * Documentation/virt/xen/grants.rst.
 */
#ifndef __ASM_GNTTAB_H__
#define __ASM_GNTTAB_H__

#include <asm/page.h>

#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>

#include <asm/xen/hypervisor.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* Numbers that the hypervisor is least likely to hand out; the ABI has no invalid ones. */
#define INVALID_GRANT_REF	((grant_ref_t)-1)
#define INVALID_GRANT_HANDLE	((grant_handle_t)-1)

/* Frames that every hypervisor allows. */
#define NR_GRANT_FRAMES 4

/**
 * struct gnttab_free_callback - somebody who waits for free references
 * @next: the next one
 * @fn: called once, with interrupts off and a lock held, when @count are free
 * @arg: for @fn
 * @count: how many are needed
 */
struct gnttab_free_callback {
	struct gnttab_free_callback *next;
	void (*fn)(void *arg);
	void *arg;
	u16 count;
};

struct gntab_unmap_queue_data;

typedef void (*gnttab_unmap_refs_done)(int result, struct gntab_unmap_queue_data *data);

/**
 * struct gntab_unmap_queue_data - a batch to unmap when nobody uses its pages
 * @gnttab_work: waits for that
 * @data: the caller's
 * @done: called at the end
 * @unmap_ops: as for gnttab_unmap_refs()
 * @kunmap_ops: as for gnttab_unmap_refs()
 * @pages: as for gnttab_unmap_refs()
 * @count: as for gnttab_unmap_refs()
 * @age: tries so far
 */
struct gntab_unmap_queue_data {
	struct delayed_work gnttab_work;
	void *data;
	gnttab_unmap_refs_done done;
	struct gnttab_unmap_grant_ref *unmap_ops;
	struct gnttab_unmap_grant_ref *kunmap_ops;
	struct page **pages;
	unsigned int count;
	unsigned int age;
};

int gnttab_init(void);
#ifdef CONFIG_HIBERNATE_CALLBACKS
int gnttab_suspend(void);
int gnttab_resume(void);
#else
static inline int gnttab_suspend(void)
{
	return 0;
}

static inline int gnttab_resume(void)
{
	return 0;
}
#endif

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

int gnttab_end_foreign_access_ref(grant_ref_t ref);
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page);
int gnttab_try_end_foreign_access(grant_ref_t ref);

/**
 * gnttab_alloc_grant_references() - take references to grant with later
 * @count: how many
 * @pprivate_head: set to a chain of them, the caller's; it needs a lock of the caller's if
 *                 several use it
 *
 * Context: any.
 * Return: 0 or -ENOSPC.
 */
int gnttab_alloc_grant_references(u16 count, grant_ref_t *pprivate_head);

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
 * gnttab_free_grant_reference() - give back a reference by which nothing is granted
 * @ref: the reference
 */
void gnttab_free_grant_reference(grant_ref_t ref);

/**
 * gnttab_free_grant_references() - give back a chain of references
 * @head: the chain
 */
void gnttab_free_grant_references(grant_ref_t head);

/**
 * gnttab_free_grant_reference_seq() - give back consecutive references
 * @head: the first
 * @count: how many
 */
void gnttab_free_grant_reference_seq(grant_ref_t head, unsigned int count);

/**
 * gnttab_empty_grant_references() - whether a chain has no reference left
 * @pprivate_head: the chain
 *
 * Return: 1 or 0.
 */
int gnttab_empty_grant_references(const grant_ref_t *pprivate_head);

/**
 * gnttab_claim_grant_reference() - take a reference from a chain
 * @pprivate_head: the chain
 *
 * Return: the reference, or -ENOSPC.
 */
int gnttab_claim_grant_reference(grant_ref_t *pprivate_head);

/**
 * gnttab_release_grant_reference() - put a reference back into a chain
 * @private_head: the chain
 * @release: the reference, by which nothing is granted
 */
void gnttab_release_grant_reference(grant_ref_t *private_head, grant_ref_t release);

/**
 * gnttab_request_free_callback() - be called when references are free
 * @callback: the caller's, until it is called or cancelled; nothing happens if it waits already
 * @fn: see &struct gnttab_free_callback
 * @arg: for @fn
 * @count: how many are needed
 */
void gnttab_request_free_callback(struct gnttab_free_callback *callback, void (*fn)(void *),
				  void *arg, u16 count);

/**
 * gnttab_cancel_free_callback() - do not be called any more
 * @callback: need not wait; it is not being called when this returns
 */
void gnttab_cancel_free_callback(struct gnttab_free_callback *callback);

/**
 * gnttab_grant_foreign_access_ref() - gnttab_grant_foreign_access(), with a reference taken before
 * @ref: the reference
 * @domid: the domain
 * @frame: the frame, as hypercalls take it
 * @readonly: it may only read
 */
void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t domid, unsigned long frame,
				     int readonly);

/* The first frame of a page, if pages are larger than frames. */
static inline void gnttab_page_grant_foreign_access_ref_one(grant_ref_t ref, domid_t domid,
							    struct page *page, int readonly)
{
	gnttab_grant_foreign_access_ref(ref, domid, xen_page_to_gfn(page), readonly);
}

/* A translated domain names what it maps to by physical address, a PV one by virtual. */
static inline u64 gnttab_host_addr(phys_addr_t addr, u32 flags)
{
	return (flags & GNTMAP_contains_pte) || xen_pv_domain() ? addr : __pa(addr);
}

/**
 * gnttab_set_map_op() - fill a slot of a batch to map
 * @map: the slot
 * @addr: where to map: a virtual address, or with GNTMAP_contains_pte the machine address of a
 *        page table entry
 * @flags: GNTMAP_*
 * @ref: the reference
 * @domid: who granted it
 */
static inline void gnttab_set_map_op(struct gnttab_map_grant_ref *map, phys_addr_t addr,
				     u32 flags, grant_ref_t ref, domid_t domid)
{
	map->host_addr = gnttab_host_addr(addr, flags);
	map->flags = flags;
	map->ref = ref;
	map->dom = domid;
	map->status = 1;	/* what the hypervisor never writes */
}

/**
 * gnttab_set_unmap_op() - fill a slot of a batch to unmap
 * @unmap: the slot
 * @addr: as it was for gnttab_set_map_op()
 * @flags: as they were
 * @handle: what the map gave
 */
static inline void gnttab_set_unmap_op(struct gnttab_unmap_grant_ref *unmap, phys_addr_t addr,
				       u32 flags, grant_handle_t handle)
{
	unmap->host_addr = gnttab_host_addr(addr, flags);
	unmap->handle = handle;
	unmap->dev_bus_addr = 0;
}

int arch_gnttab_init(unsigned long nr_shared, unsigned long nr_status);
int arch_gnttab_map_shared(xen_pfn_t *frames, unsigned long nr_gframes,
			   unsigned long max_nr_gframes, void **__shared);
int arch_gnttab_map_status(u64 *frames, unsigned long nr_gframes, unsigned long max_nr_gframes,
			   grant_status_t **__shared);
void arch_gnttab_unmap(void *shared, unsigned long nr_gframes);

/**
 * struct grant_frames - where a translated domain's table appears
 * @pfn: the frames
 * @count: how many
 * @vaddr: where they are mapped
 */
struct grant_frames {
	xen_pfn_t *pfn;
	unsigned int count;
	void *vaddr;
};

extern struct grant_frames xen_auto_xlat_grant_frames;
unsigned int gnttab_max_grant_frames(void);
int gnttab_setup_auto_xlat_frames(phys_addr_t addr);
void gnttab_free_auto_xlat_frames(void);

int gnttab_alloc_pages(int nr_pages, struct page **pages);
void gnttab_free_pages(int nr_pages, struct page **pages);

/**
 * struct gnttab_page_cache - a pool of pages to map grants behind
 * @lock: protects the pool
 * @pages: the pages
 * @num_pages: how many
 */
struct gnttab_page_cache {
	spinlock_t lock;	/* protects the pool */
#ifdef CONFIG_XEN_UNPOPULATED_ALLOC
	struct page *pages;
#else
	struct list_head pages;
#endif
	unsigned int num_pages;
};

void gnttab_page_cache_init(struct gnttab_page_cache *cache);
int gnttab_page_cache_get(struct gnttab_page_cache *cache, struct page **page);
void gnttab_page_cache_put(struct gnttab_page_cache *cache, struct page **page, unsigned int num);
void gnttab_page_cache_shrink(struct gnttab_page_cache *cache, unsigned int num);

#ifdef CONFIG_XEN_GRANT_DMA_ALLOC
/**
 * struct gnttab_dma_alloc_args - pages that a device can reach
 * @dev: the device
 * @coherent: coherent memory, otherwise write-combining
 * @nr_pages: how many pages
 * @pages: set to the pages
 * @frames: room for as many frames
 * @vaddr: set to their address
 * @dev_bus_addr: set to their address on the bus
 */
struct gnttab_dma_alloc_args {
	struct device *dev;
	bool coherent;
	int nr_pages;
	struct page **pages;
	xen_pfn_t *frames;
	void *vaddr;
	dma_addr_t dev_bus_addr;
};

int gnttab_dma_alloc_pages(struct gnttab_dma_alloc_args *args);
int gnttab_dma_free_pages(struct gnttab_dma_alloc_args *args);
#endif

int gnttab_pages_set_private(int nr_pages, struct page **pages);
void gnttab_pages_clear_private(int nr_pages, struct page **pages);

int gnttab_map_refs(struct gnttab_map_grant_ref *map_ops, struct gnttab_map_grant_ref *kmap_ops,
		    struct page **pages, unsigned int count);
int gnttab_unmap_refs(struct gnttab_unmap_grant_ref *unmap_ops,
		      struct gnttab_unmap_grant_ref *kunmap_ops, struct page **pages,
		      unsigned int count);
void gnttab_unmap_refs_async(struct gntab_unmap_queue_data *item);
int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *item);

void gnttab_batch_map(struct gnttab_map_grant_ref *batch, unsigned int count);
void gnttab_batch_copy(struct gnttab_copy *batch, unsigned int count);

/**
 * struct xen_page_foreign - whose frame a page shows
 * @domid: the domain
 * @gref: by which reference
 */
struct xen_page_foreign {
	domid_t domid;
	grant_ref_t gref;
};

/**
 * xen_page_foreign() - whose frame a page shows
 * @page: any page
 *
 * Return: NULL if it shows one of ours.
 */
static inline struct xen_page_foreign *xen_page_foreign(struct page *page)
{
	if (!PageForeign(page))
		return NULL;
#if BITS_PER_LONG < 64
	return (struct xen_page_foreign *)page->private;
#else
	BUILD_BUG_ON(sizeof(struct xen_page_foreign) > BITS_PER_LONG / BITS_PER_BYTE);
	return (struct xen_page_foreign *)&page->private;
#endif
}

typedef void (*xen_grant_fn_t)(unsigned long gfn, unsigned int offset, unsigned int len,
			       void *data);

/**
 * gnttab_foreach_grant_in_range() - for each frame that a part of a page touches
 * @page: the page
 * @offset: where the part begins
 * @len: its length; what is beyond the page is left out
 * @fn: called with the frame, the part of it, and @data
 * @data: for @fn
 */
void gnttab_foreach_grant_in_range(struct page *page, unsigned int offset, unsigned int len,
				   xen_grant_fn_t fn, void *data);

/* The same for the first frame alone. */
static inline void gnttab_for_one_grant(struct page *page, unsigned int offset, unsigned int len,
					xen_grant_fn_t fn, void *data)
{
	len = min_t(unsigned int, XEN_PAGE_SIZE - (offset & ~XEN_PAGE_MASK), len);
	gnttab_foreach_grant_in_range(page, offset, len, fn, data);
}

/**
 * gnttab_foreach_grant() - for each of the first frames of some pages
 * @pages: the pages
 * @nr_grefs: how many frames
 * @fn: called with the frame, all of it, and @data
 * @data: for @fn
 */
void gnttab_foreach_grant(struct page **pages, unsigned int nr_grefs, xen_grant_fn_t fn,
			  void *data);

/* How many frames an area of @len bytes touches that begins @start bytes into a page. */
static inline unsigned int gnttab_count_grant(unsigned int start, unsigned int len)
{
	return XEN_PFN_UP(xen_offset_in_page(start) + len);
}

#endif /* __ASM_GNTTAB_H__ */
