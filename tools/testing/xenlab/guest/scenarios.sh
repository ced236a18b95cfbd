#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: what needs two domains.  One guest per role lives through most of it under disk and network
# load; after every scenario dom0 must hold what it held before, no more.
#   xenlab.scenarioroles=ROLE,...   xenlab.scenarios=NAME,... (default: all)   xenlab.patience=SECONDS
. /xenlab/guest/lib.sh
. /xenlab/guest/toolstack.sh

# Seconds for what takes a guest one or two minutes; a slow machine needs more.
PATIENCE=$(param xenlab.patience)
PATIENCE=${PATIENCE:-240}

# What dom0 holds, one "name value" a line.  Event channels as the hypervisor counts them.
holdings()
{
	echo "channels $(lsevtchn 0 | wc -l)"
	echo "backends $(ls /sys/bus/xen-backend/devices | wc -l)"
	echo "interfaces $(ls -d /sys/class/net/vif* 2>/dev/null | wc -l)"
	echo "loops $(losetup -a | wc -l)"
	echo "store $(xenstore-ls /local/domain/0/backend 2>/dev/null | wc -l)"
	echo "domains $(xl list | tail -n +2 | wc -l)"
	echo "zombies $(xl list | grep -c '(null)\|---d')"
	echo "hypervisor $(xl info | awk '/^free_memory/ { print $3 }')"
	echo "grants $(mapped_grants)"
}

# Grants that some domain has mapped, as the hypervisor prints them.  A living guest's load maps and
# unmaps all the time: then the count says nothing.
mapped_grants()
{
	[ "$(xl list | wc -l)" = 2 ] || { echo in-use; return; }
	xl dmesg -c > /dev/null
	xl debug-keys g
	xl dmesg | grep -c '^(XEN).*\[0x[0-9a-f]*\] '
}

available_kb()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '/MemAvailable/ { print $2 }' /proc/meminfo
}

same_holdings()
{
	holdings > /tmp/holdings.now
	diff /tmp/holdings.before /tmp/holdings.now > /tmp/holdings.diff
}

# wanted NAME...: true if the command line asks for one of them, or for nothing in particular.
wanted()
{
	local list name
	list=$(param xenlab.scenarios)
	[ "$list" ] || return 0
	for name in "$@"; do
		[[ ",$list," != *",$name,"* ]] || return 0
	done
	return 1
}

# scenario NAME FUNCTION ARGS: runs it, then dom0 must come back to what it held; up to 16 MiB of
# memory may stay in caches.
scenario()
{
	local name=$1 before after reason
	shift
	wanted "${name#*.}" || return 0
	reason=$(cannot "${name#*.}" "${name%%.*}")
	if [ "$reason" ]; then
		mark skip "$name" "$reason"
		return 0
	fi
	holdings > /tmp/holdings.before
	before=$(available_kb)
	check "$name" "$@"
	check "$name.nothing-left" wait_until $PATIENCE same_holdings || cat /tmp/holdings.diff > /dev/console
	after=$(available_kb)
	check "$name.memory" test "$after" -gt $((before - 16384)) ||
		echo "  available before $before KiB, after $after KiB" > /dev/console
}

# cannot SCENARIO ROLE: why this hypervisor cannot do it, if so.
cannot()
{
	case $1.$2 in
	vcpus-over-restore.hvm)
		echo "the toolstack can only add CPUs to an HVM guest"
		;;
	migrate.pv)
		# Live migration of PV guests logs dirty pages by shadow paging, which a distribution may leave out.
		xl info | grep -q '^virt_caps.* shadow' || echo "the hypervisor has no shadow paging: no log of dirty pages for PV guests"
		;;
	pv-grub-32.front)
		xl info | grep -q '^xen_caps.* xen-3.0-x86_32p' || echo "the hypervisor has no 32-bit PV guests"
		;;
	esac
}

