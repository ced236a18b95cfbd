/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_COMPLETION_H
#define UNIT_COMPLETION_H
struct completion { int done; };
#endif
