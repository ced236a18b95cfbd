// SPDX-License-Identifier: GPL-2.0
/* debugfs/xen-backend: accounts, and for each device its rings, workers, channels and counters. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "internal.h"

static struct dentry *root;

static const char *const life_names[XEN_LIFE_NR] = {
	[XEN_LIFE_NEW] = "new", [XEN_LIFE_WAIT] = "wait", [XEN_LIFE_READY] = "ready",
	[XEN_LIFE_LIVE] = "live", [XEN_LIFE_CLOSING] = "closing", [XEN_LIFE_CLOSED] = "closed",
	[XEN_LIFE_GONE] = "gone",
};

static void show_queue(struct xen_queue *q, void *data)
{
	struct seq_file *m = data;
	unsigned int i;

	seq_printf(m, "queue %u: refs %d pool %u+%d\n", q->index, refcount_read(&q->refs),
		   READ_ONCE(q->pool.cache.num_pages), atomic_read(&q->pool.out));
	for (i = 0; i < XEN_QUEUE_RINGS; i++) {
		const struct xen_ring *r = &q->rings[i].ring;

		if (q->rings[i].pages)
			seq_printf(m, " ring %s: slots %u seen %u taken %u put %u published %u%s\n",
				   q->rings[i].node, r->nr, READ_ONCE(r->seen),
				   READ_ONCE(r->taken), READ_ONCE(r->put),
				   READ_ONCE(r->published), READ_ONCE(r->broken) ? " BROKEN" : "");
	}
	for (i = 0; i < XEN_QUEUE_CHANNELS; i++) {
		const struct xen_channel *ch = &q->channels[i];

		if (READ_ONCE(ch->irq))
			seq_printf(m, " channel %u: irq %u events %llu spurious %llu sent %llu\n",
				   i, ch->irq, ch->events, ch->spurious, ch->sent);
	}
	for (i = 0; i < XEN_QUEUE_WORKERS; i++) {
		const struct xen_worker *w = &q->workers[i];

		if (w->kind != XEN_WORKER_NONE)
			seq_printf(m, " worker %u: turns %llu kicked %d spins %llu/%llu of %u ns%s\n",
				   i, w->turns, READ_ONCE(w->kicked), w->spun, w->spins,
				   READ_ONCE(w->spin_ns), READ_ONCE(w->parked) ? " PARKED" : "");
	}
	if (q->be->drv->ops->show)
		q->be->drv->ops->show(q, m);
}

static int device_show(struct seq_file *m, void *unused)
{
	struct xen_backend *be = m->private;

	seq_printf(m, "%s: %s, frontend %s, gate %s, orphans %d, error %d\n", be->name,
		   life_names[READ_ONCE(be->life)], xenbus_strstate(READ_ONCE(be->peer)),
		   be->gate_open ? "open" : "shut", atomic_read(&be->orphans), be->fail_error);
	seq_printf(m, "grants: mapped %ld unmapped %ld copied %ld leaked %ld hypercalls %ld\n",
		   atomic_long_read(&be->maps), atomic_long_read(&be->unmaps),
		   atomic_long_read(&be->copies), atomic_long_read(&be->leaked),
		   atomic_long_read(&be->hypercalls));
	xen_backend_queues(be, show_queue, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device);

static int accounts_show(struct seq_file *m, void *unused)
{
	xen_account_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(accounts);

void xen_backend_debugfs_add(struct xen_backend *be)
{
	be->debugfs = debugfs_create_dir(be->name, root);
	debugfs_create_file("state", 0400, be->debugfs, be, &device_fops);
#ifdef CONFIG_XEN_BACKEND_FAULT
	xen_fault_debugfs(be, be->debugfs);
#endif
}

void xen_backend_debugfs_del(struct xen_backend *be)
{
	debugfs_remove_recursive(be->debugfs);
	be->debugfs = NULL;
}

static int __init xen_backend_debugfs_init(void)
{
	root = debugfs_create_dir("xen-backend", NULL);
	debugfs_create_file("accounts", 0400, root, NULL, &accounts_fops);
	return 0;
}
subsys_initcall(xen_backend_debugfs_init);
