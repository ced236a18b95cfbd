/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of tests of this part. */
#ifndef XENBUS_UNIT_H
#define XENBUS_UNIT_H

#include <linux/types.h>
#include "../unit.h"

extern const struct unit_test text_tests[], comms_tests[];

#endif
