/* SPDX-License-Identifier: GPL-2.0 */
/* What the balloon decides. Pure: no allocation, no locks, no kernel state. */
#ifndef _XEN_MEMORY_PLAN_H
#define _XEN_MEMORY_PLAN_H

#include <linux/types.h>

/**
 * struct balloon_view - what a decision is made of, in pages
 * @current_pages: that the domain has
 * @target: that it shall have
 * @held: in the balloon
 * @lent: without memory, lent out
 * @total: that the kernel manages, or could
 * @available: that can be allocated without hurting anyone
 * @floor: of these, what is to be left whatever the target
 */
struct balloon_view {
	unsigned long current_pages, target, held, lent, total, available, floor;
};

/**
 * enum balloon_step - what to do next
 * @BALLOON_REST: nothing
 * @BALLOON_GROW: get memory for pages of the balloon
 * @BALLOON_SHRINK: give memory of free pages away
 * @BALLOON_ADD: the balloon is empty: add address space
 * @BALLOON_WAIT: it has been added and will be in the balloon when somebody onlines it
 * @BALLOON_SHORT: memory should be given away and there is none to spare
 */
enum balloon_step {
	BALLOON_REST, BALLOON_GROW, BALLOON_SHRINK, BALLOON_ADD, BALLOON_WAIT, BALLOON_SHORT,
};

enum balloon_step balloon_plan(const struct balloon_view *view, unsigned long batch,
			       unsigned long *pages);

/**
 * struct balloon_retry - how often and how patiently something failed
 * @delay: until the next try, in seconds
 * @count: of tries
 */
struct balloon_retry {
	unsigned long delay, count;
};

void balloon_retry_reset(struct balloon_retry *retry);
bool balloon_retry_next(struct balloon_retry *retry, unsigned long max_delay,
			unsigned long max_count);

int balloon_parse_kib(const char *text, unsigned int page_shift, unsigned long *pages);
int balloon_parse_bytes(const char *text, unsigned int page_shift, unsigned long *pages);
int balloon_target_of_toolstack(u64 target_kib, u64 offset_pages, unsigned int page_shift,
				unsigned long *pages);

#endif
