#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's end of the network check, one connection at a time on stdin and stdout:
#   put BYTES, then the data: answers with the SHA-256 and the size of what came
#   get BYTES: answers with the SHA-256 of the data, then the data
#   mtu / big: segmentation offload of the guests' interfaces off / on; answers "done"
# Stdin and stdout are the connection itself.  A relay in between would give up the rest of the data some time
# after we end, however slowly the guest reads; the kernel does not.
read -r verb bytes
case $verb in
put)
	file=$(mktemp /tmp/netd.XXXXXX)
	head -c "$bytes" > "$file"
	echo "$(sha256sum < "$file" | cut -d' ' -f1) $(stat -c %s "$file")"
	rm -f "$file"
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
