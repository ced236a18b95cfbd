// SPDX-License-Identifier: GPL-2.0
/* Checks on requests. Pure. Every sum is made of values that were bounded before. */
#include "parse.h"

u8 xenblk_wire_op(const struct xenblk_raw *raw)
{
	return raw->op == XENBLK_WIRE_INDIRECT ? raw->sub : raw->op;
}

static int check_range(const struct xenblk_req *req, const struct xenblk_limits *limits)
{
	if (req->nr_sectors > limits->capacity || req->sector > limits->capacity - req->nr_sectors)
		return XENBLK_ERROR;
	return XENBLK_OKAY;
}

int xenblk_parse_segs(struct xenblk_req *req, const struct xenblk_seg *segs,
		      const struct xenblk_limits *limits)
{
	u32 mask = limits->block_sectors - 1;
	u32 i, sectors;
	u64 sum = 0;

	for (i = 0; i < req->nr_segs; i++) {
		if (segs[i].last >= XENBLK_PAGE_SECTORS || segs[i].first > segs[i].last)
			return XENBLK_ERROR;
		sectors = segs[i].last - segs[i].first + 1;
		if (sectors & mask)
			return XENBLK_ERROR;
		sum += sectors;
	}
	if (req->nr_segs && (req->sector & mask))
		return XENBLK_ERROR;
	req->nr_sectors = sum;
	/* A flush without data names no sectors. */
	return sum ? check_range(req, limits) : XENBLK_OKAY;
}

static int parse_discard(const struct xenblk_raw *raw, const struct xenblk_limits *limits,
			 struct xenblk_req *req)
{
	if (!limits->discard)
		return XENBLK_EOPNOTSUPP;
	if (limits->readonly)
		return XENBLK_ERROR;
	req->op = XENBLK_DISCARD;
	/* The flag is ignored, as the ABI says, where secure discard was not offered. */
	req->secure = limits->secure && (raw->sub & XENBLK_WIRE_SECURE);
	req->nr_sectors = raw->nr_sectors;
	if (!req->nr_sectors || ((req->sector | req->nr_sectors) & (limits->block_sectors - 1)))
		return XENBLK_ERROR;
	return check_range(req, limits);
}

static int parse_op(u8 wire, struct xenblk_req *req)
{
	switch (wire) {
	case XENBLK_WIRE_READ:
		req->op = XENBLK_READ;
		return XENBLK_OKAY;
	case XENBLK_WIRE_WRITE:
		req->op = XENBLK_WRITE;
		return XENBLK_OKAY;
	case XENBLK_WIRE_BARRIER:
		req->op = XENBLK_BARRIER;
		return XENBLK_OKAY;
	case XENBLK_WIRE_FLUSH:
		req->op = XENBLK_FLUSH;
		return XENBLK_OKAY;
	default:
		return XENBLK_EOPNOTSUPP;
	}
}

int xenblk_parse(const struct xenblk_raw *raw, const struct xenblk_limits *limits,
		 struct xenblk_req *req)
{
	int status;

	*req = (struct xenblk_req){ .sector = raw->sector };
	if (raw->op == XENBLK_WIRE_DISCARD)
		return parse_discard(raw, limits, req);
	req->indirect = raw->op == XENBLK_WIRE_INDIRECT;
	status = parse_op(xenblk_wire_op(raw), req);
	if (status)
		return req->indirect ? XENBLK_ERROR : status;
	if (req->indirect && req->op != XENBLK_READ && req->op != XENBLK_WRITE)
		return XENBLK_ERROR;
	if (limits->readonly && req->op != XENBLK_READ)
		return XENBLK_ERROR;
	req->nr_segs = req->indirect ? raw->nr_segs : raw->sub;
	if (req->nr_segs > (req->indirect ? XENBLK_MAX_SEGS : XENBLK_DIRECT_SEGS))
		return XENBLK_ERROR;
	if (!req->nr_segs && (req->op == XENBLK_READ || req->op == XENBLK_WRITE))
		return XENBLK_ERROR;
	if (req->indirect)
		return XENBLK_OKAY;
	return xenblk_parse_segs(req, raw->segs, limits);
}
