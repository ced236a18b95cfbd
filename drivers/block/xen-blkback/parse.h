/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the bytes of a ring slot to a checked request. Pure: no allocation, no locks, no kernel
 * state; tools/testing/xen-unit compiles and fuzzes the same files.
 */
#ifndef _XENBLK_PARSE_H
#define _XENBLK_PARSE_H

#include <linux/types.h>

#define XENBLK_SECTOR_SHIFT	9
#define XENBLK_PAGE_SECTORS	(4096 >> XENBLK_SECTOR_SHIFT)
#define XENBLK_DIRECT_SEGS	11	/* segments that fit into a slot */
#define XENBLK_MAX_SEGS		256	/* segments that we take in one request */
#define XENBLK_DESC_PER_PAGE	512	/* segment descriptors in a granted page */
#define XENBLK_DESC_REFS	8	/* references to such pages in a slot */
#define XENBLK_SLOT_MAX		112	/* the largest slot of all dialects, in bytes */

/* Operations and statuses of the public blkif.h; names of our own, because this file is pure. */
enum {
	XENBLK_WIRE_READ = 0, XENBLK_WIRE_WRITE = 1, XENBLK_WIRE_BARRIER = 2, XENBLK_WIRE_FLUSH = 3,
	XENBLK_WIRE_DISCARD = 5, XENBLK_WIRE_INDIRECT = 6,
};

enum { XENBLK_OKAY = 0, XENBLK_ERROR = -1, XENBLK_EOPNOTSUPP = -2 };

#define XENBLK_WIRE_SECURE	1	/* discard flag */

/**
 * struct xenblk_seg - one segment, as it stands in slots and descriptor pages of every dialect
 * @ref: grant of the data page
 * @first: first sector in the page
 * @last: last sector in the page, inclusive
 * @pad: not ours
 */
struct xenblk_seg {
	u32 ref;
	u8 first;
	u8 last;
	u16 pad;
};

/**
 * struct xenblk_raw - a slot without its dialect, nothing checked
 * @op: the operation
 * @sub: second byte: number of segments, discard flag or the operation inside an indirect one
 * @nr_segs: number of segments of an indirect request
 * @id: the frontend's, echoed
 * @sector: first sector on the disk
 * @nr_sectors: of a discard
 * @refs: descriptor pages of an indirect request
 * @segs: segments of a direct request
 */
struct xenblk_raw {
	u8 op;
	u8 sub;
	u16 nr_segs;
	u64 id;
	u64 sector;
	u64 nr_sectors;
	u32 refs[XENBLK_DESC_REFS];
	struct xenblk_seg segs[XENBLK_DIRECT_SEGS];
};

/**
 * struct xenblk_limits - what the device can do now
 * @capacity: size in 512-byte sectors
 * @block_sectors: sectors in a logical block, a power of two
 * @readonly: no writes
 * @discard: discard is offered
 * @secure: secure discard is offered
 */
struct xenblk_limits {
	u64 capacity;
	u32 block_sectors;
	bool readonly;
	bool discard;
	bool secure;
};

/**
 * enum xenblk_op - what a checked request asks for
 * @XENBLK_READ: read
 * @XENBLK_WRITE: write
 * @XENBLK_BARRIER: after all before it, before all after it, and on stable storage; maybe a write
 * @XENBLK_FLUSH: make what was completed stable; maybe with data after that
 * @XENBLK_DISCARD: discard
 */
enum xenblk_op { XENBLK_READ, XENBLK_WRITE, XENBLK_BARRIER, XENBLK_FLUSH, XENBLK_DISCARD };

/**
 * struct xenblk_req - a checked request
 * @op: what to do
 * @secure: secure discard
 * @indirect: the segments are in descriptor pages
 * @nr_segs: number of segments, at most XENBLK_MAX_SEGS
 * @sector: first sector
 * @nr_sectors: length; known for a direct request and a discard
 */
struct xenblk_req {
	enum xenblk_op op;
	bool secure;
	bool indirect;
	u16 nr_segs;
	u64 sector;
	u64 nr_sectors;
};

/**
 * struct xenblk_abi - a dialect
 * @name: value of the frontend's "protocol" node
 * @slot_size: distance between slots
 * @decode: bytes of a slot, private and aligned to eight, to a raw request
 */
struct xenblk_abi {
	const char *name;
	u32 slot_size;
	void (*decode)(const void *slot, struct xenblk_raw *raw);
};

extern const struct xenblk_abi xenblk_native_abi, xenblk_x86_32_abi, xenblk_x86_64_abi;

/**
 * xenblk_wire_op() - the operation to name in the response
 * @raw: the request
 *
 * Return: that of the request, or of the request inside an indirect one.
 */
u8 xenblk_wire_op(const struct xenblk_raw *raw);

/**
 * xenblk_parse() - check a request
 * @raw: as decoded
 * @limits: of the device
 * @req: the result, valid only for XENBLK_OKAY
 *
 * Return: XENBLK_OKAY, or the status to answer with.
 */
int xenblk_parse(const struct xenblk_raw *raw, const struct xenblk_limits *limits,
		 struct xenblk_req *req);

/**
 * xenblk_parse_segs() - check segments against each other, the page size and the device
 * @req: the request; @nr_sectors is set
 * @segs: its @nr_segs segments, in private memory
 * @limits: of the device
 *
 * Return: XENBLK_OKAY or XENBLK_ERROR.
 */
int xenblk_parse_segs(struct xenblk_req *req, const struct xenblk_seg *segs,
		      const struct xenblk_limits *limits);

#endif /* _XENBLK_PARSE_H */
