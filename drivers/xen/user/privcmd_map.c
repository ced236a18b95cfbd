// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of other domains by number: lists (MMAPBATCH and MMAPBATCH_V2), and runs in a PV domain
 * (MMAP).
 *
 * A list may fail frame by frame: others are mapped, each has its own error, and what was paged
 * out may be asked for again. It was found to fit as a whole before its first block is mapped.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "privcmd.h"
#include "privcmd_plan.h"

/* Runs that are copied at once. */
#define RUNS		16

static struct privcmd_span span_of(const struct vm_area_struct *vma)
{
	return (struct privcmd_span) { .start = vma->vm_start, .end = vma->vm_end };
}

/*
 * Lists
 */

/**
 * struct batch - a list of frames on its way into an area
 * @op: the request
 * @errors_apart: they go to @op.err, not into the list
 * @area: what the area shows, once the list was found to fit there; with a use
 * @done: frames that were tried
 * @block: of them
 */
struct batch {
	struct privcmd_mmapbatch_v2 op;
	bool errors_apart;
	struct privcmd_area *area;
	unsigned int done;
	struct privcmd_block *block;
};

/* Finds the first block's area: one to fill, or one with holes. */
static int begin_batch(struct batch *batch, struct vm_area_struct *vma)
{
	u64 pages = DIV_ROUND_UP_ULL(batch->op.num, XEN_PFN_PER_PAGE);
	struct privcmd_area *area = privcmd_area_of(vma);
	struct privcmd_span span = span_of(vma);
	int err = privcmd_plan_batch(&span, !area, batch->op.addr, batch->op.num);

	if (err)
		return err;
	if (!area) {
		area = privcmd_area_new(vma, batch->op.dom, 0, pages);
		if (IS_ERR(area))
			return PTR_ERR(area);
	} else {
		if (!privcmd_area_empty(vma, batch->op.addr, pages << PAGE_SHIFT))
			return -EINVAL;
		kref_get(&area->users);
	}
	batch->area = area;
	return 0;
}

/* The pages at which a translated domain's frames are put, for an address; NULL for none. */
static int pages_at(const struct privcmd_area *area, const struct vm_area_struct *vma,
		    unsigned long addr, unsigned int count, struct page ***pages)
{
	unsigned long at = PFN_DOWN(addr - vma->vm_start);

	*pages = NULL;
	if (!area->pages)
		return 0;
	if (at < area->first || at - area->first > area->count ||
	    count > area->count - (at - area->first))
		return -EINVAL;
	*pages = area->pages + (at - area->first);
	return 0;
}

/* Maps a block; results are in it. */
static int map_block(struct batch *batch, struct vm_area_struct *vma, unsigned long addr,
		     unsigned int n)
{
	unsigned int count = DIV_ROUND_UP(n, XEN_PFN_PER_PAGE);
	struct privcmd_block *block = batch->block;
	struct page **pages;
	unsigned int i;
	int ret;

	ret = pages_at(batch->area, vma, addr, count, &pages);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		block->errors[i] = PRIVCMD_UNTRIED;
	ret = xen_remap_domain_gfn_array(vma, addr, block->frames, n, block->errors,
					 vma->vm_page_prot, batch->op.dom, pages);
	privcmd_settle(block->errors, n, ret);
	return 0;
}

/* The next @n frames, which are in the block. */
static int act_on_block(struct batch *batch, unsigned int n)
{
	unsigned long addr = batch->op.addr + (u64)batch->done / XEN_PFN_PER_PAGE * PAGE_SIZE;
	unsigned long size = DIV_ROUND_UP((unsigned long)n, XEN_PFN_PER_PAGE) << PAGE_SHIFT;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = privcmd_vma(mm, batch->op.addr);
	if (!vma)
		err = -EINVAL;
	else if (!batch->done)
		err = begin_batch(batch, vma);
	else if (privcmd_area_of(vma) != batch->area || !privcmd_area_empty(vma, addr, size))
		err = -EINVAL;
	if (!err)
		err = map_block(batch, vma, addr, n);
	mmap_write_unlock(mm);
	return err;
}

static int return_errors(struct batch *batch, unsigned int n)
{
	struct privcmd_block *block = batch->block;
	xen_pfn_t __user *list = (xen_pfn_t __user *)batch->op.arr;

	if (batch->errors_apart) {
		if (copy_to_user(batch->op.err + batch->done, block->errors,
				 n * sizeof(*block->errors)))
			return -EFAULT;
	} else if (privcmd_mark_frames(block->frames, block->errors, n)) {
		if (copy_to_user(list + batch->done, block->frames, n * sizeof(*list)))
			return -EFAULT;
	}
	return 0;
}

static int run_batch(struct batch *batch)
{
	int err, worst = 0;
	unsigned int n;

	for (; batch->done < batch->op.num; batch->done += n) {
		n = min_t(unsigned int, batch->op.num - batch->done, PRIVCMD_BLOCK);
		if (copy_from_user(batch->block->frames, batch->op.arr + batch->done,
				   n * sizeof(xen_pfn_t)))
			return -EFAULT;
		err = act_on_block(batch, n) ?: return_errors(batch, n);
		if (err)
			return err;
		worst = worst ?: privcmd_worst(batch->block->errors, n);
	}
	return worst;
}

