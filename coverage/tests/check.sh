#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh: tests of the report's parts, on a series of three patches and data
# made up for it. The programs are those with sanitizers.
CONFIG_DIR=$(cd "$(dirname "$0")/../../uml-config" && pwd -P)
. "$CONFIG_DIR/tests/lib.sh"
unset BASE COV_FILES COV_MIN COVERAGE_FROM AFFECTED SHARD T MAKEFLAGS MAKELEVEL 2>/dev/null
cov=$(cd "$(dirname "$0")/.." && pwd -P)
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a
GIT_COMMITTER_EMAIL=a@b
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
tab=$(printf '\t')

make -s -C "$cov" asan BUILD="$TMP" >"$TMP/make.log" 2>&1 || {
	cat "$TMP/make.log"
	exit 1
}
bin=$TMP/coverage-bin/asan

# is FILE: it has the lines that come in, with | for a tab.
is()
{
	tr '|' '\t' | diff - "$1"
}

#
# What gcov says
#

cat >"$TMP/json" <<'END'
{"gcc_version": "12", "files": [
 {"lines": [{"branches": [{"count": 9}], "count": 2, "line_number": 7,
   "unexecuted_block": false, "function_name": "a\"b"},
  {"line_number": 3, "count": -1, "block_ids": [1, {"x": []}]}],
  "functions": [{"blocks": 3, "name": "f", "count": 1e3}], "file": "/t/a.c"},
 {"file": "/elsewhere/b.c", "lines": [{"line_number": 1, "count": 1}]}],
 "format_version": "1", "data_file": "x/a.gcda"}
{"data_file": "y.gcda", "current_working_directory": "/t/sub", "files":
 [{"file": "../c.h", "lines": [
  {"line_number": 5, "count": 1, "function_name": "g"},
  {"line_number": 5, "count": 4, "function_name": "h"}]}]}
END

says()
{
	run "$bin/gcov-lines" /t <"$1"
}

lines_of_gcov()
{
	"$bin/gcov-lines" /t <"$TMP/json" >"$TMP/lines" && is "$TMP/lines" <<-'END'
	D|x/a.gcda
	F|a.c
	3|0|-
	7|2|a"b
	D|y.gcda
	F|c.h
	5|5|h
	END
}
ok "gcov: members in any order, unknown ones, other trees" lines_of_gcov

# not_json WHY TEXT
not_json()
{
	! printf '%s' "$2" | "$bin/gcov-lines" /t >"$TMP/output" 2>&1 && said "$1"
}
ok "gcov: cut short" not_json "ends too early" '{"data_file": "a'
ok "gcov: not JSON" not_json "not JSON" 'File a.c'
ok "gcov: no data file" not_json "which data file" '{"files": []}'
ok "gcov: too deep" not_json "nested too deeply" \
	"{\"x\": $(printf '%100s' '' | tr ' ' '[')"

#
# Three patches: the second moves a line of the first, the third changes one.
#

tree=$TMP/tree
mkdir "$tree"
(
	cd "$tree" || exit 1
	git init -q
	mkdir -p d .git/shrinkbench
	commit()
	{
		git add -A
		git commit -qm "$1"
	}
	printf '/* a */\nint f(void)\n{\n\treturn 0;\n}\n' >d/a.c
	printf 'int old(void)\n{\n\treturn 1;\n}\n' >d/not-built.c
	commit base
	printf '/* a */\nint f(void)\n{\n\tint i = 1;\n\tg(i);\n\th(i);\n' >d/a.c
	printf '\treturn 0;\n}\n' >>d/a.c
	commit 'one: <script>alert(1)</script> & more'
	printf '/* a */\nint f(void)\n{\n\tint i = 1;\n\th(i);\n\tg(i);\n' >d/a.c
	printf '\treturn 0;\n}\n' >>d/a.c
	commit 'two'
	printf '/* a */\nint f(void)\n{\n\tint i = 1;\n\th(i);\n\tg(i);\n' >d/a.c
	printf '\tif (i)\n\t\th(i);\n\treturn i < 2;\n}\n' >>d/a.c
	sed 's/1/2/' d/not-built.c >x && mv x d/not-built.c
	commit 'three'
	printf '0001\n0002\n0004\n' >.git/shrinkbench/slots
)
printf 'd/a.c\nd/not-built.c\n' >"$TMP/files"
data=$TMP/data

