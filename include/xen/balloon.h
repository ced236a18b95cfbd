/* SPDX-License-Identifier: GPL-2.0 */
/* The balloon: memory that this kernel knows of and the hypervisor has. */
#ifndef _XEN_BALLOON_H
#define _XEN_BALLOON_H

#include <linux/types.h>

struct page;

/* For max_retry_count: never give up. */
#define RETRY_UNLIMITED	0

/**
 * struct balloon_stats - the balloon's figures, in pages; shown in sysfs
 * @current_pages: that the domain has; approaches @target_pages
 * @target_pages: that it shall have
 * @target_unpopulated: lent out without memory behind them, see xen_alloc_ballooned_pages()
 * @balloon_low: in the balloon
 * @balloon_high: likewise, of high memory
 * @total_pages: that the kernel manages, or could with what is in the balloon
 * @schedule_delay: until the next try after a failure, in seconds; 1 if all is well
 * @max_schedule_delay: its limit, in seconds
 * @retry_count: tries since the last success
 * @max_retry_count: tries after which a target is given up; RETRY_UNLIMITED
 *
 * Written under the balloon's lock but for @target_pages and the limits, which are single words.
 */
struct balloon_stats {
	unsigned long current_pages, target_pages, target_unpopulated;
	unsigned long balloon_low, balloon_high;
	unsigned long total_pages;
	unsigned long schedule_delay, max_schedule_delay;
	unsigned long retry_count, max_retry_count;
};

extern struct balloon_stats balloon_stats;

void balloon_set_new_target(unsigned long pages);
int xen_alloc_ballooned_pages(unsigned int count, struct page **pages);
void xen_free_ballooned_pages(unsigned int count, struct page **pages);

#endif
