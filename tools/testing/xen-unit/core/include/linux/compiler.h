/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_COMPILER_H
#define UNIT_COMPILER_H

#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define __packed	__attribute__((packed))
#ifdef __CHECKER__
#define __force		__attribute__((force))
#else
#define __force
#endif

#endif
