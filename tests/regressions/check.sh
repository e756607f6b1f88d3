#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of regress and plant.sh, with a kernel of two
# files and tests that read in it what they are to say.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

make -s -C "$ROOT/tests" BUILD="$SB_BUILD" "$SB_BUILD/tests/regress" \
	"$SB_BUILD/tests/each" >/dev/null || exit 1

fake_build "$TMP/user"
fake_series "$TMP/user" "$TMP/series"
KERNEL=$TMP/user SERIES=$TMP/series
export KERNEL SERIES
patches=$TMP/patches

# The tests: a line "/* fails NAME: WHY */" in the kernel makes that one fail.
stub "$TMP/command" <<'END'
kernel=$1
shift
echo "$*" >>"$TMP/ran"
names=
for word; do
	case $word in
	--*) ;;
	*) names="$names $word" ;;
	esac
done
count=0
for test in ${names:-a/one a/two}; do
	count=$((count + 1))
	why=$(sed -n "s,^/\* fails $test: \(.*\) \*/,\1,p" "$kernel")
	case $why in
	once)
		[ ! -e "$TMP/once" ] || why=
		: >"$TMP/once"
		;;
	wait) echo $$ >"$TMP/fifo"; exec sleep 1000 ;;
	esac
	if [ -n "$why" ]; then
		echo "not ok $count - $test"
		echo "# $why"
	else
		echo "ok $count - $test"
	fi
done
echo 1..$count
END

# planted NAME HEADER LINE: a patch that adds LINE to the kernel.
planted()
{
	mkdir -p "$patches"
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
	} >"$patches/$1.patch"
}

# complete: as --complete, or nothing.
complete=--complete
regress()
{
	"$SB_BUILD/tests/regress" --patches="$patches" --scripts="$CONFIG_DIR" \
		--work="$SB_BUILD/regressions/work" $complete "$@" -- \
		"$TMP/command" @KERNEL@
}

regressions()
{
	rm -f "$TMP/ran" "$TMP/once"
	run regress "$@"
}

# ran LINE...: these are the patterns that were run, in order.
ran()
{
	printf '%s\n' "$@" >"$TMP/expected"
	sed 's/--[^ ]* *//g' "$TMP/ran" | diff "$TMP/expected" -
}

header='Caught-by: a/one\nReason: ^no one'
planted R1-good "$header" '/* fails a/one: no one */'
good "one that is caught" "^the tests pass without them (debug" regressions
ok "its line" line "ok    R1-good  *[0-9]* s  assertion: a/one$"
ok "the sum" last_line "1 passed, 0 failed"
ok "its test is run without it, and twice with it" ran a/one a/one a/one
ok "the list of results" grep -q "^R1-good	caught	.*	assertion: a/one$" \
	"$SB_BUILD/regressions/work/results"
ok "another time" regressions
ok "nothing is run without it again" ran a/one a/one
ok "all tests" regressions --full
ok "without it as well, and what has failed once more" ran "" "" a/one
ok "all tests, another time" regressions --full
ok "not again without it" ran "" a/one
touch -d 1970-01-01 "$TMP/command"
echo '# changed' >>"$TMP/command"
ok "with tests that have changed" regressions
ok "they are" ran a/one a/one a/one

planted R2-silent "$header" '/* nothing */'
planted R3-other "$header" '/* fails a/one: another */'
planted R4-unrelated "Variant: fast\n$header" '/* fails a/two: no one */'
planted R5-broken "$header" 'broken'
planted R6-gone "$header" '/* fails a/one: no one */'
sed -i 's,/. two,/* too,' "$patches/R6-gone.patch"
planted R8-luck 'Caught-by: a/one\nReason: ^once' '/* fails a/one: once */'
bad "those that are not" "^FAIL  R2-silent .* s  not caught" regressions
ok "why" line "      no test failed"
ok "one fails for another reason" line "FAIL  R3-other "
ok "which is shown" line "      | a/one: another"
ok "another one fails" line "FAIL  R4-unrelated "
ok "it does not build" line "FAIL  R5-broken "
good "and the compiler's words" "^FAIL  R6-gone " sh -c "grep -q '| .*error:' $TMP/stdout"
good "and git's" "^FAIL  R8-luck " sh -c "grep -q '| .*R6-gone.* not apply' $TMP/stdout"
ok "which is shown, too" line "      | a/one: once: and then not"
ok "the other variant is without it first" line "the tests pass without them (fast"
ok "the sum of all" last_line "1 passed, 6 failed"
good "one of them" "=1 passed, 0 failed" regressions --only=R1
bad "none of them" 'error: no regression is called like "R7 R9*"' regressions --only='R7 R9*'
bad "in the full mode" "^FAIL  R8-luck " regressions --only='R1 R4 R8' --full
ok "and is called flaky" line "      | flaky: a/one failed, and then not: once"
ok "a test fails that should not" line "FAIL  R4-unrelated "
ok "and is named" line "      | a/two: no one"

