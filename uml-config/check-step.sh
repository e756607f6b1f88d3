#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check-step.sh VARIANT SERIES BEFORE DIR [PATCH PREVIOUS]: prepares and builds
# the kernel with SERIES, and looks at what its last patch, PATCH, brings that
# was not there with the series BEFORE: warnings of the build and of W=1, sparse
# and kernel-doc; and what checkpatch.pl says of it. Without PATCH, it only
# builds.
#
# Status: 0 there is a kernel, whatever else is wrong. In DIR:
#	kernel, gives	it, and its capabilities
#	reasons		what is wrong: a line, then details that begin with a tab
#	times		"build SECONDS static SECONDS"
#	log		what all tools said
#	alive		all warnings of the build of this very state
#	except		(given) TYPEs of checkpatch.pl that are no reason
# PREVIOUS is the DIR of BEFORE.
. "$(dirname "$0")/lib.sh"
. "$CONFIG_DIR/findings.sh"

variant=$1 series=$2 before=$3 dir=$4 patch=${5:-} previous=${6:-}
jobs=${J:-$(getconf _NPROCESSORS_ONLN)}
work=$dir/work
rm -rf "$work" "$dir/kernel" "$dir/gives" "$dir/alive"
mkdir -p "$work"
exec 3>&1 >"$dir/log" 2>&1
: >"$dir/reasons"
static=0

now()
{
	date +%s
}

# reason TEXT [FILE]: it is wrong, and FILE has the details.
reason()
{
	echo "$1" | tee -a "$dir/reasons"
	[ -z "${2:-}" ] || head -n 20 "$2" | sed 's/^/	/' >>"$dir/reasons"
}

title()
{
	echo "== $*"
}

prepare()
{
	SERIES=$1 "$CONFIG_DIR/prepare.sh"
}

#
# What needs no compiler
#

# Perl's: no settings of the user's, no commits that another repository has.
checkpatch()
{
	title "checkpatch.pl --strict"
	status=0
	(cd "$tree" && HOME=/nonexistent GIT_DIR=/nonexistent \
		scripts/checkpatch.pl --strict --show-types --terse \
		--color=never "$patch") >"$work/checkpatch" 2>&1 || status=$?
	cat "$work/checkpatch"
	sed -n 's/^.*:[0-9]*: \(ERROR\|WARNING\|CHECK\):\([A-Z0-9_]*\): .*/\2/p' \
		"$work/checkpatch" | sort -u >"$work/types"
	touch "$dir/except"
	sort -u "$dir/except" >"$work/except"
	comm -13 "$work/except" "$work/types" >"$work/bad-types"
	if [ -s "$work/bad-types" ]; then
		sed 's/.*/:&: /' "$work/bad-types" | grep -F -f - \
			"$work/checkpatch" | sed "s,^$patch:,," \
			>"$work/bad"
		reason "checkpatch.pl --strict is not clean" "$work/bad"
	elif [ $status != 0 ] && [ ! -s "$work/types" ]; then
		reason "checkpatch.pl failed" "$work/checkpatch"
	fi
	comm -23 "$work/except" "$work/types" >"$work/unneeded"
	[ ! -s "$work/unneeded" ] ||
		reason "the index has exceptions that this patch does not need" \
			"$work/unneeded"
}

# kernel_doc DIR: of the touched files in there.
kernel_doc()
{
	(cd "$1" && while read -r file; do
		[ ! -f "$file" ] ||
			"$tree/scripts/kernel-doc" -none "$file" 2>&1 || :
	done) <"$work/documented" | sed 's/^\([^ :]*\):[0-9]*: /\1: /' |
		grep -v '^[^ ]*$\|^ ' | sort
}

check_kernel_doc()
{
	title "kernel-doc"
	grep '\.[ch]$' "$work/touched" >"$work/documented" || :
	kernel_doc "$tree" >"$work/doc"
	cat "$work/doc"
	[ -s "$work/doc" ] || return 0
	mkdir "$work/before"
	while read -r file; do
		mkdir -p "$work/before/$(dirname "$file")"
		git -C "$tree" cat-file blob "HEAD~1:$file" \
			>"$work/before/$file" 2>/dev/null ||
			rm -f "$work/before/$file"
	done <"$work/documented"
	kernel_doc "$work/before" >"$work/doc.before"
	fresh "$work/doc.before" "$work/doc" >"$work/doc.new"
	[ ! -s "$work/doc.new" ] ||
		reason "new warnings of kernel-doc" "$work/doc.new"
}

#
# The compiler's warnings
#

# The touched C files that have been compiled, and that the patch leaves there.
compiled()
{
	while read -r file; do
		case $file in
		*.c)
			[ ! -f "$tree/$file" ] || [ ! -f "$out/${file%.c}.o" ] ||
				echo "$file"
			;;
		esac
	done <"$work/touched"
}

