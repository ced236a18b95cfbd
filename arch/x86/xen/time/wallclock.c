// SPDX-License-Identifier: GPL-2.0
/*
 * The time of day: guests take it from the hypervisor, dom0 gives it to the hypervisor.
 *
 * The shared info page says what time of day it was when system time was zero. Dom0 sets it when
 * its own clock was set, and every eleven minutes, as often as a machine's RTC is set.
 */
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/pvclock_gtod.h>
#include <linux/timekeeper_internal.h>
#include <linux/timekeeping.h>
#include <asm/pvclock.h>
#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>
#include <xen/interface/platform.h>
#include <xen/xen.h>
#include "../xen_arch.h"
#include "../hv/time_calls.h"
#include "time.h"

#define TELL_EVERY_S	(11 * 60)

static void get_time_of_day(struct timespec64 *ts)
{
	pvclock_read_wallclock(&HYPERVISOR_shared_info->wc, &get_cpu_var(xen_vcpu)->time, ts);
	put_cpu_var(xen_vcpu);
}

/* A guest's clock is its own. */
static int refuse_time_of_day(const struct timespec64 *ts)
{
	return -ENODEV;
}

static int tell_hypervisor(const struct timespec64 *now)
{
	u64 at = xen_system_time();
	struct xen_platform_op op = {
		.cmd = XENPF_settime64,
		.u.settime64 = { .secs = now->tv_sec, .nsecs = now->tv_nsec, .system_time = at },
	};

	if (!xen_hv_platform(&op))
		return 0;
	/* Before Xen 4.6 there were only 32 bits. */
	op = (struct xen_platform_op) {
		.cmd = XENPF_settime32,
		.u.settime32 = { .secs = now->tv_sec, .nsecs = now->tv_nsec, .system_time = at },
	};
	return xen_hv_platform(&op);
}

/* Called for every update of the timekeeper, with its lock held. */
static int time_changed(struct notifier_block *nb, unsigned long was_set, void *data)
{
	const struct timekeeper *tk = data;
	struct timespec64 now = {
		.tv_sec = tk->xtime_sec,
		.tv_nsec = tk->tkr_mono.xtime_nsec >> tk->tkr_mono.shift,
	};
	static time64_t next;

	if (!was_set && now.tv_sec < next)
		return NOTIFY_OK;
	if (tell_hypervisor(&now) < 0)
		return NOTIFY_BAD;
	next = now.tv_sec + TELL_EVERY_S;
	return NOTIFY_OK;
}

static struct notifier_block time_notifier = {
	.notifier_call = time_changed,
};

/**
 * xen_wallclock_early() - where the kernel asks for the time of day
 *
 * A PV dom0 sets the machine's RTC itself.
 *
 * Context: boot.
 */
void __init xen_wallclock_early(void)
{
	x86_platform.get_wallclock = get_time_of_day;
	if (!xen_pv_domain() || !xen_initial_domain())
		x86_platform.set_wallclock = refuse_time_of_day;
}

/**
 * xen_wallclock_start() - set the kernel's clock, and in dom0 from then on the hypervisor's
 *
 * Context: boot.
 */
void __init xen_wallclock_start(void)
{
	struct timespec64 ts;

	get_time_of_day(&ts);
	do_settimeofday64(&ts);
	if (xen_initial_domain())
		pvclock_gtod_register_notifier(&time_notifier);
}
