#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of regressions.sh and plant.sh, with a kernel of two
# files and tests that read in it what they are to say.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"
here=$(cd "$(dirname "$0")" && pwd -P)

make -s -C "$ROOT/tests" BUILD="$SB_BUILD/regressions" "$SB_BUILD/regressions/tests/judge" \
	>/dev/null ||
	exit 1

fake_build "$TMP/user"
fake_series "$TMP/user" "$TMP/series"
PATCHES=$TMP/patches
export PATCHES

# The tests: a line "/* fails NAME: WHY */" in the kernel makes that one fail.
stub "$TMP/command" <<'END'
kernel=$1
shift
status=0
echo "$# $*" >>"$TMP/ran"
for test in a/one a/two; do
	why=$(sed -n "s,^/\* fails $test: \(.*\) \*/,\1,p" "$kernel")
	case $why in
	once) [ "$(wc -l <"$TMP/ran")" -le 2 ] || why= ;;
	wait) echo $$ >"$TMP/fifo"; exec sleep 1000 ;;
	esac
	if [ -n "$why" ]; then
		echo "not ok 1 - $test"
		echo "# $why"
		status=1
	else
		echo "ok 1 - $test"
	fi
done
echo 1..2
exit $status
END

# planted NAME HEADER LINE: a patch that adds LINE to the kernel.
planted()
{
	mkdir -p "$PATCHES"
	{
		printf '%b\n\n' "$2"
		cat <<-END
			diff --git a/lib/lib.c b/lib/lib.c
			--- a/lib/lib.c
			+++ b/lib/lib.c
			@@ -1,3 +1,4 @@
			 /* one */
			+$3
			 /* two */
			 int three;
		END
	} >"$PATCHES/$1.patch"
}

regressions()
{
	rm -f "$TMP/ran"
	run env KERNEL="$TMP/user" SERIES="$TMP/series" "$@" \
		"$here/../regressions.sh" "$TMP/command" @KERNEL@
}

header='Caught-by: a/one\nReason: ^no one'
planted R1-good "$header" '/* fails a/one: no one */'
ok "one that is caught" regressions
ok "the tests pass without it" line "the tests pass without them (debug, 2 tests"
ok "its line" line "ok    R1-good  *[0-9]* s  assertion: a/one$"
ok "the sum" last_line "1 passed, 0 failed"

planted R2-silent "$header" '/* nothing */'
planted R3-other "$header" '/* fails a/one: another */'
planted R4-unrelated "Variant: fast\n$header" '/* fails a/two: no one */'
planted R5-broken "$header" 'broken'
planted R6-gone "$header" '/* fails a/one: no one */'
sed -i 's,/. two,/* too,' "$PATCHES/R6-gone.patch"
ok "those that are not" fails regressions
ok "no test fails" line "FAIL  R2-silent .* s  not caught"
ok "why" line "      no test failed"
ok "one fails for another reason" line "FAIL  R3-other "
ok "which is shown" line "      | a/one: another"
ok "another one fails" line "FAIL  R4-unrelated "
ok "it does not build" line "FAIL  R5-broken "
ok "and the compiler's words" sh -c "grep -q '| .*error:' $TMP/stdout"
ok "it does not apply" line "FAIL  R6-gone "
ok "and git's" sh -c "grep -q '| .*R6-gone.* not apply' $TMP/stdout"
ok "the other variant is without it first" line "the tests pass without them (fast,"
ok "each variant once" test "$(grep -c "without them" "$TMP/stdout")" = 2
ok "the sum of all" last_line "1 passed, 5 failed"
ok "one of them" regressions R=R1
ok "alone" last_line "1 passed, 0 failed"
ok "none of them" fails regressions R='R7 R8*'
ok "is an error" said 'error: no regression is called like "R7 R8*"'

