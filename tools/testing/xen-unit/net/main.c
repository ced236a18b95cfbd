// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

const struct unit_test *const unit_tables[] = {
	parse_tests, plan_tests, rx_tests, hash_tests, ctrl_tests, misc_tests, NULL
};
