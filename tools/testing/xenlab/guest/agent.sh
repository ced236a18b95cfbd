#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest's job: does what dom0 orders until it is shut down.  Orders come one at a time as "NUMBER
# COMMAND" in data/order; "NUMBER STATUS OUTPUT" goes to data/answer, the end of the output only.
. /xenlab/guest/lib.sh

mountpoint -q /proc/xen || mount -t xenfs xenfs /proc/xen
last=0
xenstore-write data/answer 0
while :; do
	order=$(xenstore-read data/order 2>/dev/null)
	number=${order%% *}
	if [ "${number:-0}" -gt "$last" ] 2>/dev/null; then
		status=0
		timeout 200 bash -c "${order#* }" > /tmp/agent.out 2>&1 < /dev/null || status=$?
		last=$number
		xenstore-write data/answer "$last $status $(tail -c 1500 /tmp/agent.out | tr -d '\0')"
	fi
	sleep 0.1
done
