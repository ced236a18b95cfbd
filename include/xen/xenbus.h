/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface of xenbus: devices that two domains share, and the store in which they meet.
 *
 * Contexts: unless a function says otherwise it sleeps (it asks the store and waits for the answer)
 * and may be called from any process context, watch callbacks included. Errors are negative errno.
 * Documentation/virt/xen/xenbus.rst has the idea, the contract and the locks.
 */
#ifndef _XEN_XENBUS_H
#define _XEN_XENBUS_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/xenbus.h>
#include <xen/interface/io/xs_wire.h>
#include <xen/interface/xen.h>
#include <xen/xenbus_port.h>

struct work_struct;
struct xenbus_watch;

/* A ring that spans domains has at most this many pages of 4 KiB: two to the power of the order. */
#define XENBUS_MAX_RING_GRANT_ORDER	4
#define XENBUS_MAX_RING_GRANTS		16U

typedef bool (*xenbus_watch_filter)(struct xenbus_watch *watch, const char *path,
				    const char *token);
typedef void (*xenbus_watch_fn)(struct xenbus_watch *watch, const char *path, const char *token);

/**
 * struct xenbus_watch - a wish to hear of changes at a node and below
 * @list: private: all watches
 * @node: the path; set by the owner before registering, his to free after unregistering
 * @nr_pending: events that wait for @callback; under the watch lock. At most one if @node is
 *	absolute (then another domain may be able to write there): further ones merge with it.
 *	Otherwise events of the same path merge, and beyond a fixed number of different paths
 *	all further ones become one event for @node itself.
 * @will_handle: asked before an event is queued, under a spin lock; false drops it. May be NULL.
 * @callback: called by the thread "xenwatch", one event at a time, without locks
 * @depth: private: levels below @node to hear of, as text for the store, or NULL for all
 * @id: private: what the store knows the watch by
 * @each_path: private: events of different paths do not merge
 * @lost: private: events did merge: more than their paths tell may have changed
 * @events: private: what waits for @callback
 * @spare: private: the event for @node, for when memory or room is short
 */
struct xenbus_watch {
	const char *node;
	xenbus_watch_fn callback;
	xenbus_watch_filter will_handle;
	unsigned int nr_pending;
	struct list_head list;
	const char *depth;
	u32 id;
	bool each_path, lost;
	struct list_head events;
	struct xs_event *spare;
};

/**
 * struct xenbus_device - one half of a device that two domains share
 * @devicetype: "vbd", "vif" ...
 * @nodename: our half's directory in the store
 * @otherend: the other half's directory; changes over save and restore
 * @vanished: the directory went away, or was made anew, without a good-bye
 * @otherend_id: domain of the other half
 * @otherend_watch: on the other half's state
 * @dev: for the driver core
 * @state: what we last wrote as our state, see xenbus_switch_state()
 * @down: done when the frontend has closed, see xenbus_frontend_closed()
 * @work: private: a restore that had to be put off
 * @reclaim_sem: held around probe, remove and reclaim_memory of the driver
 * @event_channels: bound interdomain channels, in sysfs
 * @events: events seen, in sysfs
 * @spurious_events: events that brought no work, in sysfs
 * @jiffies_eoi_delayed: time by which ends of interrupts were put off, in sysfs
 * @spurious_threshold: spurious events in a row that are let go, in sysfs, writable
 */
struct xenbus_device {
	struct device dev;
	const char *nodename, *devicetype, *otherend;
	int otherend_id;
	enum xenbus_state state;
	bool vanished;
	struct xenbus_watch otherend_watch;
	atomic_t events, spurious_events, event_channels, jiffies_eoi_delayed;
	unsigned int spurious_threshold;
	struct semaphore reclaim_sem;
	struct work_struct work;
	struct completion down;
};

#define to_xenbus_device(d)	container_of_const(d, struct xenbus_device, dev)

/**
 * struct xenbus_device_id - a type of device that a driver serves
 * @devicetype: its name; an empty one ends the table
 */
struct xenbus_device_id {
	char devicetype[32];
};

/**
 * struct xenbus_driver - serves one half of a type of devices
 * @name: of the driver; NULL means ids[0].devicetype
 * @ids: types, ended by an empty one
 * @allow_rebind: unbinding leaves the state alone instead of closing
 * @not_essential: booting waits 30 s for such a device, not 300
 * @probe: a device appeared; @read_otherend_details has succeeded
 * @otherend_changed: the other half's state changed; called by xenwatch
 * @remove: the device goes
 * @suspend: the domain is going to be saved
 * @resume: it is running again, perhaps elsewhere; the other half is a new one
 * @uevent: adds to the event for user space
 * @driver: for the driver core
 * @read_otherend_details: the bus's own, set when registering
 * @is_ready: connected is not enough to go on booting; non-zero once it is
 * @reclaim_memory: memory is short (backends)
 */
struct xenbus_driver {
	struct device_driver driver;
	const char *name;
	const struct xenbus_device_id *ids;
	bool not_essential, allow_rebind;
	int (*read_otherend_details)(struct xenbus_device *dev);
	int (*probe)(struct xenbus_device *dev, const struct xenbus_device_id *id);
	void (*remove)(struct xenbus_device *dev);
	void (*otherend_changed)(struct xenbus_device *dev, enum xenbus_state state);
	int (*is_ready)(struct xenbus_device *dev);
	int (*resume)(struct xenbus_device *dev);
	int (*suspend)(struct xenbus_device *dev);
	void (*reclaim_memory)(struct xenbus_device *dev);
	int (*uevent)(const struct xenbus_device *dev, struct kobj_uevent_env *env);
};

