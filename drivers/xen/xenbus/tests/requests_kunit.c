// SPDX-License-Identifier: GPL-2.0
/* Requests, transactions, watches and the gate, against a store that is part of the test. */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <xen/xen.h>
#include "fake_store.h"

#define DIR	"test"

static int test_init(struct kunit *test)
{
	if (xen_domain())
		kunit_skip(test, "this machine has a real store");
	KUNIT_ASSERT_EQ(test, 0, fake_store_start());
	memset(&fake_store, 0, sizeof(fake_store));
	return xenbus_rm(XBT_NIL, DIR, "");
}

static void values(struct kunit *test)
{
	unsigned int n = 0, size, m = 0;
	char *text = NULL;

	KUNIT_EXPECT_EQ(test, -ENOENT, xenbus_scanf(XBT_NIL, DIR, "n", "%u", &n));
	KUNIT_EXPECT_EQ(test, 7, xenbus_read_unsigned(DIR, "n", 7));
	KUNIT_EXPECT_EQ(test, 0, xenbus_exists(XBT_NIL, DIR, "n"));
	KUNIT_EXPECT_EQ(test, 0, xenbus_printf(XBT_NIL, DIR, "n", "%u", 42));
	KUNIT_EXPECT_EQ(test, 1, xenbus_exists(XBT_NIL, DIR, "n"));
	KUNIT_EXPECT_EQ(test, 42, xenbus_read_unsigned(DIR, "n", 7));
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "t", "text"));
	KUNIT_EXPECT_EQ(test, -ERANGE, xenbus_scanf(XBT_NIL, DIR, "t", "%u", &n));
	KUNIT_EXPECT_EQ(test, 0, xenbus_gather(XBT_NIL, DIR, "n", "%u", &n, "t", NULL, &text,
					       NULL));
	KUNIT_EXPECT_EQ(test, 42, n);
	KUNIT_EXPECT_STREQ(test, "text", text);
	kfree(text);
	KUNIT_EXPECT_EQ(test, -EINVAL, xenbus_gather(XBT_NIL, DIR, "t", "%u", &m, NULL));
	KUNIT_EXPECT_EQ(test, -ENOENT, xenbus_gather(XBT_NIL, DIR, "x", "%u", &m, NULL));
	text = xenbus_read(XBT_NIL, DIR, "t", &size);
	KUNIT_ASSERT_FALSE(test, IS_ERR(text));
	KUNIT_EXPECT_EQ(test, 4, size);
	kfree(text);
}

/* As long as the protocol allows, and one byte more. */
static void big_value(struct kunit *test)
{
	unsigned int max = XENSTORE_PAYLOAD_MAX - sizeof(DIR "/v"), size;
	char *value = kunit_kzalloc(test, max + 2, GFP_KERNEL), *got;

	memset(value, 'v', max);
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "v", value));
	got = xenbus_read(XBT_NIL, DIR, "v", &size);
	KUNIT_ASSERT_FALSE(test, IS_ERR(got));
	KUNIT_EXPECT_EQ(test, max, size);
	KUNIT_EXPECT_STREQ(test, value, got);
	kfree(got);
	value[max] = 'v';
	KUNIT_EXPECT_EQ(test, -E2BIG, xenbus_write(XBT_NIL, DIR, "v", value));
}

static void directories(struct kunit *test)
{
	unsigned int count = 0, i;
	char **names, name[40];

	names = xenbus_directory(XBT_NIL, DIR, "none", &count);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_EXPECT_EQ(test, 0, count);
	kfree(names);
	/* More than one message holds, so that it comes in parts. */
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "a-rather-long-name-%03u", i);
		KUNIT_ASSERT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, name, ""));
	}
	names = xenbus_directory(XBT_NIL, DIR, "", &count);
	KUNIT_ASSERT_FALSE(test, IS_ERR(names));
	KUNIT_ASSERT_EQ(test, 300, count);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "a-rather-long-name-%03u", i);
		KUNIT_EXPECT_STREQ(test, name, names[i]);
	}
	kfree(names);
}