series()
{
	run "$cov/series.sh" "$tree" "$TMP/files" "$data"
}
ok "series: it is read" series
blamed()
{
	is "$data/blame" <<-'END'
	d/a.c|4|0001|d/a.c|4
	d/a.c|5|0001|d/a.c|6
	d/a.c|6|0002|d/a.c|6
	d/a.c|7|0004|d/a.c|7
	d/a.c|8|0004|d/a.c|8
	d/a.c|9|0004|d/a.c|9
	d/not-built.c|3|0004|d/not-built.c|3
	END
}
ok "series: a line is of the patch that left it there" blamed
ok "series: slots without a patch have no number" sh -c \
	'cut -f1,3 "$1" | tr "\t\n" ": " | grep "^0001:one.*0002:two 0004:three $"' \
	sh "$data/patches"

edited()
{
	sed 's/return i < 2/return i < 3/' "$tree/d/a.c" >"$TMP/a.c"
	cp "$TMP/a.c" "$tree/d/a.c"
	series
	git -C "$tree" checkout -q d/a.c
	grep -q "^d/a.c${tab}9${tab}edit" "$data/blame"
}
ok "series: an edit is of no patch" edited

of_git()
{
	find "$tree" -printf '%p %T@ %C@\n' | sort >"$TMP/before"
	KERNEL=$tree BASE=HEAD~1 "$cov/series.sh" "$tree" "$TMP/files" \
		"$TMP/git" || return
	find "$tree" -printf '%p %T@ %C@\n' | sort >"$TMP/after"
	cut -f1,3 "$TMP/git/patches" >"$TMP/list"
	is "$TMP/list" <<-'END' && cmp "$TMP/before" "$TMP/after"
	0001|three
	END
}
ok "BASE: the commits of a git tree, which stays as it is" of_git
wrong_base()
{
	KERNEL=$1
	BASE=$2
	SERIES=$3
	export KERNEL BASE SERIES
	fails "$cov/files.sh" "$tree" && said "$4"
}
ok "BASE: no such commit" wrong_base "$tree" nope none "is no commit of"
ok "BASE: no KERNEL" wrong_base '' HEAD none "say which: KERNEL="
ok "BASE: with SERIES" wrong_base "$tree" HEAD x.mbox "not both"
ok "BASE: no git tree" wrong_base "$TMP" HEAD none "not the top of a git tree"

files_are()
{
	"$cov/files.sh" "$tree" | paste -s -d ' ' - >"$TMP/output" &&
		said "$1" && [ "$(cat "$TMP/output")" = "$1" ]
}
ok "files: what the series touches" files_are "d/a.c d/not-built.c"
touch "$tree/d/b.c" "$tree/d/b.h" "$tree/d/Kconfig"
COV_FILES='d/b.*' && export COV_FILES
ok "COV_FILES: a pattern" files_are "d/a.c d/b.c d/b.h d/not-built.c"
COV_FILES=d
ok "COV_FILES: a directory" files_are "d/a.c d/b.c d/b.h d/not-built.c"
COV_FILES=d/c.c
ok "COV_FILES: no such file" sh -c '! "$1" "$2" 2>&1 >/dev/null |
	grep -q "there is no d/c.c" || exit 0; exit 1' sh "$cov/files.sh" "$tree"
unset COV_FILES

#
# Three tests ran it: all but lines 6 and 8.
#

