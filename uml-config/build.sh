#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh VARIANT [LINK]: builds the kernel of a variant, prints the path of
# the program. With LINK, that becomes another name of this very program, which
# no later build changes. Beside the program, "gives" has the capabilities that
# the series gives this kernel.
#
# KERNEL, SERIES, ...	see source.sh and prepare.sh
# J			jobs at a time, default: one per core
. "${0%/*}/lib.sh"

variant=$1
link=${2:-}
if [ ! -f "$CONFIG_DIR/$variant.config" ] || [ "$variant" = common ]; then
	die "there is no variant $variant, only:" "$(cd "$CONFIG_DIR" && echo *.config |
		sed 's/\.config//g; s/common //')"
fi
jobs=${J:-$(getconf _NPROCESSORS_ONLN)}

# To the end: nobody else changes the tree while it is compiled.
lock "$BUILD/kernel.lock"
tree=${SB_TREE:-$("$CONFIG_DIR/prepare.sh")}
out=$(out_dir "$variant" "$tree")
mkdir -p "$out/relink"

vars=$CONFIG_DIR/$variant.vars
[ -f "$vars" ] || vars=/dev/null
# "list NAME SCRIPT": what SCRIPT prints for this tree, by the caller's
# variables, is OUT/NAME, and part of the question that a build answers.
lists=$(sed -n 's/^list //p' "$vars")
echo "$lists" | while read -r name script; do
	[ -n "$name" ] || continue
	"$ROOT/$script" "$tree" >"$out/$name.new" || exit 1
	mv "$out/$name.new" "$out/$name"
done

kbuild_env variant link jobs tree out vars lists

# What a variant tells make, one thing a line: arguments, or "export NAME=VALUE".
# @ROOT@ and @OUT@ stand for directories. ("fragment FILE": see lib.sh.)
set --
while read -r arg; do
	arg=$(echo "$arg" | sed "s,@ROOT@,$ROOT,g; s,@OUT@,$out,g")
	case $arg in
	'' | '#'* | 'fragment '* | 'list '*) ;;
	'export '*) export "${arg#export }" ;;
	*) set -- "$@" "$arg" ;;
	esac
done <"$vars"

# What a build with the same answers can be continued from.
key=$({
	fragments "$variant" | tr '\n' '\0' | xargs -0 cat
	cat "$CONFIG_DIR/config.sh" "$CONFIG_DIR/build.sh" \
		"$CONFIG_DIR/relink.sh" "$CONFIG_DIR/nm.sh"
	echo "$lists" | while read -r name script; do
		[ -z "$name" ] || cat "$out/$name"
	done
	echo "$tree $cc $* ${MAKEFILES:-}"
	# shellcheck disable=SC2086
	cat ${MAKEFILES:-} /dev/null
	"$SB_CC" --version
	ld --version
} | hash)

# drop_cut_short OUT: what a build that was killed has left half written. kbuild notes
# how a file was made after that, so the file is older than its notes. (relink.sh
# renews no notes when it links; those files are made again, too.)
drop_cut_short()
{
	find "$1" -name '.*.cmd' -type f | while read -r notes; do
		file=${notes%/*}/${notes##*/.}
		file=${file%.cmd}
		# shellcheck disable=SC3013
		[ ! -f "$file" ] || [ ! "$file" -nt "$notes" ] || rm -f "$file"
	done
	# Of an object, the notes end with the names of all files that it was made from.
	find "$1" -name '.*.o.cmd' -type f -exec grep -l -e '-Wp,-MM*D,' {} + |
		tr '\n' '\0' | xargs -0r grep -L '^[$](deps_' |
		tr '\n' '\0' | xargs -0r rm -f
}

finish()
{
	cp "$tree/.git/shrinkbench/gives" "$out/gives"
	if [ -n "$link" ]; then
		mkdir -p "$(dirname "$link")"
		ln -f "$out/linux" "$link"
	fi
	echo "$out/linux"
	exit 0
}

if [ "$key" = "$(cat "$out/relink/key" 2>/dev/null)" ]; then
	status=0
	"$CONFIG_DIR/relink.sh" "$tree" "$out" "$jobs" || status=$?
	case $status in
	0) finish ;;
	2) ;; # that is for kbuild
	*) exit 1 ;;
	esac
fi
rm -f "$out/relink/key"
date +%s >"$out/relink/begun"
"$CONFIG_DIR/relink.sh" --stamp "$out"

drop_cut_short "$out"
configure "$tree" "$out" "$variant" "$key"

# How many objects there are to compile: as many as the last kernel had, less those
# that are there. If that is next to nothing, it is not known how many are old.
# (The number for the first kernel is that of debug.)
objects()
{
	find "$out" -name '*.o' | wc -l
}

progress=
if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
	total=$(cat "$BUILD/kernel/objects" 2>/dev/null) || total=850
	left=$((total - $(objects)))
	[ $left -ge $((total / 10)) ] || left=0
	: >"$out/build.log"
	"$CONFIG_DIR/progress.sh" "$variant" "$out/build.log" $left 7>&- 8>&- 9>&- &
	progress=$!
	trap 'stop_progress' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
fi

stop_progress()
{
	[ -z "$progress" ] || kill "$progress" 2>/dev/null || :
	[ -z "$progress" ] || wait "$progress" || :
	progress=
}

say "compiling $variant (the first time takes minutes; log: $out/build.log)"
SB_LINK_ENV=$out/relink/env
export SB_LINK_ENV
if ! make -C "$tree" ARCH=um O="$out" -j"$jobs" CC="$cc" HOSTCC="$cc" \
	NM="$CONFIG_DIR/nm.sh" LOCALVERSION= KBUILD_BUILD_USER=shrinkbench \
	KBUILD_BUILD_HOST=shrinkbench KBUILD_BUILD_VERSION=1 \
	KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' "$@" linux \
	>"$out/build.log" 2>&1 </dev/null; then
	stop_progress
	# The compiler's words, without the list of what went well.
	grep -v '^  [A-Z]' "$out/build.log" | tail -n 60 >&2
	die "the $variant kernel does not build; the log is $out/build.log"
fi
stop_progress
objects >"$BUILD/kernel/objects"
"$CONFIG_DIR/relink.sh" --record "$tree" "$out"
echo "$key" >"$out/relink/key"
say "$variant took $(($(date +%s) - $(cat "$out/relink/begun"))) s"
finish
