#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The control domain: starts the toolstack, runs the jobs that are dom0's own, then one guest for each
# role asked for, with the guests' job.
#   xenlab.dom0jobs=JOB,...  xenlab.guests=ROLE,...  xenlab.guestjob=JOB  xenlab.guestextra=WORD,...
. /xenlab/guest/lib.sh
. /xenlab/guest/toolstack.sh

check "$ROLE.toolstack" start_toolstack || exit 1
check "$ROLE.list" xl list || exit 1

failed=0
for job in $(param xenlab.dom0jobs | tr , ' '); do
	(. "/xenlab/$job.sh") || failed=1
done

run_guest()
{
	local role=$1 begin=$SECONDS
	GUEST_ROOT=$(param xenlab.guestroot)
	GUEST_LAB=$(param xenlab.disk)
	GUEST_VCPUS=$(param xenlab.guestvcpus)
	GUEST_MEMORY=$(param xenlab.guestmemory)
	dd if=/dev/zero of=/dev/ram0 bs=64k count=1 conv=fsync status=none
	GUEST_EXTRA="xenlab.job=$(param xenlab.guestjob) $(param xenlab.guestextra | tr , ' ')"
	guest_config "$role" "$role" > "/tmp/$role.cfg"
	relay_console "$role"
	if check "$role.create" create_guest "/tmp/$role.cfg"; then
		if ! check "$role.ends" wait_until "$(param xenlab.guestlimit)" guest_gone "$role"; then
			xl list > /dev/console
			timeout 60 xl destroy "$role"
			failed=1
		fi
	else
		failed=1
	fi
	mark guest "role=$role" "wall=$((SECONDS - begin))"
	sleep 0.5
	collect_guest "$role"
}

for role in $(param xenlab.guests | tr , ' '); do
	run_guest "$role"
done
no_guest_left()
{
	[ "$(xl list | wc -l)" = 2 ]
}

# The hypervisor gives back a large guest's memory after its end, a part at a time.
check "$ROLE.no-guest-left" wait_until 120 no_guest_left || failed=1
exit $failed
