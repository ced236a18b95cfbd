// SPDX-License-Identifier: GPL-2.0
/* /sys/devices/system/xen_memory/xen_memory0: figures and switches of the balloon. */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/capability.h>
#include <linux/device.h>
#include <linux/mm.h>
#include <linux/sysfs.h>
#include <xen/mem-reservation.h>
#include "internal.h"

static ssize_t show_kib(char *buf, unsigned long pages)
{
	return sysfs_emit(buf, "%lu\n", pages << (PAGE_SHIFT - 10));
}

#define INFO_ATTR(name, field)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{											\
	return show_kib(buf, READ_ONCE(balloon_stats.field));				\
}											\
static DEVICE_ATTR_RO(name)

INFO_ATTR(high_kb, balloon_high);
INFO_ATTR(low_kb, balloon_low);
INFO_ATTR(current_kb, current_pages);

/* Figures of retries; the limits can be set. */
static DEVICE_ULONG_ATTR(retry_count, 0444, balloon_stats.retry_count);
static DEVICE_ULONG_ATTR(max_retry_count, 0644, balloon_stats.max_retry_count);
static DEVICE_ULONG_ATTR(schedule_delay, 0444, balloon_stats.schedule_delay);
static DEVICE_ULONG_ATTR(max_schedule_delay, 0644, balloon_stats.max_schedule_delay);
static DEVICE_BOOL_ATTR(scrub_pages, 0644, xen_scrub_pages);

typedef int (*parse_fn)(const char *text, unsigned int page_shift, unsigned long *pages);

static ssize_t set_target(const char *text, size_t len, parse_fn parse)
{
	unsigned long pages;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = parse(text, PAGE_SHIFT, &pages);
	if (err)
		return err;
	balloon_set_new_target(pages);
	return len;
}

static ssize_t target_kb_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_kib(buf, READ_ONCE(balloon_stats.target_pages));
}

static ssize_t target_kb_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t len)
{
	return set_target(buf, len, balloon_parse_kib);
}
static DEVICE_ATTR_RW(target_kb);

static ssize_t target_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u64 pages = READ_ONCE(balloon_stats.target_pages);

	return sysfs_emit(buf, "%llu\n", pages << PAGE_SHIFT);
}

static ssize_t target_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t len)
{
	return set_target(buf, len, balloon_parse_bytes);
}
static DEVICE_ATTR_RW(target);

static struct attribute *control_attrs[] = {
	&dev_attr_target.attr,
	&dev_attr_target_kb.attr,
	&dev_attr_scrub_pages.attr.attr,
	&dev_attr_schedule_delay.attr.attr,
	&dev_attr_max_schedule_delay.attr.attr,
	&dev_attr_retry_count.attr.attr,
	&dev_attr_max_retry_count.attr.attr,
	NULL
};

static struct attribute *info_attrs[] = {
	&dev_attr_current_kb.attr,
	&dev_attr_low_kb.attr,
	&dev_attr_high_kb.attr,
	NULL
};

static const struct attribute_group control_group = { .attrs = control_attrs };
static const struct attribute_group info_group = { .name = "info", .attrs = info_attrs };
static const struct attribute_group *balloon_groups[] = { &control_group, &info_group, NULL };

static const struct bus_type balloon_subsystem = {
	.name = "xen_memory",
	.dev_name = "xen_memory",
};

static void no_release(struct device *dev)
{
}

static struct device balloon_device = {
	.bus = &balloon_subsystem,
	.groups = balloon_groups,
	.release = no_release,
};

void __init balloon_sysfs_init(void)
{
	int err = subsys_system_register(&balloon_subsystem, NULL);

	if (!err) {
		err = device_register(&balloon_device);
		if (err) {
			put_device(&balloon_device);
			bus_unregister(&balloon_subsystem);
		}
	}
	if (err)
		pr_err("nothing in sysfs: %d\n", err);
}
