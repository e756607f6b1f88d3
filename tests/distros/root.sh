#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# root.sh DIR SUITE MIRROR SECONDS: called by run.sh in namespaces. Makes a root in
# DIR/root, installs there what make asks for, and runs the two commands as an ordinary
# user. Exit status 77: this distribution could not be had.
set -eu
dir=$1 suite=$2 mirror=$3 seconds=$4
root=$dir/root
home=/home/user
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND

as_root()
{
	timeout -k 10 "$seconds" chroot "$root" sh -c "$1"
}

as_user()
{
	timeout -k 10 "$seconds" chroot --userspec=user:user "$root" env -i \
		HOME=$home PATH=/usr/bin:/bin sh -c "cd && $1"
}

devices()
{
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	for node in null zero full random urandom tty; do
		: >"$root/dev/$node"
		mount --bind /dev/$node "$root/dev/$node"
	done
	# Open to everybody, as udev has it; the machine's own where mknod is not allowed.
	if ! mknod -m 666 "$root/dev/fuse" c 10 229 2>/dev/null; then
		: >"$root/dev/fuse"
		mount --bind /dev/fuse "$root/dev/fuse"
	fi
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s fd/0 "$root/dev/stdin"
	ln -s fd/1 "$root/dev/stdout"
	ln -s fd/2 "$root/dev/stderr"
	ln -s pts/ptmx "$root/dev/ptmx"
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
}

# Does what make says, as a user would, until it is content.
install_deps()
{
	for _ in 1 2 3 4; do
		! as_user 'cd shrinkbench && make deps >deps.log 2>&1' || return 0
		cat "$root$home/shrinkbench/deps.log"
		line=$(sed -n 's/^sudo //p; s/.*as root: \([^;(]*[^;( ]\).*/\1/p' \
			"$root$home/shrinkbench/deps.log" | head -n 1)
		[ -n "$line" ] || break
		echo "+ $line"
		as_root "$line"
	done
	return 1
}

# Whoever removes the root waits for the last process in it.
exec 8>"$dir/lock"
flock 8
mount --make-rprivate /
timeout -k 10 "$seconds" mmdebstrap --mode=root --variant=minbase \
	--aptopt="${dir%/*}/apt.conf" "$suite" "$root" "$mirror" || exit 77
mount -t proc proc "$root/proc"
devices
cp /etc/resolv.conf "$root/etc/resolv.conf"
as_root 'apt-get update && apt-get install -y --no-install-recommends make git &&
	useradd --create-home user'
cp "${dir%/*}/tree.bundle" "$root/tree.bundle"
as_user 'git clone -q /tree.bundle shrinkbench'
install_deps
as_user 'mkdir -p shrinkbench/build .cache/ccache'
cp -r "${dir%/*/*}/download" "$root$home/shrinkbench/build/download"
mount --bind "$dir/ccache" "$root$home/.cache/ccache"
as_root "chown -R user:user $home"
as_user "cd shrinkbench && tests/parts.sh 'make check' 'make coverage'"
