// SPDX-License-Identifier: GPL-2.0
/* blkif's dialects and the checks on requests. */
#include <string.h>
#include "parse.h"
#include "unit.h"

static const struct xenblk_limits disk = { .capacity = 1000, .block_sectors = 1, .discard = true };
static const struct xenblk_limits disk4k = { .capacity = 1000, .block_sectors = 8, .discard = true };
static const struct xenblk_limits cdrom = { .capacity = 1000, .block_sectors = 4, .readonly = true,
					    .discard = true };

/* Writes a little-endian number at an offset of a slot. */
static void poke(u8 *slot, unsigned int at, u64 value, unsigned int bytes)
{
	memcpy(slot + at, &value, bytes);
}

static void dialect(const struct xenblk_abi *abi, unsigned int pad, u32 size)
{
	u8 slot[XENBLK_SLOT_MAX] __attribute__((aligned(8))) = {};
	struct xenblk_raw raw = {};

	CHECK(abi->slot_size == size);
	slot[0] = XENBLK_WIRE_WRITE;
	slot[1] = 11;
	poke(slot, 4 + pad, 0x1122334455667788ull, 8);
	poke(slot, 12 + pad, 0x99aabbccddeeff00ull, 8);
	poke(slot, 20 + pad, 0xdeadbeef, 4);
	slot[24 + pad] = 3;
	slot[25 + pad] = 6;
	poke(slot, 20 + pad + 80, 0xcafe, 4);
	abi->decode(slot, &raw);
	CHECK(raw.op == XENBLK_WIRE_WRITE && raw.sub == 11);
	CHECK(raw.id == 0x1122334455667788ull && raw.sector == 0x99aabbccddeeff00ull);
	CHECK(raw.segs[0].ref == 0xdeadbeef && raw.segs[0].first == 3 && raw.segs[0].last == 6);
	CHECK(raw.segs[10].ref == 0xcafe);

	slot[0] = XENBLK_WIRE_INDIRECT;
	slot[1] = XENBLK_WIRE_READ;
	poke(slot, 2, 256, 2);
	poke(slot, 24 + pad, 0x1234, 4);
	poke(slot, 52 + pad, 0x5678, 4);
	abi->decode(slot, &raw);
	CHECK(raw.nr_segs == 256 && raw.refs[0] == 0x1234 && raw.refs[7] == 0x5678);
	CHECK(xenblk_wire_op(&raw) == XENBLK_WIRE_READ);

	slot[0] = XENBLK_WIRE_DISCARD;
	poke(slot, 20 + pad, 0x1000000000ull, 8);
	abi->decode(slot, &raw);
	CHECK(raw.nr_sectors == 0x1000000000ull);
}

static void dialects(void)
{
	dialect(&xenblk_x86_32_abi, 0, 108);
	dialect(&xenblk_x86_64_abi, 4, 112);
	dialect(&xenblk_native_abi, 4, 112);
}

/* More segments than a slot holds: the copy stays inside it, and the request is refused. */
static void too_many_direct(void)
{
	u8 slot[XENBLK_SLOT_MAX] __attribute__((aligned(8))) = { XENBLK_WIRE_READ, 255 };
	struct xenblk_raw raw = {};
	struct xenblk_req req;

	xenblk_x86_64_abi.decode(slot, &raw);
	CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_ERROR);
}

static struct xenblk_raw rw(u8 op, u8 nr, u64 sector, u8 first, u8 last)
{
	struct xenblk_raw raw = { .op = op, .sub = nr, .id = 1, .sector = sector };
	int i;

	for (i = 0; i < XENBLK_DIRECT_SEGS; i++)
		raw.segs[i] = (struct xenblk_seg){ .ref = 8 + i, .first = first, .last = last };
	return raw;
}

static int verdict(u8 op, u8 nr, u64 sector, u8 first, u8 last, const struct xenblk_limits *limits)
{
	struct xenblk_raw raw = rw(op, nr, sector, first, last);
	struct xenblk_req req;

	return xenblk_parse(&raw, limits, &req);
}

