/* SPDX-License-Identifier: GPL-2.0 */
/* What netback's pure files use of the kernel, for a user-space build. */
#ifndef XNB_SHIM_H
#define XNB_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;

#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
		     a_ < b_ ? a_ : b_; })
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
		     a_ > b_ ? a_ : b_; })
#define div64_u64(a, b)	((u64)(a) / (u64)(b))
#define check_add_overflow	__builtin_add_overflow
#define check_mul_overflow	__builtin_mul_overflow
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define BIT_ULL(n)	(1ull << (n))
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)

#endif
