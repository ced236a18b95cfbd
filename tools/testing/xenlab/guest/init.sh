#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Second half of a lab machine's start: a usable system, then the job of the command line, then the
# results onto the out disk, then power off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux LC_ALL=C.UTF-8
. /xenlab/guest/lib.sh

# Without these links the toolstack's hotplug scripts wait for their lock for ever: they compare it with /dev/stdin.
ln -sfn /proc/self/fd /dev/fd
ln -sfn /proc/self/fd/0 /dev/stdin
ln -sfn /proc/self/fd/1 /dev/stdout
ln -sfn /proc/self/fd/2 /dev/stderr
mkdir -p /dev/pts /dev/shm
mountpoint -q /dev/pts || mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mkdir -p /run/lock /results
# The base's own Xen code, which lacks this file, cannot end a PVH guest but by a reboot.
off=o
[ "$ROLE" != pvh ] || [ -e /sys/module/grant_table/parameters/usage ] || off=b
[ ! -d /xenlab/modules ] || { mkdir -p /lib/modules && ln -sfn /xenlab/modules "/lib/modules/$(uname -r)"; }
# What the kernel calls when the toolstack asks for a shutdown.
if [ ! -e /sbin/poweroff ]; then
	printf '#!/bin/sh\necho %s > /proc/sysrq-trigger\n' $off > /sbin/poweroff
	chmod +x /sbin/poweroff
fi
ip link set lo up
hostname "${ROLE//_/-}"

mark boot "role=$ROLE" "kernel=$(uname -r)" \
	"clocksource=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" \
	"seconds=$(cut -d' ' -f1 /proc/uptime)" "cpus=$(nproc)" \
	"memory=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)" \
	"hypervisor=$(cat /sys/hypervisor/type 2>/dev/null || echo none)" \
	"guest_type=$(cat /sys/hypervisor/guest_type 2>/dev/null || echo none)"

status=0
cd /tmp || exit 1
for job in ${JOB//,/ }; do
	if [ -f "/xenlab/$job.sh" ]; then
		setsid -w /bin/bash "/xenlab/$job.sh" || status=$?
	elif [ "$job" != shell ]; then
		mark fail job "no job $job on the lab disk"
		status=127
	fi
done
[ "$(param xenlab.shell)" != 1 ] || setsid -c -w bash -i <> /dev/console >&0 2>&1

dmesg > /results/dmesg.txt
[ ! -d /var/log/xen ] || cp -r /var/log/xen /results/xen-log
mark done "status=$status"
out=$(param xenlab.out)
[ ! -b "$out" ] || tar -C /results -cf - . | dd of="$out" bs=64k conv=fsync status=none
sync
sleep 0.2
echo $off > /proc/sysrq-trigger
sleep 120
