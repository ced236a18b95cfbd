/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room call in each other. */
#ifndef _XEN_TIME_H
#define _XEN_TIME_H

#include <linux/types.h>

/* clock.c */
u64 xen_system_time(void);
void xen_clock_early(void);
void xen_clock_register(void);

/* wallclock.c */
void xen_wallclock_early(void);
void xen_wallclock_start(void);

#endif /* _XEN_TIME_H */
