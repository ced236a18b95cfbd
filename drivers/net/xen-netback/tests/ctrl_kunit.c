// SPDX-License-Identifier: GPL-2.0
/* The control ring as its worker sees it: requests on the ring in, configurations in force. */
#include <kunit/test.h>
#include "fixture.h"

/* A control queue beside the fixture's data queue. */
struct ctrl_test {
	struct xen_queue q;
	struct xen_ring front;
};

static struct ctrl_test *ctrl_begin(struct kunit *test)
{
	struct xnb_test *t = xnb_test_begin(test);
	struct ctrl_test *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->q.be = &t->be;
	c->q.workers[0].q = &c->q;
	c->q.channels[0].q = &c->q;
	xnb_test_ring(test, &c->front, &c->q.rings[0].ring,
		      sizeof(struct xnb_ctrl_req));
	KUNIT_ASSERT_EQ(test, 0, xnb_ctrl_alloc(&c->q));
	return c;
}

/* One request and its turn. Return: the status that came back. */
static u32 ask(struct kunit *test, struct ctrl_test *c, u16 type, u32 arg)
{
	struct xen_budget b = { .items = 64, .bytes = LONG_MAX, .until = jiffies + 60 * HZ };
	struct xnb_ctrl_req req = { .type = type, .data = { arg } };
	struct xnb_ctrl_rsp rsp __aligned(8) = { .status = ~0U };

	KUNIT_EXPECT_EQ(test, 0, xen_ring_put(&c->front, &req, sizeof(req)));
	xen_ring_publish(&c->front);
	KUNIT_EXPECT_EQ(test, 0, xnb_ctrl_work(&c->q.workers[0], &b));
	KUNIT_EXPECT_EQ(test, 1, xen_ring_poll(&c->front));
	KUNIT_EXPECT_EQ(test, 0, xen_ring_take(&c->front, &rsp, sizeof(rsp)));
	return rsp.status;
}

/* However often a guest changes its hash, there are two of them, and both know all of it. */
static void two_configurations(struct kunit *test)
{
	struct ctrl_test *c = ctrl_begin(test);
	struct xnb_test *t = test->priv;
	const struct xnb_hash *seen[2] = { }, *now;
	unsigned int i;

	KUNIT_EXPECT_NULL(test, rcu_access_pointer(t->vif->hash));
	KUNIT_EXPECT_EQ(test, XNB_CTRL_OK, ask(test, c, XNB_CTRL_SET_HASH_ALG,
					       XNB_HASH_ALG_TOEPLITZ));
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, XNB_CTRL_OK, ask(test, c, XNB_CTRL_SET_HASH_FLAGS,
						       1U << i % 4));
		now = rcu_access_pointer(t->vif->hash);
		KUNIT_ASSERT_NOT_NULL(test, now);
		KUNIT_EXPECT_EQ(test, XNB_HASH_ALG_TOEPLITZ, now->alg);
		KUNIT_EXPECT_EQ(test, 1U << i % 4, now->flags);
		if (i >= 2)
			KUNIT_EXPECT_PTR_EQ(test, seen[i % 2], now);
		seen[i % 2] = now;
	}
	KUNIT_EXPECT_PTR_NE(test, seen[0], seen[1]);
	/* What is refused changes nothing, and nothing changes places. */
	KUNIT_EXPECT_NE(test, XNB_CTRL_OK, ask(test, c, XNB_CTRL_SET_HASH_ALG, 77));
	KUNIT_EXPECT_PTR_EQ(test, now, rcu_access_pointer(t->vif->hash));
	xnb_ctrl_release(&c->q);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(t->vif->hash));
}

static struct kunit_case ctrl_cases[] = {
	KUNIT_CASE(two_configurations),
	{}
};

static struct kunit_suite ctrl_suite = {
	.name = "xen-netback-ctrl",
	.exit = xnb_test_end,
	.test_cases = ctrl_cases,
};

kunit_test_suite(ctrl_suite);
