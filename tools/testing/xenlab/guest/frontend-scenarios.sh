#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: front ends that are not ours.  The distribution's own kernels do what the domUs of `make run` do
# (guest/verify-domu.sh), with disk and network from our back ends; PV GRUB reads its configuration, kernel and
# initramfs from our disk; an HVM guest's firmware uses a disk that is ours afterwards.  On the lab disk:
# stock/VERSION/{vmlinuz,initramfs.cpio}, stock/grub-*.bin, stock/firmware.bin, boot/grub/grub.cfg.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh
. /xenlab/guest/orders.sh

# boot ROLE NAME: a guest from GUEST_KERNEL and GUEST_RAMDISK to its end.
boot()
{
	GUEST_ROOT=$(param xenlab.guestroot)
	GUEST_LAB=$(param xenlab.disk)
	GUEST_VCPUS=1
	dd if=/dev/zero of=/dev/ram0 bs=64k count=1 conv=fsync status=none
	guest_config "$1" "$2" > "/tmp/$2.cfg"
	relay_console "$2"
	create_guest "/tmp/$2.cfg" || return 1
	wait_until $((PATIENCE * 3)) guest_gone "$2" || { echo "it does not end"; xl destroy "$2"; return 1; }
	sleep 0.5
	collect_guest "$2"
}

# proved ROLE NAME: the guest itself found all well.
proved()
{
	local fact
	for fact in root disk net net-mtu net-64k; do
		grep -q "XENLAB: ok $1.$fact" "/results/$2/marks.txt" || { echo "not proved: $fact"; cat "/results/$2"/fail-*; return 1; }
	done
}

# stock VERSION ROLE
stock()
{
	local name=$2-$1
	GUEST_KERNEL=/xenlab/stock/$1/vmlinuz
	GUEST_RAMDISK=/xenlab/stock/$1/initramfs.cpio
	GUEST_EXTRA="xenlab.job=guest/verify-domu"
	GUEST_MEMORY=448
	boot "$2" "$name" && proved "$2" "$name" || return 1
	# what /proc/version says is not what we built
	grep -q "XENLAB: boot role=$2 kernel=$1[.][^ ]*-amd64 " "/results/$name/marks.txt" ||
		{ echo "another kernel: $(grep -h 'XENLAB: boot' "/results/$name/marks.txt")"; return 1; }
}

# The configuration names the command line: none comes from the toolstack.
pv_grub()
{
	GUEST_KERNEL=/xenlab/stock/grub-x86_64-xen.bin
	GUEST_RAMDISK=
	GUEST_MEMORY=512
	boot pv pv-grub && proved pv pv-grub || return 1
	grep -aq 'Command line:.* xenlab.by=grub' /results/pv-grub.log || { echo "GRUB did not start it"; return 1; }
}

# A 32-bit PV front end: GRUB's own reads a file from our disk and says its SHA-256.
pv_grub_32()
{
	local want
	GUEST_KERNEL=/xenlab/stock/grub-i386-xen.bin
	GUEST_RAMDISK=
	boot pv pv-grub32
	want=$(sha256sum < /xenlab/boot/initramfs.cpio | cut -d' ' -f1)
	grep -aq "$want" /results/pv-grub32.log || { tr -d '\033\r' < /results/pv-grub32.log | tail -n 5; return 1; }
}

# The device model serves the firmware's calls on a disk that our back end has as well; then a kernel takes it through
# ours, beside one of the device model's own back end.
hvm_firmware()
{
	dd if=/dev/urandom of=/dev/ram1 bs=512 count=128 conv=fsync status=none
	dd if=/xenlab/stock/firmware.bin of=/dev/ram1 bs=512 conv=fsync status=none
	cat > /tmp/firmware.cfg <<-EOF
		name = "firmware"
		type = "hvm"
		memory = 64
		disk = [ "phy:/dev/ram1,hda,w" ]
		boot = "c"
		serial = "none"
		vga = "none"
		nographics = 1
		usb = 0
		device_model_args = [ "-display", "none" ]
		on_reboot = "destroy"
	EOF
	create_guest /tmp/firmware.cfg || return 1
	wait_until $PATIENCE sectors_equal 0 64 1 || { echo "the firmware does not come to an end"; xl destroy firmware; return 1; }
	xl destroy firmware && wait_until 60 guest_gone firmware || return 1
	sectors_equal 1 65 32 || { echo "the firmware copied something else"; return 1; }
	hvm_disks
}

# sectors_equal A B COUNT
sectors_equal()
{
	cmp -s <(dd if=/dev/ram1 bs=512 skip="$1" count="$3" status=none) <(dd if=/dev/ram1 bs=512 skip="$2" count="$3" status=none)
}

hvm_disks()
{
	local status=0
	truncate -s 8M /tmp/qdisk.img
	G=hvm GUEST_KERNEL= GUEST_RAMDISK=/xenlab/boot/initramfs.cpio GUEST_VCPUS=1 GUEST_MEMORY=320
	GUEST_DISKS='"phy:/dev/ram1,hda,w", "format=raw,vdev=hdb,access=w,backendtype=qdisk,target=/tmp/qdisk.img"'
	start && disks_of_both || status=1
	xl destroy hvm
	wait_until 60 guest_gone hvm || status=1
	rm /tmp/qdisk.img
	return $status
}

disks_of_both()
{
	need "our disk" "$(xenstore-read "/local/domain/0/backend/vbd/$ID/768/state")" 4 || return 1
	need "the device model's disk" "$(xenstore-read "/local/domain/0/backend/qdisk/$ID/832/state")" 4 || return 1
	guest 'cmp <(dd if=/dev/xvda bs=512 skip=1 count=32 status=none) <(dd if=/dev/xvda bs=512 skip=65 count=32 status=none)' || return 1
	guest 'for d in xvda xvdb; do dd if=/dev/urandom of=/tmp/w bs=64k count=8; dd if=/tmp/w of=/dev/$d bs=64k seek=16 oflag=direct && dd if=/dev/$d of=/tmp/r bs=64k skip=16 count=8 iflag=direct && cmp /tmp/w /tmp/r || exit 1; done'
}

for version in $(ls /xenlab/stock | grep '^[0-9]'); do
	for role in pv pvh; do
		scenario "front.stock-$version-$role" stock "$version" $role
	done
done
scenario front.pv-grub pv_grub
scenario front.pv-grub-32 pv_grub_32
scenario front.hvm-firmware hvm_firmware
true
