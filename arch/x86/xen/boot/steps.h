/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start-up as data: a table of named steps, run in order. The first one that fails ends start-up,
 * and the hypervisor's console says which it was, long before the kernel's own console works.
 */
#ifndef _XEN_BOOT_STEPS_H
#define _XEN_BOOT_STEPS_H

#include <linux/bug.h>
#include <linux/kernel.h>

#include <xen/hvc-console.h>

#include "../hv/boot_calls.h"

struct boot_params;

/**
 * struct xen_boot_step - one thing that start-up does
 * @name: what it does, for the message if it fails
 * @run: does it; 0 or a negative errno
 */
struct xen_boot_step {
	const char *name;
	int (*run)(struct boot_params *bp);
};

typedef void (*xen_boot_say_t)(const char *fmt, ...) __printf(1, 2);

int xen_boot_run(const char *what, const struct xen_boot_step *steps, unsigned int n,
		 struct boot_params *bp, xen_boot_say_t say);
int xen_boot_steps(const char *what, const struct xen_boot_step *steps, unsigned int n,
		   struct boot_params *bp);

/**
 * xen_boot_give_up() - end a domain that cannot start, as one that has crashed
 * @why: a line for the hypervisor's console; NULL if all was said
 *
 * Does not return.
 *
 * Context: start-up, as early as hypercalls work; nothing of the kernel need work.
 */
static inline void xen_boot_give_up(const char *why)
{
	if (why)
		xen_raw_printk("xen: %s\n", why);
	xen_hv_crash();
	BUG();
}

#endif /* _XEN_BOOT_STEPS_H */
