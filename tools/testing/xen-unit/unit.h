/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by all parts: a test is a function that returns; CHECK() records what does not hold. Each
 * part lists its tables of tests in unit_tables; main() is in unit.c.
 */
#ifndef XEN_UNIT_H
#define XEN_UNIT_H

#include <stdio.h>
#include <stdlib.h>

extern int unit_failed;

/* For parts with hooks in their headers; off when a test starts. Fuzz targets have their own. */
extern unsigned int unit_no_memory;	/* so many allocations fail */
extern void (*unit_peer)(void);		/* what a hostile peer does between two accesses */

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

/* Each table ends with an entry without a name, the list with NULL. */
extern const struct unit_test *const unit_tables[];

#endif