series
printf 'boot|d/a.c|2:1\nx/one|d/a.c|2-5:3 9:3\nx/two|d/a.c|2-4:1 7:1\n' |
	tr '|' '\t' >"$data/tests.lines"
printf 'd/a.c|%s|f\n' '2|5' '4|4' '5|3' '6|0' '7|1' '8|0' '9|3' |
	tr '|' '\t' >"$data/all.lines"
printf 'd/a.c|7|1|2\n' | tr '|' '\t' >"$data/branches"
: >"$data/lost.txt"
: >"$data/reasons"
echo x/skipped >"$data/unsure"
cp "$TMP/files" "$data/files"
mkdir -p "$data/source"
cp -R "$tree/d" "$data/source/"

summary()
{
	run "$cov/summary.sh" "$data"
}
table()
{
	summary && said 'series: 4 of 6 added lines run (66.6%)' &&
		[ "$(tail -n 1 "$TMP/stdout")" = \
			'series: 4 of 6 added lines run (66.6%)' ] &&
		said '0001  one: <script>alert(1)</script> & more' &&
		grep -q '^0001 .* 2 *2 100.0%$' "$TMP/stdout" &&
		grep -q '^0002 .* 1 *0   0.0%$' "$TMP/stdout" &&
		grep -q '^0004 .* 3 *2  66.6%$' "$TMP/stdout" &&
		said 'branches: 1 of 2 of added lines' &&
		said '; 1 lines that ran miss some' &&
		grep -q '^d/a.c:7: 1 of 2: .' "$data/missing" &&
		[ "$(wc -l <"$data/missing")" = 1 ] &&
		said 'every function was entered'
}
ok "summary: table and last line" table
COV_MIN=66.6 && export COV_MIN
ok "COV_MIN: reached" summary
COV_MIN=67
ok "COV_MIN: not reached" fails "$cov/summary.sh" "$data"
COV_MIN=many
ok "COV_MIN: no number" fails "$cov/summary.sh" "$data"
unset COV_MIN
never_entered()
{
	cp "$data/all.lines" "$TMP/all.lines"
	sed "s/${tab}[0-9]*${tab}f/${tab}0${tab}f/" "$TMP/all.lines" \
		>"$data/all.lines"
	summary && said 'f() in d/a.c'
	status=$?
	cp "$TMP/all.lines" "$data/all.lines"
	return $status
}
ok "summary: a function never entered" never_entered
summary

# listed TEXT: the list of lines that do not run.
listed()
{
	printf "$1" >"$TMP/list"
	run "$cov/unreached.sh" "$data" "$tree" "$TMP/list" full
}
good='# why\n\nd/a.c f\n| g(i);\n|h(i);\nNobody calls\nit.\n'
ok "unreached: all are listed" listed "$good"
ok "unreached: the reason is kept" is "$data/reasons" <<'END'
d/a.c|6|Nobody calls it.
d/a.c|8|Nobody calls it.
END
complains()
{
	! listed "$1" && said "$2"
}
ok "unreached: one is not listed" complains 'd/a.c f\n| g(i);\nWhy.\n' \
	'd/a.c:8: does not run and is not listed'
ok "unreached: one that runs is listed" complains \
	"${good}\nd/a.c f\n| return i < 2;\nWhy.\n" 'listed, but it runs: return'
ok "unreached: twice what runs once" complains \
	"${good}\nd/a.c f\n| h(i);\nWhy.\n" 'listed, but it runs: h(i);'
ok "unreached: no such line" complains \
	"${good}\nd/a.c f\n| x();\nWhy.\n" 'there is no such added line: x();'
no_code()
{
	sed -i.all '/	7	/d' "$data/added"
	listed "${good}\nd/a.c f\n| if (i)\nWhy.\n"
	found=$?
	mv "$data/added.all" "$data/added"
	return $found
}
ok "unreached: another compiler's code" no_code
ok "unreached: the same, with code" complains \
	"${good}\nd/a.c f\n| if (i)\nWhy.\n" 'listed, but it runs: if (i)'
