#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: the base's frontends that are neither disk nor network nor console, each in a PV guest that obeys
# (guest/agent.sh): 9p, framebuffer, keyboard and pointer with QEMU as their back end.  After every scenario dom0 must
# hold what it held before.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

SHARE=/tmp/share

# with CONFIGURATION SCENARIO: a guest that has the device, from its start to its end.
with()
{
	local status=0
	MORE=$1
	shift
	start && "$@" || status=$?
	[ $status = 0 ] || { tail -n 5 "/var/log/xen/qemu-dm-$G.log"; stop; return $status; }
	xl shutdown $G && wait_until $PATIENCE guest_gone $G || { echo "it does not shut down"; stop; return 1; }
}

# A monitor command to the guest's QEMU.
monitor()
{
	xl qemu-monitor-command $G "$1"
}

# ------------------------------------------------------------- scenarios

# Data both ways with their sums, many names, what is removed is gone, attributes.
share_files()
{
	local want got
	mkdir $SHARE/in
	head -c 3000001 /dev/urandom > $SHARE/in/data
	want=$(sha256sum < $SHARE/in/data)
	guest 'mount -t 9p -o trans=xen,version=9p2000.L lab /mnt' || return 1
	got=$(guest 'sha256sum < /mnt/in/data') || { echo "$got"; return 1; }
	need "sum of what it reads" "$got" "$want" || return 1
	want=$(guest 'mkdir /mnt/out && head -c 2000003 /dev/urandom > /tmp/d && dd if=/tmp/d of=/mnt/out/data bs=12345 conv=fsync status=none && sha256sum < /tmp/d') ||
		{ echo "$want"; return 1; }
	need "sum of what it wrote" "$(sha256sum < $SHARE/out/data)" "$want" || return 1
	guest 'cd /mnt/out && for i in $(seq 200); do echo $i > name-$i; done && rm name-1?? && chmod 640 name-7 && ln -s name-7 link' || return 1
	need "names" "$(ls $SHARE/out/name-* | wc -l)" 100 || return 1
	need "a mode" "$(stat -c %a $SHARE/out/name-7)" 640 || return 1
	need "a link" "$(readlink $SHARE/out/link)" name-7 || return 1
	guest 'cat /mnt/none' && { echo "reads what is not there"; return 1; }
	guest 'umount /mnt'
}

# What the guest writes to /dev/fb0 it reads again, and QEMU has it on its screen.
frame_buffer()
{
	need "the size" "$(guest 'cat /sys/class/graphics/fb0/virtual_size')" 800,600 || return 1
	need "the depth" "$(guest 'cat /sys/class/graphics/fb0/bits_per_pixel')" 32 || return 1
	guest 'python3 /xenlab/guest/pixels.py bgrx > /tmp/px && cat /tmp/px > /dev/fb0 && cmp -n 1920000 /tmp/px /dev/fb0' || return 1
	python3 /xenlab/guest/pixels.py rgb > /tmp/rgb
	wait_until 60 on_screen || { echo "not on the screen: $(ls -l /tmp/screen.ppm)"; return 1; }
}

on_screen()
{
	rm -f /tmp/screen.ppm
	monitor "screendump /tmp/screen.ppm"
	tail -c 1440000 /tmp/screen.ppm | cmp -s - /tmp/rgb
}

# events NAME: the guest keeps what the input device says.
events()
{
	guest "for d in /sys/class/input/event*; do [ \"\$(< \$d/device/name)\" != '$1' ] || echo \${d##*/}; done" > /tmp/input
	[ -s /tmp/input ] || { echo "no device '$1': $(guest 'cat /sys/class/input/*/name' | xargs)"; return 1; }
	guest "(cat /dev/input/$(< /tmp/input) > '/tmp/$1' & echo \$! > '/tmp/$1.pid') > /dev/null 2>&1"
}

# saw NAME TYPE CODE VALUE: as struct input_event has them.
saw()
{
	guest "od -An -v -w24 -tu2 '/tmp/$1' | awk '\$9 == $2 && \$10 == $3 && \$11 == $4 { n++ } END { exit !n }'"
}

keyboard()
{
	events 'Xen Virtual Keyboard' && events 'Xen Virtual Pointer' || return 1
	monitor 'sendkey ctrl-a' || return 1
	# a and control, pressed and released
	wait_until 60 saw 'Xen Virtual Keyboard' 1 30 1 && wait_until 60 saw 'Xen Virtual Keyboard' 1 30 0 &&
		saw 'Xen Virtual Keyboard' 1 29 1 || { echo "no key: $(guest "od -An -w24 -tu2 '/tmp/Xen Virtual Keyboard' | head -n 8")"; return 1; }
	monitor 'mouse_button 1' && monitor 'mouse_button 0' || return 1
	wait_until 60 saw 'Xen Virtual Pointer' 1 272 1 && wait_until 60 saw 'Xen Virtual Pointer' 1 272 0 ||
		{ echo "no button: $(guest "od -An -w24 -tu2 '/tmp/Xen Virtual Pointer' | head -n 8")"; return 1; }
	guest "kill \$(cat /tmp/Xen*.pid)"
}

DISPLAY_LINE='vfb = [ "vnc=1,vnclisten=127.0.0.1,vncunused=1" ]'
# QEMU has it open from its start on.
mkdir -p $SHARE
scenario dev.9p with "p9 = [ \"tag=lab,path=$SHARE,security_model=none\" ]" share_files
rm -rf $SHARE
scenario dev.framebuffer with "$DISPLAY_LINE" frame_buffer
scenario dev.keyboard with "$DISPLAY_LINE" keyboard
check no-zombie test "$(xl list | wc -l)" = 2
true
