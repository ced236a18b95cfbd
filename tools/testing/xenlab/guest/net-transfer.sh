#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# net-transfer.sh ADDRESS MIB: so much over TCP to guest/netd.sh at ADDRESS and as much back, SHA-256 compared.
. /xenlab/guest/lib.sh

bytes=$(($2 << 20))
limit=150

put()
{
	local want got size
	head -c $bytes /dev/urandom > /tmp/sent
	want=$(sha256sum < /tmp/sent | cut -d' ' -f1)
	exec 3<> "/dev/tcp/$1/$NET_PORT" || return 1
	echo "put $bytes" >&3
	timeout $limit cat /tmp/sent >&3
	read -r -t $limit got size <&3
	exec 3>&-
	[ "$got $size" = "$want $bytes" ] || { echo "sent $want, arrived $got, ${size:-no} of $bytes bytes"; return 1; }
}

get()
{
	local want
	exec 3<> "/dev/tcp/$1/$NET_PORT" || return 1
	echo "get $bytes" >&3
	read -r -t $limit want <&3
	timeout $limit head -c $bytes <&3 > /tmp/arrived
	exec 3>&-
	[ "$(sha256sum < /tmp/arrived)" = "$want  -" ] || { echo "$(stat -c %s /tmp/arrived) of $bytes bytes arrived, not those"; return 1; }
}

put "$1" && get "$1"
