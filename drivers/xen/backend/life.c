// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a backend device as one table: what to do, by our state, the event and the
 * frontend's state. Pure; tools/testing/xen-unit and KUnit check every cell.
 */
#include <linux/export.h>
#include <linux/types.h>
#include <xen/life.h>

#define ROW(start, idle, ready, closing, closed, gone) {			\
	[XEN_PEER_START] = XEN_ACT_##start, [XEN_PEER_IDLE] = XEN_ACT_##idle,	\
	[XEN_PEER_READY] = XEN_ACT_##ready, [XEN_PEER_CLOSING] = XEN_ACT_##closing, \
	[XEN_PEER_CLOSED] = XEN_ACT_##closed, [XEN_PEER_GONE] = XEN_ACT_##gone }
#define EVERY(act) ROW(act, act, act, act, act, act)

static const u8 table[XEN_LIFE_NR][XEN_EVENT_NR][XEN_PEER_NR] = {
	/*                        START     IDLE      READY     CLOSING   CLOSED    GONE */
	[XEN_LIFE_NEW] = {
	[XEN_EVENT_PEER]    = ROW(ANNOUNCE, ANNOUNCE, ANNOUNCE, ANNOUNCE, ANNOUNCE, UNREGISTER),
	[XEN_EVENT_GATE]    = EVERY(OPEN),
	[XEN_EVENT_FATAL]   = EVERY(FAIL),
	[XEN_EVENT_DRAINED] = EVERY(NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_WAIT] = {
	[XEN_EVENT_PEER]    = ROW(NONE,     NONE,     NONE,     CLOSING,  CLOSED,   UNREGISTER),
	[XEN_EVENT_GATE]    = ROW(OPEN,     OPEN,     CONNECT,  OPEN,     OPEN,     OPEN),
	[XEN_EVENT_FATAL]   = EVERY(FAIL),
	[XEN_EVENT_DRAINED] = EVERY(NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_READY] = {
	[XEN_EVENT_PEER]    = ROW(NONE,     NONE,     CONNECT,  CLOSING,  CLOSED,   UNREGISTER),
	[XEN_EVENT_GATE]    = ROW(NONE,     NONE,     CONNECT,  NONE,     NONE,     NONE),
	[XEN_EVENT_FATAL]   = EVERY(FAIL),
	[XEN_EVENT_DRAINED] = ROW(NONE,     NONE,     CONNECT,  NONE,     NONE,     NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_LIVE] = {
	[XEN_EVENT_PEER]    = ROW(ANNOUNCE, NONE,     NONE,     CLOSING,  CLOSED,   UNREGISTER),
	[XEN_EVENT_GATE]    = EVERY(NONE),
	[XEN_EVENT_FATAL]   = EVERY(FAIL),
	[XEN_EVENT_DRAINED] = EVERY(NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_CLOSING] = {
	[XEN_EVENT_PEER]    = ROW(ANNOUNCE, NONE,     NONE,     NONE,     CLOSED,   UNREGISTER),
	[XEN_EVENT_GATE]    = EVERY(OPEN),
	[XEN_EVENT_FATAL]   = EVERY(FAIL),
	[XEN_EVENT_DRAINED] = EVERY(NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_CLOSED] = {
	[XEN_EVENT_PEER]    = ROW(ANNOUNCE, NONE,     CONNECT,  NONE,     NONE,     UNREGISTER),
	[XEN_EVENT_GATE]    = EVERY(OPEN),
	[XEN_EVENT_FATAL]   = EVERY(NONE),
	[XEN_EVENT_DRAINED] = ROW(NONE,     NONE,     CONNECT,  NONE,     NONE,     NONE),
	[XEN_EVENT_REMOVE]  = EVERY(REMOVE),
	},
	[XEN_LIFE_GONE] = {
	[XEN_EVENT_PEER]    = EVERY(NONE),
	[XEN_EVENT_GATE]    = EVERY(NONE),
	[XEN_EVENT_FATAL]   = EVERY(NONE),
	[XEN_EVENT_DRAINED] = EVERY(NONE),
	[XEN_EVENT_REMOVE]  = EVERY(NONE),
	},
};

enum xen_life_action xen_life_action(enum xen_life ours, enum xen_peer theirs,
				     enum xen_life_event event)
{
	if (ours >= XEN_LIFE_NR || theirs >= XEN_PEER_NR || event >= XEN_EVENT_NR)
		return XEN_ACT_NONE;
	return table[ours][event][theirs];
}
EXPORT_SYMBOL_GPL(xen_life_action);
