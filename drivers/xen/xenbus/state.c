// SPDX-License-Identifier: GPL-2.0
/*
 * States of devices: ours, which we write, and the other half's, which we watch.
 *
 * dev->state is what we last wrote. xenbus_switch_state() is its only writer while a driver is
 * bound; drivers call it from probe, remove and from xenwatch, which are never concurrent for one
 * device but for errors, so the last one wins, as in the store.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "internal.h"

/* Some bases' drivers want it to be a macro. */
#undef xenbus_read_driver_state

/* Somebody else may touch our node once, or twice, but not for ever. */
#define SWITCH_TRIES	64

/**
 * xenbus_strstate() - a state's name, for messages
 * @state: the state, also one that does not exist
 *
 * Return: a constant string, never NULL.
 */
const char *xenbus_strstate(enum xenbus_state state)
{
	return xs_state_name(state);
}
EXPORT_SYMBOL_GPL(xenbus_strstate);

/*
 * Devices whose directory is gone or another's
 */

static DEFINE_SPINLOCK(vanished_lock);
static LIST_HEAD(vanished_devices);

struct vanished {
	struct list_head list;
	const struct xenbus_device *dev;
};

/**
 * xenbus_unregister_vanished() - unregister a device whose directory went away
 * @dev: device, with a reference of the caller's, who keeps it
 *
 * Its driver reads Unknown for both halves and writes nothing, so that it does not wait for the
 * other half of a device that has taken its place. Older drivers ask by path alone, so the paths
 * are known here for as long as it takes.
 */
void xenbus_unregister_vanished(struct xenbus_device *dev)
{
	struct vanished gone = { .dev = dev };

	dev->vanished = true;
	spin_lock(&vanished_lock);
	list_add(&gone.list, &vanished_devices);
	spin_unlock(&vanished_lock);
	device_unregister(&dev->dev);
	spin_lock(&vanished_lock);
	list_del(&gone.list);
	spin_unlock(&vanished_lock);
}

static bool path_has_vanished(const char *path)
{
	const struct vanished *gone;
	const char *otherend;
	bool found = false;

	spin_lock(&vanished_lock);
	list_for_each_entry(gone, &vanished_devices, list) {
		otherend = gone->dev->otherend;
		found |= !strcmp(gone->dev->nodename, path) ||
			 (otherend && !strcmp(otherend, path));
	}
	spin_unlock(&vanished_lock);
	return found;
}

/*
 * Our state
 */

/* What became of a node that is no longer ours to write; negative errno: the store said no. */
enum { WRITTEN, NODE_GONE, NODE_RESET };

static int write_state(struct xenbus_device *dev, enum xenbus_state state,
		       struct xenbus_transaction xbt)
{
	unsigned int now;

	/* Whoever removed the directory does not want it back. */
	if (xenbus_scanf(xbt, dev->nodename, "state", "%u", &now) != 1)
		return NODE_GONE;
	/* Made anew by the toolstack, for a device that is not this one. */
	if (now == XenbusStateInitialising && dev->state != XenbusStateInitialising) {
		dev_dbg(&dev->dev, "state was reset\n");
		return NODE_RESET;
	}
	return xenbus_printf(xbt, dev->nodename, "state", "%u", state);
}

static int try_switch(struct xenbus_device *dev, enum xenbus_state state)
{
	struct xenbus_transaction xbt;
	int err, end;

	err = xenbus_transaction_start(&xbt);
	if (err)
		return err;
	err = write_state(dev, state, xbt);
	end = xenbus_transaction_end(xbt, err);
	return err ?: end;
}

static int switch_state(struct xenbus_device *dev, enum xenbus_state state)
{
	int err = -EAGAIN, tries;

	for (tries = 0; tries < SWITCH_TRIES && err == -EAGAIN; tries++)
		err = try_switch(dev, state);
	if (err == WRITTEN || err == NODE_GONE)
		dev->state = state;
	return err;
}

/**
 * xenbus_switch_state() - tell the other half a new state
 * @dev: device
 * @state: the state
 *
 * Does nothing if we last wrote the same, or if the device's directory is no longer ours. If the
 * store refuses, that is reported and the device goes to Closing.
 *
 * Return: 0.
 */
int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state)
{
	int err;

	if (dev->vanished || dev->state == state)
		return 0;
	err = switch_state(dev, state);
	if (err >= 0)
		return 0;
	xenbus_dev_error(dev, err, "switching to state %s", xenbus_strstate(state));
	if (state != XenbusStateClosing && switch_state(dev, XenbusStateClosing) < 0)
		dev->state = XenbusStateClosing;
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_switch_state);

/**
 * xenbus_frontend_closed() - a frontend is done: say so to the other half and to a shutdown
 * @dev: device
 *
 * Return: 0.
 */
int xenbus_frontend_closed(struct xenbus_device *dev)
{
	xenbus_switch_state(dev, XenbusStateClosed);
	complete(&dev->down);
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_frontend_closed);

/**
 * xenbus_read_driver_state() - state of either half
 * @dev: device that asks, or NULL
 * @path: directory of the half
 *
 * Return: its state; %XenbusStateUnknown if there is none, or if the device has vanished.
 */
enum xenbus_state xenbus_read_driver_state(const struct xenbus_device *dev, const char *path)
{
	unsigned int state;

	if (dev ? dev->vanished : path_has_vanished(path))
		return XenbusStateUnknown;
	if (xenbus_scanf(XBT_NIL, path, "state", "%u", &state) != 1)
		return XenbusStateUnknown;
	return state;
}
EXPORT_SYMBOL_GPL(xenbus_read_driver_state);

/*
 * Watches of devices
 */

