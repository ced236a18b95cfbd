#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: what the network backend can do, with the base's own netfront in a PV guest that obeys
# (guest/agent.sh).  The interface under test is a second one, without a bridge: dom0 is $NEAR, the guest $FAR.
# After every scenario dom0 must hold what it held before.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

NEAR=10.78.0.1
FAR=10.78.0.2
HANDLE=7
MAC=00:16:3e:78:00:77
SINK_PORT=7002

# attach NODE VALUE...: with more nodes for the backend.
attach()
{
	VIF=vif$ID.$HANDLE
	plug vif $HANDLE handle $HANDLE mac $MAC type vif script none "$@" front handle $HANDLE mac $MAC
}

# Addresses on both ends, and an answer.
up()
{
	ip addr add $NEAR/24 dev "$VIF" && ip link set "$VIF" up || return 1
	guest "dev=\$(grep -l $MAC /sys/class/net/*/address | cut -d/ -f5); ip addr add $FAR/24 dev \$dev && ip link set \$dev up" || return 1
	wait_until 60 ping -q -c 1 -W 1 $FAR
}

stat_of()
{
	ethtool -S "$VIF" | awk -v name="$1:" '$1 == name { print $2 }'
}

# fault KIND N: every n-th try fails.
fault()
{
	echo "$2" > "/sys/kernel/debug/xen-backend/$DEV/fault-$1"
}

# Whatever a scenario left: a failure must not become that of all the others.
tidily()
{
	local status=0
	"$@" || status=$?
	[ -z "$SINK" ] || kill "$SINK"
	SINK=
	[ $status != 0 ] || return 0
	xl domid $G > /dev/null 2>&1 && guest true > /dev/null || { xl destroy $G; wait_until 60 guest_gone $G; start; }
	guest 'pkill -f /dev/tcp' > /dev/null
	[ -z "$B" ] || store_lacks "$B" || unplug
	return $status
}

# ------------------------------------------------------------- scenarios

# A MiB each way over TCP, sums compared.  Frames that faults eat are sent again; wrong ones have no excuse.
transfers()
{
	guest "/xenlab/guest/net-transfer.sh $NEAR 1"
}

