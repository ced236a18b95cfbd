/* SPDX-License-Identifier: GPL-2.0 */
/* What the base's drivers expect of xenbus beyond include/xen/xenbus.h: nothing in this base. */
#ifndef _XEN_XENBUS_PORT_H
#define _XEN_XENBUS_PORT_H
#endif
