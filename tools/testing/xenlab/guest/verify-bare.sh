#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The bare machine's job of `make run`: no hypervisor, and its own disk holds data.
. /xenlab/guest/lib.sh

no_xen()
{
	[ ! -e /sys/hypervisor/type ] && ! grep -qi 'Hypervisor detected: Xen' <(dmesg)
}

disk_round_trip()
{
	local disk want got
	disk=$(param xenlab.scratch)
	dd if=/dev/urandom of=/tmp/pattern bs=1M count=8 status=none || return 1
	want=$(sha256sum < /tmp/pattern)
	dd if=/tmp/pattern of="$disk" bs=1M oflag=direct conv=fsync status=none || return 1
	got=$(dd if="$disk" bs=1M count=8 iflag=direct status=none | sha256sum)
	[ "$want" = "$got" ]
}

check bare.no-xen no_xen
check bare.disk disk_round_trip
