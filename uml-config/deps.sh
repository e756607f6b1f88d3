#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh [bench|gdb|distros|ci|lint|mutants]: are the programs and headers there that a
# build and a run need? What is missing is installed, by root on a Debian-like system, or named in
# one line that can be pasted. deps.sh --missing only names it.
#
# No other script here or elsewhere in the project needs root.
set -eu

# One line per thing: how to look for it, what it is called, and the package
# that has it for apt, dnf, pacman and zypper.
wanted()
{
	cat <<-'END'
		cmd gcc gcc gcc gcc gcc
		cmd make make make make make
		cmd ld binutils binutils binutils binutils
		cmd flex flex flex flex flex
		cmd bison bison bison bison bison
		cmd bc bc bc bc bc
		cmd xz xz-utils xz xz xz
		cmd tar tar tar tar tar
		cmd git git git git git
		cmd perl perl perl perl perl
		cmd awk mawk gawk gawk gawk
		cmd find findutils findutils findutils findutils
		cmd cmp diffutils diffutils diffutils diffutils
		cmd flock util-linux util-linux util-linux util-linux
		cmd pkg-config pkg-config pkgconf pkgconf pkg-config
		cmd fusermount3 fuse3 fuse3 fuse3 fuse3
		cmd lcov lcov lcov lcov lcov
		cmd genhtml lcov lcov lcov lcov
		header stdio.h libc6-dev glibc-devel glibc glibc-devel
		header linux/virtio_gpu.h linux-libc-dev kernel-headers linux-api-headers linux-glibc-devel
		pc glib-2.0 libglib2.0-dev glib2-devel glib2 glib2-devel
		pc gio-unix-2.0 libglib2.0-dev glib2-devel glib2 glib2-devel
		pc fuse3 libfuse3-dev fuse3-devel fuse3 fuse3-devel
		lib libasan.so gcc libasan gcc gcc
		lib libubsan.so gcc libubsan gcc gcc
	END
	case ${1:-} in
	bench) echo "cmd python3 python3 python3 python python3" ;;
	gdb) echo "cmd gdb gdb gdb gdb gdb" ;;
	distros)
		echo "cmd mmdebstrap mmdebstrap mmdebstrap mmdebstrap mmdebstrap"
		echo "cmd newuidmap uidmap shadow-utils shadow shadow"
		;;
	mutants) echo "clang clang-c/Index.h libclang-dev clang-devel clang clang-devel" ;;
	ci) echo "cmd yamllint yamllint yamllint yamllint python3-yamllint" ;;
	lint)
		echo "cmd shellcheck shellcheck ShellCheck shellcheck ShellCheck"
		echo "cmd clang-format clang-format clang-tools-extra clang clang-tools"
		echo "cmd codespell codespell codespell codespell codespell"
		echo "cmd reuse reuse reuse reuse python3-reuse"
		;;
	esac
}

# have KIND NAME
have()
{
	case $1 in
	cmd) command -v "$2" >/dev/null ;;
	header) echo "#include <$2>" | gcc -E - >/dev/null 2>&1 ;;
	clang) find /usr/include /usr/lib/llvm-*/include -path "*/$2" 2>/dev/null | grep -q . ;;
	pc) pkg-config --exists "$2" 2>/dev/null ;;
	lib) case $(gcc -print-file-name="$2" 2>/dev/null) in
		/*) ;;
		*) return 1 ;;
		esac ;;
	esac
}

# The packages that are missing, in column $1 of the list.
missing()
{
	# shellcheck disable=SC2034
	wanted "$2" | while read -r kind name apt dnf pacman zypper; do
		have "$kind" "$name" || eval echo "\$$1"
	done | sort -u
}

manager=
for m in apt dnf pacman zypper; do
	tool=$m
	[ $m != apt ] || tool="apt-get"
	if command -v $tool >/dev/null; then
		manager=$m
		break
	fi
done

# Without a header's compiler or pkg-config, what it would find is unknown:
# what comes out is then a bit more than is needed, which does no harm.
packages=$(missing "${manager:-apt}" "${1:-}" | tr '\n' ' ')
packages=${packages% }
if [ -n "$packages" ]; then
	# Worth having, but nothing fails without it.
	command -v ccache >/dev/null || packages="$packages ccache"
	case $manager in
	apt) install="apt-get install -y --no-install-recommends $packages" ;;
	dnf) install="dnf install -y $packages" ;;
	pacman) install="pacman -S --needed --noconfirm $packages" ;;
	zypper) install="zypper install -y $packages" ;;
	*)
		echo "error: these packages are missing (Debian's names):" \
			"$packages" >&2
		exit 1
		;;
	esac
	if [ "${1:-}" = --missing ] || [ "$manager" != apt ] || [ "$(id -u)" != 0 ]; then
		sudo="sudo "
		[ "$(id -u)" != 0 ] || sudo=
		command=$install
		if [ "$manager" = apt ]; then
			command="sh -c 'apt-get update && $install'"
		fi
		echo "error: packages are missing; install them with:" >&2
		echo "$sudo$command" >&2
		exit 1
	fi
	echo "installing missing packages: $packages" >&2
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	log=$(mktemp)
	if ! $install >"$log" 2>&1 &&
		! { apt-get update && $install; } >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "error: this failed: apt-get update && $install" >&2
		exit 1
	fi
	rm -f "$log"
	packages=$(missing apt "${1:-}" | tr '\n' ' ')
	if [ -n "$packages" ]; then
		echo "error: still missing after the installation of:" \
			"$packages" >&2
		exit 1
	fi
fi
