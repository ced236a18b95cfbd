/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of tests of this part, and its model. */
#ifndef XNB_UNIT_H
#define XNB_UNIT_H

#include "../unit.h"

#include "netback_internal.h"

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
