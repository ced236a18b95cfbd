// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/gntdev: what other domains granted, for user space. The file and its requests.
 *
 * The design is in gntdev.h, and for users in Documentation/virt/xen/user.rst.
 */
#define pr_fmt(fmt) "xen/gntdev: " fmt

#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>
#include "area.h"
#include "gntdev.h"

#define TRY_AGAIN_MS	5
#define MAX_TRIES	200

static struct workqueue_struct *later_wq;

/**
 * gntdev_later() - do something a little later
 * @work: what; until it has been done without a call to this, it has a reference to the module
 * @tries: how often it was done in vain
 */
void gntdev_later(struct delayed_work *work, unsigned int tries)
{
	unsigned int ms = TRY_AGAIN_MS * (min_t(unsigned int, tries, MAX_TRIES) + 1);

	queue_delayed_work(later_wq, work, msecs_to_jiffies(ms));
}

/* Which grants are meant, as many as there are slots. */
static int read_refs(struct gntdev_grants *grants,
		     const struct ioctl_gntdev_grant_ref __user *refs)
{
	struct ioctl_gntdev_grant_ref some[GNTDEV_BATCH];
	unsigned int i, j, n;

	for (i = 0; i < grants->count; i += n) {
		n = min_t(unsigned int, GNTDEV_BATCH, grants->count - i);
		if (copy_from_user(some, refs + i, n * sizeof(*refs)))
			return -EFAULT;
		for (j = 0; j < n; j++) {
			struct gntdev_slot *slot = &grants->slots[i + j];

			slot->ref = some[j].ref;
			slot->domid = some[j].domid;
			if (slot->domid != some[j].domid)
				return -EINVAL;
		}
	}
	return 0;
}

static long ioctl_map(struct gntdev_file *file, struct ioctl_gntdev_map_grant_ref __user *arg)
{
	struct ioctl_gntdev_map_grant_ref op;
	struct gntdev_map *map;
	u64 offset;
	int err;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;
	if (!gntdev_count_ok(op.count))
		return -EINVAL;
	map = gntdev_map_new(op.count);
	if (IS_ERR(map))
		return PTR_ERR(map);
	err = read_refs(map->grants, arg->refs) ?: gntdev_add(file, map, &offset);
	if (err) {
		gntdev_map_put(map);
		return err;
	}
	/* Another thread may forget it by now. */
	op.index = offset;
	if (!copy_to_user(arg, &op, offsetof(typeof(op), refs)))
		return 0;
	gntdev_forget(file, offset >> PAGE_SHIFT, op.count);
	return -EFAULT;
}

static long ioctl_unmap(struct gntdev_file *file, const void __user *arg)
{
	struct ioctl_gntdev_unmap_grant_ref op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	return gntdev_forget(file, op.index >> PAGE_SHIFT, op.count);
}

static long ioctl_ending(struct gntdev_file *file, const void __user *arg)
{
	struct ioctl_gntdev_unmap_notify op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	return gntdev_set_ending(file, &op);
}

static long ioctl_dmabuf(struct file *filp, unsigned int cmd, void __user *arg)
{
#ifdef CONFIG_XEN_GNTDEV_DMABUF
	switch (cmd) {
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return gntdev_ioctl_export(filp, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return gntdev_ioctl_wait(filp->private_data, arg);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS:
		return gntdev_ioctl_import(filp->private_data, arg);
	case IOCTL_GNTDEV_DMABUF_IMP_RELEASE:
		return gntdev_ioctl_import_end(filp->private_data, arg);
	}
#endif
	return -ENOTTY;
}

static long gntdev_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct gntdev_file *file = filp->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return ioctl_map(file, user);
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return ioctl_unmap(file, user);
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		return gntdev_ioctl_offset(file, user);
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
		return ioctl_ending(file, user);
	case IOCTL_GNTDEV_GRANT_COPY:
		return gntdev_ioctl_copy(user);
	}
	return ioctl_dmabuf(filp, cmd, user);
}

static int gntdev_open(struct inode *inode, struct file *filp)
{
	struct gntdev_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->exports);
	INIT_LIST_HEAD(&file->imports);
	filp->private_data = file;
	return 0;
}

/* Mappings and exports keep the file open, so there are none. */
static int gntdev_release(struct inode *inode, struct file *filp)
{
	struct gntdev_file *file = filp->private_data;

	gntdev_forget_all(file);
	gntdev_imports_end(file);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations gntdev_fops = {
	.owner = THIS_MODULE,
	.open = gntdev_open,
	.mmap = gntdev_mmap,
	.get_unmapped_area = xen_area_place,
	.release = gntdev_release,
	.unlocked_ioctl = gntdev_ioctl,
};

static struct miscdevice gntdev_device = {
	.name = "xen/gntdev",
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &gntdev_fops,
};

#ifdef CONFIG_XEN_GNTDEV_DMABUF
/**
 * gntdev_dma_device() - the device that pages for dma-bufs are for
 *
 * Return: the device.
 */
struct device *gntdev_dma_device(void)
{
	return gntdev_device.this_device;
}

static int start_dma(void)
{
	return dma_coerce_mask_and_coherent(gntdev_device.this_device, DMA_BIT_MASK(64));
}
#else
static int start_dma(void)
{
	return 0;
}
#endif

static int __init gntdev_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	later_wq = alloc_workqueue("xen_gntdev", WQ_UNBOUND, 0);
	if (!later_wq)
		return -ENOMEM;
	err = misc_register(&gntdev_device);
	if (err) {
		pr_err("no device: %d\n", err);
		destroy_workqueue(later_wq);
		return err;
	}
	if (start_dma())
		pr_warn("no dma-bufs: no 64-bit DMA\n");
	return 0;
}
module_init(gntdev_init);

static void __exit gntdev_exit(void)
{
	misc_deregister(&gntdev_device);
	/* Who was the last to drop a reference to the module may still be returning. */
	destroy_workqueue(later_wq);
}
module_exit(gntdev_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Pages granted by other domains, for user space");
