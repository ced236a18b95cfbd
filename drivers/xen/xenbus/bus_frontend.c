// SPDX-License-Identifier: GPL-2.0
/*
 * The bus "xen": devices that other domains serve to this one, at device/<type>/<id>.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/delay.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>
#include "internal.h"
#include "bus_frontend.h"

/* How long booting waits for devices to connect, in seconds, and how long a shutdown for one. */
#define WAIT_ALL	30
#define WAIT_ESSENTIAL	270
#define WAIT_CLOSED	5

static int frontend_probe(struct xen_bus_type *bus, const char *type, const char *id)
{
	char *node;
	int err;

	/* The first console is not a device, whatever the toolstack writes. */
	if (!strcmp(type, "console") && !strcmp(id, "0"))
		return 0;
	node = kasprintf(GFP_KERNEL, "%s/%s/%s", bus->root, type, id);
	if (!node)
		return -ENOMEM;
	err = xenbus_probe_node(bus, type, node);
	kfree(node);
	return err;
}

static int frontend_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "MODALIAS=xen:%s", to_xenbus_device(dev)->devicetype);
}

static void backend_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	xenbus_otherend_changed(watch, path, true);
}

/*
 * Save and restore
 */

static void restore_work(struct work_struct *work)
{
	xenbus_dev_restore(&container_of(work, struct xenbus_device, work)->dev);
}

static int frontend_restore(struct device *device)
{
	/* The store is a process of this domain: it does not run yet. */
	if (xen_store_kind == XS_LOCAL) {
		schedule_work(&to_xenbus_device(device)->work);
		return 0;
	}
	return xenbus_dev_restore(device);
}

static int frontend_dev_probe(struct device *device)
{
	INIT_WORK(&to_xenbus_device(device)->work, restore_work);
	return xenbus_dev_probe(device);
}

static const struct dev_pm_ops frontend_pm = {
	.freeze = xenbus_dev_freeze,
	.thaw = xenbus_dev_thaw,
	.restore = frontend_restore,
};

/* Close the device; its driver says when it is done, see xenbus_frontend_closed(). */
static void frontend_shutdown(struct device *device)
{
	struct xenbus_device *dev = to_xenbus_device(device);

	if (dev->state != XenbusStateConnected) {
		dev_dbg(device, "%s, nothing to close\n", xenbus_strstate(dev->state));
		return;
	}
	xenbus_switch_state(dev, XenbusStateClosing);
	if (!wait_for_completion_timeout(&dev->down, WAIT_CLOSED * HZ))
		dev_info(device, "did not close within %d s\n", WAIT_CLOSED);
}

static struct xen_bus_type frontend_bus = {
	.root = "device",
	.levels = 2,
	.get_bus_id = xs_path_frontend_id,
	.probe = frontend_probe,
	.changed = backend_changed,
	.states_reset = true,
	.bus = {
		.name = "xen",
		.match = xenbus_match,
		.uevent = frontend_uevent,
		.probe = frontend_dev_probe,
		.remove = xenbus_dev_remove,
		.shutdown = frontend_shutdown,
		.dev_groups = xenbus_dev_groups,
		.pm = &frontend_pm,
	},
};

static void directory_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	if (xchg(&watch->lost, false))
		xenbus_rescan(&frontend_bus);
	else
		xenbus_dev_changed(path, &frontend_bus);
}

static struct xenbus_watch directory_watch = {
	.node = "device",
	.callback = directory_changed,
};

/*
 * Waiting for devices: the root file system may be on one, and there is nobody to ask which.
 */

static bool waiting_makes_sense;

/**
 * struct wait_for - which devices to wait for
 * @driver: of this driver only, or NULL
 * @essential: leave those out whose driver says that they are not
 */
struct wait_for {
	const struct device_driver *driver;
	bool essential;
};

