// SPDX-License-Identifier: GPL-2.0
/* What we offer, what we take, and the device behind it. */
#include <linux/blkdev.h>
#include <linux/cdrom.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <xen/interface/io/blkif.h>
#include <xen/interface/io/protocols.h>
#include "blkback.h"

#define RESIZE_POLL	HZ

static struct xenblk_dev *dev_of(struct xen_backend *be)
{
	return be->priv;
}

static int offer_queues(struct xen_backend *be, u64 *val)
{
	*val = READ_ONCE(xenblk_max_queues);
	return 0;
}

static int offer_order(struct xen_backend *be, u64 *val)
{
	*val = xenblk_max_order;
	return 0;
}

static int offer_persistent(struct xen_backend *be, u64 *val)
{
	*val = READ_ONCE(xenblk_persistent);
	return 0;
}

static int offer_flush(struct xen_backend *be, u64 *val)
{
	*val = dev_of(be)->flush;
	return 0;
}

static int offer_discard(struct xen_backend *be, u64 *val)
{
	*val = dev_of(be)->discard;
	return 0;
}

static int offer_granularity(struct xen_backend *be, u64 *val)
{
	*val = bdev_discard_granularity(dev_of(be)->bdev);
	return dev_of(be)->discard ? 0 : -ENOENT;
}

static int offer_alignment(struct xen_backend *be, u64 *val)
{
	*val = bdev_discard_alignment(dev_of(be)->bdev);
	return dev_of(be)->discard ? 0 : -ENOENT;
}

static int offer_secure(struct xen_backend *be, u64 *val)
{
	*val = dev_of(be)->secure;
	return dev_of(be)->discard ? 0 : -ENOENT;
}

static int offer_sectors(struct xen_backend *be, u64 *val)
{
	struct xenblk_dev *dev = dev_of(be);

	*val = bdev_nr_sectors(dev->bdev);
	dev->offered = *val;
	return 0;
}

static int offer_info(struct xen_backend *be, u64 *val)
{
	struct xenblk_dev *dev = dev_of(be);

	*val = dev->info | (dev->readonly ? VDISK_READONLY : 0);
	return 0;
}

static int offer_logical(struct xen_backend *be, u64 *val)
{
	*val = bdev_logical_block_size(dev_of(be)->bdev);
	return 0;
}

static int offer_physical(struct xen_backend *be, u64 *val)
{
	*val = bdev_physical_block_size(dev_of(be)->bdev);
	return 0;
}

const struct xen_offer xenblk_early_offers[] = {
	{ "feature-max-indirect-segments", .fixed = XENBLK_MAX_SEGS },
	{ "multi-queue-max-queues", offer_queues },
	{ "max-ring-page-order", offer_order },
	{ "feature-persistent", offer_persistent },
	{}
};

const struct xen_offer xenblk_live_offers[] = {
	{ "feature-flush-cache", offer_flush },
	{ "feature-barrier", offer_flush },
	{ "feature-discard", offer_discard },
	{ "discard-granularity", offer_granularity },
	{ "discard-alignment", offer_alignment },
	{ "discard-secure", offer_secure },
	{ "feature-persistent", offer_persistent },
	{ "sectors", offer_sectors },
	{ "info", offer_info },
	{ "sector-size", offer_logical },
	{ "physical-sector-size", offer_physical },
	{}
};

#define WANT(field, name, how, dflt, lo, hi, lim) {				\
	.node = name, .offset = offsetof(struct xenblk_wants, field), .kind = how,	\
	.def = dflt, .min = lo, .max = hi, .limit = lim }

static const struct xen_want wants[] = {
	WANT(queues, "multi-queue-num-queues", XEN_WANT_REFUSE, 1, 1, 0, &xenblk_max_queues),
	WANT(order, "ring-page-order", XEN_WANT_REFUSE, XENBLK_NO_ORDER, 0, 0, &xenblk_max_order),
	WANT(persistent, "feature-persistent", XEN_WANT_CLAMP, 0, 0, 1, NULL),
	{}
};

static const struct xenblk_abi *find_abi(struct xen_backend *be)
{
	static const struct xenblk_abi *const abis[] = {
		&xenblk_native_abi, &xenblk_x86_32_abi, &xenblk_x86_64_abi
	};
	const struct xenblk_abi *abi = NULL;
	char *name;
	int i;

	name = xenbus_read(XBT_NIL, be->dev->otherend, "protocol", NULL);
	/* A frontend that says nothing is older than the node, and so is its ABI. */
	if (IS_ERR(name))
		return IS_ENABLED(CONFIG_X86) ? &xenblk_x86_32_abi : &xenblk_native_abi;
	for (i = 0; i < ARRAY_SIZE(abis) && !abi; i++)
		if (!strcmp(name, abis[i]->name))
			abi = abis[i];
	kfree(name);
	return abi;
}

