/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed calls for memory, from xen/interface/memory.h. Lists of frames have the ABI's layout: the
 * kernel's own callers pass them on from outside drivers/xen.
 */
#ifndef _XEN_HV_MEMORY_H
#define _XEN_HV_MEMORY_H

#include <xen/frame.h>
#include <xen/hv.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>

/**
 * xen_hv_memory_size() - how much memory this domain has
 *
 * Return: pages of 4 KiB; a negative errno.
 */
static inline long xen_hv_memory_size(void)
{
	domid_t self = DOMID_SELF;

	return xen_hv_call(XEN_HV_MEMORY_SIZE, &self, 1);
}

/**
 * xen_hv_memory_populate() - get memory
 * @frames: where, as this domain counts its frames; a PV domain finds the machine's in it then
 * @n: length of @frames
 * @order: of each piece of memory, in frames of 4 KiB
 *
 * Return: how many pieces, the first of @frames, there are now, less than @n if the hypervisor has
 * no more; or a negative errno.
 */
static inline int xen_hv_memory_populate(xen_pfn_t *frames, unsigned int n, unsigned int order)
{
	struct xen_memory_reservation op = {
		.nr_extents = n, .extent_order = order, .domid = DOMID_SELF,
	};

	set_xen_guest_handle(op.extent_start, frames);
	return xen_hv_call(XEN_HV_MEMORY_POPULATE, &op, 1);
}

/**
 * xen_hv_memory_release() - give memory to the hypervisor
 * @frames: what, as xgfn_t counts
 * @n: length of @frames
 * @order: of each piece of memory, in frames of 4 KiB
 *
 * Return: how many pieces, the first of @frames, are the hypervisor's now; or a negative errno.
 */
static inline int xen_hv_memory_release(xen_pfn_t *frames, unsigned int n, unsigned int order)
{
	struct xen_memory_reservation op = {
		.nr_extents = n, .extent_order = order, .domid = DOMID_SELF,
	};

	set_xen_guest_handle(op.extent_start, frames);
	return xen_hv_call(XEN_HV_MEMORY_RELEASE, &op, 1);
}

/**
 * xen_hv_memory_place_foreign() - put frames of another domain at frames of this one
 * @from: the other domain
 * @theirs: its frames
 * @ours: frames of this domain, without memory
 * @errors: one for each, 0 or a negative errno; only if the call returns 0
 * @n: length of the three lists
 *
 * Only for domains that the hypervisor translates for.
 *
 * Return: 0 if the hypervisor has looked at all; or a negative errno.
 */
static inline int xen_hv_memory_place_foreign(domid_t from, xen_ulong_t *theirs, xen_pfn_t *ours,
					      int *errors, u16 n)
{
	struct xen_add_to_physmap_range op = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_gmfn_foreign,
		.size = n,
		.foreign_domid = from,
	};

	set_xen_guest_handle(op.idxs, theirs);
	set_xen_guest_handle(op.gpfns, ours);
	set_xen_guest_handle(op.errs, errors);
	return xen_hv_call(XEN_HV_MEMORY_PLACE_FOREIGN, &op, 1);
}

/**
 * xen_hv_memory_unplace() - take away what is at a frame of this domain
 * @gfn: which; nothing is there afterwards
 *
 * Return: 0; a negative errno if there was nothing.
 */
static inline int xen_hv_memory_unplace(xgfn_t gfn)
{
	struct xen_remove_from_physmap op = { .domid = DOMID_SELF, .gpfn = xgfn_n(gfn) };

	return xen_hv_call(XEN_HV_MEMORY_UNPLACE, &op, 1);
}

/**
 * xen_hv_memory_resource_size() - how large a resource of a domain is
 * @dom: the domain
 * @type: XENMEM_resource_*
 * @id: which of that type
 * @size: set to its frames on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_memory_resource_size(domid_t dom, u16 type, u32 id, u32 *size)
{
	struct xen_mem_acquire_resource op = { .domid = dom, .type = type, .id = id };
	int err = xen_hv_call(XEN_HV_MEMORY_ACQUIRE_RESOURCE, &op, 1);

	if (!err)
		*size = op.nr_frames;
	return err;
}

/**
 * xen_hv_memory_resource() - get frames of a resource of a domain
 * @op: all that the ABI wants but the frames
 * @frames: in a PV domain set to the machine's frames; otherwise frames of this domain, without
 *	    memory, where they are put
 *
 * Return: 0; a negative errno, and then some may have been put all the same.
 */
static inline int xen_hv_memory_resource(struct xen_mem_acquire_resource *op, xen_pfn_t *frames)
{
	set_xen_guest_handle(op->frame_list, frames);
	return xen_hv_call(XEN_HV_MEMORY_ACQUIRE_RESOURCE, op, 1);
}

#endif /* _XEN_HV_MEMORY_H */
