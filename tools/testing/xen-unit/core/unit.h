/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of tests of this part. */
#ifndef CORE_UNIT_H
#define CORE_UNIT_H

#include <linux/types.h>
#include "../unit.h"

extern const struct unit_test ring_tests[], shared_tests[], blkif_tests[], want_tests[];
extern const struct unit_test life_tests[];

#endif
