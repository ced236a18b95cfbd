// SPDX-License-Identifier: GPL-2.0
/* All tables of this part. */
#include "../unit.h"

extern const struct unit_test e820_tests[], pvh_tests[], extra_tests[];

const struct unit_test *const unit_tables[] = { e820_tests, pvh_tests, extra_tests, NULL };
