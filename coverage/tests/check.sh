#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of the report's commands. The data is real: libgcov wrote it, in
# programs that stand for guests, with a "kernel" of one file. covtool is built with
# sanitizers. The unit tests beside this file test it in detail.

. "$(dirname "$0")/../../uml-config/tests/lib.sh"
unset COV_FILES COV_MIN AFFECTED 2>/dev/null
cov=$ROOT/coverage

make -s -C "$cov" asan BUILD="$TMP" >"$TMP/make.log" 2>&1 || {
	cat "$TMP/make.log"
	exit 1
}
COVTOOL=$TMP/coverage-bin/asan/covtool
export COVTOOL

# is FILE: compares FILE with standard input, where | is a tab.
is()
{
	tr '|' '\t' | diff - "$1"
}

# refused TEXT COMMAND...: COMMAND fails and prints one line, which contains TEXT.
refused()
{
	text=$1
	shift
	! run "$@" && said "$text" && [ "$(wc -l <"$TMP/output")" = 1 ]
}

#
# A series of two patches, a kernel, two guests
#

tree=$TMP/tree
mkdir -p "$tree/d"
(
	cd "$tree" || exit 1
	git init -q
	commit()
	{
		git add -A
		git -c user.name=a -c user.email=a@b commit -qm "$1"
	}
	begin='/* a */\nint f(void)\n{\n'
	printf '%b' "$begin\treturn 0;\n}\n" >d/a.c
	printf 'int old(void)\n{\n\treturn 1;\n}\n' >d/not-built.c
	commit base
	begin="$begin\tint i = 1;\n\th(i);\n\tg(i);\n"
	printf '%b' "$begin\treturn 0;\n}\n" >d/a.c
	commit one
	printf '%b' "$begin\tif (i)\n\t\th(i);\n\treturn i < 2;\n}\n" >d/a.c
	sed 's/1/2/' d/not-built.c >x && mv x d/not-built.c
	commit 'two: <script>alert(1)</script> & more'
	mkdir .git/shrinkbench
	printf '0001\n0003\n' >.git/shrinkbench/slots
) >"$TMP/output" 2>&1
kernel=$TMP/kernel
mkdir -p "$kernel/d" "$kernel/include/config"
ln -s "$tree" "$kernel/source"
echo 6.12 >"$kernel/include/config/kernel.release"
echo "CONFIG_GCC_VERSION=$(gcc -dumpversion | cut -d . -f 1)0000" >"$kernel/.config"
ok "files: what the series touches" run "$cov/files.sh" "$tree"
cp "$TMP/stdout" "$kernel/coverage.files"
ok "files: these are all" is "$kernel/coverage.files" <<'END'
d/a.c
d/not-built.c
END
ok "COV_FILES: no such file" refused 'there is no d/c.c in' env COV_FILES=d/c.c \
	"$cov/files.sh" "$tree"
(cd "$kernel" && gcc -w -std=gnu11 --coverage -c -o d/a.o "$tree/d/a.c" &&
	gcc -c -o "$TMP/main.o" "$cov/tests/guest.c" &&
	gcc -o "$TMP/guest" "$TMP/main.o" d/a.o --coverage) >"$TMP/output" 2>&1

# guest GUEST TEST COUNT [jump]: runs a guest, which writes its data.
guest()
{
	dir=$TMP/guests/$1/coverage/$2
	mkdir -p "$dir"
	strip=$(echo "$kernel" | tr -cd / | wc -c)
	shift 2
	GCOV_PREFIX=$dir GCOV_PREFIX_STRIP=$strip "$TMP/guest" "$@"
	: >"$dir/dumped"
}
guest 1 boot 0
guest 1 x/one 3
guest 2 boot 1
guest 2 x/two 2 jump
guest 2 x/skipped 0
mkdir -p "$TMP/guests/2/coverage/x/lost" "$TMP/guests/3/coverage/x/alien/d"
: >"$TMP/guests/2/coverage/x/lost/running"
printf 'adcgaliendata' >"$TMP/guests/3/coverage/x/alien/d/a.gcda"
: >"$TMP/guests/3/coverage/x/alien/dumped"
printf '<testcase name="%s">\n' x/one >"$TMP/junit.1"
printf '<testcase name="%s">%s\n' x/two '' x/skipped '<skipped/>' x/lost '<failure/>' \
	>"$TMP/junit.2"
cat "$TMP/junit.1" "$TMP/junit.2" >"$TMP/junit.all"

