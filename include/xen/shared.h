/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that another domain can write at any moment.
 *
 * Such memory is only ever named by a pointer to an incomplete type in an address space of its
 * own. Dereferencing it does not compile; casting it away is a sparse warning. The functions
 * below are the only readers and, together with xen/ring.h, the only writers. Each byte is read
 * at most once per call, so a value that was checked cannot change afterwards.
 *
 * This file is pure: it also compiles in user space (tools/testing/xen-unit).
 */
#ifndef _XEN_SHARED_H
#define _XEN_SHARED_H

#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

#ifdef __CHECKER__
#define __xen_shared __attribute__((noderef, address_space(__xen_shared)))
#else
#define __xen_shared
#endif

/*
 * Memory shared with another domain; never defined. Use it as ``struct xen_shared __xen_shared *``.
 */
struct xen_shared;

/**
 * xen_shared_box() - declare that @va is shared with another domain
 * @va: kernel address of the shared area, as the mapping call returned it
 *
 * The one place where an ordinary pointer becomes a shared one. Ownership stays with the caller.
 *
 * Return: the same address in the shared address space.
 */
static inline struct xen_shared __xen_shared *xen_shared_box(void *va)
{
	return (struct xen_shared __xen_shared __force *)va;
}

/**
 * xen_shared_unbox() - the inverse of xen_shared_box(), for unmapping only
 * @shared: a pointer that xen_shared_box() made
 *
 * Return: the kernel address; it must not be read or written through.
 */
static inline void *xen_shared_unbox(struct xen_shared __xen_shared *shared)
{
	return (void __force *)shared;
}

/**
 * xen_shared_load32() - read one 32-bit word once
 * @shared: base of the shared area
 * @offset: byte offset of the word, a multiple of four
 *
 * Context: any. No ordering is implied.
 * Return: the value that the word had at one moment.
 */
static inline u32 xen_shared_load32(struct xen_shared __xen_shared *shared, size_t offset)
{
	return READ_ONCE(*(const u32 __force *)((u8 __force *)shared + offset));
}

/**
 * xen_shared_store32() - write one 32-bit word with a single store
 * @shared: base of the shared area
 * @offset: byte offset of the word, a multiple of four
 * @value: what to store
 *
 * Context: any. No ordering is implied.
 */
static inline void xen_shared_store32(struct xen_shared __xen_shared *shared, size_t offset,
				      u32 value)
{
	WRITE_ONCE(*(u32 __force *)((u8 __force *)shared + offset), value);
}

/**
 * xen_shared_copy() - copy shared memory into private memory, reading each byte once
 * @dst: private buffer of at least @len bytes, aligned to eight for the fast path
 * @shared: base of the shared area
 * @offset: byte offset of the first byte to copy
 * @len: number of bytes; the caller has checked that they lie inside the area
 *
 * The copy is not atomic as a whole: a peer that writes meanwhile leaves a mixture in @dst.
 * Because nothing is read twice, checks made on @dst hold for as long as @dst is private.
 *
 * Context: any. No ordering is implied.
 */
static inline void xen_shared_copy(void *dst, struct xen_shared __xen_shared *shared,
				   size_t offset, size_t len)
{
	const u8 *src = (const u8 __force *)shared + offset;
	size_t i = 0;

	if (!(((unsigned long)src | (unsigned long)dst | len) & 7)) {
		const u64 *from = (const u64 *)src;
		u64 *to = dst;

		/* By hand, because the compiler leaves loops over volatile reads as they are. */
		for (; i + 4 <= len / 8; i += 4) {
			to[i] = READ_ONCE(from[i]);
			to[i + 1] = READ_ONCE(from[i + 1]);
			to[i + 2] = READ_ONCE(from[i + 2]);
			to[i + 3] = READ_ONCE(from[i + 3]);
		}
		for (; i < len / 8; i++)
			to[i] = READ_ONCE(from[i]);
	} else if (!(((unsigned long)src | (unsigned long)dst | len) & 3)) {
		for (i = 0; i < len / 4; i++)
			((u32 *)dst)[i] = READ_ONCE(((const u32 *)src)[i]);
	} else {
		for (i = 0; i < len; i++)
			((u8 *)dst)[i] = READ_ONCE(((const u8 *)src)[i]);
	}
}

/**
 * xen_shared_fill() - copy private memory into shared memory
 * @shared: base of the shared area
 * @offset: byte offset of the first byte to write
 * @src: private buffer of @len bytes
 * @len: number of bytes; the caller has checked that they lie inside the area
 *
 * What was written is never read back by the kernel.
 *
 * Context: any. No ordering is implied.
 */
static inline void xen_shared_fill(struct xen_shared __xen_shared *shared, size_t offset,
				   const void *src, size_t len)
{
	memcpy((u8 __force *)shared + offset, src, len);
}

#endif /* _XEN_SHARED_H */
