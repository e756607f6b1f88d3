#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs are built again when what they are built with changes, and with the
# drm/ headers of the kernel under test.
. "$(dirname "$0")/lib.sh"

# uapi DIR NUMBER: the headers of a kernel whose MADVISE is NUMBER.
uapi()
{
	mkdir -p "$TMP/$1/drm"
	echo "#define MADVISE \"madvise $2\"" >"$TMP/$1/drm/drm.h"
}

uapi old 0x0c
uapi new 0x0d
uapi host 0x0e
mkdir -p "$TMP/tests/guest/area" "$TMP/shim"
cp "$ROOT/build.mk" "$TMP/"
cp "$ROOT/tests/Makefile" "$TMP/tests/"
cp "$ROOT/shim/Makefile" "$TMP/shim/"
cat >"$TMP/tests/guest/area/file.c" <<'EOF'
#include <drm/drm.h>
#include <linux/virtio_gpu.h>
extern const char text[];
const char text[] = MADVISE;
EOF
echo 'int shim;' >"$TMP/shim/file.c"

# compile FOLDER OBJECT [VARIABLE=VALUE]...
compile()
{
	folder=$1 object=$TMP/build/$1/$2
	shift 2
	run make -C "$TMP/$folder" BUILD="$TMP/build" "$@" "$object"
}

guest()
{
	compile tests obj/guest/area/file.o "$@"
}

shim()
{
	compile shim opt/file.o "$@"
}

state()
{
	stat -c '%i %z' "$object"
}

# again COMMAND..., kept COMMAND...: compiles $object, or finds nothing to do.
again()
{
	before=$(state)
	"$@" && [ "$(state)" != "$before" ]
}

kept()
{
	before=$(state)
	"$@" && [ "$(state)" = "$before" ]
}

has()
{
	grep -q "madvise $1" "$object"
}

guest UAPI="$TMP/old"
ok "the guest's programs have the kernel's drm headers" has 0x0c
ok "they are kept" kept guest UAPI="$TMP/old"
guest UAPI="$TMP/new"
ok "another kernel's make others" has 0x0d
ok "which are kept as well" kept guest
uapi new 0x0f
guest
ok "a changed header is seen" has 0x0f
rm -rf "$TMP/build"
export C_INCLUDE_PATH="$TMP/host"
guest UAPI="$TMP/old"
ok "the host's drm headers do not win" has 0x0c
unset C_INCLUDE_PATH
for change in CC='gcc -std=gnu11' CFLAGS=-O1 CFLAGS="-DTEXT='\"a b\"'"; do
	guest UAPI="$TMP/old"
	ok "guest: $change builds again" again guest UAPI="$TMP/old" "$change"
	ok "once" kept guest UAPI="$TMP/old" "$change"
	shim CC=gcc
	ok "shim: $change builds again" again shim CC=gcc "$change"
	ok "once" kept shim CC=gcc "$change"
done
end
