// SPDX-License-Identifier: GPL-2.0
/*
 * The toolstack's target. It counts all memory of the domain, also what the kernel does not: in
 * hardware virtualization, video memory and the firmware's. That part does not change, so it is
 * worked out once, from the largest size that the domain may have.
 */
#define pr_fmt(fmt) "xen-balloon: " fmt

#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include "internal.h"

#ifdef CONFIG_MEMORY_HOTPLUG
u64 xen_saved_max_mem_size;

/* Start-up ignored memory beyond the domain's own; from now on the balloon deals with it. */
static void lift_limit(void)
{
	if (xen_saved_max_mem_size)
		max_mem_size = xen_saved_max_mem_size;
}
#else
static void lift_limit(void)
{
}
#endif

static u64 uncounted_pages(void)
{
	unsigned long long most;

	if (xen_pv_domain() || xen_initial_domain())
		return 0;
	if (xenbus_scanf(XBT_NIL, "memory", "static-max", "%llu", &most) != 1 &&
	    xenbus_scanf(XBT_NIL, "memory", "memory_static_max", "%llu", &most) != 1)
		return 0;
	most >>= PAGE_SHIFT - 10;
	return most > balloon_stats.target_pages ? most - balloon_stats.target_pages : 0;
}

static void target_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	static bool known;
	static u64 uncounted;
	unsigned long long target;
	unsigned long pages;

	lift_limit();
	/* A control domain need not have one. */
	if (xenbus_scanf(XBT_NIL, "memory", "target", "%llu", &target) != 1)
		return;
	if (!known) {
		uncounted = uncounted_pages();
		known = true;
	}
	if (balloon_target_of_toolstack(target, uncounted, PAGE_SHIFT, &pages))
		pr_warn("a target of %llu KiB makes no sense\n", target);
	else
		balloon_set_new_target(pages);
}

static struct xenbus_watch target_watch = {
	.node = "memory/target",
	.callback = target_changed,
};

static int store_answers(struct notifier_block *nb, unsigned long event, void *data)
{
	int err = register_xenbus_watch(&target_watch);

	if (err)
		pr_err("new targets will not be seen: %d\n", err);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

void balloon_target_init(void)
{
	register_xenstore_notifier(&store_nb);
}