#define to_xenbus_driver(d)	container_of_const(d, struct xenbus_driver, driver)

int __must_check __xenbus_register_frontend(struct xenbus_driver *driver, struct module *owner,
					    const char *module);
int __must_check __xenbus_register_backend(struct xenbus_driver *driver, struct module *owner,
					   const char *module);
#define xenbus_register_frontend(d)	__xenbus_register_frontend(d, THIS_MODULE, KBUILD_MODNAME)
#define xenbus_register_backend(d)	__xenbus_register_backend(d, THIS_MODULE, KBUILD_MODNAME)
void xenbus_unregister_driver(struct xenbus_driver *driver);

/**
 * struct xenbus_transaction - a set of changes to the store that happen together or not at all
 * @id: the store's number for it; 0 is none
 */
struct xenbus_transaction {
	u32 id;
};

#define XBT_NIL		((struct xenbus_transaction) { 0 })

/* store.c: nodes are named by a directory and a node below it, "" for the directory itself */
void *xenbus_read(struct xenbus_transaction xbt, const char *dir, const char *node,
		  unsigned int *size);
unsigned int xenbus_read_unsigned(const char *dir, const char *node, unsigned int fallback);
int __scanf(4, 5) xenbus_scanf(struct xenbus_transaction xbt, const char *dir, const char *node,
			       const char *format, ...);
int xenbus_gather(struct xenbus_transaction xbt, const char *dir, ...);
int xenbus_exists(struct xenbus_transaction xbt, const char *dir, const char *node);
char **xenbus_directory(struct xenbus_transaction xbt, const char *dir, const char *node,
			unsigned int *count);
int __printf(4, 5) xenbus_printf(struct xenbus_transaction xbt, const char *dir, const char *node,
				 const char *format, ...);
int xenbus_write(struct xenbus_transaction xbt, const char *dir, const char *node,
		 const char *value);
int xenbus_rm(struct xenbus_transaction xbt, const char *dir, const char *node);
int xenbus_transaction_start(struct xenbus_transaction *xbt);
int xenbus_transaction_end(struct xenbus_transaction xbt, bool abort);

static inline bool xenbus_text_is_error(char **text)
{
	if (!IS_ERR(*text) && !**text) {
		kfree(*text);
		*text = ERR_PTR(-ERANGE);
	}
	return IS_ERR(*text);
}

static inline bool xenbus_means_absent(int error)
{
	return error == -ENOENT || error == -ERANGE;
}

/* For kmalloc'ed texts from the store: frees an empty one and makes it an error. */
#define XENBUS_IS_ERR_READ(text)	xenbus_text_is_error(&(text))

/* Is it the error of a node that is absent or has no sensible value? */
#define XENBUS_EXIST_ERR(error)		xenbus_means_absent(error)

/* start.c */
extern int xenstored_ready;
extern struct xenstore_domain_interface *xen_store_interface;
extern int xen_store_evtchn;
void unregister_xenstore_notifier(struct notifier_block *nb);
int register_xenstore_notifier(struct notifier_block *nb);

/* watch.c */
void unregister_xenbus_watch(struct xenbus_watch *watch);
int register_xenbus_watch(struct xenbus_watch *watch);

/* request.c */
void xs_suspend(void);
void xs_suspend_cancel(void);
void xs_resume(void);

/* state.c, errors.c */
int xenbus_watch_path(struct xenbus_device *dev, const char *path, struct xenbus_watch *watch,
		      xenbus_watch_filter filter, xenbus_watch_fn fn);
int __printf(5, 6) xenbus_watch_pathfmt(struct xenbus_device *dev, struct xenbus_watch *watch,
					xenbus_watch_filter filter, xenbus_watch_fn fn,
					const char *format, ...);
enum xenbus_state (xenbus_read_driver_state)(const struct xenbus_device *dev, const char *path);
const char *xenbus_strstate(enum xenbus_state state);
int xenbus_dev_is_online(struct xenbus_device *dev);
int xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state);
void __printf(3, 4) xenbus_dev_error(struct xenbus_device *dev, int error,
				     const char *format, ...);
void __printf(3, 4) xenbus_dev_fatal(struct xenbus_device *dev, int error,
				     const char *format, ...);
int xenbus_frontend_closed(struct xenbus_device *dev);

/* ring_grant.c: what we offer to the other half; ring_map.c: what it offers to us */
int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port);
int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port);
int xenbus_setup_ring(struct xenbus_device *dev, gfp_t gfp, void **ring, unsigned int pages,
		      grant_ref_t *refs);
void xenbus_teardown_ring(void **ring, unsigned int pages, grant_ref_t *refs);
int xenbus_unmap_ring_vfree(struct xenbus_device *dev, void *ring);
int xenbus_map_ring_valloc(struct xenbus_device *dev, grant_ref_t *refs, unsigned int count,
			   void **ring);

extern const struct file_operations xen_xenbus_fops;

#endif /* _XEN_XENBUS_H */
