#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# merge.sh [-l LIST] OUT DIR...: merges the reports of all shards of "make coverage
# SHARD=I/N" into one. It runs no test and needs no kernel: each DIR has all that it
# reads.
#
# OUT		gets the report, see report.sh; replaces an older one
# DIR		build/coverage of a shard
# LIST		added lines that cannot run, if the series is our own
# COV_MIN	per cent of the added lines that must have run
#
# The status is that of the report, or 1 if tests failed in a shard.
. "${0%/*}/lib.sh"

list=
if [ "$1" = -l ]; then
	list=$2
	shift 2
fi
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd -P)/$(basename "$1")
shift
build_covtool
"$covtool" check
lcov_options
begin "$out"
"$covtool" merge "$new" "$out" "$work" "$@"
set --
for info in "$work"/*.info; do
	set -- "$@" --add-tracefile "$info"
done
lcov_quietly lcov "$@" --output-file "$new/coverage.info"

run=$(cat "$new/data/run")
full=
case $run in
*'
ours yes'*) ;;
*) list= ;;
esac
case $run in
*'
tests 
status 0'*) full=-f ;;
esac
publish "$out" "$new/data/source" "$list"
status=0
"$covtool" summary ${list:+-l "$list"} $full "$out" || status=$?
case $run in
*'
status 1'*) status=1 ;;
esac
exit $status
