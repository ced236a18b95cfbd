// SPDX-License-Identifier: GPL-2.0
/*
 * Copying between user space and what other domains granted.
 *
 * One side of a segment at least is a granted frame, so a segment is no longer than a frame, and
 * the other side touches two frames of this domain at most.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/frame_page.h>
#include "gntdev.h"

#define SEGMENTS	16
#define PIECES		(2 * SEGMENTS)
#define GRANTED		(GNTCOPY_source_gref | GNTCOPY_dest_gref)

/**
 * struct copier - some segments, copied at once
 * @segments: what user space asks
 * @ops: the same in pieces
 * @owner: of each piece, its segment
 * @n: number of pieces
 * @pages: of user space, pinned
 * @dirty: of each page, whether it is written to
 * @n_pages: how many
 */
struct copier {
	struct gntdev_grant_copy_segment segments[SEGMENTS];
	struct gnttab_copy ops[PIECES];
	unsigned int owner[PIECES];
	unsigned int n;
	struct page *pages[PIECES];
	bool dirty[PIECES];
	unsigned int n_pages;
};

static void unpin(struct copier *c)
{
	while (c->n_pages) {
		c->n_pages--;
		unpin_user_pages_dirty_lock(&c->pages[c->n_pages], 1, c->dirty[c->n_pages]);
	}
}

/* Pins the page at @addr; *@frame is set to what the hypervisor calls the frame there. */
static int pin(struct copier *c, unsigned long addr, bool write, xen_pfn_t *frame)
{
	struct page **page = &c->pages[c->n_pages];
	int n = pin_user_pages_fast(addr, 1, write ? FOLL_WRITE : 0, page);
	xpfn_t pfn;

	if (n != 1)
		return n < 0 ? n : -EFAULT;
	c->dirty[c->n_pages++] = write;
	pfn = xpfn_add(xpfn_of_page(*page), XEN_PFN_DOWN(offset_in_page(addr)));
	*frame = xgfn_n(xgfn_of_pfn(pfn));
	return 0;
}

static bool fits(unsigned int offset, unsigned int len)
{
	return offset + len <= XEN_PAGE_SIZE;
}

static bool valid(const struct gntdev_grant_copy_segment *seg)
{
	bool from = seg->flags & GNTCOPY_source_gref, to = seg->flags & GNTCOPY_dest_gref;

	return (seg->flags & GRANTED) && (!from || fits(seg->source.foreign.offset, seg->len)) &&
	       (!to || fits(seg->dest.foreign.offset, seg->len));
}

/* The bytes of a segment from @done on that one operation can copy. */
static unsigned int piece_len(const struct gntdev_grant_copy_segment *seg, unsigned int done)
{
	unsigned int len = seg->len - done;
	unsigned long local;

	if (!(seg->flags & GNTCOPY_source_gref))
		local = (unsigned long)seg->source.virt;
	else if (!(seg->flags & GNTCOPY_dest_gref))
		local = (unsigned long)seg->dest.virt;
	else
		return len;
	return min_t(unsigned int, len, XEN_PAGE_SIZE - xen_offset_in_page(local + done));
}

/* Where a piece begins, @done bytes into its segment: on the side that is read, or written. */
static int set_side(struct copier *c, struct gntdev_grant_copy_segment *seg, unsigned int done,
		    bool write, struct gnttab_copy *op)
{
	typeof(seg->source) *asked = write ? &seg->dest : &seg->source;
	typeof(op->source) *side = write ? &op->dest : &op->source;
	unsigned long local = (unsigned long)asked->virt + done;

	if (seg->flags & (write ? GNTCOPY_dest_gref : GNTCOPY_source_gref)) {
		side->domid = asked->foreign.domid;
		side->u.ref = asked->foreign.ref;
		side->offset = asked->foreign.offset + done;
		return 0;
	}
	side->domid = DOMID_SELF;
	side->offset = xen_offset_in_page(local);
	return pin(c, local, write, &side->u.gmfn);
}

static int add_segment(struct copier *c, unsigned int which)
{
	struct gntdev_grant_copy_segment *seg = &c->segments[which];
	unsigned int done, len;
	int err = 0;

	if (!valid(seg))
		return -EINVAL;
	seg->status = GNTST_okay;
	for (done = 0; !err && done < seg->len; done += len) {
		struct gnttab_copy *op = &c->ops[c->n];

		len = piece_len(seg, done);
		op->flags = seg->flags & GRANTED;
		op->len = len;
		err = set_side(c, seg, done, false, op) ?: set_side(c, seg, done, true, op);
		c->owner[c->n++] = which;
	}
	return err;
}

/* A segment's status is that of its first piece that failed. */
static void take_status(struct copier *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		struct gntdev_grant_copy_segment *seg = &c->segments[c->owner[i]];

		if (seg->status == GNTST_okay)
			seg->status = c->ops[i].status;
	}
}

static int copy_some(struct copier *c, struct gntdev_grant_copy_segment __user *user,
		     unsigned int n)
{
	unsigned int i;
	int err = 0;

	if (copy_from_user(c->segments, user, n * sizeof(*user)))
		return -EFAULT;
	c->n = 0;
	for (i = 0; !err && i < n; i++)
		err = add_segment(c, i);
	if (!err && c->n) {
		gnttab_batch_copy(c->ops, c->n);
		take_status(c);
	}
	unpin(c);
	for (i = 0; !err && i < n; i++)
		err = put_user(c->segments[i].status, &user[i].status);
	return err;
}

/**
 * gntdev_ioctl_copy() - copy between user space and grants, or between grants
 * @arg: a struct ioctl_gntdev_grant_copy
 *
 * Return: 0 if each segment's status tells what became of it; otherwise nothing is known of them:
 * -EINVAL, -EFAULT, -ENOMEM, or -EINTR if the process is killed.
 */
long gntdev_ioctl_copy(const void __user *arg)
{
	struct ioctl_gntdev_grant_copy op;
	struct copier *c;
	unsigned int i, n;
	int err = 0;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	for (i = 0; !err && i < op.count; i += n) {
		n = min_t(unsigned int, SEGMENTS, op.count - i);
		err = copy_some(c, op.segments + i, n);
		if (fatal_signal_pending(current))
			err = err ?: -EINTR;
		cond_resched();
	}
	kfree(c);
	return err;
}
