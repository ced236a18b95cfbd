/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame numbers as types.
 *
 * A domain knows several numberings of page frames, and a number of one kind used as another
 * corrupts memory silently. Each kind is a structure of one word here: the compiler refuses a
 * mix, and generates the code of a plain word. Only this file, xen/frame_page.h, the
 * architecture's conversions and the hypercall door look inside.
 */
#ifndef _XEN_FRAME_H
#define _XEN_FRAME_H

#include <linux/bits.h>
#include <linux/types.h>

/**
 * typedef xpfn_t - a pseudo-physical frame: what struct page is indexed by
 */
typedef struct { unsigned long n; } xpfn_t;

/**
 * typedef xmfn_t - a machine frame: what the hypervisor counts its memory by
 */
typedef struct { unsigned long n; } xmfn_t;

/**
 * typedef xgfn_t - a guest frame: what hypercalls take from this domain, be it translated or not
 */
typedef struct { unsigned long n; } xgfn_t;

/**
 * typedef xbfn_t - a bus frame: what a device of this domain puts on its bus
 */
typedef struct { unsigned long n; } xbfn_t;

#define XEN_FRAME_NONE	(~0UL)

/*
 * For each kind K:
 *   K(number)          box a raw number
 *   K_n(frame)         unbox it, for the door and for printing
 *   K_add(frame, d)    the frame d places further on (d may be negative)
 *   K_diff(a, b)       the distance from b to a
 *   K_eq(a, b), K_lt(a, b)
 *   K_none(), K_valid(frame)    no frame at all, and the test for it
 */
#define XEN_FRAME_KIND(kind)							\
static inline kind##_t kind(unsigned long number)				\
{										\
	return (kind##_t) { number };						\
}										\
static inline unsigned long kind##_n(kind##_t frame)				\
{										\
	return frame.n;								\
}										\
static inline kind##_t kind##_add(kind##_t frame, long d)			\
{										\
	return (kind##_t) { frame.n + d };					\
}										\
static inline long kind##_diff(kind##_t a, kind##_t b)				\
{										\
	return a.n - b.n;							\
}										\
static inline bool kind##_eq(kind##_t a, kind##_t b)				\
{										\
	return a.n == b.n;							\
}										\
static inline bool kind##_lt(kind##_t a, kind##_t b)				\
{										\
	return a.n < b.n;							\
}										\
static inline kind##_t kind##_none(void)					\
{										\
	return (kind##_t) { XEN_FRAME_NONE };					\
}										\
static inline bool kind##_valid(kind##_t frame)					\
{										\
	return frame.n != XEN_FRAME_NONE;					\
}

XEN_FRAME_KIND(xpfn)
XEN_FRAME_KIND(xmfn)
XEN_FRAME_KIND(xgfn)
XEN_FRAME_KIND(xbfn)
#undef XEN_FRAME_KIND

#ifdef CONFIG_64BIT
/**
 * enum xp2m_kind - what a p2m entry says about its frame
 * @XP2M_RAM: memory of this domain
 * @XP2M_MISSING: nothing is there
 * @XP2M_FOREIGN: a frame of another domain, mapped by a grant or by privcmd
 * @XP2M_IDENTITY: the machine frame of the same number: a device, firmware, a hole
 */
enum xp2m_kind {
	XP2M_RAM,
	XP2M_MISSING,
	XP2M_FOREIGN,
	XP2M_IDENTITY,
};

/**
 * typedef xp2m_t - an entry of a PV domain's table from pseudo-physical to machine frames
 *
 * The word is what the toolstack reads through the table's address in shared_info: the machine
 * frame, bit 63 for a foreign one, bit 62 for an identity one, all ones for none.
 */
typedef struct { unsigned long e; } xp2m_t;

#define XP2M_FOREIGN_BIT	BIT(63)
#define XP2M_IDENTITY_BIT	BIT(62)

static inline xp2m_t xp2m(unsigned long entry)
{
	return (xp2m_t) { entry };
}

static inline unsigned long xp2m_e(xp2m_t entry)
{
	return entry.e;
}

static inline xp2m_t xp2m_missing(void)
{
	return (xp2m_t) { XEN_FRAME_NONE };
}

static inline xp2m_t xp2m_ram(xmfn_t mfn)
{
	return (xp2m_t) { mfn.n };
}

static inline xp2m_t xp2m_foreign(xmfn_t mfn)
{
	return (xp2m_t) { mfn.n | XP2M_FOREIGN_BIT };
}

static inline xp2m_t xp2m_identity(xpfn_t pfn)
{
	return (xp2m_t) { pfn.n | XP2M_IDENTITY_BIT };
}

static inline enum xp2m_kind xp2m_kind(xp2m_t entry)
{
	if (entry.e == XEN_FRAME_NONE)
		return XP2M_MISSING;
	if (entry.e & XP2M_FOREIGN_BIT)
		return XP2M_FOREIGN;
	return entry.e & XP2M_IDENTITY_BIT ? XP2M_IDENTITY : XP2M_RAM;
}

/* The machine frame of an entry of any kind; none for a missing one. */
static inline xmfn_t xp2m_mfn(xp2m_t entry)
{
	if (entry.e == XEN_FRAME_NONE)
		return xmfn_none();
	return xmfn(entry.e & ~(XP2M_FOREIGN_BIT | XP2M_IDENTITY_BIT));
}
#endif /* CONFIG_64BIT */

#endif /* _XEN_FRAME_H */
