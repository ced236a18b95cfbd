// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/gntalloc: pages of this domain that user space shares with another one.
 *
 * A shared page lives as long as somebody here can reach it: its file, until it is closed or the
 * page dealloced, and every mapping.  The last one to let go revokes the grant; the page itself
 * then belongs to the grant table until the peer has let go too.
 *
 * A file numbers its pages in the order of allocation and never uses a number twice: what has a
 * number is an offset for mmap().  A file's lock is taken inside mmap_lock, so nothing is copied to
 * or from user space under it.
 */
#define pr_fmt(fmt) "xen/gntalloc: " fmt

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <xen/events.h>
#include <xen/frame_page.h>
#include <xen/grant_table.h>
#include <xen/xen.h>
#include <uapi/xen/gntalloc.h>

#define ENDINGS (UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT)

static unsigned int limit = 1024;
module_param(limit, uint, 0644);
MODULE_PARM_DESC(limit, "Pages that all files and mappings together may share");

/* Pages that count towards the limit, those that are being allocated included. */
static atomic64_t in_use;

struct shared_page {
	struct kref users;
	/* in its file's pages, by number */
	struct rb_node node;
	unsigned long number;
	struct page *page;
	grant_ref_t ref;
	/* what the peer is told at the end */
	u32 ending;
	unsigned int byte;
	/* held: its channel may be lost in a restore */
	unsigned int irq;
};

struct gntalloc {
	/* protects the numbers, and what the pages that have one shall do at their end */
	struct mutex lock;
	struct rb_root pages;
	unsigned long next;
};

/* One mapping and what fork() and splitting made of it. */
struct view {
	struct kref users;
	unsigned long count;
	struct shared_page *pages[];
};

static bool reserve(unsigned int count)
{
	if (atomic64_add_return(count, &in_use) <= READ_ONCE(limit))
		return true;
	atomic64_sub(count, &in_use);
	return false;
}

static void last_user_gone(struct kref *users)
{
	struct shared_page *shared = container_of(users, struct shared_page, users);

	if (shared->ending & UNMAP_NOTIFY_CLEAR_BYTE)
		memzero_page(shared->page, shared->byte, 1);
	if (shared->ending & UNMAP_NOTIFY_SEND_EVENT) {
		notify_remote_via_irq(shared->irq);
		xen_irq_let_go(shared->irq);
	}
	gnttab_end_foreign_access(shared->ref, shared->page);
	atomic64_dec(&in_use);
	kfree(shared);
}

static void let_go(struct shared_page *shared)
{
	kref_put(&shared->users, last_user_gone);
}

/* A page and its grant; the caller has reserved it and keeps that on error. */
static struct shared_page *share(domid_t peer, bool readonly)
{
	struct shared_page *shared = kzalloc(sizeof(*shared), GFP_KERNEL_ACCOUNT);
	int ref;

	if (!shared)
		return ERR_PTR(-ENOMEM);
	shared->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!shared->page) {
		kfree(shared);
		return ERR_PTR(-ENOMEM);
	}
	ref = gnttab_grant_foreign_access(peer, xgfn_n(xgfn_of_page(shared->page)), readonly);
	if (ref < 0) {
		__free_page(shared->page);
		kfree(shared);
		return ERR_PTR(ref);
	}
	kref_init(&shared->users);
	shared->ref = ref;
	return shared;
}

static struct shared_page *find(struct gntalloc *file, unsigned long number)
{
	struct rb_node *node = file->pages.rb_node;