ok "unreached: no reason" complains 'd/a.c f\n| g(i);\n| h(i);\n' \
	'no reason is given'
some()
{
	printf 'd/a.c f\n| g(i);\nWhy.\n' >"$TMP/list"
	run "$cov/unreached.sh" "$data" "$tree" "$TMP/list"
}
ok "unreached: some tests, not all lines" some
listed "$good"

#
# Pages
#

pages()
{
	rm -rf "$TMP/out"
	mkdir "$TMP/out"
	run "$bin/series-pages" "$data" "$TMP/out" "A <b> title"
}
# has PAGE TEXT, hasnt PAGE TEXT
has()
{
	grep -qF -e "$2" "$TMP/out/$1"
}
hasnt()
{
	! has "$@"
}
ok "pages: they are made" pages
ok "pages: a row" has series.html '<a href="series/0004.html">three</a></td><td>3</td><td>2</td>'
ok "pages: subjects are text" hasnt series.html '<script'
ok "pages: the title is text" has series.html 'A &lt;b&gt; title'
ok "pages: code is text" has series/0004.html 'return i &lt; 2;'
ok "pages: a line that ran, with its tests" sh -c \
	'tr -d "\n" <"$1" | grep -q "<b>3</b><code>+	return i &lt; 2;</code></summary><p>1 test: x/one.*3</p>"' \
	sh "$TMP/out/series/0004.html"
ok "pages: a line that did not" sh -c \
	'grep -A1 "never.*<b>never</b><code>+		h(i);" "$1" | grep "Nobody calls it"' \
	sh "$TMP/out/series/0004.html"
ok "pages: branches not taken" has series/0004.html '[1 of 2 branches]'
ok "pages: what a later patch changed" has series/0001.html \
	'<div class="l old"><b>later</b><code>+	g(i);'
ok "pages: what is not compiled" has series/0004.html 'Nothing here is compiled'
ok "pages: nothing from elsewhere" sh -c '! grep -r "https\?://\|<link\|src=" "$1"' \
	sh "$TMP/out"
echo 'x/<lost>' >"$data/lost.txt"
pages
ok "pages: lost tests are named" has series.html 'x/&lt;lost&gt;'
ok "pages: lost tests are named with each patch" has series/0001.html 'x/&lt;lost&gt;'
: >"$data/lost.txt"
many()
{
	cp "$data/tests.lines" "$TMP/tests.lines"
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "y/$i${tab}d/a.c${tab}9:1"
	done >>"$data/tests.lines"
	pages
	cp "$TMP/tests.lines" "$data/tests.lines"
	has series/0004.html '<a href="#t1">all 10</a>' &&
		has series/0004.html '<p id="t1"><strong>10 tests:</strong> x/one, y/1,'
}
ok "pages: many tests are a link away" many

#
# Shards
#

