#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: make check on the gcov kernel, then the report of that run, whatever
# became of the tests. Status: of the report if that failed, else of the tests.
set -eu
cd "$(dirname "$0")/.."

run=build/run/coverage
junit=build/junit-gcov.xml

rm -rf "$run" "$junit"
status=0
"${MAKE:-make}" --no-print-directory check VARIANT=gcov RUN_DIR="$run" \
	|| status=$?
# No result of the run at all: there was none, and why has been said.
[ -f "$junit" ] || exit "$status"
coverage/report.sh -j "$junit" "$(dirname "$(uml-config/build.sh gcov)")" \
	build/coverage "$run"
exit "$status"
