// SPDX-License-Identifier: GPL-2.0
/* Who wants to know that the domain goes on after it was saved. */
#include <linux/export.h>
#include <linux/notifier.h>
#include <xen/xen-ops.h>
#include "internal.h"

static RAW_NOTIFIER_HEAD(resume_chain);

/**
 * xen_resume_notifier_register() - be called early when the domain goes on
 * @nb: called with interrupts on and devices still suspended, also if the save was cancelled;
 *	stays registered for ever
 */
void xen_resume_notifier_register(struct notifier_block *nb)
{
	raw_notifier_chain_register(&resume_chain, nb);
}
EXPORT_SYMBOL_GPL(xen_resume_notifier_register);

/* One task, no other user of the chain: devices and processes are frozen. */
void xen_resume_notify(void)
{
	raw_notifier_call_chain(&resume_chain, 0, NULL);
}
