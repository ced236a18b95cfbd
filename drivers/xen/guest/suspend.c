// SPDX-License-Identifier: GPL-2.0
/*
 * Saving the domain, and going on: here if it was only a checkpoint or did not work, else in
 * another place or at another time.
 *
 * The steps are a table. What has been done is undone in the reverse order, whatever came of it.
 * Devices are suspended before the store falls silent, for they have to tell it; they are resumed
 * after it talks again.
 */
#define pr_fmt(fmt) "xen: " fmt

#include <linux/freezer.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/pm.h>
#include <linux/stop_machine.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/frame_page.h>
#include <xen/grant_table.h>
#include <xen/hv_domain.h>
#include <xen/hvc-console.h>
#include <xen/xen-ops.h>
#include <xen/xenbus.h>
#include "internal.h"

/**
 * struct suspend - a save on its way
 * @cancelled: it is still the same domain: channels, grants and the store are as they were
 */
struct suspend {
	bool cancelled;
};

static pm_message_t resume_message(const struct suspend *s)
{
	return s->cancelled ? PMSG_THAW : PMSG_RESTORE;
}

/* One CPU, the others stopped, interrupts off. */
static int suspend_machine(void *data)
{
	struct suspend *s = data;
	int err;

	err = syscore_suspend();
	if (err)
		return err;
	gnttab_suspend();
	xen_manage_runstate_time(-1);
	xen_arch_pre_suspend();
	/* 0 if another life goes on here, 1 if it is still the same one. */
	s->cancelled = xen_hv_suspend(xen_pv_domain() ? xgfn_of_virt(xen_start_info) : xgfn(0));
	xen_arch_post_suspend(s->cancelled);
	xen_manage_runstate_time(s->cancelled);
	gnttab_resume();
	if (!s->cancelled) {
		xen_irq_resume();
		xen_timer_resume();
	}
	syscore_resume();
	return 0;
}

static int lock_transition(struct suspend *s)
{
	return mutex_trylock(&system_transition_mutex) ? 0 : -EBUSY;
}

static void unlock_transition(struct suspend *s)
{
	mutex_unlock(&system_transition_mutex);
}

static int freeze_users(struct suspend *s)
{
	return freeze_processes();
}

static void thaw_users(struct suspend *s)
{
	thaw_processes();
}

static int freeze_kernel(struct suspend *s)
{
	return freeze_kernel_threads();
}

static int suspend_devices(struct suspend *s)
{
	int err = dpm_suspend_start(PMSG_FREEZE);

	/* Those that were suspended already must be resumed. */
	if (err)
		dpm_resume_end(PMSG_THAW);
	return err;
}

static void resume_devices(struct suspend *s)
{
	dpm_resume_end(resume_message(s));
}

static int silence_store(struct suspend *s)
{
	xs_suspend();
	return 0;
}

static void wake_store(struct suspend *s)
{
	if (s->cancelled)
		xs_suspend_cancel();
	else
		xs_resume();
}

static int suspend_devices_late(struct suspend *s)
{
	return dpm_suspend_end(PMSG_FREEZE);
}

static void resume_devices_early(struct suspend *s)
{
	dpm_resume_start(resume_message(s));
}

static int save(struct suspend *s)
{
	int err;

	xen_arch_suspend();
	err = stop_machine(suspend_machine, s, cpumask_of(0));
	if (!s->cancelled)
		xen_console_resume();
	xen_resume_notify();
	xen_arch_resume();
	return err;
}

static const struct suspend_step {
	const char *what;
	int (*go)(struct suspend *s);
	void (*undo)(struct suspend *s);
} steps[] = {
	{ "another transition is under way", lock_transition, unlock_transition },
	{ "processes do not freeze", freeze_users, thaw_users },
	{ "kernel threads do not freeze", freeze_kernel, NULL },
	{ "devices do not suspend", suspend_devices, resume_devices },
	{ "the store does not fall silent", silence_store, wake_store },
	{ "devices do not suspend late", suspend_devices_late, resume_devices_early },
	{ "the machine does not suspend", save, NULL },
};

/**
 * xen_suspend_domain() - save the domain
 *
 * Context: xenwatch. Returns when the domain goes on.
 */
void xen_suspend_domain(void)
{
	struct suspend s = { .cancelled = true };
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(steps) && !err; i++)
		err = steps[i].go(&s);
	if (err) {
		i--;
		pr_err("the domain is not saved: %s: %d\n", steps[i].what, err);
	}
	while (--i >= 0)
		if (steps[i].undo)
			steps[i].undo(&s);
}
