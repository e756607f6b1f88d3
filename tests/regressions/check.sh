#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of regress and plant.sh, with a kernel of two
# files and tests that read in it what they are to say.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

make -s -C "$ROOT/tests" BUILD="$SB_BUILD" "$SB_BUILD/tests/regress" >/dev/null || exit 1

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
ok "one that is caught" regressions
ok "the tests pass without it" line "the tests pass without them (debug"
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
ok "one that fails once only" line "FAIL  R8-luck "
ok "which is shown, too" line "      | a/one: once: and then not"
ok "the other variant is without it first" line "the tests pass without them (fast"
ok "the sum of all" last_line "1 passed, 6 failed"
ok "one of them" regressions --only=R1
ok "alone" last_line "1 passed, 0 failed"
ok "none of them" fails regressions --only='R7 R9*'
ok "is an error" said 'error: no regression is called like "R7 R9*"'
ok "in the full mode" fails regressions --only='R1 R4 R8' --full
ok "one that fails once only is none, either" line "FAIL  R8-luck "
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
ok "an empty one says so" regressions --shard=1/8
ok "and what" line "no regression is in shard 1/8"
ok "and is no failure" last_line "0 passed, 0 failed"

rm "$patches"/*
planted R1-good "$header" '/* fails a/one: no one */'
ok "again and again" regressions --runs=3
ok "its line" line "ok    R1-good  .* s  3 times assertion: a/one$"
ok "its own only" ran a/one a/one a/one
planted R2-luck 'Caught-by: a/one\nReason: ^once' '/* fails a/one: once */'
ok "one that is caught by luck" fails regressions --only=R2 --runs=3
ok "says when it was not" line "      this was run 2 of 3"
ok "a number that is none" fails regressions --runs=often
ok "is an error" said 'often'

planted R2-luck 'Reason: x' '/* x */'
ok "a patch that does not say who is to catch it" fails regressions
ok "is an error" said "R2-luck.patch lacks Caught-by: or Reason:"

# Somebody's own.
complete=
rm "$patches"/*
planted mine-1 '' '/* fails a/two: no two */'
planted mine-2 'Try-first: a/two' '/* fails a/two: no two */'
planted mine-3 '' '/* nothing */'
planted mine-4 '' '/* fails a/one: once */'
ok "a bug of which nothing is known" regressions --only=mine-1
ok "its line" line "ok    mine-1 .* s  assertion: a/two$"
ok "all tests, the one that fails again" ran "a/one a/two" a/two
ok "one with tests to try first" regressions --only=mine-2
ok "only they are run" ran a/two a/two
# shellcheck disable=SC2016
stub "$TMP/affected" 'case $AFFECTED in */mine-1.patch) echo a/two ;; esac'
ok "one of which coverage knows which tests run it" \
	regressions --only=mine-1 --affected="$TMP/affected"
ok "only they are run, too" ran a/two a/two
ok "one that nothing catches" fails regressions --only=mine-3
ok "its line" line "FAIL  mine-3 .* s  not caught"
ok "one that fails by luck" fails regressions --only=mine-4
ok "its line" line "      | a/one: once: and then not"
complete=--complete
rm "$patches"/*

planted R1-good "$header" '/* fails a/one: no one */'
ok "a full disk" fails regressions --room=100000000
ok "is an error" said "error: no space left in"

# Of step 2, and taken back by step 3.
planted R7-step "Step: 0002\n$header" '/* fails a/one: no one */'
sed -i 's/int three;/\/* three *\//' "$patches/R7-step.patch"
ok "a bug of a step" regressions --only=R7
ok "its line" line "ok    R7-step .* s  assertion: a/one$"
ok "one that the next takes back" regressions --only=R7 --full
ok "its line" line "ok    R7-step .* s  check-each, patch 0002: assertion: a/one$"
planted R7-step "Step: 0002\n$header" '/* nothing */'
sed -i 's/int three;/\/* three *\//' "$patches/R7-step.patch"
ok "one that check-each does not see" fails regressions --only=R7 --full
ok "is not caught" line "      no test failed"
planted R7-step "Step: 0002\nCaught-by: a/one\nReason: x.c: error:" 'x'
sed -i 's/int three;/\/* three *\//; s/^+x/+int x;/' "$patches/R7-step.patch"
ok "nor one that builds" fails regressions --only=R7 --full
sed -i 's/x.c: error/lib.c: error/; s/^+int x;/+x/' "$patches/R7-step.patch"
ok "one that does not build" regressions --only=R7 --full
ok "its line" line "ok    R7-step .* s  check-each, patch 0002: .*lib.c: error: "
sed -i "s/lib.c: error/lib.c:.*error/" "$patches/R7-step.patch"
ok "without check-each" regressions --only=R7
ok "its line" line "ok    R7-step .* s  patch 0002: .*lib.c:.* error: "
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
ok "tests that fail anyway" fails regressions --full
ok "are an error" said "error: the tests must pass before anything is planted"
ok "and named" said "not ok - a/two"
end
