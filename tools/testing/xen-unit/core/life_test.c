// SPDX-License-Identifier: GPL-2.0
/*
 * Every cell of the life table against rules that are written down independently of it, in words
 * of cause and effect rather than as a table.
 */
#include <xen/life.h>
#include "unit.h"

static enum xen_life_action peer_rule(enum xen_life ours, enum xen_peer theirs)
{
	/* A frontend that is gone takes the device along, always. */
	if (theirs == XEN_PEER_GONE)
		return XEN_ACT_UNREGISTER;
	/* Nothing was announced yet: announce, whoever is there. */
	if (ours == XEN_LIFE_NEW)
		return XEN_ACT_ANNOUNCE;
	switch (theirs) {
	case XEN_PEER_START:
		/* Starting anew: offer anew, unless the offer stands. */
		return ours == XEN_LIFE_WAIT || ours == XEN_LIFE_READY ? XEN_ACT_NONE : XEN_ACT_ANNOUNCE;
	case XEN_PEER_READY:
		return ours == XEN_LIFE_READY || ours == XEN_LIFE_CLOSED ? XEN_ACT_CONNECT : XEN_ACT_NONE;
	case XEN_PEER_CLOSING:
		return ours == XEN_LIFE_CLOSING || ours == XEN_LIFE_CLOSED ? XEN_ACT_NONE : XEN_ACT_CLOSING;
	case XEN_PEER_CLOSED:
		return ours == XEN_LIFE_CLOSED ? XEN_ACT_NONE : XEN_ACT_CLOSED;
	default:
		return XEN_ACT_NONE;
	}
}

static enum xen_life_action gate_rule(enum xen_life ours, enum xen_peer theirs)
{
	/* The gate matters to a frontend that waits for it; otherwise it is noted, once. */
	if (ours == XEN_LIFE_LIVE)
		return XEN_ACT_NONE;
	if ((ours == XEN_LIFE_WAIT || ours == XEN_LIFE_READY) && theirs == XEN_PEER_READY)
		return XEN_ACT_CONNECT;
	return ours == XEN_LIFE_READY ? XEN_ACT_NONE : XEN_ACT_OPEN;
}

static enum xen_life_action rule(enum xen_life ours, enum xen_peer theirs, enum xen_life_event event)
{
	if (ours == XEN_LIFE_GONE)
		return XEN_ACT_NONE;
	switch (event) {
	case XEN_EVENT_PEER:
		return peer_rule(ours, theirs);
	case XEN_EVENT_GATE:
		return gate_rule(ours, theirs);
	case XEN_EVENT_FATAL:
		/* What is closed has nothing left to fail. */
		return ours == XEN_LIFE_CLOSED ? XEN_ACT_NONE : XEN_ACT_FAIL;
	case XEN_EVENT_DRAINED:
		/* Whoever was made to wait for the old I/O is served now. */
		return theirs == XEN_PEER_READY && (ours == XEN_LIFE_READY || ours == XEN_LIFE_CLOSED) ?
			XEN_ACT_CONNECT : XEN_ACT_NONE;
	case XEN_EVENT_REMOVE:
		return XEN_ACT_REMOVE;
	default:
		return XEN_ACT_NONE;
	}
}

static void every_cell(void)
{
	int o, t, e;

	for (o = 0; o < XEN_LIFE_NR; o++)
		for (t = 0; t < XEN_PEER_NR; t++)
			for (e = 0; e < XEN_EVENT_NR; e++)
				if (xen_life_action(o, t, e) != rule(o, t, e)) {
					printf("  ours %d theirs %d event %d: %d, not %d\n", o, t, e,
					       xen_life_action(o, t, e), rule(o, t, e));
					unit_failed = 1;
				}
}

static void out_of_range(void)
{
	CHECK(xen_life_action(XEN_LIFE_NR, 0, 0) == XEN_ACT_NONE);
	CHECK(xen_life_action(0, XEN_PEER_NR, 0) == XEN_ACT_NONE);
	CHECK(xen_life_action(0, 0, XEN_EVENT_NR) == XEN_ACT_NONE);
}

const struct unit_test life_tests[] = {
	{ "life: every cell of the table", every_cell },
	{ "life: out of range", out_of_range },
	{}
};