/**
 * xenbus_watch_path() - watch a path on behalf of a device
 * @dev: device
 * @path: path; the caller's, and must live as long as the watch
 * @watch: to be filled in and registered
 * @filter: becomes @watch->will_handle; may be NULL
 * @fn: becomes @watch->callback
 *
 * An error is fatal to the device; @watch->node is NULL then.
 *
 * Return: 0 or the error of register_xenbus_watch().
 */
int xenbus_watch_path(struct xenbus_device *dev, const char *path, struct xenbus_watch *watch,
		      xenbus_watch_filter filter, xenbus_watch_fn fn)
{
	int err;

	watch->callback = fn;
	watch->will_handle = filter;
	watch->node = path;
	err = register_xenbus_watch(watch);
	if (err) {
		watch->callback = NULL;
		watch->will_handle = NULL;
		watch->node = NULL;
		xenbus_dev_fatal(dev, err, "watching %s", path);
	}
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_watch_path);

/**
 * xenbus_watch_pathfmt() - as xenbus_watch_path(), for a path made by printf()
 * @dev: device
 * @watch: to be filled in and registered
 * @filter: may be NULL
 * @fn: the callback
 * @format: of the path
 *
 * On success @watch->node is the caller's to kfree() after unregistering.
 *
 * Return: 0 or the error of register_xenbus_watch(); -ENOMEM.
 */
int xenbus_watch_pathfmt(struct xenbus_device *dev, struct xenbus_watch *watch,
			 xenbus_watch_filter filter, xenbus_watch_fn fn, const char *format, ...)
{
	va_list args;
	char *path;
	int err;

	va_start(args, format);
	path = kvasprintf(GFP_NOIO | __GFP_HIGH, format, args);
	va_end(args);
	if (!path) {
		watch->node = NULL;
		xenbus_dev_fatal(dev, -ENOMEM, "no memory for the path of a watch");
		return -ENOMEM;
	}
	err = xenbus_watch_path(dev, path, watch, filter, fn);
	if (err)
		kfree(path);
	return err;
}
EXPORT_SYMBOL_GPL(xenbus_watch_pathfmt);

/*
 * The other half
 */

void xenbus_stop_watching(struct xenbus_device *dev)
{
	if (!dev->otherend_watch.node)
		return;
	unregister_xenbus_watch(&dev->otherend_watch);
	kfree(dev->otherend_watch.node);
	dev->otherend_watch.node = NULL;
}

/* Stop watching the other half and forget where it is. */
void xenbus_forget_otherend(struct xenbus_device *dev)
{
	const char *otherend = dev->otherend;

	xenbus_stop_watching(dev);
	spin_lock(&vanished_lock);
	dev->otherend = NULL;
	spin_unlock(&vanished_lock);
	kfree(otherend);
}

/* Find the other half anew. */
int xenbus_talk_to_otherend(struct xenbus_device *dev)
{
	xenbus_forget_otherend(dev);
	return to_xenbus_driver(dev->dev.driver)->read_otherend_details(dev);
}

int xenbus_watch_otherend(struct xenbus_device *dev)
{
	const struct xen_bus_type *bus = container_of_const(dev->dev.bus, struct xen_bus_type, bus);

	return xenbus_watch_pathfmt(dev, &dev->otherend_watch, bus->filter, bus->changed,
				    "%s/state", dev->otherend);
}

/**
 * xenbus_read_otherend_details() - find out where the other half is
 * @dev: device
 * @id_node: node of ours that has its domain
 * @path_node: node of ours that has its directory
 *
 * Return: 0; an error, already reported as fatal, if a node is missing or the directory does not
 * exist or may not be read.
 */
int xenbus_read_otherend_details(struct xenbus_device *dev, const char *id_node,
				 const char *path_node)
{
	char *path = NULL;
	int id, err;

	err = xenbus_gather(XBT_NIL, dev->nodename, id_node, "%i", &id, path_node, NULL, &path,
			    NULL);
	if (err) {
		xenbus_dev_fatal(dev, err, "%s and %s of %s cannot be read", id_node, path_node,
				 dev->nodename);
		return err;
	}
	if (!*path || !xenbus_exists(XBT_NIL, path, "")) {
		xenbus_dev_fatal(dev, -ENOENT, "the other half of %s, \"%s\", is not there",
				 dev->nodename, path);
		kfree(path);
		return -ENOENT;
	}
	dev->otherend_id = id;
	dev->otherend = path;
	return 0;
}
EXPORT_SYMBOL_GPL(xenbus_read_otherend_details);

/**
 * xenbus_otherend_changed() - the watch on the other half's state fired
 * @watch: of the device
 * @path: that changed
 * @close_on_shutdown: while the system goes down, answer Closing and nothing else
 */
void xenbus_otherend_changed(struct xenbus_watch *watch, const char *path, bool close_on_shutdown)
{
	struct xenbus_device *dev = container_of(watch, struct xenbus_device, otherend_watch);
	struct xenbus_driver *drv = to_xenbus_driver(dev->dev.driver);
	enum xenbus_state state;

	/* An event of a half that a resume has replaced. */
	if (!dev->otherend || !xs_path_within(path, dev->otherend))
		return;
	state = (xenbus_read_driver_state)(dev, dev->otherend);
	dev_dbg(&dev->dev, "the other half is %s\n", xenbus_strstate(state));
	if (system_state > SYSTEM_RUNNING) {
		if (close_on_shutdown && state == XenbusStateClosing)
			xenbus_frontend_closed(dev);
	} else if (drv->otherend_changed) {
		drv->otherend_changed(dev, state);
	}
}
EXPORT_SYMBOL_GPL(xenbus_otherend_changed);