# Those that wait for a guest ask the store by its number: xl takes a second of dom0's only CPU, and the guest waits.
# beat ID
beat()
{
	local value
	value=$(xenstore-read "/local/domain/$1/data/beat" 2>/dev/null)
	echo "${value:-0}"
}

# alive NAME [BEAT]: the guest goes on with its load: its counter moves (from BEAT), and it has not seen wrong data.
alive()
{
	local id start
	wait_until $PATIENCE has_domain "$1" || return 1
	id=$(guest_id "$1")
	start=${2:-$(beat "$id")}
	wait_until $PATIENCE beat_passed "$id" $((start + 2)) || { echo "no heartbeat after $start"; return 1; }
	! xenstore-read "/local/domain/$id/data/wrong" 2>/dev/null
}

has_domain()
{
	xl domid "$1" > /dev/null 2>&1
}

beat_passed()
{
	[ "$(beat "$1")" -ge "$2" ]
}

start_guest()
{
	GUEST_ROOT=$(param xenlab.guestroot)
	GUEST_LAB=$(param xenlab.disk)
	GUEST_EXTRA='xenlab.job=guest/scenario-load'
	# Two vCPUs of a translated guest starve each other in an emulated machine with one CPU.
	[ "$1" = pv ] || GUEST_VCPUS=1
	guest_config "$1" "$1" "maxvcpus = 2" > "/tmp/$1.cfg"
	relay_console "$1"
	create_guest "/tmp/$1.cfg" || return 1
	alive "$1"
}

disk_attach_detach()
{
	local i id
	id=$(guest_id "$1")
	for i in 1 2 3; do
		xl block-attach "$1" "phy:/dev/ram1,xvdm,w" || return 1
		wait_until $PATIENCE guest_says $id disk 1 || { echo "guest sees no new disk"; return 1; }
		xl block-detach "$1" xvdm || return 1
		wait_until $PATIENCE guest_says $id disk 0 || { echo "the disk stays in the guest"; return 1; }
	done
	alive "$1"
}

# guest_says ID WHAT VALUE
guest_says()
{
	[ "$(xenstore-read "/local/domain/$1/data/$2" 2>/dev/null)" = "$3" ]
}

net_attach_detach()
{
	local i id
	id=$(guest_id "$1")
	for i in 1 2 3; do
		xl network-attach "$1" type=vif bridge=xenbr0 "mac=00:16:3e:77:01:0$i" || return 1
		wait_until $PATIENCE guest_says $id nets 2 || { echo "guest sees no new interface"; return 1; }
		xl network-detach "$1" 1 || return 1
		wait_until $PATIENCE guest_says $id nets 1 || { echo "the interface stays in the guest"; return 1; }
	done
	alive "$1"
}

# The toolstack cannot take a CPU away from an HVM guest.
vcpus()
{
	local i id targets="1 2 1 2"
	id=$(guest_id "$1")
	[ "$1" != hvm ] || targets="1 2"
	for i in $targets; do
		xl vcpu-set --ignore-host "$1" $i || return 1
		wait_until $PATIENCE guest_says $id cpus $i || { echo "guest has not $i CPUs"; return 1; }
	done
	alive "$1"
}

# A CPU comes back that was off while its domain was saved.
vcpus_over_restore()
{
	xl vcpu-set --ignore-host "$1" 1 || return 1
	wait_until $PATIENCE guest_says "$(guest_id "$1")" cpus 1 || { echo "guest has not 1 CPU"; return 1; }
	to_disk_and_back "$1" || return 1
	xl vcpu-set --ignore-host "$1" 2 || return 1
	wait_until $PATIENCE guest_says "$(guest_id "$1")" cpus 2 || { echo "guest has not 2 CPUs"; return 1; }
	alive "$1"
}

balloon()
{
	local mib want
	for mib in 256 320 224 320; do
		xl mem-set "$1" $mib || return 1
		want=$((mib * 1024))
		wait_until $PATIENCE memory_near "$1" $want || { echo "guest does not reach $mib MiB: $(xl list "$1" | tail -n 1)"; return 1; }
	done
	alive "$1"
}

