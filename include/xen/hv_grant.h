/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Typed calls for grants, from xen/interface/grant_table.h. What works on a batch returns 0 if
 * the hypervisor went through it, and each slot then has a status of its own: see
 * xen_hv_gnt_errno(). A negative errno means that it gave up somewhere.
 */
#ifndef _XEN_HV_GRANT_H
#define _XEN_HV_GRANT_H

#include <xen/frame.h>
#include <xen/hv.h>
#include <xen/hv_status.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/memory.h>

/**
 * xen_hv_grant_map() - map grants of other domains
 * @ops: the batch
 * @n: its length
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_map(struct gnttab_map_grant_ref *ops, unsigned int n)
{
	return xen_hv_call(XEN_HV_GRANT_MAP, ops, n);
}

/**
 * xen_hv_grant_unmap() - undo xen_hv_grant_map()
 * @ops: the batch
 * @n: its length
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_unmap(struct gnttab_unmap_grant_ref *ops, unsigned int n)
{
	return xen_hv_call(XEN_HV_GRANT_UNMAP, ops, n);
}

/**
 * xen_hv_grant_copy() - copy between frames, granted or our own
 * @ops: the batch
 * @n: its length
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_copy(struct gnttab_copy *ops, unsigned int n)
{
	return xen_hv_call(XEN_HV_GRANT_COPY, ops, n);
}

/**
 * xen_hv_grant_setup_table() - make this domain's table larger, and learn its frames
 * @frames: set to the machine frames of the whole table
 * @n: frames that the table shall have
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_setup_table(xen_pfn_t *frames, unsigned int n)
{
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = n };
	int err;

	set_xen_guest_handle(op.frame_list, frames);
	err = xen_hv_call(XEN_HV_GRANT_SETUP_TABLE, &op, 1);
	return err ?: xen_hv_gnt_errno(op.status);
}

/**
 * xen_hv_grant_status_frames() - learn the frames of a version 2 table's status
 * @frames: set to their machine frames
 * @n: how many
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_status_frames(u64 *frames, unsigned int n)
{
	struct gnttab_get_status_frames op = { .dom = DOMID_SELF, .nr_frames = n };
	int err;

	set_xen_guest_handle(op.frame_list, frames);
	err = xen_hv_call(XEN_HV_GRANT_GET_STATUS_FRAMES, &op, 1);
	return err ?: xen_hv_gnt_errno(op.status);
}

/**
 * xen_hv_grant_max_frames() - how many frames this domain's table can have
 * @max: set on success
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_max_frames(unsigned int *max)
{
	struct gnttab_query_size op = { .dom = DOMID_SELF };
	int err = xen_hv_call(XEN_HV_GRANT_QUERY_SIZE, &op, 1);

	if (!err)
		err = xen_hv_gnt_errno(op.status);
	if (!err)
		*max = op.max_nr_frames;
	return err;
}

/**
 * xen_hv_grant_set_version() - choose the layout of this domain's table
 * @version: 1 or 2
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_set_version(u32 version)
{
	struct gnttab_set_version op = { .version = version };
	int err = xen_hv_call(XEN_HV_GRANT_SET_VERSION, &op, 1);

	if (!err && op.version != version)
		err = -EOPNOTSUPP;
	return err;
}

/**
 * xen_hv_grant_place_frame() - give a frame of the table a place in a translated domain
 * @index: which; XENMAPIDX_grant_table_status set for a status frame
 * @gfn: where; what was there is gone
 *
 * Return: 0 or a negative errno.
 */
static inline int xen_hv_grant_place_frame(unsigned int index, xgfn_t gfn)
{
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_grant_table,
		.idx = index,
		.gpfn = xgfn_n(gfn),
	};

	return xen_hv_call(XEN_HV_MEMORY_ADD_TO_PHYSMAP, &op, 1);
}

#endif /* _XEN_HV_GRANT_H */
