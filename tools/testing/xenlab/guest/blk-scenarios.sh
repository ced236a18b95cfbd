#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: what the block backend can do, with the base's own blkfront in a PV guest that obeys
# (guest/agent.sh).  The disk under test is xvdm, a loop device over a file unless said otherwise.
# After every scenario dom0 must hold what it held before.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

IMAGE=/tmp/blk.img
IMAGE_MIB=64

new_image()
{
	rm -f $IMAGE
	truncate -s ${1:-$IMAGE_MIB}M $IMAGE
	LOOP=$(losetup --show -f $IMAGE)
}

no_image()
{
	wait_until 30 losetup -d "$LOOP"
	rm -f $IMAGE
}

# attach TARGET MODE MORE: as xvdm, and wait until the guest has it.
attach()
{
	xl block-attach $G "format=raw,vdev=xvdm,access=$2${3:+,$3},target=$1" || return 1
	guest 'for i in $(seq 300); do [ -b /dev/xvdm ] && [ "$(< /sys/block/xvdm/size)" -gt 0 ] && exit; sleep 0.1; done; exit 1' ||
		{ echo "the guest sees no disk"; return 1; }
	DEV=$(basename "$(ls -d /sys/bus/xen-backend/devices/vbd-"$ID"-* | while read -r d; do
		[ "$(xenstore-read "$(< "$d/nodename")/dev" 2>/dev/null)" = xvdm ] && echo "$d"; done)")
	NODE=$(< "/sys/bus/xen-backend/devices/$DEV/nodename")
	FRONT=$(xenstore-read "$NODE/frontend")
}

detach()
{
	timeout 60 xl block-detach $G xvdm || { echo "block-detach: $?"; return 1; }
	guest 'for i in $(seq 300); do [ -b /dev/xvdm ] || exit 0; sleep 0.1; done; exit 1'
}

back()
{
	xenstore-read "$NODE/$1"
}

front()
{
	xenstore-read "$FRONT/$1"
}

stat_of()
{
	cat "/sys/bus/xen-backend/devices/$DEV/statistics/$1"
}

state_file()
{
	cat "/sys/kernel/debug/xen-backend/$DEV/state"
}

kept()
{
	state_file | sed -n 's/.*kept \([0-9]*\).*/\1/p' | awk '{ n += $1 } END { print n + 0 }'
}

# backend_param NAME VALUE: until the scenario ends.
backend_param()
{
	local file=/sys/module/xen_blkback/parameters/$1
	[ -e "/run/blk-param-$1" ] || cp "$file" "/run/blk-param-$1"
	echo "$2" > "$file"
}

