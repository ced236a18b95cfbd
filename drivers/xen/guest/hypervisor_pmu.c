// SPDX-License-Identifier: GPL-2.0
/* /sys/hypervisor/pmu: who may count events of the machine; control domains only. */
#include <linux/init.h>
#include <linux/kernel.h>
#include <xen/hv_domain.h>
#include "hypervisor_sysfs.h"
#include "internal.h"

static const struct { const char *word; u32 mode; } modes[] = {
	{ "off", XENPMU_MODE_OFF },
	{ "self", XENPMU_MODE_SELF },
	{ "hv", XENPMU_MODE_HV },
	{ "all", XENPMU_MODE_ALL },
};

static ssize_t pmu_mode_show(const struct xen_sysfs_attr *attr, char *page)
{
	u32 mode;
	int err = xen_hv_pmu_mode(&mode);
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].mode == mode)
			return sysfs_emit(page, "%s\n", modes[i].word);
	return -EINVAL;
}

static ssize_t pmu_mode_store(const struct xen_sysfs_attr *attr, const char *text, size_t len)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (sysfs_streq(text, modes[i].word))
			break;
	if (i == ARRAY_SIZE(modes))
		return -EINVAL;
	err = xen_hv_pmu_set_mode(modes[i].mode);
	return err ?: len;
}

XEN_SYSFS_RW(pmu_mode);

static ssize_t pmu_features_show(const struct xen_sysfs_attr *attr, char *page)
{
	u32 features;
	int err = xen_hv_pmu_features(&features);

	return err ?: sysfs_emit(page, "0x%x\n", features);
}

static ssize_t pmu_features_store(const struct xen_sysfs_attr *attr, const char *text, size_t len)
{
	u32 features;
	int err;

	err = kstrtou32(text, 0, &features);
	if (err)
		return err;
	err = xen_hv_pmu_set_features(features);
	return err ?: len;
}

XEN_SYSFS_RW(pmu_features);

static struct attribute *pmu_attrs[] = { &pmu_mode_attr.attr, &pmu_features_attr.attr, NULL };
static const struct attribute_group pmu_group = { .name = "pmu", .attrs = pmu_attrs };

int __init xen_sysfs_pmu_init(void)
{
	return sysfs_create_group(hypervisor_kobj, &pmu_group);
}