# report NAME SHARD GUEST...
report()
{
	name=$1
	printf 'shard %s\ntests \nstatus 0\n' "$2" >"$TMP/run.$name"
	shift 2
	for dir; do
		shift
		set -- "$@" "$TMP/guests/$dir"
	done
	# shellcheck disable=SC2086
	run "$cov/report.sh" -j "$TMP/junit.$name" -r "$TMP/run.$name" ${list:+-l "$list"} \
		$full "$kernel" "$TMP/report.$name" "$@"
}
list='' full=''

# told NAME: saves the output of the last run, without the directory of the report.
told()
{
	sed 's,[^ ]*/report[.a-z0-9]*/,,g' "$TMP/stdout" >"$TMP/told.$1"
}

# nothing_beside REPORT: no partial and no old report is left.
nothing_beside()
{
	set -- "$1".*
	[ ! -e "$1" ]
}

#
# The report
#

all=$TMP/report.all
ok "report: of all guests" report all 1/1 1 2
told all
ok "report: the last line" last_line 'series: 6 of 6 added lines run (100.0%)'
ok "report: a row for each file" line 'd/a.c  *7 of  *7 100.0%  *1 of  *1$'
ok "report: a row for each patch" line '0003  two: <script>.* 3  *3 100.0%$'
ok "report: a test that left no data" line '  x/lost$'
ok "report: the page of the series" grep -q '"series/0003.html">two: &lt;script' "$all/series.html"
ok "report: the page of a patch" grep -q '<h2>d/a.c</h2>' "$all/series/0003.html"
ok "report: LCOV's page" grep -q 'not run: x/lost</p>' "$all/index.html"
ok "report: who ran what" is "$all/data/tests.lines" <<'END'
boot|d/a.c|2-9:1
x/one|d/a.c|2-9:3
x/two|d/a.c|2-5:2
END
lines()
{
	sed -n 's/^DA:\([0-9]*\),\([0-9]*\).*/d\/a.c|\1|\2|f/p' "$all/coverage.info" |
		is "$all/data/all.lines" && grep -q '^d/a.c	4	6	f$' "$all/data/all.lines"
}
ok "report: how often, as LCOV says" lines
ok "report: missing branches" grep -qx 'd/a.c:7: 1 of 2: if (i)' "$all/branches.txt"
ok "report: nothing else is left" nothing_beside "$all"
ok "COV_MIN: reached" env COV_MIN=100 "$COVTOOL" summary "$all"
ok "COV_MIN: not reached" fails env COV_MIN=100.1 "$COVTOOL" summary "$all"
list=$TMP/list full=-f
printf 'd/a.c f\n| g(i);\nWhy.\n' >"$list"
ok "report: a listed line that runs" fails report all 1/1 1 2
ok "report: it is named" said "error: coverage: $list: d/a.c f: listed, but it runs: g(i);"
bad "report: a line that is not listed" "d/a.c:5: does not run and is not listed in" \
	report 1 1/1 1/coverage/boot
full=''
ok "report: no error if not all tests ran" report 1 1/1 1/coverage/boot
ok "report: the reason is in the page" grep -q 'class="why never">Why.<' \
	"$TMP/report.1/series/0001.html"
list=''

# A run that fails keeps the report of an earlier one.
cp -R "$all" "$TMP/before"
as_before()
{
	diff -r "$all" "$TMP/before" && nothing_beside "$all"
}
kept()
{
	refused "$1" "$cov/report.sh" "$kernel" "$all" "$2" && as_before
}
ok "report: of another kernel" kept 'is not from the kernel in' "$TMP/guests/3"
ok "report: without data" kept 'no guest wrote coverage data below' "$tree"
mv "$all" "$all.old"
mkdir "$all.new" "$all.work"
ok "report: when one was cut short" kept 'is not from the kernel in' "$TMP/guests/3"
# (The shell gets the signal when genhtml has ended.)
stub "$TMP/bin/genhtml" "echo begun >'$TMP/begun'; read -r end <'$TMP/end'; exit 0"
mkfifo "$TMP/begun" "$TMP/end"
killed()
{
	PATH=$TMP/bin:$PATH "$cov/report.sh" "$kernel" "$all" "$TMP/guests/1" >"$TMP/output" 2>&1 &
	timeout 60 cat "$TMP/begun"
	kill -TERM $!
	echo >"$TMP/end"
	wait $!
	[ $? = 143 ] && as_before
}
ok "report: when it is interrupted" killed

