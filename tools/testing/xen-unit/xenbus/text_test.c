// SPDX-License-Identifier: GPL-2.0
/* What xenbus reads out of bytes and paths. */
#include <errno.h>
#include <string.h>
#include <text.h>
#include "unit.h"

static void message_in_pieces(void)
{
	static struct xs_message msg;
	struct xsd_sockmsg hdr = { .type = XS_READ, .req_id = 7, .len = XENSTORE_PAYLOAD_MAX };
	const char *from = (const char *)&hdr;
	u32 want, total = 0;

	memset(&msg, 0, sizeof(msg));
	for (; msg.have < sizeof(hdr); total++) {
		CHECK(!xs_message_wants(&msg, &want) && want == sizeof(hdr) - msg.have);
		memcpy(xs_message_room(&msg), from++, 1);
		msg.have++;
	}
	while (!xs_message_wants(&msg, &want) && want) {
		*(char *)xs_message_room(&msg) = 'x';
		msg.have++;
		total++;
	}
	CHECK(total == sizeof(hdr) + XENSTORE_PAYLOAD_MAX);
	CHECK(msg.hdr.req_id == 7);
	CHECK(msg.body[0] == 'x' && msg.body[XENSTORE_PAYLOAD_MAX - 1] == 'x');
	CHECK(!msg.body[XENSTORE_PAYLOAD_MAX]);
}

static void message_too_long(void)
{
	static struct xs_message msg;
	static const u32 bad[] = { XENSTORE_PAYLOAD_MAX + 1, 0x7fffffff, 0xffffffff, 0xfffffff0 };
	unsigned int i;
	u32 want;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		msg.have = sizeof(msg.hdr);
		msg.hdr.len = bad[i];
		CHECK(xs_message_wants(&msg, &want) == -E2BIG && !want);
	}
	msg.hdr.len = 0;
	CHECK(!xs_message_wants(&msg, &want) && !want);
}

static void watch_texts(void)
{
	static const struct { const char *body; u32 len; int ret; const char *depth; } cases[] = {
		{ "a\0b", 4, 0, NULL }, { "a\0b\0" "2", 6, 0, "2" }, { "\0", 2, 0, NULL },
		{ "a", 1, -EINVAL, NULL }, { "a", 2, -EINVAL, NULL }, { "a\0b", 3, -EINVAL, NULL },
		{ "", 0, -EINVAL, NULL }, { "a\0b\0c\0d", 8, -EINVAL, NULL },
		{ "a\0b\0c", 5, -EINVAL, NULL },
	};
	struct xs_watch_text t;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(xs_text_watch(cases[i].body, cases[i].len, &t) == cases[i].ret);
		if (cases[i].ret)
			continue;
		CHECK(t.path == cases[i].body);
		CHECK(!t.depth == !cases[i].depth);
		if (t.depth)
			CHECK(!strcmp(t.depth, cases[i].depth));
	}
}

static void ends_of_transactions(void)
{
	bool commit = false;

	CHECK(!xs_text_end_of_transaction("T", 2, &commit) && commit);
	CHECK(!xs_text_end_of_transaction("F", 2, &commit) && !commit);
	CHECK(xs_text_end_of_transaction("T", 1, &commit) == -EINVAL);
	CHECK(xs_text_end_of_transaction("TT", 3, &commit) == -EINVAL);
	CHECK(xs_text_end_of_transaction("TT", 2, &commit) == -EINVAL);
	CHECK(xs_text_end_of_transaction("t", 2, &commit) == -EINVAL);
	CHECK(xs_text_end_of_transaction("", 0, &commit) == -EINVAL);
}

static void lists(void)
{
	unsigned int n;

	CHECK(!xs_text_count("", 0, &n) && n == 0);
	CHECK(!xs_text_count("a\0bc", 5, &n) && n == 2);
	CHECK(!xs_text_count("\0", 2, &n) && n == 2);
	CHECK(xs_text_count("a\0b", 3, &n) == -EIO);
}

static void errors(void)
{
	CHECK(xs_text_error("ENOENT", 7) == -ENOENT);
	CHECK(xs_text_error("ENOENT", 6) == -ENOENT);
	CHECK(xs_text_error("ENOEN", 6) == -EINVAL);
	CHECK(xs_text_error("ENOENTX", 8) == -EINVAL);
	CHECK(xs_text_error("", 0) == -EINVAL);
}

static void rings(void)
{
	CHECK(xs_ring_filled(0, 0) == 0);
	CHECK(xs_ring_filled(3, 0xfffffffe) == 5);
	CHECK(xs_ring_filled(0, 1) > XENSTORE_RING_SIZE);
	CHECK(xs_ring_piece(0, 5) == 5);
	CHECK(xs_ring_piece(XENSTORE_RING_SIZE - 2, 5) == 2);
	CHECK(xs_ring_piece(0xffffffff, 5) == 1);
}

static void paths(void)
{
	char type[XEN_BUS_ID_SIZE], id[XEN_BUS_ID_SIZE];

	CHECK(!xs_path_type("backend/vbd/1/768", type) && !strcmp(type, "vbd"));
	CHECK(!xs_path_type("device/vif", type) && !strcmp(type, "vif"));
	CHECK(xs_path_type("device", type) == -EINVAL);
	CHECK(xs_path_type("device/", type) == -EINVAL);
	CHECK(xs_path_type("device/0123456789012345678", type) == 0);
	CHECK(xs_path_type("device/01234567890123456789", type) == -EINVAL);

	CHECK(xs_path_device("device/vbd/768/state", 2) == 14);
	CHECK(xs_path_device("device/vbd/768", 2) == 14);
	CHECK(xs_path_device("backend/vbd/1/768/x/y", 3) == 17);
	CHECK(xs_path_device("device/vbd", 2) == -ENOENT);
	CHECK(xs_path_device("device/vbd/", 2) == -ENOENT);
	CHECK(xs_path_device("device", 2) == -ENOENT);

	CHECK(!xs_path_frontend_id("device/vbd/768", id) && !strcmp(id, "vbd-768"));
	CHECK(xs_path_frontend_id("device/vbd", id) == -EINVAL);
	CHECK(xs_path_frontend_id("device/vbd/", id) == -EINVAL);
	CHECK(xs_path_frontend_id("device//1", id) == -EINVAL);
	CHECK(xs_path_frontend_id("device", id) == -EINVAL);
	CHECK(xs_path_frontend_id("device/", id) == -EINVAL);
	CHECK(!xs_path_frontend_id("device/vbd/123456789012345", id) && strlen(id) == 19);
	CHECK(xs_path_frontend_id("device/vbd/1234567890123456", id) == -EINVAL);

	CHECK(xs_path_within("a/b", "a") && xs_path_within("a", "a"));
	CHECK(!xs_path_within("ab", "a") && !xs_path_within("a", "a/b"));
}

static void states(void)
{
	unsigned int i;

	for (i = 0; i <= XenbusStateReconfigured; i++)
		CHECK(strcmp(xs_state_name(i), "INVALID"));
	CHECK(!strcmp(xs_state_name(9), "INVALID"));
	CHECK(!strcmp(xs_state_name(~0U), "INVALID"));
}

const struct unit_test text_tests[] = {
	{ "text: a message in pieces", message_in_pieces },
	{ "text: a message that is too long", message_too_long },
	{ "text: watches", watch_texts },
	{ "text: ends of transactions", ends_of_transactions },
	{ "text: lists", lists },
	{ "text: errors", errors },
	{ "text: ring arithmetic", rings },
	{ "text: paths", paths },
	{ "text: states", states },
	{ }
};
