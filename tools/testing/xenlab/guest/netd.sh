#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's end of the network check, one connection at a time on stdin and stdout:
#   put BYTES, then the data: answers with its SHA-256
#   get BYTES: answers with the SHA-256 of the data, then the data
#   mtu / big: segmentation offload of the guests' interfaces off / on; answers "done"
read -r verb bytes
case $verb in
put)
	head -c "$bytes" | sha256sum | cut -d' ' -f1
	;;
get)
	file=$(mktemp /tmp/netd.XXXXXX)
	head -c "$bytes" /dev/urandom > "$file"
	sha256sum < "$file" | cut -d' ' -f1
	cat "$file"
	rm -f "$file"
	;;
mtu | big)
	[ "$verb" = mtu ] && state=off || state=on
	for vif in /sys/class/net/vif*; do
		[ -e "$vif" ] && ethtool -K "${vif##*/}" tso $state gso $state sg $state > /dev/null 2>&1
	done
	ethtool -K xenbr0 tso $state gso $state sg $state > /dev/null 2>&1
	echo done
	;;
esac
