#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: runs make check on the gcov kernel, then makes the report, even if tests
# failed. Status: that of the report if it failed, else that of the tests.
#
# COVERAGE_FROM	no tests are run; the report merges the shards in these directories
# KERNEL, BASE, SERIES, COV_FILES, COV_MIN, T, SHARD	see make help
. "${0%/*}/lib.sh"

cd "$coverage/.."
run=build/run/coverage
junit=build/junit-gcov.xml

# Check the settings before a kernel is built.
if [ -n "${AFFECTED:-}" ]; then
	die "coverage: AFFECTED= is for make check; here T= names tests"
fi
if [ -n "${COVERAGE_FROM:-}" ]; then
	if [ -n "${T:-}${SHARD:-}" ]; then
		die "coverage: COVERAGE_FROM= runs no tests, so T= and SHARD= mean nothing"
	fi
	# shellcheck disable=SC2086
	exec coverage/merge.sh -l coverage/unreached.txt build/coverage \
		$COVERAGE_FROM
fi
if [ -n "${SHARD:-}" ] && [ -n "${COV_MIN:-}" ]; then
	die "coverage: COV_MIN= is for all tests; say it where the shards are merged" \
		"(COVERAGE_FROM=)"
fi
build_covtool
"$covtool" check
if [ -n "${BASE:-}" ]; then
	SERIES=none
	export SERIES
fi

# Keep the results of an earlier run until this one has its own.
mkdir -p "$run"
rm -f "$run/junit.xml"
status=0
"${MAKE:-make}" --no-print-directory check VARIANT=gcov RUN_DIR="$run" \
	JUNIT="$run/junit.xml" || status=$?
# Without a result there was no run; the reason has been printed.
[ -f "$run/junit.xml" ] || exit "$status"
session=$(readlink -f "$run/last")
mv "$run/junit.xml" "$junit"

# For merge.sh.
said=$run/said
{
	echo "shard ${SHARD:-1/1}"
	echo "tests ${T:-}"
	echo "status $status"
} >"$said"
if [ "$status" = 0 ] && grep -q '<testsuite .* tests="0"' "$junit"; then
	rm -rf build/coverage
	mkdir -p build/coverage/data
	echo "empty yes" >>"$said"
	mv "$said" build/coverage/data/run
	echo "coverage: no test is in shard $SHARD, so there is no report of it"
	exit
fi
set -- -j "$junit" -r "$said"
# unreached.txt is about our own series. After a run of all tests that passed, all
# other added lines must have run (-f).
package=${KERNEL_PACKAGE:-} # none: the default, for which there is one
if [ -z "${KERNEL:-}${KERNEL_URL:-}${SERIES:-}" ] &&
	[ -d "uml-config/series/${package#linux-source-}" ]; then
	echo "ours yes" >>"$said"
	set -- "$@" -l coverage/unreached.txt
	[ -n "${T:-}${SHARD:-}" ] || [ "$status" != 0 ] || set -- "$@" -f
fi
coverage/report.sh "$@" "$(dirname "$(uml-config/build.sh gcov)")" \
	build/coverage "$session" || exit
# The data is large; remove that of earlier runs.
for old in "$run"/20*; do
	[ "$(readlink -f "$old")" = "$session" ] || rm -rf "$old"
done
exit "$status"
