// SPDX-License-Identifier: GPL-2.0
/* The main program of every part's unit tests: one line for each test, status 1 if one failed. */
#include "unit.h"

int unit_failed;
unsigned int unit_no_memory;
void (*unit_peer)(void);

static void run(const struct unit_test *test)
{
	unit_failed = 0;
	unit_no_memory = 0;
	unit_peer = NULL;
	test->run();
	printf("%s %s\n", unit_failed ? "not ok" : "ok", test->name);
}

int main(void)
{
	const struct unit_test *const *table, *test;
	int bad = 0;

	for (table = unit_tables; *table; table++) {
		for (test = *table; test->name; test++) {
			run(test);
			bad |= unit_failed;
		}
	}
	return bad;
}
