// SPDX-License-Identifier: GPL-2.0
/*
 * Requests for grants: their numbers in a file, their one mapping, and what the peer is told.
 *
 * A mapping ends with its last area. Then the byte is cleared and the grants go. The event is sent
 * when nobody here can reach the request any more.
 */
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/events.h>
#include <xen/xen.h>
#include "area.h"
#include "gntdev.h"
#include "port.h"

#define ENDINGS		(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT)
/* Offsets for mmap() fit a long. */
#define LAST_NUMBER	(ULONG_MAX >> PAGE_SHIFT)

/**
 * gntdev_map_new() - a request, which is not in a file yet
 * @count: of grants, which gntdev_count_ok() allows; they are the caller's to fill
 *
 * Return: the request, for gntdev_map_put(), or an ERR_PTR.
 */
struct gntdev_map *gntdev_map_new(unsigned int count)
{
	struct gntdev_map *map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	struct gntdev_grants *grants;

	if (!map)
		return ERR_PTR(-ENOMEM);
	grants = gntdev_grants_new(count);
	if (IS_ERR(grants)) {
		kfree(map);
		return ERR_CAST(grants);
	}
	kref_init(&map->users);
	map->count = count;
	map->grants = grants;
	return map;
}

static void last_user_gone(struct kref *users)
{
	struct gntdev_map *map = container_of(users, struct gntdev_map, users);

	if (map->grants)
		gntdev_grants_end(map->grants);
	if (map->ending & UNMAP_NOTIFY_SEND_EVENT) {
		notify_remote_via_irq(map->irq);
		xen_irq_let_go(map->irq);
	}
	kfree(map);
}

/**
 * gntdev_map_put() - let go of a request
 * @map: the request
 */
void gntdev_map_put(struct gntdev_map *map)
{
	kref_put(&map->users, last_user_gone);
}

/*
 * A file's requests
 */

static struct gntdev_map *find(struct gntdev_file *file, u64 number)
{
	struct rb_node *node = file->maps.rb_node;

	while (node) {
		struct gntdev_map *map = rb_entry(node, struct gntdev_map, node);

		if (number < map->first)
			node = node->rb_left;
		else if (number - map->first >= map->count)
			node = node->rb_right;
		else
			return map;
	}
	return NULL;
}

/**
 * gntdev_add() - give a file a request, and the request its number
 * @file: the file; it has the caller's use of the request from now on
 * @map: the request
 * @offset: set to its offset for mmap()
 *
 * The number is the first behind all others: 0 in a file that has none.
 *
 * Return: 0, or -ENOSPC if there are no such numbers.
 */
int gntdev_add(struct gntdev_file *file, struct gntdev_map *map, u64 *offset)
{
	struct rb_node **link = &file->maps.rb_node, *parent = NULL;
	unsigned long first = 0;

	guard(mutex)(&file->lock);
	while (*link) {
		struct gntdev_map *before = rb_entry(*link, struct gntdev_map, node);

		parent = *link;
		link = &parent->rb_right;
		first = before->first + before->count;
	}
	if (map->count > LAST_NUMBER - first)
		return -ENOSPC;
	map->first = first;
	*offset = (u64)first << PAGE_SHIFT;
	rb_link_node(&map->node, parent, link);
	rb_insert_color(&map->node, &file->maps);
	return 0;
}

/**
 * gntdev_forget() - take a request out of its file
 * @file: the file
 * @first: the request's number
 * @count: of its grants, or 0 for any
 *
 * Return: 0, or -ENOENT if the file has no such request.
 */
int gntdev_forget(struct gntdev_file *file, u64 first, unsigned int count)
{
	struct gntdev_map *map;

	mutex_lock(&file->lock);
	map = find(file, first);
	if (map && (map->first != first || (count && map->count != count)))
		map = NULL;
	if (map)
		rb_erase(&map->node, &file->maps);
	mutex_unlock(&file->lock);
	if (!map)
		return -ENOENT;
	gntdev_map_put(map);
	return 0;
}

/**
 * gntdev_forget_all() - take all requests out of a file that nobody has open any more
 * @file: the file
 */
void gntdev_forget_all(struct gntdev_file *file)
{
	struct gntdev_map *map, *next;

	rbtree_postorder_for_each_entry_safe(map, next, &file->maps, node)
		gntdev_map_put(map);
	file->maps = RB_ROOT;
}

/**
 * gntdev_take() - get the right to map a request, which can be had once
 * @file: its file
 * @first: its number
 * @count: of its grants
 * @readonly: it will be mapped for reading
 *
 * Return: the request with a user more; -EINVAL if there is no such request, it was taken, or it
 * shall be read only and a byte of it be cleared at the end.
 */
struct gntdev_map *gntdev_take(struct gntdev_file *file, unsigned long first, unsigned long count,
			       bool readonly)
{
	struct gntdev_map *map;

	guard(mutex)(&file->lock);
	map = find(file, first);
	if (!map || map->first != first || map->count != count || map->taken)
		return ERR_PTR(-EINVAL);
	if (readonly && (map->ending & UNMAP_NOTIFY_CLEAR_BYTE))
		return ERR_PTR(-EINVAL);
	map->taken = true;
	map->readonly = readonly;
	kref_get(&map->users);
	return map;
}