# Its target as the guest says it, and its size as the hypervisor has it, to a MiB that xl rounds away.
memory_near()
{
	local have
	have=$(xl list "$1" | awk 'NR == 2 { print $3 * 1024 }')
	[ $((have - $2)) -le 2048 ] && [ $(($2 - have)) -le 2048 ]
}

# A target that somebody got wrong: the guest gives what it can spare, lives on, and takes it back.
balloon_floor()
{
	xl mem-set "$1" 8 || return 1
	sleep 15
	alive "$1" || return 1
	xl mem-set "$1" 320 || return 1
	wait_until $PATIENCE memory_near "$1" 327680 || { echo "guest stays at $(xl list "$1" | tail -n 1)"; return 1; }
	alive "$1"
}

# Beyond what the guest was started with, which xl refuses: memory is added, and onlined by the guest.
balloon_above_boot()
{
	local mib
	xl mem-max "$1" 640 || return 1
	for mib in 480 320 600 320; do
		xenstore-write "/local/domain/$(guest_id "$1")/memory/target" $((mib * 1024)) || return 1
		wait_until $PATIENCE memory_near "$1" $((mib * 1024)) || { echo "guest does not reach $mib MiB: $(xl list "$1" | tail -n 1)"; return 1; }
	done
	alive "$1"
}

