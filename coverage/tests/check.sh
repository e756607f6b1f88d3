#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of the report's commands, from data that gcc's own library wrote: of
# a "kernel" of one file, and guests that are programs. covtool is the one with
# sanitizers. What it does in detail is in the unit tests beside this file.
#
# The commands of sh -c are expanded when they run:
# shellcheck disable=SC2016

. "$(dirname "$0")/../../uml-config/tests/lib.sh"
unset COV_FILES COV_MIN AFFECTED 2>/dev/null
cov=$(cd "$(dirname "$0")/.." && pwd -P)
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

make -s -C "$cov" asan BUILD="$TMP" >"$TMP/make.log" 2>&1 || {
	cat "$TMP/make.log"
	exit 1
}
COVTOOL=$TMP/coverage-bin/asan/covtool
export COVTOOL

# is FILE: it has the lines that come in, with | for a tab.
is()
{
	tr '|' '\t' | diff - "$1"
}

# refused TEXT COMMAND...: it fails with one line that has TEXT.
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
		git commit -qm "$1"
	}
	printf '/* a */\nint f(void)\n{\n\treturn 0;\n}\n' >d/a.c
	printf 'int old(void)\n{\n\treturn 1;\n}\n' >d/not-built.c
	commit base
	printf '/* a */\nint f(void)\n{\n\tint i = 1;\n\th(i);\n\tg(i);\n' >d/a.c
	printf '\treturn 0;\n}\n' >>d/a.c
	commit one
	printf '/* a */\nint f(void)\n{\n\tint i = 1;\n\th(i);\n\tg(i);\n' >d/a.c
	printf '\tif (i)\n\t\th(i);\n\treturn i < 2;\n}\n' >>d/a.c
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
cat >"$TMP/main.c" <<'END'
#include <setjmp.h>
#include <stdlib.h>

static jmp_buf out;
static int jumps;
int f(void);
void g(int i) { (void)i; }
void h(int i) { if (i && jumps) longjmp(out, 1); }

int main(int argc, char **argv)
{
	jumps = argc > 2;
	for (volatile int n = atoi(argv[1]); n > 0; n--)
		if (!setjmp(out))
			f();
	return 0;
}
END
ok "files: what the series touches" run "$cov/files.sh" "$tree"
cp "$TMP/stdout" "$kernel/coverage.files"
ok "files: these are all" is "$kernel/coverage.files" <<'END'
d/a.c
d/not-built.c
END
ok "COV_FILES: no such file" refused 'there is no d/c.c in' env COV_FILES=d/c.c \
	"$cov/files.sh" "$tree"
(cd "$kernel" && gcc -w -std=gnu11 --coverage -c -o d/a.o "$tree/d/a.c" &&
	gcc -c -o "$TMP/main.o" "$TMP/main.c" &&
	gcc -o "$TMP/guest" "$TMP/main.o" d/a.o --coverage) >"$TMP/output" 2>&1

# guest GUEST TEST COUNT [jump]: what it leaves.
guest()
{
	dir=$TMP/guests/$1/coverage/$2
	mkdir -p "$dir"
	GCOV_PREFIX=$dir GCOV_PREFIX_STRIP=$(echo "$kernel" | tr -cd / | wc -c) \
		"$TMP/guest" "$3" ${4:+"$4"}
	: >"$dir/dumped"
}
guest 1 boot 0
guest 1 x/one 3
guest 2 boot 1
guest 2 x/two 2 jump
guest 2 x/skipped 0
mkdir -p "$TMP/guests/2/coverage/x/lost"
: >"$TMP/guests/2/coverage/x/lost/running"
cases()
{
	printf '<testcase classname="x" name="%s">\n' "$@"
}
cases x/one >"$TMP/junit.1"
{
	cases x/two x/skipped
	echo '<skipped message="no"/>'
	cases x/lost
	echo '<failure message="no"/>'
} >"$TMP/junit.2"
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
	run "$cov/report.sh" -j "$TMP/junit.$name" -r "$TMP/run.$name" $options \
		"$kernel" "$TMP/report.$name" "$@"
}
options=

#
# The report
#

all=$TMP/report.all
ok "report: of all guests" report all 1/1 1 2
sed 's,[^ ]*/report[.a-z0-9]*/,,g' "$TMP/stdout" >"$TMP/told.all"
ok "report: the last line" test "$(tail -n 1 "$TMP/stdout")" = \
	'series: 6 of 6 added lines run (100.0%)'
ok "report: a row for each file" said \
	'd/a.c                                            7 of     7 100.0%    1 of    1'
ok "report: a row for each patch" said \
	'0001  one                                                      3     3 100.0%'
ok "report: a test that left no data" said '  x/lost'
ok "report: the pages, without scripts" sh -c \
	'! grep -q "<script" "$1"/series.html && grep -q "two: &lt;script" "$1"/series.html &&
	grep -q "<h2>d/a.c</h2>" "$1"/series/0003.html' sh "$all"
