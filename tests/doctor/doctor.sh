#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor.sh: looks at everything that a run depends on: a line each, "good", "bad"
# with what to do, or "?" where it cannot be told. Status 1 if something is bad.
#
# doctor.sh --quick: only what takes no time and without which nothing works; says
# nothing unless it is bad. For all commands, before they begin.
#
# J, CC, KERNEL, ...	as elsewhere
# SB_DEV_FUSE, SB_MTAB, SB_PROC, SB_CGROUP, SB_SOURCE
#			for tests: where to look instead of the usual place
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd -P)
CONFIG_DIR=$ROOT/uml-config
BUILD=${SB_BUILD:-$ROOT/build}

quick=${1:-}
fuse=${SB_DEV_FUSE:-/dev/fuse}
proc=${SB_PROC:-/proc}
cgroup=${SB_CGROUP:-/sys/fs/cgroup}
jobs=${J:-$(getconf _NPROCESSORS_ONLN)}
probe=$BUILD/tests/probe
try_mount=$BUILD/shim/try-mount
n_good=0
n_bad=0
n_unknown=0

# What a guest's RAM and the programs beside it take, in MiB.
GUEST_MIB=112
OTHERS_MIB=128
# Disk: all variants, and the least with which a first build gets to its end.
DISK_MIB=3000
LEAST_DISK_MIB=900
# Processes of a guest, and others.
GUEST_PIDS=64

docker="docker run --device /dev/fuse --cap-add SYS_ADMIN"
docker="$docker --security-opt apparmor=unconfined"
podman="podman run --device /dev/fuse --cap-add SYS_ADMIN"
podman="$podman --security-opt label=disable"
container="in a container, start it with: $docker; or: $podman"

# show WORD NAME TEXT...
show()
{
	verdict=$1 name=$2
	shift 2
	printf "%s %-12s %s\n" "$verdict" "$name" "$*"
}

good()
{
	n_good=$((n_good + 1))
	[ -n "$quick" ] || show 'good ' "$@"
}

bad()
{
	n_bad=$((n_bad + 1))
	if [ -n "$quick" ]; then
		name=$1
		shift
		echo "error: $name: $* (make doctor looks at everything)" >&2
	else
		show 'bad  ' "$@"
	fi
}

unknown()
{
	n_unknown=$((n_unknown + 1))
	[ -n "$quick" ] || show '?    ' "$@"
}

# have_programs: the probes are there, and up to date.
have_programs()
{
	cd "$ROOT"
	[ ! -x "$probe" ] || [ ! -x "$try_mount" ] || [ -n "$(find \
		tests/doctor/probe.c tests/runner/host.c shim/core/mount.c \
		-newer "$probe" -o -newer "$try_mount")" ] || return 0
	mkdir -p "$BUILD"
	(
		unset MAKEFLAGS MAKELEVEL
		flock 9
		make -s -C "$ROOT/tests" BUILD="$BUILD" "$probe" &&
			make -s -C "$ROOT/shim" BUILD="$BUILD" "$try_mount" &&
			touch "$probe" "$try_mount"
	) >"$BUILD/doctor.log" 2>&1 9>>"$BUILD/doctor.lock"
}

check_path()
{
	why=$(cd "$ROOT" && "$CONFIG_DIR/path.sh")
	if [ -z "$why" ]; then
		good path "$ROOT"
	else
		bad path "$why"
	fi
}

check_processor()
{
	machine=$(uname -m)
	features=$(sed -n '/^flags/{s/.*: //p;q}' "$proc/cpuinfo" 2>/dev/null | tr ' ' '\n' |
		grep -x 'avx\|avx2\|avx512f\|amx_tile\|pku' | tr '\n' ' ') || :
	if [ "$(uname -s) $machine" != 'Linux x86_64' ]; then
		bad processor "$(uname -s) on $machine: Linux on x86-64 is needed"
	else
		good processor "x86-64, $jobs jobs at a time; ${features:-no AVX}"
	fi
}

check_compiler()
{
	if cc=$("$CONFIG_DIR/compiler.sh" 2>&1); then
		good compiler "$("$cc" --version | head -n 1)"
	else
		bad compiler "${cc#error: }"
	fi
}

