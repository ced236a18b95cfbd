/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of /sys/hypervisor. */
#ifndef _XEN_GUEST_HYPERVISOR_SYSFS_H
#define _XEN_GUEST_HYPERVISOR_SYSFS_H

#include <linux/kobject.h>
#include <linux/sysfs.h>

/**
 * struct xen_sysfs_attr - a file of /sys/hypervisor
 * @attr: name and mode
 * @show: fills a page
 * @store: takes what was written; NULL if it cannot be
 * @value: for @show
 */
struct xen_sysfs_attr {
	struct attribute attr;
	ssize_t (*show)(const struct xen_sysfs_attr *attr, char *page);
	ssize_t (*store)(const struct xen_sysfs_attr *attr, const char *text, size_t len);
	unsigned long value;
};

#define XEN_SYSFS_RO(node, value_)						\
	static struct xen_sysfs_attr node##_attr = {				\
		.attr = { .name = #node, .mode = 0444 },			\
		.show = node##_show, .value = (value_),				\
	}

#define XEN_SYSFS_RW(node)							\
	static struct xen_sysfs_attr node##_attr = {				\
		.attr = { .name = #node, .mode = 0644 },			\
		.show = node##_show, .store = node##_store,			\
	}

#endif
