// SPDX-License-Identifier: GPL-2.0
/* Attributes of a virtual disk; names and formats are those that tools know. */
#include <linux/device.h>
#include <linux/sysfs.h>
#include "blkback.h"

void xenblk_stats_add(struct xenblk_stats *sum, const struct xenblk_stats *one)
{
	sum->oo_req += READ_ONCE(one->oo_req);
	sum->rd_req += READ_ONCE(one->rd_req);
	sum->wr_req += READ_ONCE(one->wr_req);
	sum->f_req += READ_ONCE(one->f_req);
	sum->ds_req += READ_ONCE(one->ds_req);
	sum->rd_sect += READ_ONCE(one->rd_sect);
	sum->wr_sect += READ_ONCE(one->wr_sect);
}

static void add_queue(struct xen_queue *q, void *data)
{
	struct xenblk_queue *xq = q->priv;

	xenblk_stats_add(data, &xq->stats);
}

static u64 stat_sum(struct device *device, size_t offset)
{
	struct xen_backend *be = xen_backend_of(device);
	struct xenblk_stats sum = {};
	struct xenblk_dev *dev;

	if (!be)
		return 0;
	dev = be->priv;
	spin_lock(&dev->past_lock);
	sum = dev->past;
	spin_unlock(&dev->past_lock);
	xen_backend_queues(be, add_queue, &sum);
	return *(u64 *)((u8 *)&sum + offset);
}

#define STAT(name)								\
static ssize_t name##_show(struct device *device, struct device_attribute *attr,	\
			   char *buf)						\
{										\
	return sysfs_emit(buf, "%llu\n",					\
			  stat_sum(device, offsetof(struct xenblk_stats, name)));	\
}										\
static DEVICE_ATTR_RO(name)

STAT(oo_req);
STAT(rd_req);
STAT(wr_req);
STAT(f_req);
STAT(ds_req);
STAT(rd_sect);
STAT(wr_sect);

static ssize_t physical_device_show(struct device *device, struct device_attribute *attr,
				    char *buf)
{
	struct xen_backend *be = xen_backend_of(device);
	struct xenblk_dev *dev = be ? be->priv : NULL;

	if (!dev)
		return -ENODEV;
	return sysfs_emit(buf, "%x:%x\n", MAJOR(dev->devt), MINOR(dev->devt));
}
static DEVICE_ATTR_RO(physical_device);

static ssize_t mode_show(struct device *device, struct device_attribute *attr, char *buf)
{
	struct xen_backend *be = xen_backend_of(device);
	struct xenblk_dev *dev = be ? be->priv : NULL;

	if (!dev)
		return -ENODEV;
	return sysfs_emit(buf, "%s\n", dev->mode);
}
static DEVICE_ATTR_RO(mode);

static struct attribute *own_attrs[] = {
	&dev_attr_physical_device.attr, &dev_attr_mode.attr, NULL
};

static struct attribute *stat_attrs[] = {
	&dev_attr_ds_req.attr, &dev_attr_f_req.attr, &dev_attr_rd_sect.attr,
	&dev_attr_wr_sect.attr, &dev_attr_rd_req.attr, &dev_attr_oo_req.attr,
	&dev_attr_wr_req.attr, NULL
};

static const struct attribute_group own_group = { .attrs = own_attrs };
static const struct attribute_group stat_group = { .name = "statistics", .attrs = stat_attrs };
static const struct attribute_group *groups[] = { &own_group, &stat_group, NULL };

int xenblk_sysfs_add(struct xenblk_dev *dev)
{
	int err = sysfs_create_groups(&dev->be->dev->dev.kobj, groups);

	dev->sysfs = !err;
	return err;
}

void xenblk_sysfs_del(struct xenblk_dev *dev)
{
	if (dev->sysfs)
		sysfs_remove_groups(&dev->be->dev->dev.kobj, groups);
	dev->sysfs = false;
}