slots=$tree/.git/shrinkbench/slots
mv "$slots" "$TMP/slots"
good "report: without a series" '=coverage: 7 of 7 lines run (100.0%)' \
	run "$cov/report.sh" "$kernel" "$TMP/plain" "$TMP/guests/1"
ok "COV_MIN: is about a series" fails env COV_MIN=1 "$COVTOOL" summary "$TMP/plain"
mv "$TMP/slots" "$slots"
good "BASE: of the commits of a git tree" '=series: 3 of 3 added lines run (100.0%)' \
	run env KERNEL="$tree" BASE=HEAD~1 "$cov/report.sh" "$kernel" "$TMP/plain" "$TMP/guests/1"

#
# Shards
#

ok "report: of the first shard" report 1 1/2 1
ok "report: of the second" report 2 2/2 2
one=$TMP/report.1
two=$TMP/report.2
merged=$TMP/report.merged
merge()
{
	run "$cov/merge.sh" "$merged" "$one" "$two"
}
ok "merge: two shards" merge
told merged
ok "merge: prints the same as a run of all tests" diff "$TMP/told.all" "$TMP/told.merged"
# compared REPORT OUT: copies what must be equal. (LCOV's pages contain a date.)
compared()
{
	cp -R "$1" "$2"
	sed "s,^SF:$(cat "$1/data/prefix")/,SF:," "$1/coverage.info" | sort >"$2/coverage.info"
	rm "$2/data/prefix"
	find "$2" -name '*.html' ! -path '*/series*' -exec rm {} +
}
as_one()
{
	report all 1/1 1 2
	compared "$all" "$TMP/compared.all"
	compared "$merged" "$TMP/compared.merged"
	diff -r "$TMP/compared.all" "$TMP/compared.merged"
}
ok "merge: the report equals that of all tests" as_one
ok "merge: names sources that are there" grep -qx "SF:$merged/data/source/d/a.c" \
	"$merged/coverage.info"
ok "merge: COV_MIN" fails env COV_MIN=101 "$cov/merge.sh" "$merged" "$one" "$two"
rm -rf "$merged"
ok "merge: a shard is missing" refused 'shard 2/2 is missing' "$cov/merge.sh" "$merged" "$one"
ok "merge: then there is no report" test ! -e "$merged"
ok "merge: and no partial one" nothing_beside "$merged"
sed -i 's/status 0/status 1/' "$two/data/run"
bad "merge: a shard whose tests failed" 'coverage: tests failed in these shards: 2/2' merge
ok "merge: has a report" test -s "$merged/series.html"
sed -i 's/status 1/status 0/' "$two/data/run"
echo 'ours yes' | tee -a "$one/data/run" >>"$two/data/run"
bad "merge: the list, if the series is ours" 'listed, but it runs' \
	"$cov/merge.sh" -l "$TMP/list" "$merged" "$one" "$two"

#
# Questions
#

COVERAGE_DATA=$all/data
export COVERAGE_DATA
good "who: tests, patch, sum" '^         3  x/one$' run "$COVTOOL" who a.c 9
ok "who: no number" refused 'LINE=x is no number' "$COVTOOL" who a.c x
ok "who: no FILE" refused 'say FILE= and LINE=' "$COVTOOL" who '' ''
ok "who: no data" refused 'run: make coverage' env COVERAGE_DATA="$TMP" "$COVTOOL" who a.c 9
printf 'x/one\nx/two\nx/new\nx/skipped\n' >"$TMP/tests"
affected()
{
	run env "$@" "$COVTOOL" affected "$tree" "$TMP/tests"
}
good "AFFECTED: a commit" 'affected: 4 of 4 tests: d/not-built.c' affected AFFECTED=HEAD
ok "AFFECTED: no commit" refused 'neither a patch file nor a commit' affected AFFECTED=nope
ok "AFFECTED: no patch" refused 'there is no change in it' affected AFFECTED="$TMP/tests"
ok "AFFECTED: with T=" refused 'not both' affected T=x AFFECTED=HEAD
ok "AFFECTED: no data" refused 'run make coverage first' affected AFFECTED=HEAD \
	COVERAGE_DATA="$TMP"

# A wrong setting is an error before anything is built or run.
ok "run: COV_MIN" refused 'COV_MIN=9x is no number of per cent' env COV_MIN=9x "$cov/run.sh"
ok "run: BASE" refused 'say which: KERNEL=' env BASE=v6.12 "$cov/run.sh"
ok "run: AFFECTED" refused 'AFFECTED= is for make check' env AFFECTED=x "$cov/run.sh"
bad "usage" 'covtool summary [-l LIST]' "$COVTOOL" summary

end
