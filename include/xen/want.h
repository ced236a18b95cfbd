/* SPDX-License-Identifier: GPL-2.0 */
/* Rules for values that a peer writes into xenstore. Pure. */
#ifndef _XEN_WANT_H
#define _XEN_WANT_H

#include <linux/types.h>

/**
 * enum xen_want_kind - how a value that the peer wrote is treated
 * @XEN_WANT_REFUSE: outside the bounds, or not a number: the connection is refused
 * @XEN_WANT_CLAMP: outside the bounds: the nearest bound; not a number: the default
 * @XEN_WANT_NEEDED: as REFUSE, and its absence is an error too
 */
enum xen_want_kind { XEN_WANT_REFUSE, XEN_WANT_CLAMP, XEN_WANT_NEEDED };

/**
 * struct xen_want - a node that we read from the peer's directory
 * @node: its name
 * @offset: where in the result structure the u32 goes (offsetof)
 * @kind: see enum xen_want_kind
 * @def: value if the node is absent
 * @min: smallest legal value
 * @max: largest legal value; ignored if @limit is set
 * @limit: largest legal value, read at connect time (module parameters); may be NULL
 */
struct xen_want {
	const char *node;
	u16 offset;
	u8 kind;
	u32 def, min, max;
	const unsigned int *limit;
};

/**
 * xen_want_parse() - judge one value; pure
 * @want: the rule
 * @text: what the peer wrote, NUL-terminated, or NULL if the node is absent
 * @out: the result, written only on success
 *
 * Return: 0; -ENOENT if a needed node is absent; -EINVAL if it is no unsigned decimal number;
 * -ERANGE if out of bounds.
 */
int xen_want_parse(const struct xen_want *want, const char *text, u32 *out);

#endif /* _XEN_WANT_H */
