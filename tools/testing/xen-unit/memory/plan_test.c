// SPDX-License-Identifier: GPL-2.0
/* What the balloon decides: steps end at the target, failures wait longer, garbage is no target. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <plan.h>
#include "../unit.h"

/* A domain that does what the plan says; what is added is online after a while. */
struct domain {
	struct balloon_view v;
	unsigned long offline;
	unsigned int steps;
};

static enum balloon_step act(struct domain *d, unsigned long batch)
{
	unsigned long pages;
	enum balloon_step s = balloon_plan(&d->v, batch, &pages);

	d->steps++;
	switch (s) {
	case BALLOON_GROW:
		CHECK(pages && pages <= batch && pages <= d->v.held);
		d->v.held -= pages;
		d->v.available += pages;
		d->v.current_pages += pages;
		break;
	case BALLOON_SHRINK:
		CHECK(pages && pages <= batch && pages <= d->v.available);
		d->v.available -= pages;
		d->v.held += pages;
		d->v.current_pages -= pages;
		break;
	case BALLOON_ADD:
		CHECK(pages);
		d->offline = (pages + 32767) / 32768 * 32768;
		d->v.total += d->offline;
		break;
	case BALLOON_WAIT:
		d->v.held += d->offline;
		d->offline = 0;
		break;
	case BALLOON_REST:
	case BALLOON_SHORT:
		CHECK(!pages);
		break;
	}
	return s;
}

static void reaches_any_target(void)
{
	struct domain d = { .v = { .current_pages = 100000, .total = 100000, .available = ~0UL / 2 } };
	int i;

	srand(1);
	for (i = 0; i < 100; i++) {
		d.steps = 0;
		d.v.target = 20000 + rand() % 200000;
		while (act(&d, 512) != BALLOON_REST && d.steps < 2000)
			;
		CHECK(d.v.current_pages == d.v.target);
		CHECK(d.v.current_pages + d.v.held == d.v.total);
	}
}

static void says_what_is_missing(void)
{
	struct balloon_view v = { .current_pages = 10, .target = 10, .total = 10, .available = 3 };
	unsigned long pages;

	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_REST);
	v.target = 2;
	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_SHRINK && pages == 3);
	v.available = 0;
	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_SHORT);
	v.target = 15;
	v.lent = 5;
	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_ADD && pages == 10);
	v.total = 20;
	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_WAIT);
	v.held = 1;
	CHECK(balloon_plan(&v, 8, &pages) == BALLOON_GROW && pages == 1);
}

/* Somebody's mistake of a target must not take what the domain lives of, and can be undone. */
static void leaves_the_floor(void)
{
	static const unsigned long targets[] = { 0, 1, 60000 };
	unsigned int i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct domain d = { .v = { .current_pages = 100000, .total = 100000,
					   .available = 30000, .floor = 4096, .target = targets[i] } };
		unsigned long pages;

		while (act(&d, 512) == BALLOON_SHRINK && d.steps < 2000)
			;
		CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_SHORT);
		CHECK(d.v.available == 4096 && d.v.current_pages == 100000 - 30000 + 4096);
		d.v.available = 100;
		CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_SHORT && !pages);
		d.v.target = 100000;
		while (act(&d, 512) != BALLOON_REST && d.steps < 4000)
			;
		CHECK(d.v.current_pages == 100000 && !d.v.held);
	}
}

/*
 * A target that the hypervisor has no memory for: however often it is tried, no more is added than
 * the domain has already, and nothing while what was added is not online.
 */
static void adds_no_faster_than_memory_comes(void)
{
	struct domain d = { .v = { .current_pages = 100000, .total = 100000, .target = ~0UL >> 12 } };
	unsigned long pages;

	CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_ADD && pages == 100000);
	CHECK(act(&d, 512) == BALLOON_ADD);
	CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_WAIT);
	d.v.lent = 5000;		/* has left the domain, is in the total */
	d.v.current_pages -= 5000;
	CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_WAIT);
	CHECK(act(&d, 512) == BALLOON_WAIT);
	CHECK(balloon_plan(&d.v, 512, &pages) == BALLOON_GROW && pages == 512);
}

