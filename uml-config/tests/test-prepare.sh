#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What prepare.sh makes of a source and a series.
. "$(dirname "$0")/lib.sh"

prepare()
{
	run env "$@" "$CONFIG_DIR/prepare.sh"
}

tree()
{
	cat "$TMP/stdout"
}

# All that a user can see of a tree, names, contents and times of files and
# directories, those of last access included.
state()
{
	find "$1" -printf '%p %y %s %T@ %C@ %A@ %m %i\n' | sort
}

# edited FILE OLD NEW PATCH SUBJECT: a patch against the fake kernel.
edited()
{
	rm -rf "$TMP/a" "$TMP/b"
	mkdir -p "$TMP/a/$(dirname "$1")" "$TMP/b/$(dirname "$1")"
	cp "$TMP/user/$1" "$TMP/a/$1"
	sed "s/^$2\$/$3/" "$TMP/user/$1" >"$TMP/b/$1"
	{
		echo "From 0123456789012345678901234567890123456789 Mon Sep 17"
		echo "From: Some Body <some@body.example>"
		echo "Date: Fri, 6 Jun 2025 12:00:00 +0200"
		echo "Subject: [PATCH 1/2] $5"
		printf '\nWhy.\n---\n'
		(cd "$TMP" && diff -u "a/$1" "b/$1")
		printf -- '-- \n2.39.0\n\n'
	} | sed 's/^From 0123.*/& 00:00:00 2001/' >"$4"
}

fake_kernel "$TMP/user"
(cd "$TMP/user" && git init -q && git add -f . && git -c user.name=a \
	-c user.email=a@b commit -qm a && touch Kbuild)
: >"$TMP/user/lib/lib.o"
: >"$TMP/user/lib/generated.h"
mkdir -p "$TMP/series"
edited drivers/gpu/drm/drm_gem.c 20 twenty "$TMP/series/0001-a.patch" "gem: A"
edited drivers/net/net.c 'int net;' 'int more;' \
	"$TMP/series/0002-b.patch" "net: B"
# Twice: to look into a directory may change when it was last looked into.
state "$TMP/user" >"$TMP/before"
state "$TMP/user" >"$TMP/before"

untouched()
{
	state "$TMP/user" >"$TMP/after"
	diff "$TMP/before" "$TMP/after"
}

ok "a directory is prepared" prepare KERNEL="$TMP/user" SERIES=none
tree=$(tree)
ok "the user's tree stays as it was" untouched
ok "code that UML cannot use is left out" test ! -e "$tree/arch/arm/mm/fault.c"
ok "makefiles and Kconfig files are kept" test -e "$tree/drivers/net/Kconfig"
ok "objects and generated files are left out" \
	test ! -e "$tree/lib/lib.o" -a ! -e "$tree/lib/generated.h"
ok "the stub devices are hooked in" \
	grep -q shrinkbench "$tree/arch/um/drivers/Makefile"
ok "nothing to do the second time" prepare KERNEL="$TMP/user" SERIES=none
ok "and it says nothing" test ! -s "$TMP/stderr"

stamp=$tree/lib/lib.c
touch -d '2001-01-01' "$stamp" "$tree/drivers/gpu/drm/drm_gem.c"
ok "a series is applied" prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "a patch reaches the files" grep -qx twenty "$tree/drivers/gpu/drm/drm_gem.c"
ok "also those that were trimmed away" grep -q more "$tree/drivers/net/net.c"
ok "files that it does not change keep their time" \
	test "$(stat -c %Y "$stamp")" = "$(date -d 2001-01-01 +%s)"
ok "one commit per patch" \
	test "$(git -C "$tree" log --format=%s | tr '\n' ',')" = \
	"net: B,gem: A,um: hook in the stub devices,user, the parts that the series is about,"
ok "with the patch's author" test "$(git -C "$tree" log -1 --format='%an %ae')" = \
	"Some Body some@body.example"
head=$(git -C "$tree" rev-parse HEAD)
ok "the user's tree still stays as it was" untouched

echo "0002 gives net" >"$TMP/series/index"
ok "an index gives capabilities" prepare KERNEL="$TMP/user" \
	SERIES="$TMP/series"
ok "which are noted" grep -qx net "$tree/.git/shrinkbench/gives"
echo "0003 last" >"$TMP/series/index"
bad "an index that is wrong is an error" "slot 0003" prepare KERNEL="$TMP/user" SERIES="$TMP/series"
rm "$TMP/series/index"
ok "without an index there are none" prepare KERNEL="$TMP/user" \
	SERIES="$TMP/series"
