// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of device models.
 *
 * The hypervisor accesses the buffers where they are in the process. Their pages are pinned so that
 * it finds them there; one that another thread unmaps all the same is an error for the caller.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <xen/hv_dm.h>
#include <xen/xen-ops.h>
#include "privcmd.h"
#include "privcmd_plan.h"

static unsigned int dm_op_max_nr_bufs = 16;
module_param(dm_op_max_nr_bufs, uint, 0644);
MODULE_PARM_DESC(dm_op_max_nr_bufs, "Buffers that a device model's operation may have");

static unsigned int dm_op_buf_max_size = 4096;
module_param(dm_op_buf_max_size, uint, 0644);
MODULE_PARM_DESC(dm_op_buf_max_size, "Bytes that such a buffer may have");

unsigned int privcmd_dm_buf_limit(void)
{
	return READ_ONCE(dm_op_buf_max_size);
}

/* Pins one buffer's pages; returns how many, or an error after which none is. */
static int pin_one(const struct privcmd_dm_op_buf *buf, struct page **pages)
{
	unsigned long start = (unsigned long)buf->uptr;
	unsigned int want, got;
	int ret;

	if (!buf->size)
		return 0;
	want = DIV_ROUND_UP(offset_in_page(start) + buf->size, PAGE_SIZE);
	start &= PAGE_MASK;
	for (got = 0; got < want; got += ret) {
		ret = pin_user_pages_fast(start + got * PAGE_SIZE, want - got, FOLL_WRITE,
					  pages + got);
		if (ret <= 0) {
			unpin_user_pages(pages, got);
			return ret ?: -EFAULT;
		}
	}
	return want;
}

/* Pins all; returns how many pages. */
static long pin_all(const struct privcmd_dm_op_buf *bufs, unsigned int n, struct page **pages)
{
	size_t pinned = 0;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = pin_one(&bufs[i], pages + pinned);
		if (ret < 0) {
			unpin_user_pages(pages, pinned);
			return ret;
		}
		pinned += ret;
	}
	return pinned;
}

static long call(domid_t dom, const struct privcmd_dm_op_buf *bufs, struct xen_dm_op_buf *args,
		 unsigned int n)
{
	unsigned int i;
	long ret;

	for (i = 0; i < n; i++) {
		/* The hypervisor checks that it is user space's. */
		set_xen_guest_handle(args[i].h, (__force void *)bufs[i].uptr);
		args[i].size = bufs[i].size;
	}
	xen_preemptible_hcall_begin();
	ret = xen_hv_dm_op(dom, args, n);
	xen_preemptible_hcall_end();
	return ret;
}

/* @n_pages is as many as the buffers may need. */
static long pin_and_call(domid_t dom, const struct privcmd_dm_op_buf *bufs, unsigned int n,
			 size_t n_pages)
{
	struct xen_dm_op_buf *args = kvmalloc_array(n, sizeof(*args), GFP_KERNEL_ACCOUNT);
	struct page **pages = kvmalloc_array(n_pages, sizeof(*pages),
					     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	long ret = -ENOMEM, pinned;

	if (args && pages) {
		pinned = pin_all(bufs, n, pages);
		ret = pinned;
		if (pinned >= 0) {
			ret = call(dom, bufs, args, n);
			unpin_user_pages_dirty_lock(pages, pinned, true);
		}
	}
	kvfree(pages);
	kvfree(args);
	return ret;
}

/**
 * privcmd_ioctl_dm_op() - perform an operation of a device model
 * @file: the file
 * @arg: the request
 *
 * Return: what the operation returns; 0 for one without buffers; -E2BIG, -EFAULT, -EPERM, -ENOMEM.
 */
long privcmd_ioctl_dm_op(struct privcmd_file *file, const struct privcmd_dm_op __user *arg)
{
	struct privcmd_dm_op_buf *bufs;
	struct privcmd_dm_op op;
	size_t n_pages;
	long ret;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_name(file, op.dom))
		return -EPERM;
	if (!op.num)
		return 0;
	if (op.num > READ_ONCE(dm_op_max_nr_bufs))
		return -E2BIG;
	bufs = memdup_array_user(op.ubufs, op.num, sizeof(*bufs));
	if (IS_ERR(bufs))
		return PTR_ERR(bufs);
	ret = privcmd_plan_dm_op(bufs, op.num, privcmd_dm_buf_limit(), &n_pages);
	if (!ret)
		ret = pin_and_call(op.dom, bufs, op.num, n_pages);
	kfree(bufs);
	return ret;
}