# Whatever a scenario left: a failure must not become that of all the others.
tidy()
{
	local file
	for file in /run/blk-param-*; do
		[ -e "$file" ] || continue
		cat "$file" > "/sys/module/xen_blkback/parameters/${file#/run/blk-param-}"
		rm "$file"
	done
	[ "$1" = 0 ] && return
	xl domid $G > /dev/null 2>&1 && guest true > /dev/null || { xl destroy $G; wait_until 60 guest_gone $G; start $GUEST_WORDS; }
	guest 'pkill fio; pkill dd' > /dev/null
	[ -z "$B" ] || store_lacks "$B" || unplug
	for file in xvdm xvdn; do
		xenstore-exists "/local/domain/$ID/device/vbd/$(vdev "${file#xvd}")" && timeout 60 xl block-detach $G $file
	done
	losetup -D
	mountpoint -q /mnt && umount /mnt
	rm -f $IMAGE
}

# Runs a scenario's function and cleans up behind it.
tidily()
{
	local status=0
	"$@" || status=$?
	tidy $status
	return $status
}

FIO='fio --name=v --filename=/dev/xvdm --direct=1 --ioengine=libaio --verify=crc32c --verify_fatal=1 --size=16m --output=/tmp/f'

verify_load()
{
	guest "$FIO --rw=randrw --bsrange=${1:-512-128k} --iodepth=16 --io_size=8m || { tail -n 20 /tmp/f; exit 1; }"
}

# ------------------------------------------------------------- scenarios

# Queues for the guest's CPUs, rings of several pages, long requests: the frontend's own parameters.
# By itself the backend offers no more queues than dom0 has CPUs.
rings()
{
	backend_param max_queues 2
	new_image && attach "$LOOP" w || return 1
	need queues "$(front multi-queue-num-queues)" 2 || return 1
	need pages "$(front ring-page-order)" 1 || return 1
	need "mapped rings" "$(state_file | grep -c 'ring ring-ref: slots 64')" 2 || return 1
	verify_load 512-1m || return 1
	guest "$FIO --rw=randrw --bs=4k --numjobs=2 --offset_increment=16m --io_size=2m || { tail -n 20 /tmp/f; exit 1; }" || return 1
	mark note "workers $(state_file | grep -o 'turns.*' | tr '\n' ' ')"
	# both queues were used
	[ "$(state_file | grep -c 'taken 0 ')" = 0 ] || { state_file; return 1; }
	detach && no_image
}

resize()
{
	new_image 32 && attach "$LOOP" w || return 1
	need size "$(guest cat /sys/block/xvdm/size)" 65536 || return 1
	truncate -s 48M $IMAGE && losetup -c "$LOOP"
	guest 'for i in $(seq 200); do [ "$(< /sys/block/xvdm/size)" = 98304 ] && exit; sleep 0.1; done; exit 1' ||
		{ echo "the guest does not see the new size"; return 1; }
	guest 'dd if=/dev/zero of=/dev/xvdm bs=1M seek=47 count=1 oflag=direct' || return 1
	detach && no_image
}

read_only()
{
	new_image && attach "$LOOP" r || return 1
	need mode "$(< "/sys/bus/xen-backend/devices/$DEV/mode")" r || return 1
	need info "$(back info)" 4 || return 1
	need getro "$(guest blockdev --getro /dev/xvdm)" 1 || return 1
	guest 'dd if=/dev/xvdm of=/dev/null bs=1M count=4' || return 1
	! guest 'dd if=/dev/zero of=/dev/xvdm bs=4k count=1 oflag=direct' || { echo "a write went through"; return 1; }
	detach && no_image
}

cdrom()
{
	new_image && attach "$LOOP" r devtype=cdrom || return 1
	need info "$(back info)" 5 || return 1
	guest 'dd if=/dev/xvdm of=/dev/null bs=2k count=64' || return 1
	detach && no_image
}

# 4096-byte sectors are the frontend's too; its limits are the device's.
limits()
{
	new_image || return 1
	losetup -d "$LOOP" && LOOP=$(losetup --show -f -b 4096 $IMAGE)
	attach "$LOOP" w || return 1
	need sector-size "$(back sector-size) $(back physical-sector-size)" "4096 4096" || return 1
	need guest "$(guest 'echo $(cat /sys/block/xvdm/queue/{logical,physical}_block_size)')" "4096 4096" || return 1
	verify_load 4k-64k || return 1
	detach && no_image
}

discard()
{
	local before after
	new_image && attach "$LOOP" w || return 1
	need granularity "$(guest cat /sys/block/xvdm/queue/discard_granularity)" \
		"$(cat "/sys/block/${LOOP#/dev/}/queue/discard_granularity")" || return 1
	guest 'dd if=/dev/urandom of=/dev/xvdm bs=1M count=16 oflag=direct' || return 1
	before=$(stat -c %b $IMAGE)
	guest 'blkdiscard -o 4M -l 8M /dev/xvdm' || return 1
	after=$(stat -c %b $IMAGE)
	[ $((before - after)) -ge 16384 ] || { echo "blocks $before, then $after"; return 1; }
	[ "$(stat_of ds_req)" -gt 0 ] || return 1
	detach || return 1
	# what the toolstack forbids is not offered
	attach "$LOOP" w no-discard || return 1
	! guest 'blkdiscard -l 1M /dev/xvdm' || { echo "a discard that was not offered went through"; return 1; }
	detach && no_image
}

# A flush reaches the device and is counted; what it made stable survives the guest.
flush()
{
	local f
	new_image && attach "$LOOP" w || return 1
	need feature "$(back feature-flush-cache)" 1 || return 1
	f=$(stat_of f_req)
	guest 'dd if=/dev/urandom of=/dev/xvdm bs=4k count=8 conv=fsync' || return 1
	[ "$(stat_of f_req)" -gt "$f" ] || { echo "no flush was counted"; return 1; }
	detach && no_image
}

# Everything in the middle of writing: whatever the guest knows to be flushed is in the image, also when the device goes
# from under it, and when the guest goes.
power_cut()
{
	new_image && attach "$LOOP" w && writer && wait_until $PATIENCE flushed_beyond 10 || return 1
	xenstore-rm "$NODE"
	wait_until 60 test ! -e "/sys/bus/xen-backend/devices/$DEV" || { echo "the device stays"; return 1; }
	all_there && no_image || return 1
	xl destroy $G && wait_until 60 guest_gone $G && start $GUEST_WORDS || return 1
	new_image && attach "$LOOP" w && writer && wait_until $PATIENCE flushed_beyond 10 || return 1
	xl destroy $G && wait_until 60 test ! -e "/sys/bus/xen-backend/devices/$DEV" || return 1
	all_there && no_image && wait_until 60 guest_gone $G && start $GUEST_WORDS
}

# Block i says i; then its flush; then the guest says so.
writer()
{
	guest '(i=0; while i=$((i + 1)); printf %016d $i | dd of=/dev/xvdm bs=4k seek=$i conv=sync,fsync; do echo $i > /tmp/flushed; xenstore-write data/flushed $i; done > /dev/null 2>&1 &)'
}

flushed_beyond()
{
	FLUSHED=$(xenstore-read "/local/domain/$ID/data/flushed" 2> /dev/null)
	[ "${FLUSHED:-0}" -gt "$1" ]
}

all_there()
{
	local i last
	# when the guest is gone what it was heard to say counts
	last=$(xenstore-read "/local/domain/$ID/data/flushed" 2> /dev/null) && FLUSHED=$last
	for i in $(seq "$FLUSHED"); do
		[ "$(dd if=$IMAGE bs=4k skip="$i" count=1 status=none | head -c 16)" = "$(printf %016d "$i")" ] ||
			{ echo "block $i of $FLUSHED is lost"; return 1; }
	done
	mark note "power-cut $FLUSHED flushed blocks, all there"
}

# Taken away while a process of the guest holds it open and reads: nobody hangs.  What the process asks for from
# then on is the frontend's affair: those of older kernels go on, newer ones fail it at once.
open_removal()
{
	new_image && attach "$LOOP" w || return 1
	guest 'rm -f /tmp/reads /tmp/end; (exec 9<> /dev/xvdm; for i in $(seq 40); do dd if=/dev/xvdm of=/dev/null bs=4k count=8 iflag=direct && echo $i >> /tmp/reads; sleep 0.1; done; touch /tmp/end) > /dev/null 2>&1 & for i in $(seq 100); do [ -s /tmp/reads ] && exit; sleep 0.1; done; exit 1' ||
		{ echo "the guest cannot read"; return 1; }
	timeout 60 xl block-detach $G xvdm
	guest 'for i in $(seq 600); do [ -e /tmp/end ] && exit; sleep 0.1; done; exit 1' || { echo "a reader hangs"; return 1; }
	guest 'for i in $(seq 300); do [ -b /dev/xvdm ] || exit 0; sleep 0.1; done; exit 1' || { echo "the disk stays"; return 1; }
	wait_until 30 test ! -e "/sys/bus/xen-backend/devices/$DEV" || return 1
	no_image
}

# Statistics and debugfs are read all the time while the disk comes and goes under load.
readers()
{
	local i reader failed=
	new_image || return 1
	(while :; do cat /sys/bus/xen-backend/devices/vbd-*/statistics/* /sys/bus/xen-backend/devices/vbd-*/mode \
		/sys/kernel/debug/xen-backend/*/state /sys/kernel/debug/xen-backend/accounts; sleep 0.1; done) > /dev/null 2>&1 &
	reader=$!
	for i in 1 2 3; do
		cycle_with_load "$i" || { failed=$i; break; }
	done
	kill $reader
	wait $reader 2> /dev/null
	[ -z "$failed" ] && no_image
}

cycle_with_load()
{
	attach "$LOOP" w || return 1
	guest "$FIO --rw=randrw --bs=4k --io_size=512k || { tail -n 20 /tmp/f; exit 1; }" || { echo "turn $1: I/O"; return 1; }
	detach || return 1
	wait_until 30 test ! -e "/sys/bus/xen-backend/devices/$DEV" || { echo "turn $1: $DEV stays"; return 1; }
}

# Short of memory dom0 takes kept grants and pools back; what is not used is let go after a while.
memory_pressure()
{
	new_image && attach "$LOOP" w || return 1
	verify_load 4k-64k || return 1
	[ "$(kept)" -gt 10 ] || { echo "only $(kept) grants kept"; state_file; return 1; }
	echo 2 > /proc/sys/vm/drop_caches
	wait_until 10 nothing_kept || { echo "$(kept) grants kept under pressure"; return 1; }
	verify_load 4k-64k || return 1
	backend_param persistent_grant_unused_seconds 1
	wait_until 30 nothing_kept || { echo "$(kept) grants kept that nobody uses"; return 1; }
	detach && no_image
}

nothing_kept()
{
	[ "$(kept)" = 0 ]
}

# fault KIND N: every n-th try fails.
fault()
{
	echo "$2" > "/sys/kernel/debug/xen-backend/$DEV/fault-$1"
}

# A frontend in user space that lies in every way it can; a disk of the same guest is used meanwhile.
rogue()
{
	xl block-attach $G "format=raw,vdev=xvdn,access=w,target=/dev/ram4" && attach /dev/ram1 w || return 1
	guest '(fio --name=i --filename=/dev/xvdn --direct=1 --rw=randrw --bs=4k --size=8m --time_based --runtime=20 --verify=crc32c --verify_fatal=1 --output=/tmp/i; echo $? > /tmp/i.status) > /dev/null 2>&1 &' || return 1
	guest '/xenlab/guest/blkif_rogue_test > /tmp/rogue.txt 2>&1; s=$?; grep -aE "^not ok|^# FAIL|^# Totals|Expected|case" /tmp/rogue.txt | tail -n 20; [ $s = 0 ] || tail -n 5 /tmp/rogue.txt; exit $s' || return 1
	guest 'for i in $(seq 600); do [ -e /tmp/i.status ] && break; sleep 0.1; done; exit $(< /tmp/i.status)' ||
		{ echo "the innocent disk suffered"; return 1; }
	xl block-detach $G xvdn && timeout 60 xl block-detach $G xvdm
	wait_until 30 test ! -e "/sys/bus/xen-backend/devices/$DEV"
}

# Each fault ends in errors of requests or in nothing at all; afterwards all data are right.
faults()
{
	local kind persistent
	[ -e /sys/kernel/debug/xen-backend ] || return 1
	for persistent in Y N; do
		backend_param feature_persistent $persistent
		new_image && attach "$LOOP" w || return 1
		for kind in map copy eagain alloc short slow; do
			fault $kind 3
			guest 'for bs in 4k 512k; do timeout 60 dd if=/dev/zero of=/dev/xvdm bs=$bs count=16 oflag=direct; timeout 60 dd if=/dev/xvdm of=/dev/null bs=$bs count=16 iflag=direct; [ $? != 124 ] || exit 124; done; true' > /dev/null ||
				{ echo "$kind: I/O hangs"; return 1; }
			fault $kind 0
			guest "$FIO --rw=randrw --bsrange=512-256k --iodepth=8 --size=4m --io_size=2m || { tail -n 20 /tmp/f; exit 1; }" ||
				{ echo "after $kind"; return 1; }
		done
		detach && no_image || return 1
	done
}

# A device whose I/O does not end: the toolstack takes disk and guest away all the same, and what the
# guest held goes when the I/O ends.
# A thread of the disk sleeps in the block layer.
worker_waits()
{
	grep -q "^[0-9]* ($ID\\.xvdm-[0-9]*) D" /proc/[0-9]*/stat 2> /dev/null
}

stuck_device()
{
	local queue depth
	mkfs.ext4 -q /dev/ram2 && mkdir -p /mnt && mount /dev/ram2 /mnt || return 1
	IMAGE=/mnt/blk.img new_image 32 && attach "$LOOP" w || return 1
	queue=/sys/block/${LOOP##*/}/queue/nr_requests
	fsfreeze -f /mnt
	# More than the device below takes at a time: the worker itself waits for it.
	depth=$(< "$queue")
	echo 4 > "$queue"
	guest 'i=0; while [ $((i += 1)) -le 24 ]; do dd if=/dev/zero of=/dev/xvdm bs=4k count=1 seek=$((i * 99)) oflag=direct > /dev/null 2>&1 & done; sleep 3' || return 1
	wait_until 30 worker_waits || { fsfreeze -u /mnt; echo "the worker waits for nothing"; return 1; }
	timeout 90 xl destroy $G || { fsfreeze -u /mnt; echo "destroy hangs"; return 1; }
	wait_until 60 test ! -e "/sys/bus/xen-backend/devices/$DEV" || { fsfreeze -u /mnt; echo "the device stays"; return 1; }
	fsfreeze -u /mnt
	wait_until 60 losetup -d "$LOOP"
	echo "$depth" > "$queue"
	wait_until 30 umount /mnt || return 1
	wait_until 60 guest_gone $G && start $GUEST_WORDS
}

# A RAM disk as xvd<letter>.
disk()
{
	local number
	number=$(vdev "$1")
	plug vbd "$number" removable 0 bootable 0 dev "xvd$1" type phy mode w device-type disk discard-enable 1 \
		params /dev/ram1 physical-device 1:1 front virtual-device "$number" device-type disk
}

# vdev LETTER: what stands for xvd<letter> in the store.
vdev()
{
	echo $((51712 + 16 * ($(printf %d "'$1") - 97)))
}

cycle()
{
	disk m || return 1
	[ $(($1 % 10)) != 0 ] || guest 'dd if=/dev/xvdm of=/dev/null bs=64k count=4 iflag=direct' || return 1
	unplug
}

hundred_cycles()
{
	leaks_nothing hundred-cycles cycle
}

# One queue each, with a ring of two pages.
idle_memory()
{
	local letters=(d e f g h i j k l n o p)
	backend_param max_queues 1
	costs idle-memory ${#letters[@]} 400 idle_disk idle_disk_end
}

idle_disk()
{
	disk "${letters[$1 - 1]}"
}

idle_disk_end()
{
	unplug vbd "$(vdev "${letters[$1 - 1]}")"
}

# The frontend keeps a page for every segment of every request that may be in flight.
GUEST_MEMORY=640
GUEST_WORDS="xen_blkfront.max_queues=2 xen_blkfront.max_ring_page_order=1 xen_blkfront.max_indirect_segments=64"
if check blk.start start $GUEST_WORDS; then
	for s in rings resize read_only cdrom limits discard flush power_cut open_removal readers memory_pressure faults \
		stuck_device hundred_cycles idle_memory rogue; do
		scenario "blk.${s//_/-}" tidily $s
	done
	check blk.stop stop
fi
cp /var/log/xen/console/guest-$G.log /results/$G.log
true
