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

# start WORDS: the guest, with WORDS on its kernel's command line and $MORE in its configuration.
start()
{
	GUEST_ROOT=$(param xenlab.guestroot)
	GUEST_LAB=$(param xenlab.disk)
	GUEST_EXTRA="xenlab.job=guest/agent $*"
	${GUEST_CONFIG:-guest_config} $G $G "maxvcpus = 2" > "/tmp/$G.cfg"
	[ -z "$MORE" ] || echo "$MORE" >> "/tmp/$G.cfg"
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

# What the kernel holds, as "NAME KIB" a line: all, its parts, and pages that belong to none of them.  What user space
# has and page cache are told apart, what is free on any CPU's list is left out: no process can blur the figures.
kernel_holds()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	# the counters' parts that CPUs keep for themselves
	echo 1 > /proc/sys/vm/stat_refresh
	cat /proc/meminfo /proc/zoneinfo | awk '
		$1 == "count:" { listed += $2 * 4 }
		/^[A-Z].*kB$/ { kib[substr($1, 1, length($1) - 1)] = $2 }
		END {
			all = kib["MemTotal"] - kib["MemFree"] - listed - kib["Cached"] - kib["Buffers"] - kib["SwapCached"] - kib["AnonPages"]
			print "all", all
			n = split("Slab KernelStack PageTables Percpu VmallocUsed", parts)
			for (i = 1; i <= n; i++) {
				print parts[i], kib[parts[i]]
				all -= kib[parts[i]]
			}
			print "pages", all
			print "(user)", kib["AnonPages"] + kib["Cached"] + kib["Buffers"]
		}'
}

# grown BEFORE AFTER [N]: what grew, as NAME=KIB, for each of N.
grown()
{
	awk -v n="${3:-1}" 'NR == FNR { was[$1] = $2; next } { printf "%s=%d ", $1, ($2 - was[$1]) / n }' "$1" "$2"
}

# leaks_nothing NAME COMMAND: a hundred times what the number given to COMMAND does, and then the kernel holds what it
# held.  What is available also depends on user space (the store's heap).
leaks_nothing()
{
	local i name=$1 available grew
	shift
	# the first ones fill caches, also those of the data that every tenth moves
	for i in 10 20 30; do "$@" $i || { echo "first cycle $i"; return 1; }; done
	available=$(available_kb)
	kernel_holds > /tmp/holds.before
	for i in $(seq 100); do "$@" "$i" || { echo "cycle $i"; return 1; }; done
	kernel_holds > /tmp/holds.after
	available=$((available - $(available_kb)))
	grew=$(grown /tmp/holds.before /tmp/holds.after)
	mark note "$name kernel holds more by KiB: $grew; available less by $available"
	[ $available -lt 4096 ] || { echo "KiB less available: $available"; return 1; }
	grew=${grew#all=}
	[ "${grew%% *}" -lt 1024 ] || { echo "the kernel holds more, in KiB: all=$grew"; return 1; }
}

# costs NAME N KIB PLUG UNPLUG: what N idle devices cost dom0 each, which must be less than KIB; PLUG makes the one whose
# number it is given, UNPLUG ends it.  What the guest's grant table grew by, the hypervisor has back when the guest is gone.
costs()
{
	local i each name=$1 n=$2 limit=$3
	shift 3
	"$1" 1 && "$2" 1 || return 1
	kernel_holds > /tmp/holds.before
	for ((i = 1; i <= n; i++)); do "$1" $i || return 1; done
	sleep 3
	kernel_holds > /tmp/holds.after
	for ((i = 1; i <= n; i++)); do "$2" $i || return 1; done
	each=$(grown /tmp/holds.before /tmp/holds.after $n)
	mark note "$name each of $n costs KiB: $each"
	stop && start $GUEST_WORDS || return 1
	each=${each#all=}
	each=${each%% *}
	# what costs nothing was not measured
	[ "$each" -gt 16 ] && [ "$each" -lt "$limit" ] || { echo "KiB for each: $each, not below $limit"; return 1; }
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

# unplug [KIND NUMBER]: that device, or the last one.
unplug()
{
	if [ $# = 2 ]; then
		B=/local/domain/0/backend/$1/$ID/$2
		F=/local/domain/$ID/device/$1/$2
		DEV=$1-$ID-$2
	fi
	xenstore-write $B/online 0 $B/state 5
	wait_until $PATIENCE test ! -e "/sys/bus/xen-backend/devices/$DEV" ||
		{ echo "no end: $(xenstore-read $B/state $F/state | xargs)"; return 1; }
	xenstore-rm -t $B
	xenstore-rm $F
	wait_until $PATIENCE store_lacks "$F"
}