check_packages()
{
	if missing=$("$CONFIG_DIR/deps.sh" --missing 2>&1); then
		good packages "all there"
	else
		bad packages "$(echo "${missing#error: }" | tr "\n" " ")"
	fi
	if command -v lcov >/dev/null; then
		good lcov "$(lcov --version 2>/dev/null | head -n 1)"
	else
		bad lcov "missing; make coverage needs it"
	fi
}

check_fuse()
{
	if [ ! -e "$fuse" ]; then
		bad /dev/fuse "missing; load the module (modprobe fuse), or $container"
	elif ! (: <>"$fuse") 2>/dev/null; then
		bad /dev/fuse "not accessible to $(id -un); as root: chmod 666 $fuse; or $container"
	else
		good /dev/fuse "can be opened"
	fi
	if ! command -v fusermount3 >/dev/null; then
		bad fusermount3 "missing; it is in the package fuse3"
	# As an ordinary user's, a mount is known and undone by that file only.
	elif [ "$(id -u)" != 0 ] && [ ! -e "${SB_MTAB:-/etc/mtab}" ]; then
		bad fusermount3 "cannot unmount without /etc/mtab; as root: ln -s /proc/self/mounts /etc/mtab"
	elif [ "$(id -u)" != 0 ] && [ ! -u "$(command -v fusermount3)" ]; then
		bad fusermount3 "not set-user-ID: ordinary users cannot mount; as root: chmod u+s" \
			"$(command -v fusermount3)"
	else
		good fusermount3 "$(fusermount3 --version 2>&1 | head -n 1)"
	fi
}

check_mount()
{
	dir=$(mktemp -d)
	if why=$("$try_mount" "$dir" 2>&1); then
		good mount "a FUSE file system was mounted and unmounted"
	else
		bad mount "$why; $container"
	fi
	rmdir "$dir"
}

check_ptrace()
{
	if size=$("$probe" ptrace 2>&1); then
		good ptrace "allowed"
		[ "$size" -le 2696 ] ||
			size="$size, more than Linux 6.12 knows of: kernels before 6.13 get a fixup"
		good XSAVE "bytes of state: $size"
		return
	fi
	yama=$(cat "$proc/sys/kernel/yama/ptrace_scope" 2>/dev/null) || yama=
	case $yama in
	[23]) bad ptrace "$size; as root: sysctl kernel.yama.ptrace_scope=1 (it is $yama)" ;;
	*) bad ptrace "$size; is it forbidden by seccomp? (containers: --cap-add SYS_PTRACE)" ;;
	esac
}

check_ram()
{
	if dir=$("$probe" ram "$jobs" "$BUILD" 2>&1); then
		good "guest RAM" "in $dir"
	else
		bad "guest RAM" "$dir; the place must not be mounted noexec"
	fi
}