# shards N: are they all, each once?
shards()
{
	: >"$TMP/names"
	: >"$TMP/plain"
	i=0
	while [ $((i += 1)) -le "$1" ]; do
		regressions SHARD="$i/$1" || :
		sed -n "s/^\(ok\|FAIL\)  *\(R[^ ]*\) .*/\2/p" "$TMP/stdout" \
			>>"$TMP/names"
		grep "without them (fast" "$TMP/stdout" >>"$TMP/plain" || :
	done
	sort "$TMP/names" | diff - "$TMP/all"
}
find "$PATCHES" -name "*.patch" -printf "%f\n" | sed "s/\.patch$//" | sort >"$TMP/all"
ok "2 shards are all of them" shards 2
ok "and one of them is about the other variant" \
	test "$(wc -l <"$TMP/plain")" = 1
ok "7 shards are all of them" shards 7
ok "an empty one says so" regressions SHARD=1/7
ok "and what" line "no regression is in shard 1/7"
ok "and is no failure" last_line "0 passed, 0 failed"

rm "$PATCHES"/*
planted R1-good "$header" '/* fails a/one: no one */'
ok "again and again" regressions RUNS=3
ok "its line" line "ok    R1-good  .* s  3 times assertion: a/one$"
ok "all tests without it, then its own only" \
	sh -c "printf '%s\n' '0 ' '1 a/one' '1 a/one' '1 a/one' | diff - $TMP/ran"
planted R2-luck 'Caught-by: a/one\nReason: ^once' '/* fails a/one: once */'
ok "one that is caught by luck" fails regressions R=R2 RUNS=3
ok "says when it was not" line "      this was run 2 of 3"
ok "a number that is none" fails regressions RUNS=often
ok "is an error" said 'error: RUNS=often: that is no number'

planted R2-luck 'Reason: x' '/* x */'
ok "a patch that does not say who is to catch it" fails regressions
ok "is an error" said "R2-luck.patch lacks Caught-by: or Reason:"
rm "$PATCHES"/R2*

stub "$TMP/bin/df" 'printf "x\nx 1 1 0 1 x\n"'
ok "a full disk" fails regressions PATH="$TMP/bin:$PATH"
ok "is an error" said "error: no space left in"

# Of step 2, and taken back by step 3.
planted R7-step "Step: 0002\n$header" '/* fails a/one: no one */'
sed -i 's/int three;/\/* three *\//' "$PATCHES/R7-step.patch"
ok "a bug of a step that the next takes back" regressions R=R7
ok "its line" line "ok    R7-step .* s  check-each, patch 0002: assertion: a/one$"
planted R7-step "Step: 0002\n$header" '/* nothing */'
sed -i 's/int three;/\/* three *\//' "$PATCHES/R7-step.patch"
ok "one that check-each does not see" fails regressions R=R7
ok "is not caught" line "      no test failed"
planted R7-step "Step: 0002\nCaught-by: a/one\nReason: x.c: error:" 'x'
sed -i 's/int three;/\/* three *\//; s/^+x/+int x;/' "$PATCHES/R7-step.patch"
ok "nor one that builds" fails regressions R=R7
sed -i 's/x.c: error/lib.c: error/; s/^+int x;/+x/' "$PATCHES/R7-step.patch"
ok "one that does not build" regressions R=R7
ok "its line" line "ok    R7-step .* s  check-each, patch 0002: lib/lib.c: error: "
sed -i 's/Step: 0002/Step: 0003/' "$PATCHES/R7-step.patch"
ok "nor one of the last step" fails regressions R=R7
ok "which nothing takes back" sh -c "grep -q 'no patch comes after 0003' $TMP/stdout"
rm "$PATCHES"/R7*

ended()
{
	interrupted env KERNEL="$TMP/user" SERIES="$TMP/series" "$here/../regressions.sh" \
		"$TMP/command" @KERNEL@
}
planted R1-good "$header" '/* fails a/one: wait */'
ok "a run that is ended leaves nothing running" ended
cp "$PATCHES/R1-good.patch" "$TMP/series/0004-bad.patch"
ok "nor does one that has not come far" ended

sed -i 's/fails a.one: wait/fails a\/two: always/' "$TMP/series/0004-bad.patch"
ok "tests that fail anyway" fails regressions
ok "are an error" said "error: the tests must pass before anything is planted"
ok "and named" said "not ok 1 - a/two"
end