# shard NUMBER TEST RANGES LINE:COUNT...: what make coverage SHARD=NUMBER/2 leaves:
# a guest that ran line 2 and a test that ran RANGES; of all lines, these counts.
shard()
{
	dir=$TMP/shard$1
	rm -rf "$dir"
	mkdir -p "$dir/data"
	cp -R "$data/files" "$data/source" "$data/patches" "$data/blame" \
		"$data"/diff.* "$dir/data"
	printf 'shard %s\ntests \nstatus 0\n' "$1/2" >"$dir/data/run"
	echo 6.12 >"$dir/data/release"
	echo "/tree$1/x" >"$dir/data/prefix"
	: >"$dir/data/trouble"
	: >"$dir/lost.txt"
	: >"$dir/data/lost.txt"
	echo "x/unsure$1" >"$dir/data/unsure"
	printf 'boot|d/a.c|2:1\n%s|d/a.c|%s\n' "$2" "$3" | tr '|' '\t' \
		>"$dir/data/tests.lines"
	number=$1
	shift 3
	printf 'd/a.c|%s|f\n' "$@" | tr '|:' '\t\t' >"$dir/data/all.lines"
	{
		printf 'TN:\nSF:/tree%s/x/d/a.c\nFN:2,f\n' "$number"
		echo "FNDA:${1#*:},f"
		printf 'FNF:1\nFNH:1\nBRDA:7,0,0,%s\nBRDA:7,0,1,0\n' "${5#*:}"
		printf 'BRF:2\nBRH:1\n'
		printf '%s\n' "$@" | sed 's/:/,/; s/^/DA:/'
		printf 'LF:7\nLH:4\nend_of_record\n'
	} >"$dir/coverage.info"
}
shards()
{
	shard 1 x/one '2-5:3 9:3' 2:4 4:3 5:3 6:0 7:0 8:0 9:3
	shard 2 x/two '2-4:1 7:1' 2:2 4:1 5:0 6:0 7:1 8:0 9:0
}
merge()
{
	rm -rf "$TMP/merged"
	run env COVERAGE_BIN="$bin" "$cov/merge.sh" "$TMP/merged" "$@"
}
# refused WHY DIR...: one line, no report, and what was there stays.
refused()
{
	why=$1
	shift
	! merge "$@" && said "$why" && [ "$(wc -l <"$TMP/output")" = 1 ] &&
		[ ! -e "$TMP/merged" ] && [ ! -e "$TMP/merged.new" ]
}
one=$TMP/shard1
two=$TMP/shard2
merged=$TMP/merged
shards
ok "merge: two shards" merge "$one" "$two"
ok "merge: the last line" test "$(tail -n 1 "$TMP/stdout")" = \
	'series: 4 of 6 added lines run (66.6%)'
ok "merge: counts are added up" is "$merged/data/all.lines" <<'END'
d/a.c|2|6|f
d/a.c|4|4|f
d/a.c|5|3|f
d/a.c|6|0|f
d/a.c|7|1|f
d/a.c|8|0|f
d/a.c|9|3|f
END
ok "merge: tests are those of both, boot is that of all guests" \
	is "$merged/data/tests.lines" <<'END'
boot|d/a.c|2:2
x/one|d/a.c|2-5:3 9:3
x/two|d/a.c|2-4:1 7:1
END
ok "merge: branches" is "$merged/data/branches" <<'END'
d/a.c|7|1|2
END
ok "merge: the tracefile names sources that are there" \
	grep -qx "SF:$merged/data/source/d/a.c" "$merged/coverage.info"
ok "merge: and has the same counts" \
	sh -c 'grep -q "^DA:2,6$" "$1" && grep -q "^FNDA:6,f$" "$1"' sh \
	"$merged/coverage.info"
ok "merge: LCOV's page" grep -q 'series.html' "$merged/index.html"
ok "merge: the series' page" grep -q '<td>3</td><td>2</td>' "$merged/series.html"
merged_answers()
{
	COVERAGE_DATA=$merged/data
	export COVERAGE_DATA
	run "$cov/who.sh" a.c 4 && said 'ran 4 times, in 2 tests' &&
		printf 'x/one\nx/two\nx/unsure1\nx/new\n' >"$TMP/tests" &&
		sed 's,return i < 2,return 2,' "$tree/d/a.c" >"$TMP/new.c" &&
		! diff -u --label a/d/a.c --label b/d/a.c "$tree/d/a.c" \
			"$TMP/new.c" >"$TMP/patch" &&
		AFFECTED=$TMP/patch run "$cov/affected.sh" "$tree" "$TMP/tests" &&
		[ "$(paste -s -d ' ' "$TMP/stdout")" = "x/one x/unsure1 x/new" ]
}
ok "merge: who and AFFECTED" merged_answers
again()
{
	cp -R "$merged" "$TMP/first" && merge "$two" "$one" &&
		diff -r "$TMP/first/data" "$merged/data" &&
		diff "$TMP/first/series.html" "$merged/series.html" &&
		diff "$TMP/first/branches.txt" "$merged/branches.txt"
}
ok "merge: the same in any order" again
COV_MIN=67 && export COV_MIN
ok "merge: COV_MIN" fails merge "$one" "$two"
unset COV_MIN

