// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/xenbus as a device: requests in pieces, malformed requests, sizes
 * at the limit.  A clear error each time, and the next request works.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "xentest.h"

#define HOME	XT_XS_HOME

FIXTURE(proto) {
	struct xt_xs xs;
	struct xt_xs_msg msg;
};

FIXTURE_SETUP(proto)
{
	XT_NEED_STORE();
	ASSERT_EQ(0, xt_xs_open(&self->xs));
	ASSERT_EQ(0, xt_xs_path_call(&self->xs, XT_XS_MKDIR, 0, HOME));
}

FIXTURE_TEARDOWN(proto)
{
	struct xt_xs xs;

	xt_xs_close(&self->xs);
	if (!xt_xs_open(&xs)) {
		xt_xs_path_call(&xs, XT_XS_RM, 0, HOME);
		xt_xs_close(&xs);
	}
}

/* After whatever was done to it, the file still answers. */
static int still_works(struct xt_xs *xs)
{
	return xt_xs_path_call(xs, XT_XS_DIRECTORY, 0, HOME);
}

/*
 * What the store says to a request as it stands.  A request that the device
 * does not even take is -EREMOTEIO, so that it is not mistaken for an answer.
 */
static int raw_status(struct xt_xs *xs, struct xt_xs_msg *msg, uint32_t type,
		      uint32_t tx, const void *body, uint32_t len)
{
	struct xt_xs_hdr hdr = { type, 0x5a5a5a5a, tx, len };
	int ret;

	if (xt_xs_send(xs, &hdr, body))
		return -EREMOTEIO;
	ret = xt_xs_recv(xs, msg, XT_XS_WAIT_MS);
	if (ret)
		return ret;
	return msg->hdr.req_id == 0x5a5a5a5a ? xt_xs_status(msg, type) : -EBADMSG;
}

TEST_F(proto, request_byte_by_byte)
{
	char buf[64];
	struct xt_xs_hdr hdr = { XT_XS_DIRECTORY, 9, 0, sizeof(HOME) };
	size_t len = sizeof(hdr) + sizeof(HOME);

	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), HOME, sizeof(HOME));
	for (size_t i = 0; i < len; i++) {
		EXPECT_EQ(0, xt_poll_in(self->xs.fd, 0));
		ASSERT_EQ(1, write(self->xs.fd, buf + i, 1));
	}
	ASSERT_EQ(0, xt_xs_recv(&self->xs, &self->msg, XT_XS_WAIT_MS));
	EXPECT_EQ(XT_XS_DIRECTORY, self->msg.hdr.type);
	EXPECT_EQ(9, self->msg.hdr.req_id);
}

TEST_F(proto, reply_byte_by_byte)
{
	struct xt_xs_hdr hdr = { XT_XS_READ, 3, 0, sizeof(HOME "/v") };
	char buf[sizeof(hdr) + 5];

	ASSERT_EQ(0, xt_xs_write_text(&self->xs, 0, HOME "/v", "abcde"));
	ASSERT_EQ(0, xt_xs_send(&self->xs, &hdr, HOME "/v"));
	for (size_t i = 0; i < sizeof(buf); i++) {
		ASSERT_EQ(1, xt_poll_in(self->xs.fd, XT_XS_WAIT_MS));
		ASSERT_EQ(1, read(self->xs.fd, buf + i, 1));
	}
	EXPECT_EQ(0, memcmp(buf + sizeof(hdr), "abcde", 5));
	EXPECT_EQ(0, xt_poll_in(self->xs.fd, 50));
}