ok "report: LCOV's page, with a link and what is lost" sh -c \
	'grep -q series.html "$1" && grep -q "not run: x/lost</p>" "$1"' sh "$all/index.html"
ok "report: who ran what" is "$all/data/tests.lines" <<'END'
boot|d/a.c|2-9:1
x/one|d/a.c|2-9:3
x/two|d/a.c|2-5:2
END
ok "report: how often" is "$all/data/all.lines" <<'END'
d/a.c|2|6|f
d/a.c|4|6|f
d/a.c|5|6|f
d/a.c|6|4|f
d/a.c|7|4|f
d/a.c|8|4|f
d/a.c|9|4|f
END
same_as_lcov()
{
	sed -n 's/^DA:\([0-9]*\),\([0-9]*\).*/d\/a.c|\1|\2|f/p' \
		"$all/coverage.info" | is "$all/data/all.lines"
}
ok "report: LCOV says the same" same_as_lcov
ok "report: tests that prove nothing" is "$all/data/unsure" <<'END'
x/lost
x/skipped
END
ok "report: missing branches" grep -qx 'd/a.c:7: 1 of 2: if (i)' "$all/branches.txt"
ok "report: nothing else is left" sh -c '! ls -d "$1".* 2>/dev/null | grep .' sh "$all"
ok "COV_MIN: reached" env COV_MIN=100 "$COVTOOL" summary "$all"
ok "COV_MIN: no number" fails env COV_MIN=many "$cov/report.sh" "$kernel" \
	"$TMP/none" "$TMP/guests/1"
printf 'd/a.c f\n| g(i);\nWhy.\n' >"$TMP/list"
options="-l $TMP/list -f"
ok "report: a listed line that runs" fails report all 1/1 1 2
ok "report: it is named" said "error: coverage: $TMP/list: d/a.c f: listed, but it runs: g(i);"
ok "report: a line that is not listed" fails report 1 1/1 1/coverage/boot
ok "report: that is named, too" said "d/a.c:5: does not run and is not listed in"
options="-l $TMP/list"
ok "report: not if tests are missing" report 1 1/1 1/coverage/boot
ok "report: the reason is in the page" grep -q 'class="why never">Why.<' \
	"$TMP/report.1/series/0001.html"
options=

# What an earlier run left stays.
kept()
{
	mkdir -p "$TMP/guests/3/coverage/x/alien/d"
	printf 'adcgaliendata' >"$TMP/guests/3/coverage/x/alien/d/a.gcda"
	: >"$TMP/guests/3/coverage/x/alien/dumped"
	cp -R "$all" "$TMP/before"
	refused 'is not from the kernel in' "$cov/report.sh" "$kernel" "$all" \
		"$TMP/guests/3" && diff -r "$all" "$TMP/before" &&
		! ls -d "$all".* 2>/dev/null
}
ok "report: an error leaves the one before as it is" kept
cut_short()
{
	mv "$all" "$all.old"
	mkdir "$all.new" "$all.work"
	! run "$cov/report.sh" "$kernel" "$all" "$TMP/guests/3" &&
		diff -r "$all" "$TMP/before" && ! ls -d "$all".* 2>/dev/null
}
ok "report: and so does one that was cut short" cut_short
ok "report: without data" refused 'no guest wrote coverage data below' \
	"$cov/report.sh" "$kernel" "$all" "$TMP/tree"
ok "report: no kernel" refused 'is not the build directory of a kernel' \
	"$cov/report.sh" "$tree" "$all" "$TMP/guests"

slots=$tree/.git/shrinkbench/slots
mv "$slots" "$TMP/slots"
ok "report: without a series" run "$cov/report.sh" "$kernel" "$TMP/plain" "$TMP/guests/1"
ok "report: the last line then" test "$(tail -n 1 "$TMP/stdout")" = \
	'coverage: 7 of 7 lines run (100.0%)'
ok "report: no page of the series then" test ! -e "$TMP/plain/series.html"
ok "COV_MIN: is about a series" fails env COV_MIN=1 "$COVTOOL" summary "$TMP/plain"
mv "$TMP/slots" "$slots"
ok "BASE: of the commits of a git tree" run env KERNEL="$tree" BASE=HEAD~1 \
	"$cov/report.sh" "$kernel" "$TMP/plain" "$TMP/guests/1"
ok "BASE: these only" said 'series: 3 of 3 added lines'

#
# Shards
#

