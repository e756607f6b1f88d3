#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is seen of a long compilation, on a terminal and elsewhere.
. "$(dirname "$0")/lib.sh"

# waits_for TEXT: objects of the fake kernel are made when the terminal shows it.
waits_for()
{
	sed -i "/^>@until/d; s,^>@echo \"  CC .*,>@until grep -q '$1' $TMP/stdout; do \
sleep 0.1; done\\n&," "$TMP/linux/Makefile"
}

# On a terminal of its own; ends with the status of the build. Afterwards, $TMP/left
# has what is still at work for it on that terminal.
cat >"$TMP/session" <<EOF
env TERM=xterm KERNEL="$TMP/linux" SERIES=none "$CONFIG_DIR/build.sh" debug
status=\$?
for cmdline in /proc/[0-9]*/cmdline; do
	tr '\\0' ' ' <"\$cmdline"
	echo
done 2>/dev/null | grep "[p]rogress.sh debug $TMP" >"$TMP/left"
exit \$status
EOF
on_terminal()
{
	run timeout 30 script -qefc "sh $TMP/session" /dev/null
}

fake_build "$TMP/linux"
waits_for 'debug: [01] of about 850 objects'
ok "a build on a terminal shows how far it is" on_terminal
ok "and ends without that line" grep -q "$(printf '\033')\\[Kkernel: debug took" "$TMP/stdout"
ok "nothing goes on afterwards" test ! -s "$TMP/left"
out=$(echo "$SB_BUILD"/kernel/debug*)
(cd "$out" && seq 1 17 | sed 's/$/.o/' | xargs touch)
echo 40 >"$SB_BUILD/kernel/objects"
echo '/* new */' >>"$TMP/linux/lib/lib.c"
waits_for 'debug: [01] of about 21 objects'
ok "another one knows what is there, and how many there were" on_terminal
ok "which are counted again" grep -qx 19 "$SB_BUILD/kernel/objects"
echo 20 >"$SB_BUILD/kernel/objects"
echo '/* new */' >>"$TMP/linux/lib/lib.c"
waits_for 'debug: [01] objects'
ok "one that finds nearly all does not guess how many of the old are new" on_terminal
waits_for objects
echo 'int broken' >"$TMP/linux/lib/lib.c"
bad "one that does not build fails" "error: the debug kernel does not build" on_terminal
ok "nothing goes on after that" test ! -s "$TMP/left"
sed -i '/^>@until/d' "$TMP/linux/Makefile"
: >"$TMP/linux/lib/lib.c"
sed -i 's/^>@echo "  CC .*/>@sleep 0.5\n&/' "$TMP/linux/Makefile"
ok "a build elsewhere" run env TERM=xterm KERNEL="$TMP/linux" SERIES=none \
	"$CONFIG_DIR/build.sh" debug
ok "prints whole lines" sh -c "! grep 'objects\|$(printf '\r')' '$TMP/stderr'"

# The line itself, 30 seconds after the beginning. (What would wait ends it.)
stub "$TMP/bin/date" <<'EOF'
echo asked >>"$0.log"
[ "$(wc -l <"$0.log")" = 1 ] && echo 1000 || echo 1030
EOF
stub "$TMP/bin/sleep" 'exit 1'

# line TOTAL TEXT
line()
{
	rm -f "$TMP/bin/date.log"
	run env PATH="$TMP/bin:$PATH" "$CONFIG_DIR/progress.sh" debug "$TMP/log" "$1"
	said "$2"
}

{
	echo '  GEN     Makefile'
	seq 1 20 | sed 's/.*/  CC      &.o/; 20s/CC/AS/'
} >"$TMP/log"
ok "the time left comes from the pace" line 60 "debug: 20 of about 60 objects, 60 s left"
ok "not when there are more than expected" line 10 "debug: 20 objects"
sed -i 5q "$TMP/log"
ok "nor when hardly any is made" line 60 "debug: 4 of about 60 objects$(printf '\033')"
end