/* Several requests under way at a time: each answered once, ids kept. */
TEST_F(proto, many_in_flight)
{
	unsigned int seen = 0;

	for (uint32_t id = 0; id < 20; id++) {
		struct xt_xs_hdr hdr = { XT_XS_DIRECTORY, id, 0, sizeof(HOME) };

		ASSERT_EQ(0, xt_xs_send(&self->xs, &hdr, HOME));
	}
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, xt_xs_recv(&self->xs, &self->msg, XT_XS_WAIT_MS));
		EXPECT_EQ(XT_XS_DIRECTORY, self->msg.hdr.type);
		ASSERT_LT(self->msg.hdr.req_id, 20);
		EXPECT_EQ(0, seen & (1U << self->msg.hdr.req_id));
		seen |= 1U << self->msg.hdr.req_id;
	}
}

TEST_F(proto, unknown_transaction)
{
	EXPECT_EQ(-ENOENT, raw_status(&self->xs, &self->msg, XT_XS_READ, 0x7777,
				      HOME, sizeof(HOME)));
	EXPECT_EQ(-ENOENT, raw_status(&self->xs, &self->msg,
				      XT_XS_TRANSACTION_END, 0x7777, "T", 2));
	EXPECT_EQ(0, still_works(&self->xs));
}

TEST_F(proto, bad_transaction_end)
{
	uint32_t tx;

	ASSERT_EQ(0, xt_xs_begin(&self->xs, &tx));
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg,
				      XT_XS_TRANSACTION_END, tx, "X", 2));
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg,
				      XT_XS_TRANSACTION_END, tx, "TT", 3));
	/* It is still open, and ends as it should. */
	EXPECT_EQ(0, xt_xs_end(&self->xs, tx, false));
	EXPECT_EQ(0, still_works(&self->xs));
}

TEST_F(proto, bad_watch)
{
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg, XT_XS_WATCH, 0,
				      "no-end", 6));
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg, XT_XS_WATCH, 0,
				      "path\0no-end", 11));
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg, XT_XS_UNWATCH, 0,
				      "no-end", 6));
	EXPECT_EQ(0, still_works(&self->xs));
}

TEST_F(proto, bad_path)
{
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg, XT_XS_READ, 0,
				      "bad//path", 10));
	EXPECT_EQ(-EINVAL, raw_status(&self->xs, &self->msg, XT_XS_READ, 0,
				      "sp ace", 7));
	EXPECT_EQ(0, still_works(&self->xs));
}

/* The header announces more than a message may hold. */
TEST_F(proto, oversize_header)
{
	struct xt_xs_hdr hdr = { XT_XS_WRITE, 1, 0, XT_XS_PAYLOAD_MAX + 1 };

	EXPECT_EQ(-1, write(self->xs.fd, &hdr, sizeof(hdr)));
	EXPECT_TRUE(errno == E2BIG || errno == EINVAL);
	EXPECT_EQ(0, still_works(&self->xs));
	hdr.len = 0xffffffff;
	EXPECT_EQ(-1, write(self->xs.fd, &hdr, sizeof(hdr)));
	EXPECT_EQ(0, still_works(&self->xs));
	/* So that the sum of both sizes overflows. */
	hdr.len = 0xfffffff4;
	EXPECT_EQ(-1, write(self->xs.fd, &hdr, sizeof(hdr)));
	EXPECT_EQ(0, still_works(&self->xs));
}

static int long_request(struct xt_xs *xs, struct xt_xs_msg *msg, uint32_t len)
{
	char body[XT_XS_PAYLOAD_MAX];

	/* Longer than a path may be: the store itself must refuse it. */
	memset(body, 'p', len);
	body[len - 1] = 0;
	return raw_status(xs, msg, XT_XS_READ, 0, body, len);
}

TEST_F(proto, nearly_full_payload)
{
	EXPECT_EQ(-EINVAL, long_request(&self->xs, &self->msg,
					XT_XS_PAYLOAD_MAX -
					sizeof(struct xt_xs_hdr)));
	EXPECT_EQ(0, still_works(&self->xs));
}

/* The protocol's limit is for the payload; the header comes on top. */
TEST_F(proto, full_payload)
{
	EXPECT_EQ(-EINVAL, long_request(&self->xs, &self->msg,
					XT_XS_PAYLOAD_MAX));
	EXPECT_EQ(0, still_works(&self->xs));
}

