// SPDX-License-Identifier: GPL-2.0
/* Any text as the value of a node: what is accepted is within bounds and is what the text says. */
#include <string.h>
#include <xen/want.h>
#include "unit.h"

void (*unit_peer)(void);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct xen_want want = { .node = "n" };
	char text[64] = {};
	u32 out = 0;

	if (size < 4)
		return 0;
	want.kind = data[0] % 3;
	want.min = data[1];
	want.max = want.min + data[2] * 257u;
	want.def = want.min;
	memcpy(text, data + 3, size - 3 < sizeof(text) - 1 ? size - 3 : sizeof(text) - 1);
	if (xen_want_parse(&want, text, &out))
		return 0;
	MUST(out >= want.min && out <= want.max);
	if (want.kind != XEN_WANT_CLAMP)
		MUST(strtoull(text, NULL, 10) == out && text[0] >= '0' && text[0] <= '9');
	return 0;
}