# Those of the C files that were compiled before. What is found with the patch
# counts only if it was not there without it; most often nothing is found, and
# nobody has to look.
check_touched()
{
	title "W=1 and sparse"
	compiled >"$work/compiled"
	w1 "$work/compiled" >"$work/found"
	[ -s "$work/found" ] || return 0
	cut -d: -f1 "$work/found" | sort -u >"$work/where"
	# (A warning may be about a header.)
	grep -xF -f "$work/where" "$work/compiled" >"$work/again" || :
	grep -vxF -f "$work/compiled" "$work/where" >"$work/elsewhere" || :
	[ ! -s "$work/elsewhere" ] || cp "$work/compiled" "$work/again"
	title "the same without the patch"
	prepare "$before" >/dev/null
	while read -r file; do
		[ ! -f "$tree/$file" ] || echo "$file"
	done <"$work/again" >"$work/again.there"
	w1 "$work/again.there" >"$work/found.before"
	prepare "$series" >/dev/null
	fresh "$work/found.before" "$work/found" >"$work/found.new"
	[ ! -s "$work/found.new" ] ||
		reason "new warnings of W=1 or sparse" "$work/found.new"
}

# C files that are compiled with this patch for the first time.
check_new()
{
	title "W=1 and sparse on new files"
	compiled | grep -vxF -f "$work/compiled" >"$work/compiled.new" || :
	w1 "$work/compiled.new" >"$work/found"
	[ ! -s "$work/found" ] ||
		reason "warnings of W=1 or sparse in new files" "$work/found"
}

w1()
{
	"$CONFIG_DIR/static.sh" "$tree" "$BUILD/w1/$(basename "$out")" \
		"$variant" "$jobs" "$1"
}

# The build, and $dir/alive: the warnings of all objects as they are now, those
# that this build did not have to make included. A build that was cut short has
# said things that nobody noted: then from nothing.
build()
{
	title "build"
	[ ! -e "$out/alive.unknown" ] || rm -rf "$out"
	mkdir -p "$out"
	: >>"$out/alive"
	: >"$out/alive.unknown"
	rm -f "$out/build.log"
	status=0
	SERIES=$series "$CONFIG_DIR/build.sh" "$variant" "$dir/kernel" \
		2>"$work/build" >/dev/null || status=$?
	cat "$work/build"
	[ ! -f "$out/build.log" ] || cat "$out/build.log" >>"$work/build"
	sed -n 's/^  CC  *\(.*\)\.o$/\1.c/p' "$work/build" >"$work/made"
	printf '%s\n' ld modpost >>"$work/made"
	{
		awk -F: 'NR == FNR { made[$0]; next } !($1 in made)' \
			"$work/made" "$out/alive"
		findings "$tree" <"$work/build" | grep ': warning: ' || :
	} | sort >"$work/alive"
	mv "$work/alive" "$out/alive"
	rm -f "$out/alive.unknown"
	cp "$out/alive" "$dir/alive"
	if [ $status != 0 ]; then
		grep ': error: \|: undefined reference' "$work/build" |
			sed "s,^[^ ]*/$(basename "$tree")/,," >"$work/errors"
		[ -s "$work/errors" ] ||
			tail -n 20 "$work/build" >"$work/errors"
		reason "the kernel does not build" "$work/errors"
		return 1
	fi
	cp "$out/gives" "$dir/gives"
}

check_build_warnings()
{
	[ -f "$previous/alive" ] || : >"$previous/alive"
	fresh "$previous/alive" "$dir/alive" >"$work/alive.new"
	[ ! -s "$work/alive.new" ] ||
		reason "new warnings of the build" "$work/alive.new"
}

lock "$BUILD/kernel.lock"
begun=$(now)
title "prepare"
if ! tree=$(prepare "$series"); then
	grep -v '^kernel: \|^== ' "$dir/log" >"$work/said" || :
	reason "the kernel cannot be prepared" "$work/said"
	exit 1
fi
out=$(out_dir "$variant" "$tree")
if [ -n "$patch" ]; then
	git -C "$tree" diff --name-only HEAD~1 HEAD >"$work/touched"
	began_static=$(now)
	checkpatch
	check_kernel_doc
	check_touched
	static=$(($(now) - began_static))
fi
status=0
build || status=$?
if [ -n "$patch" ] && [ $status = 0 ]; then
	check_build_warnings
	began_static=$(now)
	check_new
	static=$((static + $(now) - began_static))
fi
echo "build $(($(now) - begun - static)) static $static" >"$dir/times"
rm -rf "$work"
exit $status
