/* SPDX-License-Identifier: MIT */
/* States of a device's halves; numbers of the ABI. */
#ifndef UNIT_XENBUS_STATES_H
#define UNIT_XENBUS_STATES_H
enum xenbus_state {
	XenbusStateUnknown, XenbusStateInitialising, XenbusStateInitWait, XenbusStateInitialised,
	XenbusStateConnected, XenbusStateClosing, XenbusStateClosed, XenbusStateReconfiguring,
	XenbusStateReconfigured,
};
#endif
