// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

const struct unit_test *const unit_tables[] = { text_tests, comms_tests, NULL };
