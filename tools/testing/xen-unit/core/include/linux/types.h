/* SPDX-License-Identifier: GPL-2.0 */
/* What the pure files use of the kernel, for a user-space build. */
#ifndef UNIT_TYPES_H
#define UNIT_TYPES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;

#endif
