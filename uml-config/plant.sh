#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# plant.sh VARIANT LINK [PATCH [NNNN]]: builds the kernel with the whole series, or with its
# patches up to NNNN, and PATCH on top of that, as LINK (see keep.sh).
#
# plant.sh --step NNNN PATCH: makes a series in which PATCH is a part of patch NNNN,
# and taken back by the next one: the kernel with the whole series is the same.
# Prints what SERIES must say for it, a blank, and the number of the next one.
#
# plant.sh --key VARIANT: prints what the kernel without PATCH depends on, as a hash.
#
# plant.sh --uapi: prints the directory include/uapi of that kernel.
#
# plant.sh --base: prints its version as in 6.12.
#
# All of it is in build/regressions, with a copy of the kernel of its own. That copy
# stays at the last PATCH, so that the next one changes, and compiles, as few files as
# possible.
. "${0%/*}/lib.sh"
. "$CONFIG_DIR/series-index.sh"

workspace regressions

git_tree()
{
	git -C "$tree" -c core.compression=0 -c gc.auto=0 "$@"
}

# commit_of NNNN: that of the patch, in the private copy.
commit_of()
{
	awk -v slot="$1" '$1 == slot { at = NR }
		END { if (at) print "HEAD~" NR - at; exit !at }' \
		"$tree/.git/shrinkbench/slots" || die "the series has no patch $1"
}

# next_slot NNNN: the first after it that has a patch.
next_slot()
{
	next=$(awk -v slot="$1" '$1 + 0 > slot + 0 { print $1; exit }' \
		"$tree/.git/shrinkbench/slots")
	[ -n "$next" ] || die "no patch comes after $1: what would take it back?"
	echo "$next"
}

# with_patch COMMIT [PATCH]: the tree that this makes, as an object of git.
with_patch()
{
	(
		GIT_INDEX_FILE=$tree/.git/planted.index
		export GIT_INDEX_FILE
		git_tree read-tree "$1"
		if [ -n "${2:-}" ]; then
			git_tree apply --cached --whitespace=nowarn - <"$2" \
				2>"$BUILD/plant.errors" ||
				die "$(shown "$2") does not apply:" \
					"$(sed -n 's/^error: //p' "$BUILD/plant.errors" |
						head -n 1)"
		fi
		git_tree write-tree
	)
}

# copy_series: to $series, with an index that has no end. The user may edit it meanwhile.
copy_series()
{
	from=$(series_path "$tree")
	series_plan "$from" "$BUILD/series.work" >"$BUILD/plan"
	[ -s "$BUILD/plan" ] || die "there is no series to plant anything in"
	rm -rf "$series"
	mkdir -p "$series"
	give_fixes "$from" "$series"
	: >"$series/index"
	while read -r slot kind path; do
		if [ "$kind" = patch ]; then
			cp "$path" "$series/$slot-patch.patch"
		else
			echo "$slot $kind $path" >>"$series/index"
		fi
	done <"$BUILD/plan"
	rm -rf "$BUILD/series.work"
}

# follow PATCH: git follows all files that it touches, as if it were of the series.
follow()
{
	sed -n "s,^+++ b/\\([^	]*\\).*,\\1,p" "$1" | while read -r file; do
		[ ! -e "$tree/$file" ] ||
			git_tree cat-file -e "HEAD:$file" 2>/dev/null || echo "$file"
	done >"$BUILD/plant.new"
	[ -s "$BUILD/plant.new" ] || return 0
	rm -rf "$BUILD/series.with"
	cp -R "$series" "$BUILD/series.with"
	slot=$(awk 'END { printf "%04d\n", $1 + 1 }' "$BUILD/plan")
	cp "$1" "$BUILD/series.with/$slot-patch.patch"
	SERIES=$BUILD/series.with "$CONFIG_DIR/prepare.sh" >/dev/null
	"$CONFIG_DIR/prepare.sh" >/dev/null
}

# move TREE: checks out the files of this tree. Those that do not differ keep their times.
# What is there is the last bug, whatever HEAD is: prepare.sh leaves a file that a new series
# does not change as it is.
move()
{
	git_tree update-index -q --refresh >/dev/null || :
	git_tree read-tree -m -u "$(git_tree write-tree)" "$1" 2>/dev/null ||
		git_tree read-tree --reset -u "$1"
}

# make_step NNNN PATCH: the two patches, by their difference.
make_step()
{
	next=$(next_slot "$1")
	rm -rf "$series.step"
	cp -R "$series" "$series.step"
	at=$(commit_of "$1")
	after=$(commit_of "$next")
	with=$(with_patch "$at" "$2")
	for slot in "$1" "$next"; do
		sed '/^diff --git /,$d' "$series/$slot-patch.patch" \
			>"$series.step/$slot-patch.patch"
	done
	git_tree diff "$at^" "$with" >>"$series.step/$1-patch.patch"
	git_tree diff "$with" "$after" >>"$series.step/$next-patch.patch"
	echo "$series.step $next"
}

lock "$BUILD/kernel.lock"
series=$BUILD/series
case $1 in
--uapi | --key | --base)
	tree=$("$CONFIG_DIR/prepare.sh")
	copy_series
	;;
*)
	[ -f "$series/index" ] || die "say $0 --key VARIANT first"
	SERIES=$series
	export SERIES
	tree=$("$CONFIG_DIR/prepare.sh")
	;;
esac
drop_git_locks "$tree"
case $1 in
--uapi) echo "$tree/include/uapi" ;;
--base) kernel_base "$tree" ;;
--key) kernel_key "$tree" "$(git_tree rev-parse "HEAD^{tree}") $2" ;;
--step) make_step "$2" "$3" ;;
*)
	at=HEAD
	if [ -n "${3:-}" ]; then
		follow "$3"
		[ -z "${4:-}" ] || at=$(commit_of "$4")
	fi
	with=$(with_patch "$at" "${3:-}")
	move "$with"
	"$CONFIG_DIR/keep.sh" "$1" "$2"
	;;
esac
