// SPDX-License-Identifier: GPL-2.0
/*
 * A device's life: events come in from the bus, the gate, workers and orphans; the table says
 * what to do; the actions here do it, all under the device's lock.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include "internal.h"

static void backend_free(struct kref *ref)
{
	struct xen_backend *be = container_of(ref, struct xen_backend, ref);

	if (be->drv->ops->release)
		be->drv->ops->release(be);
	xen_account_put(be->account);
	put_device(&be->dev->dev);
	if (atomic_dec_and_test(&be->drv->alive))
		wake_up_var(&be->drv->alive);
	kfree(be);
}

void xen_backend_get(struct xen_backend *be)
{
	kref_get(&be->ref);
}

void xen_backend_put(struct xen_backend *be)
{
	kref_put(&be->ref, backend_free);
}

static enum xen_peer peer_class(struct xen_backend *be)
{
	if (be->peer <= XenbusStateReconfigured && (be->drv->connect_on & BIT(be->peer)))
		return XEN_PEER_READY;
	switch (be->peer) {
	case XenbusStateInitialising:
		return XEN_PEER_START;
	case XenbusStateClosing:
		return XEN_PEER_CLOSING;
	case XenbusStateClosed:
		return xenbus_dev_is_online(be->dev) ? XEN_PEER_CLOSED : XEN_PEER_GONE;
	case XenbusStateUnknown:
		return XEN_PEER_GONE;
	default:
		return XEN_PEER_IDLE;
	}
}

static void life_set(struct xen_backend *be, enum xen_life life)
{
	lockdep_assert_held(&be->lock);
	be->life = life;
}

static void teardown(struct xen_backend *be)
{
	struct xen_queue_set *set;

	set = rcu_dereference_protected(be->set, lockdep_is_held(&be->lock));
	if (!set)
		return;
	if (be->drv->ops->disconnecting)
		be->drv->ops->disconnecting(be);
	rcu_assign_pointer(be->set, NULL);
	xen_set_end(be, set);
}

static void report(struct xen_backend *be, int err, const char *text)
{
	char *path = kasprintf(GFP_KERNEL, "error/%s", be->dev->nodename);

	dev_notice_ratelimited(&be->dev->dev, "%s (%d)\n", text, err);
	if (path)
		xenbus_printf(XBT_NIL, path, "error", "%d %s", -err, text);
	kfree(path);
}

static void act_announce(struct xen_backend *be)
{
	int err;

	teardown(be);
	be->fail_error = 0;
	/* Through Closed, as frontends expect that saw us connected. */
	if (be->life == XEN_LIFE_LIVE || be->life == XEN_LIFE_CLOSING)
		xenbus_switch_state(be->dev, XenbusStateClosed);
	err = xen_offer_write(be, be->drv->early);
	if (err) {
		report(be, err, "cannot write the offers");
		return;
	}
	life_set(be, be->gate_open ? XEN_LIFE_READY : XEN_LIFE_WAIT);
	xenbus_switch_state(be->dev, XenbusStateInitWait);
}

static void act_fail(struct xen_backend *be)
{
	teardown(be);
	life_set(be, XEN_LIFE_CLOSING);
	xenbus_switch_state(be->dev, XenbusStateClosing);
}

static void act_connect(struct xen_backend *be)
{
	const char *text = "cannot set up the queues";
	struct xen_queue_set *set;
	int err;

	life_set(be, XEN_LIFE_READY);
	/* Writes of the old connection could still land after those of a new one. */
	if (atomic_read(&be->orphans))
		return;
	be->fail_error = 0;
	be->nr_queues = 1;
	be->nr_extra = 0;
	err = be->drv->ops->configure(be);
	if (err) {
		text = "the frontend's configuration is refused";
		goto fail;
	}
	err = xen_set_build(be, &set);
	if (err)
		goto fail;
	err = xen_offer_write(be, be->drv->live);
	if (err) {
		text = "cannot write the device's properties";
		xen_set_end(be, set);
		goto fail;
	}
	life_set(be, XEN_LIFE_LIVE);
	xen_set_publish(be, set);
	xenbus_switch_state(be->dev, XenbusStateConnected);
	if (be->drv->ops->connected)
		be->drv->ops->connected(be);
	return;
fail:
	report(be, err, text);
	act_fail(be);
}

