/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connected queue without a hypervisor: both rings lie in our memory, the
 * test is the guest, and every grant that it names is one of BUFFERS pages
 * that count as mapped for good, so that no copy needs a hypercall.
 */
#ifndef XEN_NETBACK_TESTS_FIXTURE_H
#define XEN_NETBACK_TESTS_FIXTURE_H

#include <kunit/test.h>
#include "../netback.h"

#define XNB_TEST_BUFFERS	64

struct xnb_test {
	struct xenbus_device *xdev;
	struct xen_backend be;
	struct xen_account account;
	struct xen_queue q;
	struct xnb_queue xq;
	struct xnb_vif *vif;
	struct napi_struct napi;
	struct xnb_static statics[XNB_TEST_BUFFERS];
	struct xen_ring tx, rx;		/* the guest's ends */
	struct sk_buff_head received;
	unsigned int alarms;		/* of the workers' timers */
};

struct xnb_test *xnb_test_begin(struct kunit *test);
void xnb_test_end(struct kunit *test);

void xnb_test_ring(struct kunit *test, struct xen_ring *front,
		   struct xen_ring *back, u32 slot_size);
u8 *xnb_test_buffer(struct xnb_test *t, unsigned int n);
int xnb_test_turn(struct xnb_test *t, unsigned int worker, int items);
bool xnb_test_comes_back(struct xnb_test *t, unsigned int worker);
void xnb_test_send(struct kunit *test, const void *slot);

#endif
