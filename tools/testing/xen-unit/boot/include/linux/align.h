/* SPDX-License-Identifier: GPL-2.0 */
#define ALIGN_DOWN(x, a)	({ u64 a_ = (a); (u64)(x) & ~(a_ - 1); })
#define ALIGN(x, a)		({ u64 to_ = (a); ALIGN_DOWN((x) + to_ - 1, to_); })
