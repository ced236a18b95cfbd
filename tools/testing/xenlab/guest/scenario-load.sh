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

# A wrong byte is told at once and for good; a broken connection is not wrong data.
disk_load()
{
	local offset=0 got
	while :; do
		offset=$(((offset + 1) % 32))
		dd if=/tmp/pattern of="$scratch" bs=64k seek=$((1024 + offset * 16)) oflag=direct conv=notrunc status=none
		got=$(dd if="$scratch" bs=64k skip=$((1024 + offset * 16)) count=16 iflag=direct status=none | sha256sum)
		[ "$got" = "$want" ] || tell wrong "disk at $offset"
		echo x >> /tmp/disk.beat
		sleep 0.1
	done
}

net_load()
{
	local got
	while :; do
		if exec 3<> /dev/tcp/$DOM0_IP/$NET_PORT; then
			echo "put 1048576" >&3
			cat /tmp/pattern >&3
			read -r -t 60 got _ <&3
			exec 3>&-
			[ -z "$got" ] || [ "$got" = "${want%% *}" ] || tell wrong net
		fi
		sleep 0.2
	done 2>/dev/null
}

: > /tmp/disk.beat
disk_load &
net_load &
beat=0
last=-1
clock=0
while :; do
	up=$(cut -d. -f1 /proc/uptime)
	[ "$up" -ge "$clock" ] || tell wrong "uptime went from $clock to $up"
	clock=$up
	disk=$(wc -l < /tmp/disk.beat 2>/dev/null || echo 0)
	if [ "$disk" != "$last" ]; then
		beat=$((beat + 1))
		last=$disk
		tell beat $beat
	fi
	# udev's rule of the distributions: a CPU that becomes present is brought up.
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ ! -e "$cpu" ] || [ "$(< "$cpu")" = 1 ] || echo 1 > "$cpu"
	done 2>/dev/null
	# And memory.
	for block in /sys/devices/system/memory/memory[0-9]*/state; do
		[ "$(< "$block")" = online ] || echo online > "$block"
	done 2>/dev/null
	tell cpus "$(grep -c ^processor /proc/cpuinfo)"
	[ -b /dev/xvdm ] && tell disk 1 || tell disk 0
	read -r -a usage < /sys/module/grant_table/parameters/usage
	tell grants $((usage[7] - usage[9]))
	tell nets "$(ls -d /sys/class/net/eth* | wc -l)"
	sleep 0.3
done