static void transactions(struct kunit *test)
{
	struct xenbus_transaction xbt;

	KUNIT_ASSERT_EQ(test, 0, xenbus_transaction_start(&xbt));
	KUNIT_EXPECT_NE(test, 0, xbt.id);
	KUNIT_EXPECT_EQ(test, 1, fake_store.open);
	fake_store.conflicts = 1;
	KUNIT_EXPECT_EQ(test, -EAGAIN, xenbus_transaction_end(xbt, false));
	KUNIT_EXPECT_EQ(test, 0, fake_store.open);
	KUNIT_ASSERT_EQ(test, 0, xenbus_transaction_start(&xbt));
	KUNIT_EXPECT_EQ(test, 0, xenbus_transaction_end(xbt, true));
}

static struct xenbus_device *fake_device(struct kunit *test)
{
	struct xenbus_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);

	dev->nodename = DIR;
	dev->state = XenbusStateInitialising;
	device_initialize(&dev->dev);
	dev_set_name(&dev->dev, "fake");
	xenbus_printf(XBT_NIL, DIR, "state", "%u", XenbusStateInitialising);
	return dev;
}

static unsigned int state_in_store(void)
{
	return xenbus_read_unsigned(DIR, "state", 99);
}

static void states(struct kunit *test)
{
	struct xenbus_device *dev = fake_device(test);

	xenbus_switch_state(dev, XenbusStateInitWait);
	KUNIT_EXPECT_EQ(test, XenbusStateInitWait, state_in_store());
	/* Others may get in between, many times. */
	fake_store.conflicts = 20;
	xenbus_switch_state(dev, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, XenbusStateConnected, state_in_store());
	KUNIT_EXPECT_EQ(test, XenbusStateConnected, dev->state);
	/* But not for ever: then the device closes, and says why. */
	fake_store.conflicts = 64;
	xenbus_switch_state(dev, XenbusStateReconfiguring);
	KUNIT_EXPECT_EQ(test, XenbusStateClosing, state_in_store());
	KUNIT_EXPECT_EQ(test, XenbusStateClosing, dev->state);
	KUNIT_EXPECT_EQ(test, 1, xenbus_exists(XBT_NIL, "error/" DIR, "error"));
	KUNIT_EXPECT_EQ(test, 0, fake_store.open);
	/* The same again costs nothing. */
	fake_store.requests = 0;
	xenbus_switch_state(dev, XenbusStateClosing);
	KUNIT_EXPECT_EQ(test, 0, fake_store.requests);
}

static void foreign_states(struct kunit *test)
{
	struct xenbus_device *dev = fake_device(test);

	/* Made anew under a connected device: not ours to write. */
	dev->state = XenbusStateConnected;
	xenbus_switch_state(dev, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, XenbusStateInitialising, state_in_store());
	KUNIT_EXPECT_EQ(test, XenbusStateConnected, dev->state);
	/* Removed: not to be made again. */
	xenbus_rm(XBT_NIL, DIR, "state");
	xenbus_switch_state(dev, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, 99, state_in_store());
	KUNIT_EXPECT_EQ(test, XenbusStateClosed, dev->state);
	dev->vanished = true;
	KUNIT_EXPECT_EQ(test, XenbusStateUnknown, (xenbus_read_driver_state)(dev, DIR));
}

/*
 * Watches
 */

static struct seen {
	struct xenbus_watch watch;
	struct completion go;
	unsigned int calls, most;
	bool hold;
	char last[64];
} seen;

static void note(struct xenbus_watch *watch, const char *path, const char *token)
{
	seen.calls++;
	strscpy(seen.last, path, sizeof(seen.last));
	if (seen.hold)
		wait_for_completion(&seen.go);
	seen.most = max(seen.most, watch->nr_pending);
}

static void seen_begin(struct kunit *test, const char *node)
{
	memset(&seen, 0, sizeof(seen));
	init_completion(&seen.go);
	seen.watch.node = node;
	seen.watch.callback = note;
	KUNIT_ASSERT_EQ(test, 0, register_xenbus_watch(&seen.watch));
}

