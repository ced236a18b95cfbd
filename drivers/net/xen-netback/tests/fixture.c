// SPDX-License-Identifier: GPL-2.0
/* What the tests of both directions share. */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "fixture.h"

static void xdev_release(struct device *dev)
{
	kfree(container_of(dev, struct xenbus_device, dev));
}

static void no_work(struct work_struct *work)
{
}

static void no_timer(struct timer_list *timer)
{
	struct xen_worker *w = container_of(timer, struct xen_worker, timer);

	container_of(w->q, struct xnb_test, q)->alarms++;
}

static int no_poll(struct napi_struct *napi, int budget)
{
	return 0;
}

/* Everything that the way from the guest hands to the stack ends here. */
static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct xnb_test *t;

	rcu_read_lock();
	t = rcu_dereference((*pskb)->dev->rx_handler_data);
	skb_queue_tail(&t->received, *pskb);
	rcu_read_unlock();
	return RX_HANDLER_CONSUMED;
}

static void make_device(struct kunit *test, struct xnb_test *t)
{
	t->xdev = kzalloc(sizeof(*t->xdev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->xdev);
	t->xdev->dev.release = xdev_release;
	dev_set_name(&t->xdev->dev, "xnb-kunit");
	KUNIT_ASSERT_EQ(test, 0, device_register(&t->xdev->dev));

	t->be.dev = t->xdev;
	t->be.domid = 32000;
	t->be.account = &t->account;
	t->be.nr_queues = 1;
	INIT_WORK(&t->be.fail_work, no_work);
	t->vif = xnb_vif_create(&t->be, 0);
	if (IS_ERR(t->vif))
		t->vif = NULL;
	KUNIT_ASSERT_NOT_NULL(test, t->vif);
	t->be.priv = t->vif;
	t->vif->takes = XNB_OFFLOADS;
	t->vif->gso_mask = BIT(XNB_GSO_TCPV4) | BIT(XNB_GSO_TCPV6);
	t->vif->drain = HZ;
	t->vif->stall = 2 * HZ;

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, 0, dev_open(t->vif->dev, NULL));
	KUNIT_EXPECT_EQ(test, 0, netdev_rx_handler_register(t->vif->dev,
							    receive, t));
	rtnl_unlock();
	xnb_vif_up(t->vif);
}

/* Both ends of a ring. */
void xnb_test_ring(struct kunit *test, struct xen_ring *front,
		   struct xen_ring *back, u32 slot_size)
{
	void *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_front(front, xen_shared_box(page),
						     XEN_PAGE_SIZE, slot_size));
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_back(back, xen_shared_box(page),
						    XEN_PAGE_SIZE, slot_size));
}

static void make_queue(struct kunit *test, struct xnb_test *t)
{
	unsigned int i;

	t->q.be = &t->be;
	t->q.priv = &t->xq;
	for (i = 0; i < XEN_QUEUE_WORKERS; i++) {
		t->q.workers[i].q = &t->q;
		timer_setup(&t->q.workers[i].timer, no_timer, 0);
	}
	for (i = 0; i < XEN_QUEUE_CHANNELS; i++)
		t->q.channels[i].q = &t->q;
	netif_napi_add(t->vif->dev, &t->napi, no_poll);
	t->q.workers[XNB_WORKER_FROM].napi = &t->napi;
	xnb_test_ring(test, &t->tx, &t->q.rings[XNB_RING_FROM].ring,
		      XNB_TX_SLOT_SIZE);
	xnb_test_ring(test, &t->rx, &t->q.rings[XNB_RING_TO].ring,
		      XNB_RX_SLOT_SIZE);

	t->xq.q = &t->q;
	t->xq.vif = t->vif;
	xa_init(&t->xq.statics);
	KUNIT_ASSERT_EQ(test, 0, xnb_from_init(&t->xq));
	KUNIT_ASSERT_EQ(test, 0, xnb_to_init(&t->xq));
	for (i = 0; i < XNB_TEST_BUFFERS; i++) {
		t->statics[i].map.page = alloc_page(GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, t->statics[i].map.page);
		KUNIT_ASSERT_EQ(test, 0, xa_err(xa_store(&t->xq.statics, i,
							 &t->statics[i],
							 GFP_KERNEL)));
		t->xq.nr_static++;
	}
}

/* A connected queue with no packet anywhere. Undone by xnb_test_end(). */
struct xnb_test *xnb_test_begin(struct kunit *test)
{
	struct xnb_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	skb_queue_head_init(&t->received);
	make_device(test, t);
	make_queue(test, t);
	return t;
}

static void drop_queue(struct xnb_test *t)
{
	unsigned int i;

	for (i = 0; i < XEN_QUEUE_WORKERS; i++)
		if (t->q.workers[i].q)
			timer_delete_sync(&t->q.workers[i].timer);
	if (t->xq.to)
		xnb_to_close(&t->xq);
	xnb_to_release(&t->xq);
	xnb_from_release(&t->xq);
	for (i = 0; i < XNB_TEST_BUFFERS; i++)
		if (t->statics[i].map.page)
			__free_page(t->statics[i].map.page);
	xa_destroy(&t->xq.statics);
}

/* The inverse, also of a half-made one; a suite's exit function. */
void xnb_test_end(struct kunit *test)
{
	struct xnb_test *t = test->priv;

	if (!t)
		return;
	if (t->vif) {
		xnb_vif_down(t->vif);
		drop_queue(t);
		rtnl_lock();
		netdev_rx_handler_unregister(t->vif->dev);
		rtnl_unlock();
		if (t->napi.dev)
			netif_napi_del(&t->napi);
		flush_work(&t->be.fail_work);
		xnb_vif_destroy(t->vif);
		xnb_vif_free(t->vif);
	}
	skb_queue_purge(&t->received);
	if (t->xdev)
		device_unregister(&t->xdev->dev);
}

/* The guest's memory behind grant @n. */
u8 *xnb_test_buffer(struct xnb_test *t, unsigned int n)
{
	return page_address(t->statics[n].map.page);
}

/* One turn of a worker as the framework would run it. */
int xnb_test_turn(struct xnb_test *t, unsigned int worker, int items)
{
	struct xen_budget b = {
		.items = items, .bytes = LONG_MAX, .until = jiffies + 60 * HZ,
	};
	struct xen_worker *w = &t->q.workers[worker];
	int ret;

	local_bh_disable();
	ret = worker == XNB_WORKER_TO ? xnb_to_work(w, &b) :
					xnb_from_work(w, &b);
	local_bh_enable();
	return ret;
}

/* A timer will bring the worker back, or would have: the machine may be slow. */
bool xnb_test_comes_back(struct xnb_test *t, unsigned int worker)
{
	return timer_pending(&t->q.workers[worker].timer) || READ_ONCE(t->alarms);
}

/* Put one slot on the transmit ring. */
void xnb_test_send(struct kunit *test, const void *slot)
{
	struct xnb_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, 0, xen_ring_put(&t->tx, slot, XNB_TX_SLOT_SIZE));
}
