#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-relink.sh [VARIANT]: relink.sh beside kbuild on a real kernel, which is
# built first; minutes. It edits kernel trees in a workspace of its own, build/relink.
real_build=${SB_BUILD:-$(cd "$(dirname "$0")/../.." && pwd -P)/build}
. "$(dirname "$0")/lib.sh"
SB_BUILD=$real_build/relink
mkdir -p "$SB_BUILD" "$real_build/download"
ln -sfn "$real_build/download" "$SB_BUILD/download"
# Edits that a run left behind which was cut short.
for tree in "$SB_BUILD"/src/*/.git; do
	[ ! -d "$tree" ] || git -C "${tree%/.git}" reset -q --hard
done
variant=${1:-fast}
jobs=$(getconf _NPROCESSORS_ONLN)

SERIES=none
export SERIES
linux=$("$CONFIG_DIR/build.sh" "$variant") || exit 1
out=$(dirname "$linux")
tree=$("$CONFIG_DIR/prepare.sh") || exit 1
helper=$tree/drivers/gpu/drm/drm_gem_shmem_helper.c
header=$tree/include/drm/drm_gem_shmem_helper.h
makefile=$tree/drivers/gpu/drm/Makefile
trap 'git -C "$tree" reset -q --hard; rm -rf "$TMP"' EXIT

relink()
{
	run "$CONFIG_DIR/relink.sh" "$tree" "$out" "$jobs"
}

# Status 2: that is for kbuild.
declines()
{
	relink
	[ $? = 2 ]
}

# build.sh itself, with relink.sh taken from it.
kbuild()
{
	rm -f "$out/relink/key"
	run "$CONFIG_DIR/build.sh" "$variant" || return 1
	sed -n 's/^  CC  *//p' "$out/build.log" | sort >"$TMP/kbuild"
}

again()
{
	run "$CONFIG_DIR/build.sh" "$variant"
}

has()
{
	nm "$out/vmlinux" | grep -q " $1\$"
}

sum()
{
	sha256sum <"$out/linux"
}

ok "nothing to do" relink
ok "nothing is done" test -z "$(grep . "$TMP/output")"

echo 'int sb_probe_one; EXPORT_SYMBOL(sb_probe_one);' >>"$helper"
ok "a C file was edited" relink
ok "it is in the kernel" has sb_probe_one
ok "one object was compiled" test "$(grep -c '^  CC' "$TMP/output")" = 1
before=$(sum)
rm -f "$out/vmlinux"
ok "kbuild links it again" kbuild
ok "which gives the same bytes" test "$(sum)" = "$before"

echo 'extern int sb_probe_one;' >>"$header"
ok "a header was edited" relink
sed -n 's/^  CC //p' "$TMP/output" | sort >"$TMP/relinked"
touch "$header"
ok "kbuild, after the same edit" kbuild
grep -v 'init/version' "$TMP/kbuild" >"$TMP/expected"
ok "compiles the same objects" diff "$TMP/expected" "$TMP/relinked"
ok "which are several" test "$(wc -l <"$TMP/relinked")" -gt 5

cp -p "$helper" "$TMP/old.c"
touch -d 2001-01-01 "$TMP/old.c"
echo 'int sb_probe_two; EXPORT_SYMBOL(sb_probe_two);' >>"$helper"
ok "one more edit" relink
ok "is in the kernel" has sb_probe_two
cp -p "$TMP/old.c" "$helper.new"
mv "$helper.new" "$helper"
ok "the old file comes back, with its old time" relink
ok "and the kernel with it" sh -c "! nm $out/vmlinux | grep sb_probe_two"

echo 'int sb_probe_three = error;' >>"$helper"
relink
status=$?
ok "an error of the compiler" test "$status" != 0 -a "$status" != 2
ok "is shown" said drm_gem_shmem_helper.c
ok "and is not forgotten" fails relink
sed -i 's/^int sb_probe_three.*/int sb_probe_three;/' "$helper"
ok "until it is fixed" relink
ok "then the kernel has it" has sb_probe_three

echo 'extern int sb_nowhere; int *sb_probe_four = &sb_nowhere;' >>"$helper"
relink
status=$?
ok "an error of the linker" test "$status" != 0 -a "$status" != 2
ok "is shown, too" said "undefined reference"
ok "and is not forgotten, either" fails relink
ok "nor for build.sh" fails again
sed -i 's/^extern int sb_nowhere;/static int sb_nowhere;/' "$helper"
ok "until that is fixed" relink
ok "then the kernel has it, too" has sb_probe_four

touch "$makefile"
ok "a makefile is for kbuild" declines
ok "which does it" again
ok "nothing to do after that" relink
touch "$tree/drivers/gpu/drm/Kconfig"
ok "so is Kconfig" declines
ok "which does it" again
echo 'int sb_probe_five; EXPORT_SYMBOL(sb_probe_five);' >>"$helper"
ok "one more edit after that" relink
before=$(sum)
rm -f "$out/vmlinux"
ok "kbuild links it again" kbuild
ok "which gives the same bytes, too" test "$(sum)" = "$before"
touch "$tree/kernel/bounds.c"
ok "so is what headers are generated from" declines
ok "which does it" again
touch "$tree/scripts/mod/modpost.c"
ok "so is a host program" declines
ok "which does it" again
mv "$header" "$header.away"
ok "so is a header that is gone" declines
mv "$header.away" "$header"
ok "which does it" again

mkdir -p "$TMP/patches"
git -C "$tree" diff >"$TMP/patches/0001-all.patch"
git -C "$tree" reset -q --hard
ok "the edits as a series" env SERIES="$TMP/patches" \
	"$CONFIG_DIR/build.sh" "$variant"
ok "are in the kernel" has sb_probe_three
ok "and with SERIES=none" again
ok "they are not" sh -c "! nm $out/vmlinux | grep sb_probe_three"
end
