#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What clean.sh removes, and when it does not.
. "$(dirname "$0")/lib.sh"

clean()
{
	run "$CONFIG_DIR/clean.sh" "$@"
}

fill()
{
	mkdir -p "$SB_BUILD/bisect" "$SB_BUILD/kernel/debug" "$SB_BUILD/src"
	touch "$SB_BUILD/bisect/lock" "$SB_BUILD/kernel/debug/linux"
}

# Runs COMMAND while something is at work, which a process of its own is told to end.
while_locked()
{
	mkfifo "$TMP/end"
	(
		flock 8
		echo "locked" >"$TMP/locked"
		read -r _ <"$TMP/end"
	) 8>>"$SB_BUILD/$1" &
	until [ -s "$TMP/locked" ]; do :; done
	shift
	"$@"
	result=$?
	echo >"$TMP/end"
	wait
	rm "$TMP/end" "$TMP/locked"
	return "$result"
}

while_run()
{
	install "$(command -v cat)" "$SB_BUILD/kernel/debug/linux"
	mkfifo "$TMP/end"
	"$SB_BUILD/kernel/debug/linux" "$TMP/end" >/dev/null &
	until [ "$(readlink "/proc/$!/exe")" = "$SB_BUILD/kernel/debug/linux" ] ||
		! kill -0 $!; do
		:
	done
	"$@"
	result=$?
	echo >"$TMP/end"
	wait
	rm "$TMP/end"
	return "$result"
}

ok "nothing is there to be removed" clean
fill
good "not while a bisection is running" "still at work" while_locked bisect/lock fails clean
ok "nor a kernel" while_run fails clean
ok "both of which stay" \
	test -e "$SB_BUILD/bisect/lock" -a -e "$SB_BUILD/kernel/debug/linux"
ok "afterwards it does" clean
ok "but the source stays" \
	test "$(cd "$SB_BUILD" && echo *)" = "kernel.lock src"
fill
ok "unless all is to go" clean all
ok "which it does" test ! -e "$SB_BUILD"
end
