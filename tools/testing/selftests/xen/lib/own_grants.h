/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For fixtures with pages that this domain grants to itself: what they have, and their set-up.
 * Include it behind the harness.
 */
#ifndef XT_OWN_GRANTS_H
#define XT_OWN_GRANTS_H

#include "grant.h"
#include "role.h"

#define XT_OWN_GRANTS							\
	int alloc, dev, domid;						\
	struct xt_grants g

#define XT_GRANT_TO_SELF(nr)						\
	do {								\
		self->domid = xt_own_domid();				\
		ASSERT_GE(self->domid, 0);				\
		self->alloc = xt_gntalloc_open();			\
		ASSERT_GE(self->alloc, 0);				\
		self->dev = xt_gntdev_open();				\
		ASSERT_GE(self->dev, 0);				\
		ASSERT_EQ(0, xt_gntalloc(self->alloc, self->domid, true, \
					 nr, &self->g));		\
	} while (0)

#endif
