// SPDX-License-Identifier: GPL-2.0
/*
 * The bus "xen-backend": devices that this domain serves, at backend/<type>/<domain>/<id>.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include "internal.h"

/* backend/<type>/<domain>/<id> is <type>-<domain>-<id>. The frontend's directory must be there. */
static int backend_id(const char *nodename, char id[XEN_BUS_ID_SIZE])
{
	const char *last = strrchr(nodename, '/');
	char type[XEN_BUS_ID_SIZE], *frontend = NULL;
	int domain, len, err;

	if (!last || xs_path_type(nodename, type))
		return -EINVAL;
	err = xenbus_gather(XBT_NIL, nodename, "frontend-id", "%i", &domain, "frontend", NULL,
			    &frontend, NULL);
	if (!err && !*frontend)
		err = -ERANGE;
	if (!err && !xenbus_exists(XBT_NIL, frontend, ""))
		err = -ENOENT;
	kfree(frontend);
	if (err)
		return err;
	len = snprintf(id, XEN_BUS_ID_SIZE, "%s-%d-%s", type, domain, last + 1);
	return len < XEN_BUS_ID_SIZE ? 0 : -ENOSPC;
}

static int backend_uevent(const struct device *device, struct kobj_uevent_env *env)
{
	const struct xenbus_device *dev = to_xenbus_device(device);
	const struct xenbus_driver *drv;

	if (add_uevent_var(env, "MODALIAS=xen-backend:%s", dev->devicetype) ||
	    add_uevent_var(env, "XENBUS_TYPE=%s", dev->devicetype) ||
	    add_uevent_var(env, "XENBUS_PATH=%s", dev->nodename) ||
	    add_uevent_var(env, "XENBUS_BASE_PATH=backend"))
		return -ENOMEM;
	if (!device->driver)
		return 0;
	drv = to_xenbus_driver(device->driver);
	return drv->uevent ? drv->uevent(dev, env) : 0;
}

/* All devices of one type for one frontend domain. */
static int probe_domain(struct xen_bus_type *bus, const char *type, const char *domain)
{
	char *dir = kasprintf(GFP_KERNEL, "%s/%s/%s", bus->root, type, domain);
	unsigned int count, i;
	char **ids, *node;
	int err = 0;

	if (!dir)
		return -ENOMEM;
	ids = xenbus_directory(XBT_NIL, dir, "", &count);
	if (IS_ERR(ids)) {
		kfree(dir);
		return PTR_ERR(ids);
	}
	for (i = 0; i < count && err != -ENOMEM; i++) {
		node = kasprintf(GFP_KERNEL, "%s/%s", dir, ids[i]);
		err = node ? xenbus_probe_node(bus, type, node) : -ENOMEM;
		kfree(node);
	}
	kfree(ids);
	kfree(dir);
	return err;
}

static void frontend_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	xenbus_otherend_changed(watch, path, false);
}

static struct xen_bus_type backend_bus = {
	.root = "backend",
	.levels = 3,
	.get_bus_id = backend_id,
	.probe = probe_domain,
	.changed = frontend_changed,
	.bus = {
		.name = "xen-backend",
		.match = xenbus_match,
		.uevent = backend_uevent,
		.probe = xenbus_dev_probe,
		.remove = xenbus_dev_remove,
		.dev_groups = xenbus_dev_groups,
	},
};

static void directory_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	if (xchg(&watch->lost, false))
		xenbus_rescan(&backend_bus);
	else
		xenbus_dev_changed(path, &backend_bus);
}

static struct xenbus_watch directory_watch = {
	.node = "backend",
	.callback = directory_changed,
};

/**
 * xenbus_dev_is_online() - may a frontend come back to this backend device
 * @dev: device
 *
 * Return: 1 unless the toolstack is about to remove it.
 */
int xenbus_dev_is_online(struct xenbus_device *dev)
{
	return xenbus_read_unsigned(dev->nodename, "online", 0) != 0;
}
EXPORT_SYMBOL_GPL(xenbus_dev_is_online);

static int find_frontend(struct xenbus_device *dev)
{
	return xenbus_read_otherend_details(dev, "frontend-id", "frontend");
}

/**
 * __xenbus_register_backend() - register a backend; called by xenbus_register_backend()
 * @driver: the driver; stays the caller's
 * @owner: its module
 * @module: that module's name
 *
 * Return: 0 or the driver core's error.
 */
int __xenbus_register_backend(struct xenbus_driver *driver, struct module *owner,
			      const char *module)
{
	driver->read_otherend_details = find_frontend;
	return xenbus_add_driver(driver, &backend_bus, owner, module);
}
EXPORT_SYMBOL_GPL(__xenbus_register_backend);

/*
 * Memory pressure: drivers are asked to give caches back. The shrinker itself has nothing.
 */

static int reclaim_from(struct device *device, void *unused)
{
	const struct xenbus_driver *drv;
	struct xenbus_device *dev = to_xenbus_device(device);

	if (!device->driver)
		return 0;
	drv = to_xenbus_driver(device->driver);
	if (drv->reclaim_memory && !down_trylock(&dev->reclaim_sem)) {
		drv->reclaim_memory(dev);
		up(&dev->reclaim_sem);
	}
	return 0;
}

static unsigned long pressure(struct shrinker *shrinker, struct shrink_control *sc)
{
	bus_for_each_dev(&backend_bus.bus, NULL, NULL, reclaim_from);
	return 0;
}

static int store_answers(struct notifier_block *nb, unsigned long event, void *data)
{
	int err;

	xenbus_probe_devices(&backend_bus);
	err = register_xenbus_watch(&directory_watch);
	if (err)
		pr_err("new backends will not be seen: %d\n", err);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

static int __init xenbus_backend_bus_init(void)
{
	struct shrinker *shrinker;
	int err;

	err = bus_register(&backend_bus.bus);
	if (err)
		return err;
	register_xenstore_notifier(&store_nb);
	shrinker = shrinker_alloc(0, "xen-backend");
	if (!shrinker) {
		pr_warn("backends will not hear of memory pressure\n");
		return 0;
	}
	shrinker->count_objects = pressure;
	shrinker_register(shrinker);
	return 0;
}
subsys_initcall(xenbus_backend_bus_init);
