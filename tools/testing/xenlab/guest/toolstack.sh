# SPDX-License-Identifier: GPL-2.0
# Sourced in dom0: starts the distribution's toolstack and offers what guests need.

XEN_BIN=$(ls -d /usr/lib/xen-[0-9]*/bin | tail -n 1)
export PATH=$XEN_BIN:$PATH

start_toolstack()
{
	mountpoint -q /proc/xen || mount -t xenfs xenfs /proc/xen
	grep -q control_d /proc/xen/capabilities || return 1
	mkdir -p /run/xen /var/run/xen /var/lib/xen /var/log/xen/console /var/lib/xenstored /run/xenstored
	/usr/lib/systemd/systemd-udevd --daemon
	oxenstored --pid-file /run/xenstored.pid || return 1
	wait_until 30 xenstore-exists / || return 1
	xen-init-dom0 || return 1
	xenconsoled --log=all --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
	# A guest that computes must not starve dom0's scripts: the toolstack gives them seconds.
	xl sched-credit2 -d 0 -w 65535 > /dev/null
	start_bridge
}

start_bridge()
{
	ip link add xenbr0 type bridge
	ip link set xenbr0 type bridge forward_delay 0
	ip addr add $DOM0_IP/24 dev xenbr0
	ip link set xenbr0 up
	socat TCP-LISTEN:$NET_PORT,fork,reuseaddr,nodelay EXEC:/xenlab/guest/netd.sh,nofork &
}

# guest_config ROLE NAME [KEY=VALUE...]: an xl configuration on stdout.  Extra lines come as arguments.
guest_config()
{
	local role=$1 name=$2 number letters
	shift 2
	number=$(guest_number "$name")
	guest_letters "$role"
	cat <<-EOF
		name = "$name"
		type = "$role"
		kernel = "${GUEST_KERNEL:-/xenlab/boot/bzImage}"
		ramdisk = "${GUEST_RAMDISK-/xenlab/boot/initramfs.cpio}"
		memory = ${GUEST_MEMORY:-320}
		vcpus = ${GUEST_VCPUS:-2}
		disk = [ "phy:$GUEST_ROOT,xvd${letters[0]},r", "phy:$GUEST_LAB,xvd${letters[1]},r", "phy:/dev/ram0,xvd${letters[2]},w"${GUEST_DISKS:+, $GUEST_DISKS} ]
		vif = [ "type=vif,bridge=xenbr0,mac=00:16:3e:77:00:$(printf %02x "$number")" ]
		extra = "console=hvc0 earlyprintk=xen xenlab.root=/dev/xvd${letters[0]} xenlab.disk=/dev/xvd${letters[1]} xenlab.out=/dev/xvd${letters[2]} xenlab.scratch=/dev/xvd${letters[2]} xenlab.role=$role xenlab.ip=10.77.0.$((10 + number))/24 panic=-1 $GUEST_EXTRA"
		on_crash = "destroy"
		on_reboot = "${GUEST_ON_REBOOT:-destroy}"
		$*
	EOF
	[ "$role" != hvm ] || echo 'serial = "none"
vga = "none"
nographics = 1
usb = 0
device_model_args = [ "-display", "none" ]'
}

# The device model would emulate an HVM guest's first four disks as IDE ones, which cannot be read-only.
guest_letters()
{
	[ "$1" = hvm ] && letters=(e f g) || letters=(a b c)
}

guest_number()
{
	case $1 in
	pvh*) echo 2 ;;
	pv*) echo 1 ;;
	hvm*) echo 3 ;;
	esac
}

# Relay a guest's console to ours, line by line, each line with the guest's name.
relay_console()
{
	local log=/var/log/xen/console/guest-$1.log
	# A guest that is started again goes on in the same file, which is followed already.
	[ ! -e "/run/relay-$1" ] || return 0
	: > "/run/relay-$1"
	: > "$log"
	tail -n +1 -F "$log" 2>/dev/null | stdbuf -oL tr -d '\r' | stdbuf -oL sed "s/^/<$1> /" > /dev/console &
}

# xl gives a hotplug script 40 seconds, which an emulator on a busy machine may need: then once more.
create_guest()
{
	timeout 300 xl create "$1" > /tmp/create.log 2>&1 && return 0
	cat /tmp/create.log
	grep -q 'hotplug\|because of timeout' /tmp/create.log && timeout 300 xl create "$1"
}

guest_id()
{
	xl domid "$1" 2>/dev/null
}

guest_gone()
{
	! xl domid "$1" > /dev/null 2>&1
}

# Keep a guest's results, its console and its device model's and toolstack's logs; copy its marks to ours.
collect_guest()
{
	mkdir -p "/results/$1"
	blockdev --flushbufs /dev/ram0
	tar -C "/results/$1" -xf /dev/ram0 2>/dev/null
	cp "/var/log/xen/console/guest-$1.log" "/results/$1.log"
	cp "/var/log/xen/qemu-dm-$1.log" "/var/log/xen/xl-$1.log" /results/ 2>/dev/null
	if [ -s "/results/$1/marks.txt" ]; then
		cat "/results/$1/marks.txt"
	else
		tr -d '\r' < "/results/$1.log" | grep -a 'XENLAB: '
	fi | sed "s/.*XENLAB: /XENLAB: <$1> /" >> /results/marks.txt
}