# Runs that are not as they should be.
failed_shard()
{
	sed -i 's/status 0/status 1/' "$two/data/run"
	! merge "$one" "$two" &&
		said 'coverage: tests failed in these shards: 2/2' &&
		[ -s "$merged/series.html" ]
}
ok "merge: a shard whose tests failed" failed_shard
shards
ok "merge: one is missing" refused 'shard 2/2 is missing' "$one"
ok "merge: one is there twice" refused 'which is there already' "$one" "$one" "$two"
sed -i 's,2/2,2/3,' "$two/data/run"
ok "merge: of another number of shards" refused 'is one of 2' "$one" "$two"
shards
sed -i 's,^tests,tests x/*,' "$two/data/run"
ok "merge: of other tests" refused 'are of other tests' "$one" "$two"
shards
sed -i 's,x/two,x/one,' "$two/data/tests.lines"
ok "merge: a test in two shards" refused 'x/one is in the data of two' "$one" "$two"
shards
echo '/* edited */' >>"$two/data/source/d/a.c"
ok "merge: of another source" refused 'different kernels or series' "$one" "$two"
shards
echo 6.13 >"$two/data/release"
ok "merge: of another kernel" refused 'releases are not the same' "$one" "$two"
shards
sed -i '1d' "$two/data/patches"
ok "merge: of another series" refused 'the patches are not' "$one" "$two"
shards
sed -i '4s/4/0/' "$two/data/blame"
ok "merge: of another series' lines" refused 'the lines of patches' "$one" "$two"
shards
sed -i '3d' "$two/data/all.lines"
ok "merge: of another compiler" refused 'the lines with code' "$one" "$two"
shards
rm "$two/coverage.info"
ok "merge: one that is not complete" refused 'lacks coverage.info' "$one" "$two"
ok "merge: no such directory" refused "no coverage data in $TMP/none" \
	"$one" "$TMP/none"
ok "merge: a directory without data" refused "no coverage data in $TMP" "$TMP"
shards
other_machine()
{
	sed -i 's/\t[0-9a-f]*\t/\t0123\t/' "$two/data/patches"
	merge "$one" "$two"
}
ok "merge: commits of another machine" other_machine
onto_itself()
{
	cp -R "$one" "$merged"
	! run "$cov/merge.sh" "$merged" "$merged" "$two" &&
		said 'is where the report goes' && diff -r "$one" "$merged"
}
rm -rf "$merged"
ok "merge: onto one of them" onto_itself
empty_shard()
{
	sed -i 's,1/2,1/3,' "$one/data/run"
	sed -i 's,2/2,2/3,' "$two/data/run"
	mkdir -p "$TMP/shard3/data"
	printf 'shard 3/3\ntests \nstatus 0\nempty yes\n' >"$TMP/shard3/data/run"
	merge "$TMP/shard3" "$one" "$two" &&
		said 'series: 4 of 6 added lines run (66.6%)'
}
ok "merge: one without a test" empty_shard
sed -i 's,3/3,1/1,' "$TMP/shard3/data/run"
ok "merge: none with a test" refused 'no shard has a test' "$TMP/shard3"

#
# A report of all, and one of its shards, from data that gcc's own library wrote: of
# a "kernel" of one file, and guests that are programs
#

