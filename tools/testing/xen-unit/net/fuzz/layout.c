// SPDX-License-Identifier: GPL-2.0
/* Valid packets of any shape, both directions. */
#include "../unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xnb_packet p;
	u16 pieces[64];
	unsigned int i, n;
	u32 len = 0;

	if (size < 12)
		return 0;
	memset(&p, 0, sizeof(p));
	p.nr_slots = 1 + data[0] % XNB_SLOTS_MAX;
	for (i = 0; i < p.nr_slots && 4 * i + 8 < size; i++) {
		u16 v[2];

		memcpy(v, data + 4 * i + 4, 4);
		p.slot[i].offset = v[0] % (XNB_FRAME - XNB_ETH_HLEN + 1);
		p.slot[i].size = v[1] % (XNB_FRAME - p.slot[i].offset + 1);
		if (!i && p.slot[i].size < XNB_ETH_HLEN)
			p.slot[i].size = XNB_ETH_HLEN;
		if (len + p.slot[i].size > 65535)
			break;
		len += p.slot[i].size;
	}
	p.nr_slots = i;
	p.len = len;
	model_copies(&p, data[1] << 4, data[2] << 4 | 1, 15 + data[3] % 5);

	n = min(size / 2, sizeof(pieces) / sizeof(pieces[0]));
	memcpy(pieces, data, 2 * n);
	for (i = 0, len = 0; i < n; i++) {
		pieces[i] %= XNB_FRAME + 1;
		len += pieces[i];
	}
	model_receive(len - (data[2] & 15), data[1] * 16, data[3], pieces, n);
	return 0;
}
