// SPDX-License-Identifier: GPL-2.0
/*
 * Resources of a domain, which have no frame numbers of their own: its grant table, the pages of
 * its requests to a device model.
 *
 * In a PV domain the hypervisor tells machine frames, which are mapped then. In a translated one
 * it puts the resource at frames of ours.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/foreign.h>
#include <xen/hv_memory.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include "privcmd.h"
#include "privcmd_plan.h"

/* @n frames of the resource, from its @done-th on; returns its flags. */
static int acquire(const struct privcmd_mmap_resource *op, u64 done, unsigned int n,
		   xen_pfn_t *frames, u32 *flags)
{
	struct xen_mem_acquire_resource args = {
		.domid = op->dom, .type = op->type, .id = op->id,
		.nr_frames = n, .frame = op->idx + done,
	};
	int err;

	xen_preemptible_hcall_begin();
	err = xen_hv_memory_resource(&args, frames);
	xen_preemptible_hcall_end();
	*flags = args.flags;
	return err;
}

/* Some frames of the resource, to be mapped. */
static int show_machine_frames(const struct privcmd_mmap_resource *op, struct vm_area_struct *vma,
			       u64 done, unsigned int n, struct privcmd_block *block)
{
	unsigned int i;
	u32 flags;
	int ret = acquire(op, done, n, block->frames, &flags);

	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		block->errors[i] = PRIVCMD_UNTRIED;
	ret = xen_remap_domain_mfn_array(vma, op->addr + (done << PAGE_SHIFT), block->frames, n,
					 block->errors, vma->vm_page_prot,
					 flags & XENMEM_rsrc_acq_caller_owned ? DOMID_SELF :
										op->dom);
	return privcmd_settle(block->errors, n, ret);
}

/* Some frames of the resource, to be put behind pages of ours. */
static int put_at_pages(const struct privcmd_mmap_resource *op, struct page **pages, u64 done,
			unsigned int n, struct privcmd_block *block)
{
	unsigned int i;
	u32 flags;

	for (i = 0; i < n; i++)
		block->frames[i] = page_to_xen_pfn(pages[(done + i) / XEN_PFN_PER_PAGE]) +
				   (done + i) % XEN_PFN_PER_PAGE;
	return acquire(op, done, n, block->frames, &flags);
}

static int fill(const struct privcmd_mmap_resource *op, struct vm_area_struct *vma,
		struct privcmd_area *area, struct privcmd_block *block)
{
	unsigned int n;
	u64 done;
	int err = 0;

	for (done = 0; done < op->num && !err; done += n) {
		n = min_t(u64, op->num - done, PRIVCMD_BLOCK);
		if (area->pages)
			err = put_at_pages(op, area->pages, done, n, block);
		else
			err = show_machine_frames(op, vma, done, n, block);
	}
	if (!err && area->pages)
		err = xen_xlate_map_pages(vma, op->addr, area->pages, area->count);
	return err;
}

/* With mmap_lock. An area for which nothing could be had is as it was. */
static int show(const struct privcmd_mmap_resource *op, struct vm_area_struct *vma,
		struct privcmd_block *block)
{
	struct privcmd_span span = { .start = vma->vm_start, .end = vma->vm_end };
	unsigned long pages = DIV_ROUND_UP_ULL(op->num, XEN_PFN_PER_PAGE);
	struct privcmd_area *area;
	int err = privcmd_plan_resource(&span, op);

	if (err || privcmd_area_of(vma))
		return -EINVAL;
	area = privcmd_area_new(vma, op->dom, PFN_DOWN(op->addr - vma->vm_start), pages);
	if (IS_ERR(area))
		return PTR_ERR(area);
	err = fill(op, vma, area, block);
	if (err && privcmd_area_empty(vma, op->addr, pages << PAGE_SHIFT))
		privcmd_area_undo(vma);
	privcmd_area_put(area);
	return err;
}

static int map_resource(const struct privcmd_mmap_resource *op)
{
	struct privcmd_block *block = kmalloc(sizeof(*block), GFP_KERNEL);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = -EINTR;

	if (!block)
		return -ENOMEM;
	if (!mmap_write_lock_killable(mm)) {
		vma = privcmd_vma(mm, op->addr);
		err = vma ? show(op, vma, block) : -EINVAL;
		mmap_write_unlock(mm);
	}
	kfree(block);
	return err;
}

/**
 * privcmd_ioctl_resource() - map a resource of a domain, or tell its size
 * @file: the file
 * @arg: the request; without address and number its size is asked for, and goes to @arg->num
 *
 * Return: 0; -EINVAL, -EFAULT, -EPERM, -ENOMEM, -EINTR, or what the hypervisor says.
 */
long privcmd_ioctl_resource(struct privcmd_file *file, struct privcmd_mmap_resource __user *arg)
{
	struct privcmd_mmap_resource op;
	u32 size;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_name(file, op.dom))
		return -EPERM;
	if (!op.addr != !op.num || op.type > U16_MAX)
		return -EINVAL;
	if (op.num)
		return map_resource(&op);
	err = xen_hv_memory_resource_size(op.dom, op.type, op.id, &size);
	return err ?: put_user(size, &arg->num);
}