TEST_F(proto, bad_buffers)
{
	struct xt_xs_hdr hdr = { XT_XS_DIRECTORY, 1, 0, sizeof(HOME) };

	EXPECT_EQ(-1, write(self->xs.fd, xt_bad_pointer(), sizeof(hdr)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, write(self->xs.fd, &hdr, 0));
	ASSERT_EQ(0, xt_xs_send(&self->xs, &hdr, HOME));
	ASSERT_EQ(1, xt_poll_in(self->xs.fd, XT_XS_WAIT_MS));
	EXPECT_EQ(-1, read(self->xs.fd, xt_bad_pointer(), sizeof(hdr)));
	EXPECT_EQ(EFAULT, errno);
	/* The reply is still there, whole. */
	ASSERT_EQ(0, xt_xs_recv(&self->xs, &self->msg, XT_XS_WAIT_MS));
	EXPECT_EQ(XT_XS_DIRECTORY, self->msg.hdr.type);
}

TEST_F(proto, read_without_reply)
{
	char c;

	ASSERT_EQ(0, fcntl(self->xs.fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(self->xs.fd, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(proto, unwatch_of_what_is_not_watched)
{
	static const char body[] = HOME "/x\0token";

	/* OK or an error, but an answer. */
	raw_status(&self->xs, &self->msg, XT_XS_UNWATCH, 0, body, sizeof(body));
	EXPECT_EQ(0x5a5a5a5a, self->msg.hdr.req_id);
	EXPECT_EQ(0, still_works(&self->xs));
}

/* Closing with requests, a watch and a transaction under way. */
TEST_F(proto, close_in_the_middle)
{
	for (int i = 0; i < 10; i++) {
		struct xt_xs_hdr hdr = { XT_XS_DIRECTORY, i, 0, sizeof(HOME) };
		struct xt_xs xs;

		ASSERT_EQ(0, xt_xs_open(&xs));
		if (i & 1)
			ASSERT_EQ(0, xt_xs_watch(&xs, XT_XS_WATCH, HOME, "t"));
		for (int j = 0; j < 5; j++)
			ASSERT_EQ(0, xt_xs_send(&xs, &hdr, HOME));
		hdr = (struct xt_xs_hdr) { XT_XS_TRANSACTION_START, 1, 0, 1 };
		ASSERT_EQ(0, xt_xs_send(&xs, &hdr, ""));
		/* And half a request. */
		ASSERT_EQ(7, write(xs.fd, &hdr, 7));
		xt_xs_close(&xs);
	}
	EXPECT_EQ(0, still_works(&self->xs));
}

struct talker {
	pthread_t thread;
	int me, status;
};

static void *talk(void *arg)
{
	struct talker *t = arg;
	struct xt_xs xs;
	char path[64], text[64], got[64];

	t->status = xt_xs_open(&xs);
	snprintf(path, sizeof(path), HOME "/node%d", t->me);
	for (int i = 0; i < 15 && !t->status; i++) {
		int len = snprintf(text, sizeof(text), "%d says %d", t->me, i);

		t->status = xt_xs_write_text(&xs, 0, path, text);
		if (t->status)
			break;
		if (xt_xs_read_text(&xs, 0, path, got, sizeof(got)) != len ||
		    strcmp(text, got))
			t->status = -EBADMSG;
	}
	xt_xs_close(&xs);
	return NULL;
}

TEST_F(proto, clients_do_not_mix)
{
	struct talker talkers[4];

	for (size_t i = 0; i < ARRAY_SIZE(talkers); i++) {
		talkers[i].me = i;
		ASSERT_EQ(0, pthread_create(&talkers[i].thread, NULL, talk,
					    &talkers[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(talkers); i++) {
		pthread_join(talkers[i].thread, NULL);
		EXPECT_EQ(0, talkers[i].status);
	}
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
