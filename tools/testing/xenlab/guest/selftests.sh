#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs installed kselftests from the lab disk, each with a time limit, and keeps their output.
#   xenlab.tests=NAME+...  only these; otherwise all in /xenlab/selftests/list ("folder program seconds")
#   xenlab.flood=MS        for how long tests flood a peer
#   xenlab.restore=1       this domain will be saved and restored
. /xenlab/guest/lib.sh

export XENLAB_ROLE=$ROLE
flood=$(param xenlab.flood)
[ -z "$flood" ] || export XENLAB_FLOOD_MS=$flood
[ -z "$(param xenlab.restore)" ] || export XENLAB_RESTORE=1
only=,$(param xenlab.tests | tr + ,),
mkdir -p /results/tap
mountpoint -q /proc/xen || mount -t xenfs xenfs /proc/xen 2>/dev/null

while read -r folder program seconds; do
	[ "$only" = ,, ] || [[ "$only" == *",$program,"* ]] || continue
	cd "/xenlab/selftests/$folder" || exit 1
	begin=$EPOCHREALTIME
	name=${folder//\//_}.$program
	timeout -k 5 "$seconds" "./$program" < /dev/null > "/results/tap/$name.txt" 2>&1
	code=$?
	echo "$code" > "/results/tap/$name.status"
	mark test "$folder.$program" "status=$code" "seconds=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000000))"
done < /xenlab/selftests/list
true
