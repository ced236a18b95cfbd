#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dom0's part of the bench.  The host left at /mnt: xenbench, the guests' kernel and initramfs, the
# hotplug scripts, and lists with one command of xenbench on each line:
#   dom0.list     here, before anything of the toolstack runs
#   xen.list      here, with xenstored running
#   guest.list    in the first guest, or here where the line begins with "dom0 "
#   trace.list    as guest.list or, with "early ", as dom0.list, under xentrace and once
# Results go to /tmp/out and, as a tar, to the raw disk /dev/vdb.

out=/tmp/out
mkdir -p $out
exec 2>> $out/errors.txt
for bin in /usr/lib/xen-*/bin; do
	PATH=$bin:$PATH
done

say()
{
	echo "BENCHSAY $*" > /dev/console
}

fail()
{
	say "$*"
	echo "FAILED $*" >> $out/results.txt
}

here()
{
	timeout 900 xenbench "$@" < /dev/null
}

there()
{
	timeout 900 xenbench call "$(xl domid bench1)" "$@"
}

# What a boot leaves to kernel threads and timers ends before anything is measured.
settle()
{
	sync
	sleep 5
}

# Everything in dom0 that may run anywhere runs on its first CPU from here on: where the scheduler
# would put a backend's thread is a matter of luck, and worth 20 % in a round trip.
one_cpu()
{
	local item
	echo 1 > /sys/devices/virtual/workqueue/cpumask
	for item in /proc/irq/*/smp_affinity; do
		echo 1 > "$item"
	done
	for item in /proc/[0-9]*; do
		taskset -pc 0 "${item#/proc/}" > /dev/null
	done
} 2> /dev/null

# Guest time stands still while a CPU runs and jumps to the next timer while all are idle: somebody
# who waits for the real disk may see a time limit pass.  So what has limits is read before it runs.
preload()
{
	local program
	for program in xl xenstore-read xenstore-write xenstore-exists oxenstored xen-init-dom0 xenconsoled \
		xentrace ip stat tar; do
		program=$(command -v $program) || continue
		cat "$program" $(ldd "$program" | grep -o '/[^ ]*')
	done > /dev/null 2>&1
}

# One line of a list.
order()
{
	if [ "$1" = dom0 ]; then
		shift
		here "$@"
	else
		there "$@"
	fi
}

# run_list FILE RUNNER
run_list()
{
	local line
	[ -s "/mnt/$1" ] || return 0
	while read -r line; do
		say "$1: $line"
		$2 $line >> $out/results.txt || fail "$1: $line"
	done < "/mnt/$1"
}

# A trace costs instructions itself, so it has a pass of its own; its window comes from xenbench.
# trace_list early|late: the lines of that time.
trace_list()
{
	local line key tracer run=order
	[ "$1" = late ] || run=here
	[ -s /mnt/trace.list ] || return 0
	while read -r line; do
		case $line in "early "*) [ "$1" = early ] || continue ;; *) [ "$1" = late ] || continue ;; esac
		line=${line#early }
		key=${line##* TRACE=}
		line=${line% TRACE=*}
		say "trace: $key"
		xentrace -D -S 1024 -s 10000 -e 0x0020f000 "$out/$key.trace" &
		tracer=$!
		sleep 0.2
		$run $line > "$out/$key.window" || fail "trace: $line"
		kill -INT $tracer
		wait $tracer
	done < /mnt/trace.list
}

start_toolstack()
{
	mount -t xenfs xenfs /proc/xen
	mkdir -p /dev/pts
	mount -t devpts devpts /dev/pts
	mkdir -p /run/xen /var/run/xen /var/lib/xen /var/log/xen /var/lib/xenstored /run/xenstored
	oxenstored --pid-file /run/xenstored.pid || return 1
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		xenstore-exists / && break
		sleep 0.2
	done
	xen-init-dom0 && xenconsoled --log=guest --log-dir=$out --pid-file=/run/xenconsoled.pid
}

start_net()
{
	ip link set lo up
	ip link add xenbr0 type bridge
	ip link set xenbr0 type bridge forward_delay 0
	ip addr add 10.79.0.1/24 dev xenbr0
	ip link set xenbr0 up
	here serve &
}

# start_guest NUMBER DISK
start_guest()
{
	cat > "/tmp/bench$1.cfg" <<-EOF
		name = "bench$1"
		type = "pv"
		kernel = "/mnt/bzImage"
		ramdisk = "/mnt/guest.cpio"
		memory = 192
		vcpus = 1
		cpus = "$(($1 + 1))"
		tsc_mode = "native"
		disk = [ $2 ]
		vif = [ "script=/mnt/vif.sh,bridge=xenbr0,mac=00:16:3e:79:00:0$1" ]
		extra = "console=hvc0 quiet norandmaps tsc=reliable panic=-1 bench.role=guest bench.ip=10.79.0.$(($1 + 1))/24"
		on_crash = "destroy"
	EOF
	say "guest $1"
	timeout 120 xl create -q "/tmp/bench$1.cfg" > "$out/create$1.txt" 2>&1 ||
		fail "guest $1: $(tail -n 1 "$out/create$1.txt")"
}

guests()
{
	start_net
	start_guest 1 '"format=raw,vdev=xvdb,access=w,script=/mnt/disk.sh,target=/dev/nullb0"'
	there boot boot_guest >> $out/results.txt || fail "the guest does not answer"
	if [ -e /mnt/two-guests ]; then
		start_guest 2 ""
		timeout 300 xenbench call "$(xl domid bench2)" boot peer > /dev/null || fail "the second guest does not answer"
	fi
	one_cpu
	settle
	run_list guest.list order
	trace_list late
}

say "dom0 runs"
preload
settle
run_list dom0.list here
trace_list early
if [ -s /mnt/xen.list ] || [ -s /mnt/guest.list ]; then
	say toolstack
	start_toolstack || fail "the toolstack does not start"
	settle
	# The store's round trip is one of these rows.
	one_cpu
	run_list xen.list here
	[ ! -s /mnt/guest.list ] || guests
fi
dmesg > $out/dmesg.txt
xl dmesg > $out/xen.txt
say "packing"
tar -C /tmp -cf /dev/vdb out
sync
