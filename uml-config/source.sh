#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# source.sh: makes sure that the kernel's source is there, prints its path, a
# directory or a tarball.
#
# source.sh --stored: only if it need not be downloaded.
#
# KERNEL=dir|tarball	that one; it is only read
# KERNEL_URL, KERNEL_SHA256
#			a tarball to download instead of Debian's package
# KERNEL=debian:VERSION	Debian's linux-source-VERSION (see lib.sh): as the machine's apt has
#			it, else from the suites in debian.conf
# MIRROR		the mirror for these; default: that of the machine's apt
#
# A download goes to a file of another name and is renamed when it is whole
# and its checksum is right, so that one cut short is never taken for a source.
#
# Build directories share their downloads. One process at a time downloads, under
# the lock of the store. It comes after kernel.lock: who has it waits for no other.
. "${0%/*}/lib.sh"

PACKAGE=${KERNEL_PACKAGE:-linux-source-6.12}
STORE=$BUILD/download

# The answer of an earlier run: a file that names the tarball beside it.
stored()
{
	[ -f "$STORE/$1.name" ] || return 1
	tarball=$STORE/$(cat "$STORE/$1.name")
	[ -f "$tarball" ]
}

# keep TARBALL NAME KEY: whole and checked, so give it its own name.
keep()
{
	mv -f "$1" "$STORE/$2"
	echo "$2" >"$STORE/$3.name"
	tarball=$STORE/$2
}

# private_apt ARGUMENT...: the machine's sources and keys, but lists, caches
# and locks of our own: nothing of the machine's changes, root is not needed.
private_apt()
{
	apt-get -q -o Dir::State="$STORE/apt/state" \
		-o Dir::State::status="$STORE/apt/status" \
		-o Dir::Cache="$STORE/apt/cache" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
		-o Acquire::Retries=2 "$@"
}

# The package, in a directory of its own where apt continues a download that
# was cut short.
apt_download()
{
	(cd "$STORE/apt/package" && "$@" download "$PACKAGE") \
		>>"$STORE/apt/log" 2>&1
}

# debian_apt ARGUMENT...: the same for suites of Debian that the machine does not use.
debian_apt()
{
	private_apt -o Dir::Etc::SourceList="$STORE/apt/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null "$@"
}

from_debian()
{
	# shellcheck disable=SC2016
	mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
		grep -m 1 '/debian/$')} || :
	[ -n "$mirror" ] || die "apt on this machine uses no Debian mirror; name one: MIRROR=URL"
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	for suite in $debian_suites; do
		echo "deb [arch=amd64 $([ ! -f $keys ] || echo "signed-by=$keys")]" \
			"$mirror $suite main"
	done >"$STORE/apt/sources.list"
	say "looking for $PACKAGE at $mirror"
	debian_apt update >>"$STORE/apt/log" 2>&1 || :
	apt_download debian_apt && return
	others=$(apt-cache -o Dir::State="$STORE/apt/state" \
		-o Dir::Cache="$STORE/apt/cache" \
		-o Dir::Etc::SourceList="$STORE/apt/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null pkgnames linux-source- 2>/dev/null |
		sed -n 's/^linux-source-\([0-9.]*\)$/debian:\1/p' | sort -V | paste -s -d ' ' -)
	[ -n "$others" ] || return 1
	die "Debian has no $PACKAGE any more, or not yet; not used, but there:" \
		"KERNEL=$(echo "$others" | sed 's/ /, KERNEL=/g')"
}

