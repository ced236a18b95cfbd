// SPDX-License-Identifier: GPL-2.0
/* See privcmd_plan.h. */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virtio_mmio.h>
#include <xen/page.h>
#include "privcmd_plan.h"

/* vCPUs that an ioeventfd's server may have. */
#define MAX_VCPUS	4096
/* Operations that raise an interrupt; the interface's header has only their buffers. */
#define DM_SET_PCI_INTX_LEVEL	8
#define DM_SET_ISA_IRQ_LEVEL	9
#define DM_INJECT_MSI		14
#define DM_SET_IRQ_LEVEL	19	/* of other architectures */
/* Which queue is kicked, in what is written to the register. */
#define KICKED_QUEUE	0xffff

/* Bytes that frames take where they are mapped; 0 if that is none or more than there are. */
static u64 size_of(u64 frames)
{
	u64 pages = DIV_ROUND_UP_ULL(frames, XEN_PFN_PER_PAGE);

	return frames && frames <= INT_MAX ? pages << PAGE_SHIFT : 0;
}

static bool lies_in(const struct privcmd_span *area, u64 addr, u64 size)
{
	return !offset_in_page(addr) && addr >= area->start && addr <= area->end &&
	       size <= area->end - addr;
}

/**
 * privcmd_plan_batch() - where a list of frames goes
 * @area: the area's addresses
 * @fresh: nothing was asked of it yet
 * @addr: where
 * @frames: how many
 *
 * The first list has to fill its area; those behind it fill holes that were left.
 *
 * Return: 0 or -EINVAL.
 */
int privcmd_plan_batch(const struct privcmd_span *area, bool fresh, u64 addr, u64 frames)
{
	u64 size = size_of(frames);

	if (!size || !lies_in(area, addr, size))
		return -EINVAL;
	return fresh && size != area->end - area->start ? -EINVAL : 0;
}

/**
 * privcmd_plan_run() - where a run of frames goes
 * @left: what the runs before have left of the area
 * @run: the run, which has to be at the beginning of it; may be of no frames
 *
 * Return: 0 or -EINVAL.
 */
int privcmd_plan_run(const struct privcmd_span *left, const struct privcmd_mmap_entry *run)
{
	if (run->npages > INT_MAX || run->va != left->start)
		return -EINVAL;
	return lies_in(left, run->va, run->npages << PAGE_SHIFT) ? 0 : -EINVAL;
}

/**
 * privcmd_plan_resource() - where a resource goes
 * @area: the area's addresses; nothing was asked of it yet
 * @op: the request
 *
 * Return: 0 or -EINVAL.
 */
int privcmd_plan_resource(const struct privcmd_span *area, const struct privcmd_mmap_resource *op)
{
	u64 size = size_of(op->num);

	return size && lies_in(area, op->addr, size) ? 0 : -EINVAL;
}

/**
 * privcmd_plan_dm_op() - judge buffers of a device model's operation
 * @bufs: the buffers
 * @n: of them
 * @limit: of a buffer's size
 * @pages: set to how many pages they lie in, a page counted for each buffer in it
 *
 * Return: 0; -E2BIG for one that is larger; -EFAULT for one that is not in user space's addresses.
 */
int privcmd_plan_dm_op(const struct privcmd_dm_op_buf *bufs, unsigned int n, size_t limit,
		       size_t *pages)
{
	size_t total = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		unsigned long start = (unsigned long)bufs[i].uptr;

		if (bufs[i].size > limit)
			return -E2BIG;
		if (!bufs[i].size)
			continue;
		if (!access_ok(bufs[i].uptr, bufs[i].size))
			return -EFAULT;
		if (check_add_overflow(total, DIV_ROUND_UP(offset_in_page(start) + bufs[i].size,
							   PAGE_SIZE), &total))
			return -E2BIG;
	}
	*pages = total;
	return 0;
}

/**
 * privcmd_plan_irqfd() - judge what an irqfd shall do
 * @op: the operation; a copy
 * @size: bytes of it
 *
 * It is done in whatever context the eventfd is signalled, with interrupts off: what raises an
 * interrupt is done at once, and other operations may take as long as the guest is large.
 *
 * Return: 0 or -EINVAL.
 */
int privcmd_plan_irqfd(const void *op, size_t size)
{
	u32 what;

	if (size < sizeof(what))
		return -EINVAL;
	memcpy(&what, op, sizeof(what));
	switch (what) {
	case DM_SET_PCI_INTX_LEVEL:
	case DM_SET_ISA_IRQ_LEVEL:
	case DM_INJECT_MSI:
	case DM_SET_IRQ_LEVEL:
		return 0;
	}
	return -EINVAL;
}

/**
 * privcmd_plan_ioeventfd() - judge what a new ioeventfd shall wait for
 * @op: the request
 *
 * Return: 0 or -EINVAL.
 */
int privcmd_plan_ioeventfd(const struct privcmd_ioeventfd *op)
{
	u64 end;

	if (check_add_overflow(op->addr, (u64)op->addr_len, &end) ||
	    check_add_overflow(op->addr, (u64)VIRTIO_MMIO_QUEUE_NOTIFY, &end))
		return -EINVAL;
	if (op->addr_len != 1 && op->addr_len != 2 && op->addr_len != 4 && op->addr_len != 8)
		return -EINVAL;
	if (!op->vcpus || op->vcpus > MAX_VCPUS || offset_in_page(op->ioreq))
		return -EINVAL;
	return 0;
}

/**
 * privcmd_settle() - give each frame the result that it has
 * @errors: one for each; PRIVCMD_UNTRIED where mapping did not get to
 * @n: of them
 * @ret: what mapping returned; the error of what was not tried
 *
 * Return: 0 or the first frame's error that there is.
 */
int privcmd_settle(int *errors, unsigned int n, int ret)
{
	int untried = ret < 0 ? ret : -EIO;
	int first = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (errors[i] > 0)
			errors[i] = untried;
		if (!first)
			first = errors[i];
	}
	return first;
}

/**
 * privcmd_worst() - what a request as a whole returns
 * @errors: of the frames
 * @n: of them
 *
 * Return: -ENOENT if a frame is paged out, and may be asked for again; otherwise 0.
 */
int privcmd_worst(const int *errors, unsigned int n)
{
	while (n--) {
		if (errors[n] == -ENOENT)
			return -ENOENT;
	}
	return 0;
}

/**
 * privcmd_mark_frames() - say in frames' numbers what became of them
 * @frames: the numbers
 * @errors: of the frames
 * @n: of them
 *
 * Return: whether there were errors.
 */
bool privcmd_mark_frames(xen_pfn_t *frames, const int *errors, unsigned int n)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!errors[i])
			continue;
		frames[i] |= errors[i] == -ENOENT ? PRIVCMD_MMAPBATCH_PAGED_ERROR :
						    PRIVCMD_MMAPBATCH_MFN_ERROR;
		any = true;
	}
	return any;
}

/**
 * privcmd_kick_matches() - whether a guest kicks a certain queue of a certain device
 * @req: what the guest does; a copy
 * @addr: of the device's registers
 * @len: of what is written
 * @queue: the queue
 *
 * Return: whether.
 */
bool privcmd_kick_matches(const struct ioreq *req, u64 addr, u32 len, u32 queue)
{
	return req->type == IOREQ_TYPE_COPY && req->dir == IOREQ_WRITE && !req->data_is_ptr &&
	       req->addr == addr + VIRTIO_MMIO_QUEUE_NOTIFY && req->size == len &&
	       (req->data & KICKED_QUEUE) == queue;
}
