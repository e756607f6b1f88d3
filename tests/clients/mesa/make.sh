#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make.sh DIR: Mesa's drivers of panfrost, lima, v3d and virgl, and gl-client, which uses
# them, for the clients' root DIR/root (/opt/mesa). They are built from Debian's source of
# Mesa in a root of their own, DIR/mesa/root. Does nothing if they are there.
#
# Where they cannot be built, a line says so, and the clients that need them are skipped.
. "${0%/*}/../../../uml-config/lib.sh"
here=$ROOT/tests/clients/mesa
set +e
PATH=$PATH:/usr/sbin:/sbin
cd "$1" || exit 2
dir=$PWD/mesa
root=$dir/root
to=$PWD/root/opt/mesa
log=$dir/build.log

# unable WHY: the clients do without them.
unable()
{
	echo "clients: Mesa's drivers of all GPUs are not there, and their clients are" \
		"skipped: $1" >&2
	exit 0
}

# inside COMMAND...: runs it in the root, in namespaces of its own.
inside()
{
	ids=
	[ "$(id -u)" = 0 ] || ids="--user --map-root-user"
	# shellcheck disable=SC2016,SC2086
	unshare $ids --mount --pid --fork --kill-child sh -c '
		mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" &&
		exec chroot "$0" /usr/bin/env -i PATH=/usr/bin LC_ALL=C.UTF-8 CC=gcc CXX=g++ "$@"' \
		"$root" "$@"
}

build_mesa()
{
	source=$(sed -n 's|^file .*/\([^ ]*\) .*|\1|p' "$here/packages")
	options=$(grep -v '^#' "$here/options")
	# shellcheck disable=SC2086
	rm -rf "$root/work" "$root/opt" && mkdir "$root/work" "$root/opt" &&
		tar -xf "$dir/$source" -C "$root/work" --strip-components=1 &&
		inside meson setup /work/build /work $options &&
		inside ninja -C /work/build -j "${J:-$(nproc)}" install &&
		rm -rf "$root/work"
}

# (An old RPATH is for Mesa's libraries, too, when they load others of it.)
build_client()
{
	mkdir -p "$root/tmp" "$root/opt/mesa/bin" && cp "$here/gl-client.c" "$root/tmp" &&
		inside gcc -O2 -Wall -Wextra -Werror -I/opt/mesa/include \
			-I/usr/include/libdrm /tmp/gl-client.c \
			-o /opt/mesa/bin/gl-client -L/opt/mesa/lib \
			-Wl,--disable-new-dtags,-rpath,/opt/mesa/lib -lEGL -lGLESv2 -lgbm -ldrm
}

# is FILE TEXT: does the file say that?
is()
{
	[ "$(cat "$1" 2>/dev/null)" = "$2" ]
}

mkdir -p "$dir"
exec 9>"$dir.lock" && flock 9 || exit 1
mesa=$(grep -hv "^#" "$here/packages" "$here/options" | sha256sum)
client=$(sha256sum <"$here/gl-client.c")
is "$to/made" "$mesa $client" && exit 0
rm -rf "$to"
[ -d "$root" ] || echo "clients: getting the source of Mesa, and what builds it" >&2
"$BUILD/tests/fetch" "$dir" "$here/packages" 2>"$dir/fetch.log" || {
	[ $? -lt 128 ] || exit 1
	unable "$(tail -n 1 "$dir/fetch.log")"
}
grep "moved on" "$dir/fetch.log" >&2
if ! is "$root/opt/mesa/made" "$mesa"; then
	inside /usr/bin/true 2>"$log" ||
		unable "no namespaces for the root in which they are built: $(tail -n 1 "$log")"
	echo "clients: building Mesa's drivers, once (minutes; log: $log)" >&2
	build_mesa >"$log" 2>&1 || unable "they do not build (log: $log)"
	echo "$mesa" >"$root/opt/mesa/made"
fi
build_client >"$log" 2>&1 || unable "gl-client does not build (log: $log)"
mkdir -p "${to%/*}" && cp -a "$root/opt/mesa" "$to" &&
	echo "$mesa $client" >"$to/made" || exit 1
