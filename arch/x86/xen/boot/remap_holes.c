// SPDX-License-Identifier: GPL-2.0
/*
 * Initial memory of a PV domain that lies in holes of its memory map goes to where the map has
 * memory.
 *
 * A hole's frames have to be what the machine has there, at once: firmware's tables are read. But
 * their memory cannot be mapped elsewhere before there are page tables for that. So it is kept in
 * parcels meanwhile: the first page of each lists all machine frames in it, where it goes, and
 * where the next parcel is. Nothing has to be allocated for that, whatever the size of the hole.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>

#include <asm/io.h>
#include <asm/page.h>
#include <asm/pgtable.h>
#include <asm/xen/page.h>

#include <xen/frame_page.h>
#include <xen/hv_memory.h>
#include <xen/xen.h>

#include "../hv/mmu_calls.h"
#include "../xen_arch.h"
#include "e820.h"
#include "pv_memory.h"

/* A parcel, by the machine frame of its first page; and where that goes. */
struct parcel_ref {
	xmfn_t mfn;
	unsigned long to;
};

#define PARCEL_FRAMES	((PAGE_SIZE - sizeof(struct parcel_ref) - sizeof(unsigned long)) / \
			 sizeof(xmfn_t))

struct parcel {
	struct parcel_ref next;
	unsigned long n;
	xmfn_t frame[PARCEL_FRAMES];	/* all of them, the one that this is in first */
};

static_assert(sizeof(struct parcel) <= PAGE_SIZE);

static struct parcel_ref first_parcel __initdata = { .mfn = { XEN_FRAME_NONE } };

static void __init pack(unsigned long from, unsigned long to, unsigned long n)
{
	struct parcel *p = early_memremap(PFN_PHYS(from), PAGE_SIZE);
	unsigned long i;

	p->next = first_parcel;
	p->n = n;
	for (i = 0; i < n; i++)
		p->frame[i] = xmfn(xgfn_n(xgfn_of_pfn(xpfn(from + i))));
	first_parcel.mfn = p->frame[0];
	first_parcel.to = to;
	early_memunmap(p, PAGE_SIZE);
}

static void __init pack_run(const struct xen_map_run *run)
{
	unsigned long done, n;

	for (done = 0; done < run->n; done += n) {
		n = min(run->n - done, PARCEL_FRAMES);
		pack(run->from + done, run->to + done, n);
	}
}

/* There is no place for it. */
static void __init give_back_run(const struct xen_map_run *run)
{
	unsigned long pfn;

	for (pfn = run->from; pfn < run->from + run->n; pfn++) {
		xen_pfn_t frame = xgfn_n(xgfn_of_pfn(xpfn(pfn)));
		int got;

		/* Not this domain's, or not from here. */
		if (frame == INVALID_P2M_ENTRY ||
		    xpfn_n(xpfn_of_gfn(xgfn(frame))) != pfn)
			continue;
		got = xen_hv_memory_release(&frame, 1, 0);
		if (got != 1) {
			pr_warn("xen: frame %#lx in a hole cannot be given back: %d\n", pfn, got);
			return;
		}
		xen_released_pages++;
	}
}

static void __init open_hole(unsigned long first, unsigned long end, void *unused)
{
	unsigned long pfn;

	set_phys_range_identity(first, end);
	/* Where the initial page tables map it, they map what was there. */
	for (pfn = first; pfn < end && pfn <= max_pfn_mapped; pfn++)
		xen_hv_va_mapping((unsigned long)__va(PFN_PHYS(pfn)), native_make_pte(0), 0);
}

/**
 * xen_open_holes() - have what the machine has in the holes of the map
 * @map: the map
 * @runs: the initial memory in them, and where it shall go
 * @n: length of @runs
 *
 * Context: start-up, before page tables for all memory. The memory is out of reach until
 * xen_remap_memory().
 */
void __init xen_open_holes(const struct e820_table *map, const struct xen_map_run *runs,
			   unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (runs[i].to)
			pack_run(&runs[i]);
		else
			give_back_run(&runs[i]);
	xen_map_holes(map, open_hole, NULL);
}

/**
 * xen_remap_memory() - put the memory out of the holes where it shall be
 *
 * Context: start-up, page tables and the p2m can grow, the page allocator is not there yet.
 */
void __init xen_remap_memory(void)
{
	struct parcel_ref at = first_parcel;
	unsigned long pages = 0;

	while (xmfn_valid(at.mfn)) {
		const struct parcel *p;

		/* The first frame makes the list readable. */
		xen_frames_place(xpfn(at.to), &at.mfn, 1);
		p = __va(PFN_PHYS(at.to));
		xen_frames_place(xpfn(at.to + 1), p->frame + 1, p->n - 1);
		xen_del_extra_mem(at.to, p->n);
		pages += p->n;
		at = p->next;
	}
	if (pages)
		pr_info("xen: %lu frames out of holes of the memory map\n", pages);
	xen_do_remap_nonram();
}
