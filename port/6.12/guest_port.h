/* SPDX-License-Identifier: GPL-2.0 */
/* Where this base declares the scheduler's steal clock. */
#include <asm/paravirt.h>
