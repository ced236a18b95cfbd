// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the store, and telling others when it answers.
 *
 *   kind      who runs the store        page and port               it answers
 *   XS_PV     another domain            from the start info         from the start
 *   XS_HVM    another domain            parameters, perhaps late    when events work and the
 *                                                                   page is connected
 *   XS_LOCAL  a process of this domain  made here                   at its first event
 *             (or a domain started
 *             by one, see user_backend.c)
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/init.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/frame_page.h>
#include <xen/hv_evtchn.h>
#include <xen/hvm.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>
#include "internal.h"

/* PV domU: set before the first initcall of a driver, for there the store is known to answer. */
int xenstored_ready;

/* The store's port; 0 means that there is none. */
int xen_store_evtchn;
EXPORT_SYMBOL_GPL(xen_store_evtchn);

/* The page with the store's rings; NULL until there is one. */
struct xenstore_domain_interface *xen_store_interface;
EXPORT_SYMBOL_GPL(xen_store_interface);

/* Who runs the store, and so how it is found and when it answers; set once, at boot. */
enum xs_kind xen_store_kind;
EXPORT_SYMBOL_GPL(xen_store_kind);

/*
 * Telling others
 */

static BLOCKING_NOTIFIER_HEAD(ready_chain);
static DEFINE_MUTEX(ready_lock);

/**
 * register_xenstore_notifier() - be called once the store answers
 * @nb: called at once, in this context, if it does already
 *
 * Return: 0, or what @nb returned.
 */
int register_xenstore_notifier(struct notifier_block *nb)
{
	bool ready;

	mutex_lock(&ready_lock);
	ready = xenstored_ready;
	if (!ready)
		blocking_notifier_chain_register(&ready_chain, nb);
	mutex_unlock(&ready_lock);
	return ready ? nb->notifier_call(nb, 0, NULL) : 0;
}
EXPORT_SYMBOL_GPL(register_xenstore_notifier);

/**
 * unregister_xenstore_notifier() - do not be called any more
 * @nb: registered
 */
void unregister_xenstore_notifier(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&ready_chain, nb);
}
EXPORT_SYMBOL_GPL(unregister_xenstore_notifier);

static void set_ready(void)
{
	mutex_lock(&ready_lock);
	xenstored_ready = 1;
	mutex_unlock(&ready_lock);
}

/*
 * Talking
 */

static int start_talking(void)
{
	int err;

	err = xs_requests_init();
	if (!err)
		err = xs_comms_start();
	if (!err)
		err = xs_watches_init();
	if (err)
		pr_err("no communication with the store: %d\n", err);
	return err;
}

/* Map the page that a parameter names; NULL while it names none. */
static struct xenstore_domain_interface *map_page_of_parameter(void)
{
	u64 gfn = 0;

	if (hvm_get_parameter(HVM_PARAM_STORE_PFN, &gfn) || !gfn || gfn == ~0ULL)
		return NULL;
	if (gfn > (ULONG_MAX >> XEN_PAGE_SHIFT)) {
		pr_err("the store's page is at frame %llx, which is out of reach\n", gfn);
		return NULL;
	}
	return memremap(gfn << XEN_PAGE_SHIFT, XEN_PAGE_SIZE, MEMREMAP_WB);
}

static bool page_is_connected(void)
{
	if (!xen_store_interface)
		xen_store_interface = map_page_of_parameter();
	return xen_store_interface &&
	       READ_ONCE(xen_store_interface->connection) == XENSTORE_CONNECTED;
}

/* The store answers: talk, if that had to wait, and let everybody know. */
static void answers(void)
{
	static DEFINE_MUTEX(once);
	static bool done;

	mutex_lock(&once);
	if (!done && (xen_store_kind != XS_HVM || !start_talking())) {
		done = true;
		set_ready();
		blocking_notifier_call_chain(&ready_chain, 0, NULL);
	}
	mutex_unlock(&once);
}

/* Does the channel by which events come exist yet? With a platform device it is made later. */
static bool events_work(void)
{
#ifdef CONFIG_XEN_PVHVM
	return xen_store_kind != XS_HVM || xen_have_vector_callback;
#else
	return true;
#endif
}

/* Nothing to do until the first event; after it the page may lag behind. */
static int late_thread(void *unused)
{
	wait_event_idle(xs_wait, xs_comms_heard());
	while (xen_store_kind == XS_HVM && !page_is_connected())
		schedule_timeout_idle(HZ / 10);
	answers();
	return 0;
}

