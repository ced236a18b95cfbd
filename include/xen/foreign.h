/* SPDX-License-Identifier: GPL-2.0 */
/* Other domains' memory at frames of ours, beside what xen/xen-ops.h declares. */
#ifndef _XEN_FOREIGN_H
#define _XEN_FOREIGN_H

#include <linux/errno.h>

struct page;
struct vm_area_struct;

#ifdef CONFIG_XEN_AUTO_XLATE
/**
 * xen_xlate_map_pages() - map pages at which other domains' memory was put
 * @vma: the area, of VM_PFNMAP and VM_IO
 * @addr: where to begin; nothing is mapped there
 * @pages: what to map
 * @count: of @pages
 *
 * Context: process, mmap lock held for writing.
 * Return: 0; -ENOMEM.
 */
int xen_xlate_map_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
			unsigned long count);
#else
static inline int xen_xlate_map_pages(struct vm_area_struct *vma, unsigned long addr,
				      struct page **pages, unsigned long count)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _XEN_FOREIGN_H */
