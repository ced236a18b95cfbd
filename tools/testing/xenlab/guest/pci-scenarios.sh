#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dom0's job: PCI devices of the machine in a dom0 of two vCPUs.  Three e1000e, whose other side is netd.sh on
# a user network of QEMU's, and an NVMe device with four queue pairs.  After every scenario hypervisor and kernel
# must hold the interrupts, channels and memory that they held before.
#   xenlab.scenarios=NAME,... (default: all)
. /xenlab/guest/scenarios.sh

RELOADS=20
E1000E=0x8086:0x10d3
NVME_ID=0x1b36:0x0010

# devices VENDOR:DEVICE: where those are, in the order in which the kernel found them.
devices()
{
	local dev
	for dev in /sys/bus/pci/devices/*; do
		[ "$(< "$dev/vendor"):$(< "$dev/device")" != "$1" ] || echo "$dev"
	done
}

NICS=($(devices $E1000E))
NVME=$(devices $NVME_ID)
PARAMS=/sys/module/nvme/parameters

# What must not grow: also interrupts as the hypervisor has them, of PV domains and of passed-through devices.
holdings()
{
	echo "channels $(lsevtchn 0 | wc -l)"
	echo "irqs $(ls /sys/kernel/irq | wc -l)"
	echo "actions $(grep -c ':' /proc/interrupts)"
	xl dmesg -c > /dev/null
	xl debug-keys i
	echo "bound $(xl dmesg -c | grep -c 'd0:')"
	xl debug-keys M
	echo "messages $(xl dmesg -c | grep -c '^(XEN).*MSI.* vec=')"
	echo "hypervisor $(xl info | awk '/^free_memory/ { print $3 }')"
}

# kinds DEVICE: of its interrupts: pin, msi or msix.
kinds()
{
	cat "$1"/msi_irqs/* 2> /dev/null | sort -u | grep . || echo pin
}

irqs()
{
	[ -d "$1/msi_irqs" ] && ls "$1/msi_irqs" | sort -n || cat "$1/irq"
}

# so_far IRQ [CPU]: how often it came, in all or there.
so_far()
{
	awk -v irq="$1:" -v cpus="$(grep -c ^processor /proc/cpuinfo)" -v cpu="$2" \
		'$1 == irq { if (cpu != "") print $(2 + cpu); else { for (i = 2; i < 2 + cpus; i++) n += $i; print n } }' /proc/interrupts
}

interrupts_of()
{
	local irq sum=0
	for irq in $(irqs "$1"); do
		sum=$((sum + $(so_far "$irq")))
	done
	echo $sum
}

net_of()
{
	ls "$1/net" 2> /dev/null
}

# The network of the card at this place in the list; .100 on it is netd.sh.
far()
{
	echo "10.79.$1.100"
}

net_up()
{
	local dev
	dev=$(net_of "${NICS[$1]}") && [ "$dev" ] || { echo "card $1 has no interface"; return 1; }
	ip link set "$dev" up && ip addr replace "10.79.$1.15/24" dev "$dev" || return 1
	wait_until 60 grep -q 1 "/sys/class/net/$dev/carrier"
}

# transfer CARD [MIB]
transfer()
{
	/xenlab/guest/net-transfer.sh "$(far "$1")" "${2:-1}"
}

disk()
{
	basename "$(ls -d "$NVME"/nvme/nvme*/nvme*n1 2> /dev/null)"
}

has_disk()
{
	[ -b "/dev/$(disk)" ]
}

