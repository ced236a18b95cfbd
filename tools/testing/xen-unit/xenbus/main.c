// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include "unit.h"

int unit_failed;
unsigned int unit_no_memory;
void (*unit_peer)(void);

static int run(const struct unit_test *tests)
{
	int bad = 0;

	for (; tests->name; tests++) {
		unit_failed = 0;
		unit_no_memory = 0;
		unit_peer = NULL;
		tests->run();
		printf("%s %s\n", unit_failed ? "not ok" : "ok", tests->name);
		bad |= unit_failed;
	}
	return bad;
}

int main(void)
{
	int bad = run(text_tests);

	return run(comms_tests) | bad;
}
