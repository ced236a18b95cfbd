// SPDX-License-Identifier: GPL-2.0
/* The block backend: parameters and the framework's calls. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include "blkback.h"

int xenblk_max_buffer_pages = 1024;
module_param_named(max_buffer_pages, xenblk_max_buffer_pages, int, 0644);
MODULE_PARM_DESC(max_buffer_pages, "Unused pages that each queue may keep (1024)");

int xenblk_max_pgrants = 1056;
module_param_named(max_persistent_grants, xenblk_max_pgrants, int, 0644);
MODULE_PARM_DESC(max_persistent_grants, "Grants that each queue may keep mapped (1056)");

unsigned int xenblk_pgrant_timeout = 60;
module_param_named(persistent_grant_unused_seconds, xenblk_pgrant_timeout, uint, 0644);
MODULE_PARM_DESC(persistent_grant_unused_seconds,
		 "Seconds after which an unused grant is unmapped; 0: never (60)");

unsigned int xenblk_max_queues;
module_param_named(max_queues, xenblk_max_queues, uint, 0644);
MODULE_PARM_DESC(max_queues, "Queues that a disk may have (number of CPUs)");

unsigned int xenblk_max_order = XENBUS_MAX_RING_GRANT_ORDER;
module_param_named(max_ring_page_order, xenblk_max_order, uint, 0444);
MODULE_PARM_DESC(max_ring_page_order, "Largest ring, as log2 of its pages (4)");

bool xenblk_persistent = true;
module_param_named(feature_persistent, xenblk_persistent, bool, 0644);
MODULE_PARM_DESC(feature_persistent, "Offer persistent grants (on)");

static unsigned int squeeze_ms = 10;
module_param_named(buffer_squeeze_duration_ms, squeeze_ms, uint, 0644);
MODULE_PARM_DESC(buffer_squeeze_duration_ms,
		 "Milliseconds for which pools stay empty after memory was short (10)");

unsigned int xenblk_log_stats;
module_param_named(log_stats, xenblk_log_stats, uint, 0644);
MODULE_PARM_DESC(log_stats, "Log each queue's statistics every ten seconds (off)");

unsigned int xenblk_copy_max = XENBLK_DIRECT_SEGS;
module_param_named(copy_max_segments, xenblk_copy_max, uint, 0644);
MODULE_PARM_DESC(copy_max_segments,
		 "Segments up to which a request is copied instead of mapped (11)");

struct workqueue_struct *xenblk_wq;

static int xenblk_probe(struct xen_backend *be)
{
	struct xenblk_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	dev->be = be;
	dev->squeeze_end = jiffies;
	spin_lock_init(&dev->past_lock);
	INIT_DEFERRABLE_WORK(&dev->resize_work, xenblk_resize_work);
	be->priv = dev;
	return 0;
}

static void xenblk_remove(struct xen_backend *be)
{
	struct xenblk_dev *dev = be->priv;

	cancel_delayed_work_sync(&dev->resize_work);
	xenblk_sysfs_del(dev);
}

static void xenblk_release(struct xen_backend *be)
{
	struct xenblk_dev *dev = be->priv;

	if (dev)
		xenblk_close(dev);
	kfree(dev);
	be->priv = NULL;
}

/* "physical-device" names the device as hexadecimal major:minor once hotplug has set it up. */
static int xenblk_gate(struct xen_backend *be, const char *value)
{
	struct xenblk_dev *dev = be->priv;
	unsigned int major, minor;
	char end;
	int err;

	if (!*value)
		return 0;
	if (sscanf(value, "%x:%x%c", &major, &minor, &end) != 2 || major >= 1U << 12 ||
	    minor > MINORMASK)
		return -EINVAL;
	err = xenblk_open(dev, MKDEV(major, minor));
	if (err)
		return err;
	err = xenblk_sysfs_add(dev);
	if (err) {
		xenblk_close(dev);
		return err;
	}
	schedule_delayed_work(&dev->resize_work, HZ);
	return 1;
}

static void name_threads(struct xenblk_dev *dev)
{
	struct xen_backend *be = dev->be;
	char *path = xenbus_read(XBT_NIL, be->dev->nodename, "dev", NULL);
	const char *tail = "?";

	if (!IS_ERR(path))
		tail = strncmp(path, "/dev/", 5) ? path : path + 5;
	snprintf(dev->thread_name, sizeof(dev->thread_name), "%u.%s", be->domid, tail);
	if (!IS_ERR(path))
		kfree(path);
}

static int xenblk_configure(struct xen_backend *be)
{
	struct xenblk_dev *dev = be->priv;
	int err;

	err = xenblk_read_wants(dev);
	if (err)
		return err;
	be->nr_queues = dev->wants.queues;
	name_threads(dev);
	/* What this domain cached of the device must not differ from what the frontend will see. */
	err = sync_blockdev(dev->bdev);
	if (!err)
		invalidate_inode_pages2(dev->file->f_mapping);
	return err;
}

static void xenblk_connected(struct xen_backend *be)
{
	xenblk_size_written(be->priv);
}

static int queue_setup(struct xenblk_queue *xq, const char *dir)
{
	const struct xenblk_wants *w = &xq->dev->wants;
	bool indexed = w->order != XENBLK_NO_ORDER;
	char name[TASK_COMM_LEN + 12];
	int err;

	err = xen_queue_map_ring(xq->q, 0, dir, "ring-ref", indexed ? w->order : 0, indexed,
				 xq->abi->slot_size);
	if (err)
		return err;
	err = xenblk_ios_init(xq, xq->q->rings[0].ring.nr);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s-%u", xq->dev->thread_name, xq->q->index);
	err = xen_queue_thread(xq->q, 0, xenblk_work, name);
	if (err)
		return err;
	xen_worker_watch(&xq->q->workers[0], 0);
	return xen_queue_bind_channel(xq->q, 0, dir, "event-channel", BIT(0));
}