# shards N: are they all, each once?
shards()
{
	: >"$TMP/names"
	i=0
	while [ $((i += 1)) -le "$1" ]; do
		regress --list --shard="$i/$1" >>"$TMP/names"
	done
	sort "$TMP/names" | diff - "$TMP/all"
}
find "$patches" -name "*.patch" -printf "%f\n" | sed "s/\.patch$//" | sort >"$TMP/all"
ok "2 shards are all of them" shards 2
ok "8 shards are all of them" shards 8
good "an empty one says so" "^no regression is in shard 1/8" regressions --shard=1/8
ok "and is no failure" last_line "0 passed, 0 failed"

rm "$patches"/*
planted R1-good "$header" '/* fails a/one: no one */'
good "again and again" "^ok    R1-good  .* s  3 times assertion: a/one$" regressions --runs=3
ok "its own only" ran a/one a/one a/one
planted R2-luck 'Caught-by: a/one\nReason: ^once' '/* fails a/one: once */'
bad "one that is caught by luck" "^      this was run 2 of 3" regressions --only=R2 --runs=3
bad "a number that is none" 'often' regressions --runs=often

planted R2-luck 'Reason: x' '/* x */'
bad "a patch that does not say who is to catch it" "R2-luck.patch lacks Caught-by: or Reason:" \
	regressions

# Somebody's own.
complete=
rm "$patches"/*
planted mine-1 '' '/* fails a/two: no two */'
planted mine-2 'Try-first: a/two' '/* fails a/two: no two */'
planted mine-3 '' '/* nothing */'
planted mine-4 '' '/* fails a/one: once */'
good "a bug of which nothing is known" "^ok    mine-1 .* s  assertion: a/two$" \
	regressions --only=mine-1
ok "all tests, the one that fails again" ran "a/one a/two" a/two
ok "one with tests to try first" regressions --only=mine-2
ok "only they are run" ran a/two a/two
# shellcheck disable=SC2016
stub "$TMP/affected" 'case $AFFECTED in */mine-1.patch) echo a/two ;; esac'
ok "one of which coverage knows which tests run it" \
	regressions --only=mine-1 --affected="$TMP/affected"
ok "only they are run, too" ran a/two a/two
bad "one that nothing catches" "^FAIL  mine-3 .* s  not caught" regressions --only=mine-3
bad "one that fails by luck" "^      | a/one: once: and then not" regressions --only=mine-4
complete=--complete
rm "$patches"/*

planted R1-good "$header" '/* fails a/one: no one */'
bad "a full disk" "error: no space left in" regressions --room=100000000

# Of step 2, and taken back by step 3.
planted R7-step "Step: 0002\n$header" '/* fails a/one: no one */'
sed -i 's/int three;/\/* three *\//' "$patches/R7-step.patch"
good "a bug of a step" "^ok    R7-step .* s  assertion: a/one$" regressions --only=R7
ok "one that the next takes back" regressions --only=R7 --full
ok "its line" line "ok    R7-step .* s  check-each, patch 0002: assertion: a/one$"
planted R7-step "Step: 0002\n$header" '/* nothing */'
sed -i 's/int three;/\/* three *\//' "$patches/R7-step.patch"
bad "one that check-each does not see" "^      no test failed" regressions --only=R7 --full
planted R7-step "Step: 0002\nCaught-by: a/one\nReason: x.c: error:" 'x'
sed -i 's/int three;/\/* three *\//; s/^+x/+int x;/' "$patches/R7-step.patch"
ok "nor one that builds" fails regressions --only=R7 --full
sed -i 's/x.c: error/lib.c: error/; s/^+int x;/+x/' "$patches/R7-step.patch"
good "one that does not build" "^ok    R7-step .* s  check-each, patch 0002: .*lib.c: error: " \
	regressions --only=R7 --full
sed -i "s/lib.c: error/lib.c:.*error/" "$patches/R7-step.patch"
good "without check-each" "^ok    R7-step .* s  patch 0002: .*lib.c:.* error: " \
	regressions --only=R7
sed -i 's/Step: 0002/Step: 0003/' "$patches/R7-step.patch"
ok "nor one of the last step" fails regressions --only=R7 --full
ok "which nothing takes back" sh -c "grep -q 'no patch comes after 0003' $TMP/output"
rm "$patches"/R7*

planted R1-good "$header" '/* fails a/one: wait */'
ended()
{
	interrupted "$SB_BUILD/tests/regress" --patches="$patches" --scripts="$CONFIG_DIR" \
		--work="$SB_BUILD/regressions/work" -- "$TMP/command" @KERNEL@
}
ok "a run that is ended leaves nothing running" ended
cp "$patches/R1-good.patch" "$TMP/series/0004-bad.patch"
ok "nor does one that has not come far" ended

sed -i 's/fails a.one: wait/fails a\/two: always/' "$TMP/series/0004-bad.patch"
bad "tests that fail anyway" "error: the tests must pass before anything is planted" \
	regressions --full
ok "and named" said "not ok - a/two"
end
