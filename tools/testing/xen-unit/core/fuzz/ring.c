// SPDX-License-Identifier: GPL-2.0
/* A peer that writes anything anywhere in the shared page between any two of our accesses. */
#include <string.h>
#include <xen/ring.h>
#include "unit.h"

static u64 page[512];
static const u8 *script;
static size_t left;

static u32 next(void)
{
	u32 v = 0;

	if (left >= 4) {
		memcpy(&v, script, 4);
		script += 4;
		left -= 4;
	} else {
		left = 0;
	}
	return v;
}

/* One write of the peer's: mostly near the truth, so that the ring lives for a while. */
static void peer(void)
{
	u32 v = next(), *words = (u32 *)page;

	if (v & 1)
		words[0] += (v >> 1) & 3;
	else if (v & 2)
		words[(v >> 2) & 3] = v >> 4;
	else if (v & 4)
		words[(v >> 3) & 1023] = v;
}

void (*unit_peer)(void) = peer;

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct xen_ring ring;
	u64 slot[14];
	int ret;

	script = data;
	left = size;
	memset(page, 0, sizeof(page));
	if (xen_ring_init_back(&ring, xen_shared_box(page), sizeof(page), 112))
		return 0;
	while (left) {
		switch (next() & 7) {
		case 0: case 1:
			ret = xen_ring_poll(&ring);
			MUST(ret <= (int)ring.nr && (ret >= 0 || ring.broken));
			break;
		case 2: case 3:
			ret = xen_ring_take(&ring, slot, sizeof(slot));
			MUST(ret <= 0);
			break;
		case 4:
			xen_ring_put(&ring, slot, 12);
			break;
		case 5:
			xen_ring_publish(&ring);
			break;
		default:
			ret = xen_ring_arm(&ring, 1);
			MUST(ret <= (int)ring.nr);
		}
		MUST(ring.taken - ring.put <= ring.nr && ring.seen - ring.put <= ring.nr);
		MUST(xen_ring_room(&ring) <= ring.nr && ring.put - ring.published <= ring.nr);
	}
	return 0;
}
