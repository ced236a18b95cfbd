// SPDX-License-Identifier: GPL-2.0
/* /sys/hypervisor/start_flags: one file for each bit, those without a name by their number. */
#include <linux/init.h>
#include <linux/kernel.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>
#include "hypervisor_sysfs.h"
#include "internal.h"

#define FLAGS	(sizeof(xen_start_flags) * 8)

static ssize_t flag_show(const struct xen_sysfs_attr *attr, char *page)
{
	return sysfs_emit(page, "%u\n", !!(xen_start_flags & BIT(attr->value)));
}

static const struct { unsigned long flag; const char *name; } known[] = {
	{ SIF_PRIVILEGED, "privileged" },
	{ SIF_INITDOMAIN, "initdomain" },
};

static char names[FLAGS][sizeof("unknown00")];
static struct xen_sysfs_attr flags[FLAGS];
static struct attribute *flag_attrs[FLAGS + 1];
static const struct attribute_group flag_group = { .name = "start_flags", .attrs = flag_attrs };

static const char * __init flag_name(unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].flag == BIT(bit))
			return known[i].name;
	snprintf(names[bit], sizeof(names[bit]), "unknown%02u", bit);
	return names[bit];
}

int __init xen_sysfs_flags_init(void)
{
	unsigned int bit;

	for (bit = 0; bit < FLAGS; bit++) {
		flags[bit].attr.name = flag_name(bit);
		flags[bit].attr.mode = 0444;
		flags[bit].show = flag_show;
		flags[bit].value = bit;
		flag_attrs[bit] = &flags[bit].attr;
	}
	return sysfs_create_group(hypervisor_kobj, &flag_group);
}
