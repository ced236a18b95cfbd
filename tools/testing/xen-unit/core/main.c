// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

int unit_failed;
void (*unit_peer)(void);

static int run(const struct unit_test *tests)
{
	int bad = 0;

	for (; tests->name; tests++) {
		unit_failed = 0;
		unit_peer = NULL;
		tests->run();
		printf("%s %s\n", unit_failed ? "not ok" : "ok", tests->name);
		bad |= unit_failed;
	}
	return bad;
}

int main(void)
{
	int bad = 0;

	bad |= run(shared_tests);
	bad |= run(ring_tests);
	bad |= run(want_tests);
	bad |= run(life_tests);
	bad |= run(blkif_tests);
	return bad;
}
