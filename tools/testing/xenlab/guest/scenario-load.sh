#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest's job in the scenarios: disk and network load with checked data until it is shut down; it tells
# dom0 through its own part of the store how it is (data/beat, wrong, cpus, disk, nets, grants).
. /xenlab/guest/lib.sh

mountpoint -q /proc/xen || mount -t xenfs xenfs /proc/xen
scratch=$(param xenlab.scratch)
head -c 1048576 /dev/urandom > /tmp/pattern
want=$(sha256sum < /tmp/pattern)
ip link set eth0 up && ip addr add "$(param xenlab.ip)" dev eth0

tell()
{
	xenstore-write "data/$1" "$2"
}

# How often the kernel has warned or worse.
complaints()
{
	echo $(($(< /sys/kernel/warn_count) + $(< /sys/kernel/oops_count)))
}

# A wrong byte is told at once and for good; a broken connection is not wrong data.
disk_load()
{
	local offset=0 rounds=0 got
	while :; do
		offset=$(((offset + 1) % 32))
		dd if=/tmp/pattern of="$scratch" bs=64k seek=$((1024 + offset * 16)) oflag=direct conv=notrunc status=none
		got=$(dd if="$scratch" bs=64k skip=$((1024 + offset * 16)) count=16 iflag=direct status=none | sha256sum)
		[ "$got" = "$want" ] || tell wrong "disk at $offset"
		echo $((++rounds)) > /tmp/disk.beat
		sleep 0.1
	done
}

net_load()
{
	local got size
	while :; do
		if exec 3<> /dev/tcp/$DOM0_IP/$NET_PORT; then
			echo "put 1048576" >&3
			cat /tmp/pattern >&3
			# When its time is over, and after a restore it may be, it has read a part of the line.
			read -r -t 60 got size <&3 || got=
			exec 3>&-
			[ -z "$got" ] || [ "$got" = "${want%% *}" ] || tell wrong "net: $got of $size bytes"
		fi
		sleep 0.2
	done 2>/dev/null
}

echo 0 > /tmp/disk.beat
disk_load &
net_load &
beat=0
last=-1
up=0
wall=0
quiet=$(complaints)
# dom0 waits for what this says: no program is started here that need not be.
while :; do
	read -r now _ < /proc/uptime
	[ "${now/./}" -ge "$up" ] || tell wrong "uptime went from $up to ${now/./} hundredths"
	up=${now/./}
	now=${EPOCHREALTIME/./}
	[ "$now" -ge "$wall" ] || tell wrong "the time of day went from $wall to $now microseconds"
	wall=$now
	[ "$(complaints)" = "$quiet" ] || tell wrong "the kernel has warned"
	read -r disk < /tmp/disk.beat
	[ "${disk:-$last}" = "$last" ] || beat=$((beat + 1))
	last=${disk:-$last}
	# udev's rule of the distributions: a CPU that becomes present is brought up.
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ ! -e "$cpu" ] || [ "$(< "$cpu")" = 1 ] || echo 1 > "$cpu"
	done 2>/dev/null
	# And memory.
	for block in /sys/devices/system/memory/memory[0-9]*/state; do
		[ "$(< "$block")" = online ] || echo online > "$block"
	done 2>/dev/null
	read -r cpus < /sys/devices/system/cpu/online
	[ -b /dev/xvdm ] && new_disk=1 || new_disk=0
	read -r -a usage < /sys/module/grant_table/parameters/usage
	nets=(/sys/class/net/eth*)
	xenstore-write data/beat $beat data/cpus $((${cpus##*[-,]} + 1)) data/disk $new_disk \
		data/grants $((usage[7] - usage[9])) data/nets ${#nets[@]}
	sleep 0.3
done
