// SPDX-License-Identifier: GPL-2.0
/* Rates as text, buckets under any clock, multicast lists of any history. */
#include "../unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xnb_mcast m = { 0 };
	struct xnb_credit c;
	char text[64];
	u64 bytes = ~0ull, usec = 0, now = 0;
	size_t i, n = min(size, sizeof(text) - 1);

	memcpy(text, data, n);
	text[n] = 0;
	xnb_credit_parse(text, &bytes, &usec);
	xnb_credit_set(&c, bytes, usec, now);
	for (i = 0; i + 1 < size; i += 2) {
		u64 wait;

		now += data[i];
		wait = xnb_credit_take(&c, data[i + 1] << 8, now);
		MUST(!wait || (wait <= c.period && c.period));
	}
	for (i = 0; i + 6 < size; i += 7) {
		if (data[i] & 1) {
			int err = xnb_mcast_add(&m, data + i + 1);

			MUST(err || xnb_mcast_match(&m, data + i + 1));
			MUST(!err || m.nr == XNB_MCAST_MAX);
		} else {
			xnb_mcast_del(&m, data + i + 1);
			MUST(!xnb_mcast_match(&m, data + i + 1));
		}
		MUST(m.nr <= XNB_MCAST_MAX);
	}
	return 0;
}
