#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A domU's job of `make run`: data over disk and network.  The scratch disk's first half is for results.
. /xenlab/guest/lib.sh

MIB=$((1 << 20))
# Seconds for a step of a transfer: far more than a slow machine needs, less than the job has.
NET_LIMIT=180

root_is_xvd()
{
	local disk
	disk=$(param xenlab.root)
	[ "$(cat "/sys/block/${disk#/dev/}/device/devtype")" = vbd ] && grep -q ' / overlay .*lowerdir=/lower' /proc/mounts
}

disk_round_trip()
{
	local disk want got
	disk=$(param xenlab.scratch)
	dd if=/dev/urandom of=/tmp/pattern bs=$MIB count=2 status=none || return 1
	want=$(sha256sum < /tmp/pattern)
	dd if=/tmp/pattern of=$disk bs=64k seek=1027 conv=fsync oflag=direct status=none || return 1
	blockdev --flushbufs $disk
	echo 3 > /proc/sys/vm/drop_caches
	got=$(dd if=$disk bs=64k skip=1027 count=32 iflag=direct status=none | sha256sum)
	[ "$want" = "$got" ] || { echo "wrote $want, read $got"; return 1; }
	fio --name=verify --filename=$disk --rw=randrw --bsrange=512-128k --offset=96m --size=1m --direct=1 \
		--ioengine=libaio --iodepth=8 --verify=crc32c --verify_fatal=1 --output=/tmp/fio.txt ||
		{ cat /tmp/fio.txt; return 1; }
}

net_up()
{
	ip link set eth0 up && ip addr add "$(param xenlab.ip)" dev eth0 && wait_until 30 ping -c 1 -W 1 $DOM0_IP
}

# mean_frame rx|tx BYTES-BEFORE PACKETS-BEFORE: mean size of the frames since then
mean_frame()
{
	local stat=/sys/class/net/eth0/statistics
	echo $((($(< $stat/$1_bytes) - $2) / ($(< $stat/$1_packets) - $3 + 1)))
}

ask()
{
	local answer
	exec 3<> /dev/tcp/$DOM0_IP/$NET_PORT || return 1
	echo "$1" >&3
	read -r answer <&3
	exec 3>&-
	[ "$answer" = done ]
}

# transfer put|get LOW HIGH: 1 MiB with its checksum, in frames of LOW to HIGH bytes on average.  When it
# fails, it tells what arrived, how its ends ended, and after how many seconds.
transfer()
{
	local way=$1 low=$2 high=$3 dir want= got= size= ends mean b p start=$SECONDS stat=/sys/class/net/eth0/statistics
	[ "$way" = put ] && dir=tx || dir=rx
	b=$(< $stat/${dir}_bytes)
	p=$(< $stat/${dir}_packets)
	exec 3<> /dev/tcp/$DOM0_IP/$NET_PORT || { echo "$way: no connection"; return 1; }
	echo "$way $MIB" >&3
	if [ "$way" = put ]; then
		want=$(head -c $MIB /tmp/pattern | sha256sum | cut -d' ' -f1)
		timeout $NET_LIMIT head -c $MIB /tmp/pattern >&3
		ends=$?
		read -r -t $NET_LIMIT got size <&3
		ends="$ends $?"
	else
		read -r -t $NET_LIMIT want <&3
		ends=$?
		timeout $NET_LIMIT head -c $MIB <&3 > /tmp/arrived
		ends="$ends $?"
		got=$(sha256sum < /tmp/arrived | cut -d' ' -f1)
		size=$(stat -c %s /tmp/arrived)
	fi
	exec 3>&-
	mean=$(mean_frame $dir "$b" "$p")
	[ "$want" = "$got" ] && [ "$size" = $MIB ] || {
		echo "$way: ${size:-no} of $MIB bytes after $((SECONDS - start)) s, exits $ends"
		echo "$way: sent ${want:-no checksum}, arrived ${got:-no checksum}"
		return 1
	}
	[ "$mean" -ge "$low" ] && [ "$mean" -le "$high" ] ||
		{ echo "$way: mean frame of $mean bytes is outside $low..$high"; return 1; }
}

net_mtu()
{
	ask mtu && ethtool -K eth0 tso off gso off gro off sg off > /dev/null && transfer put 500 1514 && transfer get 500 1514
}

net_64k()
{
	ask big && ethtool -K eth0 sg on tso on gso on gro on > /dev/null && transfer put 2000 65550 && transfer get 2000 65550
}

check "$ROLE.root" root_is_xvd
check "$ROLE.disk" disk_round_trip
check "$ROLE.net" net_up
check "$ROLE.net-mtu" net_mtu
check "$ROLE.net-64k" net_64k
