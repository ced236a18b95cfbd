// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/hypercall: memory for hypercalls' arguments.
 *
 * Its pages stay where they are while a hypercall runs: they are not swapped, not moved, and not
 * copied when the process forks, which shares them instead.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "privcmd.h"

/**
 * struct buffer - pages
 * @users: areas that show them
 * @count: of @pages
 * @pages: the pages
 */
struct buffer {
	struct kref users;
	unsigned long count;
	struct page *pages[];
};

static void buffer_free(struct kref *users)
{
	struct buffer *buffer = container_of(users, struct buffer, users);

	while (buffer->count)
		__free_page(buffer->pages[--buffer->count]);
	kvfree(buffer);
}

/* Gives up rather than have somebody killed for it. */
static struct buffer *buffer_new(unsigned long count)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	struct buffer *buffer;

	if (count > totalram_pages())
		return NULL;
	buffer = kvmalloc(struct_size(buffer, pages, count), gfp);
	if (!buffer)
		return NULL;
	kref_init(&buffer->users);
	for (buffer->count = 0; buffer->count < count; buffer->count++) {
		struct page *page = fatal_signal_pending(current) ? NULL :
							alloc_page(gfp | __GFP_ZERO);

		if (!page) {
			kref_put(&buffer->users, buffer_free);
			return NULL;
		}
		buffer->pages[buffer->count] = page;
	}
	return buffer;
}

static void area_open(struct vm_area_struct *vma)
{
	struct buffer *buffer = vma->vm_private_data;

	kref_get(&buffer->users);
}

static void area_close(struct vm_area_struct *vma)
{
	struct buffer *buffer = vma->vm_private_data;

	kref_put(&buffer->users, buffer_free);
}

static vm_fault_t area_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct area_ops = {
	.open = area_open,
	.close = area_close,
	.fault = area_fault,
};

static int buf_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct buffer *buffer;
	int err;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	buffer = buffer_new(vma_pages(vma));
	if (!buffer)
		return -ENOMEM;
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	err = vm_map_pages_zero(vma, buffer->pages, buffer->count);
	if (err) {
		/* What is mapped already holds its page, and goes with the area. */
		kref_put(&buffer->users, buffer_free);
		return err;
	}
	vma->vm_private_data = buffer;
	vma->vm_ops = &area_ops;
	return 0;
}

static const struct file_operations buf_fops = {
	.owner = THIS_MODULE,
	.mmap = buf_mmap,
};

static struct miscdevice buf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/hypercall",
	.fops = &buf_fops,
};

/**
 * privcmd_buf_init() - make the device
 *
 * Return: 0 or a negative errno.
 */
int privcmd_buf_init(void)
{
	return misc_register(&buf_device);
}

/**
 * privcmd_buf_exit() - take the device away
 */
void privcmd_buf_exit(void)
{
	misc_deregister(&buf_device);
}
