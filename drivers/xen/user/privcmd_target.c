// SPDX-License-Identifier: GPL-2.0
/*
 * For whom a guest's files are.
 *
 * A guest other than the initial domain may serve one domain, which the toolstack names in its
 * node "target" in the store. Its files are for that domain only from the beginning, or for none:
 * raw hypercalls would let its root change the kernel (XSA-482). Until the store has answered,
 * files cannot be opened.
 */
#define pr_fmt(fmt) "xen/privcmd: " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include "privcmd.h"

static bool unrestricted;
module_param(unrestricted, bool, 0);
MODULE_PARM_DESC(unrestricted, "In a guest: let files name any domain");

static domid_t target = DOMID_INVALID;
static DECLARE_COMPLETION(target_known);
static bool asked;

/* A domain that nobody is, unless the store names one. */
static domid_t read_target(void)
{
	char *text = xenbus_read(XBT_NIL, "target", "", NULL);
	domid_t dom = DOMID_IDLE;

	if (!IS_ERR(text)) {
		if (kstrtou16(text, 10, &dom) || dom >= DOMID_FIRST_RESERVED)
			dom = DOMID_IDLE;
		kfree(text);
	}
	if (dom == DOMID_IDLE)
		pr_info("this domain serves no other: no hypercalls\n");
	return dom;
}

static int store_answers(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (!completion_done(&target_known)) {
		target = read_target();
		complete_all(&target_known);
	}
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

/**
 * privcmd_target_init() - find out for whom files are, which may take until the store is there
 */
void privcmd_target_init(void)
{
	bool open = xen_initial_domain();

	if (!open && unrestricted) {
		open = !security_locked_down(LOCKDOWN_XEN_USER_ACTIONS);
		if (!open)
			pr_warn("the kernel is locked down: \"unrestricted\" is ignored\n");
	}
	if (open) {
		complete_all(&target_known);
		return;
	}
	asked = true;
	register_xenstore_notifier(&store_nb);
}

/**
 * privcmd_target_exit() - do not wait for the store any more
 */
void privcmd_target_exit(void)
{
	if (asked)
		unregister_xenstore_notifier(&store_nb);
}

/**
 * privcmd_target_wait() - for whom a new file is
 * @only: set to the domain, or to DOMID_INVALID for any
 *
 * Return: 0; -EINTR.
 */
int privcmd_target_wait(domid_t *only)
{
	if (wait_for_completion_interruptible(&target_known))
		return -EINTR;
	*only = target;
	return 0;
}