# least FILE-V2 V1-CONTROLLER FILE-V1: the smallest limit on the way up from this
# cgroup; nothing if there is none.
least()
{
	if [ -e "$cgroup/cgroup.controllers" ]; then
		root=$cgroup path=$(sed -n 's/^0:://p' "$proc/self/cgroup") file=$1
	else
		root=$cgroup/$2 file=$3
		path=$(sed -n "s/^[0-9]*:\\([^:]*,\\)*$2\\(,[^:]*\\)*://p" "$proc/self/cgroup")
	fi 2>/dev/null
	path=${path%/}
	while :; do
		cat "$root$path/$file" 2>/dev/null || :
		[ -n "$path" ] || break
		path=${path%/*}
	done | grep -x '[0-9]*' | sort -n | head -n 1
}

check_memory()
{
	have=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' "$proc/meminfo" 2>/dev/null) || have=
	limit=$(least memory.max memory memory.limit_in_bytes) || limit=
	need=$((jobs * GUEST_MIB + OTHERS_MIB))
	what="$have MiB are available"
	if [ -n "$limit" ] && [ $((limit >> 20)) -lt "${have:-0}" ]; then
		have=$((limit >> 20))
		what="the cgroup may use $have MiB"
	fi
	if [ -z "$have" ]; then
		unknown memory "not known: $proc/meminfo does not say what is available"
	elif [ "$have" -lt "$need" ]; then
		bad memory "$what; $jobs guests at a time need $need MiB: say J=1, or make more available"
	else
		good memory "$what, $need MiB are needed"
	fi
	pids=$(least pids.max pids pids.max) || pids=
	need=$((jobs * GUEST_PIDS + GUEST_PIDS))
	if [ -n "$pids" ] && [ "$pids" -lt "$need" ]; then
		bad processes "the cgroup may have $pids; $jobs guests at a time need $need: say" \
			"J=1, or raise pids.max (docker, podman: --pids-limit)"
	else
		good processes "${pids:-any number} in this cgroup, $need are needed"
	fi
	for limit in f:fsize v:as; do
		# shellcheck disable=SC3045
		value=$(ulimit "-${limit%:*}" 2>/dev/null) || value=unlimited
		[ "$value" = unlimited ] ||
			bad limits "ulimit -${limit%:*} is $value, guests need more: say ulimit -${limit%:*} unlimited"
	done
}

check_disk()
{
	mkdir -p "$BUILD"
	free=$(df -Pk "$BUILD" | awk 'NR == 2 { print int($4 / 1024) }')
	need=$DISK_MIB
	[ -z "$quick" ] || need=$LEAST_DISK_MIB
	# Most of that is there if a kernel is.
	! ls "$BUILD"/kernel/*/linux >/dev/null 2>&1 || need=$((need / 6))
	if [ -z "$free" ]; then
		unknown disk "not known: df says nothing of $BUILD"
	elif [ "$free" -lt "$need" ]; then
		bad disk "$free MiB are free at $BUILD, $need are needed"
	else
		good disk "$free MiB are free at $BUILD, $need are needed"
	fi
}

# reach URL
reach()
{
	if command -v curl >/dev/null; then
		curl -fsIL -m 20 -o /dev/null "$1"
	else
		wget -q --spider -T 20 -t 1 "$1"
	fi
}

check_source()
{
	case ${KERNEL:-} in
	debian:*)
		KERNEL_PACKAGE=linux-source-${KERNEL#debian:} KERNEL=
		export KERNEL KERNEL_PACKAGE
		;;
	esac
	if [ -n "${KERNEL:-}" ] || "$CONFIG_DIR/source.sh" --stored >/dev/null 2>&1; then
		if path=$("$CONFIG_DIR/source.sh" 2>&1); then
			good source "$path"
		else
			bad source "${path#error: }"
		fi
		return
	fi
	. "$CONFIG_DIR/kernel-org.conf"
	url=$(apt-get download --print-uris "${KERNEL_PACKAGE:-$pinned_package}" 2>/dev/null |
		sed -n "s/^'\([^']*\)'.*/\1/p") || url=
	package=${KERNEL_PACKAGE:-$pinned_package}
	if [ -z "${KERNEL_URL:-}$url" ] && [ "$package" != "$pinned_package" ]; then
		. "$CONFIG_DIR/debian.conf"
		unknown source "not known: $package is looked for in Debian's $debian_suites"
		return
	fi
	url=${KERNEL_URL:-${url:-$pinned_url}}
	if ! command -v curl >/dev/null && ! command -v wget >/dev/null; then
		unknown source "not known: neither curl nor wget is there to look at $url"
	elif reach "$url"; then
		good source "$url can be reached"
	else
		bad source "$url cannot be reached; say where a kernel is: KERNEL=directory or KERNEL=tarball"
	fi
}

check_clock()
{
	stamp=$(mktemp "$BUILD/clock.XXXXXX")
	now=$(date +%s)
	off=$(($(stat -c %Y "$stamp") - now))
	if [ -n "$(find "$ROOT/Makefile" -newer "$stamp")" ]; then
		bad clock "$(date): behind the files of this clone, so that make cannot tell what" \
			"is new; set it, or touch the files"
	elif [ ${off#-} -gt 2 ]; then
		bad clock "that of the file system at $BUILD is $off s off; set both, or move the" \
			"clone to a local disk"
	else
		good clock "$(date)"
	fi
	rm -f "$stamp"
}

check_locale()
{
	if name=$("$probe" locale 2>&1); then
		good locale "$name"
	else
		good locale "that of the environment is not installed; C is used, and perl may complain"
	fi
}

with_programs()
{
	if [ "$programs" = yes ]; then
		"$2"
	else
		unknown "$1" "not known: the program that tries it does not compile, see $BUILD/doctor.log"
	fi
}

check_path
check_processor
check_compiler
[ -n "$quick" ] || check_packages
check_fuse
# A build that cannot find its place fails for that reason, not for another.
[ $n_bad = 0 ] || [ -z "$quick" ] || exit 1
programs=yes
have_programs || programs=no
with_programs mount check_mount
with_programs ptrace check_ptrace
with_programs "guest RAM" check_ram
check_disk
if [ -n "$quick" ]; then
	[ $n_bad = 0 ]
	exit
fi
check_memory
check_source
check_clock
with_programs locale check_locale
echo "$n_good good, $n_bad bad$([ $n_unknown = 0 ] || echo ", $n_unknown not known")"
if [ $n_bad != 0 ]; then
	echo "make check does not work here until what is bad is put right"
	exit 1
fi
echo "make check works here, as far as can be told"
