#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of compare, with a kernel of two files and tests that read in it what
# they are to say. compare-test.c knows the rest.
. "$(dirname "$0")/../../uml-config/tests/lib.sh"

make -s -C "$ROOT/tests" BUILD="$SB_BUILD" "$SB_BUILD/tests/compare" >/dev/null || exit 1

fake_build "$TMP/user"
fake_series "$TMP/user" "$TMP/series"
cp -R "$TMP/series" "$TMP/bad"
cp -R "$TMP/user" "$TMP/copy"

# The test a/one fails with a kernel that has "int two;", or waits if $TMP/wait exists.
stub "$TMP/command" <<'END'
kernel=$1
run=$2
result=
grep -q '^int one;' "$kernel" && result='<failure message="no one"/>'
if [ -e "$TMP/wait" ]; then
	echo $$ >"$TMP/fifo"
	exec sleep 1000
fi
[ ! -e "$TMP/broken" ] || exit 2
for arg; do
	case $arg in
	*-cost)
		mkdir -p "$run/last/guest-1"
		echo "[    0.9] # cost: x/stall ms $((10 * $(wc -l <"$kernel")))" \
			>"$run/last/guest-1/log"
		;;
	--junit=*)
		echo "<testsuite name='Linux'><testcase name='a/one' time='1'>$result" \
			"</testcase></testsuite>" >"${arg#--junit=}"
		;;
	esac
done
echo "1 passed, 0 failed"
END

compare()
{
	run env KERNEL="$TMP/user" MAKE=true "$@" "$SB_BUILD/tests/compare" "$CONFIG_DIR" \
		"$TMP/command" @KERNEL@ @RUN@
}

ok "no kernels" fails compare
ok "is an error" said "error: say A= and B="
ok "one that is not there" fails compare A=none B="$TMP/gone"
ok "is an error" said "error: B=$TMP/gone does not exist"
ok "a directory without results" fails compare A=none B="$TMP/copy/lib"
ok "is an error" said "has no results of a run"
ok "a number that is none" fails compare A=none B=none RUNS=often
ok "is an error" said "error: RUNS=often: that is no number"
ok "nothing was built so far" test ! -e "$SB_BUILD/compare/kernels"

ok "the same series twice" compare A=none B=none RUNS=2
ok "nothing got worse" last_line "nothing got worse"
ok "the kernel ran as often as it was to" line "B=none, run 2 of 2: 1 passed"
ok "a series with which a test fails" fails compare A=none B="$TMP/series"
ok "is worse" last_line "worse: 1 change"
ok "the test is named" line "  a/one  passed -> failed"
ok "and in the JSON" grep -q '"worse": true' "$SB_BUILD/compare/compare.json"
ok "the other way round" compare A="$TMP/series" B=none
ok "it is fixed" line "fixed:"
cp -R "$SB_BUILD/compare/a" "$TMP/saved"
cp "$TMP/saved/1.xml" "$TMP/saved.xml"
ok "results of a run and a kernel" compare A="$TMP/saved" B="$TMP/user" SERIES=none
ok "it is fixed" line "fixed:"
mkdir -p "$SB_BUILD/download"
tar -C "$TMP" -cf "$SB_BUILD/download/user.tar" user
echo user.tar >"$SB_BUILD/download/linux-source-9.9.name"
ok "one of Debian's kernels" compare A=debian:9.9 B="$TMP/user" SERIES=none
ok "is the same" last_line "nothing got worse"
ok "two results" fails compare A="$SB_BUILD/compare/b" B="$TMP/saved.xml"
ok "is worse" last_line "worse: 1 change"
ok "what reclaim costs" compare A=none B=none COST=1
ok "is in the table" line "  x/stall  *ms  *[0-9]* ([0-9]* .. [0-9]*)  *[0-9]* ("
ok "and in the JSON" grep -q '"name": "x/stall", "unit": "ms", "a": \[' \
	"$SB_BUILD/compare/compare.json"
ok "three times" test "$(find "$SB_BUILD/compare/b" -name "*.cost" | wc -l)" = 3

echo 'broken' >>"$TMP/bad/0001-gem-Step-1.patch"
sed -i 's/^+int one;/+broken/' "$TMP/bad/0001-gem-Step-1.patch"
find "$SB_BUILD/compare/a" "$SB_BUILD/compare/b" -type f -exec cat {} + >"$TMP/before"
ok "a series that does not build" fails compare A=none B="$TMP/bad"
ok "is an error" said "error: there is no kernel of B=$TMP/bad"
: >"$TMP/broken"
ok "a kernel with which no test runs" fails compare A=none B=none
ok "is an error" said "error: no test was run with A=none"
rm "$TMP/broken"

ended()
{
	mkfifo "$TMP/fifo"
	env KERNEL="$TMP/user" MAKE=true A=none B=none "$SB_BUILD/tests/compare" "$CONFIG_DIR" \
		"$TMP/command" @KERNEL@ @RUN@ >"$TMP/stdout" 2>"$TMP/stderr" &
	child=$(timeout 60 cat "$TMP/fifo")
	kill -TERM $!
	wait $!
	[ $? = 143 ] && ! kill -0 "$child" 2>/dev/null
}
: >"$TMP/wait"
ok "one that is ended leaves nothing running" ended
rm "$TMP/wait"
ok "the results of before are there" sh -c "find '$SB_BUILD/compare/a' \
	'$SB_BUILD/compare/b' -type f -exec cat {} + | cmp - '$TMP/before'"
ok "and nothing half done" test ! -e "$SB_BUILD/compare/new"
ok "the user's tree is as it was" diff -r "$TMP/user" "$TMP/copy"
end
