// SPDX-License-Identifier: GPL-2.0
/* The door: arguments arrive, answers are brought into range, the fake answers its task only. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/workqueue.h>
#include <xen/hv_evtchn.h>
#include <xen/hv_status.h>
#include <xen/interface/grant_table.h>
#include <xen/xen.h>
#include "fake_hv.h"

#define PORT	77777		/* beyond what the running domain has bound */

struct door_test {
	struct xen_fake_hv hv;
	int answer;
	u32 seen_port, seen_vcpu;
};

static bool door_claims(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg)
{
	return op == XEN_HV_EVTCHN_BIND_VCPU || op == XEN_HV_EVTCHN_BIND_IPI;
}

static long door_call(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n)
{
	struct door_test *t = container_of(hv, struct door_test, hv);

	if (op == XEN_HV_EVTCHN_BIND_IPI) {
		struct evtchn_bind_ipi *ipi = arg;

		t->seen_vcpu = ipi->vcpu;
		ipi->port = PORT;
	} else {
		struct evtchn_bind_vcpu *bind = arg;

		t->seen_port = bind->port;
		t->seen_vcpu = bind->vcpu;
	}
	return t->answer;
}

static struct door_test *door_install(struct kunit *test)
{
	static const struct xen_fake_hv fake = { .claims = door_claims, .call = door_call };

	return xen_fake_hv_new(test, &fake, sizeof(struct door_test));
}

static void hv_arguments(struct kunit *test)
{
	struct door_test *t = door_install(test);
	evtchn_port_t port = 0;

	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_bind_vcpu(PORT, 3));
	KUNIT_EXPECT_EQ(test, PORT, t->seen_port);
	KUNIT_EXPECT_EQ(test, 3, t->seen_vcpu);
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_bind_ipi(5, &port));
	KUNIT_EXPECT_EQ(test, PORT, port);
	KUNIT_EXPECT_EQ(test, 5, t->seen_vcpu);
	KUNIT_EXPECT_EQ(test, 2, t->hv.calls);
}

static void hv_errors(struct kunit *test)
{
	struct door_test *t = door_install(test);
	evtchn_port_t port = 1;

	t->answer = -EBUSY;
	KUNIT_EXPECT_EQ(test, -EBUSY, xen_hv_evtchn_bind_vcpu(PORT, 0));
	t->answer = -70000;
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_evtchn_bind_vcpu(PORT, 0));
	t->answer = -EINVAL;
	KUNIT_EXPECT_EQ(test, -EINVAL, xen_hv_evtchn_bind_ipi(0, &port));
	KUNIT_EXPECT_EQ_MSG(test, 1, port, "a failed call must not write its result");
}

static void hv_failure_at(struct kunit *test)
{
	struct door_test *t = door_install(test);

	t->hv.fail_at = 2;
	t->hv.fail_with = -ENOMEM;
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_bind_vcpu(PORT, 0));
	KUNIT_EXPECT_EQ(test, -ENOMEM, xen_hv_evtchn_bind_vcpu(PORT, 0));
	KUNIT_EXPECT_EQ(test, 0, xen_hv_evtchn_bind_vcpu(PORT, 0));
}

struct elsewhere {
	struct work_struct work;
	int err;
};

static void elsewhere_call(struct work_struct *work)
{
	struct elsewhere *e = container_of(work, struct elsewhere, work);

	e->err = xen_hv_evtchn_bind_vcpu(PORT, 0);
}

/* Another task of a domain meets the real hypervisor, which does not know the port. */
static void hv_other_tasks(struct kunit *test)
{
	struct elsewhere e;
	struct door_test *t;

	if (!xen_domain())
		kunit_skip(test, "no hypervisor");
	t = door_install(test);
	INIT_WORK_ONSTACK(&e.work, elsewhere_call);
	schedule_work(&e.work);
	flush_work(&e.work);
	destroy_work_on_stack(&e.work);
	KUNIT_EXPECT_LT(test, e.err, 0);
	KUNIT_EXPECT_EQ(test, 0, t->hv.calls);
}

static void hv_status_rows(struct kunit *test)
{
	int status, seen = 0;

	for (status = GNTST_no_space; status < GNTST_okay; status++) {
		int err = xen_hv_gnt_errno(status);

		KUNIT_EXPECT_LT(test, err, 0);
		KUNIT_EXPECT_NOT_NULL(test, xen_hv_gnt_name(status));
		seen++;
	}
	KUNIT_EXPECT_EQ(test, 13, seen);
	KUNIT_EXPECT_EQ(test, 0, xen_hv_gnt_errno(GNTST_okay));
	KUNIT_EXPECT_EQ(test, -EAGAIN, xen_hv_gnt_errno(GNTST_eagain));
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_gnt_errno(1));
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_gnt_errno(-14));
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_gnt_errno(S16_MIN));
	KUNIT_EXPECT_EQ(test, -EIO, xen_hv_errno(-MAX_ERRNO - 1));
	KUNIT_EXPECT_EQ(test, -MAX_ERRNO, xen_hv_errno(-MAX_ERRNO));
	KUNIT_EXPECT_EQ(test, 4096, xen_hv_errno(4096));
}

static void hv_names(struct kunit *test)
{
	int op;

	for (op = 0; op < XEN_HV_OPS; op++)
		KUNIT_EXPECT_NOT_NULL(test, xen_hv_op_name(op));
	KUNIT_EXPECT_STREQ(test, "EVTCHN_SEND", xen_hv_op_name(XEN_HV_EVTCHN_SEND));
	KUNIT_EXPECT_STREQ(test, "?", xen_hv_op_name(XEN_HV_OPS));
}

static struct kunit_case hv_cases[] = {
	KUNIT_CASE(hv_arguments),
	KUNIT_CASE(hv_errors),
	KUNIT_CASE(hv_failure_at),
	KUNIT_CASE(hv_other_tasks),
	KUNIT_CASE(hv_status_rows),
	KUNIT_CASE(hv_names),
	{ }
};

static struct kunit_suite hv_suite = {
	.name = "xen-hv",
	.test_cases = hv_cases,
};

kunit_test_suite(hv_suite);
