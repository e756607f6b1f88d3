#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A run's own name of its kernel: how long it stays.
. "$(dirname "$0")/lib.sh"

fake_build "$TMP/linux"
used=$SB_BUILD/kernel/in-use

# with COMMAND...
with()
{
	run env KERNEL="$TMP/linux" SERIES=none "$CONFIG_DIR/with-kernel.sh" \
		debug "$@"
}

ok "the command has a kernel" with test -s @KERNEL@
ok "which is gone afterwards" test -z "$(ls "$used")"

# What runs beside the build.
beside()
{
	command=$1
	shift
	run env KERNEL="$TMP/linux" SERIES=none "$CONFIG_DIR/with-kernel.sh" \
		--beside "$command" debug "$@"
}

# shellcheck disable=SC2016
ok "a command beside the build is told of the headers" \
	beside 'test -f "${UAPI%/include/uapi}/Kbuild"' true
ok "if it fails, the other is not run" fails beside 'exit 3' touch "$TMP/ran"
ok "indeed" test ! -e "$TMP/ran"

# What others left, or use: a run in another PID namespace has a number that is
# somebody else's here, or nobody's.
: >"$used/debug.$$"
: >"$used/debug.left"
: >"$used/debug.left.lock"
: >"$used/debug.4194305"
exec 6>"$used/debug.4194305.lock"
flock 6
ok "another run prunes" with true
ok "what nobody holds, whatever its number" test ! -e "$used/debug.$$"
ok "with its lock" test ! -e "$used/debug.left.lock" -a ! -e "$used/debug.left"
ok "but not what a run elsewhere holds" test -e "$used/debug.4194305"
exec 6>&-
ok "until it has ended" with true
ok "then it goes" test -z "$(ls "$used")"

# A run that is killed while its command goes on with the kernel.
mkfifo "$TMP/end"
# shellcheck disable=SC2016
with sh -c 'echo "$PPID" >"$0/pid"; echo "$1" >"$0/kernel"; read -r _ <"$0/end"' \
	"$TMP" @KERNEL@ &
until [ -s "$TMP/kernel" ]; do :; done
kill -KILL "$(cat "$TMP/pid")"
wait
ok "another run begins when one has been killed" with true
ok "the kernel stays while its command lives" test -e "$(cat "$TMP/kernel")"
echo >"$TMP/end"
until flock -n "$(cat "$TMP/kernel").lock" true; do :; done
ok "another begins when that has ended" with true
ok "and there is no kernel left" test -z "$(ls "$used")"
end
