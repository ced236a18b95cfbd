#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Hotplug script of the bench's network interfaces: joins the one bridge.
[ "$1" = online ] || exit 0
ip link set "$vif" master xenbr0 up || exit 1
xenstore-write "$XENBUS_PATH/hotplug-status" connected
