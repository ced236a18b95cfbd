// SPDX-License-Identifier: GPL-2.0
/*
 * Other domains' memory in domains that the hypervisor translates for: it is put at frames of ours
 * that have no memory, and these are mapped.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <xen/foreign.h>
#include <xen/hv_memory.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

/* Frame of 4 KiB that is the @i-th of an array of pages. */
static xen_pfn_t frame_of(struct page **pages, unsigned long i)
{
	return page_to_xen_pfn(pages[i / XEN_PFN_PER_PAGE]) + i % XEN_PFN_PER_PAGE;
}

/* Frames that one call puts. */
#define AT_ONCE		64

/**
 * struct foreign_map - memory of another domain on its way into a user's address space
 * @vma: there
 * @pages: ours, at which it was put
 * @prot: protection
 * @errors: one for each frame
 * @count: of frames
 * @done: of them, those that have been looked at
 * @mapped: and those that are mapped
 */
struct foreign_map {
	struct vm_area_struct *vma;
	struct page **pages;
	pgprot_t prot;
	int *errors;
	unsigned int count, done, mapped;
};

/* Put frames at pages of ours; each gets its own error. */
static void put_frames(domid_t domain, xen_pfn_t *frames, struct page **pages, int *errors,
		       unsigned int count)
{
	xen_pfn_t to[AT_ONCE];
	unsigned int at, n, i;
	int ret;

	for (at = 0; at < count; at += n) {
		n = min(count - at, AT_ONCE);
		for (i = 0; i < n; i++)
			to[i] = frame_of(pages, at + i);
		ret = xen_hv_memory_place_foreign(domain, frames + at, to, errors + at, n);
		for (i = 0; ret < 0 && i < n; i++)
			errors[at + i] = ret;
	}
}

/*
 * Maps a page if a frame was put there: reading nothing must fault, and the caller may try what
 * could not be put again.
 */
static int map_one(pte_t *pte, unsigned long addr, void *data)
{
	struct foreign_map *m = data;
	struct page *page = m->pages[m->done / XEN_PFN_PER_PAGE];
	unsigned int end = min_t(unsigned int, m->count, m->done + XEN_PFN_PER_PAGE);
	unsigned int before = m->mapped;

	for (; m->done < end; m->done++)
		m->mapped += !m->errors[m->done];
	if (m->mapped != before)
		set_pte_at(m->vma->vm_mm, addr, pte,
			   pte_mkspecial(pfn_pte(page_to_pfn(page), m->prot)));
	return 0;
}

/**
 * xen_xlate_remap_gfn_array() - map another domain's memory for a user
 * @vma: where, an area of VM_PFNMAP and VM_IO
 * @addr: in it
 * @gfn: the other domain's frames
 * @nr: of them
 * @err_ptr: one result for each; not the same memory as @gfn
 * @prot: protection
 * @domid: the other domain
 * @pages: without memory, to put the frames at
 *
 * Return: how many were mapped; -EINVAL for another kind of area; -ENOMEM.
 */
int xen_xlate_remap_gfn_array(struct vm_area_struct *vma, unsigned long addr, xen_pfn_t *gfn,
			      int nr, int *err_ptr, pgprot_t prot, unsigned int domid,
			      struct page **pages)
{
	struct foreign_map m = {
		.vma = vma, .pages = pages, .prot = prot, .errors = err_ptr, .count = nr,
	};
	unsigned long size = (unsigned long)DIV_ROUND_UP(nr, XEN_PFN_PER_PAGE) << PAGE_SHIFT;
	int err;

	if (WARN_ON_ONCE((vma->vm_flags & (VM_IO | VM_PFNMAP)) != (VM_IO | VM_PFNMAP)))
		return -EINVAL;
	put_frames(domid, gfn, pages, err_ptr, nr);
	err = apply_to_page_range(vma->vm_mm, addr, size, map_one, &m);
	while (err < 0 && m.done < nr)
		err_ptr[m.done++] = err;
	return err < 0 ? err : m.mapped;
}
EXPORT_SYMBOL_GPL(xen_xlate_remap_gfn_array);

/**
 * xen_xlate_unmap_gfn_range() - take another domain's memory off our frames
 * @vma: unused
 * @nr: of frames
 * @pages: at which they were put; without memory again afterwards
 *
 * Return: 0.
 */
int xen_xlate_unmap_gfn_range(struct vm_area_struct *vma, int nr, struct page **pages)
{
	int i;

	/* There may be nothing at some: not each frame could be put. */
	for (i = 0; i < nr; i++) {
		xen_hv_memory_unplace(xgfn(frame_of(pages, i)));
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_GPL(xen_xlate_unmap_gfn_range);

/**
 * xen_xlate_map_ballooned_pages() - pages without memory at one kernel address, for the grant table
 * @gfns: set to a vector of their frames, kept for ever
 * @virt: set to the address
 * @nr_grant_frames: how many frames
 *
 * Return: 0; -EINVAL for none; -ENOMEM.
 */
int __init xen_xlate_map_ballooned_pages(xen_pfn_t **gfns, void **virt,
					 unsigned long nr_grant_frames)
{
	unsigned long count = DIV_ROUND_UP(nr_grant_frames, XEN_PFN_PER_PAGE), i;
	struct page **pages;
	xen_pfn_t *frames;
	int err = -ENOMEM;

	if (!nr_grant_frames)
		return -EINVAL;
	pages = kcalloc(count, sizeof(*pages), GFP_KERNEL);
	frames = kcalloc(nr_grant_frames, sizeof(*frames), GFP_KERNEL);
	if (pages && frames)
		err = xen_alloc_unpopulated_pages(count, pages);
	if (err)
		goto out;
	for (i = 0; i < nr_grant_frames; i++)
		frames[i] = frame_of(pages, i);
	*virt = vmap(pages, count, 0, PAGE_KERNEL);
	if (*virt) {
		*gfns = frames;
	} else {
		xen_free_unpopulated_pages(count, pages);
		err = -ENOMEM;
	}
out:
	if (err) {
		pr_warn("no place for %lu grant frames: %d\n", nr_grant_frames, err);
		kfree(frames);
	}
	kfree(pages);
	return err;
}

/**
 * struct page_map - pages of ours on their way into a user's address space
 * @vma: there
 * @pages: the next one
 */
struct page_map {
	struct vm_area_struct *vma;
	struct page **pages;
};

static int map_page(pte_t *pte, unsigned long addr, void *data)
{
	struct page_map *m = data;

	set_pte_at(m->vma->vm_mm, addr, pte,
		   pte_mkspecial(pfn_pte(page_to_pfn(*m->pages++), m->vma->vm_page_prot)));
	return 0;
}

/* Documented in xen/foreign.h. */
int xen_xlate_map_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
			unsigned long count)
{
	struct page_map m = { .vma = vma, .pages = pages };

	return apply_to_page_range(vma->vm_mm, addr, count << PAGE_SHIFT, map_page, &m);
}
EXPORT_SYMBOL_GPL(xen_xlate_map_pages);