ok "any more" sh -c "! grep . $tree/.git/shrinkbench/gives"

cat "$TMP/series"/*.patch >"$TMP/series.mbox"
ok "an mbox does as well" prepare KERNEL="$TMP/user" SERIES="$TMP/series.mbox"
ok "and gives the same commits" \
	test "$(git -C "$tree" rev-parse HEAD)" = "$head"
ok "SERIES=none takes it back" prepare KERNEL="$TMP/user" SERIES=none
ok "in the files, too" grep -qx 20 "$tree/drivers/gpu/drm/drm_gem.c"

echo 'int x;' >>"$TMP/user/lib/lib.c"
sed -i 's/^40$/forty/' "$TMP/user/drivers/gpu/drm/drm_gem.c"
rm "$TMP/user/include/drm/drm_gem.h"
mkdir -p "$TMP/user/drivers/gpu/drm/tests"
echo "dev->dma_parms = 1;" >"$TMP/user/drivers/gpu/drm/tests/drm_gem_shmem_test.c"
printf 'void drm_gem_shmem_%s_locked(void);\n' purge pin \
	>"$TMP/user/include/drm/drm_gem_shmem_helper.h"
ok "the user's edits are followed" prepare KERNEL="$TMP/user" \
	SERIES="$TMP/series"
ok "in a file outside the series" grep -q 'int x' "$tree/lib/lib.c"
ok "in a file of the series" \
	sh -c "grep -qx forty $tree/drivers/gpu/drm/drm_gem.c &&
		grep -qx twenty $tree/drivers/gpu/drm/drm_gem.c"
ok "what the source tells of its capabilities is noted" \
	grep -qx kunit-shmem-locked "$tree/.git/shrinkbench/gives"
ok "a file that is gone is gone" test ! -e "$tree/include/drm/drm_gem.h"

sed -i 's/^20$/20 of another kernel/' "$TMP/user/drivers/gpu/drm/drm_gem.c"
ok "a patch that does not apply is an error" \
	fails prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "that names the patch" said 0001-a.patch
ok "and the file" said drivers/gpu/drm/drm_gem.c:17
ok "and shows the hunk" said '| -20'
bad "in an mbox by its subject" "gem: A" prepare KERNEL="$TMP/user" SERIES="$TMP/series.mbox"
ok "afterwards the tree can be used" prepare KERNEL="$TMP/user" SERIES=none

echo edited >>"$tree/drivers/gpu/drm/drm_gem.c"
sed -i 's/^20 of.*/20/' "$TMP/user/drivers/gpu/drm/drm_gem.c"
ok "edits in the private copy are not overwritten" \
	fails prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "and are named" said drivers/gpu/drm/drm_gem.c
git -C "$tree" reset -q --hard

gem=$tree/drivers/gpu/drm/drm_gem.c
prepare KERNEL="$TMP/user" SERIES="$TMP/series"
cp "$gem" "$TMP/with-series.c"
prepare KERNEL="$TMP/user" SERIES=none
cp "$TMP/with-series.c" "$gem"
: >"$tree/.git/index.lock"
: >"$tree/.git/refs/heads/master.lock"
ok "what a command left there that was cut short is replaced" \
	prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "and gone" cmp "$gem" "$TMP/with-series.c"
cp "$TMP/user/drivers/gpu/drm/drm_gem.c" "$gem"
sed -i "1s/.*/one/" "$TMP/user/drivers/gpu/drm/drm_gem.c"
ok "the same after an edit in the source" \
	prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "which is followed" grep -qx one "$gem"
echo "config MORE" >>"$TMP/user/drivers/net/Kconfig"
rm -rf "$SB_BUILD/src"
prepare KERNEL="$TMP/user" SERIES=none
sed -i "2s/.*/two/" "$TMP/user/drivers/gpu/drm/drm_gem.c"
ok "an edit at the moment when a series wants more of the source" \
	prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "is followed" grep -qx two "$gem"

ok "a checkout of an older commit is noticed" sh -c "
	KERNEL=$TMP/user SERIES=$TMP/series $CONFIG_DIR/prepare.sh &&
	git -C $tree checkout -q HEAD~1 &&
	KERNEL=$TMP/user SERIES=$TMP/series $CONFIG_DIR/prepare.sh &&
	grep -q more $tree/drivers/net/net.c"

