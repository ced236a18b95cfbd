// SPDX-License-Identifier: GPL-2.0
/* Any bytes in a slot and in a descriptor page: what is accepted stays inside the disk and the pages. */
#include <string.h>
#include "parse.h"
#include "unit.h"

void (*unit_peer)(void);

static void judge(const struct xenblk_req *req, const struct xenblk_seg *segs,
		  const struct xenblk_limits *limits)
{
	u64 sum = 0;
	unsigned int i;

	MUST(req->nr_segs <= XENBLK_MAX_SEGS);
	for (i = 0; i < req->nr_segs; i++) {
		MUST(segs[i].first <= segs[i].last && segs[i].last < 8);
		sum += segs[i].last - segs[i].first + 1;
	}
	MUST(req->nr_sectors == sum);
	if (sum) {
		MUST(req->sector + sum >= sum && req->sector + sum <= limits->capacity);
		MUST(req->sector % limits->block_sectors == 0);
	}
	MUST(!limits->readonly || req->op == XENBLK_READ);
	MUST(sum || req->op == XENBLK_BARRIER || req->op == XENBLK_FLUSH);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct xenblk_abi *const abis[] = {
		&xenblk_native_abi, &xenblk_x86_32_abi, &xenblk_x86_64_abi
	};
	u64 slot[XENBLK_SLOT_MAX / 8] = {};
	struct xenblk_seg segs[XENBLK_MAX_SEGS] = {};
	struct xenblk_limits limits;
	struct xenblk_raw raw = {};
	struct xenblk_req req;

	if (size < 4)
		return 0;
	limits = (struct xenblk_limits){
		.capacity = data[1] & 1 ? ~0ull : (u64)data[1] << (data[0] & 15),
		.block_sectors = 1U << (data[2] & 3), .readonly = data[2] & 4,
		.discard = data[2] & 8, .secure = data[2] & 16,
	};
	data += 3;
	size -= 3;
	memcpy(slot, data, size < sizeof(slot) ? size : sizeof(slot));
	abis[slot[13] % 3]->decode(slot, &raw);
	if (xenblk_parse(&raw, &limits, &req))
		return 0;
	if (req.op == XENBLK_DISCARD) {
		MUST(req.nr_sectors && req.sector + req.nr_sectors >= req.sector);
		MUST(req.sector + req.nr_sectors <= limits.capacity && !limits.readonly);
		return 0;
	}
	if (req.indirect) {
		if (size > sizeof(slot))
			memcpy(segs, data + sizeof(slot), size - sizeof(slot) < sizeof(segs) ?
			       size - sizeof(slot) : sizeof(segs));
		if (xenblk_parse_segs(&req, segs, &limits))
			return 0;
		judge(&req, segs, &limits);
	} else {
		judge(&req, raw.segs, &limits);
	}
	return 0;
}
