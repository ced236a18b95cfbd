// SPDX-License-Identifier: GPL-2.0
/*
 * The store through /dev/xen/xenbus: data, transactions, watches, and two
 * clients at a time.  What a domain writes stays below XT_XS_HOME in its own
 * part of the store, and is removed.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define HOME	XT_XS_HOME

FIXTURE(store) {
	struct xt_xs a, b;
	char text[256];
};

FIXTURE_SETUP(store)
{
	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->a));
	ASSERT_EQ(0, xt_xs_open(&self->b));
	xt_xs_path_call(&self->a, XT_XS_RM, 0, HOME);
	ASSERT_EQ(0, xt_xs_path_call(&self->a, XT_XS_MKDIR, 0, HOME));
}

FIXTURE_TEARDOWN(store)
{
	struct xt_xs xs;

	/* A file of its own: a failed test may have left the others askew. */
	if (!xt_xs_open(&xs)) {
		xt_xs_path_call(&xs, XT_XS_RM, 0, HOME);
		xt_xs_close(&xs);
	}
	xt_xs_close(&self->a);
	xt_xs_close(&self->b);
}

TEST_F(store, write_and_read)
{
	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/x", "hello"));
	ASSERT_EQ(5, xt_xs_read_text(&self->b, 0, HOME "/x", self->text,
				     sizeof(self->text)));
	EXPECT_STREQ("hello", self->text);
	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/x", ""));
	EXPECT_EQ(0, xt_xs_read_text(&self->a, 0, HOME "/x", self->text,
				     sizeof(self->text)));
	EXPECT_EQ(-ENOENT, xt_xs_read(&self->a, 0, HOME "/none", NULL));
}

TEST_F(store, values_are_bytes)
{
	struct xt_xs_msg msg;
	char data[256];

	for (int i = 0; i < 256; i++)
		data[i] = i;
	ASSERT_EQ(0, xt_xs_write(&self->a, 0, HOME "/bytes", data, 256));
	ASSERT_EQ(0, xt_xs_read(&self->a, 0, HOME "/bytes", &msg));
	ASSERT_EQ(256, msg.hdr.len);
	EXPECT_EQ(0, memcmp(data, msg.body, 256));
}

/* The ring holds 1024 bytes each way: these go through it in pieces. */
TEST_F(store, large_values)
{
	static const int sizes[] = { 1, 1000, 1007, 1008, 1024, 1025, 2000 };
	char data[2048];
	struct xt_xs_msg msg;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		xt_fill(data, sizes[i], i);
		ASSERT_EQ(0, xt_xs_write(&self->a, 0, HOME "/large", data,
					 sizes[i]))
			TH_LOG("%d bytes", sizes[i]);
		ASSERT_EQ(0, xt_xs_read(&self->b, 0, HOME "/large", &msg));
		ASSERT_EQ(sizes[i], msg.hdr.len);
		EXPECT_TRUE(xt_filled(msg.body, sizes[i], i));
	}
}

TEST_F(store, directory)
{
	struct xt_xs_msg msg;
	unsigned int seen = 0;

	for (int i = 0; i < 12; i++) {
		snprintf(self->text, sizeof(self->text), HOME "/dir/%d", i);
		ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, self->text, "v"));
	}
	ASSERT_EQ(0, xt_xs_call(&self->b, XT_XS_DIRECTORY, 0, HOME "/dir",
				sizeof(HOME "/dir"), &msg));
	for (char *p = msg.body; p < msg.body + msg.hdr.len; p += strlen(p) + 1)
		seen |= 1U << atoi(p);
	EXPECT_EQ((1U << 12) - 1, seen);
	ASSERT_EQ(0, xt_xs_path_call(&self->a, XT_XS_RM, 0, HOME "/dir"));
	EXPECT_EQ(-ENOENT, xt_xs_path_call(&self->a, XT_XS_DIRECTORY, 0,
					   HOME "/dir/1"));
}

TEST_F(store, transaction_commits)
{
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_begin(&self->a, &tx));
	ASSERT_EQ(0, xt_xs_write_text(&self->a, tx, HOME "/t", "in"));
	EXPECT_EQ(2, xt_xs_read_text(&self->a, tx, HOME "/t", self->text,
				     sizeof(self->text)));
	/* Nobody else sees it yet, not even this file outside. */
	EXPECT_EQ(-ENOENT, xt_xs_read(&self->a, 0, HOME "/t", NULL));
	EXPECT_EQ(-ENOENT, xt_xs_read(&self->b, 0, HOME "/t", NULL));
	ASSERT_EQ(0, xt_xs_end(&self->a, tx, true));
	EXPECT_EQ(2, xt_xs_read_text(&self->b, 0, HOME "/t", self->text,
				     sizeof(self->text)));
	EXPECT_EQ(-ENOENT, xt_xs_end(&self->a, tx, true));
}

