// SPDX-License-Identifier: GPL-2.0
/*
 * Contracts of the backend framework that need no hypervisor: rings, the life table, negotiation,
 * budgets, accounts. The same pure code is tested harder in user space (tools/testing/xen-unit);
 * here it runs as the kernel's compiler built it.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/hv_status.h>
#include <xen/xen.h>
#include "../../tests/fake_hv.h"
#include "../internal.h"

#define SLOT	112

struct pair {
	void *page;
	struct xen_ring front, back;
};

static void pair_init(struct kunit *test, struct pair *p)
{
	p->page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->page);
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_front(&p->front, xen_shared_box(p->page),
						     XEN_PAGE_SIZE, SLOT));
	KUNIT_ASSERT_EQ(test, 0, xen_ring_init_back(&p->back, xen_shared_box(p->page),
						    XEN_PAGE_SIZE, SLOT));
}

static void ring_round_trip(struct kunit *test)
{
	u64 slot[SLOT / 8] = {}, next = 0, seen = 0;
	struct pair p;
	int round;

	pair_init(test, &p);
	for (round = 0; round < 1000; round++) {
		while (xen_ring_room(&p.front) > round % 7) {
			slot[0] = next++;
			KUNIT_ASSERT_EQ(test, 0, xen_ring_put(&p.front, slot, SLOT));
		}
		xen_ring_publish(&p.front);
		KUNIT_ASSERT_GE(test, xen_ring_poll(&p.back), 0);
		while (!xen_ring_take(&p.back, slot, SLOT)) {
			KUNIT_ASSERT_EQ(test, slot[0], seen);
			seen++;
			KUNIT_ASSERT_EQ(test, 0, xen_ring_put(&p.back, slot, 16));
		}
		xen_ring_publish(&p.back);
		KUNIT_ASSERT_GE(test, xen_ring_poll(&p.front), 0);
		while (!xen_ring_take(&p.front, slot, 16))
			;
	}
	KUNIT_EXPECT_EQ(test, next, seen);
}

static void ring_lies(struct kunit *test)
{
	struct pair p;
	u64 slot[SLOT / 8];

	pair_init(test, &p);
	*(u32 *)p.page = 33;
	KUNIT_EXPECT_EQ(test, -EPROTO, xen_ring_poll(&p.back));
	*(u32 *)p.page = 1;
	KUNIT_EXPECT_EQ(test, -EPROTO, xen_ring_poll(&p.back));
	KUNIT_EXPECT_EQ(test, -EPROTO, xen_ring_take(&p.back, slot, SLOT));
	KUNIT_EXPECT_FALSE(test, xen_ring_publish(&p.back));
}

static void ring_event_is_asked_for(struct kunit *test)
{
	u64 slot[SLOT / 8] = {};
	struct pair p;

	pair_init(test, &p);
	KUNIT_EXPECT_EQ(test, 0, xen_ring_arm(&p.back, 1));
	KUNIT_EXPECT_EQ(test, 0, xen_ring_put(&p.front, slot, SLOT));
	KUNIT_EXPECT_TRUE(test, xen_ring_publish(&p.front));
	KUNIT_EXPECT_EQ(test, 0, xen_ring_put(&p.front, slot, SLOT));
	KUNIT_EXPECT_FALSE(test, xen_ring_publish(&p.front));
}

/* From every state, whatever the peer says, removal ends the device; then nothing moves it. */
static void life_ends(struct kunit *test)
{
	int ours, theirs, event;

	for (theirs = 0; theirs < XEN_PEER_NR; theirs++) {
		for (ours = 0; ours < XEN_LIFE_GONE; ours++)
			KUNIT_EXPECT_EQ(test, XEN_ACT_REMOVE,
					xen_life_action(ours, theirs, XEN_EVENT_REMOVE));
		for (event = 0; event < XEN_EVENT_NR; event++)
			KUNIT_EXPECT_EQ(test, XEN_ACT_NONE,
					xen_life_action(XEN_LIFE_GONE, theirs, event));
	}
}

/* Nothing connects before the gate is open, and only a ready frontend is connected. */
static void life_connects_when_ready(struct kunit *test)
{
	int ours, theirs, event;

	for (ours = 0; ours < XEN_LIFE_NR; ours++)
		for (theirs = 0; theirs < XEN_PEER_NR; theirs++)
			for (event = 0; event < XEN_EVENT_NR; event++) {
				if (xen_life_action(ours, theirs, event) != XEN_ACT_CONNECT)
					continue;
				KUNIT_EXPECT_EQ(test, XEN_PEER_READY, theirs);
				KUNIT_EXPECT_NE(test, XEN_LIFE_LIVE, ours);
				if (ours == XEN_LIFE_WAIT)
					KUNIT_EXPECT_EQ(test, XEN_EVENT_GATE, event);
			}
}

