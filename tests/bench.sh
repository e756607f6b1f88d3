#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench.sh: how long things take here (bench/figures.ini), each as the median of ROUNDS
# (5) with the fastest and the slowest, beside the bound that the project holds itself to
# on two idle cores. All of it happens in workspaces, build/bench: what `make check` uses
# stays as it is, however this ends. A figure that cannot be measured is FAILED, and so is
# this command.
#
# AGAINST=COMMIT	measures that commit in turn, and prints the ratio
# COLD=no		leaves out what compiles a kernel from nothing
. "${0%/*}/../uml-config/lib.sh"
cd "$ROOT"
work=$PWD/build/bench

mkdir -p "$PWD/build"
exec 8>>"$work.lock"
flock -n 8 || die "another make bench is running"
against=${AGAINST:+$work/against}
[ -z "$against" ] || commit=$(git rev-parse --quiet --verify "$AGAINST^{commit}") ||
	die "AGAINST=$AGAINST is not a commit of this repository"
# supervise, if it ends us, sends SIGTERM every second to what is left.
trap 'trap "" INT TERM HUP; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
rm -rf "$work"
tests/workspace.sh "$work/main"
if [ -n "$against" ]; then
	mkdir -p "$against/build"
	git archive "$commit" | tar -xf - -C "$against"
	ln -s "$PWD/build/download" "$against/build/download"
fi

# Nothing of the make that started us.
unset BUILD MAKEFLAGS MFLAGS MAKELEVEL T A B AGAINST SB_BUILD 2>/dev/null || :
make -s --no-print-directory -C tests "$ROOT/build/tests/bench" >&2
for dir in "$work/main" $against; do
	(cd "$dir" && make --no-print-directory check T=virtio/dumb-create) \
		>"$work.log" 2>&1 || {
		tail -n 12 "$work.log" >&2
		die "make check fails in $dir; the log is $work.log"
	}
done

echo "$(nproc) cores, $(uname -m), load $(cut -d' ' -f1 /proc/loadavg); median of" \
	"${ROUNDS:-5}${commit:+; against $commit}"
status=0
BENCH=$ROOT/tests/bench build/tests/bench tests/bench/figures.ini "$work.log" "$work/main" \
	${against:+"$against"} || status=$?
make --no-print-directory -C "$work/main/shim" bench || status=$?
echo "load $(cut -d' ' -f1 /proc/loadavg)"
exit "$status"