TEST_F(store, transaction_is_dropped)
{
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_begin(&self->a, &tx));
	ASSERT_EQ(0, xt_xs_write_text(&self->a, tx, HOME "/t", "in"));
	ASSERT_EQ(0, xt_xs_end(&self->a, tx, false));
	EXPECT_EQ(-ENOENT, xt_xs_read(&self->a, 0, HOME "/t", NULL));
}

TEST_F(store, conflict_is_reported)
{
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/c", "0"));
	ASSERT_EQ(0, xt_xs_begin(&self->a, &tx));
	ASSERT_EQ(1, xt_xs_read_text(&self->a, tx, HOME "/c", self->text,
				     sizeof(self->text)));
	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/c", "theirs"));
	ASSERT_EQ(0, xt_xs_write_text(&self->a, tx, HOME "/c", "ours"));
	EXPECT_EQ(-EAGAIN, xt_xs_end(&self->a, tx, true));
	ASSERT_EQ(6, xt_xs_read_text(&self->a, 0, HOME "/c", self->text,
				     sizeof(self->text)));
	EXPECT_STREQ("theirs", self->text);
}

TEST_F(store, transactions_belong_to_their_file)
{
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_begin(&self->a, &tx));
	EXPECT_EQ(-ENOENT, xt_xs_write_text(&self->b, tx, HOME "/t", "x"));
	EXPECT_EQ(-ENOENT, xt_xs_end(&self->b, tx, true));
	EXPECT_EQ(0, xt_xs_end(&self->a, tx, true));
}

/* Closing ends what was open; the store has room for only so many. */
TEST_F(store, close_drops_transactions)
{
	for (int i = 0; i < 12; i++) {
		struct xt_xs xs;
		uint32_t tx;

		ASSERT_EQ(0, xt_xs_open(&xs));
		ASSERT_EQ(0, xt_xs_begin(&xs, &tx))
			TH_LOG("round %d", i);
		ASSERT_EQ(0, xt_xs_write_text(&xs, tx, HOME "/t", "x"));
		xt_xs_close(&xs);
	}
	EXPECT_EQ(-ENOENT, xt_xs_read(&self->a, 0, HOME "/t", NULL));
}

TEST_F(store, watch_fires)
{
	struct xt_xs_event ev;

	ASSERT_EQ(0, xt_xs_watch(&self->a, XT_XS_WATCH, HOME "/w", "tok-1"));
	/* Registering counts as a change. */
	ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	EXPECT_STREQ(HOME "/w", ev.path);
	EXPECT_STREQ("tok-1", ev.token);

	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/w", "1"));
	ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	EXPECT_STREQ(HOME "/w", ev.path);
	/* Below the watched node too, with the path that changed. */
	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/w/sub", "1"));
	ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	EXPECT_STREQ(HOME "/w/sub", ev.path);
	EXPECT_STREQ("tok-1", ev.token);
	/* Not beside it. */
	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/wrong", "1"));
	EXPECT_EQ(-ETIMEDOUT, xt_xs_event(&self->a, &ev, 200));

	ASSERT_EQ(0, xt_xs_watch(&self->a, XT_XS_UNWATCH, HOME "/w", "tok-1"));
	ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, HOME "/w", "2"));
	EXPECT_EQ(-ETIMEDOUT, xt_xs_event(&self->a, &ev, 200));
}

TEST_F(store, watches_of_two_files)
{
	struct xt_xs_event ev;

	/* The same node, and even the same token: each file has its own. */
	ASSERT_EQ(0, xt_xs_watch(&self->a, XT_XS_WATCH, HOME "/w", "same"));
	ASSERT_EQ(0, xt_xs_watch(&self->b, XT_XS_WATCH, HOME "/w", "same"));
	ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	ASSERT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/w", "1"));
	EXPECT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	EXPECT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
	xt_xs_close(&self->b);
	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/w", "2"));
	EXPECT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	EXPECT_STREQ("same", ev.token);
}

