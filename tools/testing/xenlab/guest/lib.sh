# SPDX-License-Identifier: GPL-2.0
# Shared by all in-guest scripts of the lab.

# Value of a word NAME=VALUE on the kernel command line.
param()
{
	local word value=
	for word in $(< /proc/cmdline); do
		[ "${word%%=*}" != "$1" ] || value=${word#*=}
	done
	echo "$value"
}

# A line that the host reads: kept with the results, and on the console at once.
mark()
{
	mkdir -p /results
	echo "XENLAB: $*" >> /results/marks.txt
	echo "XENLAB: $*" > /dev/console
}

# check NAME COMMAND...: one verified fact; its output is shown when it fails.
check()
{
	local name=$1 log
	shift
	log=$(mktemp /tmp/check.XXXXXX)
	if "$@" > "$log" 2>&1; then
		mark ok "$name"
		rm -f "$log"
		return 0
	fi
	mark fail "$name" "$(tail -n 3 "$log" | tr '\n' ' ')"
	sed "s/^/  $name: /" "$log" > /dev/console
	cp "$log" "/results/fail-${name//[^A-Za-z0-9]/_}.log"
	return 1
}

# wait_until SECONDS COMMAND...: true as soon as the command is.
wait_until()
{
	local limit=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $limit ] || return 1
		sleep 0.2
	done
}

ROLE=$(param xenlab.role)
JOB=$(param xenlab.job)
DOM0_IP=10.77.0.1
NET_PORT=7001