static void want_bounds(struct kunit *test)
{
	struct xen_want want = { .node = "n", .kind = XEN_WANT_REFUSE, .def = 5, .min = 1,
				 .max = 4 };
	u32 out = 0;

	KUNIT_EXPECT_EQ(test, 0, xen_want_parse(&want, NULL, &out));
	KUNIT_EXPECT_EQ(test, 5, out);
	KUNIT_EXPECT_EQ(test, -ERANGE, xen_want_parse(&want, "0", &out));
	KUNIT_EXPECT_EQ(test, -ERANGE, xen_want_parse(&want, "5", &out));
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_want_parse(&want, "4x", &out));
	KUNIT_EXPECT_EQ(test, 0, xen_want_parse(&want, "4", &out));
	KUNIT_EXPECT_EQ(test, 4, out);
}

static void budget_runs_out(struct kunit *test)
{
	struct xen_budget b = { .items = 3, .bytes = 1000, .until = jiffies + HZ };

	KUNIT_EXPECT_TRUE(test, xen_budget_spend(&b, 1));
	KUNIT_EXPECT_TRUE(test, xen_budget_spend(&b, 1));
	KUNIT_EXPECT_FALSE(test, xen_budget_spend(&b, 1));
	KUNIT_EXPECT_EQ(test, 3, b.used);
	b = (struct xen_budget){ .items = 30, .bytes = 1000, .until = jiffies + HZ };
	KUNIT_EXPECT_FALSE(test, xen_budget_spend(&b, 1000));
	b = (struct xen_budget){ .items = 30, .bytes = 1000, .until = jiffies - 1 };
	while (xen_budget_spend(&b, 1))
		;
	KUNIT_EXPECT_EQ(test, 16, b.used);
}

static void account_limits(struct kunit *test)
{
	struct xen_account *acct = xen_account_get(DOMID_FIRST_RESERVED - 1);

	KUNIT_ASSERT_NOT_NULL(test, acct);
	KUNIT_EXPECT_TRUE(test, xen_account_charge(acct, XEN_CHARGE_MAPS, 8, 10));
	KUNIT_EXPECT_FALSE(test, xen_account_charge(acct, XEN_CHARGE_MAPS, 3, 10));
	KUNIT_EXPECT_TRUE(test, xen_account_charge(acct, XEN_CHARGE_MAPS, 2, 10));
	KUNIT_EXPECT_EQ(test, 10, atomic_long_read(&acct->held[XEN_CHARGE_MAPS]));
	KUNIT_EXPECT_EQ(test, 10, atomic_long_read(&acct->peak[XEN_CHARGE_MAPS]));
	KUNIT_EXPECT_EQ(test, 1, atomic_long_read(&acct->refused[XEN_CHARGE_MAPS]));
	KUNIT_EXPECT_PTR_EQ(test, acct, xen_account_get(DOMID_FIRST_RESERVED - 1));
	xen_account_put(acct);
	xen_account_put(acct);
}

static void status_table(struct kunit *test)
{
	int status;

	KUNIT_EXPECT_EQ(test, 0, xen_hv_gnt_errno(GNTST_okay));
	KUNIT_EXPECT_EQ(test, -EAGAIN, xen_hv_gnt_errno(GNTST_eagain));
	/* All else is an error, also the positive value of a slot that no hypercall reached. */
	for (status = -64; status <= 64; status++)
		if (status != GNTST_okay)
			KUNIT_EXPECT_LT(test, xen_hv_gnt_errno(status), 0);
}