static void act_closed(struct xen_backend *be)
{
	teardown(be);
	life_set(be, XEN_LIFE_CLOSED);
	xenbus_switch_state(be->dev, XenbusStateClosed);
}

static void act_closing(struct xen_backend *be)
{
	if (!(be->drv->flags & XEN_BACKEND_SERVE_CLOSING))
		teardown(be);
	life_set(be, XEN_LIFE_CLOSING);
	xenbus_switch_state(be->dev, XenbusStateClosing);
}

/* Return: true if the caller has to unregister the device, without the lock. */
static bool life_event(struct xen_backend *be, enum xen_life_event event)
{
	lockdep_assert_held(&be->lock);
	if (event == XEN_EVENT_GATE)
		be->gate_open = true;
	switch (xen_life_action(be->life, peer_class(be), event)) {
	case XEN_ACT_NONE:
		break;
	case XEN_ACT_OPEN:
		if (be->life == XEN_LIFE_WAIT)
			life_set(be, XEN_LIFE_READY);
		break;
	case XEN_ACT_ANNOUNCE:
		act_announce(be);
		break;
	case XEN_ACT_CONNECT:
		if (be->gate_open)
			act_connect(be);
		else
			act_announce(be);
		break;
	case XEN_ACT_CLOSING:
		act_closing(be);
		break;
	case XEN_ACT_FAIL:
		act_fail(be);
		break;
	case XEN_ACT_CLOSED:
		act_closed(be);
		break;
	case XEN_ACT_UNREGISTER:
		act_closed(be);
		return true;
	case XEN_ACT_REMOVE:
		teardown(be);
		life_set(be, XEN_LIFE_GONE);
		break;
	}
	return false;
}

static void peer_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct xen_backend *be = xen_backend_of(&dev->dev);
	bool unregister;

	if (!be)
		return;
	mutex_lock(&be->lock);
	be->peer = state;
	if (be->drv->ops->peer_changed)
		be->drv->ops->peer_changed(be, state);
	unregister = life_event(be, XEN_EVENT_PEER);
	mutex_unlock(&be->lock);
	/*
	 * Only ever done from the bus's own watch thread, which is what keeps it from being done
	 * twice.
	 */
	if (unregister)
		device_unregister(&dev->dev);
}

void xen_backend_recheck_gate(struct xen_backend *be)
{
	char *value;
	int ret;

	value = xenbus_read(XBT_NIL, be->dev->nodename, be->drv->gate_node, NULL);
	if (IS_ERR(value))
		return;
	mutex_lock(&be->lock);
	ret = 0;
	if (be->life != XEN_LIFE_GONE && !be->gate_open)
		ret = be->drv->ops->gate(be, value);
	if (ret > 0) {
		life_event(be, XEN_EVENT_GATE);
	} else if (ret < 0) {
		report(be, ret, "the device cannot be set up");
		life_event(be, XEN_EVENT_FATAL);
	}
	mutex_unlock(&be->lock);
	kfree(value);
}
EXPORT_SYMBOL_GPL(xen_backend_recheck_gate);

static void gate_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	xen_backend_recheck_gate(container_of(watch, struct xen_backend, gate));
}

/*
 * The toolstack writes the node, but nothing keeps it from doing so often: one pending event is
 * enough.
 */
static bool gate_will_handle(struct xenbus_watch *watch, const char *path, const char *token)
{
	return watch->nr_pending == 0;
}

static void fail_work(struct work_struct *work)
{
	struct xen_backend *be = container_of(work, struct xen_backend, fail_work);

	mutex_lock(&be->lock);
	if (be->life != XEN_LIFE_GONE && be->fail_error) {
		report(be, be->fail_error, be->fail_text);
		life_event(be, XEN_EVENT_FATAL);
	}
	mutex_unlock(&be->lock);
}

void xen_backend_fatal(struct xen_backend *be, int err, const char *text)
{
	if (cmpxchg(&be->fail_error, 0, err))
		return;
	be->fail_text = text;
	schedule_work(&be->fail_work);
}
EXPORT_SYMBOL_GPL(xen_backend_fatal);

/* Runs once for each orphan, with the orphan's reference, which it drops. */
static void drain_work(struct work_struct *work)
{
	struct xen_backend *be = container_of(work, struct xen_backend, drain_work);

	mutex_lock(&be->lock);
	if (be->life != XEN_LIFE_GONE)
		life_event(be, XEN_EVENT_DRAINED);
	mutex_unlock(&be->lock);
	xen_backend_put(be);
}

