#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: the tests of this directory, those that need no kernel; seconds. The last
# line is their sum. test-relink.sh needs a kernel, see there.
cd "$(dirname "$0")" || exit 1
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for test in test-*.sh; do
	[ "$test" != test-relink.sh ] || continue
	echo "# $test"
	sh "./$test" >"$log" 2>&1
	status=$?
	sed '$d' "$log"
	sum=$(tail -n 1 "$log")
	case $sum in
	*' passed, '*' failed')
		passed=$((passed + ${sum%% *}))
		sum=${sum#*, }
		failed=$((failed + ${sum%% *}))
		[ $status = 0 ] || [ "${sum%% *}" != 0 ] ||
			failed=$((failed + 1))
		;;
	*)
		echo "$sum"
		echo "not ok - $test ended early"
		failed=$((failed + 1))
		;;
	esac
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
