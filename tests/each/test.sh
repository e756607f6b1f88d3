#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test.sh: each with a kernel of two files, and makefiles and checkers to match.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

make -s -C "$ROOT/tests" BUILD="$SB_BUILD" "$SB_BUILD/tests/each" >/dev/null || exit 1

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
		"$SB_BUILD/tests/each" "$CONFIG_DIR" "$TMP/command" @STEP@ @KERNEL@ @GIVES@
}

ran()
{
	printf '%s\n' "$@" | diff - "$TMP/ran"
}

none=/dev/null
printf '0002 gives two\n0003 gives three\n0003 last\n' | series
good "a good series" "^ok    0002 gem: Step 2 .* s  (build .*, static .*, tests .*)" each
ok "and their sum" last_line "3 passed, 0 failed"
ok "each ran with its kernel, and what that must have" \
	ran "0001 1 <>" "0002 2 <two>" "0003 3 <three two>"
ok "what was wrong before is nobody's fault" sh -c "! grep FAIL $TMP/stdout"

rm -f "$TMP/ran"
good "a second run" "^ok    0003 .*(built before, tests" each
ok "but runs all" ran "0001 1 <>" "0002 2 <two>" "0003 3 <three two>"
rm -f "$TMP/ran"
ok "a part of them" each FROM=2 TO=2
ok "is that" ran "0002 2 <two>"
good "N= is one" "=1 passed, 0 failed" each N=3
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
good "one with no patch says so" "=0 passed, 0 failed" says "no patch is in shard 1/4" SHARD=1/4
ok "a shard that is none" fails each SHARD=4/3
ok "is an error, and the only line" sh -c "[ \"\$(cat $TMP/output)\" = \
	\"error: SHARD=4/3 is no shard; say 1/3, 2/3 or 3/3 for a third each\" ]"
ok "no such step is an error" fails each N=4
ok "so is what is no number" fails each FROM=one
uapi()
{
	run env KERNEL="$TMP/user" SERIES="$TMP/series" \
		"$SB_BUILD/tests/each" "$CONFIG_DIR" --uapi &&
		grep -q new "$(cat "$TMP/stdout")/drm/drm.h"
}
ok "the headers as the whole series makes them" uapi
ok "the ordinary kernel was not touched" \
	test ! -e "$SB_BUILD/kernel" -a ! -e "$SB_BUILD/src"

series 0002 '^+int two;' '+int two' <"$none"
bad "a step that does not build" "^FAIL  0002 gem: Step 2 " each
ok "with the reason" line "      the kernel does not build"
ok "and what the compiler says" line "      | $gem: error: "
ok "and the log" line "      log: "
ok "nothing ran with it, nor with those after it" ran "0001 1 <>"
ok "the sum is that of what was tried" last_line "1 passed, 1 failed"
# Step 3 does not touch the file, so it does not build either.
rm -f "$TMP/ran"
bad "KEEP_GOING" "=1 passed, 2 failed" each KEEP_GOING=1

series 0002 '^+int two;' '+int two; /* wrong */' <"$none"
bad "a step whose tests fail" "^      tests: 0 passed, 1 failed" each
ok "and which" line "      | FAIL a test"
ok "and stops" last_line "1 passed, 1 failed"

series 0002 '^+int two;' '+static int two;' <"$none"
bad "a new warning of W=1" "^      | $gem: warning: .*two" each KEEP_GOING=1
good "one that was there is not" "^ok    0003" sh -c "! grep '‘old’\|'\''old'\''' $TMP/stdout"
ok "and the sum right" last_line "2 passed, 1 failed"
ok "the next run finds it again" fails each N=2

series 0002 '^+int two;' '+two;' <"$none"
bad "a new warning of the build" "^      new warnings of the build" each N=2
ok "it counts where it is new only" each N=3

series 0002 '^+int two;' '+int two; /* undocumented two */' <"$none"
bad "a new warning of kernel-doc" "^      | $gem: warning: say what two is" each N=2
ok "and nothing else is" sh -c "! grep 'say what old' $TMP/stdout"

series 0002 '^+int two;' '+int two; /* ugly */' <"$none"
bad "what checkpatch.pl does not like" "^      | [0-9]*: ERROR:UGLY: this is ugly" each N=2
echo '0002 except UGLY it is the custom' >"$TMP/series/index"
ok "with an exception it is good" each N=2
echo '0002 except UGLIER it is the custom' >"$TMP/series/index"
ok "with another TYPE's it is not" fails each N=2
series <<'END'
0002 except UGLY it is the custom
END
bad "an exception that is not needed is an error" "^      | UGLY" each N=2

series </dev/null
rm "$TMP/series"/0002-*
bad "a slot that is missing" "slot 0002 has neither a patch" each
echo '0002 empty there is nothing left to do' >"$TMP/series/index"
rm "$TMP/series"/0003-*
sed 's/Step 3/Step of an empty slot/' "$TMP/good"/0003-* \
	>"$TMP/series/0003-a.patch"
rm -rf "$SB_BUILD/each/steps"
good "a declared one counts as passed" "^ok    0002 (empty: there is nothing left to do)" each
ok "in the sum, too" last_line "3 passed, 0 failed"
ok "nothing ran for it" ran "0001 1 <>" "0003 2 <>"

series 0002 '^-/. two ./' '-/* something else */' <"$none"
bad "a patch that does not apply" "^FAIL  0002 gem: Step 2 " each
ok "with what git says" sh -c "grep -q '| .*0002.*does not apply' $TMP/stdout"

series <"$none"
cp "$TMP/gone"/* "$TMP/series"
good "a series that removes a file" "=2 passed, 0 failed" each FROM=3

# Ended while the command of the first step waits.
stub "$TMP/command" <<'END'
echo $$ >"$TMP/fifo"
exec sleep 1000
END
series <"$none"
ok "a run that is ended leaves nothing running" interrupted env KERNEL="$TMP/user" \
	SERIES="$TMP/series" "$SB_BUILD/tests/each" "$CONFIG_DIR" "$TMP/command"
end
