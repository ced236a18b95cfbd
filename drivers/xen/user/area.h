/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Areas whose entries the hypervisor made, and nobody can make anew: they stay where they are.
 *
 * The core hears of an operation's .mremap only when it has moved the entries, that is, lost
 * them. Before that it asks the file for a place, as mmap() does, but for the offset that the area
 * has. One that stays has an offset that mmap() cannot be called with: counted in bytes it is the
 * one that user space chose, and what is more than that does not fit a long.
 */
#ifndef _XEN_USER_AREA_H
#define _XEN_USER_AREA_H

#include <linux/fs.h>
#include <linux/mm.h>
#include "port.h"

#define XEN_AREA_STAYS		(1UL << (BITS_PER_LONG - PAGE_SHIFT))

/**
 * xen_area_stay() - refuse to move an area
 * @vma: the area, of a file with xen_area_place(); its offset is changed
 *
 * Context: in mmap().
 */
static inline void xen_area_stay(struct vm_area_struct *vma)
{
	vma->vm_pgoff += XEN_AREA_STAYS;
}

/**
 * xen_area_place() - .get_unmapped_area of a file with areas that stay
 * @filp: the file
 * @addr: the address asked for
 * @len: bytes
 * @pgoff: offset
 * @flags: MAP_*
 *
 * Return: an address, or a negative errno: -EINVAL for an area that is there already.
 */
static inline unsigned long xen_area_place(struct file *filp, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags)
{
	if (pgoff >= XEN_AREA_STAYS)
		return -EINVAL;
	return xen_port_place(filp, addr, len, pgoff, flags);
}

#endif
