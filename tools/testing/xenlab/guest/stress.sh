#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Storms on page tables for xenlab.minutes: our own, which know what every page must hold, and beside
# them stress-ng's if there is one.  A RAM disk is the swap, and KSM merges all the time.
. /xenlab/guest/lib.sh

seconds=$(($(param xenlab.minutes) * 60))
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug

counted()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

ready()
{
	mkswap /dev/ram1 && swapon /dev/ram1 || return 1
	echo 500 > /sys/kernel/mm/ksm/pages_to_scan &&
		echo 20 > /sys/kernel/mm/ksm/sleep_millisecs &&
		echo 1 > /sys/kernel/mm/ksm/run
}

# Those of stress-ng's stressors that this version knows.
stressors()
{
	local name known
	known=$(stress-ng --help)
	for name in fork vfork exec mmap mmapfork munmap mremap mprotect madvise pageswap userfaultfd; do
		grep -q -- "--$name N" <<< "$known" && echo "--$name 1"
	done
}

# What it finds wrong with --verify counts; that a stressor is not for this machine does not.
others()
{
	stress-ng --temp-path /tmp --verify --timeout "${seconds}s" --mmap-bytes 8m --mremap-bytes 8m \
		$(stressors) > /tmp/stress-ng.log 2>&1
	tail -n 5 /tmp/stress-ng.log
	grep -q 'run completed' /tmp/stress-ng.log && ! grep -E ' fail: | error: ' /tmp/stress-ng.log
}

finished()
{
	local status=0
	wait "$1" || status=$?
	cat /tmp/others.log
	return $status
}

quiet()
{
	! dmesg | grep -E 'BUG: |WARNING: |Oops: |Xen (refused|would refuse)|batched hypercalls failed|Bad page|Bad rss'
}

# With kmemleak: nothing of ours was forgotten.  It wants to see a thing twice.
no_leak()
{
	local leaks=/sys/kernel/debug/kmemleak
	[ -e $leaks ] || return 0
	echo scan > $leaks && sleep 6 && echo scan > $leaks
	! grep -i xen $leaks
}

check stress.ready ready || exit 1
swapped=$(counted pswpout)
parted=$(counted cow_ksm)
if command -v stress-ng > /dev/null; then
	others > /tmp/others.log 2>&1 &
fi
check stress.storm timeout $((seconds * 2 + 120)) bash -c \
	'/xenlab/guest/pt_storm '"$seconds"' > /tmp/storm.log 2>&1; status=$?; cat /tmp/storm.log; exit $status'
while read -r line; do
	mark storm "$line"
done < /tmp/storm.log
if command -v stress-ng > /dev/null; then
	check stress.others finished $!
fi
mark storm "$(($(counted pswpout) - swapped)) pages to swap, $(($(counted cow_ksm) - parted)) parted from merged ones"
check stress.swapped test "$(counted pswpout)" -gt $((swapped + 1000))
check stress.merged test "$(counted cow_ksm)" -gt $((parted + 100))
check stress.off swapoff /dev/ram1
check stress.quiet quiet
check stress.no-leak no_leak
true
