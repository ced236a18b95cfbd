/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a PV domain keeps itself about the frames behind its pages: the p2m, the mapping of each
 * page in the kernel's own page tables, and how the hypervisor gets to those of a process. Nothing
 * to do where the hypervisor translates.
 */
#ifndef _XEN_PV_FRAMES_H
#define _XEN_PV_FRAMES_H

#include <xen/frame.h>
#include <xen/interface/xen.h>

struct page;

#ifdef CONFIG_XEN_PV
/**
 * xen_pages_attach() - pages got frames: let the kernel see them
 * @pages: without frames so far
 * @mfns: the machine's frames, in the layout of the hypervisor's answer
 * @n: length of the lists
 *
 * The hypervisor does not refuse to map what it has just given us; that it did would be reported.
 *
 * Context: may sleep.
 */
void xen_pages_attach(struct page **pages, const xen_pfn_t *mfns, unsigned long n);

/**
 * xen_pages_detach() - pages are about to lose their frames: look away
 * @pages: used by nobody
 * @n: how many
 *
 * The frames must not be given away before the caller has flushed all TLBs.
 *
 * Context: any.
 */
void xen_pages_detach(struct page **pages, unsigned long n);

/**
 * xen_frames_limit() - the first frame that can have no place in the p2m
 *
 * Return: the frame.
 */
xpfn_t xen_frames_limit(void);

/**
 * xen_frames_reserve() - make places in the p2m, saying that there is no memory
 * @first: the first frame
 * @n: how many
 *
 * Context: may sleep.
 * Return: 0; -ERANGE beyond xen_frames_limit(); -ENOMEM.
 */
int xen_frames_reserve(xpfn_t first, unsigned long n);

/**
 * xen_frame_writable() - make a frame's place in the p2m its own
 * @pfn: the frame. Places may be shared by frames without memory until then.
 *
 * Context: may sleep.
 * Return: 0; -ERANGE beyond xen_frames_limit(); -ENOMEM.
 */
int xen_frame_writable(xpfn_t pfn);

void xen_pt_keep_linked(void);
#else
static inline void xen_pages_attach(struct page **pages, const xen_pfn_t *mfns, unsigned long n)
{
}

static inline void xen_pages_detach(struct page **pages, unsigned long n)
{
}

static inline xpfn_t xen_frames_limit(void)
{
	return xpfn_none();
}

static inline int xen_frames_reserve(xpfn_t first, unsigned long n)
{
	return 0;
}

static inline int xen_frame_writable(xpfn_t pfn)
{
	return 0;
}

static inline void xen_pt_keep_linked(void)
{
}
#endif

#endif /* _XEN_PV_FRAMES_H */