TEST_F(store, transaction_fires_on_commit)
{
	struct xt_xs_event ev;
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_watch(&self->b, XT_XS_WATCH, HOME "/w", "t"));
	ASSERT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
	ASSERT_EQ(0, xt_xs_begin(&self->a, &tx));
	ASSERT_EQ(0, xt_xs_write_text(&self->a, tx, HOME "/w", "1"));
	EXPECT_EQ(-ETIMEDOUT, xt_xs_event(&self->b, &ev, 200));
	ASSERT_EQ(0, xt_xs_end(&self->a, tx, true));
	EXPECT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
}

TEST_F(store, many_watches_in_order)
{
	char path[64], token[32];
	struct xt_xs_event ev;

	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), HOME "/w%d", i);
		snprintf(token, sizeof(token), "token-%d", i);
		ASSERT_EQ(0, xt_xs_watch(&self->a, XT_XS_WATCH, path, token));
		ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
	}
	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), HOME "/w%d", i);
		ASSERT_EQ(0, xt_xs_write_text(&self->b, 0, path, "1"));
	}
	for (int i = 0; i < 10; i++) {
		snprintf(token, sizeof(token), "token-%d", i);
		ASSERT_EQ(0, xt_xs_event(&self->a, &ev, XT_XS_WAIT_MS));
		EXPECT_STREQ(token, ev.token);
	}
}

struct adder {
	pthread_t thread;
	int rounds, retries, status;
};

/* Adds one, again and again, each time as a transaction that may conflict. */
static int add_one(struct xt_xs *xs, int *retries)
{
	char text[32];
	uint32_t tx;
	int ret;

	for (;;) {
		ret = xt_xs_begin(xs, &tx);
		if (ret)
			return ret;
		ret = xt_xs_read_text(xs, tx, HOME "/sum", text, sizeof(text));
		if (ret < 0)
			return ret;
		snprintf(text, sizeof(text), "%d", atoi(text) + 1);
		ret = xt_xs_write_text(xs, tx, HOME "/sum", text);
		if (ret)
			return ret;
		ret = xt_xs_end(xs, tx, true);
		if (ret != -EAGAIN)
			return ret;
		++*retries;
	}
}

static void *adder(void *arg)
{
	struct adder *adder = arg;
	struct xt_xs xs;

	adder->status = xt_xs_open(&xs);
	for (int i = 0; i < adder->rounds && !adder->status; i++)
		adder->status = add_one(&xs, &adder->retries);
	xt_xs_close(&xs);
	return NULL;
}

TEST_F(store, concurrent_transactions_add_up)
{
	struct adder adders[3] = { 0 };

	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/sum", "0"));
	for (size_t i = 0; i < ARRAY_SIZE(adders); i++) {
		adders[i].rounds = 8;
		ASSERT_EQ(0, pthread_create(&adders[i].thread, NULL, adder,
					    &adders[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(adders); i++) {
		pthread_join(adders[i].thread, NULL);
		EXPECT_EQ(0, adders[i].status);
	}
	ASSERT_LT(0, xt_xs_read_text(&self->a, 0, HOME "/sum", self->text,
				     sizeof(self->text)));
	EXPECT_STREQ("24", self->text);
}

/* A reader who does not read must not stop the others. */
TEST_F(store, lazy_reader_harms_nobody)
{
	struct xt_xs_event ev;

	ASSERT_EQ(0, xt_xs_watch(&self->b, XT_XS_WATCH, HOME "/w", "lazy"));
	for (int i = 0; i < 60; i++)
		ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/w", "x"));
	/* Events of one path that wait together may be told once. */
	ASSERT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
	for (int i = 1; i < 60 && !xt_xs_event(&self->b, &ev, 100); i++)
		;
	ASSERT_EQ(0, xt_xs_write_text(&self->a, 0, HOME "/w", "y"));
	EXPECT_EQ(0, xt_xs_event(&self->b, &ev, XT_XS_WAIT_MS));
}

TEST_F(store, own_home_is_known)
{
	struct xt_xs_msg msg;
	char want[64], id[16];
	int domid = xt_own_domid();

	ASSERT_GE(domid, 0);
	snprintf(id, sizeof(id), "%d", domid);
	snprintf(want, sizeof(want), "/local/domain/%d", domid);
	ASSERT_EQ(0, xt_xs_call(&self->a, XT_XS_GET_DOMAIN_PATH, 0, id,
				strlen(id) + 1, &msg));
	EXPECT_STREQ(want, msg.body);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
