// SPDX-License-Identifier: GPL-2.0
/* Runs start-up's tables of steps. May run before .bss is cleared: no state. */
#include <xen/hvc-console.h>

#include "steps.h"

/**
 * xen_boot_run() - run a table
 * @what: which start-up it is, for the message
 * @steps: the table
 * @n: its length
 * @bp: passed on to each step
 * @say: where the message goes
 *
 * Return: 0, or what the step returned that failed; those after it were not run.
 */
int xen_boot_run(const char *what, const struct xen_boot_step *steps, unsigned int n,
		 struct boot_params *bp, xen_boot_say_t say)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = steps[i].run(bp);
		if (!err)
			continue;
		say("xen: %s start failed in step %u of %u, %s: %d\n", what, i + 1, n,
		    steps[i].name, err);
		return err;
	}
	return 0;
}

/**
 * xen_boot_steps() - run a table, and say on the hypervisor's console what failed
 * @what: which start-up it is, for the message
 * @steps: the table
 * @n: its length
 * @bp: passed on to each step
 *
 * Context: start-up, as early as hypercalls work.
 * Return: 0, or what the step returned that failed.
 */
int xen_boot_steps(const char *what, const struct xen_boot_step *steps, unsigned int n,
		   struct boot_params *bp)
{
	return xen_boot_run(what, steps, n, bp, xen_raw_printk);
}
