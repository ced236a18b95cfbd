// SPDX-License-Identifier: GPL-2.0
/*
 * A list of ranges of frames, in an array where a length of 0 marks a free place. The ranges do
 * not overlap and are in no order. Pure: also built into a test in user space.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include "extra_list.h"

/**
 * xen_extra_list_add() - add a range
 * @list: the list
 * @max: its places
 * @start: first frame of the range, which overlaps none of @list
 * @n: how many; 0 does nothing
 *
 * Return: 0; -ENOSPC if it continues no range and all places are taken.
 */
int __init xen_extra_list_add(struct xen_memory_region *list, unsigned int max,
			      unsigned long start, unsigned long n)
{
	struct xen_memory_region *r, *free = NULL;

	if (!n)
		return 0;
	for (r = list; r < list + max; r++) {
		if (!r->n_pfns) {
			free = free ?: r;
		} else if (r->start_pfn + r->n_pfns == start) {
			r->n_pfns += n;
			return 0;
		}
	}
	if (!free)
		return -ENOSPC;
	free->start_pfn = start;
	free->n_pfns = n;
	return 0;
}

/**
 * xen_extra_list_remove() - take a range out
 * @list: the list
 * @max: its places
 * @start: first frame of the range, all, some or none of which is in @list
 * @n: how many
 *
 * Return: 0; -ENOSPC if it is the middle of a range whose end finds no place: the end is lost.
 */
int __init xen_extra_list_remove(struct xen_memory_region *list, unsigned int max,
				 unsigned long start, unsigned long n)
{
	unsigned long end = start + n;
	unsigned int i;
	int err = 0;

	for (i = 0; i < max && !err; i++) {
		unsigned long from = list[i].start_pfn, to = from + list[i].n_pfns;

		if (to <= start || from >= end)
			continue;
		if (from >= start) {
			list[i].start_pfn = min(end, to);
			list[i].n_pfns = to - list[i].start_pfn;
			continue;
		}
		list[i].n_pfns = start - from;
		if (end < to)
			err = xen_extra_list_add(list, max, end, to - end);
	}
	return err;
}

/**
 * xen_extra_list_has() - is a frame in the list
 * @list: the list
 * @max: its places
 * @pfn: the frame
 *
 * Return: true if so.
 */
bool __init xen_extra_list_has(const struct xen_memory_region *list, unsigned int max,
			       unsigned long pfn)
{
	const struct xen_memory_region *r;

	for (r = list; r < list + max; r++)
		if (pfn - r->start_pfn < r->n_pfns)
			return true;
	return false;
}
