// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs made of what other domains granted.
 *
 * The dma-buf owns its grants from the moment it exists, whatever fails afterwards, and keeps the
 * file open, so that the file can be asked about it until it is gone.
 */
#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include "gntdev.h"
#include "port.h"

XEN_PORT_IMPORT_NS(DMA_BUF);

#define KINDS	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)
/* Pages that a device writes to by itself are not the CPU's to synchronise. */
#define ATTRS	DMA_ATTR_SKIP_CPU_SYNC

/**
 * struct gntdev_export - a dma-buf
 * @users: itself, and who waits for its end
 * @node: in the file's exports, under its lock
 * @filp: the file
 * @fd: user space's name of it, under the file's lock
 * @grants: what it is made of
 * @gone: nobody has it any more
 */
struct gntdev_export {
	struct kref users;
	struct list_head node;
	struct file *filp;
	int fd;
	struct gntdev_grants *grants;
	struct completion gone;
};

static void free_export(struct kref *users)
{
	kfree(container_of(users, struct gntdev_export, users));
}

static void free_table(struct sg_table *table)
{
	sg_free_table(table);
	kfree(table);
}

static struct sg_table *make_table(const struct gntdev_grants *grants)
{
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int err;

	if (!table)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table_from_pages(table, grants->pages, grants->count, 0,
					(size_t)grants->count << PAGE_SHIFT, GFP_KERNEL);
	if (err) {
		kfree(table);
		return ERR_PTR(err);
	}
	return table;
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = attachment->dmabuf->priv;
	struct sg_table *table = make_table(export->grants);
	int err;

	if (IS_ERR(table))
		return table;
	err = dma_map_sgtable(attachment->dev, table, dir, ATTRS);
	if (err) {
		free_table(table);
		return ERR_PTR(err);
	}
	return table;
}

static void export_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			 enum dma_data_direction dir)
{
	dma_unmap_sgtable(attachment->dev, table, dir, ATTRS);
	free_table(table);
}

static void export_release(struct dma_buf *buf)
{
	struct gntdev_export *export = buf->priv;
	struct gntdev_file *file = export->filp->private_data;
	struct file *filp = export->filp;

	mutex_lock(&file->lock);
	list_del(&export->node);
	mutex_unlock(&file->lock);
	gntdev_grants_end(export->grants);
	complete_all(&export->gone);
	kref_put(&export->users, free_export);
	fput(filp);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
	.release = export_release,
};

/* A dma-buf of grants that are mapped, which are its own on success. */
static struct dma_buf *make_buf(struct file *filp, struct gntdev_grants *grants)
{
	struct gntdev_export *export = kzalloc(sizeof(*export), GFP_KERNEL_ACCOUNT);
	struct gntdev_file *file = filp->private_data;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	if (!export)
		return ERR_PTR(-ENOMEM);
	kref_init(&export->users);
	init_completion(&export->gone);
	export->fd = -1;
	export->grants = grants;
	info.ops = &export_ops;
	info.size = (size_t)grants->count << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = export;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		kfree(export);
		return buf;
	}
	export->filp = get_file(filp);
	mutex_lock(&file->lock);
	list_add(&export->node, &file->exports);
	mutex_unlock(&file->lock);
	return buf;
}

/* Gives a dma-buf to user space; on error it is gone. */
static int give_buf(struct gntdev_file *file, struct dma_buf *buf, u32 __user *user)
{
	struct gntdev_export *export = buf->priv;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0) {
		dma_buf_put(buf);
		return fd;
	}
	if (put_user(fd, user)) {
		put_unused_fd(fd);
		dma_buf_put(buf);
		return -EFAULT;
	}
	mutex_lock(&file->lock);
	export->fd = fd;
	mutex_unlock(&file->lock);
	fd_install(fd, buf->file);
	return 0;
}

static int read_refs(struct gntdev_grants *grants, domid_t domid, const u32 __user *refs)
{
	unsigned int i;

	for (i = 0; i < grants->count; i++) {
		grants->slots[i].domid = domid;
		if (get_user(grants->slots[i].ref, refs + i))
			return -EFAULT;
	}
	return 0;
}

static int map_for_devices(struct gntdev_grants *grants)
{
	unsigned int flags = GNTMAP_host_map;

	if (IS_ENABLED(CONFIG_X86))
		flags |= GNTMAP_device_map;
	return gntdev_grants_map(grants, flags);
}

static struct gntdev_grants *new_grants(unsigned int count, u32 kind)
{
	if (!(kind & KINDS))
		return gntdev_grants_new(count);
	return gntdev_grants_new_dma(count, gntdev_dma_device(), kind & GNTDEV_DMA_FLAG_COHERENT);
}

/**
 * gntdev_ioctl_export() - make a dma-buf of grants
 * @filp: the file
 * @arg: a struct ioctl_gntdev_dmabuf_exp_from_refs
 *
 * Return: 0; -EINVAL also in a PV domain, where a page of a grant has no place on the bus of its
 * own; -EFAULT, -ENOMEM, -EMFILE.
 */
long gntdev_ioctl_export(struct file *filp, void __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op, __user *user = arg;
	struct gntdev_grants *grants;
	struct dma_buf *buf;
	int err;

	if (xen_pv_domain())
		return -EINVAL;
	if (copy_from_user(&op, user, offsetof(typeof(op), refs)))
		return -EFAULT;
	if (!gntdev_count_ok(op.count) || (op.flags & KINDS) == KINDS || op.domid > U16_MAX)
		return -EINVAL;
	grants = new_grants(op.count, op.flags);
	if (IS_ERR(grants))
		return PTR_ERR(grants);
	err = read_refs(grants, op.domid, user->refs) ?: map_for_devices(grants);
	buf = err ? ERR_PTR(err) : make_buf(filp, grants);
	if (IS_ERR(buf)) {
		gntdev_grants_end(grants);
		return PTR_ERR(buf);
	}
	return give_buf(filp->private_data, buf, &user->fd);
}

static struct gntdev_export *find_export(struct gntdev_file *file, u32 fd)
{
	struct gntdev_export *export;

	guard(mutex)(&file->lock);
	list_for_each_entry(export, &file->exports, node) {
		if (export->fd < 0 || export->fd != fd)
			continue;
		kref_get(&export->users);
		return export;
	}
	return NULL;
}

/**
 * gntdev_ioctl_wait() - wait until nobody has a dma-buf any more
 * @file: the file that made it
 * @arg: a struct ioctl_gntdev_dmabuf_exp_wait_released
 *
 * Return: 0; -ENOENT if there is none; -ETIMEDOUT; -EFAULT; -ERESTARTSYS if the process is killed.
 */
long gntdev_ioctl_wait(struct gntdev_file *file, const void __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;
	struct gntdev_export *export;
	long left;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	export = find_export(file, op.fd);
	if (!export)
		return -ENOENT;
	left = wait_for_completion_killable_timeout(&export->gone,
						    msecs_to_jiffies(op.wait_to_ms));
	kref_put(&export->users, free_export);
	if (left < 0)
		return left;
	return left ? 0 : -ETIMEDOUT;
}