/**
 * xenblk_queue_empty() - set up what a queue collects requests in
 * @xq: the queue, zeroed
 *
 * Context: any.
 */
void xenblk_queue_empty(struct xenblk_queue *xq)
{
	xq->next_log = jiffies;
	INIT_LIST_HEAD(&xq->staged);
	init_llist_head(&xq->done);
	init_llist_head(&xq->freed);
	init_llist_head(&xq->retry);
	spin_lock_init(&xq->bounce_lock);
	INIT_LIST_HEAD(&xq->bounce_pages);
	tasklet_setup(&xq->tasklet, xenblk_tasklet);
}

static int xenblk_queue_init(struct xen_queue *q, const char *dir)
{
	struct xenblk_dev *dev = q->be->priv;
	struct xenblk_queue *xq = q->priv;
	int err;

	xq->q = q;
	xq->dev = dev;
	xq->abi = dev->abi;
	xq->persistent = dev->wants.persistent;
	xq->next_evict = jiffies;
	xq->last_used = jiffies;
	xen_gcache_init(&xq->cache, q->be, &q->pool, max(xenblk_max_pgrants, 0));
	xenblk_queue_empty(xq);
	err = queue_setup(xq, dir);
	if (err)
		xenblk_ios_free(xq);
	return err;
}

/* The worker is gone: end what only it could have ended. */
static void xenblk_queue_stop(struct xen_queue *q)
{
	struct xenblk_queue *xq = q->priv;
	struct xenblk_io *io = xq->held;

	xq->held = NULL;
	xq->barrier = false;
	if (io) {
		io->status = XENBLK_ERROR;
		xenblk_finish(io, XENBLK_COPIED);
	}
	/* Store before emptying; pairs with entry before look in retry_by_worker(). */
	smp_store_mb(xq->stopped, true);
	xenblk_fail_retries(xq);
}

static void xenblk_queue_release(struct xen_queue *q)
{
	struct xenblk_queue *xq = q->priv;

	tasklet_kill(&xq->tasklet);
	spin_lock(&xq->dev->past_lock);
	xenblk_stats_add(&xq->dev->past, &xq->stats);
	spin_unlock(&xq->dev->past_lock);
	xen_gcache_destroy(&xq->cache);
	xenblk_bounce_shrink(xq, 0);
	xenblk_ios_free(xq);
}

/* Memory is short: let every queue empty its pools at its next turn, which is now. */
static void squeeze_queue(struct xen_queue *q, void *data)
{
	struct xenblk_queue *xq = q->priv;

	WRITE_ONCE(xq->next_evict, jiffies - 1);
	xen_worker_kick(&q->workers[0]);
}

static void xenblk_reclaim(struct xen_backend *be)
{
	struct xenblk_dev *dev = be->priv;

	WRITE_ONCE(dev->squeeze_end, jiffies + msecs_to_jiffies(squeeze_ms));
	xen_backend_queues(be, squeeze_queue, NULL);
}

static void xenblk_show(struct xen_queue *q, struct seq_file *m)
{
	struct xenblk_queue *xq = q->priv;

	seq_printf(m, " %s%s in flight %d, kept %u/%u evicted %llu, bounce pages %u%s%s\n",
		   xq->abi->name, xq->persistent ? " persistent" : "",
		   atomic_read(&xq->inflight), xq->cache.nr, xq->cache.max, xq->cache.evicted,
		   xq->nr_bounce, xq->barrier ? " barrier" : "", xq->starved ? " starved" : "");
}

static const struct xen_backend_ops xenblk_ops = {
	.probe = xenblk_probe,
	.remove = xenblk_remove,
	.release = xenblk_release,
	.gate = xenblk_gate,
	.configure = xenblk_configure,
	.connected = xenblk_connected,
	.queue_init = xenblk_queue_init,
	.queue_stop = xenblk_queue_stop,
	.queue_release = xenblk_queue_release,
	.reclaim = xenblk_reclaim,
	.show = xenblk_show,
};

static struct xen_backend_driver xenblk_driver = {
	.type = "vbd",
	.gate_node = "physical-device",
	.connect_on = BIT(XenbusStateInitialised) | BIT(XenbusStateConnected),
	/* Frontends close their disk only after they said that they are closing. */
	.flags = XEN_BACKEND_SERVE_CLOSING,
	.queue_size = sizeof(struct xenblk_queue),
	.early = xenblk_early_offers,
	.live = xenblk_live_offers,
	.ops = &xenblk_ops,
};

static int __init xenblk_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	xenblk_max_order = min_t(unsigned int, xenblk_max_order, XENBUS_MAX_RING_GRANT_ORDER);
	if (!xenblk_max_queues)
		xenblk_max_queues = num_online_cpus();
	xenblk_wq = alloc_workqueue("xen-blkback", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!xenblk_wq)
		return -ENOMEM;
	err = xen_backend_register(&xenblk_driver, THIS_MODULE);
	if (err)
		destroy_workqueue(xenblk_wq);
	return err;
}
module_init(xenblk_init);

static void __exit xenblk_exit(void)
{
	xen_backend_unregister(&xenblk_driver);
	destroy_workqueue(xenblk_wq);
}
module_exit(xenblk_exit);

MODULE_DESCRIPTION("Xen block device backend");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vbd");