# Each fault costs packets or time, never data; afterwards nothing is missing.
faults()
{
	local kind every before
	[ -e /sys/kernel/debug/xen-backend ] || return 1
	attach && up && transfers || return 1
	for kind in copy:150 eagain:20 alloc:40 short:2 slow:3 map:2; do
		every=${kind#*:}
		kind=${kind%:*}
		before=$(stat_of grant_copies)
		fault "$kind" "$every"
		transfers || { fault "$kind" 0; echo "$kind: $(stat_of grant_copies) copies, $before before"; return 1; }
		fault "$kind" 0
		[ "$(stat_of grant_copies)" -gt "$before" ] || { echo "$kind: nothing was copied"; return 1; }
		transfers || { echo "after $kind"; return 1; }
	done
	unplug
}

# While every second event comes late and every third allocation fails, the interface comes and goes.
faults_and_cycles()
{
	local i
	for i in 1 2 3 4 5; do
		attach && up || { echo "cycle $i"; return 1; }
		fault slow 2
		fault alloc 3
		guest "for i in 1 2 3; do ping -q -c 10 -i 0.05 -s 1200 -W 1 $NEAR > /dev/null; done; true" || return 1
		unplug || { echo "cycle $i"; return 1; }
	done
}

cycle()
{
	attach || return 1
	[ $(($1 % 10)) != 0 ] || { up && guest "ping -q -c 3 -W 5 $NEAR"; } || return 1
	unplug
}

hundred_cycles()
{
	leaks_nothing net-hundred-cycles cycle
}

# rate SECONDS: bytes a second that arrive from the guest, by dom0's clock.
rate()
{
	local b0 b1 t0 t1 f=/sys/class/net/$VIF/statistics/rx_bytes
	t0=$(date +%s%N)
	b0=$(< "$f")
	sleep "$1"
	t1=$(date +%s%N)
	b1=$(< "$f")
	echo $(((b1 - b0) * 1000000 / ((t1 - t0) / 1000)))
}

# near WHAT RATE WANTED PERCENT
near()
{
	mark note "net-rate $1 wanted=$3 measured=$2 bytes/s"
	[ $(($2 * 100)) -ge $(($3 * (100 - $4))) ] && [ $(($2 * 100)) -le $(($3 * (100 + $4))) ] ||
		{ echo "$1: $2 bytes/s where $3 were set"; return 1; }
}

# What a guest may send: the rate set before it connects, one set while it sends, none any more.  Over eight seconds
# a burst of 128 KiB and the two window ends are 5 % of the lower rate.
rate_limit()
{
	local low=524288 high=1572864 free
	socat -u TCP-LISTEN:$SINK_PORT,fork,reuseaddr OPEN:/dev/null &
	SINK=$!
	attach rate $((low / 20)),50000 && up || return 1
	guest "(timeout 150 bash -c 'cat /dev/zero > /dev/tcp/$NEAR/$SINK_PORT' > /dev/null 2>&1 &); sleep 3" || return 1
	near at-connect "$(rate 8)" $low 8 || return 1
	xenstore-write $B/rate $((high / 20)),50000
	sleep 2
	near changed "$(rate 8)" $high 8 || return 1
	xenstore-rm $B/rate
	sleep 2
	free=$(rate 8)
	mark note "net-rate none measured=$free bytes/s"
	[ "$free" -gt $((high * 3 / 2)) ] || { echo "without a limit only $free bytes/s: the measurement says nothing"; return 1; }
	# a small rate delays, but does not block
	xenstore-write $B/rate 2000,50000
	guest 'pkill -f /dev/tcp; sleep 4; true' > /dev/null
	guest "ping -q -c 2 -W 10 $NEAR" || { echo "a small rate blocks"; return 1; }
	unplug
}

# sends NAME: a frontend of the guest's user space sends 64 KiB $PACKETS times (netif_static_test.c); OPS is what that
# took in grant operations, TAKEN what came, in bytes.
sends()
{
	local before
	before=$(operations)
	TAKEN=$(< "/sys/class/net/$VIF/statistics/rx_bytes")
	guest "/xenlab/guest/netif_static_test -t $1 > /tmp/t 2>&1 && grep -q '^ok.*$1\$' /tmp/t || { tail -n 9 /tmp/t; false; }" || return 1
	OPS=$(($(operations) - before))
	TAKEN=$(($(< "/sys/class/net/$VIF/statistics/rx_bytes") - TAKEN))
	mark note "net-static-grants $1: $OPS grant operations for $TAKEN bytes"
	[ "$TAKEN" -ge $((PACKETS * 64700)) ] || { echo "$1: only $TAKEN bytes came"; return 1; }
}

operations()
{
	echo $(($(stat_of grant_maps) + $(stat_of grant_unmaps) + $(stat_of grant_copies)))
}

# Without help from the frontend each slot is a copy.  Buffers that it lends for good cost an operation when they come
# and one when they go.
static_grants()
{
	PACKETS=200
	VIF=vif$ID.1
	plug vif 1 handle 1 mac $MAC type vif script none front handle 1 mac $MAC && ip link set "$VIF" up || return 1
	sends buffers_copied || return 1
	[ $OPS -le $((PACKETS * 18 + 64)) ] || { echo "more than one operation for a slot: $OPS"; return 1; }
	sends buffers_lent || return 1
	[ $OPS -le 64 ] || { echo "buffers that are mapped cost $OPS operations"; return 1; }
	# the guest has no driver that would answer
	xenstore-rm $F && xenstore-rm -t $B && wait_until 60 test ! -e "/sys/bus/xen-backend/devices/$DEV"
}

# Up in dom0, not in the guest: its rings are mapped all the same.
idle_memory()
{
	costs net-idle-memory 16 150 idle_interface idle_interface_end
}

idle_interface()
{
	local mac
	mac=00:16:3e:78:01:$(printf %02x "$1")
	plug vif $((HANDLE + $1)) handle $((HANDLE + $1)) mac "$mac" type vif script none front handle $((HANDLE + $1)) mac "$mac" &&
		ip link set "vif$ID.$((HANDLE + $1))" up
}

idle_interface_end()
{
	unplug vif $((HANDLE + $1))
}

if check net.start start; then
	for s in faults faults_and_cycles hundred_cycles rate_limit static_grants idle_memory; do
		scenario "net.net-${s//_/-}" tidily $s
	done
	check net.stop stop
fi
cp /var/log/xen/console/guest-$G.log /results/$G.log
true
