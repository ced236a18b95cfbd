// SPDX-License-Identifier: GPL-2.0
/* /sys/hypervisor: what runs this domain, as it says itself. */
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <xen/hv_domain.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include "hypervisor_sysfs.h"
#include "internal.h"

/* A text within an answer, one line. */
static ssize_t show_text(char *page, enum xen_hv_op op, size_t offset)
{
	struct { union xen_hv_text text; char end; } *answer = kzalloc(sizeof(*answer), GFP_KERNEL);
	ssize_t len;
	int err;

	if (!answer)
		return -ENOMEM;
	err = xen_hv_version_text(op, &answer->text);
	len = err ?: sysfs_emit(page, "%s\n", (char *)&answer->text + offset);
	kfree(answer);
	return len;
}

static ssize_t type_show(const struct xen_sysfs_attr *attr, char *page)
{
	return sysfs_emit(page, "xen\n");
}

XEN_SYSFS_RO(type, 0);

static ssize_t guest_type_show(const struct xen_sysfs_attr *attr, char *page)
{
	const char *kind = "Xen";

	/* Arm has one kind only, without a name. */
	if (xen_pv_domain())
		kind = "PV";
	else if (xen_pvh_domain())
		kind = "PVH";
	else if (xen_hvm_domain())
		kind = "HVM";
	return sysfs_emit(page, "%s\n", kind);
}

XEN_SYSFS_RO(guest_type, 0);

/*
 * uuid
 */

/* Very old hypervisors do not know it, but the store does. */
static ssize_t uuid_from_store(char *page)
{
	char *vm, *uuid;
	ssize_t len;

	/* Asked for before the store answers, this would have to wait for it. */
	if (!xenstored_ready)
		return -EBUSY;
	vm = xenbus_read(XBT_NIL, "vm", "", NULL);
	uuid = IS_ERR(vm) ? vm : xenbus_read(XBT_NIL, vm, "uuid", NULL);
	if (!IS_ERR(vm))
		kfree(vm);
	if (IS_ERR(uuid))
		return PTR_ERR(uuid);
	len = sysfs_emit(page, "%s\n", uuid);
	kfree(uuid);
	return len;
}

static ssize_t uuid_show(const struct xen_sysfs_attr *attr, char *page)
{
	xen_domain_handle_t uuid;

	if (xen_hv_domain_handle(&uuid))
		return uuid_from_store(page);
	return sysfs_emit(page, "%pU\n", uuid);
}

XEN_SYSFS_RO(uuid, 0);

/*
 * version
 */

static ssize_t show_number_of_version(char *page, unsigned int shift, unsigned int mask)
{
	int version = xen_hv_version();

	return version > 0 ? sysfs_emit(page, "%u\n", version >> shift & mask) : -ENODEV;
}

static ssize_t major_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_number_of_version(page, 16, 0xffff);
}

XEN_SYSFS_RO(major, 0);

static ssize_t minor_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_number_of_version(page, 0, 0xff);
}

XEN_SYSFS_RO(minor, 0);

static ssize_t extra_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_text(page, XEN_HV_VERSION_EXTRA, 0);
}

XEN_SYSFS_RO(extra, 0);

static struct attribute *version_attrs[] = {
	&extra_attr.attr, &major_attr.attr, &minor_attr.attr, NULL
};

static const struct attribute_group version_group = { .name = "version", .attrs = version_attrs };

/*
 * compilation
 */

static ssize_t compile_info_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_text(page, XEN_HV_VERSION_COMPILE, attr->value);
}

#define compiler_show		compile_info_show
#define compiled_by_show	compile_info_show
#define compile_date_show	compile_info_show

XEN_SYSFS_RO(compiler, offsetof(struct xen_compile_info, compiler));
XEN_SYSFS_RO(compiled_by, offsetof(struct xen_compile_info, compile_by));
XEN_SYSFS_RO(compile_date, offsetof(struct xen_compile_info, compile_date));

static struct attribute *compilation_attrs[] = {
	&compiler_attr.attr, &compiled_by_attr.attr, &compile_date_attr.attr, NULL
};

static const struct attribute_group compilation_group = {
	.name = "compilation", .attrs = compilation_attrs,
};

/*
 * properties
 */

