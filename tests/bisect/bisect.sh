#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bisect.sh COMMAND...: finds the first patch with which a test fails. COMMAND runs
# it and prints TAP; in it, @DIR@ stands for the directory of this bisection, where
# the programs are in bin/, @KERNEL@ for the path of the kernel, @SOURCE@ for its source,
# @GIVES@ for the capabilities that a series gives it, @STEP@ for a directory.
#
# T		the test, or patterns
# GOOD, BAD, KERNEL, SERIES
#		among which patches, see uml-config/history.sh
# RUNS=N	how often each kernel is tried; default: 2
# ANY=1		any failure of T is bad, not only that of BAD
# AHEAD=N	when the tests take N seconds, the next kernel is built meanwhile; default: 5
#
# It works in build/bisect, with a copy of the kernel of its own. What is found
# stays in build/bisect/DATE; the same command goes on with what was cut
# short there. Status: 0 found, 1 not, 2 it could not be tried. The search itself is
# main.c.
. "${0%/*}/../../uml-config/lib.sh"

home=$BUILD/bisect
die_status=2
group=
# Steps run elsewhere.
case ${KERNEL:-} in
'' | /*) ;;
*) KERNEL=$PWD/$KERNEL ;;
esac

VARIANT=${VARIANT:-debug}
export VARIANT CONFIG_DIR
runs=${RUNS:-2}
number RUNS "$runs" 1
[ -n "${T:-}" ] || die "say T=, the test that fails"

mkdir -p "$home"
exec 8>>"$home/lock"
flock -n 8 || die "another bisection is running"

# run COMMAND...: to its end, in a process group of its own ($group), so that all of it can
# be ended.
run()
{
	setsid "$@" </dev/null 8>&- &
	group=$!
	status=0
	wait "$group" || status=$?
	group=
	return $status
}

# (Called by traps.)
# shellcheck disable=SC2317
stop_group()
{
	[ -z "$group" ] || kill -s TERM -- "-$group" 2>/dev/null || :
	[ -z "$group" ] || wait "$group" 2>/dev/null || :
}

trap 'stop_group; echo "interrupted; the same command goes on from here" >&2
	exit 130' INT
trap 'stop_group; exit 143' TERM HUP

#
# What there is to look for, and whether that was begun before
#

rm -rf "$home/new"
tree=$("$CONFIG_DIR/history.sh" "$home/new")
MAKEFLAGS='' run "${MAKE:-make}" --no-print-directory user \
	BUILD="$home" UAPI="$tree/include/uapi" >&2
MAKEFLAGS='' run "${MAKE:-make}" --no-print-directory -s -C "$ROOT/tests" BUILD="$home" \
	"$home/tests/bisect" >&2
programs="tests/runner tests/guest-tests tests/init tests/bisect shim/shim"
set -f
# shellcheck disable=SC2086
"$home/tests/runner" --tests="$home/tests/guest-tests" --list $T \
	>/dev/null || exit 2
set +f
# shellcheck disable=SC2086
key=$({
	git -C "$home/new/repo" rev-parse refs/ends/good refs/ends/bad
	cat "$home/new/plan" 2>/dev/null
	cat "$home/new/kernels"
	(cd "$home" && cat $programs)
	cat "$0"
	echo "$T $runs ${ANY:-}"
} | hash)
dir=
for old in "$home"/*/key; do
	if [ -f "$old" ] && [ ! -e "${old%/key}/done" ] && [ "$(cat "$old")" = "$key" ]; then
		dir=${old%/key}
	fi
done
if [ -n "$dir" ]; then
	echo "going on with $(shown "$dir")"
	rm -rf "$home/new"
else
	date=$(date +%Y-%m-%d-%H%M%S)
	dir=$home/$date
	same=1
	while [ -e "$dir" ]; do
		same=$((same + 1))
		dir=$home/$date-$same
	done
	mv "$home/new" "$dir"
	for program in $programs; do
		mkdir -p "$dir/bin/${program%/*}"
		cp "$home/$program" "$dir/bin/$program"
	done
	mkdir -p "$home/kernels"
	echo "$key" >"$dir/key"
fi

# What another bisection of this tree has left there.
repo=$dir/repo
drop_git_locks "$repo"
git -C "$repo" bisect reset -q >/dev/null 2>&1 || :
rm -rf "$repo"/.git/BISECT_* "$repo"/.git/refs/bisect

set -f
status=0
# shellcheck disable=SC2086
set -- "$CONFIG_DIR/fill-in.sh" DIR "$dir" -- "$dir/bin/tests/bisect" "$dir" "$runs" \
	"$@" $T
run "$@" || status=$?
[ $status -gt 1 ] || : >"$dir/done"
exit $status
