// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs whose pages are granted to another domain.
 *
 * As long as the peer may use a page, the dma-buf is kept: who gave the pages to it must not get
 * them back before.
 */
#include <linux/dma-buf.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/frame_page.h>
#include <xen/xen.h>
#include "gntdev.h"

/**
 * struct gntdev_import - a dma-buf
 * @node: in the file's imports, under its lock
 * @fd: user space's name of it
 * @attachment: to our device
 * @table: its pages, as our device sees them
 * @later: revokes what could not be revoked
 * @tries: how often that was tried
 * @count: of @refs
 * @refs: the grants; INVALID_GRANT_REF is none
 */
struct gntdev_import {
	struct list_head node;
	u32 fd;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	struct delayed_work later;
	unsigned int tries;
	unsigned int count;
	grant_ref_t refs[];
};

static void detach(struct gntdev_import *import)
{
	struct dma_buf *buf = import->attachment->dmabuf;

	if (import->table)
		dma_buf_unmap_attachment_unlocked(import->attachment, import->table,
						  DMA_BIDIRECTIONAL);
	dma_buf_detach(buf, import->attachment);
	dma_buf_put(buf);
	kvfree(import);
}

/* Whether the peer has let go of all. */
static bool revoke(struct gntdev_import *import)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < import->count; i++) {
		if (import->refs[i] == INVALID_GRANT_REF)
			continue;
		if (gnttab_try_end_foreign_access(import->refs[i]))
			import->refs[i] = INVALID_GRANT_REF;
		else
			all = false;
	}
	return all;
}

static void later(struct work_struct *work)
{
	struct gntdev_import *import = container_of(work, struct gntdev_import, later.work);

	if (!revoke(import)) {
		gntdev_later(&import->later, ++import->tries);
		return;
	}
	detach(import);
	module_put(THIS_MODULE);
}

/* The import is in no list any more. */
static void end(struct gntdev_import *import)
{
	if (revoke(import)) {
		detach(import);
		return;
	}
	__module_get(THIS_MODULE);
	gntdev_later(&import->later, 0);
}

static int grant(struct gntdev_import *import, domid_t domid)
{
	struct device *dev = gntdev_dma_device();
	struct sg_dma_page_iter iter;
	unsigned int i = 0;

	for_each_sgtable_dma_page(import->table, &iter, 0) {
		phys_addr_t addr = dma_to_phys(dev, sg_page_iter_dma_address(&iter));
		xpfn_t pfn = xpfn_of_bfn(xbfn(XEN_PFN_DOWN(addr)));
		int ref;

		if (i == import->count)
			return -EINVAL;
		ref = gnttab_grant_foreign_access(domid, xgfn_n(xgfn_of_pfn(pfn)), 0);
		if (ref < 0)
			return ref;
		import->refs[i++] = ref;
	}
	return i == import->count ? 0 : -EINVAL;
}

static int map_pages(struct gntdev_import *import)
{
	struct dma_buf_attachment *attachment = import->attachment;
	struct sg_table *table;

	if (attachment->dmabuf->size != (size_t)import->count << PAGE_SHIFT)
		return -EINVAL;
	table = dma_buf_map_attachment_unlocked(attachment, DMA_BIDIRECTIONAL);
	if (IS_ERR(table))
		return PTR_ERR(table);
	import->table = table;
	return table->sgl->offset ? -EINVAL : 0;
}

/*
 * An import that has a dma-buf attached, and nothing granted. Bus addresses of a PV domain name
 * machine frames only if it has its own way to make them.
 */
static struct gntdev_import *attach(u32 fd, unsigned int count)
{
	struct gntdev_import *import;
	struct dma_buf *buf;

	if (xen_pv_domain() && !get_dma_ops(gntdev_dma_device()))
		return ERR_PTR(-EINVAL);
	import = kvzalloc(struct_size(import, refs, count), GFP_KERNEL_ACCOUNT);
	if (!import)
		return ERR_PTR(-ENOMEM);
	buf = dma_buf_get(fd);
	if (IS_ERR(buf)) {
		kvfree(import);
		return ERR_CAST(buf);
	}
	import->attachment = dma_buf_attach(buf, gntdev_dma_device());
	if (IS_ERR(import->attachment)) {
		int err = PTR_ERR(import->attachment);

		dma_buf_put(buf);
		kvfree(import);
		return ERR_PTR(err);
	}
	INIT_DELAYED_WORK(&import->later, later);
	import->fd = fd;
	import->count = count;
	memset32(import->refs, INVALID_GRANT_REF, count);
	return import;
}

/**
 * gntdev_ioctl_import() - grant the pages of a dma-buf
 * @file: the file
 * @arg: a struct ioctl_gntdev_dmabuf_imp_to_refs
 *
 * Return: 0; -EINVAL if the dma-buf is of another size or does not begin with a page; -ENOSPC if
 * there are no references; or what went wrong with it. Then nothing is granted.
 */
long gntdev_ioctl_import(struct gntdev_file *file, void __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs op, __user *user = arg;
	struct gntdev_import *import;
	int err;

	if (copy_from_user(&op, user, offsetof(typeof(op), refs)))
		return -EFAULT;
	if (!gntdev_count_ok(op.count) || op.domid > U16_MAX)
		return -EINVAL;
	import = attach(op.fd, op.count);
	if (IS_ERR(import))
		return PTR_ERR(import);
	err = map_pages(import) ?: grant(import, op.domid);
	if (!err && copy_to_user(user->refs, import->refs, op.count * sizeof(*import->refs)))
		err = -EFAULT;
	if (err) {
		end(import);
		return err;
	}
	guard(mutex)(&file->lock);
	list_add(&import->node, &file->imports);
	return 0;
}

static struct gntdev_import *take_out(struct gntdev_file *file, u32 fd)
{
	struct gntdev_import *import;

	guard(mutex)(&file->lock);
	list_for_each_entry(import, &file->imports, node) {
		if (import->fd != fd)
			continue;
		list_del(&import->node);
		return import;
	}
	return NULL;
}

/**
 * gntdev_ioctl_import_end() - revoke the grants of a dma-buf
 * @file: the file
 * @arg: a struct ioctl_gntdev_dmabuf_imp_release
 *
 * The dma-buf is let go when the peer has let go of the last page.
 *
 * Return: 0; -ENOENT if it was not granted by this file; -EFAULT.
 */
long gntdev_ioctl_import_end(struct gntdev_file *file, const void __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_release op;
	struct gntdev_import *import;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	import = take_out(file, op.fd);
	if (!import)
		return -ENOENT;
	end(import);
	return 0;
}

/**
 * gntdev_imports_end() - revoke all grants of dma-bufs
 * @file: nobody has it open any more
 */
void gntdev_imports_end(struct gntdev_file *file)
{
	struct gntdev_import *import, *next;

	list_for_each_entry_safe(import, next, &file->imports, node)
		end(import);
}
