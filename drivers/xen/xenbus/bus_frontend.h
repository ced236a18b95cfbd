/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the frontend bus, which may be a module. */
#ifndef _XEN_XENBUS_BUS_FRONTEND_H
#define _XEN_XENBUS_BUS_FRONTEND_H

void xenbus_reset_devices(void);

#endif
