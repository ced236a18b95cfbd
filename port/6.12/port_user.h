/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The base's names: a namespace is a bare word, a page that a special entry shows is special, and
 * a place is asked of a process.
 */
#ifndef _XEN_USER_PORT_H
#define _XEN_USER_PORT_H

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

/* The operation of an area that tells which page an entry shows. */
#define XEN_PORT_VMA_PAGE		find_special_page

#define XEN_PORT_IMPORT_NS(ns)		MODULE_IMPORT_NS(ns)

/* Where a file's new area goes if the file does not mind. */
static inline unsigned long xen_port_place(struct file *filp, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags)
{
	return mm_get_unmapped_area(current->mm, filp, addr, len, pgoff, flags);
}

#endif
