// SPDX-License-Identifier: GPL-2.0
/*
 * What both buses share: matching, probing, removing, power management and sysfs of devices.
 *
 * A driver's probe and remove run under the device's reclaim_sem, so that memory is not asked back
 * from a device that is half there.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/module.h>
#include <linux/sysfs.h>
#include "internal.h"

static const struct xenbus_device_id *matching_id(const struct xenbus_driver *drv,
						  const struct xenbus_device *dev)
{
	const struct xenbus_device_id *id = drv->ids;

	while (id && id->devicetype[0]) {
		if (!strncmp(id->devicetype, dev->devicetype, sizeof(id->devicetype)))
			return id;
		id++;
	}
	return NULL;
}

/**
 * xenbus_match() - does a driver take a device? The match method of both buses.
 * @dev: the device
 * @drv: the driver
 *
 * Return: 1 if the device's type is in the driver's table of ids, else 0.
 */
int xenbus_match(struct device *dev, const struct device_driver *drv)
{
	return !!matching_id(to_xenbus_driver(drv), to_xenbus_device(dev));
}
EXPORT_SYMBOL_GPL(xenbus_match);

/*
 * Attributes
 */

static ssize_t show_text(char *buf, const char *text)
{
	return sysfs_emit(buf, "%s\n", text);
}

static ssize_t modalias_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s:%s\n", dev->bus->name, to_xenbus_device(dev)->devicetype);
}
static DEVICE_ATTR_RO(modalias);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_text(buf, xenbus_strstate(to_xenbus_device(dev)->state));
}
static DEVICE_ATTR_RO(state);

static ssize_t devtype_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_text(buf, to_xenbus_device(dev)->devicetype);
}
static DEVICE_ATTR_RO(devtype);

static ssize_t nodename_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_text(buf, to_xenbus_device(dev)->nodename);
}
static DEVICE_ATTR_RO(nodename);

static struct attribute *device_attrs[] = {
	&dev_attr_nodename.attr,
	&dev_attr_devtype.attr,
	&dev_attr_state.attr,
	&dev_attr_modalias.attr,
	NULL
};

static const struct attribute_group device_group = { .attrs = device_attrs };

/* The attributes that every device on either bus has in sysfs. */
const struct attribute_group *xenbus_dev_groups[] = { &device_group, NULL };
EXPORT_SYMBOL_GPL(xenbus_dev_groups);

static ssize_t show_counter(char *buf, const atomic_t *counter)
{
	return sysfs_emit(buf, "%d\n", atomic_read(counter));
}

static ssize_t events_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_counter(buf, &to_xenbus_device(dev)->events);
}
static DEVICE_ATTR_RO(events);

static ssize_t event_channels_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_counter(buf, &to_xenbus_device(dev)->event_channels);
}
static DEVICE_ATTR_RO(event_channels);

static ssize_t spurious_events_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return show_counter(buf, &to_xenbus_device(dev)->spurious_events);
}
static DEVICE_ATTR_RO(spurious_events);

static ssize_t jiffies_eoi_delayed_show(struct device *dev, struct device_attribute *attr,
					char *buf)
{
	return show_counter(buf, &to_xenbus_device(dev)->jiffies_eoi_delayed);
}
static DEVICE_ATTR_RO(jiffies_eoi_delayed);

static ssize_t spurious_threshold_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_xenbus_device(dev)->spurious_threshold));
}

static ssize_t spurious_threshold_store(struct device *dev, struct device_attribute *attr,
					const char *buf, size_t len)
{
	unsigned int limit;
	int err = kstrtouint(buf, 0, &limit);

	if (err)
		return err;
	WRITE_ONCE(to_xenbus_device(dev)->spurious_threshold, limit);
	return len;
}
static DEVICE_ATTR_RW(spurious_threshold);

static struct attribute *event_attrs[] = {
	&dev_attr_events.attr,
	&dev_attr_event_channels.attr,
	&dev_attr_jiffies_eoi_delayed.attr,
	&dev_attr_spurious_events.attr,
	&dev_attr_spurious_threshold.attr,
	NULL
};

/* Of bound devices only. */
static const struct attribute_group event_group = { .name = "xenbus", .attrs = event_attrs };

/*
 * Life
 */

static int driver_probe(struct xenbus_device *dev, const struct xenbus_driver *drv,
			const struct xenbus_device_id *id)
{
	int err;

	down(&dev->reclaim_sem);
	err = drv->probe(dev, id);
	up(&dev->reclaim_sem);
	return err;
}

static void driver_remove(struct xenbus_device *dev, const struct xenbus_driver *drv)
{
	if (!drv->remove)
		return;
	down(&dev->reclaim_sem);
	drv->remove(dev);
	up(&dev->reclaim_sem);
}

/* Bind: the driver's probe comes before the watch, whose first event is the other half's state. */
static int bind_driver(struct xenbus_device *dev, const struct xenbus_driver *drv,
		       const struct xenbus_device_id *id)
{
	int err;

	if (!try_module_get(drv->driver.owner))
		return -ESRCH;
	err = driver_probe(dev, drv, id);
	if (err)
		goto put_module;
	err = xenbus_watch_otherend(dev);
	if (err)
		goto remove;
	dev->spurious_threshold = 1;
	err = sysfs_create_group(&dev->dev.kobj, &event_group);
	if (err)
		dev_warn(&dev->dev, "no event statistics in sysfs: %d\n", err);
	return 0;

remove:
	driver_remove(dev, drv);
put_module:
	module_put(drv->driver.owner);
	return err;
}