bad "a SERIES that does not exist is an error" "SERIES=$TMP/nowhere" \
	prepare KERNEL="$TMP/user" SERIES="$TMP/nowhere"
bad "so is a KERNEL that does not exist" "KERNEL=$TMP/nowhere" prepare KERNEL="$TMP/nowhere"
ok "and one that is no kernel" fails prepare KERNEL="$TMP/series"

rm -rf "$TMP/user/.git"
tar -C "$TMP" -cJf "$TMP/k.tar.xz" user
ok "a tarball is prepared" prepare KERNEL="$TMP/k.tar.xz" SERIES="$TMP/series"
tree=$(tree)
ok "with the series" grep -q more "$tree/drivers/net/net.c"
ok "trimmed" test ! -e "$tree/arch/arm/mm/fault.c"
head -c 600 "$TMP/k.tar.xz" >"$TMP/cut.tar.xz"
ok "a corrupt tarball is an error" \
	fails prepare KERNEL="$TMP/cut.tar.xz" SERIES=none
ok "and named" said cut.tar.xz
ok "the user's file is kept" test -e "$TMP/cut.tar.xz"
ok "nothing half extracted is left" \
	test -z "$(find "$SB_BUILD/src" -maxdepth 1 -name 'cut*.new*')"

# Killed at any moment, the next run makes up for it.
cut_short()
{
	rm -rf "$SB_BUILD/src"
	for delay in 0.02 0.05 0.1 0.15 0.2 0.25 0.3; do
		KERNEL=$TMP/k.tar.xz SERIES=$TMP/series \
			timeout -s KILL "$delay" "$CONFIG_DIR/prepare.sh"
	done
	prepare KERNEL="$TMP/k.tar.xz" SERIES="$TMP/series" || return 1
	grep -q more "$(tree)/drivers/net/net.c" &&
		test -z "$(git -C "$(tree)" status --porcelain)"
}
ok "a run that was killed is made up for" cut_short

# Fixes of the base come with a series, and before it.
mkdir -p "$TMP/with/fixes"
cp "$TMP/series"/*.patch "$TMP/with"
edited drivers/gpu/drm/drm_gem.c 30 thirty "$TMP/with/fixes/0001-fix.patch" "gem: Fix"
subjects()
{
	git -C "$(tree)" log --format=%s | head -n 4 | paste -s -d / -
}
ok "a series with fixes is prepared" prepare KERNEL="$TMP/user" SERIES="$TMP/with"
ok "the fixes come first" test "$(subjects)" = \
	"net: B/gem: A/gem: Fix/um: hook in the stub devices"
ok "and are no slots of it" test "$(paste -s -d ' ' "$(tree)/.git/shrinkbench/slots")" = "0001 0002"
ok "another series has none" prepare KERNEL="$TMP/user" SERIES="$TMP/series"
ok "of them" grep -qx 30 "$(tree)/drivers/gpu/drm/drm_gem.c"
mkdir "$TMP/only"
cp -R "$TMP/with/fixes" "$TMP/only"
ok "fixes may be all there is" prepare KERNEL="$TMP/user" SERIES="$TMP/only"
ok "and are applied" grep -qx thirty "$(tree)/drivers/gpu/drm/drm_gem.c"
rm -r "$TMP/only/fixes"
ln -s ../nowhere "$TMP/only/fixes"
bad "fixes that are not there are an error" "$TMP/only/fixes leads nowhere" \
	prepare KERNEL="$TMP/user" SERIES="$TMP/only"

# Too old.
mkdir "$TMP/old"
cp -R "$TMP/user/." "$TMP/old"
echo 'int drm_gem_shmem_pin(void);' >"$TMP/old/include/drm/drm_gem_shmem_helper.h"
ok "a kernel that is too old is refused" fails prepare KERNEL="$TMP/old" SERIES=none
ok "in a line" said "error: old is too old: there is no drm_gem_shmem_pin_locked()"

at_once()
{
	rm -rf "$SB_BUILD/src"
	for series in none "$TMP/series" none "$TMP/series"; do
		KERNEL=$TMP/k.tar.xz SERIES=$series \
			"$CONFIG_DIR/prepare.sh" >"$TMP/at-once" &
		pids="${pids:-} $!"
	done
	for pid in $pids; do
		wait "$pid" || bad=1
	done
	test -z "${bad:-}"
}
ok "several at once wait for each other" at_once
end
