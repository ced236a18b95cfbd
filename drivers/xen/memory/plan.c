// SPDX-License-Identifier: GPL-2.0
/* What the balloon decides; tested in tools/testing/xen-unit. */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include "plan.h"

static unsigned long spare(const struct balloon_view *view)
{
	return view->available > view->floor ? view->available - view->floor : 0;
}

/* What is added and not online yet is in the total and not in the balloon. */
static int waits_to_be_online(const struct balloon_view *view)
{
	return view->total > view->current_pages + view->held + view->lent;
}

/**
 * balloon_plan() - the next step towards the target
 * @view: how things are
 * @batch: pages that one step may move
 * @pages: set to what this step shall move or add
 *
 * Return: the step. Repeated steps that succeed end in BALLOON_REST with the exact target, or in
 * BALLOON_SHORT with no less than the floor available.
 */
enum balloon_step balloon_plan(const struct balloon_view *view, unsigned long batch,
			       unsigned long *pages)
{
	unsigned long want, missing;

	*pages = 0;
	if (view->target == view->current_pages)
		return BALLOON_REST;
	if (view->target < view->current_pages) {
		want = min(view->current_pages - view->target, batch);
		*pages = min(want, spare(view));
		return *pages ? BALLOON_SHRINK : BALLOON_SHORT;
	}
	want = view->target - view->current_pages;
	if (view->held) {
		*pages = min(min(want, view->held), batch);
		return BALLOON_GROW;
	}
	missing = view->target + view->lent;
	if (missing <= view->total || waits_to_be_online(view))
		return BALLOON_WAIT;
	/* No faster than memory comes: its description costs memory that there is. */
	*pages = min(missing - view->total, view->current_pages);
	return BALLOON_ADD;
}

void balloon_retry_reset(struct balloon_retry *retry)
{
	retry->delay = 1;
	retry->count = 1;
}

/**
 * balloon_retry_next() - after a try that moved nothing
 * @retry: how it went so far
 * @max_delay: limit of the delay, in seconds
 * @max_count: tries after which to give up, 0 for never
 *
 * Return: true to try again after @retry->delay; false to give up, with @retry as new.
 */
bool balloon_retry_next(struct balloon_retry *retry, unsigned long max_delay,
			unsigned long max_count)
{
	retry->count++;
	if (max_count && retry->count > max_count) {
		balloon_retry_reset(retry);
		return false;
	}
	retry->delay = retry->delay > max_delay / 2 ? max_delay : retry->delay * 2;
	if (!retry->delay)
		retry->delay = 1;
	return true;
}

/* A digit's value in any base up to 16; 16 if it is none. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A number in C's notation at the start of @text; returns the rest, NULL if there is none. */
static const char *number(const char *text, u64 *out)
{
	unsigned int base = 10, d;
	const char *from;

	if (text[0] == '0' && (text[1] | 0x20) == 'x' && digit(text[2]) < 16) {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	*out = 0;
	for (from = text; (d = digit(*text)) < base; text++) {
		if (*out > (U64_MAX - d) / base)
			return NULL;
		*out = *out * base + d;
	}
	return text == from ? NULL : text;
}

static int ends(const char *text)
{
	return !*text || (*text == '\n' && !text[1]);
}

static int to_pages(u64 value, unsigned int shift, unsigned long *pages)
{
	if (value >> shift > ULONG_MAX >> 12)
		return -EINVAL;
	*pages = value >> shift;
	return 0;
}

/**
 * balloon_parse_kib() - a target that a user wrote, in KiB
 * @text: decimal, octal or hexadecimal; one newline may end it
 * @page_shift: of a page in bytes
 * @pages: set on success
 *
 * Return: 0; -EINVAL for anything that is not just a number, or too large for any machine.
 */
int balloon_parse_kib(const char *text, unsigned int page_shift, unsigned long *pages)
{
	u64 value;

	text = number(text, &value);
	if (!text || !ends(text))
		return -EINVAL;
	return to_pages(value, page_shift - 10, pages);
}

/* Likewise in bytes, with one of the suffixes K, M, G and T. */
int balloon_parse_bytes(const char *text, unsigned int page_shift, unsigned long *pages)
{
	static const char suffixes[] = "kmgt";
	unsigned int i;
	u64 value;

	text = number(text, &value);
	if (!text)
		return -EINVAL;
	for (i = 0; suffixes[i]; i++) {
		if ((*text | 0x20) != suffixes[i])
			continue;
		if (value > U64_MAX >> 10 * (i + 1))
			return -EINVAL;
		value <<= 10 * (i + 1);
		text++;
		break;
	}
	if (!ends(text))
		return -EINVAL;
	return to_pages(value, page_shift, pages);
}

/**
 * balloon_target_of_toolstack() - what the toolstack's figure means for us
 * @target_kib: memory/target
 * @offset_pages: of the domain's memory, pages that the kernel does not count as its own
 * @page_shift: of a page in bytes
 * @pages: set on success
 *
 * Return: 0; -ERANGE if nothing would be left.
 */
int balloon_target_of_toolstack(u64 target_kib, u64 offset_pages, unsigned int page_shift,
				unsigned long *pages)
{
	u64 target = target_kib >> (page_shift - 10);

	if (target <= offset_pages || target > ULONG_MAX >> 12)
		return -ERANGE;
	*pages = target - offset_pages;
	return 0;
}