int xenblk_read_wants(struct xenblk_dev *dev)
{
	int err;

	dev->abi = find_abi(dev->be);
	if (!dev->abi)
		return -EPROTONOSUPPORT;
	err = xen_want_read(dev->be, dev->be->dev->otherend, wants, &dev->wants);
	if (!READ_ONCE(xenblk_persistent))
		dev->wants.persistent = 0;
	return err;
}

static bool peer_says_cdrom(struct xen_backend *be)
{
	char *type = xenbus_read(XBT_NIL, be->dev->otherend, "device-type", NULL);
	bool cdrom;

	if (IS_ERR(type))
		return false;
	cdrom = !strcmp(type, "cdrom");
	kfree(type);
	return cdrom;
}

static void read_properties(struct xenblk_dev *dev)
{
	struct gendisk *disk = dev->bdev->bd_disk;

	dev->info = 0;
	if (peer_says_cdrom(dev->be) || disk_to_cdi(disk))
		dev->info |= VDISK_CDROM;
	if (disk->flags & GENHD_FL_REMOVABLE)
		dev->info |= VDISK_REMOVABLE;
	dev->flush = bdev_write_cache(dev->bdev);
	dev->discard = !dev->readonly && bdev_max_discard_sectors(dev->bdev) &&
		       xenbus_read_unsigned(dev->be->dev->nodename, "discard-enable", 1);
	dev->secure = dev->discard && bdev_max_secure_erase_sectors(dev->bdev);
	dev->sectors = bdev_nr_sectors(dev->bdev);
}

int xenblk_open(struct xenblk_dev *dev, dev_t devt)
{
	struct file *file;
	char *mode;

	mode = xenbus_read(XBT_NIL, dev->be->dev->nodename, "mode", NULL);
	if (IS_ERR(mode))
		return PTR_ERR(mode);
	dev->readonly = !strchr(mode, 'w');
	file = bdev_file_open_by_dev(devt, dev->readonly ? BLK_OPEN_READ : BLK_OPEN_WRITE, NULL,
				     NULL);
	if (IS_ERR(file)) {
		kfree(mode);
		return PTR_ERR(file);
	}
	dev->mode = mode;
	dev->devt = devt;
	dev->file = file;
	dev->bdev = file_bdev(file);
	read_properties(dev);
	return 0;
}

void xenblk_close(struct xenblk_dev *dev)
{
	if (dev->file)
		fput(dev->file);
	dev->file = NULL;
	kfree(dev->mode);
	dev->mode = NULL;
}

/*
 * The new size and our unchanged state in one transaction: the state is what the frontend watches.
 */
static int announce_size(struct xenblk_dev *dev)
{
	static const struct xen_offer offers[] = {
		{ "sectors", offer_sectors },
		{ "state", .fixed = XenbusStateConnected },
		{}
	};

	return xen_offer_write(dev->be, offers);
}

/**
 * xenblk_size_written() - the size that was offered last has reached the store
 * @dev: the disk
 *
 * Context: under the device's lock.
 */
void xenblk_size_written(struct xenblk_dev *dev)
{
	WRITE_ONCE(dev->sectors, dev->offered);
}

/**
 * xenblk_size_look() - announce a size that is not the one announced last
 * @dev: the disk, connected
 *
 * What cannot be written now is still new at the next look.
 *
 * Context: under the device's lock.
 */
void xenblk_size_look(struct xenblk_dev *dev)
{
	u64 sectors = bdev_nr_sectors(dev->bdev);
	int err;

	if (sectors == dev->sectors)
		return;
	err = announce_size(dev);
	if (err) {
		dev_notice_ratelimited(&dev->be->dev->dev, "cannot write the new size (%d)\n",
				       err);
		return;
	}
	xenblk_size_written(dev);
	dev_info_ratelimited(&dev->be->dev->dev, "now %llu sectors\n", dev->sectors);
}

void xenblk_resize_work(struct work_struct *work)
{
	struct xenblk_dev *dev = container_of(to_delayed_work(work), struct xenblk_dev,
					      resize_work);
	struct xen_backend *be = dev->be;

	mutex_lock(&be->lock);
	if (be->life == XEN_LIFE_LIVE)
		xenblk_size_look(dev);
	mutex_unlock(&be->lock);
	schedule_delayed_work(&dev->resize_work, round_jiffies_relative(RESIZE_POLL));
}
