// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that an earlier kernel of this domain left behind: connected if it crashed, closed if it
 * was replaced. Their frontends are led back to Initialising, and their backends follow.
 */
#define pr_fmt(fmt) "xenbus: " fmt

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "internal.h"
#include "bus_frontend.h"

#define STEP_TIMEOUT	(5 * HZ)

/**
 * struct reset - one device on its way
 * @frontend: its directory
 * @backend: the other half's
 * @watch: on the other half's state
 * @changed: woken when it changes
 * @state: of the other half
 */
struct reset {
	const char *frontend, *backend;
	struct xenbus_watch watch;
	wait_queue_head_t changed;
	unsigned int state;
};

/* What we write, given what the other half is, and what it shall answer. */
static const struct { enum xenbus_state peer, write, answer; } steps[] = {
	{ XenbusStateConnected, XenbusStateClosing, XenbusStateClosing },
	{ XenbusStateClosing, XenbusStateClosed, XenbusStateClosed },
	{ XenbusStateClosed, XenbusStateInitialising, XenbusStateInitWait },
};

static void peer_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct reset *r = container_of(watch, struct reset, watch);

	WRITE_ONCE(r->state, (xenbus_read_driver_state)(NULL, r->backend));
	wake_up(&r->changed);
}

static void walk(struct reset *r, enum xenbus_state peer)
{
	bool begun = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		begun |= steps[i].peer == peer;
		if (!begun)
			continue;
		xenbus_printf(XBT_NIL, r->frontend, "state", "%u", steps[i].write);
		if (wait_event_interruptible_timeout(r->changed,
						     READ_ONCE(r->state) == steps[i].answer,
						     STEP_TIMEOUT) <= 0)
			pr_info("%s does not become %s\n", r->backend,
				xenbus_strstate(steps[i].answer));
	}
}

static void reset_device(const char *frontend, const char *backend)
{
	enum xenbus_state peer = (xenbus_read_driver_state)(NULL, backend);
	struct reset r = { .frontend = frontend, .backend = backend };
	char *node;

	if (peer == XenbusStateUnknown)
		return;
	node = kasprintf(GFP_KERNEL, "%s/state", backend);
	if (!node)
		return;
	init_waitqueue_head(&r.changed);
	r.watch.node = node;
	r.watch.callback = peer_changed;
	pr_info("resetting %s\n", frontend);
	if (!register_xenbus_watch(&r.watch)) {
		walk(&r, peer);
		unregister_xenbus_watch(&r.watch);
	}
	kfree(node);
}

static void check_device(const char *frontend)
{
	enum xenbus_state state = (xenbus_read_driver_state)(NULL, frontend);
	char *backend;

	if (state != XenbusStateConnected && state != XenbusStateClosed)
		return;
	backend = xenbus_read(XBT_NIL, frontend, "backend", NULL);
	if (IS_ERR(backend))
		return;
	reset_device(frontend, backend);
	kfree(backend);
}

/* Call @fn for each directory that is @depth names below @dir. */
static void walk_below(const char *dir, unsigned int depth, void (*fn)(const char *path))
{
	unsigned int count = 0;
	char **names, *path;

	if (!depth) {
		fn(dir);
		return;
	}
	names = xenbus_directory(XBT_NIL, dir, "", &count);
	if (IS_ERR(names))
		return;
	while (count--) {
		path = kasprintf(GFP_KERNEL, "%s/%s", dir, names[count]);
		if (path)
			walk_below(path, depth - 1, fn);
		kfree(path);
	}
	kfree(names);
}

/* Before the bus looks for devices. */
void xenbus_reset_devices(void)
{
	walk_below("device", 2, check_device);
}
