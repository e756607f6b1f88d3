#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: make check on the gcov kernel, then the report of that run, whatever
# became of the tests. Status: of the report if that failed, else of the tests.
#
# KERNEL, BASE, SERIES, COV_FILES, COV_MIN, T	see make help
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."

run=build/run/coverage
junit=build/junit-gcov.xml

# What is wrong with the question is said before a kernel is built.
case ${COV_MIN:-0} in
. | *[!0-9.]* | *.*.*)
	echo "error: coverage: COV_MIN=$COV_MIN is no number of per cent" >&2
	exit 1
	;;
esac
if [ -n "${AFFECTED:-}" ]; then
	echo "error: coverage: AFFECTED= is for make check; here T= names tests" >&2
	exit 1
fi
if [ -n "${BASE:-}" ]; then
	sh -c '. "$0"; series_range -' "$here/lib.sh"
	SERIES=none
	export SERIES
fi

# What an earlier run left stays until this one has as much.
mkdir -p "$run"
rm -f "$run/junit.xml"
status=0
"${MAKE:-make}" --no-print-directory check VARIANT=gcov RUN_DIR="$run" \
	JUNIT="$run/junit.xml" || status=$?
# No result of the run at all: there was none, and why has been said.
[ -f "$run/junit.xml" ] || exit "$status"
session=$(readlink -f "$run/last")
mv "$run/junit.xml" "$junit"
"${MAKE:-make}" --no-print-directory -s -C coverage BUILD="$PWD/build" >&2

set -- -j "$junit"
# Of our own series it is known what cannot run; of some of the tests or a user's
# kernel it is not.
case ${KERNEL:-}${KERNEL_URL:-}${KERNEL_PACKAGE:-}${SERIES:-} in
'')
	set -- "$@" -l coverage/unreached.txt
	[ -n "${T:-}" ] || [ "$status" != 0 ] || set -- "$@" -f
	;;
esac
coverage/report.sh "$@" "$(dirname "$(uml-config/build.sh gcov)")" \
	build/coverage "$session" || exit
# The data takes much room; that of earlier runs is not needed any more.
for old in "$run"/20*; do
	[ "$(readlink -f "$old")" = "$session" ] || rm -rf "$old"
done
exit "$status"
