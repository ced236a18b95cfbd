/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of drivers/xen/xenbus; nothing here is for anyone else. */
#ifndef _XEN_XENBUS_INTERNAL_H
#define _XEN_XENBUS_INTERNAL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <xen/xenbus.h>
#include "comms.h"
#include "text.h"

/* request.c */
struct xs_request *xs_request_make(const struct xsd_sockmsg *hdr, const struct kvec *parts,
				   unsigned int count, gfp_t gfp);
void xs_request_put(struct xs_request *req);
void xs_request_send(struct xs_request *req);
void xs_request_left(struct xs_request *req);
void *xs_talk(struct xenbus_transaction xbt, enum xsd_sockmsg_type type, const struct kvec *parts,
	      unsigned int count, unsigned int *size);
void xs_end_of_users_transaction(u32 id);
unsigned int xs_generation(void);
int xs_requests_init(void);

/* For comms, see struct xs_comms_ops. */
struct xs_request *xs_request_next(void);
bool xs_request_waiting(void);
void xs_request_sent(struct xs_request *req);
bool xs_request_replied(const struct xsd_sockmsg *hdr, char *body);
void xs_requests_fail(int error);

/* comms_thread.c */
extern wait_queue_head_t xs_wait;
int xs_comms_bind(evtchn_port_t port);
void xs_comms_unbind(void);
int xs_comms_start(void);
int xs_comms_start_with(struct xenstore_domain_interface *page, void (*kick)(void));
bool xs_comms_heard(void);
void xs_comms_stop(void);
void xs_comms_continue(bool anew);

/* watch.c */
int xs_watch_event(char *body, u32 len);
int xs_watch_register(struct xenbus_watch *watch, bool each_path);
int xs_watches_init(void);
void xs_watches_hold(void);
void xs_watches_release(void);
void xs_watches_renew(void);

/*
 * Buses and devices
 */

enum xs_kind { XS_NONE, XS_PV, XS_HVM, XS_LOCAL };
extern enum xs_kind xen_store_kind;

/**
 * struct xen_bus_type - a bus of one kind of halves
 * @root: its directory in the store
 * @levels: of names below @root that name a device
 * @get_bus_id: the device's name for sysfs
 * @probe: looks for new devices at root/type/dir
 * @filter: asked before an event of the other half's state is queued, or NULL
 * @changed: the other half's state changed
 * @states_reset: a state of Initialising under a bound driver means that the device was made anew
 * @bus: for the driver core
 */
struct xen_bus_type {
	const struct bus_type bus;
	const char *root;
	unsigned int levels;
	bool states_reset;
	int (*probe)(struct xen_bus_type *bus, const char *type, const char *dir);
	int (*get_bus_id)(const char *nodename, char id[XEN_BUS_ID_SIZE]);
	xenbus_watch_fn changed;
	xenbus_watch_filter filter;
};

/* bus.c */
int xenbus_add_driver(struct xenbus_driver *drv, struct xen_bus_type *bus, struct module *owner,
		      const char *module);
int xenbus_match(struct device *dev, const struct device_driver *drv);
int xenbus_dev_probe(struct device *dev);
void xenbus_dev_remove(struct device *dev);
int xenbus_dev_freeze(struct device *dev);
int xenbus_dev_restore(struct device *dev);
int xenbus_dev_thaw(struct device *dev);
extern const struct attribute_group *xenbus_dev_groups[];

/* scan.c */
void xenbus_rescan(struct xen_bus_type *bus);
void xenbus_dev_changed(const char *node, struct xen_bus_type *bus);
int xenbus_probe_devices(struct xen_bus_type *bus);
int xenbus_probe_node(struct xen_bus_type *bus, const char *type, const char *nodename);

/* state.c */
int xenbus_read_otherend_details(struct xenbus_device *dev, const char *id_node,
				 const char *path_node);
int xenbus_talk_to_otherend(struct xenbus_device *dev);
int xenbus_watch_otherend(struct xenbus_device *dev);
void xenbus_stop_watching(struct xenbus_device *dev);
void xenbus_forget_otherend(struct xenbus_device *dev);
void xenbus_otherend_changed(struct xenbus_watch *watch, const char *path, bool close_on_shutdown);
void xenbus_unregister_vanished(struct xenbus_device *dev);

#endif
