/* SPDX-License-Identifier: GPL-2.0 */
/* What the base's drivers expect of xenbus beyond include/xen/xenbus.h. */
#ifndef _XEN_XENBUS_PORT_H
#define _XEN_XENBUS_PORT_H

#include <linux/args.h>

/* This base's drivers name the path alone; newer ones name the device first. */
#define xenbus_read_driver_state_1(path)	((xenbus_read_driver_state)(NULL, path))
#define xenbus_read_driver_state_2(dev, path)	((xenbus_read_driver_state)(dev, path))
#define xenbus_read_driver_state(...)							\
	(CONCATENATE(xenbus_read_driver_state_, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__))

#endif
