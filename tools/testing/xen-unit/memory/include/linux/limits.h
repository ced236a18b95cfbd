/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_LIMITS_H
#define UNIT_LIMITS_H
#include <limits.h>
#define U64_MAX	(~0ULL)
#endif
