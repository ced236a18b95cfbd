#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh TARGET: what the lab's TARGET needs on this machine.  As root on a Debian machine it
# installs what is missing; otherwise it names each missing tool with the package that has it.

# tool or file, package, targets that need it (all: every one that boots or builds)
needs()
{
	cat <<-EOF
		python3 python3 all
		gcc gcc all
		make make all
		flex flex all
		bison bison all
		bc bc all
		perl perl-base all
		git git all
		rsync rsync all
		xz xz-utils all
		lz4 lz4 all
		/usr/include/gelf.h libelf-dev all
		/usr/include/openssl/bio.h libssl-dev all
		/usr/include/stdio.h libc6-dev all
		qemu-system-x86_64 qemu-system-x86 boot
		busybox busybox-static boot
		mke2fs e2fsprogs boot
		mmdebstrap mmdebstrap image
		sparse sparse lint
		spatch coccinelle lint
		sphinx-build python3-sphinx lint
		/usr/include/sys/capability.h libcap-dev selftests
		/usr/include/numa.h libnuma-dev selftests
		dpkg-buildpackage dpkg-dev deb
		dh debhelper deb
		cpio cpio deb
		kmod kmod deb
		openssl openssl deb
		depmod kmod boot
	EOF
}

# what each target takes besides "all"
case ${1:-run} in
base | tree | owned | series) groups= ;;
kernel) groups= ;;
deb) groups=deb ;;
unit) groups= ;;
lint) groups=lint ;;
check) groups="boot image lint selftests" ;;
selftests | base-selftests) groups="boot image selftests" ;;
clean) exit 0 ;;
*) groups="boot image" ;;
esac
[ -z "$ROOTFS" ] || groups=$(echo "$groups" | sed s/image//)

present()
{
	case $1 in
	/*) [ -e "$1" ] ;;
	*) PATH=$PATH:/usr/sbin:/sbin command -v "$1" > /dev/null 2>&1 ;;
	esac
}

missing=
packages=
while read -r what package group; do
	case " all $groups " in
	*" $group "*) ;;
	*) continue ;;
	esac
	present "$what" && continue
	missing="$missing  $what (package $package)
"
	packages="$packages $package"
done <<EOF
$(needs)
EOF

# Good to have, never missed: without ccache a second variant compiles as long as the first, without
# clang and its fuzzer the fuzz targets are skipped.
wanted=
present ccache || wanted=ccache
case ${1:-run} in
check | unit)
	present clang || wanted="$wanted clang"
	echo 'int LLVMFuzzerTestOneInput(void){return 0;}' |
		clang -fsanitize=fuzzer -x c - -o /dev/null > /dev/null 2>&1 || wanted="$wanted libclang-rt-dev"
	;;
esac

[ -n "$packages" ] || [ -n "$wanted" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
	[ -n "$packages" ] || { [ -e "${BUILD:-build}/.no-extras" ] && exit 0; }
	echo "installing:$packages $wanted"
	log=${BUILD:-build}/log/deps.log
	mkdir -p "${log%/*}"
	export DEBIAN_FRONTEND=noninteractive
	if ! { apt-get -q update && apt-get -q install -y --no-install-recommends $packages $wanted; } > "$log" 2>&1 < /dev/null; then
		tail -n 15 "$log"
		echo "xenlab: apt-get could not install:$packages $wanted; whole log: $log"
		[ -z "$packages" ] || exit 2
		touch "${BUILD:-build}/.no-extras"
	fi
	exit 0
fi
[ -n "$packages" ] || exit 0
printf 'xenlab: missing on this machine:\n%s' "$missing"
echo "        install the packages, or run as root on a Debian machine"
exit 2
