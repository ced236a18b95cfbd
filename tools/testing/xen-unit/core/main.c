// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

const struct unit_test *const unit_tables[] = {
	shared_tests, ring_tests, want_tests, life_tests, blkif_tests, NULL
};
