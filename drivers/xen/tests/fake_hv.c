// SPDX-License-Identifier: GPL-2.0
/* See fake_hv.h. */
#include <linux/export.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include "../hv/gate.h"
#include "fake_hv.h"

static struct xen_fake_hv *installed;

static long fake_gate(enum xen_hv_op op, void *arg, unsigned int n)
{
	struct xen_fake_hv *hv = READ_ONCE(installed);

	if (!hv || !(hv->everybody || (current == hv->task && in_task())) ||
	    !hv->claims(hv, op, arg))
		return xen_hv_gate_real(op, arg, n);
	if (++hv->calls == hv->fail_at)
		return hv->fail_with;
	return hv->call(hv, op, arg, n);
}

static void uninstall(void *unused)
{
	static_call_update(xen_hv_gate, xen_hv_gate_real);
	WRITE_ONCE(installed, NULL);
}

void xen_fake_hv_install(struct kunit *test, struct xen_fake_hv *hv)
{
	hv->task = current;
	WRITE_ONCE(installed, hv);
	static_call_update(xen_hv_gate, fake_gate);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, uninstall, NULL));
}
EXPORT_SYMBOL_GPL(xen_fake_hv_install);

void *xen_fake_hv_new(struct kunit *test, const struct xen_fake_hv *fake, size_t size)
{
	struct xen_fake_hv *hv = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hv);
	*hv = *fake;
	xen_fake_hv_install(test, hv);
	return hv;
}