static void spin_learns(struct kunit *test)
{
	struct xen_worker w = {};
	struct pair p;
	u64 slot[SLOT / 8] = {};
	int i;

	pair_init(test, &p);
	w.watch = &p.back;
	/* Short sleeps make the look longer, up to a bound; a long one ends it. */
	for (i = 0; i < 20; i++)
		xen_worker_slept(&w, 1000);
	KUNIT_EXPECT_GT(test, w.spin_ns, 0);
	KUNIT_EXPECT_LE(test, w.spin_ns, 1000 * 1000);
	xen_worker_slept(&w, NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, w.spin_ns, 0);
	/* Looks of full length that find nothing have to be earned anew, and ever harder. */
	for (i = 0; i < 3; i++) {
		while (w.spin_ns < 1000 * READ_ONCE(*xen_worker_spin_us))
			xen_worker_slept(&w, 1000);
		xen_worker_spin(&w);
		if (w.spin_ns)
			kunit_skip(test, "somebody else wants this CPU");
		KUNIT_EXPECT_EQ(test, w.spin_skip, 2U << i);
	}
	/* What is on the ring is found, and forgives. */
	while (!w.spin_ns)
		xen_worker_slept(&w, 1000);
	KUNIT_EXPECT_EQ(test, 0, xen_ring_put(&p.front, slot, SLOT));
	xen_ring_publish(&p.front);
	KUNIT_EXPECT_TRUE(test, xen_worker_spin(&w));
	KUNIT_EXPECT_EQ(test, w.spin_fails, 0);
	KUNIT_EXPECT_EQ(test, w.spun, 1);
}

/* References that share a place of the hot table are told apart. */
static void cache_finds(struct kunit *test)
{
	static const grant_ref_t refs[] = { 5, 5 + XEN_GCACHE_HOT, 7, 5 + 2 * XEN_GCACHE_HOT };
	struct xen_backend *be = kunit_kzalloc(test, sizeof(*be), GFP_KERNEL);
	struct xen_gcache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);
	struct xen_gkept *kept, *next;
	int i, round;

	KUNIT_ASSERT_NOT_NULL(test, be);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	be->account = kunit_kzalloc(test, sizeof(*be->account), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, be->account);
	xen_gcache_init(cache, be, NULL, 3);
	for (i = 0; i < 4; i++) {
		struct xen_gmap map = { .ref = refs[i] };

		kept = xen_gcache_keep(cache, &map);
		/* The fourth is one too many. */
		KUNIT_EXPECT_EQ(test, !kept, i == 3);
	}
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++) {
			kept = xen_gcache_get(cache, refs[i]);
			KUNIT_ASSERT_NOT_NULL(test, kept);
			KUNIT_EXPECT_EQ(test, kept->map.ref, refs[i]);
		}
		KUNIT_EXPECT_NULL(test, xen_gcache_get(cache, refs[3]));
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&be->account->held[XEN_CHARGE_KEPT]), 3);
	list_for_each_entry_safe(kept, next, &cache->lru, lru) {
		KUNIT_EXPECT_EQ(test, atomic_read(&kept->users), 4);
		kfree(kept);
	}
	xa_destroy(&cache->by_ref);
}

/* A device that nobody serves, and its account. */
static struct xen_backend *fake_backend(struct kunit *test)
{
	struct xen_backend *be = kunit_kzalloc(test, sizeof(*be), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, be);
	be->account = kunit_kzalloc(test, sizeof(*be->account), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, be->account);
	snprintf(be->name, sizeof(be->name), "kunit");
	return be;
}

static long held_pages(const struct xen_backend *be)
{
	return atomic_long_read(&be->account->held[XEN_CHARGE_PAGES]);
}

/* Pages are the guest's to answer for as long as they are there. */
static void pool_is_charged(struct kunit *test)
{
	struct xen_backend *be = fake_backend(test);
	struct page *pages[3];
	struct xen_gpool pool;
	unsigned int i;

	if (!xen_domain())
		kunit_skip(test, "no pages to map behind");
	xen_gpool_init(&pool, be);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		KUNIT_ASSERT_EQ(test, 0, xen_gpool_get(&pool, &pages[i]));
	KUNIT_EXPECT_EQ(test, 3, held_pages(be));
	xen_gpool_put(&pool, pages, 3);
	KUNIT_EXPECT_EQ(test, 3, held_pages(be));
	KUNIT_ASSERT_EQ(test, 0, xen_gpool_get(&pool, &pages[0]));
	KUNIT_EXPECT_EQ(test, 3, held_pages(be));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&pool.out));
	xen_gpool_shrink(&pool, 1);
	KUNIT_EXPECT_EQ(test, 2, held_pages(be));
	xen_gpool_put(&pool, pages, 1);
	xen_gpool_shrink(&pool, 0);
	KUNIT_EXPECT_EQ(test, 0, held_pages(be));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&pool.out));
}

static bool claim_all(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	return true;
}

static long refuse(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	return -EOPNOTSUPP;
}

