#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# each.sh with a kernel of two files, and makefiles and checkers to match.
. "$(dirname "$0")/lib.sh"

gem=drivers/gpu/drm/drm_gem.c
fake_build "$TMP/user"
fake_series "$TMP/user" "$TMP/good"
(
	cd "$TMP/work" || exit 1
	git rm -q lib/lib.c
	sed -i 's, lib/lib\.[co],,' Makefile
	git commit -qam "lib: Step 4"
	git format-patch -q --start-number 4 -o "$TMP/gone" HEAD~1
)

# The command that runs with each kernel: notes what it is given, and fails
# where the kernel has the word "wrong".
stub "$TMP/command" <<'END'
echo "$1 $(grep -c '^int \(one\|two\|three\)' "$2") <$3>" >>"$TMP/ran"
! grep -q wrong "$2" || {
	echo "FAIL a test"
	echo "0 passed, 1 failed"
	exit 1
}
END

# series NUMBER OLD NEW: the good one, but for that edit of a patch; the index
# comes in.
series()
{
	rm -rf "$TMP/series" "$TMP/ran"
	cp -R "$TMP/good" "$TMP/series"
	cat >"$TMP/series/index"
	[ -z "${1:-}" ] || sed -i "s#$2#$3#" "$TMP/series/$1"-*
}

each()
{
	run env KERNEL="$TMP/user" SERIES="$TMP/series" "$@" \
		"$CONFIG_DIR/each.sh" "$TMP/command" @STEP@ @KERNEL@ @GIVES@
}

ran()
{
	printf '%s\n' "$@" | diff - "$TMP/ran"
}

none=/dev/null
printf '0002 gives two\n0003 gives three\n0003 last\n' | series
ok "a good series" each
ok "a line for each step" line "ok    0002 gem: Step 2 .* s  (build .*, static .*, tests .*)"
ok "and their sum" last_line "3 passed, 0 failed"
ok "each ran with its kernel, and what that must have" \
	ran "0001 1 <>" "0002 2 <two>" "0003 3 <three two>"
ok "what was wrong before is nobody's fault" sh -c "! grep FAIL $TMP/stdout"

rm -f "$TMP/ran"
ok "a second run" each
ok "builds nothing" line "ok    0003 .*(built before, tests"
ok "but runs all" ran "0001 1 <>" "0002 2 <two>" "0003 3 <three two>"
rm -f "$TMP/ran"
ok "a part of them" each FROM=2 TO=2
ok "is that" ran "0002 2 <two>"
ok "N= is one" each N=3
ok "that is summed up" last_line "1 passed, 0 failed"
# says TEXT VAR=VALUE...
says()
{
	text=$1
	shift
	each "$@" && said "$text"
}
# shards N [FROM=N]: runs all of them.
shards()
{
	shards=$1
	shift
	rm -f "$TMP/ran"
	i=0
	while [ $((i += 1)) -le "$shards" ]; do
		each SHARD="$i/$shards" "$@" || return
	done
}
for n in 1 2 3 4 7; do
	ok "$n shards" shards "$n"
	ok "are the whole, each once" \
		ran "0001 1 <>" "0002 2 <two>" "0003 3 <three two>"
done
ok "shards of a part" shards 2 FROM=2
ok "are that part" ran "0002 2 <two>" "0003 3 <three two>"
ok "one with no patch says so" says "no patch is in shard 1/4" SHARD=1/4
ok "which is no failure" last_line "0 passed, 0 failed"
ok "a shard that is none" fails each SHARD=4/3
ok "is an error, and the only line" sh -c "[ \"\$(cat $TMP/output)\" = \
	\"error: SHARD=4/3 is no shard; say 1/3, 2/3 or 3/3 for a third each\" ]"
ok "no such step is an error" fails each N=4
ok "so is what is no number" fails each FROM=one
uapi()
{
	run env KERNEL="$TMP/user" SERIES="$TMP/series" \
		"$CONFIG_DIR/each.sh" --uapi &&
		grep -q new "$(cat "$TMP/stdout")/drm/drm.h"
}
ok "the headers as the whole series makes them" uapi
ok "the ordinary kernel was not touched" \
	test ! -e "$SB_BUILD/kernel" -a ! -e "$SB_BUILD/src"

