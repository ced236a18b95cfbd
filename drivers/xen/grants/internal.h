/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Grants, inside.
 *
 * A reference is a slot of the table that this domain shares with the hypervisor. refs.c knows
 * which are free, table_v1.c and table_v2.c write the slots, frames.c makes the table larger,
 * end_access.c takes back what was granted, map.c uses what other domains granted.
 *
 * Order of locks: a shard's lock, then the pool's (refs.c); the list of deferred revokes and that
 * of callbacks have a lock each, inside of which no other is taken.
 */
#ifndef _XEN_GRANTS_INTERNAL_H
#define _XEN_GRANTS_INTERNAL_H

#include <linux/types.h>
#include <xen/frame.h>
#include <xen/grant_table.h>
#include <xen/hv_grant.h>

/* The end of a chain of references. */
#define REF_END		0xffffffffU

/**
 * struct xen_grant_layout - one version of the table
 * @version: 1 or 2
 * @per_frame: slots in a frame
 * @grant: write a slot; what it says is valid when this returns
 * @revoke: make a slot invalid unless its frame is in use; whether it is invalid now
 * @frame: the frame that a slot grants
 */
struct xen_grant_layout {
	unsigned int version;
	unsigned int per_frame;
	void (*grant)(grant_ref_t ref, domid_t domid, xgfn_t frame, u16 flags);
	bool (*revoke)(grant_ref_t ref);
	xgfn_t (*frame)(grant_ref_t ref);
};

/**
 * struct xen_grant_table - this domain's table
 * @layout: its version
 * @slots: the slots, contiguous
 * @status: for version 2, what the hypervisor says of each slot
 * @frames: frames that it has
 */
struct xen_grant_table {
	const struct xen_grant_layout *layout;
	union {
		struct grant_entry_v1 *v1;
		union grant_entry_v2 *v2;
		void *any;
	} slots;
	grant_status_t *status;
	unsigned int frames;
};

extern struct xen_grant_table xen_grant_table;
extern const struct xen_grant_layout xen_grant_layout_v1, xen_grant_layout_v2;

/* frames.c */
int xen_grant_grow(unsigned int more);
unsigned int xen_grant_max_frames(void);

/* refs.c */
int xen_refs_init(unsigned int max_refs, unsigned int first, unsigned int end);
void xen_refs_exit(void);
int xen_refs_add(unsigned int first, unsigned int count);
int xen_refs_get(unsigned int count, grant_ref_t *head);
int xen_refs_get_row(unsigned int count, grant_ref_t *first);
void xen_refs_put(grant_ref_t ref);
void xen_refs_put_chain(grant_ref_t head);
void xen_refs_put_row(grant_ref_t first, unsigned int count);
grant_ref_t *xen_refs_next(grant_ref_t ref);
unsigned int xen_refs_free(void);
unsigned int xen_refs_total(void);

/* legacy_api.c */
void xen_grant_freed(void);

/* end_access.c */
unsigned int xen_grant_deferred(void);

#endif /* _XEN_GRANTS_INTERNAL_H */
