/* SPDX-License-Identifier: GPL-2.0 */
/* The base's names: a namespace is a string, and a page that a special entry shows is normal. */
#ifndef _XEN_USER_PORT_H
#define _XEN_USER_PORT_H

#include <linux/module.h>

/* The operation of an area that tells which page an entry shows. */
#define XEN_PORT_VMA_PAGE		find_normal_page

#define XEN_PORT_IMPORT_NS(ns)		MODULE_IMPORT_NS(#ns)

#endif
