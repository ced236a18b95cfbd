/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_KREF_H
#define UNIT_KREF_H
struct kref { int count; };
#endif