static bool device_is_left(struct xen_backend *be)
{
	int tries;

	for (tries = 0; tries < 500 && kref_read(&be->ref) > 1; tries++)
		msleep(20);
	return kref_read(&be->ref) == 1;
}

/* A page that the network still sends from is waited for, but not by who takes the disk away. */
static void cache_leaves_what_is_used(struct kunit *test)
{
	struct xen_gcache *cache = kunit_kzalloc(test, sizeof(*cache), GFP_KERNEL);
	struct xen_backend *be = fake_backend(test);
	struct xen_gmap map = { .ref = 8, .mapped = true };
	unsigned long begin = jiffies;
	struct xen_gkept *kept;
	struct xen_gpool pool;

	if (xen_domain())
		kunit_skip(test, "the hypervisor knows of no such mapping");
	KUNIT_ASSERT_NOT_NULL(test, cache);
	xen_fake_hv_new(test, &(struct xen_fake_hv){
		.claims = claim_all, .call = refuse, .everybody = true,
	}, sizeof(struct xen_fake_hv));
	kref_init(&be->ref);
	xen_gpool_init(&pool, be);
	xen_gcache_init(cache, be, &pool, 3);
	map.page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map.page);
	atomic_inc(&pool.out);
	kept = xen_gcache_keep(cache, &map);
	KUNIT_ASSERT_NOT_NULL(test, kept);
	xen_gcache_put(kept);

	get_page(map.page);
	xen_gcache_destroy(cache);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, begin + 2 * HZ));
	KUNIT_EXPECT_EQ(test, 0, cache->nr);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&pool.out));
	KUNIT_EXPECT_EQ(test, 0, atomic_long_read(&be->leaked));
	KUNIT_EXPECT_EQ(test, 0, atomic_long_read(&be->unmaps));
	KUNIT_EXPECT_EQ(test, 2, kref_read(&be->ref));
	put_page(map.page);
	KUNIT_EXPECT_TRUE(test, device_is_left(be));
	KUNIT_EXPECT_EQ(test, 1, atomic_long_read(&be->unmaps));
	/* Nobody undid the mapping here, so nobody took the page. */
	KUNIT_EXPECT_EQ(test, 1, atomic_long_read(&be->leaked));
	__free_page(map.page);
}

/* A queue whose worker sits in a call that does not return, as the block layer's may. */
struct stuck {
	struct xen_backend be;
	struct xen_account account;
	struct xen_backend_driver drv;
	struct xenbus_device dev;
	struct completion inside, go_on, drained;
	struct xen_queue_set *set;
	unsigned int stops, releases;
};

static struct stuck *stuck_of(struct xen_queue *q)
{
	return container_of(q->be, struct stuck, be);
}

static int stuck_work(struct xen_worker *w, struct xen_budget *b)
{
	struct stuck *s = stuck_of(w->q);

	complete(&s->inside);
	wait_for_completion(&s->go_on);
	return 0;
}

static int stuck_init(struct xen_queue *q, const char *dir)
{
	return xen_queue_thread(q, 0, stuck_work, "kunit-stuck");
}

static void stuck_stop(struct xen_queue *q)
{
	stuck_of(q)->stops++;
}

static void stuck_release(struct xen_queue *q)
{
	stuck_of(q)->releases++;
}

static void stuck_drained(struct work_struct *work)
{
	complete(&container_of(work, struct stuck, be.drain_work)->drained);
}

static const struct xen_backend_ops stuck_ops = {
	.queue_init = stuck_init,
	.queue_stop = stuck_stop,
	.queue_release = stuck_release,
};

static struct stuck *stuck_begin(struct kunit *test)
{
	struct stuck *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->drv.ops = &stuck_ops;
	s->dev.otherend = "nowhere";
	s->be.account = &s->account;
	s->be.dev = &s->dev;
	s->be.drv = &s->drv;
	s->be.nr_queues = 1;
	kref_init(&s->be.ref);
	INIT_WORK(&s->be.drain_work, stuck_drained);
	init_completion(&s->inside);
	init_completion(&s->go_on);
	init_completion(&s->drained);
	KUNIT_ASSERT_EQ(test, 0, xen_set_build(&s->be, &s->set));
	return s;
}

