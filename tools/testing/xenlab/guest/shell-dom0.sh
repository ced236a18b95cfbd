#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A dom0 with its toolstack for a person; with xenlab.shellguest also one guest, console attached.
. /xenlab/guest/lib.sh
. /xenlab/guest/toolstack.sh

start_toolstack || exit 1
role=$(param xenlab.shellguest)
[ "$role" ] || exit 0
GUEST_ROOT=$(param xenlab.guestroot)
GUEST_LAB=$(param xenlab.disk)
GUEST_EXTRA='xenlab.job=shell xenlab.shell=1'
guest_config "$role" "$role" > "/tmp/$role.cfg"
xl create -c "/tmp/$role.cfg" <> /dev/console >&0 2>&1
