#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh NAMES PROGRAM... - runs every test of the GLib test programs, each in
# a process of its own so that a crash spoils no other: one line per test, the
# output of those that fail, and last "N passed, N failed". NAMES: test cases
# or directories of them to run only; empty for all.

names=$1
shift
passed=0
failed=0
# A test that fails leaves its files behind: all in here.
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
log=$TMPDIR/log
trap 'rm -rf --one-file-system "$TMPDIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wanted()
{
	[ -z "$names" ] && return 0
	for n in $names; do
		case $1/ in
		$n/*) return 0 ;;
		esac
	done
	return 1
}

for program; do
	# GLib 2.74 puts comments between the names, later ones do not.
	"$program" -l >"$log" 2>&1
	rc=$?
	list=$(grep '^/' "$log")
	if [ $rc -ne 0 ] || [ -z "$list" ]; then
		echo "FAIL $program: cannot list its tests"
		cat "$log"
		failed=$((failed + 1))
		continue
	fi
	for test in $list; do
		wanted "$test" || continue
		timeout -k 5 120 "$program" -p "$test" >"$log" 2>&1 </dev/null
		rc=$?
		if [ $rc -eq 0 ] && grep -q "^ *ok 1 $test" "$log" &&
		   ! grep -q "^ *ok 1 $test # SKIP" "$log"; then
			echo "PASS $test"
			passed=$((passed + 1))
			continue
		fi
		[ $rc -ne 124 ] || echo "no result within 120 s" >>"$log"
		echo "FAIL $test ($program, status $rc)"
		sed 's/^/    /' "$log"
		failed=$((failed + 1))
	done
done

if [ $((passed + failed)) -eq 0 ]; then
	echo "no test is named so: $names"
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
