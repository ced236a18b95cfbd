// SPDX-License-Identifier: GPL-2.0
/*
 * What the network back end must do with receive buffers and control messages that no honest
 * frontend offers. Packets come from the guest's first interface, by broadcast over the bridge
 * that both are on.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netif_frontend.h"

#define FRAME		600
#define ETHERTYPE	0x88b5		/* local experiments */

enum { ALG_NONE, ALG_TOEPLITZ };

/* Broadcasts @n frames on eth0. */
static bool shout(unsigned int n)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	uint8_t frame[FRAME];
	bool ok = true;
	int fd;

	fd = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE));
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		return false;
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr) || ioctl(fd, SIOCGIFINDEX, &ifr))
		return false;
	to.sll_ifindex = ifr.ifr_ifindex;
	memset(to.sll_addr, 0xff, 6);
	memset(frame, 0x5a, sizeof(frame));
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\x00\x16\x3e\x77\x00\x77\x88\xb5", 8);
	while (n--)
		ok &= sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to)) == FRAME;
	close(fd);
	return ok;
}

static void offer(FIXTURE_DATA(vif) *self, uint32_t gref, unsigned int n)
{
	while (n--) {
		self->rx->slot[self->rx_prod % RING].req =
			(struct rx_req){ self->rx_prod % RING, 0, gref };
		self->rx_prod++;
	}
	self->rx->h.rsp_event = self->rx->h.rsp_prod + 1;
	atomic_store(&self->rx->h.req_prod, self->rx_prod);
	xt_evtchn_notify(self->evtchn, self->port);
}

/* Shouts until the answers reach index @want; false if they never do. */
static bool consumed(FIXTURE_DATA(vif) *self, uint32_t want)
{
	int32_t lacking;
	int ms;

	for (ms = 0; ms < WAIT_MS; ms += 20) {
		lacking = want - self->rx->h.rsp_prod;
		if (lacking <= 0)
			return true;
		if (!(ms % 500) && !shout(lacking))
			return false;
		xt_sleep_ms(20);
	}
	return false;
}

static struct rx_rsp response(FIXTURE_DATA(vif) *self, uint32_t index)
{
	return self->rx->slot[index % RING].rsp;
}

TEST_F_TIMEOUT(vif, good_buffers, SECONDS)
{
	const uint8_t *page = self->pages + DATA_PAGE * XT_PAGE;
	struct rx_rsp r;

	offer(self, self->data_gref, 8);
	ASSERT_TRUE(consumed(self, 1));
	r = response(self, 0);
	EXPECT_EQ(0, r.id);
	EXPECT_EQ(0, r.offset);
	EXPECT_LE(42, r.status);
	EXPECT_TRUE(page[0] == 0xff || page[0] == 0x33);
}

TEST_F_TIMEOUT(vif, buffers_that_are_none, SECONDS)
{
	static const uint32_t bad[] = { 0x7ffff, 0x7fffffff, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		uint32_t at = self->rx->h.rsp_prod;

		offer(self, bad[i], 1);
		ASSERT_TRUE(consumed(self, at + 1));
		EXPECT_EQ(-1, response(self, at).status);
	}
	EXPECT_EQ(CONNECTED, state_of(self));
}

TEST_F_TIMEOUT(vif, buffers_that_are_read_only, SECONDS)
{
	struct xt_grants only;

	ASSERT_EQ(0, xt_gntalloc(self->gntalloc, self->backend, false, 1, &only));
	offer(self, only.ref[0], 1);
	EXPECT_TRUE(consumed(self, 1));
	EXPECT_EQ(-1, response(self, 0).status);
	EXPECT_EQ(CONNECTED, state_of(self));
	xt_gntalloc_free(self->gntalloc, only.index, 1);
}

TEST_F_TIMEOUT(vif, too_few_buffers, SECONDS)
{
	ASSERT_TRUE(shout(500));
	offer(self, self->data_gref, 1);
	EXPECT_TRUE(consumed(self, 1));
	ASSERT_TRUE(shout(500));
	EXPECT_EQ(CONNECTED, state_of(self));
	EXPECT_EQ(PASS, chain(self, 3, 1000));
	offer(self, self->data_gref, 200);
	EXPECT_TRUE(consumed(self, self->rx_prod - 100));
}

TEST_F_TIMEOUT(vif, buffer_producers_that_lie, SECONDS)
{
	offer(self, self->data_gref, 1);
	self->rx_prod += 3 * RING;
	offer(self, self->data_gref, 1);
	consumed(self, 2);
	EXPECT_TRUE(backend_reaches(self, CLOSING));
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(PASS, chain(self, 3, 1000));
}

