// SPDX-License-Identifier: GPL-2.0
/*
 * A frontend that lends the network back end its buffers for good, and one that does not: each
 * sends packets of 64 KiB. The lab compares what they cost dom0 in grant operations.
 */
#include "netif_frontend.h"

#define PACKETS		200
#define SLOTS		18
#define EACH		3800

static unsigned int passed(FIXTURE_DATA(vif) *self)
{
	unsigned int i = 0;

	while (i < PACKETS && chain(self, SLOTS, EACH) == PASS)
		i++;
	return i;
}

TEST_F_TIMEOUT(vif, buffers_copied, SECONDS)
{
	EXPECT_EQ(PACKETS, passed(self));
}

TEST_F_TIMEOUT(vif, buffers_lent, SECONDS)
{
	struct gref_entry *e = (struct gref_entry *)self->list;
	uint32_t list = self->grants.ref[LIST_PAGE];

	*e = (struct gref_entry){ .ref = self->data_gref };
	ASSERT_EQ(OK, ctrl(self, ADD_GREFS, 0, list, 1, NULL));
	EXPECT_EQ(PACKETS, passed(self));
	EXPECT_EQ(OK, ctrl(self, DEL_GREFS, 0, list, 1, NULL));
	EXPECT_EQ(OK, e->status);
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