kernel=$TMP/kernel
mkdir -p "$kernel/d" "$kernel/include/config"
ln -s "$tree" "$kernel/source"
echo 6.12 >"$kernel/include/config/kernel.release"
echo "CONFIG_GCC_VERSION=$(gcc -dumpversion | cut -d . -f 1)0000" >"$kernel/.config"
cp "$TMP/files" "$kernel/coverage.files"
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
(cd "$kernel" && gcc -w -std=gnu11 --coverage -c -o d/a.o "$tree/d/a.c" &&
	gcc -c -o "$TMP/main.o" "$TMP/main.c" &&
	gcc -o "$TMP/guest" "$TMP/main.o" d/a.o --coverage) >"$TMP/output" 2>&1
# guest GUEST TEST COUNT [jump]: what it leaves.
guest()
{
	dir=$TMP/guests/$1/coverage/$2
	mkdir -p "$dir"
	GCOV_PREFIX=$dir GCOV_PREFIX_STRIP=$(echo "$kernel" | tr -cd / | wc -c) \
		"$TMP/guest" "$3" ${4:-}
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
	run env COVERAGE_BIN="$bin" "$cov/report.sh" -j "$TMP/junit.$name" \
		-r "$TMP/run.$name" "$kernel" "$TMP/report.$name" "$@"
}
# without_paths REPORT: what must be the same, in $TMP/plain.
without_paths()
{
	rm -rf "$TMP/plain"
	cp -R "$1" "$TMP/plain"
	awk -v prefix="SF:$(cat "$1/data/prefix")/" '
		/^SF:/ { file = substr($0, length(prefix) + 1); next }
		{ print file, $0 }' "$1/coverage.info" |
		sort >"$TMP/plain/coverage.info"
	rm "$TMP/plain/data/prefix"
	# (LCOV's pages say when they were made.)
	find "$TMP/plain" -name '*.html' ! -path '*/series*' -exec rm {} +
}
as_one()
{
	without_paths "$TMP/report.all"
	rm -rf "$TMP/plain.all"
	mv "$TMP/plain" "$TMP/plain.all"
	without_paths "$TMP/report.merged"
	diff -r "$TMP/plain.all" "$TMP/plain"
}
told()
{
	sed 's,[^ ]*/report[.a-z0-9]*/,,g' "$TMP/stdout" >"$TMP/told.$1"
}
ok "report: of all guests" report all 1/1 1 2
told all
counts_of_all()
{
	is "$TMP/report.all/data/tests.lines" <<-'END'
	boot|d/a.c|2-9:1
	x/one|d/a.c|2-9:3
	x/two|d/a.c|2-5:2
	END
}
ok "report: what tests ran" counts_of_all
ok "report: of the first shard" report 1 1/2 1
ok "report: of the second" report 2 2/2 2
merge_reports()
{
	run env COVERAGE_BIN="$bin" "$cov/merge.sh" "$TMP/report.merged" \
		"$TMP/report.1" "$TMP/report.2"
}
ok "report: merged" merge_reports
told merged
ok "report: that is the report of all" as_one
ok "report: and says the same" diff "$TMP/told.all" "$TMP/told.merged"
ok "report: a test that left no data is named" grep -qx x/lost \
	"$TMP/report.merged/lost.txt"

#
# Questions
#

COVERAGE_DATA=$data && export COVERAGE_DATA
who()
{
	run "$cov/who.sh" "$1" "$2"
}
who_says()
{
	who "$1" "$2" && said "$3"
}
who_fails()
{
	! who "$1" "$2" && said "$3" && [ "$(wc -l <"$TMP/output")" = 1 ]
}
ok "who: a test and its count" who_says a.c 9 "         3  x/one"
ok "who: line, function, text" who_says a.c 9 'd/a.c:9 in f(): return i < 2;'
ok "who: patch" who_says d/a.c 9 'from patch 0004: three'
ok "who: sum" who_says a.c 2 'ran 5 times, in 3 tests'
ok "who: nobody, and why" who_says a.c 6 'listed as not reached: Nobody calls it.'
ok "who: no code" who_fails a.c 1 'line 1 is no code that can run; the nearest is line 2'
ok "who: not compiled" who_fails not-built.c 3 'nothing in it was compiled'
ok "who: no such file" who_fails b.c 1 'no file b.c has coverage data'
ok "who: no number" who_fails a.c x 'LINE=x is no number'
COVERAGE_DATA=$TMP/none
ok "who: no data" who_fails a.c 1 'run: make coverage'
COVERAGE_DATA=$data

