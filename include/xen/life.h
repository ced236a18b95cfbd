/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of a backend device: states, events, actions. Pure; the table is
 * drivers/xen/backend/life.c.
 */
#ifndef _XEN_LIFE_H
#define _XEN_LIFE_H

/**
 * enum xen_life - the state of one device, as the framework sees it
 * @XEN_LIFE_NEW: probed, nothing announced
 * @XEN_LIFE_WAIT: announced (InitWait); the gate is shut
 * @XEN_LIFE_READY: announced and the gate is open; a ready frontend gets connected
 * @XEN_LIFE_LIVE: connected
 * @XEN_LIFE_CLOSING: Closing was written; queues may still serve if the driver says so
 * @XEN_LIFE_CLOSED: Closed was written, no queues
 * @XEN_LIFE_GONE: removed; nothing is legal any more
 * @XEN_LIFE_NR: number of states
 */
enum xen_life {
	XEN_LIFE_NEW, XEN_LIFE_WAIT, XEN_LIFE_READY, XEN_LIFE_LIVE, XEN_LIFE_CLOSING,
	XEN_LIFE_CLOSED, XEN_LIFE_GONE,
	XEN_LIFE_NR
};

/**
 * enum xen_peer - the frontend's state, folded
 * @XEN_PEER_START: Initialising
 * @XEN_PEER_IDLE: a state that asks nothing of us
 * @XEN_PEER_READY: a state in which the driver connects (&xen_backend_driver.connect_on)
 * @XEN_PEER_CLOSING: Closing
 * @XEN_PEER_CLOSED: Closed, and the toolstack wants the device kept
 * @XEN_PEER_GONE: the frontend's directory is gone, or Closed while the toolstack takes the
 *	device away
 * @XEN_PEER_NR: number of classes
 */
enum xen_peer {
	XEN_PEER_START, XEN_PEER_IDLE, XEN_PEER_READY, XEN_PEER_CLOSING, XEN_PEER_CLOSED,
	XEN_PEER_GONE,
	XEN_PEER_NR
};

/**
 * enum xen_life_event - what may move a device
 * @XEN_EVENT_PEER: the frontend wrote its state
 * @XEN_EVENT_GATE: the hotplug gate opened
 * @XEN_EVENT_FATAL: a protocol error or a failure of ours
 * @XEN_EVENT_DRAINED: an old set of queues is finally gone
 * @XEN_EVENT_REMOVE: the driver core removes the device
 * @XEN_EVENT_NR: number of events
 */
enum xen_life_event {
	XEN_EVENT_PEER, XEN_EVENT_GATE, XEN_EVENT_FATAL, XEN_EVENT_DRAINED, XEN_EVENT_REMOVE,
	XEN_EVENT_NR
};

/**
 * enum xen_life_action - what a cell of the table asks for
 * @XEN_ACT_NONE: nothing
 * @XEN_ACT_OPEN: note that the gate is open
 * @XEN_ACT_ANNOUNCE: tear down if need be, write the early offers, go to WAIT or READY
 * @XEN_ACT_CONNECT: build queues, write the live offers, go to LIVE
 * @XEN_ACT_CLOSING: write Closing; stop the queues unless the driver serves while closing
 * @XEN_ACT_FAIL: stop the queues and write Closing
 * @XEN_ACT_CLOSED: tear down, write Closed
 * @XEN_ACT_UNREGISTER: tear down, write Closed, unregister the device
 * @XEN_ACT_REMOVE: tear down for good
 */
enum xen_life_action {
	XEN_ACT_NONE, XEN_ACT_OPEN, XEN_ACT_ANNOUNCE, XEN_ACT_CONNECT, XEN_ACT_CLOSING,
	XEN_ACT_FAIL, XEN_ACT_CLOSED,
	XEN_ACT_UNREGISTER, XEN_ACT_REMOVE
};

/**
 * xen_life_action() - look up the table
 * @ours: state of the device
 * @theirs: class of the frontend's state
 * @event: what happened
 *
 * Pure.
 *
 * Return: what to do.
 */
enum xen_life_action xen_life_action(enum xen_life ours, enum xen_peer theirs,
				     enum xen_life_event event);

#endif /* _XEN_LIFE_H */