from_apt()
{
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
		return 1
	mkdir -p "$STORE/apt/state/lists/partial" "$STORE/apt/package" \
		"$STORE/apt/cache/archives/partial"
	: >"$STORE/apt/log"
	: >"$STORE/apt/status"
	say "downloading $PACKAGE (about 150 MB)"
	if ! apt_download apt-get -q -o Dir::Cache="$STORE/apt/cache" \
		-o APT::Sandbox::User="$(id -un)"; then
		private_apt update >>"$STORE/apt/log" 2>&1 || :
		apt_download private_apt ||
			{ [ "$PACKAGE" != "$pinned_package" ] && from_debian; } || return 1
	fi
	deb=$(find "$STORE/apt/package" -name "${PACKAGE}_*.deb" | head -n 1)
	[ -n "$deb" ] || return 1
	version=$(dpkg-deb -f "$deb" Version | sed 's/[^A-Za-z0-9.+~-]/-/g')
	if ! (dpkg-deb --fsys-tarfile "$deb" &&
		: >"$STORE/apt/whole") |
		tar -xO --wildcards "./usr/src/$PACKAGE.tar.*" \
			>"$STORE/tarball.part" ||
		[ ! -e "$STORE/apt/whole" ] || [ ! -s "$STORE/tarball.part" ]
	then
		rm -rf "$STORE/apt" "$STORE/tarball.part"
		die "$(basename "$deb") is corrupt and was thrown away;" \
			"run make again to download it again"
	fi
	keep "$STORE/tarball.part" "$PACKAGE-$version.tar" "$PACKAGE"
	rm -rf "$STORE/apt"
	for with in $tested; do
		case $with in
		"$PACKAGE=${version%%-*}") ;;
		"$PACKAGE="*) say "$PACKAGE has moved on from ${with#*=}, with which this was" \
			"tested, to $version, which is used" ;;
		esac
	done
}

# fetch URL FILE: continues FILE where an earlier try stopped.
fetch()
{
	case $1 in
	file://*) cp "${1#file://}" "$2" ;;
	*)
		if command -v curl >/dev/null; then
			curl -fL --retry 2 -C - -o "$2" "$1" >&2
		elif command -v wget >/dev/null; then
			wget -c -O "$2" "$1" >&2
		else
			die "curl or wget is needed to download $1"
		fi
		;;
	esac
}

from_url()
{
	url=$1 sum=$2 name=$(basename "$1")
	[ -n "$sum" ] || die "KERNEL_URL needs KERNEL_SHA256, the checksum" \
		"of $name"
	part=$STORE/$name.part
	mkdir -p "$STORE"
	say "downloading $url"
	fetch "$url" "$part" || die "cannot download $url; say where a kernel" \
		"source is: KERNEL=directory or KERNEL=tarball"
	got=$(sha256sum <"$part" | cut -d' ' -f1)
	if [ "$got" != "$sum" ]; then
		rm -f "$part"
		die "$name is corrupt and was thrown away: its SHA-256 is" \
			"$got, not $sum; run make again to download it again"
	fi
	keep "$part" "$name" "url-$sum"
}

# in_store: is what is wanted there? Sets $tarball.
in_store()
{
	if [ -n "${KERNEL_URL:-}" ]; then
		stored "url-${KERNEL_SHA256:-}"
	elif ! stored "$PACKAGE"; then
		[ "$PACKAGE" = "$pinned_package" ] &&
			stored "url-$pinned_sha256"
	fi
}

download()
{
	if [ -n "${KERNEL_URL:-}" ]; then
		from_url "$KERNEL_URL" "${KERNEL_SHA256:-}"
	elif ! from_apt; then
		[ "$PACKAGE" = "$pinned_package" ] ||
			die "apt has no package $PACKAGE"
		say "apt could not get $PACKAGE:"
		grep "^E: " "$STORE/apt/log" 2>/dev/null | tail -n 3 >&2 || :
		from_url "$pinned_url" "$pinned_sha256"
	fi
}

# Until this process, and what downloads for it, has ended.
lock_store()
{
	mkdir -p "$STORE"
	exec 8>>"$STORE/lock"
	if ! flock -n 8; then
		say "waiting for another make to download the kernel"
		flock 8
	fi
}

if [ -n "${KERNEL:-}" ]; then
	[ -e "$KERNEL" ] || die "KERNEL=$KERNEL does not exist"
	[ -f "$KERNEL" ] || [ -f "$KERNEL/Kbuild" ] ||
		die "KERNEL=$KERNEL is neither a tarball nor a kernel tree"
	case $KERNEL in
	/*) echo "$KERNEL" ;;
	*) echo "$PWD/$KERNEL" ;;
	esac
	exit
fi

. "$CONFIG_DIR/kernel-org.conf"
. "$CONFIG_DIR/debian.conf"
if [ "${1:-}" = --stored ]; then
	in_store
	echo "$tarball"
	exit
fi
lock "$BUILD/kernel.lock"
if ! in_store; then
	lock_store
	in_store || download
fi
echo "$tarball"