/* What has been said is queued, and if nothing holds it up, called. */
static void let_call(void)
{
	unsigned int tries = 0;

	fake_store_settle();
	while (!seen.hold && READ_ONCE(seen.watch.nr_pending) && tries++ < 1000)
		schedule_timeout_uninterruptible(1);
	schedule_timeout_uninterruptible(2);
}

static void watch_fires(struct kunit *test)
{
	seen_begin(test, DIR);
	KUNIT_EXPECT_EQ(test, -EEXIST, register_xenbus_watch(&seen.watch));
	let_call();
	KUNIT_EXPECT_EQ(test, 1, seen.calls);
	KUNIT_EXPECT_STREQ(test, DIR, (char *)seen.last);
	xenbus_write(XBT_NIL, DIR, "x", "1");
	let_call();
	KUNIT_EXPECT_EQ(test, 2, seen.calls);
	KUNIT_EXPECT_STREQ(test, DIR "/x", (char *)seen.last);
	unregister_xenbus_watch(&seen.watch);
	KUNIT_EXPECT_EQ(test, 0, fake_store.watches);
	xenbus_write(XBT_NIL, DIR, "x", "2");
	let_call();
	KUNIT_EXPECT_EQ(test, 2, seen.calls);
}

/* XSA-349: whatever the peer writes, and wherever below, one event is pending. */
static void flood_by_peer(struct kunit *test)
{
	char path[64];
	int i;

	seen_begin(test, "/local/domain/9/state");
	let_call();
	seen.hold = true;
	fake_store_fire("/local/domain/9/state", 1);
	fake_store_settle();
	for (i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/local/domain/9/state/%d", i);
		fake_store_fire(path, 500);
		fake_store_settle();
		KUNIT_EXPECT_LE(test, seen.watch.nr_pending, 1);
	}
	seen.hold = false;
	complete_all(&seen.go);
	let_call();
	KUNIT_EXPECT_EQ(test, 3, seen.calls);
	unregister_xenbus_watch(&seen.watch);
}

/* Others keep one event for each path, up to a limit; beyond it one for the node itself. */
static void flood_of_paths(struct kunit *test)
{
	char path[64];
	int i;

	seen_begin(test, DIR);
	let_call();
	seen.hold = true;
	fake_store_fire(DIR, 1);
	let_call();
	fake_store_fire(DIR "/same", 1000);
	fake_store_settle();
	KUNIT_EXPECT_EQ(test, 1, seen.watch.nr_pending);
	for (i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), DIR "/%d", i);
		fake_store_fire(path, 1);
		if (i % 50 == 49)
			fake_store_settle();
	}
	KUNIT_EXPECT_EQ(test, 257, seen.watch.nr_pending);
	KUNIT_EXPECT_TRUE(test, seen.watch.lost);
	seen.hold = false;
	complete_all(&seen.go);
	let_call();
	KUNIT_EXPECT_EQ(test, 2 + 257, seen.calls);
	KUNIT_EXPECT_STREQ(test, DIR, (char *)seen.last);
	unregister_xenbus_watch(&seen.watch);
}

/* Events that wait when the watch goes are dropped, and its callback is waited for. */
static int finish(void *unused)
{
	schedule_timeout_uninterruptible(HZ / 10);
	seen.hold = false;
	complete_all(&seen.go);
	return 0;
}

static void unregister_waits(struct kunit *test)
{
	seen_begin(test, DIR);
	let_call();
	seen.hold = true;
	fake_store_fire(DIR, 1);
	let_call();
	fake_store_fire(DIR "/x", 1);
	fake_store_settle();
	kthread_run(finish, NULL, "xenbus_test");
	unregister_xenbus_watch(&seen.watch);
	KUNIT_EXPECT_FALSE(test, seen.hold);
	KUNIT_EXPECT_EQ(test, 2, seen.calls);
}

/*
 * Suspend, and a store that does what it should not
 */

static struct {
	struct completion done;
	int result;
} late;

