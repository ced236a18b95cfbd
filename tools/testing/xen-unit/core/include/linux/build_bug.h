/* SPDX-License-Identifier: GPL-2.0 */
#define static_assert(x) _Static_assert(x, #x)
