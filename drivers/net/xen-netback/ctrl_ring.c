// SPDX-License-Identifier: GPL-2.0
/*
 * The control ring: an extra queue with one thread.
 *
 * There are two hash configurations for all time: one that readers may use,
 * and one that requests change. After a request they change places, and the
 * next request has to wait until nobody reads the old one: that is what
 * bounds how often a guest can make us do this.
 */
#include <linux/slab.h>
#include "netback.h"

/**
 * struct xnb_ctrl - state of a control ring; owned by its worker
 * @env:  what messages act upon
 * @q:    the queue
 * @page: one frame of scratch memory
 * @hash: two equal configurations but for what the current request changed in
 *        the one of @env; the other one may be in force
 */
struct xnb_ctrl {
	struct xnb_ctrl_env env;
	struct xen_queue *q;
	struct page *page;
	struct xnb_hash hash[2];
};

static struct xnb_ctrl *ctrl_of(struct xnb_ctrl_env *env)
{
	return container_of(env, struct xnb_ctrl, env);
}

static int ctrl_read(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	struct xnb_ctrl *c = ctrl_of(env);
	struct gnttab_copy op;

	xen_gcopy_from(&op, c->q->be, gref, 0, c->page, 0, len);
	return xen_gcopy_wait(c->q->be, &op, 1) ? -EIO : 0;
}

static int ctrl_write(struct xnb_ctrl_env *env, u32 gref, u32 len)
{
	struct xnb_ctrl *c = ctrl_of(env);
	struct gnttab_copy op;

	xen_gcopy_to(&op, c->q->be, gref, 0, c->page, 0, len);
	return xen_gcopy_wait(c->q->be, &op, 1) ? -EIO : 0;
}

/* Queues of one set live equally long, so no reference is needed. */
static struct xnb_queue *data_queue(struct xnb_ctrl *c, u32 queue)
{
	return c->q->set->queues[queue]->priv;
}

static int ctrl_add(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	return xnb_static_add(data_queue(ctrl_of(env), queue), env->scratch, n);
}

static u32 ctrl_del(struct xnb_ctrl_env *env, u32 queue, u32 n)
{
	return xnb_static_del(data_queue(ctrl_of(env), queue), env->scratch, n);
}

/* Put the configuration that the guest has built into force. */
static void install_hash(struct xnb_ctrl *c)
{
	struct xnb_vif *vif = c->q->be->priv;
	struct xnb_hash *new = c->env.hash;

	rcu_assign_pointer(vif->hash, new);
	c->env.hash = new == &c->hash[0] ? &c->hash[1] : &c->hash[0];
	synchronize_rcu();
	*c->env.hash = *new;
}

static void handle(struct xnb_ctrl *c, const struct xnb_ctrl_req *req)
{
	struct xen_ring *ring = &c->q->rings[0].ring;
	struct xnb_ctrl_rsp rsp;

	c->env.changed = false;
	xnb_ctrl_handle(&c->env, req, &rsp);
	if (c->env.changed)
		install_hash(c);
	xen_ring_put(ring, &rsp, sizeof(rsp));
	if (xen_ring_publish(ring))
		xen_channel_notify(&c->q->channels[0]);
}

/**
 * xnb_ctrl_work() - one turn of the control ring
 * @w: worker of the queue
 * @b: what the turn may use up
 *
 * Return: as typedef xen_work_fn asks.
 */
int xnb_ctrl_work(struct xen_worker *w, struct xen_budget *b)
{
	struct xen_ring *ring = &w->q->rings[0].ring;
	struct xnb_ctrl *c = w->priv;
	struct xnb_ctrl_req req __aligned(8);
	int n;

	n = xen_ring_poll(ring);
	if (n < 0)
		return n;
	for (; n > 0; n--) {
		int err = xen_ring_take(ring, &req, sizeof(req));

		if (err)
			return err;
		handle(c, &req);
		if (!xen_budget_spend(b, sizeof(req)))
			return 1;
	}
	n = xen_ring_arm(ring, 1);
	return n < 0 ? n : n > 0;
}

/**
 * xnb_ctrl_alloc() - the state of a control queue
 * @q: the queue
 *
 * Return: 0 or -ENOMEM; xnb_ctrl_release() is due in both cases.
 */
int xnb_ctrl_alloc(struct xen_queue *q)
{
	struct xnb_ctrl *c;

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	q->workers[0].priv = c;
	c->q = q;
	xnb_hash_init(&c->hash[0]);
	xnb_hash_init(&c->hash[1]);
	c->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!c->page)
		return -ENOMEM;
	c->env = (struct xnb_ctrl_env){
		.hash = &c->hash[0], .queues = q->be->nr_queues,
		.gref_max = min(xnb_static_max, 4096u),
		.scratch = page_address(c->page),
		.read = ctrl_read, .write = ctrl_write,
		.add = ctrl_add, .del = ctrl_del,
	};
	return 0;
}

/**
 * xnb_ctrl_init() - set the control queue up
 * @q:   the queue
 * @dir: the guest's directory
 *
 * Return: 0 or -errno.
 */
int xnb_ctrl_init(struct xen_queue *q, const char *dir)
{
	struct xnb_vif *vif = q->be->priv;
	char name[IFNAMSIZ + 8];
	int err = xnb_ctrl_alloc(q);

	if (!err)
		err = xen_queue_map_ring(q, 0, dir, "ctrl-ring-ref", 0, false,
					 sizeof(struct xnb_ctrl_req));
	snprintf(name, sizeof(name), "%s-ctrl", vif->dev->name);
	if (!err)
		err = xen_queue_thread(q, 0, xnb_ctrl_work, name);
	if (!err)
		err = xen_queue_bind_channel(q, 0, dir, "event-channel-ctrl",
					     BIT(0));
	if (err)
		xnb_ctrl_release(q);
	return err;
}

/**
 * xnb_ctrl_release() - free what xnb_ctrl_alloc() allocated
 * @q: the queue, its worker stopped or never started
 */
void xnb_ctrl_release(struct xen_queue *q)
{
	struct xnb_ctrl *c = q->workers[0].priv;
	struct xnb_vif *vif = q->be->priv;

	if (!c)
		return;
	q->workers[0].priv = NULL;
	/* The next frontend starts without a hash. */
	if (rcu_access_pointer(vif->hash)) {
		RCU_INIT_POINTER(vif->hash, NULL);
		synchronize_rcu();
	}
	if (c->page)
		__free_page(c->page);
	kfree(c);
}
