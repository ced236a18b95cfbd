#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Hotplug script of the bench's disks: the device is given as it is, nobody else uses it.
[ "$1" = add ] || exit 0
dev=$(xenstore-read "$XENBUS_PATH/params")
xenstore-write "$XENBUS_PATH/physical-device" "$(stat -L -c %t:%T "$dev")" \
	"$XENBUS_PATH/physical-device-path" "$dev" \
	"$XENBUS_PATH/hotplug-status" connected