	while (node) {
		struct shared_page *shared = rb_entry(node, struct shared_page, node);

		if (shared->number == number)
			return shared;
		node = number < shared->number ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* The next number is above all others. */
static void put_last(struct gntalloc *file, struct shared_page *shared)
{
	struct rb_node **link = &file->pages.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	shared->number = file->next++;
	rb_link_node(&shared->node, parent, link);
	rb_insert_color(&shared->node, &file->pages);
}

/* Takes @count pages out of the file, @shared and those with the numbers behind its. */
static void take_out(struct gntalloc *file, struct shared_page *shared, unsigned int count)
{
	struct rb_node *next;

	for (; count; count--, shared = rb_entry_safe(next, struct shared_page, node)) {
		next = rb_next(&shared->node);
		rb_erase(&shared->node, &file->pages);
		let_go(shared);
	}
}

/* Takes @count numbers from @first on out of the file, which must have them all. */
static int forget(struct gntalloc *file, unsigned long first, unsigned int count)
{
	struct shared_page *shared;
	unsigned int i;

	guard(mutex)(&file->lock);
	shared = find(file, first);
	for (i = 1; shared && i < count; i++) {
		if (!find(file, first + i))
			return -EINVAL;
	}
	if (!shared)
		return -EINVAL;
	take_out(file, shared, count);
	return 0;
}

/* Adds @count pages, all or none; their references go to @refs. */
static int add(struct gntalloc *file, const struct ioctl_gntalloc_alloc_gref *op, u32 *refs,
	       unsigned long *first)
{
	bool readonly = !(op->flags & GNTALLOC_FLAG_WRITABLE);
	struct shared_page *shared;
	unsigned int i;

	guard(mutex)(&file->lock);
	*first = file->next;
	for (i = 0; i < op->count; i++) {
		shared = share(op->domid, readonly);
		if (IS_ERR(shared)) {
			atomic64_sub(op->count - i, &in_use);
			take_out(file, find(file, *first), i);
			file->next = *first;
			return PTR_ERR(shared);
		}
		refs[i] = shared->ref;
		put_last(file, shared);
	}
	return 0;
}

static long ioctl_alloc(struct gntalloc *file, struct ioctl_gntalloc_alloc_gref __user *arg)
{
	struct ioctl_gntalloc_alloc_gref op;
	unsigned long first;
	u32 one, *refs = &one;
	int err;

	if (copy_from_user(&op, arg, offsetof(typeof(op), gref_ids)))
		return -EFAULT;
	if (!reserve(op.count))
		return -ENOSPC;
	if (op.count > 1)
		refs = kvmalloc_array(op.count, sizeof(*refs), GFP_KERNEL_ACCOUNT);
	if (!refs) {
		atomic64_sub(op.count, &in_use);
		return -ENOMEM;
	}
	err = add(file, &op, refs, &first);
	if (!err) {
		op.index = (u64)first << PAGE_SHIFT;
		if (copy_to_user(arg, &op, offsetof(typeof(op), gref_ids)) ||
		    copy_to_user(arg->gref_ids_flex, refs, op.count * sizeof(*refs))) {
			/* nobody knows of them */
			forget(file, first, op.count);
			err = -EFAULT;
		}
	}
	if (refs != &one)
		kvfree(refs);
	return err;
}

static long ioctl_dealloc(struct gntalloc *file, const void __user *arg)
{
	struct ioctl_gntalloc_dealloc_gref op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!op.count || offset_in_page(op.index))
		return -EINVAL;
	return forget(file, op.index >> PAGE_SHIFT, op.count);
}

static long ioctl_ending(struct gntalloc *file, const void __user *arg)
{
	struct ioctl_gntalloc_unmap_notify op;
	struct shared_page *shared;
	int irq = 0;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	guard(mutex)(&file->lock);
	shared = find(file, op.index >> PAGE_SHIFT);
	if (!shared)
		return -ENOENT;
	if (op.action & ~ENDINGS)
		return -EINVAL;
	/* before the old one goes: it may be the same port, and the last user of it */
	if (op.action & UNMAP_NOTIFY_SEND_EVENT)
		irq = xen_irq_hold(op.event_channel_port);
	if (irq < 0)
		return -EINVAL;
	if (shared->ending & UNMAP_NOTIFY_SEND_EVENT)
		xen_irq_let_go(shared->irq);
	shared->ending = op.action;
	shared->byte = offset_in_page(op.index);
	shared->irq = irq;
	return 0;
}

static long gntalloc_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct gntalloc *file = filp->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		return ioctl_alloc(file, user);
	case IOCTL_GNTALLOC_DEALLOC_GREF:
		return ioctl_dealloc(file, user);
	case IOCTL_GNTALLOC_SET_UNMAP_NOTIFY:
		return ioctl_ending(file, user);
	}
	return -ENOTTY;
}

static void view_ends(struct kref *users)
{
	struct view *view = container_of(users, struct view, users);

	while (view->count)
		let_go(view->pages[--view->count]);
	kvfree(view);
}

static void view_open(struct vm_area_struct *vma)
{
	struct view *view = vma->vm_private_data;

	kref_get(&view->users);
}

static void view_close(struct vm_area_struct *vma)
{
	struct view *view = vma->vm_private_data;

	kref_put(&view->users, view_ends);
}

static const struct vm_operations_struct view_ops = {
	.open = view_open,
	.close = view_close,
};

/* The pages from number @first on, each with a user more. */
static struct view *look(struct gntalloc *file, unsigned long first, unsigned long count)
{
	struct view *view = kvzalloc(struct_size(view, pages, count), GFP_KERNEL_ACCOUNT);

	if (!view)
		return ERR_PTR(-ENOMEM);
	kref_init(&view->users);
	guard(mutex)(&file->lock);
	while (view->count < count) {
		struct shared_page *shared = find(file, first + view->count);

		if (!shared) {
			kref_put(&view->users, view_ends);
			return ERR_PTR(-ENOENT);
		}
		kref_get(&shared->users);
		view->pages[view->count++] = shared;
	}
	return view;
}

static int gntalloc_mmap(struct file *filp, struct vm_area_struct *vma)
{
	unsigned long i, count = vma_pages(vma);
	struct gntalloc *file = filp->private_data;
	struct view *view;
	int err = 0;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	/* more than there are: no need to allocate for them */
	if (count > atomic64_read(&in_use))
		return -ENOENT;
	view = look(file, vma->vm_pgoff, count);
	if (IS_ERR(view))
		return PTR_ERR(view);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	for (i = 0; i < count && !err; i++)
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, view->pages[i]->page);
	if (err) {
		/* what is mapped already holds its page, and goes with the mapping that failed */
		kref_put(&view->users, view_ends);
		return err;
	}
	vma->vm_private_data = view;
	vma->vm_ops = &view_ops;
	return 0;
}

static int gntalloc_open(struct inode *inode, struct file *filp)
{
	struct gntalloc *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	filp->private_data = file;
	return 0;
}

static int gntalloc_release(struct inode *inode, struct file *filp)
{
	struct gntalloc *file = filp->private_data;
	struct shared_page *shared, *next;

	rbtree_postorder_for_each_entry_safe(shared, next, &file->pages, node)
		let_go(shared);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations gntalloc_fops = {
	.owner = THIS_MODULE,
	.open = gntalloc_open,
	.mmap = gntalloc_mmap,
	.release = gntalloc_release,
	.unlocked_ioctl = gntalloc_ioctl,
};

static struct miscdevice gntalloc_device = {
	.name = "xen/gntalloc",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &gntalloc_fops,
};

static int __init gntalloc_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = misc_register(&gntalloc_device);
	if (err)
		pr_err("no device: %d\n", err);
	return err;
}
module_init(gntalloc_init);

static void __exit gntalloc_exit(void)
{
	misc_deregister(&gntalloc_device);
}
module_exit(gntalloc_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Pages shared with other domains, for user space");
