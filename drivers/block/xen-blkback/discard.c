// SPDX-License-Identifier: GPL-2.0
/* Discards run in a workqueue: they may take seconds, and the ring must not wait for them. */
#include <linux/blkdev.h>
#include "blkback.h"

static void discard_work(struct work_struct *work)
{
	struct xenblk_io *io = container_of(work, struct xenblk_io, work);
	struct block_device *bdev = io->xq->dev->bdev;
	int err;

	if (io->req.secure)
		err = blkdev_issue_secure_erase(bdev, io->req.sector, io->req.nr_sectors,
						GFP_NOIO);
	else
		err = blkdev_issue_discard(bdev, io->req.sector, io->req.nr_sectors, GFP_NOIO);
	if (err)
		io->status = err == -EOPNOTSUPP ? XENBLK_EOPNOTSUPP : XENBLK_ERROR;
	xenblk_finish(io, XENBLK_RESPOND);
}

void xenblk_discard(struct xenblk_io *io)
{
	INIT_WORK(&io->work, discard_work);
	queue_work(xenblk_wq, &io->work);
}
