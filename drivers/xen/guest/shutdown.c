// SPDX-License-Identifier: GPL-2.0
/*
 * The toolstack's wishes: control/shutdown and control/sysrq.
 *
 * A wish is taken by emptying its node in the transaction that reads it, so that it is taken once.
 * While one is being fulfilled, others are left where they are.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/sysrq.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "internal.h"

/* Others may write to the node at the same time, but not for ever. */
#define TAKE_TRIES	64

/* The toolstack's wish that is being fulfilled, or a shutdown of any other origin. */
static atomic_t busy;

/* Set once the system goes down for good; never cleared. */
static bool going_down;

static void power_off(void)
{
	/* User space is not there yet: do it without. */
	if (system_state < SYSTEM_RUNNING)
		orderly_poweroff(true);
	else if (system_state == SYSTEM_RUNNING)
		orderly_poweroff(false);
	else
		pr_info("already going down\n");
}

static void restart(void)
{
	WRITE_ONCE(going_down, true);
	orderly_reboot();
}

/**
 * struct wish - something that the toolstack may write to control/shutdown
 * @word: what it writes
 * @announced: control/feature-@word tells that we know it
 * @fulfil: does it
 */
struct wish {
	const char *word;
	bool announced;
	void (*fulfil)(void);
};

static const struct wish wishes[] = {
	{ "poweroff", true, power_off },
	/* To the toolstack there is a difference, to us there is none. */
	{ "halt", false, power_off },
	{ "reboot", true, restart },
#ifdef CONFIG_HIBERNATE_CALLBACKS
	{ "suspend", true, xen_suspend_domain },
#endif
};

static const struct wish *find_wish(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wishes); i++)
		if (!strcmp(word, wishes[i].word))
			return &wishes[i];
	return NULL;
}

/*
 * Read control/node, and empty it if it holds something that @known accepts. The text is the
 * caller's; an error if there is nothing.
 */
static char *take(const char *node, bool (*known)(const char *text))
{
	struct xenbus_transaction xbt;
	int err = -EAGAIN, tries;
	char *text = NULL;

	for (tries = 0; tries < TAKE_TRIES && err == -EAGAIN; tries++) {
		kfree(text);
		err = xenbus_transaction_start(&xbt);
		if (err)
			return ERR_PTR(err);
		text = xenbus_read(xbt, "control", node, NULL);
		if (XENBUS_IS_ERR_READ(text)) {
			xenbus_transaction_end(xbt, true);
			return text;
		}
		err = known(text) ? xenbus_write(xbt, "control", node, "") : 0;
		if (err)
			xenbus_transaction_end(xbt, true);
		else
			err = xenbus_transaction_end(xbt, false);
	}
	if (!err)
		return text;
	kfree(text);
	return ERR_PTR(err);
}

static bool is_wish(const char *text)
{
	return find_wish(text);
}

static void shutdown_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	const struct wish *wish;
	char *word;

	if (READ_ONCE(going_down) || atomic_cmpxchg(&busy, 0, 1))
		return;
	word = take("shutdown", is_wish);
	if (!IS_ERR(word)) {
		wish = find_wish(word);
		if (wish)
			wish->fulfil();
		else
			pr_info_ratelimited("the toolstack wants what is unknown here: %.32s\n",
					    word);
		kfree(word);
	} else if (!XENBUS_EXIST_ERR(PTR_ERR(word))) {
		pr_err_ratelimited("control/shutdown cannot be taken: %pe\n", word);
	}
	atomic_set(&busy, 0);
}

static struct xenbus_watch shutdown_watch = {
	.node = "control/shutdown",
	.callback = shutdown_changed,
};

#ifdef CONFIG_MAGIC_SYSRQ
static bool is_key(const char *text)
{
	return true;
}

/* The first letter is the key. */
static void sysrq_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	char *text = take("sysrq", is_key), key;

	if (IS_ERR(text)) {
		if (!XENBUS_EXIST_ERR(PTR_ERR(text)))
			pr_err_ratelimited("control/sysrq cannot be taken: %pe\n", text);
		return;
	}
	key = text[0];
	kfree(text);
	handle_sysrq(key);
}

static struct xenbus_watch sysrq_watch = {
	.node = "control/sysrq",
	.callback = sysrq_changed,
};

static int watch_sysrq(void)
{
	return register_xenbus_watch(&sysrq_watch);
}
#else
static int watch_sysrq(void)
{
	return 0;
}
#endif

/* A toolstack that finds no feature falls back to what it does with any guest. */
static void announce(void)
{
	char node[32];
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(wishes); i++) {
		if (!wishes[i].announced)
			continue;
		snprintf(node, sizeof(node), "feature-%s", wishes[i].word);
		err = xenbus_printf(XBT_NIL, "control", node, "%u", 1);
		if (err)
			pr_warn("control/%s cannot be written: %d\n", node, err);
	}
}

static int store_answers(struct notifier_block *nb, unsigned long event, void *data)
{
	int err;

	err = register_xenbus_watch(&shutdown_watch);
	if (err)
		pr_err("the toolstack's shutdown requests will not be seen: %d\n", err);
	else
		announce();
	err = watch_sysrq();
	if (err)
		pr_err("the toolstack's sysrq keys will not be seen: %d\n", err);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_answers };

static int reboot_notify(struct notifier_block *nb, unsigned long code, void *unused)
{
	WRITE_ONCE(going_down, true);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = reboot_notify };

/**
 * xen_setup_shutdown_event() - listen to the toolstack
 *
 * Return: 0; -ENODEV outside of a domain.
 */
int xen_setup_shutdown_event(void)
{
	if (!xen_domain())
		return -ENODEV;
	register_reboot_notifier(&reboot_nb);
	register_xenstore_notifier(&store_nb);
	return 0;
}
EXPORT_SYMBOL_GPL(xen_setup_shutdown_event);
subsys_initcall(xen_setup_shutdown_event);
