#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh: the verdicts of run.sh, with roots that are made up.
here=$(cd "$(dirname "$0")" && pwd -P)
. "$(dirname "$0")/../../uml-config/tests/lib.sh"
BUILD=$SB_BUILD
PATH=$TMP/bin:$PATH
MIRROR=file:///nowhere/
export BUILD PATH MIRROR
mkdir -p "$TMP/bin" "$BUILD/download"
: >"$BUILD/download/fake.tar"
echo fake.tar >"$BUILD/download/linux-source-6.12.name"

# Instead of namespaces: what the root of that name says, else the command itself.
stub "$TMP/bin/unshare" <<'END'
while :; do
	case $1 in -*) shift ;; *) break ;; esac
done
case "$*" in
*root.sh*) mkdir "$3/root" ;;
*) exec "$@" ;;
esac
sum()
{
	printf '== all\nok  %s tests\n%s passed, %s failed\n' "$1" "$1" "$2"
}
case $4 in
good) sum 5 0 ;;
better) sum 7 0 ;;
bad) sum 3 2; exit 1 ;;
none) sum 0 0 ;;
liar) sum 4 0; exit 1 ;;
silent) echo "E: no space left"; exit 1 ;;
early) exit 0 ;;
gone) echo "E: no such suite"; exit 77 ;;
slow) exec sleep 1000 ;;
esac
END

# distros 'NAME...'
distros()
{
	run env DISTROS="$1" "$here/run.sh"
}

ok "two pass" distros 'good better'
ok "their sum" last_line "12 passed, 0 failed"
ok "nothing stays of the roots" test ! -e "$BUILD/distros/good/root"
ok "one has failures" fails distros 'good bad better'
ok "all are told" last_line "15 passed, 2 failed"
ok "no test" fails distros 'none'
ok "is a failure" last_line "0 passed, 1 failed"
ok "a status without a failure" fails distros 'liar good'
ok "is one" last_line "9 passed, 1 failed"
ok "it ended without a sum" fails distros 'good silent'
ok "which counts" last_line "5 passed, 1 failed"
ok "its last lines are shown" said "E: no space left"
ok "nothing at all was said" fails distros 'good early'
ok "which counts, too" last_line "5 passed, 1 failed"
ok "one cannot be had" distros 'gone good'
ok "it is named, with the reason" said "cannot get gone: E: no such suite"
ok "and skipped" said "1 skipped"
ok "the others count" last_line "5 passed, 0 failed"
ok "none can be had" fails distros 'gone'

for signal in INT TERM; do
	# Commands in the background ignore SIGINT, unless they are told not to.
	env --default-signal=INT DISTROS="slow good" "$here/run.sh" >"$TMP/output" 2>&1 &
	pid=$!
	until [ -e "$BUILD/distros/slow/root" ]; do
		kill -0 $pid || break
	done
	kill -s $signal $pid
	wait $pid
	status=$?
	ok "SIG$signal ends it" test $status -gt 128
	ok "nothing stays of the root" test ! -e "$BUILD/distros/slow/root"
	ok "the next run is not in its way" distros good
done

exec 7>>"$BUILD/distros/lock"
flock 7
ok "two at once" fails distros good
ok "it is said" said "another make check-distros"
exec 7>&-
stub "$TMP/bin/unshare" 'echo "unshare: not permitted" >&2; exit 1'
ok "no namespaces" fails distros good
ok "what to do" said "/etc/subuid"
end