/**
 * xenbus_dev_probe() - bring a device and its driver together; the probe method of both buses
 * @device: the device; may sleep, the device's lock is held
 *
 * Finds the other half, starts the driver and watches the other half's state.
 *
 * Return: 0, -ENODEV if no driver takes it, or what the driver or the store said.
 */
int xenbus_dev_probe(struct device *device)
{
	const struct xenbus_driver *drv = to_xenbus_driver(device->driver);
	struct xenbus_device *dev = to_xenbus_device(device);
	const struct xenbus_device_id *id = matching_id(drv, dev);
	int err = -ENODEV;

	if (id && drv->probe) {
		err = xenbus_talk_to_otherend(dev);
		/* Reported already, and perhaps only a device that is on its way out. */
		if (err)
			return err;
		err = bind_driver(dev, drv, id);
	}
	if (err)
		xenbus_dev_error(dev, err, "probing %s", dev->nodename);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_dev_probe);

/**
 * xenbus_dev_remove() - take a device from its driver; the remove method of both buses
 * @device: the device; may sleep, the device's lock is held
 */
void xenbus_dev_remove(struct device *device)
{
	const struct xenbus_driver *drv = to_xenbus_driver(device->driver);
	struct xenbus_device *dev = to_xenbus_device(device);

	sysfs_remove_group(&device->kobj, &event_group);
	xenbus_stop_watching(dev);
	driver_remove(dev, drv);
	module_put(drv->driver.owner);
	xenbus_forget_otherend(dev);
	/* The toolstack waits for Closed if it asked for Closing, bound again or not. */
	if (!drv->allow_rebind ||
	    (xenbus_read_driver_state)(dev, dev->nodename) == XenbusStateClosing)
		xenbus_switch_state(dev, XenbusStateClosed);
}
EXPORT_SYMBOL_GPL(xenbus_dev_remove);

/**
 * xenbus_add_driver() - register a driver with one of the buses
 * @drv: the driver; stays the caller's, until xenbus_unregister_driver()
 * @bus: the bus
 * @owner: the driver's module
 * @module: that module's name
 *
 * Return: 0 or the driver core's error.
 */
int xenbus_add_driver(struct xenbus_driver *drv, struct xen_bus_type *bus, struct module *owner,
		      const char *module)
{
	struct device_driver *driver = &drv->driver;

	driver->bus = &bus->bus;
	driver->name = drv->name ?: drv->ids[0].devicetype;
	driver->mod_name = module;
	driver->owner = owner;
	return driver_register(driver);
}
EXPORT_SYMBOL_GPL(xenbus_add_driver);

/**
 * xenbus_unregister_driver() - remove a driver of either bus, from its devices first
 * @driver: registered
 */
void xenbus_unregister_driver(struct xenbus_driver *driver)
{
	driver_unregister(&driver->driver);
}
EXPORT_SYMBOL_GPL(xenbus_unregister_driver);

/*
 * Save and restore
 */

/**
 * xenbus_dev_freeze() - before the domain is saved
 * @device: the device; may sleep
 *
 * Return: 0: a driver that refuses is told of in the log and the domain is saved all the same.
 */
int xenbus_dev_freeze(struct device *device)
{
	const struct xenbus_driver *drv;
	int err;

	if (!device->driver)
		return 0;
	drv = to_xenbus_driver(device->driver);
	err = drv->suspend ? drv->suspend(to_xenbus_device(device)) : 0;
	/* Not a reason to keep the domain from being saved: the device is made anew afterwards. */
	if (err)
		dev_warn(device, "driver does not want to be suspended: %d\n", err);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_dev_freeze);

/**
 * xenbus_dev_thaw() - the domain was not saved after all
 * @device: the device
 *
 * Return: 0; the other half is where it was.
 */
int xenbus_dev_thaw(struct device *device)
{
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_dev_thaw);

/**
 * xenbus_dev_restore() - after the domain was restored
 * @device: the device; may sleep
 *
 * The other half is a new one, in another place and perhaps another domain.
 *
 * Return: 0 or what the driver or the store said.
 */
int xenbus_dev_restore(struct device *device)
{
	struct xenbus_device *dev = to_xenbus_device(device);
	const struct xenbus_driver *drv;
	const char *what = "finding the other half";
	int err;

	if (!device->driver)
		return 0;
	drv = to_xenbus_driver(device->driver);
	err = xenbus_talk_to_otherend(dev);
	if (!err) {
		dev->state = XenbusStateInitialising;
		what = "the driver";
		err = drv->resume ? drv->resume(dev) : 0;
	}
	if (!err) {
		what = "watching the other half";
		err = xenbus_watch_otherend(dev);
	}
	if (err)
		dev_warn(device, "restore failed: %s: %d\n", what, err);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_dev_restore);
