#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# First program of every machine in the lab: finds the root disk and the lab disk that the kernel
# command line names, puts a memory overlay over the root and starts the job from the lab disk.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
/bin/busybox --install -s /bin 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null

param()
{
	for word in $(cat /proc/cmdline); do
		case $word in
		"$1"=*) echo "${word#*=}" ;;
		esac
	done | tail -n 1
}

give_up()
{
	echo "XENLAB: fail boot $*" > /dev/console
	sleep 1
	echo o > /proc/sysrq-trigger
	sleep 60
}

# sdX is whichever disk answered first: /dev/labN is the one at the controller's port N.
name_by_port()
{
	for disk in /sys/block/sd*; do
		[ -e "$disk" ] || continue
		port=$(readlink -f "$disk/device")
		port=${port#*/host}
		ln -sf "${disk##*/}" "/dev/lab${port%%/*}"
	done
}

# Disks may appear late: a domU's when dom0's backend connects.
wait_for()
{
	tries=0
	name_by_port
	until [ -b "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || give_up "no disk $1 after 60 s; there are: $(ls /sys/block | tr '\n' ' ')"
		sleep 0.1
		name_by_port
	done
}

for module in /modules/*; do
	[ ! -e "$module" ] || insmod "$module" || give_up "cannot load $module"
done
root=$(param xenlab.root)
lab=$(param xenlab.disk)
echo "XENLAB: initramfs $(cut -d' ' -f1 /proc/uptime)" > /dev/console
wait_for "$root"
mount -o ro -t ext4 "$root" /lower || give_up "cannot mount $root"
mount -t tmpfs -o size=75% tmpfs /upper
mkdir /upper/rw /upper/work
if ! mount -t overlay -o lowerdir=/lower,upperdir=/upper/rw,workdir=/upper/work overlay /root 2>/dev/null; then
	mount --move /lower /root
	for dir in run tmp var/lib/xen var/run var/lib/xenstored; do
		[ -d /root/$dir ] && mount -t tmpfs tmpfs /root/$dir
	done
fi
wait_for "$lab"
mkdir -p /root/xenlab 2>/dev/null
mount -o ro -t ext4 "$lab" /root/xenlab || give_up "cannot mount $lab"
for more in $(param xenlab.out) $(param xenlab.scratch) $(param xenlab.guestroot); do
	wait_for "$more"
done
mount --move /proc /root/proc
mount --move /sys /root/sys
mount --move /dev /root/dev
exec switch_root /root /bin/bash /xenlab/guest/init.sh