static ssize_t capabilities_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_text(page, XEN_HV_VERSION_CAPABILITIES, 0);
}

XEN_SYSFS_RO(capabilities, 0);

static ssize_t changeset_show(const struct xen_sysfs_attr *attr, char *page)
{
	return show_text(page, XEN_HV_VERSION_CHANGESET, 0);
}

XEN_SYSFS_RO(changeset, 0);

static ssize_t virtual_start_show(const struct xen_sysfs_attr *attr, char *page)
{
	xen_ulong_t start;
	int err = xen_hv_virt_start(&start);

	return err ?: sysfs_emit(page, "%" PRI_xen_ulong "\n", start);
}

XEN_SYSFS_RO(virtual_start, 0);

static ssize_t pagesize_show(const struct xen_sysfs_attr *attr, char *page)
{
	int size = xen_hv_page_size();

	return size > 0 ? sysfs_emit(page, "%x\n", size) : size;
}

XEN_SYSFS_RO(pagesize, 0);

/* All maps as one number, the highest first. */
static ssize_t features_show(const struct xen_sysfs_attr *attr, char *page)
{
	ssize_t len = 0;
	int map, err;
	u32 bits;

	for (map = XENFEAT_NR_SUBMAPS - 1; map >= 0; map--) {
		err = xen_hv_features(map, &bits);
		if (err)
			return len ? len + sysfs_emit_at(page, len, "\n") : err;
		len += sysfs_emit_at(page, len, "%08x", bits);
	}
	return len + sysfs_emit_at(page, len, "\n");
}

XEN_SYSFS_RO(features, 0);

/* Bytes, not a text: exactly as many as there are. */
static ssize_t buildid_show(const struct xen_sysfs_attr *attr, char *page)
{
	struct xen_build_id *id;
	int len;

	len = xen_hv_build_id(NULL);
	if (len == -EPERM)
		return scnprintf(page, PAGE_SIZE, "<denied>");
	if (len < 0)
		return len;
	if (len > PAGE_SIZE)
		return -ENOSPC;
	id = kzalloc(sizeof(*id) + len, GFP_KERNEL);
	if (!id)
		return -ENOMEM;
	id->len = len;
	len = min_t(int, xen_hv_build_id(id), len);
	if (len > 0)
		memcpy(page, id->buf, len);
	kfree(id);
	return len;
}

XEN_SYSFS_RO(buildid, 0);

static struct attribute *properties_attrs[] = {
	&buildid_attr.attr, &capabilities_attr.attr, &changeset_attr.attr,
	&features_attr.attr, &pagesize_attr.attr, &virtual_start_attr.attr, NULL
};

static const struct attribute_group properties_group = {
	.name = "properties", .attrs = properties_attrs,
};

/*
 * The tree
 */

static struct attribute *top_attrs[] = {
	&type_attr.attr, &guest_type_attr.attr, &uuid_attr.attr, NULL
};

static const struct attribute_group top_group = { .attrs = top_attrs };

static const struct attribute_group *hypervisor_groups[] = {
	&top_group, &version_group, &compilation_group, &properties_group, NULL
};

static ssize_t hypervisor_show(struct kobject *kobj, struct attribute *attr, char *page)
{
	struct xen_sysfs_attr *a = container_of(attr, struct xen_sysfs_attr, attr);

	return a->show ? a->show(a, page) : -EIO;
}

static ssize_t hypervisor_store(struct kobject *kobj, struct attribute *attr, const char *text,
				size_t len)
{
	struct xen_sysfs_attr *a = container_of(attr, struct xen_sysfs_attr, attr);

	return a->store ? a->store(a, text, len) : -EIO;
}

static const struct sysfs_ops hypervisor_ops = {
	.show = hypervisor_show,
	.store = hypervisor_store,
};

static const struct kobj_type hypervisor_ktype = { .sysfs_ops = &hypervisor_ops };

static int __init hypervisor_sysfs_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	hypervisor_kobj->ktype = &hypervisor_ktype;
	err = sysfs_create_groups(hypervisor_kobj, hypervisor_groups);
	if (!err)
		err = xen_sysfs_flags_init();
	if (!err && xen_initial_domain())
		err = xen_sysfs_pmu_init();
	return err;
}
device_initcall(hypervisor_sysfs_init);
