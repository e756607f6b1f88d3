#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh: doctor.sh on machines that lack one thing each; and its programs, really.
#
# The commands of stubs are expanded when they run:
# shellcheck disable=SC2016

here=$(cd "$(dirname "$0")" && pwd -P)
. "$(dirname "$0")/../../uml-config/tests/lib.sh"
PATH=$TMP/bin:$PATH
SB_DEV_FUSE=$TMP/fuse
SB_MTAB=$TMP/mtab
SB_PROC=$TMP/proc
SB_CGROUP=$TMP/cgroup
J=2
export PATH SB_DEV_FUSE SB_MTAB SB_PROC SB_CGROUP J

# A machine where nothing is wrong. COMMANDS of programs that it asks are stubs.
machine()
{
	rm -rf "${TMP:?}"/*
	mkdir -p "$TMP/bin" "$TMP/proc/self" "$TMP/proc/sys/kernel/yama" \
		"$TMP/cgroup/a/b" "$SB_BUILD/tests" "$SB_BUILD/shim" \
		"$SB_BUILD/download"
	: >"$TMP/fuse"
	: >"$TMP/mtab"
	echo 'flags		: fpu avx amx_tile' >"$TMP/proc/cpuinfo"
	echo 'MemAvailable:    4000000 kB' >"$TMP/proc/meminfo"
	echo '0::/a/b' >"$TMP/proc/self/cgroup"
	: >"$TMP/cgroup/cgroup.controllers"
	echo 1 >"$TMP/proc/sys/kernel/yama/ptrace_scope"
	stub "$SB_BUILD/tests/probe" 'case $1 in
		ptrace) echo 832 ;;
		ram) echo /dev/shm ;;
		locale) echo C ;;
		esac'
	stub "$SB_BUILD/shim/try-mount" 'exit 0'
	stub "$TMP/bin/fusermount3" 'echo version 3'
	stub "$TMP/bin/lcov" 'echo version 1'
	stub "$TMP/bin/gcc" 'case $1 in
		-print-file-name=*) echo /lib/x ;;
		*) echo Free Software Foundation ;;
		esac'
	stub "$TMP/bin/df" 'echo; echo dev 0 0 8000000 0 /'
	echo tarball >"$SB_BUILD/download/linux-source-6.12.name"
	: >"$SB_BUILD/download/tarball"
}

doctor()
{
	run "$here/doctor.sh" "$@"
}

# sick NAME TEXT...: there is one bad line, about NAME, with these texts.
sick()
{
	name=$1
	shift
	! doctor || return 1
	[ "$(grep -c '^bad' "$TMP/output")" = 1 ] || return 1
	line=$(grep '^bad' "$TMP/output")
	case $line in
	"bad   $name "*) ;;
	*) return 1 ;;
	esac
	for text; do
		case $line in
		*"$text"*) ;;
		*)
			echo "did not say: $text"
			return 1
			;;
		esac
	done
	said ', 1 bad'
}

# quick_stops NAME: so do all commands, with one line.
quick_stops()
{
	! doctor --quick && [ "$(wc -l <"$TMP/output")" = 1 ] && said "error: $1: "
}

machine
ok "nothing is wrong" doctor
ok "it is said in a line each" test "$(grep -c '^good' "$TMP/output")" = 17
ok "and summed up" said "17 good, 0 bad"
ok "make begins without a word" sh -c "'$here/doctor.sh' --quick >'$TMP/said' 2>&1 &&
	! grep . '$TMP/said'"

rm "$TMP/fuse"
ok "no /dev/fuse" sick /dev/fuse modprobe "docker run --device /dev/fuse" \
	"podman run --device /dev/fuse"
ok "no command begins without it" quick_stops /dev/fuse
machine
# (Root may open any file, but no directory.)
rm "$TMP/fuse"
mkdir "$TMP/fuse"
ok "/dev/fuse may not be opened" sick /dev/fuse "not accessible" "chmod 666"
machine
stub "$TMP/bin/id" 'echo 1000'
chmod u+s "$TMP/bin/fusermount3"
ok "an ordinary user is well, too" doctor
rm "$TMP/mtab"
ok "an ordinary user without mtab" sick fusermount3 "ln -s /proc/self/mounts"
machine
stub "$TMP/bin/id" 'echo 1000'
ok "an ordinary user whose fusermount3 is not set-user-ID" \
	sick fusermount3 "chmod u+s"
machine
stub "$SB_BUILD/shim/try-mount" 'echo "cannot mount: not permitted"; exit 1'
ok "a mount is forbidden" sick mount "not permitted" "--cap-add SYS_ADMIN" \
	apparmor=unconfined
ok "no command begins without it" quick_stops mount
machine
ptrace='case $1 in ptrace) echo "PTRACE_TRACEME: not permitted"; exit 1 ;; esac; echo /'
stub "$SB_BUILD/tests/probe" "$ptrace"
ok "ptrace is forbidden" sick ptrace "PTRACE_TRACEME: not" "seccomp" \
	"--cap-add SYS_PTRACE"
ok "no command begins without it" quick_stops ptrace
echo 3 >"$TMP/proc/sys/kernel/yama/ptrace_scope"
ok "ptrace is forbidden by Yama" sick ptrace kernel.yama.ptrace_scope=1 "it is 3"
machine
stub "$SB_BUILD/tests/probe" 'case $1 in ptrace) echo 11008 ;; *) echo x ;; esac'
good "a large XSAVE area is no fault" "11008, more than Linux 6.12 knows of" doctor
machine
stub "$SB_BUILD/tests/probe" 'case $1 in ram) echo "no space"; exit 1 ;; esac; echo 832'
ok "no place for the guests' RAM" sick "guest RAM" "no space" noexec
ok "no command begins without it" quick_stops "guest RAM"
machine
stub "$TMP/bin/uname" 'echo aarch64'
ok "another processor" sick processor "x86-64 is needed"
ok "no command begins on it" quick_stops processor
machine
stub "$TMP/bin/gcc" 'case $1 in -print*) echo /lib/x ;; *) echo clang ;; esac'
ok "another compiler" sick compiler "not supported"
ok "no command begins with it" quick_stops compiler
machine
stub "$TMP/bin/pkg-config" 'exit 1'
ok "a library is missing" sick packages "install them with"
machine
stub "$TMP/bin/df" 'echo; echo dev 0 0 2000000 0 /'
ok "little disk" sick disk "1953 MiB are free" "3000 are needed"
ok "with which commands begin" doctor --quick
stub "$TMP/bin/df" 'echo; echo dev 0 0 500000 0 /'
ok "but not with less" quick_stops disk
mkdir -p "$SB_BUILD/kernel/debug"
: >"$SB_BUILD/kernel/debug/linux"
ok "unless a kernel is built" doctor --quick
machine
stub "$TMP/bin/df" 'exit 1'
good "a disk that nobody knows of is not judged" "?     disk" doctor
machine
echo 'MemAvailable:     300000 kB' >"$TMP/proc/meminfo"
ok "little memory" sick memory "292 MiB" "2 guests at a time need 352" J=1
machine
echo $((300 << 20)) >"$TMP/cgroup/a/memory.max"
echo max >"$TMP/cgroup/a/b/memory.max"
ok "little memory in a cgroup above" sick memory "the cgroup may use 300 MiB"
echo 100 >"$TMP/cgroup/a/b/pids.max"
rm "$TMP/cgroup/a/memory.max"
ok "few processes" sick processes "may have 100" --pids-limit
machine
rm "$TMP/cgroup/cgroup.controllers"
printf '4:cpu,memory:/x\n3:pids:/\n' >"$TMP/proc/self/cgroup"
mkdir -p "$TMP/cgroup/memory/x"
echo $((300 << 20)) >"$TMP/cgroup/memory/memory.limit_in_bytes"
ok "a cgroup of version 1" sick memory "the cgroup may use 300 MiB"
machine
: >"$TMP/proc/meminfo"
good "memory that nobody knows of is not judged" "?     memory       not known" doctor
machine
good "a limit of the size of files" "bad   limits       ulimit -f is 1000" \
	sh -c "ulimit -f 1000; ! '$here/doctor.sh' >'$TMP/output'"

# without PROGRAM: a machine that has all but that one.
without()
{
	machine
	mkdir "$TMP/all"
	ln -s /usr/sbin/* /usr/bin/* "$TMP/bin"/* "$TMP/all/" 2>/dev/null
	ln -sf "$TMP/bin"/* "$TMP/all/"
	rm "$TMP/all/$1"
	PATH=$TMP/all fails "$here/doctor.sh" && said "bad   $1" && said "$2" &&
		said "bad   packages"
}

ok "no lcov" without lcov "make coverage needs it"
ok "no fusermount3" without fusermount3 "in the package fuse3"

# The source: to be downloaded.
download()
{
	machine
	rm "$SB_BUILD/download/tarball"
	stub "$TMP/bin/apt-get" "echo \"'http://mirror/linux.deb' linux.deb 1\""
	stub "$TMP/bin/curl" "echo \"\$*\" >>'$TMP/curl'; $1"
}

download 'exit 0'
good "the source can be reached" "http://mirror/linux.deb can be reached" doctor
ok "it is not downloaded" sh -c "! ls $SB_BUILD/download/tarball && grep -q I $TMP/curl"
download 'exit 6'
ok "it cannot" sick source "http://mirror/linux.deb cannot" KERNEL=
stub "$TMP/bin/apt-get" "exit 1"
KERNEL=debian:7.3
export KERNEL
doctor >/dev/null
ok "Debian's package of another kernel" said "linux-source-7.3 is looked for in Debian's"
KERNEL=$TMP/none
ok "a KERNEL that is not there" sick source "does not exist"
unset KERNEL
machine
stub "$TMP/bin/stat" 'echo 1'
ok "a file system with another time" sick clock "s off"

# In a clone of another time or name.
clone()
{
	machine
	rm -rf "$TMP/clone"
	mkdir -p "$TMP/clone$1"
	cp -R "$ROOT/Makefile" "$ROOT/uml-config" "$ROOT/tests" "$ROOT/shim" \
		"$TMP/clone$1/"
	touch "$SB_BUILD/tests/probe" "$SB_BUILD/shim/try-mount"
	real=$here
	here=$TMP/clone$1/tests/doctor
}

clone /x
touch -d '+1 hour' "$TMP/clone/x/Makefile"
ok "a clock that is late" sick clock "behind the files"
here=$real
clone '/a b'
ok "a blank in the path" sick path "a blank"
ok "no command begins in it" quick_stops path
here=$real

# The programs themselves.
machine
rm -r "$SB_BUILD/tests" "$SB_BUILD/shim" "${TMP:?}/bin"
ok "the programs are built where they are not" doctor --quick
probe=$SB_BUILD/tests/probe
try_mount=$SB_BUILD/shim/try-mount
ok "a process can be traced" run "$probe" ptrace
ok "its state has a size" test "$(cat "$TMP/output")" -ge 576
ok "there is space for a guest" run "$probe" ram 1 "$TMP"
bad "but not for a million" "MiB of guest RAM" "$probe" ram 1000000 "$TMP"
ok "C is a locale" run env LC_ALL=C "$probe" locale
ok "not all are" fails env LC_ALL=xx_YY "$probe" locale
mkdir "$TMP/mount"
ok "a tree can be mounted" run "$try_mount" "$TMP/mount"
ok "nothing stays mounted" sh -c "! grep -q '$TMP/mount' /proc/self/mounts"
bad "not without fusermount3" "install fuse3" env PATH=/nonexistent "$try_mount" "$TMP/mount"
end