# Many times in a row; from the first restore on the guest's grants and channels stay as they are.
save_restore_50()
{
	local i first now
	for i in $(seq 50); do
		save_restore "$1" || { echo "cycle $i"; return 1; }
		now=$(guest_holdings "$1")
		first=${first:-$now}
		[ $((${now% *} - ${first% *})) -le 2 ] && [ $((${now#* } - ${first#* })) -le 64 ] ||
			{ echo "cycle $i: channels and grants went from $first to $now"; return 1; }
		echo "  $1: cycle $i: saved, restored, at work: ${STEPS[*]} $SECONDS s; channels and grants: $now" > /dev/console
	done
}

# Channels as the hypervisor counts them, and grants in use as the guest tells.
guest_holdings()
{
	local id
	id=$(guest_id "$1")
	echo "$(lsevtchn "$id" | wc -l) $(xenstore-read "/local/domain/$id/data/grants")"
}

# STEPS: when it was saved and when it was restored, in seconds.
to_disk_and_back()
{
	STEPS=()
	xl save "$1" "/tmp/$1.save" || return 1
	wait_until $PATIENCE guest_gone "$1" || { echo "still there after save"; return 1; }
	STEPS+=($SECONDS)
	xl restore "/tmp/$1.save" || return 1
	rm -f "/tmp/$1.save"
	STEPS+=($SECONDS)
}

save_restore()
{
	local was
	was=$(beat "$(guest_id "$1")")
	to_disk_and_back "$1" && alive "$1" "$was"
}

# A program holds what gntalloc and gntdev shall tell a peer at the end.
held_over_restore()
{
	local test=ending_restore_test
	start_rogue "$1" $test xenlab.restore=1 || return 1
	wait_until $PATIENCE guest_says "$(guest_id rogue)" waiting 1 || { xl destroy rogue; echo "it never waits to be saved"; return 1; }
	to_disk_and_back rogue && wait_until $((PATIENCE * 2)) guest_gone rogue || { xl destroy rogue; return 1; }
	rogue_passed $test && alive "$1"
}

migrate()
{
	local old
	old=$(guest_id "$1")
	xl migrate -s '' "$1" 'xl migrate-receive' || return 1
	wait_until $PATIENCE has_domain "$1"
	[ "$(guest_id "$1")" != "$old" ] || { echo "domain id did not change"; return 1; }
	alive "$1"
}

reboot_guest()
{
	local old
	old=$(guest_id "$1")
	xl reboot "$1" || return 1
	wait_until $PATIENCE another_id "$1" "$old" || { echo "no new domain after reboot"; return 1; }
	alive "$1"
}

another_id()
{
	local id
	id=$(guest_id "$1") && [ "$id" != "$2" ]
}

shutdown_guest()
{
	xl shutdown "$1" && wait_until $PATIENCE guest_gone "$1"
}

whole_life()
{
	GUEST_ON_REBOOT=restart start_guest "$1" && reboot_guest "$1" && shutdown_guest "$1"
}

crash_under_load()
{
	start_guest "$1" || return 1
	xenstore-write "/local/domain/$(guest_id "$1")/control/sysrq" c
	wait_until $PATIENCE guest_gone "$1"
}

destroy_under_load()
{
	start_guest "$1" && xl destroy "$1" && guest_gone "$1"
}

start_rogue()
{
	local role=$1 tests=$2
	GUEST_EXTRA="xenlab.job=guest/selftests xenlab.tests=$tests $3"
	shift 3
	guest_config "$role" rogue "$@" > /tmp/rogue.cfg
	sed -i 's,/dev/ram0,/dev/ram1,
		s/^vif = \[ "\(.*\)" \]$/vif = [ "\1", "type=vif,bridge=xenbr0,mac=00:16:3e:77:02:01" ]/' /tmp/rogue.cfg
	relay_console rogue
	xl create /tmp/rogue.cfg
}

# rogue_passed TESTS: it has ended; what it wrote says that none failed, and none was skipped.
rogue_passed()
{
	local name status
	blockdev --flushbufs /dev/ram1
	rm -rf /results/rogue
	mkdir -p /results/rogue
	tar -C /results/rogue -xf /dev/ram1 2> /dev/null
	for name in ${1//+/ }; do
		status=$(< "/results/rogue/tap/xen.$name.status")
		[ "$status" = 0 ] || { grep -h '^not ok\|^# .*Expected\|^# .*Assert' "/results/rogue/tap/xen.$name.txt"; return 1; }
		grep '^ok .*SKIP' "/results/rogue/tap/xen.$name.txt" && { echo "$name was skipped"; return 1; }
	done
	true
}

# A second guest, with a spare interface, runs self-tests while the first goes on with its load; dom0 answers
# all the time, and its log does not care.
#   rogue ROLE TEST+... WORDS [CONFIGURATION...]
rogue()
{
	local role=$1 tests=$2 old
	old=$(dmesg | wc -l)
	start_rogue "$@" || return 1
	dom0_answers_until guest_gone rogue || { xl destroy rogue; return 1; }
	rogue_passed "$tests" || return 1
	dmesg | tail -n +$((old + 1)) | grep -E 'BUG|WARN|Oops|KASAN|UBSAN|lockdep|stall|hung' && return 1
	alive "$role"
}

# dom0's own work goes on: a program is started and the store asked every second, which must not take ANSWER seconds.
ANSWER=$((PATIENCE / 16))
dom0_answers_until()
{
	local limit=$((SECONDS + PATIENCE * 6)) begin took
	until "$@"; do
		[ $SECONDS -lt $limit ] || { echo "the rogue does not end"; return 1; }
		begin=$SECONDS
		xenstore-read /local/domain/0/name > /dev/null
		took=$((SECONDS - begin))
		[ $took -lt $ANSWER ] || { echo "dom0 took $took s for a question to the store"; return 1; }
		sleep 1
	done
}

# Flooded channels deliver no more than the storm brake lets through, whatever arrives: after its ramp about one event a
# second each, and those bring no work.
event_flood()
{
	local sampler status=0
	spare_events > /run/flood &
	sampler=$!
	rogue "$1" netif_rogue_test xenlab.flood=$FLOOD_MS || status=1
	kill $sampler
	[ $status = 0 ] && braked $((FLOOD_MS / 1000 * 2 / 3)) < /run/flood
}

FLOOD_MS=60000

# Time, events and events without work of the rogue's spare interface, every five seconds.
spare_events()
{
	local dir
	while sleep 5; do
		for dir in /sys/bus/xen-backend/devices/vif-*-1/xenbus; do
			[ -e "$dir/events" ] && echo "$(cut -d' ' -f1 /proc/uptime) $(< "$dir/events") $(< "$dir/spurious_events")"
		done
	done
}

# braked SECONDS: for so long on end its two channels brought events all the time, mostly without work, and never more
# than four times what the brake is to let through.
braked()
{
	awk -v want="$1" '
		NR > 1 {
			time = $1 - t; events = $2 - e; spurious = $3 - s
			if (spurious >= 1 && 2 * spurious >= events && events <= 2 * 4 * time)
				braked += time
			else
				braked = 0
			if (braked > most)
				most = braked
			if (events / time > rate)
				rate = events / time
		}
		{ t = $1; e = $2; s = $3 }
		END {
			printf "braked for %d s on end, %d wanted; at most %d events in a second\n", most, want, rate
			exit most < want
		}'
}

# What a guest makes the kernel remember while it writes to watched nodes is one event for each watch.
store_flood()
{
	local before after
	before=$(awk '/^SUnreclaim/ { print $2 }' /proc/meminfo)
	rogue "$1" store_flood_test xenlab.flood=$FLOOD_MS || return 1
	after=$(awk '/^SUnreclaim/ { print $2 }' /proc/meminfo)
	[ "$after" -lt $((before + 4096)) ] || { echo "slabs grew from $before to $after KiB"; return 1; }
}

# A RAM disk takes memory where it is first written: not in the middle of a scenario.
dd if=/dev/zero of=/dev/ram0 bs=1M count=96 conv=fsync status=none

for role in $(param xenlab.scenarioroles | tr , ' '); do
	scenario "$role.whole-life" whole_life "$role"
	scenario "$role.destroy" destroy_under_load "$role"
	scenario "$role.crash" crash_under_load "$role"
	if wanted disk-hotplug net-hotplug net-rogue event-flood store-flood grant-limit two-level many-channels vcpus \
		balloon balloon-floor balloon-above-boot save-restore vcpus-over-restore held-over-restore save-restore-50 migrate &&
		check "$role.start" start_guest "$role"; then
		scenario "$role.disk-hotplug" disk_attach_detach "$role"
		scenario "$role.net-hotplug" net_attach_detach "$role"
		scenario "$role.net-rogue" rogue "$role" netif_rogue_test+netif_rogue_rx_test ""
		scenario "$role.event-flood" event_flood "$role"
		scenario "$role.store-flood" store_flood "$role"
		scenario "$role.grant-limit" rogue "$role" grant_limit_test ""
		scenario "$role.two-level" rogue "$role" evtchn_test+evtchn_load_test+evtchn_storm_test xen.fifo_events=0
		scenario "$role.many-channels" rogue "$role" evtchn_many_test "" "event_channels = 8192"
		scenario "$role.vcpus" vcpus "$role"
		scenario "$role.balloon" balloon "$role"
		scenario "$role.balloon-floor" balloon_floor "$role"
		scenario "$role.balloon-above-boot" balloon_above_boot "$role"
		scenario "$role.save-restore" save_restore "$role"
		scenario "$role.vcpus-over-restore" vcpus_over_restore "$role"
		scenario "$role.held-over-restore" held_over_restore "$role"
		scenario "$role.migrate" migrate "$role"
		[ -z "$(param xenlab.scenarios)" ] || scenario "$role.save-restore-50" save_restore_50 "$role"
		check "$role.stop" shutdown_guest "$role"
	fi
	cp "/var/log/xen/console/guest-$role.log" "/results/$role.log"
done
check no-zombie test "$(xl list | wc -l)" = 2
true
