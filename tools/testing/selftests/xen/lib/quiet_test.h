/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included at the end of every test file, so that its test is the last: the
 * kernel was quiet throughout.  It is a fixture because the harness runs tests
 * without one first.
 */
#ifndef SELFTEST_XEN_QUIET_TEST_H
#define SELFTEST_XEN_QUIET_TEST_H

FIXTURE(kernel) {
	unsigned long before;
};

FIXTURE_SETUP(kernel)
{
	self->before = xt_complaints_at_start();
}

FIXTURE_TEARDOWN(kernel)
{
}

TEST_F(kernel, stayed_quiet)
{
	EXPECT_EQ(self->before, xt_complaints());
}

#endif
