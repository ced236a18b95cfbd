// SPDX-License-Identifier: GPL-2.0
/*
 * A store that writes anything anywhere, between and in the middle of our accesses: no access
 * outside, each turn ends, and once it behaves again messages arrive as they were sent.
 */
#include "unit.h"
#include "store.h"

unsigned int unit_no_memory;
void (*unit_peer)(void);

static const u8 *at, *stop;

static u8 next(void)
{
	return at < stop ? *at++ : 0;
}

static void meddle(void)
{
	u32 value = next();

	switch (value & 7) {
	case 0:
		page.rsp_prod += next();
		break;
	case 1:
		page.rsp_prod = next() << 8 | next();
		break;
	case 2:
		page.req_cons = next() << 4;
		break;
	case 3:
		page.rsp[MASK_XENSTORE_IDX(next() << 2)] = next();
		break;
	case 4:
		page.rsp_cons = next();
		page.req_prod = next();
		break;
	}
}

static void behave(struct xs_comms *c)
{
	struct { struct xsd_sockmsg hdr; char body[8]; } m = { .hdr = { .len = 8 }, .body = "fuzz me" };
	unsigned int before;

	unit_peer = NULL;
	unit_no_memory = 0;
	page.rsp_prod = c->rsp_cons + XENSTORE_RING_SIZE + 1;
	MUST(xs_comms_receive(c) < 0);
	before = replies;
	page.rsp_cons = c->rsp_cons;
	MUST(store_write(&m, sizeof(m)) == sizeof(m));
	MUST(xs_comms_receive(c) == 1 && replies == before + 1);
	MUST(last_sum == sum(m.body, 8));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct { struct xs_request req; char body[300]; } r;
	struct xs_comms c;
	unsigned int turns;

	at = data;
	stop = data + size;
	begin(&c, (u32)next() << 24);
	r.req.size = sizeof(r.req.hdr) + sizeof(r.body);
	unit_peer = meddle;
	for (turns = 0; turns < 40 && at < stop; turns++) {
		unit_no_memory = next() == 5;
		if (next() & 1)
			to_send = &r.req;
		meddle();
		xs_comms_receive(&c);
		xs_comms_transmit(&c);
	}
	behave(&c);
	end(&c);
	return 0;
}