static struct xen_backend *backend_alloc(struct xenbus_device *dev)
{
	struct xen_backend_driver *drv;
	struct xen_backend *be = kzalloc(sizeof(*be), GFP_KERNEL);

	if (!be)
		return NULL;
	drv = container_of(to_xenbus_driver(dev->dev.driver), struct xen_backend_driver, xenbus);
	be->account = xen_account_get(dev->otherend_id);
	if (!be->account) {
		kfree(be);
		return NULL;
	}
	be->dev = dev;
	be->drv = drv;
	be->domid = dev->otherend_id;
	be->gate_open = !drv->gate_node;
	be->peer = XenbusStateInitialising;
	mutex_init(&be->lock);
	kref_init(&be->ref);
	INIT_WORK(&be->fail_work, fail_work);
	INIT_WORK(&be->drain_work, drain_work);
	snprintf(be->name, sizeof(be->name), "%s", dev_name(&dev->dev));
	get_device(&dev->dev);
	atomic_inc(&drv->alive);
	return be;
}

static void backend_remove(struct xenbus_device *dev)
{
	struct xen_backend *be = xen_backend_of(&dev->dev);

	if (!be)
		return;
	/* Without the lock: the callback takes it. */
	if (be->gate.node) {
		unregister_xenbus_watch(&be->gate);
		kfree(be->gate.node);
		be->gate.node = NULL;
	}
	xen_backend_debugfs_del(be);
	mutex_lock(&be->lock);
	life_event(be, XEN_EVENT_REMOVE);
	mutex_unlock(&be->lock);
	cancel_work_sync(&be->fail_work);
	if (be->drv->ops->remove)
		be->drv->ops->remove(be);
	dev_set_drvdata(&dev->dev, NULL);
	xen_backend_put(be);
}

static int backend_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct xen_backend *be = backend_alloc(dev);
	int err;

	if (!be)
		return -ENOMEM;
	err = be->drv->ops->probe(be);
	if (err) {
		xen_backend_put(be);
		return err;
	}
	dev_set_drvdata(&dev->dev, be);
	xen_backend_debugfs_add(be);
	mutex_lock(&be->lock);
	life_event(be, XEN_EVENT_PEER);
	mutex_unlock(&be->lock);
	if (be->drv->gate_node) {
		err = xenbus_watch_pathfmt(dev, &be->gate, gate_will_handle, gate_changed, "%s/%s",
					   dev->nodename, be->drv->gate_node);
		if (err)
			backend_remove(dev);
	}
	return err;
}

static void backend_reclaim(struct xenbus_device *dev)
{
	struct xen_backend *be = xen_backend_of(&dev->dev);

	if (be && be->drv->ops->reclaim)
		be->drv->ops->reclaim(be);
}

static int backend_uevent(const struct xenbus_device *dev, struct kobj_uevent_env *env)
{
	struct xen_backend *be = dev_get_drvdata(&dev->dev);

	return be && be->drv->ops->uevent ? be->drv->ops->uevent(be, env) : 0;
}

int xen_backend_register(struct xen_backend_driver *drv, struct module *owner)
{
	if (!drv->ops || !drv->ops->probe || !drv->ops->configure || !drv->ops->queue_init ||
	    (drv->gate_node && !drv->ops->gate))
		return -EINVAL;
	strscpy(drv->ids[0].devicetype, drv->type, sizeof(drv->ids[0].devicetype));
	drv->ids[1].devicetype[0] = '\0';
	drv->xenbus = (struct xenbus_driver) {
		.name = drv->type,
		.ids = drv->ids,
		.allow_rebind = true,
		.probe = backend_probe,
		.remove = backend_remove,
		.otherend_changed = peer_changed,
		.uevent = backend_uevent,
		.reclaim_memory = backend_reclaim,
	};
	return __xenbus_register_backend(&drv->xenbus, owner, drv->type);
}
EXPORT_SYMBOL_GPL(xen_backend_register);

void xen_backend_unregister(struct xen_backend_driver *drv)
{
	xenbus_unregister_driver(&drv->xenbus);
	/* Orphans run the driver's code when they end. */
	wait_var_event(&drv->alive, !atomic_read(&drv->alive));
}
EXPORT_SYMBOL_GPL(xen_backend_unregister);