static int read_batch(struct batch *batch, const void __user *arg)
{
	struct privcmd_mmapbatch old;

	if (batch->errors_apart)
		return copy_from_user(&batch->op, arg, sizeof(batch->op)) ? -EFAULT : 0;
	if (copy_from_user(&old, arg, sizeof(old)))
		return -EFAULT;
	/* A negative number is none that an area has room for. */
	batch->op = (struct privcmd_mmapbatch_v2) {
		.num = old.num, .dom = old.dom, .addr = old.addr, .arr = old.arr,
	};
	return 0;
}

/**
 * privcmd_ioctl_batch() - map a list of frames
 * @file: the file
 * @arg: the request
 * @errors_apart: it has a list of its own for errors
 *
 * Return: 0 if each frame has its result; -ENOENT as well, if one was paged out; -EINVAL, -EFAULT,
 * -EPERM, -ENOMEM, -EINTR, and then what was mapped stays.
 */
long privcmd_ioctl_batch(struct privcmd_file *file, const void __user *arg, bool errors_apart)
{
	struct batch batch = { .errors_apart = errors_apart };
	int err = read_batch(&batch, arg);

	if (err)
		return err;
	if (!privcmd_may_name(file, batch.op.dom))
		return -EPERM;
	if (!batch.op.num)
		return -EINVAL;
	/* What cannot be written is found before anything was done. */
	if (errors_apart && !access_ok(batch.op.err, batch.op.num * sizeof(*batch.op.err)))
		return -EFAULT;
	batch.block = kmalloc(sizeof(*batch.block), GFP_KERNEL);
	if (!batch.block)
		return -ENOMEM;
	err = run_batch(&batch);
	kfree(batch.block);
	if (batch.area)
		privcmd_area_put(batch.area);
	return err;
}

/*
 * Runs
 */

/**
 * struct runs - runs of frames on their way into an area
 * @op: the request
 * @area: what the area shows, from the first run on; with a use
 * @next: where the next run has to go
 */
struct runs {
	struct privcmd_mmap op;
	struct privcmd_area *area;
	u64 next;
};

static int begin_runs(struct runs *runs, struct vm_area_struct *vma, u64 addr)
{
	struct privcmd_area *area;

	if (addr != vma->vm_start || privcmd_area_of(vma))
		return -EINVAL;
	area = privcmd_area_new(vma, runs->op.dom, 0, vma_pages(vma));
	if (IS_ERR(area))
		return PTR_ERR(area);
	runs->area = area;
	runs->next = addr;
	return 0;
}

static int map_run(struct runs *runs, struct vm_area_struct *vma,
		   const struct privcmd_mmap_entry *run)
{
	struct privcmd_span left = { .start = runs->next, .end = vma->vm_end };
	int err = privcmd_plan_run(&left, run);
	u64 size = run->npages << PAGE_SHIFT;

	if (err || !run->npages)
		return err;
	if (!privcmd_area_empty(vma, run->va, size))
		return -EINVAL;
	err = xen_remap_domain_gfn_range(vma, run->va, run->mfn, run->npages, vma->vm_page_prot,
					 runs->op.dom, NULL);
	runs->next += size;
	return err < 0 ? err : 0;
}

static int act_on_runs(struct runs *runs, const struct privcmd_mmap_entry *some, unsigned int n)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned int i;
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = privcmd_vma(mm, some[0].va);
	if (!vma)
		err = -EINVAL;
	else if (!runs->area)
		err = begin_runs(runs, vma, some[0].va);
	else if (privcmd_area_of(vma) != runs->area)
		err = -EINVAL;
	for (i = 0; i < n && !err; i++)
		err = map_run(runs, vma, &some[i]);
	mmap_write_unlock(mm);
	return err;
}

/**
 * privcmd_ioctl_mmap() - map runs of frames, which fill an area from its beginning
 * @file: the file
 * @arg: the request
 *
 * The first that fails ends it; what was mapped stays.
 *
 * Return: 0; -ENOSYS in a translated domain; -EINVAL, -EFAULT, -EPERM, -ENOMEM, -EINTR, or what
 * the hypervisor says of a frame.
 */
long privcmd_ioctl_mmap(struct privcmd_file *file, const struct privcmd_mmap __user *arg)
{
	struct privcmd_mmap_entry some[RUNS];
	struct runs runs = {};
	int done, n, err = 0;

	if (!xen_pv_domain())
		return -ENOSYS;
	if (copy_from_user(&runs.op, arg, sizeof(runs.op)))
		return -EFAULT;
	if (!privcmd_may_name(file, runs.op.dom))
		return -EPERM;
	if (runs.op.num < 0)
		return -EINVAL;
	for (done = 0; done < runs.op.num && !err; done += n) {
		n = min(runs.op.num - done, RUNS);
		if (copy_from_user(some, runs.op.entry + done, n * sizeof(*some)))
			err = -EFAULT;
		err = err ?: act_on_runs(&runs, some, n);
	}
	if (runs.area)
		privcmd_area_put(runs.area);
	return err;
}
