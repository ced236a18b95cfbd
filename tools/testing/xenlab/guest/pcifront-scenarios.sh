#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: a PV guest that obeys (guest/agent.sh) drives a card of dom0's through the base's pciback and pcifront.
# There are two cards on one wire, and dom0 keeps the other.  In the end it must hold what it held before.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

CARD=0000:00:10.0
NEAR=10.79.0.1
FAR=10.79.0.2
NEAR_MAC=00:16:3e:79:00:02
FAR_MAC=00:16:3e:79:00:01

# The guest's own driver drives the card: data over the wire, by interrupts.
card()
{
	local dev want got before after
	guest "grep -l $FAR_MAC /sys/class/net/*/address | cut -d/ -f5" > /tmp/far
	dev=$(< /tmp/far)
	need "its driver" "$(guest "basename \$(readlink /sys/class/net/$dev/device/driver)")" e1000e || return 1
	guest "ip addr add $FAR/24 dev $dev && ip link set $dev up" || return 1
	wait_until 60 ping -q -c 1 -W 1 $FAR || { echo "no answer: $(guest "ip -s link show $dev; grep $dev /proc/interrupts")"; return 1; }
	before=$(card_interrupts)
	head -c 1048576 /dev/urandom > /tmp/pattern
	want=$(sha256sum < /tmp/pattern)
	socat -u OPEN:/tmp/pattern TCP-LISTEN:7003,reuseaddr,bind=$NEAR &
	got=$(guest "timeout 120 cat < /dev/tcp/$NEAR/7003 | tee /tmp/d | sha256sum")
	need "sum of what it received" "$got" "$want" || return 1
	socat -u TCP-LISTEN:7003,reuseaddr,bind=$NEAR OPEN:/tmp/back,creat,trunc &
	got=$!
	guest "cat /tmp/d > /dev/tcp/$NEAR/7003" && wait $got || return 1
	need "sum of what it sent" "$(sha256sum < /tmp/back)" "$want" || return 1
	after=$(card_interrupts)
	mark note "pcifront: $((after - before)) interrupts for 2 MiB; $(guest "grep $dev /proc/interrupts | awk '{ print \$(NF - 1) }' | sort | uniq -c" | xargs)"
	[ $((after - before)) -gt 10 ] || { echo "interrupts: $before, then $after"; return 1; }
}

card_interrupts()
{
	guest "awk '/$(< /tmp/far)/ { for (i = 2; \$i ~ /^[0-9]+\$/; i++) n += \$i } END { print n + 0 }' /proc/interrupts"
}

# Given away, used, plugged out and in again, used again; then dom0 drives it itself.  It is plugged into a guest that
# is up: at boot the base's pcifront may find the card while PCI's late initcall makes the sysfs files of all devices,
# of which one of the two makes them twice.
pcifront()
{
	local dev status=0
	dev=$(card_here $NEAR_MAC) || { echo "dom0 has no cards"; return 1; }
	ip addr add $NEAR/24 dev "$dev" && ip link set "$dev" up || return 1
	# without the host's memory map in the guest its addresses for DMA could be those of devices
	MORE=$'passthrough = "enabled"\ne820_host = 1'
	xl pci-assignable-add $CARD && start && card_twice || status=$?
	stop
	xl pci-assignable-remove -r $CARD || status=$?
	ip addr flush dev "$dev" && ip link set "$dev" down
	[ $status = 0 ] || return $status
	wait_until 30 card_here $FAR_MAC || { echo "dom0 does not drive it again"; return 1; }
}

card_twice()
{
	card_plugged && card || return 1
	xl pci-detach $G $CARD || return 1
	wait_until $PATIENCE guest "! grep -q $FAR_MAC /sys/class/net/*/address" || { echo "the card stays in the guest"; return 1; }
	card_plugged && card
}

card_plugged()
{
	xl pci-attach $G $CARD || return 1
	wait_until $PATIENCE guest "grep -q $FAR_MAC /sys/class/net/*/address" ||
		{ echo "no card in the guest: $(guest 'dmesg | grep -i "pci\|e1000e"' | tail -n 5)"; return 1; }
}

card_here()
{
	grep -l "$1" /sys/class/net/*/address | cut -d/ -f5 | grep .
}

scenario dev.pcifront pcifront
check no-zombie test "$(xl list | wc -l)" = 2
cp /var/log/xen/console/guest-$G.log /results/$G.log
true
