/* SPDX-License-Identifier: GPL-2.0 */
/* What every test file includes, after kselftest_harness.h. */
#ifndef SELFTEST_XEN_XENTEST_H
#define SELFTEST_XEN_XENTEST_H

#include "domain.h"
#include "evtchn.h"
#include "grant.h"
#include "privcmd.h"
#include "role.h"
#include "util.h"
#include "xs.h"

#endif