static int is_connecting(struct device *device, void *data)
{
	struct xenbus_device *dev = to_xenbus_device(device);
	const struct wait_for *which = data;
	const struct xenbus_driver *drv;

	/* Without a driver it never will. */
	if (!device->driver || (which->driver && device->driver != which->driver))
		return 0;
	drv = to_xenbus_driver(device->driver);
	if (which->essential && drv->not_essential)
		return 0;
	if (dev->state == XenbusStateConnected)
		return drv->is_ready && !drv->is_ready(dev);
	return dev->state < XenbusStateConnected;
}

static int tell_status(struct device *device, void *data)
{
	struct xenbus_device *dev = to_xenbus_device(device);
	const struct wait_for *which = data;
	enum xenbus_state peer = XenbusStateUnknown;

	if (which->driver && device->driver != which->driver)
		return 0;
	if (!device->driver) {
		dev_info(device, "no driver for %s\n", dev->nodename);
	} else if (dev->state < XenbusStateConnected) {
		if (dev->otherend)
			peer = (xenbus_read_driver_state)(dev, dev->otherend);
		dev_warn(device, "timeout: %s is %s, the other half is %s\n", dev->nodename,
			 xenbus_strstate(dev->state), xenbus_strstate(peer));
	}
	return 0;
}

/* Until no device is connecting any more, or until the time is over. */
static void wait_until(struct wait_for *which, unsigned long end)
{
	unsigned long say = jiffies + 5 * HZ;

	while (bus_for_each_dev(&frontend_bus.bus, NULL, which, is_connecting)) {
		if (time_after(jiffies, end))
			return;
		if (time_after(jiffies, say)) {
			say += 5 * HZ;
			pr_warn("waiting for devices, %ld s more at most\n",
				(long)(end - jiffies) / HZ);
		}
		schedule_timeout_interruptible(HZ / 10);
	}
}

static void wait_for_devices(const struct device_driver *driver)
{
	struct wait_for which = { .driver = driver };
	unsigned long start = jiffies;

	if (!waiting_makes_sense || !xen_domain())
		return;
	wait_until(&which, start + WAIT_ALL * HZ);
	which.essential = true;
	wait_until(&which, start + (WAIT_ALL + WAIT_ESSENTIAL) * HZ);
	bus_for_each_dev(&frontend_bus.bus, NULL, &which, tell_status);
}

/*
 * Drivers
 */

static int find_backend(struct xenbus_device *dev)
{
	return xenbus_read_otherend_details(dev, "backend-id", "backend");
}

/**
 * __xenbus_register_frontend() - register a frontend; called by xenbus_register_frontend()
 * @driver: the driver; stays the caller's
 * @owner: its module
 * @module: that module's name
 *
 * Return: 0 or the driver core's error.
 */
int __xenbus_register_frontend(struct xenbus_driver *driver, struct module *owner,
			       const char *module)
{
	int err;

	driver->read_otherend_details = find_backend;
	err = xenbus_add_driver(driver, &frontend_bus, owner, module);
	/* A module is loaded because somebody wants its devices. */
	if (!err)
		wait_for_devices(&driver->driver);
	return err;
}
EXPORT_SYMBOL_GPL(__xenbus_register_frontend);

static int store_answers(struct notifier_block *nb, unsigned long event, void *data)
{
	int err;

	/* Only these can be started by another kernel, which left its devices as they were. */
	if (xen_hvm_domain())
		xenbus_reset_devices();
	xenbus_probe_devices(&frontend_bus);
	err = register_xenbus_watch(&directory_watch);
	if (err)
		pr_err("new devices will not be seen: %d\n", err);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

static int __init xenbus_frontend_bus_init(void)
{
	int err = bus_register(&frontend_bus.bus);

	if (!err)
		register_xenstore_notifier(&store_nb);
	return err;
}
subsys_initcall(xenbus_frontend_bus_init);

#ifndef MODULE
static int __init boot_wait_for_devices(void)
{
	if (!xen_has_pv_devices())
		return -ENODEV;
	waiting_makes_sense = true;
	wait_for_devices(NULL);
	return 0;
}
late_initcall(boot_wait_for_devices);
#endif

MODULE_DESCRIPTION("Xen bus of frontend devices");
MODULE_LICENSE("GPL");