/* The end of a connection is patient, not more; what it left behind ends by itself. */
static void stuck_worker_is_left(struct kunit *test)
{
	struct stuck *s = stuck_begin(test);

	xen_set_publish(&s->be, s->set);
	wait_for_completion(&s->inside);
	RCU_INIT_POINTER(s->be.set, NULL);
	xen_set_end(&s->be, s->set);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&s->be.orphans));
	KUNIT_EXPECT_EQ(test, 0, s->stops);
	KUNIT_EXPECT_EQ(test, 0, s->releases);
	complete(&s->go_on);
	wait_for_completion(&s->drained);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&s->be.orphans));
	KUNIT_EXPECT_EQ(test, 1, s->stops);
	KUNIT_EXPECT_EQ(test, 1, s->releases);
}

/* Nothing is left behind by a worker that comes back in time, or that never ran. */
static void workers_end(struct kunit *test)
{
	struct stuck *s = stuck_begin(test);

	complete_all(&s->go_on);
	xen_set_publish(&s->be, s->set);
	wait_for_completion(&s->inside);
	RCU_INIT_POINTER(s->be.set, NULL);
	xen_set_end(&s->be, s->set);
	KUNIT_EXPECT_EQ(test, 1, s->stops);
	KUNIT_EXPECT_EQ(test, 1, s->releases);
	KUNIT_ASSERT_EQ(test, 0, xen_set_build(&s->be, &s->set));
	xen_set_end(&s->be, s->set);
	KUNIT_EXPECT_EQ(test, 2, s->stops);
	KUNIT_EXPECT_EQ(test, 2, s->releases);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&s->be.orphans));
}

#define LATE_MS	200	/* far more than an event is held back */

static bool sent_is(struct xen_channel *ch, u64 nr)
{
	int ms;

	for (ms = 0; ms < LATE_MS && READ_ONCE(ch->sent) != nr; ms += 20)
		msleep(20);
	return READ_ONCE(ch->sent) == nr;
}

/* An event that fault injection holds back comes by itself, and not after the channel's end. */
static void events_come_late(struct kunit *test)
{
	struct xen_backend *be = kunit_kzalloc(test, sizeof(*be), GFP_KERNEL);
	struct xen_queue *q = kunit_kzalloc(test, sizeof(*q), GFP_KERNEL);
	struct xen_channel *ch;

	if (!IS_ENABLED(CONFIG_XEN_BACKEND_FAULT)) {
		kunit_skip(test, "no fault injection");
		return;
	}
	KUNIT_ASSERT_NOT_NULL(test, be);
	KUNIT_ASSERT_NOT_NULL(test, q);
	q->be = be;
	ch = &q->channels[0];
	ch->q = q;
	/* an interrupt that is no event channel's: nothing goes out */
	ch->irq = INT_MAX;
	xen_fault_late_init(ch);
	be->faults[XEN_FAULT_SLOW].every = 2;
	xen_channel_notify(ch);
	KUNIT_EXPECT_EQ(test, ch->sent, 1);
	xen_channel_notify(ch);
	KUNIT_EXPECT_TRUE(test, sent_is(ch, 2));
	be->faults[XEN_FAULT_SLOW].every = 1;
	/* the timer is this CPU's and does not run meanwhile */
	local_bh_disable();
	xen_channel_notify(ch);
	WRITE_ONCE(ch->irq, 0);
	local_bh_enable();
	xen_fault_late_end(ch);
	xen_channel_notify(ch);
	WRITE_ONCE(ch->irq, INT_MAX);
	KUNIT_EXPECT_FALSE(test, sent_is(ch, 3));
	xen_fault_late_end(ch);
}

static struct kunit_case backend_cases[] = {
	KUNIT_CASE(ring_round_trip),
	KUNIT_CASE(spin_learns),
	KUNIT_CASE(cache_finds),
	KUNIT_CASE(ring_lies),
	KUNIT_CASE(ring_event_is_asked_for),
	KUNIT_CASE(life_ends),
	KUNIT_CASE(life_connects_when_ready),
	KUNIT_CASE(want_bounds),
	KUNIT_CASE(budget_runs_out),
	KUNIT_CASE(account_limits),
	KUNIT_CASE(pool_is_charged),
	KUNIT_CASE(cache_leaves_what_is_used),
	KUNIT_CASE(stuck_worker_is_left),
	KUNIT_CASE(workers_end),
	KUNIT_CASE(events_come_late),
	KUNIT_CASE(status_table),
	{}
};

static struct kunit_suite backend_suite = {
	.name = "xen_backend",
	.test_cases = backend_cases,
};

kunit_test_suite(backend_suite);

MODULE_DESCRIPTION("KUnit tests of the Xen backend framework");
MODULE_LICENSE("GPL");
