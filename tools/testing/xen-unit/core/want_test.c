// SPDX-License-Identifier: GPL-2.0
/* Values that a peer writes into xenstore. */
#include <errno.h>
#include <xen/want.h>
#include "unit.h"

static const unsigned int limit = 4;
static const struct xen_want refuse = { .node = "n", .kind = XEN_WANT_REFUSE, .def = 1, .min = 1, .max = 8 };
static const struct xen_want clamp = { .node = "n", .kind = XEN_WANT_CLAMP, .def = 3, .min = 2, .max = 8 };
static const struct xen_want needed = { .node = "n", .kind = XEN_WANT_NEEDED, .max = ~0U };
static const struct xen_want limited = { .node = "n", .kind = XEN_WANT_REFUSE, .max = 100, .limit = &limit };

static int ask(const struct xen_want *want, const char *text, u32 *out)
{
	*out = 77;
	return xen_want_parse(want, text, out);
}

static void refuses(void)
{
	static const struct { const char *text; int err; } bad[] = {
		{ "0", -ERANGE }, { "9", -ERANGE }, { "", -EINVAL }, { "-1", -EINVAL },
		{ "+1", -EINVAL }, { "0x1", -EINVAL }, { " 1", -EINVAL }, { "1a", -EINVAL },
		{ "4294967297", -ERANGE }, { "99999999999999999999999", -ERANGE }, { "1 1", -EINVAL },
	};
	unsigned int i;
	u32 out;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(ask(&refuse, bad[i].text, &out) == bad[i].err);
		CHECK(out == 77);
	}
	CHECK(!ask(&refuse, NULL, &out) && out == 1);
	CHECK(!ask(&refuse, "8", &out) && out == 8);
	CHECK(!ask(&refuse, "008\n", &out) && out == 8);
}

static void clamps(void)
{
	u32 out;

	CHECK(!ask(&clamp, "0", &out) && out == 2);
	CHECK(!ask(&clamp, "100", &out) && out == 8);
	CHECK(!ask(&clamp, "99999999999", &out) && out == 8);
	CHECK(!ask(&clamp, "junk", &out) && out == 3);
	CHECK(!ask(&clamp, NULL, &out) && out == 3);
	CHECK(!ask(&clamp, "5", &out) && out == 5);
}

static void needs(void)
{
	u32 out;

	CHECK(ask(&needed, NULL, &out) == -ENOENT && out == 77);
	CHECK(!ask(&needed, "4294967295", &out) && out == 4294967295u);
}

static void obeys_limit(void)
{
	u32 out;

	CHECK(!ask(&limited, "4", &out) && out == 4);
	CHECK(ask(&limited, "5", &out) == -ERANGE);
}

const struct unit_test want_tests[] = {
	{ "want: bad values are refused, nothing is written", refuses },
	{ "want: clamped values", clamps },
	{ "want: needed nodes", needs },
	{ "want: run-time limits", obeys_limit },
	{}
};