TEST_F_TIMEOUT(vif, control_ring, SECONDS)
{
	uint32_t list = self->grants.ref[LIST_PAGE], value = 0;
	uint32_t *map = (uint32_t *)self->list;

	EXPECT_EQ(NOT_SUPPORTED, ctrl(self, GET_HASH_FLAGS, 0, 0, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_HASH_FLAGS, 1, 0, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_ALG, 7, 0, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, SET_ALG, ALG_TOEPLITZ, 0, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, GET_HASH_FLAGS, 0, 0, 0, &value));
	EXPECT_EQ(15, value);
	EXPECT_EQ(INVALID, ctrl(self, SET_HASH_FLAGS, 16, 0, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, SET_HASH_FLAGS, 15, 0, 0, NULL));

	memset(self->list, 0x6d, XT_PAGE);
	EXPECT_EQ(INVALID, ctrl(self, SET_HASH_KEY, list, 41, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_HASH_KEY, list, 0xffffffff, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_HASH_KEY, 0x7fffffff, 40, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, SET_HASH_KEY, list, 40, 0, NULL));

	EXPECT_EQ(OK, ctrl(self, GET_MAP_SIZE, 0, 0, 0, &value));
	EXPECT_EQ(128, value);
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP_SIZE, 129, 0, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, SET_MAP_SIZE, 4, 0, 0, NULL));
	/* XSA-270: sums that wrap, ends beyond the table, queues that are none. */
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, list, 2, 0xffffffff, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, list, 0xffffffff, 2, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, list, 5, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, list, 2, 3, NULL));
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, list, 4, 0, NULL));
	memset(map, 0, 16);
	EXPECT_EQ(INVALID, ctrl(self, SET_MAP, 0x7fffffff, 4, 0, NULL));
	EXPECT_EQ(OK, ctrl(self, SET_MAP, list, 4, 0, NULL));
	EXPECT_EQ(NOT_SUPPORTED, ctrl(self, 11, 1, 2, 3, NULL));
	EXPECT_EQ(NOT_SUPPORTED, ctrl(self, 0xffff, 1, 2, 3, NULL));

	/* Hashed packets come with an extra info. */
	offer(self, self->data_gref, 32);
	EXPECT_TRUE(consumed(self, self->rx_prod - 28));
}

TEST_F_TIMEOUT(vif, static_grants, SECONDS)
{
	struct gref_entry *e = (struct gref_entry *)self->list;
	uint32_t list = self->grants.ref[LIST_PAGE], max = 0, value = 0;

	memset(self->list, 0, XT_PAGE);
	EXPECT_EQ(OK, ctrl(self, GET_GREF_SIZE, 0, 0, 0, &max));
	EXPECT_LT(0, max);
	EXPECT_EQ(INVALID, ctrl(self, GET_GREF_SIZE, 1, 0, 0, NULL));
	e[0].ref = self->data_gref;
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 1, list, 1, NULL));
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, list, 0, NULL));
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, list, 513, NULL));
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, 0x7fffffff, 1, NULL));
	e[0].flags = 2;
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, list, 1, NULL));
	e[0].flags = 0;
	e[1].ref = 0x7fffffff;
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, list, 2, NULL));
	/* All or none: what failed left nothing behind. */
	EXPECT_EQ(OK, ctrl(self, ADD_GREFS, 0, list, 1, NULL));
	EXPECT_EQ(INVALID, ctrl(self, ADD_GREFS, 0, list, 1, NULL));

	EXPECT_EQ(PASS, chain(self, 18, 3800));
	offer(self, self->data_gref, 4);
	EXPECT_TRUE(consumed(self, 1));
	EXPECT_LE(42, response(self, 0).status);

	EXPECT_EQ(OK, ctrl(self, DEL_GREFS, 0, list, 2, &value));
	EXPECT_EQ(OK, e[0].status);
	EXPECT_NE(OK, e[1].status);
	EXPECT_EQ(PASS, chain(self, 18, 3800));

	/* What is left when the connection ends is taken back. */
	EXPECT_EQ(OK, ctrl(self, ADD_GREFS, 0, list, 1, NULL));
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(OK, ctrl(self, ADD_GREFS, 0, list, 1, NULL));
}

TEST_F_TIMEOUT(vif, control_producers_that_lie, SECONDS)
{
	self->ctrl_prod += 2 * CTRL_RING;
	EXPECT_EQ(SILENT, ctrl(self, GET_MAP_SIZE, 0, 0, 0, NULL));
	EXPECT_TRUE(backend_reaches(self, CLOSING));
	ASSERT_TRUE(reconnect(self));
	EXPECT_EQ(OK, ctrl(self, GET_MAP_SIZE, 0, 0, 0, NULL));
}

#include "quiet_test.h"

TEST_HARNESS_MAIN