static void good_requests(void)
{
	struct xenblk_raw raw = rw(XENBLK_WIRE_READ, 3, 5, 1, 7);
	struct xenblk_req req;

	CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_OKAY);
	CHECK(req.op == XENBLK_READ && req.nr_segs == 3 && req.nr_sectors == 21 && req.sector == 5);
	CHECK(!verdict(XENBLK_WIRE_WRITE, 1, 999, 7, 7, &disk));
	CHECK(!verdict(XENBLK_WIRE_BARRIER, 0, ~0ull, 0, 0, &disk));
	CHECK(!verdict(XENBLK_WIRE_FLUSH, 0, ~0ull, 0, 0, &disk));
	CHECK(!verdict(XENBLK_WIRE_FLUSH, 1, 0, 0, 7, &disk));
	CHECK(!verdict(XENBLK_WIRE_READ, 11, 0, 0, 7, &disk4k));
	CHECK(!verdict(XENBLK_WIRE_READ, 1, 4, 4, 7, &cdrom));
}

static void bad_requests(void)
{
	CHECK(verdict(XENBLK_WIRE_READ, 0, 0, 0, 7, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_WRITE, 0, 0, 0, 7, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 12, 0, 0, 7, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 0, 0, 8, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 0, 5, 4, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 0, 255, 255, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 1000, 0, 0, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 993, 0, 7, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, ~0ull, 0, 0, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, ~0ull - 7, 0, 7, &disk) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 4, 0, 7, &disk4k) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_READ, 1, 8, 0, 3, &disk4k) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_WRITE, 1, 0, 0, 3, &cdrom) == XENBLK_ERROR);
	CHECK(verdict(XENBLK_WIRE_FLUSH, 0, 0, 0, 0, &cdrom) == XENBLK_ERROR);
	CHECK(verdict(4, 1, 0, 0, 7, &disk) == XENBLK_EOPNOTSUPP);
	CHECK(verdict(7, 1, 0, 0, 7, &disk) == XENBLK_EOPNOTSUPP);
	CHECK(verdict(255, 1, 0, 0, 7, &disk) == XENBLK_EOPNOTSUPP);
}

static void indirect(void)
{
	struct xenblk_raw raw = { .op = XENBLK_WIRE_INDIRECT, .sub = XENBLK_WIRE_WRITE, .nr_segs = 256 };
	static const u8 inner[] = { XENBLK_WIRE_BARRIER, XENBLK_WIRE_FLUSH, 4, XENBLK_WIRE_DISCARD,
				    XENBLK_WIRE_INDIRECT, 255 };
	struct xenblk_seg segs[XENBLK_MAX_SEGS];
	struct xenblk_req req;
	unsigned int i;

	CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_OKAY && req.indirect && req.nr_segs == 256);
	for (i = 0; i < XENBLK_MAX_SEGS; i++)
		segs[i] = (struct xenblk_seg){ .ref = i, .first = 0, .last = 7 };
	CHECK(xenblk_parse_segs(&req, segs, &disk) == XENBLK_ERROR);
	req.nr_segs = 125;
	CHECK(xenblk_parse_segs(&req, segs, &disk) == XENBLK_OKAY && req.nr_sectors == 1000);
	raw.nr_segs = 257;
	CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_ERROR);
	raw.nr_segs = 0;
	CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_ERROR);
	raw.nr_segs = 1;
	for (i = 0; i < sizeof(inner); i++) {
		raw.sub = inner[i];
		CHECK(xenblk_parse(&raw, &disk, &req) == XENBLK_ERROR);
	}
}

static void discards(void)
{
	struct xenblk_raw raw = { .op = XENBLK_WIRE_DISCARD, .sub = XENBLK_WIRE_SECURE, .nr_sectors = 1000 };
	struct xenblk_limits limits = disk;
	struct xenblk_req req;

	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_OKAY && !req.secure);
	limits.secure = true;
	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_OKAY && req.secure);
	raw.sector = 1;
	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_ERROR);
	raw.nr_sectors = ~0ull;
	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_ERROR);
	raw.sector = 0;
	raw.nr_sectors = 0;
	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_ERROR);
	raw.nr_sectors = 4;
	CHECK(xenblk_parse(&raw, &disk4k, &req) == XENBLK_ERROR);
	CHECK(xenblk_parse(&raw, &cdrom, &req) == XENBLK_ERROR);
	limits.discard = false;
	CHECK(xenblk_parse(&raw, &limits, &req) == XENBLK_EOPNOTSUPP);
}

const struct unit_test blkif_tests[] = {
	{ "blkif: layouts of the dialects", dialects },
	{ "blkif: a direct request with 255 segments", too_many_direct },
	{ "blkif: good requests", good_requests },
	{ "blkif: bad requests, each with its status", bad_requests },
	{ "blkif: indirect requests", indirect },
	{ "blkif: discards", discards },
	{}
};