series 0002 '^+int two;' '+int two' <"$none"
ok "a step that does not build" fails each
ok "is named" line "FAIL  0002 gem: Step 2 "
ok "with the reason" line "      the kernel does not build"
ok "and what the compiler says" line "      | $gem: error: "
ok "and the log" line "      log: "
ok "nothing ran with it, nor with those after it" ran "0001 1 <>"
ok "the sum is that of what was tried" last_line "1 passed, 1 failed"
# Step 3 does not touch the file, so it does not build either.
rm -f "$TMP/ran"
ok "KEEP_GOING" fails each KEEP_GOING=1
ok "tries the rest" last_line "1 passed, 2 failed"

series 0002 '^+int two;' '+int two; /* wrong */' <"$none"
ok "a step whose tests fail" fails each
ok "says so" line "      tests: 0 passed, 1 failed"
ok "and which" line "      | FAIL a test"
ok "and stops" last_line "1 passed, 1 failed"

series 0002 '^+int two;' '+static int two;' <"$none"
ok "a new warning of W=1" fails each KEEP_GOING=1
ok "is shown" line "      | $gem: warning: .*two"
ok "one that was there is not" sh -c "! grep '‘old’\|'\''old'\''' $TMP/stdout"
ok "the step after it is good" line "ok    0003"
ok "and the sum right" last_line "2 passed, 1 failed"
ok "the next run finds it again" fails each N=2

series 0002 '^+int two;' '+two;' <"$none"
ok "a new warning of the build" fails each N=2
ok "is shown" line "      new warnings of the build"
ok "it counts where it is new only" each N=3

series 0002 '^+int two;' '+int two; /* undocumented two */' <"$none"
ok "a new warning of kernel-doc" fails each N=2
ok "is shown" line "      | $gem: warning: say what two is"
ok "and nothing else is" sh -c "! grep 'say what old' $TMP/stdout"

series 0002 '^+int two;' '+int two; /* ugly */' <"$none"
ok "what checkpatch.pl does not like" fails each N=2
ok "is shown" line "      | [0-9]*: ERROR:UGLY: this is ugly"
echo '0002 except UGLY it is the custom' >"$TMP/series/index"
ok "with an exception it is good" each N=2
echo '0002 except UGLIER it is the custom' >"$TMP/series/index"
ok "with another TYPE's it is not" fails each N=2
series <<'END'
0002 except UGLY it is the custom
END
ok "an exception that is not needed is an error" fails each N=2
ok "and named" line "      | UGLY"

series </dev/null
rm "$TMP/series"/0002-*
ok "a slot that is missing" fails each
ok "is named" said "slot 0002 has neither a patch"
echo '0002 empty there is nothing left to do' >"$TMP/series/index"
rm "$TMP/series"/0003-*
sed 's/Step 3/Step of an empty slot/' "$TMP/good"/0003-* \
	>"$TMP/series/0003-a.patch"
rm -rf "$SB_BUILD/each/steps"
ok "a declared one counts as passed" each
ok "and is named" line "ok    0002 (empty: there is nothing left to do)"
ok "in the sum, too" last_line "3 passed, 0 failed"
ok "nothing ran for it" ran "0001 1 <>" "0003 2 <>"

series 0002 '^-/. two ./' '-/* something else */' <"$none"
ok "a patch that does not apply" fails each
ok "is named" line "FAIL  0002 gem: Step 2 "
ok "with what git says" sh -c "grep -q '| .*0002.*does not apply' $TMP/stdout"

series <"$none"
cp "$TMP/gone"/* "$TMP/series"
ok "a series that removes a file" each FROM=3
ok "which nobody tries to compile" last_line "2 passed, 0 failed"

# Ended while the command of the first step waits.
stub "$TMP/command" <<'END'
echo $$ >"$TMP/fifo"
exec sleep 1000
END
series <"$none"
ok "a run that is ended leaves nothing running" interrupted env KERNEL="$TMP/user" \
	SERIES="$TMP/series" "$CONFIG_DIR/each.sh" "$TMP/command"
end