has_all()
{
	[ ${#NICS[@]} = 3 ] && net_of "${NICS[2]}" > /dev/null && has_disk
}

verify_disk()
{
	fio --name=v "--filename=/dev/$(disk)" --direct=1 --ioengine=libaio --verify=crc32c --verify_fatal=1 \
		--rw=randrw --bsrange=512-128k --iodepth=16 --size=16m "--io_size=${1:-4m}" > /tmp/fio.log 2>&1 ||
		{ tail -n 20 /tmp/fio.log; return 1; }
}

# Load on the disk and the last card until end_load, which is true if some of both was done and nothing was wrong.
start_load()
{
	rm -f /tmp/load.*
	while [ ! -e /tmp/load.end ]; do
		verify_disk >> /tmp/load.wrong 2>&1 || { echo "disk: status $?" >> /tmp/load.wrong; break; }
		echo >> /tmp/load.disk
	done &
	DISK_LOAD=$!
	[ "$1" = disk ] || while [ ! -e /tmp/load.end ]; do
		transfer $LAST >> /tmp/load.wrong 2>&1 || { echo "network: status $?" >> /tmp/load.wrong; break; }
		echo >> /tmp/load.net
	done &
	NET_LOAD=$!
	wait_until $PATIENCE test -s /tmp/load.disk
}

end_load()
{
	: > /tmp/load.end
	wait $DISK_LOAD $NET_LOAD
	[ ! -s /tmp/load.wrong ] || { cat /tmp/load.wrong; return 1; }
	[ -s /tmp/load.disk ] || { echo "no load on the disk"; return 1; }
	[ "$1" = disk ] || [ -s /tmp/load.net ] || { echo "no load on the network"; return 1; }
}

# under_load FUNCTION: both must hold.
under_load()
{
	local status=0
	start_load || { echo "no load"; end_load; return 1; }
	"$@" || status=$?
	end_load && return $status
}

# tidily FUNCTION: whatever it left, the drivers have their devices and the last card is up.
tidily()
{
	local status=0
	"$@" || status=$?
	: > /tmp/load.end
	rm -f /tmp/pattern /tmp/sent /tmp/arrived
	[ $status = 0 ] && return
	pkill fio
	echo 1 > /sys/devices/system/cpu/cpu1/online
	[ -d "/sys/bus/pci/drivers/e1000e/${NICS[$LAST]##*/}" ] || back e1000e "${NICS[@]}"
	[ -d "/sys/bus/pci/drivers/nvme/${NVME##*/}" ] || back nvme "$NVME"
	net_up $LAST
	return $status
}

need()
{
	[ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'"; return 1; }
}

# quietly CARD FUNCTION: the card rests again afterwards.
quietly()
{
	local status=0
	"${@:2}" || status=$?
	ip link set "$(net_of "${NICS[$1]}")" down
	return $status
}

# ------------------------------------------------------------- scenarios

# The command line gives the first card its pin.
pins()
{
	local before
	need "the first card" "$(kinds "${NICS[0]}")" pin && net_up 0 || return 1
	before=$(interrupts_of "${NICS[0]}")
	transfer 0 || return 1
	[ $(($(interrupts_of "${NICS[0]}") - before)) -gt 20 ] || { echo "no interrupts"; return 1; }
}

# The disk at the SATA controller's last port.
sata_disk()
{
	ls -d /sys/bus/pci/devices/*/ata*/host*/target*/*/block/sd* | sort -V | tail -n 1
}

# A controller with a single plain message; those of the cards fail in the driver's own test, Xen or not.
messages()
{
	local path dev want before
	path=$(sata_disk)
	dev=${path%/ata*}
	need "the SATA controller" "$(kinds "$dev")" msi || return 1
	before=$(interrupts_of "$dev")
	dd if=/dev/urandom of=/tmp/pattern bs=1M count=8 status=none
	want=$(sha256sum < /tmp/pattern)
	dd if=/tmp/pattern of="/dev/${path##*/}" bs=64k oflag=direct status=none || return 1
	need data "$(dd if="/dev/${path##*/}" bs=64k count=128 iflag=direct status=none | sha256sum)" "$want" || return 1
	[ $(($(interrupts_of "$dev") - before)) -gt 100 ] || { echo "no interrupts"; return 1; }
}

load()
{
	local dev irq before=()
	for dev in "$NVME" "${NICS[$LAST]}"; do
		need "$dev" "$(kinds "$dev")" msix || return 1
		for irq in $(irqs "$dev"); do
			before[irq]=$(so_far "$irq")
		done
	done
	transfer $LAST 8 && verify_disk 32m || return 1
	# all of the disk's queues need not be used by one program; of the card each has its work
	for irq in $(irqs "${NICS[$LAST]}" | head -n 2); do
		[ "$(so_far "$irq")" -gt $((before[irq] + 100)) ] || { cat /proc/interrupts; return 1; }
	done
	[ "$(for irq in $(irqs "$NVME"); do echo $(($(so_far "$irq") - before[irq])); done | awk '{ n += $1 } END { print n }')" -gt 100 ]
}

# away DRIVER, back DRIVER DEVICE...: the module if it is one, else the driver leaves its devices.
away()
{
	if [ -e "/sys/module/$1/initstate" ]; then
		modprobe -r "$1"
		return
	fi
	local dev driver=$1
	shift
	for dev; do
		echo "${dev##*/}" > "/sys/bus/pci/drivers/$driver/unbind" || return 1
	done
}

back()
{
	if [ -d /lib/modules/"$(uname -r)" ] && [ ! -d "/sys/bus/pci/drivers/$1" ]; then
		modprobe "$1"
		return
	fi
	local dev driver=$1
	shift
	for dev; do
		echo "${dev##*/}" > "/sys/bus/pci/drivers/$driver/bind" || return 1
	done
}

# Half of the times something was done in between.
reload()
{
	local i
	for i in $(seq $RELOADS); do
		away e1000e "${NICS[@]}" && away nvme "$NVME" || { echo "turn $i: the drivers stay"; return 1; }
		[ ! -d "$NVME/msi_irqs" ] && [ ! -d "${NICS[$LAST]}/msi_irqs" ] || { echo "turn $i: messages stay"; return 1; }
		back e1000e "${NICS[@]}" && back nvme "$NVME" && wait_until $PATIENCE has_disk || { echo "turn $i: no driver"; return 1; }
		need "the card's interrupt" "$(kinds "${NICS[$LAST]}")" msix || return 1
		net_up $LAST || { echo "turn $i: no network"; return 1; }
		[ $((i % 2)) = 0 ] || continue
		transfer $LAST && verify_disk || { echo "turn $i"; return 1; }
	done
}

# Each interrupt of the card goes to and fro; where it is sent it must arrive.
moves()
{
	local irq cpu turn before
	for turn in 1 2 3 4; do
		for irq in $(irqs "${NICS[$LAST]}" | head -n 2); do
			for cpu in 0 1 0 1 $((turn % 2)); do
				echo $((1 << cpu)) > "/proc/irq/$irq/smp_affinity" || return 1
			done
			before=$(so_far "$irq" $cpu)
			wait_until $PATIENCE came_more "$irq" $cpu "$before" || { echo "irq $irq does not come on CPU $cpu"; return 1; }
		done
		# the disk's queues may belong to their CPUs for good
		for irq in $(irqs "$NVME"); do
			for cpu in 0 1 0 1; do
				echo $((1 << cpu)) > "/proc/irq/$irq/smp_affinity"
			done
		done 2> /dev/null
	done
	true
}

came_more()
{
	[ "$(so_far "$1" "$2")" -gt $(($3 + 5)) ]
}

affinity()
{
	under_load moves
}

# What was meant for a CPU that goes away comes to another.
cpu_cycles()
{
	local turn irq before
	for turn in 1 2 3; do
		for irq in $(irqs "${NICS[$LAST]}"); do
			echo 2 > "/proc/irq/$irq/smp_affinity" || return 1
		done
		echo 0 > /sys/devices/system/cpu/cpu1/online || return 1
		irq=$(irqs "${NICS[$LAST]}" | head -n 1)
		before=$(so_far "$irq" 0)
		wait_until $PATIENCE came_more "$irq" 0 "$before" || { echo "irq $irq is lost with its CPU"; return 1; }
		echo 1 > /sys/devices/system/cpu/cpu1/online || return 1
	done
}

cpu_off()
{
	under_load cpu_cycles
}

# The card's interrupts are given up and requested again while the disk works.
updown()
{
	local i dev status=0
	dev=$(net_of "${NICS[$LAST]}")
	start_load disk || { end_load disk; return 1; }
	for i in $(seq 20); do
		ip link set "$dev" down && net_up $LAST || { status=1; break; }
		[ $((i % 5)) != 0 ] || transfer $LAST || { echo "turn $i"; status=1; break; }
	done
	end_load disk && return $status
}

# The controller starts anew with fewer queues and with as many as it had, while requests wait for it: one of
# its own, one for reads for each CPU, and those for writes that the parameter says.
queue_cycles()
{
	local want turn most=2
	for turn in 1 2 3; do
		for want in 0 1 $most; do
			echo $want > $PARAMS/write_queues || return 1
			echo 1 > "$(ls -d "$NVME"/nvme/nvme*)/reset_controller" || return 1
			need "number of interrupts" "$(irqs "$NVME" | wc -l)" $((1 + 2 + want)) || return 1
		done
	done
}

queues()
{
	under_load queue_cycles
}

# A device that is reset forgets its messages; they must be what they were.  The card's driver knows nothing
# of resets: it rests meanwhile.
reset()
{
	local i dev status=0
	dev=$(net_of "${NICS[$LAST]}")
	start_load disk || { end_load disk; return 1; }
	for i in 1 2 3 4 5; do
		ip link set "$dev" down && echo 1 > "${NICS[$LAST]}/reset" && echo 1 > "$NVME/reset" &&
			net_up $LAST && transfer $LAST || { echo "turn $i"; status=1; break; }
	done
	end_load disk && return $status
}

LAST=$((${#NICS[@]} - 1))
for driver in e1000e nvme; do
	[ -d /sys/bus/pci/drivers/$driver ] || modprobe $driver
done
check "$ROLE.pci-devices" wait_until $PATIENCE has_all || exit 1
# in a PVH dom0 a pin's interrupt is bound when it is first unmasked, for good
quietly 0 net_up 0
scenario "$ROLE.pci-pins" quietly 0 pins
scenario "$ROLE.pci-messages" tidily messages
# a driver that is not a module reads its words for the first cards that it ever sees only
away e1000e "${NICS[@]}" && back e1000e "${NICS[@]}"
check "$ROLE.pci-net" net_up $LAST || exit 1
transfer $LAST		# what is filled or made at the first use
scenario "$ROLE.pci-load" tidily load
scenario "$ROLE.pci-affinity" tidily affinity
scenario "$ROLE.pci-cpu-off" tidily cpu_off
scenario "$ROLE.pci-updown" tidily updown
scenario "$ROLE.pci-queues" tidily queues
scenario "$ROLE.pci-reset" tidily reset
scenario "$ROLE.pci-reload" tidily reload
true
