/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XEN_UNIT_BOOT_MINMAX_H
#define XEN_UNIT_BOOT_MINMAX_H

#define min(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define clamp(x, lo, hi) min(max(x, lo), hi)

#endif
