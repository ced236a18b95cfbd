// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is contiguous for devices: trading frames with the hypervisor.
 *
 * The pages keep their addresses; the frames behind them change. In between they have none, so
 * nobody may use the pages meanwhile. Either the trade succeeds as a whole or the old frames are
 * put back.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <xen/swiotlb-xen.h>

#include "mm.h"

#define FIRST_ORDER	9		/* 2 MiB, and one page of frame numbers */

/*
 * Protects the list of frame numbers, and makes a trade exclusive: two at a time could not both
 * put back what they took.
 */
static DEFINE_SPINLOCK(trade_lock);
static unsigned long first_list[1UL << FIRST_ORDER] __initdata;
static unsigned long *list __refdata = first_list;
static unsigned int list_order = FIRST_ORDER;
static bool list_allocated;

/* Makes the list hold the frames of @order; 0 or -ENOMEM. */
static int grow_list(unsigned int order)
{
	unsigned int old_order = order;
	unsigned long flags, *bigger, *old;

	bigger = (unsigned long *)__get_free_pages(GFP_KERNEL, order - FIRST_ORDER);
	if (!bigger)
		return -ENOMEM;
	old = bigger;

	spin_lock_irqsave(&trade_lock, flags);
	if (order > list_order || !list_allocated) {
		old = list_allocated ? list : NULL;
		old_order = list_order;
		list = bigger;
		list_order = order;
		list_allocated = true;
	}
	spin_unlock_irqrestore(&trade_lock, flags);

	free_pages((unsigned long)old, old_order - FIRST_ORDER);
	return 0;
}

void __init xen_contiguous_init(void)
{
	if (grow_list(FIRST_ORDER))
		panic("Xen: no memory for a list of frames\n");
}

/* Takes the frames of 1 << @order pages away; notes them in @mfns unless NULL. */
static void take_frames(unsigned long va, unsigned int order, unsigned long *mfns)
{
	unsigned long i;

	guard(xen_batch)(XEN_NOW);
	for (i = 0; i < 1UL << order; i++, va += PAGE_SIZE) {
		if (mfns)
			mfns[i] = virt_to_mfn((void *)va);
		xen_batch_va_mapping(va, __pte_ma(0), 0);
		__set_phys_to_machine(virt_to_pfn((void *)va), INVALID_P2M_ENTRY);
	}
}

/* Puts frames behind 1 << @order pages: those of @mfns, or consecutive ones from @first on. */
static void put_frames(unsigned long va, unsigned int order, const unsigned long *mfns,
		       unsigned long first)
{
	unsigned long n = 1UL << order, i;

	guard(xen_batch)(XEN_NOW);
	for (i = 0; i < n; i++, va += PAGE_SIZE) {
		unsigned long mfn = mfns ? mfns[i] : first + i, flags = 0;

		if (i == n - 1)
			flags = UVMF_ALL | (n == 1 ? UVMF_INVLPG : UVMF_TLB_FLUSH);
		xen_batch_va_mapping(va, mfn_pte(mfn, PAGE_KERNEL), flags);
		set_phys_to_machine(virt_to_pfn((void *)va), mfn);
	}
}

/* One side of a trade: extents of 1 << order frames each, by their numbers. */
struct side {
	unsigned long n;
	unsigned int order;
	unsigned long *frames;
};

/*
 * Gives @in, takes as much memory shaped as @out: on entry its frames are the pseudo-physical
 * ones where the memory is going to be, on success the machine frames that were given.
 */
static bool trade(const struct side *in, const struct side *out, unsigned int address_bits)
{
	struct xen_memory_exchange x = {
		.in = {
			.nr_extents = in->n,
			.extent_order = in->order,
			.domid = DOMID_SELF,
		},
		.out = {
			.nr_extents = out->n,
			.extent_order = out->order,
			.address_bits = address_bits,
			.domid = DOMID_SELF,
		},
	};
	long err;

	set_xen_guest_handle(x.in.extent_start, in->frames);
	set_xen_guest_handle(x.out.extent_start, out->frames);
	err = xen_hv_exchange(&x);
	if (!err && x.nr_exchanged == in->n)
		return true;
	/* Half a trade cannot be undone: the frames that it took are gone. */
	if (x.nr_exchanged)
		panic("Xen: exchange of frames stopped at %lu of %lu: %ld\n",
		      (unsigned long)x.nr_exchanged, in->n, err);
	return false;
}

/**
 * xen_create_contiguous_region() - make pages contiguous in machine memory
 * @pstart: first page; its contents, and that of all others, are cleared
 * @order: log2 of the number of pages
 * @address_bits: the machine addresses have to fit into so many bits
 * @dma_handle: machine address of the first page on return
 *
 * Context: nobody else uses the pages. Sleeps for the first region of an order.
 * Return: 0, or -ENOMEM with the pages as they were, but cleared.
 */
int xen_create_contiguous_region(phys_addr_t pstart, unsigned int order,
				 unsigned int address_bits, dma_addr_t *dma_handle)
{
	unsigned long va = (unsigned long)phys_to_virt(pstart), flags;
	unsigned long frame = PFN_DOWN(pstart);
	struct side in, out = { 1, order, &frame };
	bool done;

	if (order > list_order && (!list_allocated || grow_list(order)))
		return -ENOMEM;
	memset((void *)va, 0, PAGE_SIZE << order);

	spin_lock_irqsave(&trade_lock, flags);
	in = (struct side) { 1UL << order, 0, list };
	take_frames(va, order, list);
	done = trade(&in, &out, address_bits);
	put_frames(va, order, done ? NULL : list, frame);
	spin_unlock_irqrestore(&trade_lock, flags);

	*dma_handle = virt_to_machine((void *)va).maddr;
	return done ? 0 : -ENOMEM;
}

/**
 * xen_destroy_contiguous_region() - give a contiguous run of frames back for single ones
 * @pstart: first page; its contents, and that of all others, are cleared
 * @order: log2 of the number of pages
 *
 * If the hypervisor refuses, the pages stay contiguous, which harms nobody.
 */
void xen_destroy_contiguous_region(phys_addr_t pstart, unsigned int order)
{
	unsigned long va = (unsigned long)phys_to_virt(pstart), flags, first, i;
	struct side in = { 1, order, &first }, out;
	bool done;

	if (order > list_order)
		return;
	memset((void *)va, 0, PAGE_SIZE << order);

	spin_lock_irqsave(&trade_lock, flags);
	out = (struct side) { 1UL << order, 0, list };
	first = virt_to_mfn((void *)va);
	take_frames(va, order, NULL);
	for (i = 0; i < out.n; i++)
		list[i] = PFN_DOWN(pstart) + i;
	done = trade(&in, &out, 0);
	put_frames(va, order, done ? list : NULL, first);
	spin_unlock_irqrestore(&trade_lock, flags);
}
