/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake hypervisor behind the door.
 *
 * While it is installed, calls that the test's own task makes in process context are shown to
 * it, and those that it claims it answers. All others reach the real hypervisor: the machine
 * that runs the test may be a domain. A test that runs on the bare machine only may ask for the
 * calls of everybody.
 */
#ifndef _XEN_FAKE_HV_H
#define _XEN_FAKE_HV_H

#include <kunit/test.h>
#include <xen/hv.h>

/**
 * struct xen_fake_hv - what a test puts behind the door
 * @claims: whether this call is the fake's
 * @call: answers a call that @claims said yes to
 * @everybody: all calls are shown to the fake, from any context; it brings its own locks
 * @task: set by xen_fake_hv_install()
 * @calls: claimed calls so far
 * @fail_at: the claimed call (from 1) that fails without reaching @call; 0 for none
 * @fail_with: what it fails with, negative
 */
struct xen_fake_hv {
	bool (*claims)(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg);
	long (*call)(struct xen_fake_hv *hv, enum xen_hv_op op, void *arg, unsigned int n);
	bool everybody;
	struct task_struct *task;
	unsigned int calls;
	unsigned int fail_at;
	int fail_with;
};

/**
 * xen_fake_hv_install() - put @hv behind the door until the test ends
 * @test: the test
 * @hv: lives until the test ends
 */
void xen_fake_hv_install(struct kunit *test, struct xen_fake_hv *hv);

/**
 * xen_fake_hv_new() - the same with a fake of its own, for what a test keeps with it
 * @test: the test
 * @fake: copied
 * @size: of the structure that begins with a struct xen_fake_hv
 *
 * Return: the structure, otherwise zero, which lives until the test ends.
 */
void *xen_fake_hv_new(struct kunit *test, const struct xen_fake_hv *fake, size_t size);

#endif /* _XEN_FAKE_HV_H */
