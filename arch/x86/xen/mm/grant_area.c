// SPDX-License-Identifier: GPL-2.0
/*
 * Where the grant table is seen: an area of virtual memory in a PV domain, frames added to the
 * physical address space in a PVH domain. HVM domains use the platform device's memory.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

/* Room for as many frames as there may ever be; @ptes maps each, and exists from the start. */
struct grant_area {
	struct vm_struct *vm;
	pte_t **ptes;
	unsigned int n;
};

static struct grant_area shared_area, status_area;

static int note_entry(pte_t *ptep, unsigned long addr, void *data)
{
	struct grant_area *area = data;

	area->ptes[area->n++] = ptep;
	return 0;
}

static void area_free(struct grant_area *area)
{
	if (area->vm)
		free_vm_area(area->vm);
	kfree(area->ptes);
	*area = (struct grant_area) { };
}

static int area_make(struct grant_area *area, unsigned long frames)
{
	area->ptes = kmalloc_array(frames, sizeof(*area->ptes), GFP_KERNEL);
	area->vm = get_vm_area(PAGE_SIZE * frames, VM_IOREMAP);
	if (area->ptes && area->vm &&
	    !apply_to_page_range(&init_mm, (unsigned long)area->vm->addr, PAGE_SIZE * frames,
				 note_entry, area))
		return 0;
	area_free(area);
	return -ENOMEM;
}

static void area_set(struct grant_area *area, unsigned int i, pte_t pte)
{
	set_pte_at(&init_mm, (unsigned long)area->vm->addr + i * PAGE_SIZE, area->ptes[i], pte);
}

/* Map frames from the area's start on; returns it, or @where if it is known already. */
static void *area_map(struct grant_area *area, const u64 *frames, unsigned long count, void *where)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		area_set(area, i, mfn_pte(frames[i], PAGE_KERNEL));
	return where ?: area->vm->addr;
}

/**
 * arch_gnttab_map_shared() - map the grant table of a PV domain
 * @frames: machine frames
 * @count: how many
 * @max_count: how many there may ever be
 * @where: where they are mapped; set if it is NULL on entry
 *
 * Return: 0.
 */
int arch_gnttab_map_shared(unsigned long *frames, unsigned long count,
			   unsigned long max_count, void **where)
{
	static_assert(sizeof(*frames) == sizeof(u64));

	*where = area_map(&shared_area, (const u64 *)frames, count, *where);
	return 0;
}

/**
 * arch_gnttab_map_status() - map the status frames of a PV domain's version 2 table
 * @frames: machine frames
 * @count: how many
 * @max_count: how many there may ever be
 * @where: where they are mapped; set if it is NULL on entry
 *
 * Return: 0.
 */
int arch_gnttab_map_status(u64 *frames, unsigned long count,
			   unsigned long max_count, grant_status_t **where)
{
	*where = area_map(&status_area, frames, count, *where);
	return 0;
}

/**
 * arch_gnttab_unmap() - unmap what one of the above mapped
 * @where: where it is
 * @count: how many frames
 */
void arch_gnttab_unmap(void *where, unsigned long count)
{
	struct grant_area *area = where == status_area.vm->addr ? &status_area : &shared_area;
	unsigned long i;

	for (i = 0; i < count; i++)
		area_set(area, i, __pte(0));
}

/**
 * arch_gnttab_init() - reserve the areas of a PV domain
 * @nr_shared: most frames of the table
 * @nr_status: most status frames; reserved even under version 1, since the domain may be restored
 *	       on a host that brings version 2
 *
 * Return: 0, also in other roles, or -ENOMEM.
 */
int arch_gnttab_init(unsigned long nr_shared, unsigned long nr_status)
{
	int err;

	if (!xen_pv_domain())
		return 0;
	err = area_make(&shared_area, nr_shared);
	if (err)
		return err;
	err = area_make(&status_area, nr_status);
	if (err)
		area_free(&shared_area);
	return err;
}

#ifdef CONFIG_XEN_PVH
/* Before the grant table is set up, which looks for these frames. */
static int __init pvh_grant_frames(void)
{
	struct grant_frames *f = &xen_auto_xlat_grant_frames;

	if (!xen_pvh_domain())
		return -ENODEV;
	f->count = gnttab_max_grant_frames();
	return xen_xlate_map_ballooned_pages(&f->pfn, &f->vaddr, f->count);
}
core_initcall(pvh_grant_frames);
#endif