ok "report: of the first shard" report 1 1/2 1
ok "report: of the second" report 2 2/2 2
one=$TMP/report.1
two=$TMP/report.2
merged=$TMP/report.merged
ok "merge: two shards" run "$cov/merge.sh" "$merged" "$one" "$two"
sed 's,[^ ]*/report[.a-z0-9]*/,,g' "$TMP/stdout" >"$TMP/told.merged"
ok "merge: says what a run of all says" diff "$TMP/told.all" "$TMP/told.merged"
# without_paths REPORT OUT: what must be the same. (LCOV's pages say when they were made.)
without_paths()
{
	rm -rf "$2"
	cp -R "$1" "$2"
	sed "s,^SF:$(cat "$1/data/prefix")/,SF:," "$1/coverage.info" |
		sort >"$2/coverage.info"
	rm "$2/data/prefix"
	find "$2" -name '*.html' ! -path '*/series*' -exec rm {} +
}
as_one()
{
	run "$cov/report.sh" -j "$TMP/junit.all" -r "$TMP/run.all" "$kernel" \
		"$all" "$TMP/guests/1" "$TMP/guests/2"
	without_paths "$all" "$TMP/plain.all"
	without_paths "$merged" "$TMP/plain.merged"
	diff -r "$TMP/plain.all" "$TMP/plain.merged"
}
ok "merge: is the report of all" as_one
ok "merge: the tracefile names sources that are there" \
	grep -qx "SF:$merged/data/source/d/a.c" "$merged/coverage.info"
ok "merge: COV_MIN" fails env COV_MIN=101 "$cov/merge.sh" "$merged" "$one" "$two"
rm -rf "$merged"
ok "merge: one is missing" refused 'shard 2/2 is missing' "$cov/merge.sh" "$merged" "$one"
ok "merge: then there is no report" sh -c '! ls -d "$1"* 2>/dev/null' sh "$merged"
onto_itself()
{
	cp -R "$one" "$merged"
	refused 'is where the report goes' "$cov/merge.sh" "$merged" "$merged" "$two" &&
		diff -r "$one" "$merged"
}
ok "merge: onto one of them" onto_itself
rm -rf "$merged"
failed_shard()
{
	sed -i 's/status 0/status 1/' "$two/data/run"
	! run "$cov/merge.sh" "$merged" "$one" "$two" &&
		said 'coverage: tests failed in these shards: 2/2' &&
		[ -s "$merged/series.html" ]
}
ok "merge: a shard whose tests failed" failed_shard
listed()
{
	sed -i 's/status 1/status 0/' "$two/data/run"
	echo 'ours yes' | tee -a "$one/data/run" >>"$two/data/run"
	! run "$cov/merge.sh" -l "$TMP/list" "$merged" "$one" "$two" &&
		said 'listed, but it runs'
}
ok "merge: the list, if the series is ours" listed

#
# Questions
#

COVERAGE_DATA=$all/data
export COVERAGE_DATA
ok "who: tests, patch, sum" run "$COVTOOL" who a.c 9
ok "who: and no more" is "$TMP/stdout" <<'END'
d/a.c:9 in f(): return i < 2;
from patch 0003: two: <script>alert(1)</script> & more
the data of 1 tests is lost, see build/coverage/lost.txt
         1  boot
         3  x/one
ran 4 times, in 2 tests
END
ok "who: no number" refused 'LINE=x is no number' "$COVTOOL" who a.c x
ok "who: no FILE" refused 'say FILE= and LINE=' "$COVTOOL" who '' ''
ok "who: no data" refused 'run: make coverage' env COVERAGE_DATA="$TMP/none" \
	"$COVTOOL" who a.c 9
printf 'x/one\nx/two\nx/new\nx/skipped\n' >"$TMP/tests"
affected()
{
	AFFECTED=$1 run "$COVTOOL" affected "$tree" "$TMP/tests"
}
ok "AFFECTED: a commit" affected HEAD
ok "AFFECTED: why all tests" said 'affected: 4 of 4 tests: d/not-built.c'
ok "AFFECTED: no commit" refused 'neither a patch file nor a commit' affected nope
echo hello >"$TMP/text"
ok "AFFECTED: no patch" refused 'there is no change in it' affected "$TMP/text"
ok "AFFECTED: with T=" refused 'not both' env T=x AFFECTED=HEAD "$COVTOOL" affected \
	"$tree" "$TMP/tests"
ok "AFFECTED: no data" refused 'run make coverage first' env AFFECTED=HEAD \
	COVERAGE_DATA="$TMP/none" "$COVTOOL" affected "$tree" "$TMP/tests"

# What is wrong with the question is said before anything is built or run.
ok "run: COV_MIN" refused 'COV_MIN=9x is no number of per cent' env COV_MIN=9x "$cov/run.sh"
ok "run: BASE" refused 'say which: KERNEL=' env BASE=v6.12 "$cov/run.sh"
ok "run: AFFECTED" refused 'AFFECTED= is for make check' env AFFECTED=x "$cov/run.sh"
ok "usage" sh -c '"$1" summary 2>&1 | grep -q "^covtool summary" && ! "$1" summary 2>/dev/null' \
	sh "$COVTOOL"

end