static int set_ending(struct gntdev_map *map, const struct ioctl_gntdev_unmap_notify *op)
{
	int irq = 0;

	if ((op->action & UNMAP_NOTIFY_CLEAR_BYTE) && map->readonly)
		return -EINVAL;
	/* Before the old one goes: it may be the same port, and the last user of it. */
	if (op->action & UNMAP_NOTIFY_SEND_EVENT)
		irq = xen_irq_hold(op->event_channel_port);
	if (irq < 0)
		return -EINVAL;
	if (map->ending & UNMAP_NOTIFY_SEND_EVENT)
		xen_irq_let_go(map->irq);
	map->ending = op->action;
	map->byte = op->index - ((u64)map->first << PAGE_SHIFT);
	map->irq = irq;
	return 0;
}

/**
 * gntdev_set_ending() - say what shall happen when a mapping ends
 * @file: the file
 * @op: what, and to which request: @index lies in it
 *
 * Return: 0; -EINVAL if that cannot be done; -ENOENT if there is no such request.
 */
int gntdev_set_ending(struct gntdev_file *file, const struct ioctl_gntdev_unmap_notify *op)
{
	struct gntdev_map *map;

	if (op->action & ~ENDINGS)
		return -EINVAL;
	guard(mutex)(&file->lock);
	map = find(file, op->index >> PAGE_SHIFT);
	return map ? set_ending(map, op) : -ENOENT;
}

/*
 * Mappings
 */

static void clear_byte(struct gntdev_map *map)
{
	if (!(map->ending & UNMAP_NOTIFY_CLEAR_BYTE))
		return;
	memzero_page(map->grants->pages[map->byte >> PAGE_SHIFT], offset_in_page(map->byte), 1);
	map->ending &= ~UNMAP_NOTIFY_CLEAR_BYTE;
}

/* No area is left; or none came to be, and the grants may be mapped in part. */
static void mapping_ends(struct gntdev_map *map)
{
	if (map->pv)
		gntdev_pv_end(map->pv);
	map->pv = NULL;
	gntdev_grants_end(map->grants);
	map->grants = NULL;
	gntdev_map_put(map);
}

static void area_open(struct vm_area_struct *vma)
{
	struct gntdev_map *map = vma->vm_private_data;

	refcount_inc(&map->areas);
}

static void area_close(struct vm_area_struct *vma)
{
	struct gntdev_file *file = vma->vm_file->private_data;
	struct gntdev_map *map = vma->vm_private_data;

	if (!refcount_dec_and_test(&map->areas))
		return;
	mutex_lock(&file->lock);
	clear_byte(map);
	mutex_unlock(&file->lock);
	mapping_ends(map);
}

static const struct vm_operations_struct area_ops = {
	.open = area_open,
	.close = area_close,
};

static struct page *pv_area_page(struct vm_area_struct *vma, unsigned long addr)
{
	struct gntdev_map *map = vma->vm_private_data;

	return gntdev_pv_page(map->pv, addr);
}

static const struct vm_operations_struct pv_area_ops = {
	.open = area_open,
	.close = area_close,
	.XEN_PORT_VMA_PAGE = pv_area_page,
};

static int show(struct gntdev_map *map, struct vm_area_struct *vma)
{
	unsigned int flags = GNTMAP_host_map | (map->readonly ? GNTMAP_readonly : 0);
	struct gntdev_pv *pv;
	int err;

	err = gntdev_grants_map(map->grants, flags);
	if (err)
		return err;
	if (!xen_pv_domain())
		return vm_map_pages_zero(vma, map->grants->pages, map->count);
	pv = gntdev_pv_show(vma, map->grants);
	if (IS_ERR(pv))
		return PTR_ERR(pv);
	map->pv = pv;
	return 0;
}

/**
 * gntdev_mmap() - map a request's grants to a process
 * @filp: the file
 * @vma: its offset is the request's number
 *
 * Return: 0; -EINVAL if there is no such request, or a grant cannot be mapped; -ENOMEM.
 */
int gntdev_mmap(struct file *filp, struct vm_area_struct *vma)
{
	bool readonly = !(vma->vm_flags & VM_WRITE);
	struct gntdev_map *map;
	int err;

	/* Frames of other domains cannot be copied on write. */
	if (!readonly && !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	map = gntdev_take(filp->private_data, vma->vm_pgoff, vma_pages(vma), readonly);
	if (IS_ERR(map))
		return PTR_ERR(map);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	if (readonly)
		vm_flags_clear(vma, VM_MAYWRITE);
	if (xen_pv_domain())
		vm_flags_set(vma, VM_DONTCOPY);
	err = show(map, vma);
	if (err) {
		mapping_ends(map);
		return err;
	}
	refcount_set(&map->areas, 1);
	if (xen_pv_domain())
		xen_area_stay(vma);
	vma->vm_private_data = map;
	vma->vm_ops = xen_pv_domain() ? &pv_area_ops : &area_ops;
	return 0;
}

/**
 * gntdev_ioctl_offset() - which request is mapped at an address
 * @file: the file
 * @arg: the address; set to the request's offset and number of grants
 *
 * Return: 0; -EINVAL if none of this file is; -EFAULT.
 */
long gntdev_ioctl_offset(struct gntdev_file *file, void __user *arg)
{
	struct ioctl_gntdev_get_offset_for_vaddr op;
	struct vm_area_struct *vma;
	int err = -EINVAL;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, op.vaddr);
	if (vma && (vma->vm_ops == &area_ops || vma->vm_ops == &pv_area_ops) &&
	    vma->vm_file->private_data == file) {
		struct gntdev_map *map = vma->vm_private_data;

		op.offset = (u64)map->first << PAGE_SHIFT;
		op.count = map->count;
		err = 0;
	}
	mmap_read_unlock(current->mm);
	if (!err && copy_to_user(arg, &op, sizeof(op)))
		err = -EFAULT;
	return err;
}