static int write_late(void *unused)
{
	late.result = xenbus_write(XBT_NIL, DIR, "late", "1");
	complete(&late.done);
	return 0;
}

static void suspend(struct kunit *test)
{
	unsigned int generation = xs_generation();

	seen_begin(test, DIR);
	let_call();
	init_completion(&late.done);
	xs_suspend();
	kthread_run(write_late, NULL, "xenbus_test");
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&late.done, HZ / 10));
	fake_store_forget();
	xs_resume();
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&late.done, HZ * 5));
	KUNIT_EXPECT_EQ(test, 0, late.result);
	KUNIT_EXPECT_NE(test, generation, xs_generation());
	let_call();
	/* Set again, and it fired again. */
	KUNIT_EXPECT_EQ(test, 1, fake_store.watches);
	KUNIT_EXPECT_GE(test, seen.calls, 2);
	unregister_xenbus_watch(&seen.watch);
}

static void suspend_cancelled(struct kunit *test)
{
	unsigned int generation = xs_generation();

	seen_begin(test, DIR);
	let_call();
	xs_suspend();
	xs_suspend_cancel();
	/* The store is the same, and so are the transactions of users. */
	KUNIT_EXPECT_EQ(test, generation, xs_generation());
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "x", "1"));
	let_call();
	KUNIT_EXPECT_EQ(test, 2, seen.calls);
	unregister_xenbus_watch(&seen.watch);
}

static int suspender(void *unused)
{
	xs_suspend();
	xs_suspend_cancel();
	complete(&late.done);
	return 0;
}

/* A suspend waits for an open transaction, whose owner may still ask outside of it. */
static void suspend_waits_for_transaction(struct kunit *test)
{
	struct xenbus_transaction xbt;

	init_completion(&late.done);
	KUNIT_ASSERT_EQ(test, 0, xenbus_transaction_start(&xbt));
	kthread_run(suspender, NULL, "xenbus_test");
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&late.done, HZ / 10));
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "x", "1"));
	KUNIT_EXPECT_EQ(test, 0, xenbus_transaction_end(xbt, false));
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&late.done, HZ * 5));
}

static void store_lies(struct kunit *test)
{
	static const struct xsd_sockmsg nobody = { .type = XS_READ, .req_id = ~0U, .len = 3 };
	static const struct xsd_sockmsg event = { .type = XS_WATCH_EVENT, .len = 3 };

	fake_store_say(&nobody, "abc");
	fake_store_say(&event, "abc");
	fake_store_settle();
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "x", "1"));
	/* The request is lost, then the ring breaks: an error, and the next one works. */
	init_completion(&late.done);
	fake_store.lost = 1;
	kthread_run(write_late, NULL, "xenbus_test");
	KUNIT_EXPECT_EQ(test, 0, wait_for_completion_timeout(&late.done, HZ / 10));
	fake_store_break_ring();
	KUNIT_EXPECT_NE(test, 0, wait_for_completion_timeout(&late.done, HZ * 5));
	KUNIT_EXPECT_EQ(test, -EIO, late.result);
	KUNIT_EXPECT_EQ(test, 0, xenbus_write(XBT_NIL, DIR, "x", "2"));
}

static struct kunit_case xenbus_cases[] = {
	KUNIT_CASE(values),
	KUNIT_CASE(big_value),
	KUNIT_CASE(directories),
	KUNIT_CASE(transactions),
	KUNIT_CASE(states),
	KUNIT_CASE(foreign_states),
	KUNIT_CASE(watch_fires),
	KUNIT_CASE(flood_by_peer),
	KUNIT_CASE(flood_of_paths),
	KUNIT_CASE(unregister_waits),
	KUNIT_CASE(suspend),
	KUNIT_CASE(suspend_cancelled),
	KUNIT_CASE(suspend_waits_for_transaction),
	KUNIT_CASE(store_lies),
	{}
};

static struct kunit_suite xenbus_suite = {
	.name = "xen-xenbus",
	.init = test_init,
	.test_cases = xenbus_cases,
};

kunit_test_suite(xenbus_suite);
