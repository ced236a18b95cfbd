#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: the back ends of disk and network as modules, which come and go under a guest that lives on.  Its own
# disks are the device model's.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

# A guest that needs none of our back ends.  QEMU 7.2 gives no guest a disk that it can only read, and cannot open for
# writing what dom0 has mounted.
GUEST_CONFIG=config_without_us
config_without_us()
{
	GUEST_LAB=/dev/ram2 guest_config "$@" |
		sed 's/^vif = .*/vif = [ ]/; s/"phy:\([^,]*\),\([^,]*\),[rw]"/"format=raw,vdev=\2,access=w,backendtype=qdisk,target=\1"/g'
}

load()
{
	modprobe xen-blkback && modprobe xen-netback
}

unload()
{
	timeout 60 rmmod xen_netback && timeout 60 rmmod xen_blkback && ! grep -q '^xen_\(blk\|net\)back' /proc/modules
}

VDEV=51904		# xvdm
VIF=7

disk()
{
	plug vbd $VDEV removable 0 bootable 0 dev xvdm type phy mode w device-type disk discard-enable 1 \
		params /dev/ram1 physical-device 1:1 front virtual-device $VDEV device-type disk
}

interface()
{
	plug vif $VIF handle $VIF mac 00:16:3e:78:00:77 type vif script none front handle $VIF mac 00:16:3e:78:00:77 && near_end || return 1
	guest "ip addr add 10.78.0.2/24 dev eth0 && ip link set eth0 up" && answers
}

near_end()
{
	ip addr add 10.78.0.1/24 dev "vif$ID.$VIF" && ip link set "vif$ID.$VIF" up
}

answers()
{
	wait_until 60 ping -q -c 1 -W 1 10.78.0.2 || { echo "no answer over the interface"; return 1; }
}

cycle()
{
	load && disk || return 1
	guest 'head -c 262144 /dev/urandom > /tmp/w; dd if=/tmp/w of=/dev/xvdm bs=64k oflag=direct; dd if=/dev/xvdm of=/tmp/r bs=64k count=4 iflag=direct; cmp /tmp/w /tmp/r' ||
		{ echo "wrong data"; return 1; }
	unplug && interface && guest "/xenlab/guest/net-transfer.sh 10.78.0.1 1" && unplug && unload
}

module_cycles()
{
	local i before after
	cycle || return 1
	before=$(available_kb)
	for i in $(seq 20); do
		cycle || { echo "cycle $i"; return 1; }
		same_holdings || { echo "cycle $i: $(cat /tmp/holdings.diff)"; return 1; }
	done
	after=$(available_kb)
	mark note "module-cycles before=$before after=$after KiB available"
	[ $((before - after)) -lt 4096 ] || { echo "available $before KiB before, $after KiB after"; return 1; }
}

# release DEVICE...: the driver leaves it, which says nothing to the frontend.
release()
{
	local dev
	for dev in "$@"; do
		echo $dev > "/sys/bus/xen-backend/drivers/${dev%%-*}/unbind" || return 1
	done
}

# refuses MODULE: a device keeps it.
refuses()
{
	! rmmod $1 || { echo "$1 goes from under its device"; return 1; }
}

# Devices in use keep their modules.  Taken from their drivers and found by new ones: who uses them waits meanwhile, and
# then goes on.
module_reload()
{
	local i
	load && disk && interface || return 1
	guest 'rm -f /tmp/v.status; (fio --name=v --filename=/dev/xvdm --direct=1 --ioengine=libaio --verify=crc32c --verify_fatal=1 --size=16m --rw=randrw --bsrange=512-64k --iodepth=16 --time_based --runtime=45 --output=/tmp/v; echo $? > /tmp/v.status) > /dev/null 2>&1 &' || return 1
	for i in 1 2 3; do
		sleep 3
		refuses xen_netback && refuses xen_blkback && release vbd-$ID-$VDEV vif-$ID-$VIF && unload || { echo "reload $i"; return 1; }
		guest 'test ! -e /tmp/v.status' || { echo "reload $i: not in use: $(guest 'tail -n 5 /tmp/v')"; return 1; }
		# the interface is another one: what hotplug scripts do to it is done again
		load && near_end && xenstore-write "$B/hotplug-status" connected || return 1
		wait_until 60 serves vbd-$ID-$VDEV && wait_until 60 serves vif-$ID-$VIF || { echo "reload $i: no connection"; return 1; }
		answers || { echo "reload $i"; return 1; }
		guest 'timeout 60 dd if=/dev/xvdm of=/dev/null bs=4k count=4 iflag=direct' || { echo "reload $i: the disk does not answer"; return 1; }
	done
	guest 'for i in $(seq 1500); do [ -e /tmp/v.status ] && break; sleep 0.1; done; tail -n 5 /tmp/v; exit $(< /tmp/v.status)' || return 1
	unplug vbd $VDEV && unplug vif $VIF && unload
}

serves()
{
	grep -q ': live,' "/sys/kernel/debug/xen-backend/$1/state"
}

# The module goes before its disk does: nobody hangs, nothing stays.
module_cut()
{
	load && disk || return 1
	guest 'dd if=/dev/xvdm of=/dev/null bs=64k count=4 iflag=direct' || return 1
	release $DEV && unload || return 1
	xenstore-rm -t $B
	xenstore-rm $F
	guest 'for i in $(seq 300); do [ -b /dev/xvdm ] || exit 0; sleep 0.1; done; exit 1' || { echo "the guest's disk stays"; return 1; }
	load && disk && unplug && unload
}

dd if="$(param xenlab.disk)" of=/dev/ram2 bs=1M conv=fsync status=none
if check modules.start start; then
	scenario modules.module-cycles module_cycles
	scenario modules.module-reload module_reload
	scenario modules.module-cut module_cut
	check modules.stop stop
fi
cp /var/log/xen/console/guest-$G.log /results/$G.log
true
