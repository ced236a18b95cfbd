// SPDX-License-Identifier: GPL-2.0
/* Any sequence of slots: verdicts hold, layouts lose and mix nothing. */
#include "../unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xnb_packet p;
	enum xnb_verdict v = XNB_MORE;
	unsigned int chain, copybreak, head_off, fed = 0;
	struct xnb_slot s;

	if (size < 6)
		return 0;
	chain = data[0] % (XNB_CHAIN_MAX + 1);
	copybreak = data[1] | (data[2] & 0x1f) << 8;
	head_off = data[3] | (data[4] & 0x1f) << 8;

	xnb_packet_begin(&p);
	for (data += 6, size -= 6; v == XNB_MORE && size >= sizeof(s);
	     data += sizeof(s), size -= sizeof(s)) {
		memcpy(&s, data, sizeof(s));
		v = xnb_packet_feed(&p, &s, chain);
		fed++;
	}
	if (!fed)
		return 0;
	if (v == XNB_MORE)
		v = xnb_packet_starve(&p);
	model_packet(&p, fed);
	if (v == XNB_PACKET)
		model_copies(&p, copybreak, head_off, 17);
	return 0;
}