printf 'x/one\nx/two\nx/new\nx/skipped\n' >"$TMP/tests"
# affects CHANGE TESTS SAYS
affects()
{
	AFFECTED=$1
	export AFFECTED
	run "$cov/affected.sh" "$tree" "$TMP/tests" || return
	[ "$(paste -s -d ' ' "$TMP/stdout")" = "$2" ] && said "$3"
}
# edit SED-SCRIPT: a patch that makes that change, $TMP/patch.
edit()
{
	mkdir -p "$TMP/p/a/d" "$TMP/p/b/d"
	cp "$tree/d/a.c" "$TMP/p/a/d/a.c"
	sed "$1" "$tree/d/a.c" >"$TMP/p/b/d/a.c"
	(cd "$TMP/p" && diff -ru a b) >"$TMP/patch"
}
everything="x/one x/two x/new x/skipped"
edit 's/return i < 2/return 2/'
ok "affected: a line that is replaced" affects "$TMP/patch" \
	"x/one x/new x/skipped" '3 of 4 tests: 1 run the 1 lines, 2 without data'
edit 's/if (i)/if (!i)/'
ok "affected: another" affects "$TMP/patch" "x/two x/new x/skipped" '3 of 4 tests'
# What is new stands between lines that run.
edit '4s/$/\n\tk(i);/'
ok "affected: a line that is new" affects "$TMP/patch" "$everything" \
	'2 run the 2 lines'
edit '9s/$/\n\treturn 4;/'
ok "affected: behind the function" affects "$TMP/patch" "$everything" \
	'something between functions'
edit '1s/$/\n#define h g/'
ok "affected: a macro before it" affects "$TMP/patch" "$everything" \
	'something between functions'
edit '5s,$,\n\t/* Why. */,; s/return i < 2/return 2/'
ok "affected: a comment that is new" affects "$TMP/patch" \
	"x/one x/new x/skipped" '3 of 4 tests'
edit '5s,$,\n\t*p = 1;,'
ok "affected: no comment, though it has a star" affects "$TMP/patch" \
	"$everything" '4 of 4 tests'
header()
{
	sed 's,d/a.c,d/a.h,' "$TMP/patch" >"$TMP/patch.h"
	echo d/a.h >>"$data/files"
	affects "$TMP/patch.h" "$everything" 'not all that includes it'
	found=$?
	cp "$TMP/files" "$data/files"
	return $found
}
ok "affected: a header" header
edit 's,/\* a \*/,/* b */,'
ok "affected: a comment" affects "$TMP/patch" "$everything" 'nothing known runs it'
sed 's,d/a.c,d/z.c,' "$TMP/patch" >"$TMP/patch.z"
ok "affected: another file" affects "$TMP/patch.z" "$everything" \
	'd/z.c has no coverage data'
edit 's/return i < 2/return 2/'
sed 's/int i = 1/int i = 7/; s/h(i)/hh(i)/; s/if (i)/if (j)/' "$TMP/patch" >"$TMP/patch.old"
ok "affected: the source is another" affects "$TMP/patch.old" "$everything" 'is not clear'
ok "affected: a commit of the series" affects HEAD "$everything" 'd/not-built.c'
no_change()
{
	! affects "$1" '' '' && said "$2"
}
ok "affected: no commit" no_change nope 'neither a patch file nor a commit'
echo hello >"$TMP/text"
ok "affected: no patch" no_change "$TMP/text" 'no change in it'
COVERAGE_DATA=$TMP/none
ok "affected: no data" no_change "$TMP/patch" 'run make coverage first'

end
