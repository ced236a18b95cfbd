// SPDX-License-Identifier: GPL-2.0
/*
 * Areas of a process that show frames of other domains.
 *
 * An area is empty until a request fills it, and stays what and where it is: it cannot be split,
 * moved (see area.h), inherited or made larger, since nobody but the hypervisor could make its
 * entries anew. What is not mapped faults.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <xen/balloon.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "area.h"
#include "privcmd.h"

static void area_free(struct kref *users)
{
	struct privcmd_area *area = container_of(users, struct privcmd_area, users);

	if (area->pages) {
		xen_unmap_domain_gfn_range(NULL, area->count * XEN_PFN_PER_PAGE, area->pages);
		xen_free_unpopulated_pages(area->count, area->pages);
		kvfree(area->pages);
	}
	kfree(area);
}

/**
 * privcmd_area_put() - let go of what areas show
 * @area: what
 *
 * Context: may sleep.
 */
void privcmd_area_put(struct privcmd_area *area)
{
	kref_put(&area->users, area_free);
}

static int get_pages(struct privcmd_area *area)
{
	int err;

	if (area->count > INT_MAX / XEN_PFN_PER_PAGE)
		return -ENOMEM;
	area->pages = kvmalloc_array(area->count, sizeof(*area->pages),
				     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!area->pages)
		return -ENOMEM;
	err = xen_alloc_unpopulated_pages(area->count, area->pages);
	if (err) {
		kvfree(area->pages);
		area->pages = NULL;
	}
	return err ? -ENOMEM : 0;
}

/**
 * privcmd_area_new() - an area gets something to show
 * @vma: the area, which has nothing yet
 * @dom: whose frames
 * @first: page of the area at which they begin
 * @count: of pages
 *
 * Context: mmap lock held for writing.
 * Return: what it shows from now on, with a use for the caller; ERR_PTR(-ENOMEM).
 */
struct privcmd_area *privcmd_area_new(struct vm_area_struct *vma, domid_t dom,
				      unsigned long first, unsigned long count)
{
	struct privcmd_area *area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!area)
		return ERR_PTR(-ENOMEM);
	kref_init(&area->users);
	refcount_set(&area->shown, 1);
	area->dom = dom;
	area->first = first;
	area->count = count;
	if (!xen_pv_domain())
		err = get_pages(area);
	if (err) {
		kfree(area);
		return ERR_PTR(err);
	}
	kref_get(&area->users);
	vma->vm_private_data = area;
	return area;
}

/**
 * privcmd_area_undo() - an area shows nothing any more
 * @vma: the area, in which nothing was mapped
 *
 * Context: mmap lock held for writing.
 */
void privcmd_area_undo(struct vm_area_struct *vma)
{
	struct privcmd_area *area = vma->vm_private_data;

	vma->vm_private_data = NULL;
	privcmd_area_put(area);
}

/* Nothing that is allowed copies an area; if the core did, the copy would count. */
static void area_open(struct vm_area_struct *vma)
{
	struct privcmd_area *area = vma->vm_private_data;

	if (!area)
		return;
	kref_get(&area->users);
	refcount_inc(&area->shown);
}

static void area_close(struct vm_area_struct *vma)
{
	struct privcmd_area *area = vma->vm_private_data;

	if (!area)
		return;
	if (refcount_dec_and_test(&area->shown))
		privcmd_ioeventfd_area_ends(area);
	privcmd_area_put(area);
}

static int area_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

/* In a PV domain entries for others' frames cannot be changed, only cleared. */
static int area_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			 unsigned long flags)
{
	return xen_pv_domain() && vma->vm_private_data ? -EACCES : 0;
}

static vm_fault_t area_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct area_ops = {
	.open = area_open,
	.close = area_close,
	.may_split = area_may_split,
	.mprotect = area_mprotect,
	.fault = area_fault,
};

/**
 * privcmd_mmap() - make an empty area
 * @filp: the file
 * @vma: the area
 *
 * Return: 0.
 */
int privcmd_mmap(struct file *filp, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	xen_area_stay(vma);
	vma->vm_ops = &area_ops;
	vma->vm_private_data = NULL;
	return 0;
}

/**
 * privcmd_vma() - the area at an address
 * @mm: of the process
 * @addr: the address
 *
 * Context: mmap lock held.
 * Return: the area; NULL if there is none, or none of ours.
 */
struct vm_area_struct *privcmd_vma(struct mm_struct *mm, u64 addr)
{
	struct vm_area_struct *vma;

	if (overflows_type(addr, unsigned long))
		return NULL;
	vma = vma_lookup(mm, addr);
	return vma && vma->vm_ops == &area_ops ? vma : NULL;
}

/**
 * privcmd_area_of() - what an area shows
 * @vma: an area of ours
 *
 * Context: mmap lock held.
 * Return: that, or NULL if nothing was asked of it yet.
 */
struct privcmd_area *privcmd_area_of(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

static int is_mapped(pte_t *ptep, unsigned long addr, void *unused)
{
	return pte_none(ptep_get(ptep)) ? 0 : -EEXIST;
}

/**
 * privcmd_area_empty() - whether nothing is mapped at some addresses of an area
 * @vma: the area
 * @addr: the first, of a page
 * @size: bytes, of whole pages
 *
 * Context: mmap lock held; may allocate page tables.
 * Return: whether; no if there is no memory to find out.
 */
bool privcmd_area_empty(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	return !apply_to_page_range(vma->vm_mm, addr, size, is_mapped, NULL);
}