static int __init xenbus_answers_initcall(void)
{
	struct task_struct *task;

	switch (xen_store_kind) {
	case XS_NONE:
		return -ENODEV;
	case XS_PV:
		answers();
		return 0;
	case XS_HVM:
		if (page_is_connected()) {
			if (events_work())
				answers();
			return 0;
		}
		/* The store's first event makes the thread look again. */
		if (xs_comms_bind(xen_store_evtchn))
			return -ENODEV;
		break;
	case XS_LOCAL:
		break;
	}
	task = kthread_run(late_thread, NULL, "xenbus_probe");
	return PTR_ERR_OR_ZERO(task);
}
device_initcall(xenbus_answers_initcall);

/**
 * xen_set_callback_via() - have events of this domain announced by an interrupt
 * @via: as HVM_PARAM_CALLBACK_IRQ of the ABI wants it
 *
 * Starts what had to wait for events.
 *
 * Return: 0 or the hypervisor's error.
 */
int xen_set_callback_via(u64 via)
{
	int err = xen_hv_set_callback_via(via);

	if (!err && !events_work() && page_is_connected())
		answers();
	return err;
}
EXPORT_SYMBOL_GPL(xen_set_callback_via);

/*
 * Finding
 */

/* A page and a port for a store that is not there yet. */
static int __init make_local_store(void)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	evtchn_port_t port;
	int err;

	if (!page)
		return -ENOMEM;
	err = xen_hv_evtchn_alloc_unbound(DOMID_SELF, &port);
	if (err) {
		free_page((unsigned long)page);
		return err;
	}
	xen_store_interface = page;
	xen_store_evtchn = port;
	return 0;
}

static int __init find_pv_store(void)
{
	if (!xen_start_info->store_evtchn) {
		xen_store_kind = XS_LOCAL;
		return make_local_store();
	}
	xen_store_kind = XS_PV;
	xen_store_evtchn = xen_start_info->store_evtchn;
	xen_store_interface = xgfn_virt(xgfn(xen_start_info->store_mfn));
	xenstored_ready = 1;
	return 0;
}

static int __init find_hvm_store(void)
{
	u64 port = 0, gfn = 0;
	int err;

	err = hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
	if (err)
		return err;
	if (!port && xen_initial_domain()) {
		xen_store_kind = XS_LOCAL;
		return make_local_store();
	}
	/* Parameters start as 0; a page that is yet to come is announced by all ones. */
	err = hvm_get_parameter(HVM_PARAM_STORE_PFN, &gfn);
	if (err)
		return err;
	if (!gfn)
		return -ENOENT;
	xen_store_kind = XS_HVM;
	xen_store_evtchn = port;
	xen_store_interface = map_page_of_parameter();
	return !xen_store_interface && gfn != ~0ULL ? -EINVAL : 0;
}

/* After a restore the port is another one; called before xs_resume(). */
static int find_port_again(struct notifier_block *nb, unsigned long action, void *data)
{
	u64 port = 0;
	int err = 0;

	if (!xen_hvm_domain())
		port = xen_start_info->store_evtchn;
	else
		err = hvm_get_parameter(HVM_PARAM_STORE_EVTCHN, &port);
	if (port)
		xen_store_evtchn = port;
	else
		pr_warn("the store's new event channel is unknown: %d\n", err);
	return err;
}

static struct notifier_block resume_nb = { .notifier_call = find_port_again };

static int __init xenbus_find_initcall(void)
{
	int err = -ENODEV;

	if (xen_pv_domain())
		err = find_pv_store();
	else if (xen_hvm_domain())
		err = find_hvm_store();
	/* In hardware virtualization events need not work yet: answers() does it then. */
	if (!err && xen_store_kind != XS_HVM)
		err = start_talking();
	if (err) {
		xen_store_kind = XS_NONE;
		return err;
	}
	if (xen_store_kind != XS_LOCAL)
		xen_resume_notifier_register(&resume_nb);
#ifdef CONFIG_XEN_COMPAT_XENFS
	/* A place to mount xenfs, where old tools look for it. */
	proc_create_mount_point("xen");
#endif
	return 0;
}
postcore_initcall(xenbus_find_initcall);
