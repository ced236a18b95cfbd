/* SPDX-License-Identifier: GPL-2.0 */
/* A test is a function that returns; CHECK() records what does not hold, MUST() stops at once. */
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>

extern int unit_failed;

#define CHECK(cond) do {						\
	if (!(cond)) {							\
		printf("  %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		unit_failed = 1;					\
	}								\
} while (0)

#define MUST(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort();						\
	}								\
} while (0)

struct unit_test {
	const char *name;
	void (*run)(void);
};

extern const struct unit_test text_tests[], comms_tests[];

#endif
