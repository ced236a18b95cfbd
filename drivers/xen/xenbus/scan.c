// SPDX-License-Identifier: GPL-2.0
/*
 * Devices come and go with their directories in the store.
 *
 * Everything here runs when the store first answers, or in xenwatch, so never twice at a time.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/slab.h>
#include <linux/string.h>
#include "internal.h"

static void device_release(struct device *dev)
{
	kfree(to_xenbus_device(dev)->otherend);
	kfree(to_xenbus_device(dev));
}

static struct xenbus_device *device_alloc(struct xen_bus_type *bus, const char *type,
					  const char *nodename)
{
	size_t names = strlen(nodename) + 1, types = strlen(type) + 1;
	struct xenbus_device *dev = kzalloc(sizeof(*dev) + names + types, GFP_KERNEL);
	char *text = (char *)(dev + 1);

	if (!dev)
		return NULL;
	dev->nodename = memcpy(text, nodename, names);
	dev->devicetype = memcpy(text + names, type, types);
	dev->state = XenbusStateInitialising;
	init_completion(&dev->down);
	sema_init(&dev->reclaim_sem, 1);
	dev->dev.bus = &bus->bus;
	dev->dev.release = device_release;
	return dev;
}

/**
 * xenbus_probe_node() - make a device of a directory
 * @bus: its bus
 * @type: of the device
 * @nodename: the directory
 *
 * A directory whose state is not Initialising is that of a device which is on its way out.
 *
 * Return: 0; -EINVAL, -ENOENT, -ERANGE for a directory that names no device; -EEXIST; -ENOMEM.
 */
int xenbus_probe_node(struct xen_bus_type *bus, const char *type, const char *nodename)
{
	struct xenbus_device *dev;
	char id[XEN_BUS_ID_SIZE];
	int err;

	if ((xenbus_read_driver_state)(NULL, nodename) != XenbusStateInitialising)
		return 0;
	err = bus->get_bus_id(nodename, id);
	if (err)
		return err;
	dev = device_alloc(bus, type, nodename);
	if (!dev)
		return -ENOMEM;
	device_initialize(&dev->dev);
	err = dev_set_name(&dev->dev, "%s", id);
	if (!err)
		err = device_add(&dev->dev);
	if (err)
		put_device(&dev->dev);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_probe_node);

/*
 * Finding directories
 */

static void scan_type(struct xen_bus_type *bus, const char *type)
{
	unsigned int count, i;
	char **names = xenbus_directory(XBT_NIL, bus->root, type, &count);
	int err;

	if (IS_ERR(names))
		return;
	for (i = 0; i < count; i++) {
		err = bus->probe(bus, type, names[i]);
		/* One odd directory must not hide the others. */
		if (err && err != -EEXIST && err != -ENOENT)
			pr_warn("%s/%s/%s: %d\n", bus->root, type, names[i], err);
	}
	kfree(names);
}

/**
 * xenbus_probe_devices() - make devices of all new directories of a bus
 * @bus: the bus
 *
 * Return: 0; an error if the bus's own directory cannot be read.
 */
int xenbus_probe_devices(struct xen_bus_type *bus)
{
	unsigned int count, i;
	char **types = xenbus_directory(XBT_NIL, bus->root, "", &count);

	if (IS_ERR(types))
		return PTR_ERR(types);
	for (i = 0; i < count; i++)
		scan_type(bus, types[i]);
	kfree(types);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_probe_devices);

/*
 * Finding devices
 */

static int is_node(struct device *dev, const void *nodename)
{
	return !strcmp(to_xenbus_device(dev)->nodename, nodename);
}

static int is_within(struct device *dev, const void *path)
{
	return xs_path_within(to_xenbus_device(dev)->nodename, path);
}

static int has_no_directory(struct device *dev, const void *unused)
{
	return !xenbus_exists(XBT_NIL, to_xenbus_device(dev)->nodename, "");
}

static void drop(struct device *dev, const char *why)
{
	dev_warn(dev, "%s\n", why);
	xenbus_unregister_vanished(to_xenbus_device(dev));
	put_device(dev);
}

static void drop_all(struct xen_bus_type *bus, device_match_t match, const void *what)
{
	struct device *dev;

	while ((dev = bus_find_device(&bus->bus, NULL, what, match)))
		drop(dev, "directory was removed without closing the device");
}

/*
 * A domain with backends that crashes says no good-bye. The toolstack then makes the device anew,
 * in the same directory: its state is Initialising, which ours is not, or it names another domain.
 */
static bool made_anew(struct xenbus_device *dev)
{
	unsigned int peer;

	if ((xenbus_read_driver_state)(dev, dev->nodename) != XenbusStateInitialising)
		return false;
	peer = xenbus_read_unsigned(dev->nodename, "backend-id", dev->otherend_id);
	return dev->state != XenbusStateInitialising ||
	       (dev->otherend && peer != dev->otherend_id);
}

static void node_changed(struct xen_bus_type *bus, const char *type, const char *nodename)
{
	struct device *dev = bus_find_device(&bus->bus, NULL, nodename, is_node);

	if (dev && bus->states_reset && made_anew(to_xenbus_device(dev))) {
		drop(dev, "state was reset, connecting anew");
		dev = NULL;
	}
	if (dev)
		put_device(dev);
	else
		xenbus_probe_node(bus, type, nodename);
}

/**
 * xenbus_dev_changed() - something changed at a path below a bus's directory
 * @path: the path
 * @bus: the bus
 */
void xenbus_dev_changed(const char *path, struct xen_bus_type *bus)
{
	char type[XEN_BUS_ID_SIZE], *nodename;
	int len;

	if (xs_path_device(path, 2) < 0)
		return;
	if (!xenbus_exists(XBT_NIL, path, "")) {
		drop_all(bus, is_within, path);
		return;
	}
	len = xs_path_device(path, bus->levels);
	if (len < 0 || xs_path_type(path, type))
		return;
	nodename = kstrndup(path, len, GFP_KERNEL);
	if (nodename)
		node_changed(bus, type, nodename);
	kfree(nodename);
}
EXPORT_SYMBOL_GPL(xenbus_dev_changed);

/**
 * xenbus_rescan() - compare all directories of a bus with all its devices
 * @bus: the bus; may sleep
 *
 * For when more has changed than we were told of.
 */
void xenbus_rescan(struct xen_bus_type *bus)
{
	drop_all(bus, has_no_directory, NULL);
	xenbus_probe_devices(bus);
}
EXPORT_SYMBOL_GPL(xenbus_rescan);
