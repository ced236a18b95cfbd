// SPDX-License-Identifier: GPL-2.0
/* Messages on the ring, with a store that behaves and with one that does not. */
#include <errno.h>
#include "unit.h"
#include "store.h"

static struct xs_comms c;
static union { struct xsd_sockmsg hdr; char bytes[sizeof(struct xsd_sockmsg) + 5000]; } out;

static u32 compose(u32 type, u32 id, u32 len)
{
	u32 i;

	out.hdr = (struct xsd_sockmsg) { .type = type, .req_id = id, .len = len };
	for (i = 0; i < len; i++)
		out.bytes[sizeof(out.hdr) + i] = (char)(i * 7 + id);
	return sizeof(out.hdr) + len;
}

/* One message through the ring, as long as it takes; the number of turns. */
static int carry(u32 size)
{
	u32 done = 0;
	int turns = 0, ret = 0;

	while (!ret && turns++ < 100) {
		done += store_write(out.bytes + done, size - done);
		ret = xs_comms_receive(&c);
	}
	CHECK(ret == 1);
	CHECK(done == size);
	CHECK(last_sum == sum(out.bytes + sizeof(out.hdr), size - sizeof(out.hdr)));
	return turns;
}

static void all_sizes(void)
{
	u32 start, len;

	for (start = 0xfffffc00; start != 0x400; start += 0x80) {
		begin(&c, start);
		for (len = 0; len <= XENSTORE_PAYLOAD_MAX; len += 1 + len / 7) {
			carry(compose(len & 1 ? XS_WATCH_EVENT : XS_READ, len, len));
			CHECK(page.rsp_cons == page.rsp_prod);
		}
		carry(compose(XS_READ, 1, XENSTORE_PAYLOAD_MAX));
		CHECK(!failures);
		end(&c);
	}
}

static void byte_by_byte(void)
{
	u32 size, i;
	int ret = 0;

	begin(&c, 5);
	size = compose(XS_READ, 3, 40);
	for (i = 0; i < size; i++) {
		CHECK(!ret);
		CHECK(store_write(out.bytes + i, 1) == 1);
		ret = xs_comms_receive(&c);
	}
	CHECK(ret == 1 && replies == 1);
	end(&c);
}

static void sends(void)
{
	static struct { struct xs_request req; char body[4096]; } r;
	static char got[sizeof(struct xsd_sockmsg) + 4096];
	u32 have = 0, turns = 0, i;

	begin(&c, 0xffffff00);
	r.req.hdr.len = sizeof(r.body);
	r.req.size = sizeof(r.req.hdr) + sizeof(r.body);
	for (i = 0; i < sizeof(r.body); i++)
		((char *)(&r.req + 1))[i] = (char)(i * 3);
	to_send = &r.req;
	while (!sent && turns++ < 100) {
		CHECK(!xs_comms_transmit(&c));
		have += store_read(got + have, sizeof(got) - have);
	}
	have += store_read(got + have, sizeof(got) - have);
	CHECK(have == r.req.size && !memcmp(got, &r.req.hdr, have));
	CHECK(kicks);
	CHECK(sent == 1);
	end(&c);
}

static void full_ring_is_kicked(void)
{
	begin(&c, 0);
	compose(XS_READ, 1, XENSTORE_PAYLOAD_MAX);
	CHECK(store_write(out.bytes, XENSTORE_RING_SIZE) == XENSTORE_RING_SIZE);
	CHECK(!xs_comms_receive(&c));
	CHECK(kicks);
	end(&c);
	begin(&c, 0);
	CHECK(store_write(out.bytes, 100) == 100);
	CHECK(!xs_comms_receive(&c));
	CHECK(!kicks);
	end(&c);
}

static void bad_indices(void)
{
	begin(&c, 100);
	page.rsp_prod = 100 + XENSTORE_RING_SIZE + 1;
	CHECK(xs_comms_receive(&c) == -EIO && failures == 1);
	carry(compose(XS_READ, 1, 8));
	page.req_cons = c.req_prod + 1;
	CHECK(xs_comms_writable(&c) == -EIO);
	end(&c);
}

static void bad_length(void)
{
	begin(&c, 0);
	compose(XS_READ, 1, 0);
	out.hdr.len = XENSTORE_PAYLOAD_MAX + 1;
	store_write(out.bytes, sizeof(out.hdr));
	CHECK(xs_comms_receive(&c) == -EIO && failures == 1);
	carry(compose(XS_READ, 1, 8));
	end(&c);
}

static void nobody_waits(void)
{
	u32 size;

	begin(&c, 0);
	size = compose(XS_READ, 0xdead, 8);
	CHECK(store_write(out.bytes, size) == size);
	CHECK(xs_comms_receive(&c) == -ENOENT && !failures);
	carry(compose(XS_READ, 1, 8));
	end(&c);
}

static void no_memory(void)
{
	u32 size;

	begin(&c, 0);
	size = compose(XS_READ, 1, 0);
	CHECK(store_write(out.bytes, size) == size);
	unit_no_memory = 2;
	CHECK(xs_comms_receive(&c) == -ENOMEM);
	/* Nothing more will come, yet there is something to do. */
	CHECK(!xs_comms_readable(&c) && xs_comms_starved(&c));
	CHECK(xs_comms_receive(&c) == -ENOMEM);
	CHECK(xs_comms_receive(&c) == 1 && replies == 1);
	CHECK(!xs_comms_starved(&c));
	end(&c);
}

/* The store moves its index and changes bytes while we copy: what was taken stays as it was. */
static void meddle(void)
{
	page.rsp_cons ^= 0x55;
	page.req_prod += 3;
}

static void own_indices_are_not_read(void)
{
	u32 size;

	begin(&c, 0);
	size = compose(XS_READ, 1, 64);
	CHECK(store_write(out.bytes, size) == size);
	unit_peer = meddle;
	CHECK(xs_comms_receive(&c) == 1);
	CHECK(last_sum == sum(out.bytes + sizeof(out.hdr), 64));
	CHECK(c.rsp_cons == size);
	unit_peer = NULL;
	end(&c);
}

static void attach(void)
{
	begin(&c, 0);
	page.rsp_prod = 30;
	page.req_prod = 12;
	CHECK(xs_comms_attach(&c, &page, true) == 12 && c.rsp_cons == 0);
	CHECK(xs_comms_attach(&c, &page, false) == 42 && page.rsp_cons == 30);
	end(&c);
}

const struct unit_test comms_tests[] = {
	{ "comms: messages of all sizes at all places", all_sizes },
	{ "comms: a message byte by byte", byte_by_byte },
	{ "comms: a request longer than the ring", sends },
	{ "comms: only a full ring is kicked", full_ring_is_kicked },
	{ "comms: indices that make no sense", bad_indices },
	{ "comms: a length that makes no sense", bad_length },
	{ "comms: a reply that nobody waits for", nobody_waits },
	{ "comms: no memory for a body", no_memory },
	{ "comms: own indices are not read back", own_indices_are_not_read },
	{ "comms: attaching to what is there", attach },
	{ }
};
