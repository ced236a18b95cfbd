/* SPDX-License-Identifier: GPL-2.0 */
/* A test is a function that returns; CHECK() records what does not hold. */
#ifndef XNB_UNIT_H
#define XNB_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#include "netback_internal.h"

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

extern const struct unit_test parse_tests[], plan_tests[], rx_tests[];
extern const struct unit_test hash_tests[], ctrl_tests[], misc_tests[];

/* Invariants that any input must leave; shared by tests and fuzz targets. */
void model_packet(const struct xnb_packet *p, unsigned int slots_fed);
void model_copies(const struct xnb_packet *p, unsigned int copybreak,
		  unsigned int head_off, unsigned int max_frames);
void model_bytes(const struct xnb_packet *p, unsigned int copybreak,
		 unsigned int head_off, unsigned int max_frames);
void model_receive(u32 len, unsigned int headroom, unsigned int extras,
		   const u16 *pieces, unsigned int nr_pieces);

#endif
