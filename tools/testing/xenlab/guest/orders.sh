# SPDX-License-Identifier: GPL-2.0
# Sourced in dom0: a PV guest that does what it is told (guest/agent.sh), and words that scenarios share.

G=pv

# guest COMMAND: status and output are the guest's.
guest()
{
	local number answer
	number=$(xenstore-read "/local/domain/$ID/data/answer" | cut -d' ' -f1)
	number=$((${number:-0} + 1))
	xenstore-write "/local/domain/$ID/data/order" "$number $*"
	wait_until $PATIENCE answered $number || { echo "the guest does not answer: $*"; return 99; }
	answer=$(xenstore-read "/local/domain/$ID/data/answer")
	answer=${answer#* }
	echo "${answer#* }"
	return "${answer%% *}"
}

answered()
{
	[ "$(xenstore-read "/local/domain/$ID/data/answer" 2>/dev/null | cut -d' ' -f1)" = "$1" ]
}

# start WORDS: the guest, with WORDS on its kernel's command line.
start()
{
	GUEST_ROOT=$(param xenlab.guestroot)
	GUEST_LAB=$(param xenlab.disk)
	GUEST_EXTRA="xenlab.job=guest/agent $*"
	guest_config $G $G "maxvcpus = 2" > "/tmp/$G.cfg"
	relay_console $G
	xl create "/tmp/$G.cfg" || return 1
	ID=$(guest_id $G)
	wait_until $PATIENCE has_agent || { echo "no agent in the guest"; return 1; }
}

has_agent()
{
	xenstore-exists "/local/domain/$ID/data/answer"
}

stop()
{
	xl destroy $G && wait_until 60 guest_gone $G
}

# need WHAT FOUND WANTED
need()
{
	[ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'"; return 1; }
}

store_says()
{
	[ "$(xenstore-read "$1" 2>/dev/null)" = "$2" ]
}

store_lacks()
{
	! xenstore-exists "$1"
}

free_kb()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 1
	awk '/MemFree/ { print $2 }' /proc/meminfo
}

# leaks_nothing NAME COMMAND: a hundred times what the number given to COMMAND does, and then the kernel holds what it
# held.  What is free also depends on user space (the store's heap), so slabs and the like are looked at as well.
leaks_nothing()
{
	local i name=$1 free=() kernel=()
	shift
	# the first ones fill caches
	for i in 1 2 3; do "$@" $i || { echo "first cycle $i"; return 1; }; done
	free[0]=$(available_kb) kernel[0]=$(kernel_kb)
	for i in $(seq 100); do "$@" "$i" || { echo "cycle $i"; return 1; }; done
	free[1]=$(available_kb) kernel[1]=$(kernel_kb)
	mark note "$name KiB available: ${free[*]}, kernel's: ${kernel[*]}"
	[ $((free[0] - free[1])) -lt 4096 ] || { echo "KiB available before and after: ${free[*]}"; return 1; }
	[ $((kernel[1] - kernel[0])) -lt 1024 ] || { echo "KiB of the kernel before and after: ${kernel[*]}"; return 1; }
}

# Pages that the kernel took for itself, but caches and page tables.
kernel_kb()
{
	awk '/^(SUnreclaim|KernelStack|Percpu|VmallocUsed):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# plug KIND NUMBER NODE VALUE... front NODE VALUE...: a device as the toolstack makes it, without the seconds that the
# toolstack takes for it, and wait until it is connected.  B and F are its ends, DEV its name.
plug()
{
	local side nodes=()
	B=/local/domain/0/backend/$1/$ID/$2
	F=/local/domain/$ID/device/$1/$2
	DEV=$1-$ID-$2
	side=$B
	shift 2
	while [ $# -gt 0 ]; do
		if [ "$1" = front ]; then
			side=$F
			shift
			continue
		fi
		nodes+=("$side/$1" "$2")
		shift 2
	done
	# who may read what is made below is inherited
	xenstore-write $B "" $F ""
	xenstore-chmod $B n0 "r$ID"
	xenstore-chmod $F "n$ID" r0
	xenstore-write "${nodes[@]}" $B/frontend $F $B/frontend-id "$ID" $B/online 1 $B/hotplug-status connected \
		$F/backend $B $F/backend-id 0 $B/state 1 $F/state 1
	wait_until $PATIENCE store_says $B/state 4 || { echo "no connection: $(xenstore-read $B/state $F/state | xargs)"; return 1; }
}

unplug()
{
	xenstore-write $B/online 0 $B/state 5
	wait_until $PATIENCE test ! -e "/sys/bus/xen-backend/devices/$DEV" ||
		{ echo "no end: $(xenstore-read $B/state $F/state | xargs)"; return 1; }
	xenstore-rm $B
	xenstore-rm $F
	wait_until $PATIENCE store_lacks "$F"
}
