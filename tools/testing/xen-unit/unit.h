/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by all parts: a test is a function that returns; CHECK() records what does not hold. */
#ifndef XEN_UNIT_H
#define XEN_UNIT_H

#include <stdio.h>
#include <stdlib.h>

extern int unit_failed;

#define CHECK(cond) do {						\
	if (!(cond)) {							\
		printf("  %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		unit_failed = 1;					\
	}								\
} while (0)

/* As CHECK(), for fuzz targets: stop at once. */
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

#endif