static void waits_longer_each_time(void)
{
	static const unsigned long delays[] = { 2, 4, 8 };
	struct balloon_retry r;
	unsigned int i;

	balloon_retry_reset(&r);
	for (i = 0; i < 3; i++) {
		CHECK(balloon_retry_next(&r, 32, 4));
		CHECK(r.delay == delays[i]);
	}
	CHECK(!balloon_retry_next(&r, 32, 4));
	CHECK(r.delay == 1 && r.count == 1);
	for (i = 0; i < 1000; i++)
		CHECK(balloon_retry_next(&r, 32, 0));
	CHECK(r.delay == 32);
	/* Whatever a user wrote into the limits. */
	CHECK(balloon_retry_next(&r, 0, 0) && r.delay == 1);
	for (i = 0; i < 100; i++)
		CHECK(balloon_retry_next(&r, ULONG_MAX, 0) && r.delay);
}

static int kib(const char *text, unsigned long *pages)
{
	*pages = 77;
	return balloon_parse_kib(text, 12, pages);
}

static int bytes(const char *text, unsigned long *pages)
{
	*pages = 77;
	return balloon_parse_bytes(text, 12, pages);
}

static void takes_numbers_only(void)
{
	static const char * const bad[] = {
		"", "\n", "x", "0x", "12x", "12 ", " 12", "-1", "+1", "1.5", "12\n\n", "08", "1e3",
		"0xg", "18446744073709551616", "99999999999999999999999", "0x10000000000000000",
	};
	unsigned long p;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(kib(bad[i], &p) == -EINVAL && p == 77);
		CHECK(bytes(bad[i], &p) == -EINVAL && p == 77);
	}
	CHECK(!kib("0", &p) && p == 0);
	CHECK(!kib("4096\n", &p) && p == 1024);
	CHECK(!kib("0x1000", &p) && p == 1024);
	CHECK(!kib("010000", &p) && p == 1024);
	CHECK(!kib("4099", &p) && p == 1024);
	CHECK(kib("4k", &p) == -EINVAL);
	CHECK(kib("18446744073709551615", &p) == -EINVAL);
	CHECK(!bytes("4194304", &p) && p == 1024);
	CHECK(!bytes("4M\n", &p) && p == 1024);
	CHECK(!bytes("1g", &p) && p == 262144);
	CHECK(!bytes("2T", &p) && p == 536870912);
	CHECK(bytes("4MB", &p) == -EINVAL);
	CHECK(bytes("4Mk", &p) == -EINVAL);
	CHECK(bytes("99999999999T", &p) == -EINVAL);
}

static void toolstack(void)
{
	unsigned long p = 77;

	CHECK(!balloon_target_of_toolstack(4096, 24, 12, &p) && p == 1000);
	CHECK(balloon_target_of_toolstack(96, 24, 12, &p) == -ERANGE && p == 1000);
	CHECK(balloon_target_of_toolstack(0, 0, 12, &p) == -ERANGE);
	CHECK(balloon_target_of_toolstack(~0ULL, 0, 12, &p) == -ERANGE);
}

static const struct unit_test plan_tests[] = {
	{ "plan: any target is reached, to the page", reaches_any_target },
	{ "plan: what is missing", says_what_is_missing },
	{ "plan: the floor is left", leaves_the_floor },
	{ "plan: address space comes no faster than memory", adds_no_faster_than_memory_comes },
	{ "plan: failures wait longer each time", waits_longer_each_time },
	{ "plan: only numbers are targets", takes_numbers_only },
	{ "plan: the toolstack's figure", toolstack },
	{ NULL, NULL }
};

const struct unit_test *const unit_tables[] = { plan_tests, NULL };
