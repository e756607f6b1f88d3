// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of coverage/. The data is real: libgcov wrote it, in programs that stand for
 * guests, with a "kernel" of one file. $COVTOOL is built with sanitizers. The unit tests in
 * coverage/tests/ test it in detail.
 */
#include <string.h>

#include "fake.h"

#define COV "$ROOT/coverage/"
/* The reports, which report.sh made of all guests, of the first, of the second; merge.sh. */
#define ALL "report.all"
#define MERGE COV "merge.sh report.merged report.1 report.2"

/* Checks that no partial and no old report is left. */
static gboolean nothing_beside(const char *report)
{
	return run(f("[ -z \"$(echo %s.* | grep -v '[*]')\" ]", report)) == 0;
}

/*
 * A series of two patches, a kernel, two guests
 */

static void commit(const char *subject)
{
	sh(f("cd tree && git add -A && " GIT " commit -qm '%s'", subject));
}

/* a.c with @body in its function. */
static void put_source(const char *body)
{
	put("tree/d/a.c", f("/* a */\nint f(void)\n{\n%s}\n", body));
}

#define CALLS "\tint i = 1;\n\th(i);\n\tg(i);\n"

static void make_tree(void)
{
	put_source("\treturn 0;\n");
	put("tree/d/not-built.c", "int old(void)\n{\n\treturn 1;\n}\n");
	sh("git -C tree init -q");
	commit("base");
	put_source(CALLS "\treturn 0;\n");
	commit("one");
	put_source(CALLS "\tif (i)\n\t\th(i);\n\treturn i < 2;\n");
	put("tree/d/not-built.c", "int old(void)\n{\n\treturn 2;\n}\n");
	commit("two: <script>alert(1)</script> & more");
	put("tree/.git/shrinkbench/slots", "0001\n0003\n");
}

static void make_kernel(void)
{
	sh("mkdir -p kernel/d; ln -s $TMP/tree kernel/source");
	put("kernel/include/config/kernel.release", "6.12\n");
	sh("echo CONFIG_GCC_VERSION=$(gcc -dumpversion | cut -d . -f 1)0000 >kernel/.config");
	ok("files: what the series touches", COV "files.sh $TMP/tree");
	put("kernel/coverage.files", command_out());
	is("files: these are all", "kernel/coverage.files", "d/a.c\nd/not-built.c\n");
	refused("COV_FILES: no such file", "there is no d/c.c in",
		"COV_FILES=d/c.c " COV "files.sh $TMP/tree");
	sh("cd kernel && gcc -w -std=gnu11 --coverage -c -o d/a.o $TMP/tree/d/a.c &&"
	   "gcc -c -o ../main.o " COV
	   "tests/guest.c && gcc -o ../guest ../main.o d/a.o --coverage");
}

/* Runs @guest, which writes the data of @test; its code runs @count times. */
static void run_guest(const char *guest, const char *test, const char *count)
{
	sh(f("dir=$TMP/guests/%1$s/coverage/%2$s; mkdir -p $dir;"
	     "GCOV_PREFIX=$dir GCOV_PREFIX_STRIP=$(echo $TMP/kernel | tr -cd / | wc -c)"
	     "	./guest %3$s; : >$dir/dumped",
	     guest, test, count));
}

static void run_guests(void)
{
	run_guest("1", "boot", "0");
	run_guest("1", "x/one", "3");
	run_guest("2", "boot", "1");
	run_guest("2", "x/two", "2 jump");
	run_guest("2", "x/skipped", "0");
	put("guests/2/coverage/x/lost/running", "");
	put("guests/3/coverage/x/alien/d/a.gcda", "adcgaliendata");
	put("guests/3/coverage/x/alien/dumped", "");
	put("junit.1", "<testcase name=\"x/one\">\n");
	put("junit.2", "<testcase name=\"x/two\">\n<testcase name=\"x/skipped\"><skipped/>\n"
		       "<testcase name=\"x/lost\"><failure/>\n");
	sh("cat junit.1 junit.2 >junit.all");
}

/* The command that makes the report @name, of a @shard, from the data of @guests. */
static const char *report(const char *name, const char *options, const char *shard,
			  const char *guests)
{
	put(f("run.%s", name), f("shard %s\ntests \nstatus 0\n", shard));
	return f(COV "report.sh -j junit.%1$s -r run.%1$s %2$s kernel $TMP/report.%1$s %3$s", name,
		 options, guests);
}

/* Saves the output of the last command, without the directory of the report. */
static void save_told(const char *name)
{
	put("told", command_out());
	sh(f("sed 's,[^ ]*/report[.a-z0-9]*/,,g' told >told.%s", name));
}

/*
 * The report
 */

static void test_report(void)
{
	ok("report: of all guests", report("all", "", "1/1", "guests/1 guests/2"));
	save_told("all");
	says("report: the last line", "=series: 6 of 6 added lines run \\(100.0%\\)");
	says("report: a row for each file", "^d/a.c  *7 of  *7 100.0%  *1 of  *1$");
	says("report: a row for each patch", "^0003  two: <script>.* 3  *3 100.0%$");
	says("report: a test that left no data", "^  x/lost$");
	holds("report: the page of the series",
	      "grep -q '\"series/0003.html\">two: &lt;script' " ALL "/series.html");
	holds("report: the page of a patch", "grep -q '<h2>d/a.c</h2>' " ALL "/series/0003.html");
	holds("report: LCOV's page", "grep -q 'not run: x/lost</p>' " ALL "/index.html");
	is("report: who ran what", ALL "/data/tests.lines",
	   "boot\td/a.c\t2-9:1\nx/one\td/a.c\t2-9:3\nx/two\td/a.c\t2-5:2\n");
	holds("report: how often, as LCOV says",
	      "tab=$(printf '\\t'); sed -n \"s/^DA:\\([0-9]*\\),\\([0-9]*\\).*/d\\/a.c${tab}\\1"
	      "${tab}\\2${tab}f/p\" " ALL "/coverage.info | diff - " ALL "/data/all.lines &&"
	      "grep -q \"^d/a.c${tab}4${tab}6${tab}f\\$\" " ALL "/data/all.lines");
	holds("report: missing branches",
	      "grep -qx 'd/a.c:7: 1 of 2: if (i)' " ALL "/branches.txt");
	check("report: nothing else is left", nothing_beside(ALL));
	ok("COV_MIN: reached", "COV_MIN=100 $COVTOOL summary " ALL);
	fails("COV_MIN: not reached", "COV_MIN=100.1 $COVTOOL summary " ALL);
}

static void test_list(void)
{
	put("list", "d/a.c f\n| g(i);\nWhy.\n");
	fails("report: a listed line that runs",
	      report("all", "-l list -f", "1/1", "guests/1 guests/2"));
	says("report: it is named", "error: coverage: list: d/a.c f: listed, but it runs: g(i);");
	bad("report: a line that is not listed", "d/a.c:5: does not run and is not listed in",
	    report("1", "-l list -f", "1/1", "guests/1/coverage/boot"));
	ok("report: no error if not all tests ran",
	   report("1", "-l list", "1/1", "guests/1/coverage/boot"));
	holds("report: the reason is in the page",
	      "grep -q 'class=\"why never\">Why.<' report.1/series/0001.html");
}

static gboolean is_as_before(void)
{
	return !run("diff -r " ALL " before") && nothing_beside(ALL);
}

/* Checks that a report of the data in @dir is refused, and the earlier one stays. */
static void kept(const char *name, const char *text, const char *dir)
{
	gboolean good = run(f(COV "report.sh kernel " ALL " %s", dir)) > 0 && said(text) &&
			said_lines() == 1;

	check(name, good && is_as_before());
}

static void test_kept(void)
{
	int status;

	sh("cp -R " ALL " before");
	kept("report: of another kernel", "is not from the kernel in", "guests/3");
	kept("report: without data", "no guest wrote coverage data below", "tree");
	sh("mv " ALL " " ALL ".old; mkdir " ALL ".new " ALL ".work");
	kept("report: when one was cut short", "is not from the kernel in", "guests/3");
	/* (The shell gets the signal when genhtml has ended.) */
	stub("bin/genhtml", "echo $$ >$TMP/fifo; exec sleep 1");
	status = interrupted(SIGTERM, NULL, COV "report.sh kernel " ALL " guests/1");
	check("report: when it is interrupted", status == 128 + SIGTERM && is_as_before());
	sh("rm bin/genhtml");
}

static void test_other_series(void)
{
	sh("mv tree/.git/shrinkbench/slots .");
	good("report: without a series", "=coverage: 7 of 7 lines run \\(100.0%\\)",
	     COV "report.sh kernel plain guests/1");
	fails("COV_MIN: is about a series", "COV_MIN=1 $COVTOOL summary plain");
	sh("mv slots tree/.git/shrinkbench/");
	good("BASE: of the commits of a git tree", "=series: 3 of 3 added lines run \\(100.0%\\)",
	     "KERNEL=$TMP/tree BASE=HEAD~1 " COV "report.sh kernel plain guests/1");
}

/*
 * Shards
 */

/* Copies what must be equal of a report. (LCOV's pages contain a date.) */
static void copy_comparable(const char *name)
{
	sh(f("cp -R report.%1$s compared.%1$s; cd compared.%1$s;"
	     "sed \"s,^SF:$(cat data/prefix)/,SF:,\" coverage.info | sort >../info;"
	     "mv ../info coverage.info; rm data/prefix;"
	     "find . -name '*.html' ! -path '*/series*' -exec rm {} +",
	     name));
}

static void test_merge(void)
{
	ok("report: of the first shard", report("1", "", "1/2", "guests/1"));
	ok("report: of the second", report("2", "", "2/2", "guests/2"));
	ok("merge: two shards", MERGE);
	save_told("merged");
	holds("merge: prints the same as a run of all tests", "diff told.all told.merged");
	sh(report("all", "", "1/1", "guests/1 guests/2"));
	copy_comparable("all");
	copy_comparable("merged");
	holds("merge: the report equals that of all tests", "diff -r compared.all compared.merged");
	holds("merge: names sources that are there",
	      "grep -qx SF:$TMP/report.merged/data/source/d/a.c report.merged/coverage.info");
	fails("merge: COV_MIN", "COV_MIN=101 " MERGE);
	sh("rm -rf report.merged");
	refused("merge: a shard is missing", "shard 2/2 is missing",
		COV "merge.sh report.merged report.1");
	check("merge: then there is no report", !there("report.merged"));
	check("merge: and no partial one", nothing_beside("report.merged"));
	sh("sed -i 's/status 0/status 1/' report.2/data/run");
	bad("merge: a shard whose tests failed", "coverage: tests failed in these shards: 2/2",
	    MERGE);
	holds("merge: has a report", "[ -s report.merged/series.html ]");
	sh("sed -i 's/status 1/status 0/' report.2/data/run;"
	   "echo 'ours yes' | tee -a report.1/data/run >>report.2/data/run");
	bad("merge: the list, if the series is ours", "listed, but it runs",
	    COV "merge.sh -l list report.merged report.1 report.2");
}

/*
 * Questions
 */

#define AFFECTED(what) "AFFECTED=" what " $COVTOOL affected tree tests"

static void test_questions(void)
{
	g_setenv("COVERAGE_DATA", f("%s/" ALL "/data", g_getenv("TMP")), TRUE);
	good("who: tests, patch, sum", "^         3  x/one$", "$COVTOOL who a.c 9");
	refused("who: no number", "LINE=x is not a number", "$COVTOOL who a.c x");
	refused("who: no FILE", "say FILE= and LINE=", "$COVTOOL who '' ''");
	refused("who: no data", "run: make coverage", "COVERAGE_DATA=$TMP $COVTOOL who a.c 9");
	put("tests", "x/one\nx/two\nx/new\nx/skipped\n");
	good("AFFECTED: a commit", "affected: 4 of 4 tests: d/not-built.c", AFFECTED("HEAD"));
	refused("AFFECTED: no commit", "neither a patch file nor a commit", AFFECTED("nope"));
	refused("AFFECTED: no patch", "there is no change in it", AFFECTED("tests"));
	refused("AFFECTED: with T=", "not both", "T=x " AFFECTED("HEAD"));
	refused("AFFECTED: no data", "run make coverage first",
		"COVERAGE_DATA=$TMP " AFFECTED("HEAD"));
	/* A wrong setting is an error before anything is built or run. */
	refused("run: COV_MIN", "COV_MIN=9x is not a percentage", "COV_MIN=9x " COV "run.sh");
	refused("run: BASE", "say which: KERNEL=", "BASE=v6.12 " COV "run.sh");
	refused("run: AFFECTED", "AFFECTED= is for make check", "AFFECTED=x " COV "run.sh");
	bad("usage", "covtool summary [-l LIST]", "$COVTOOL summary");
	g_unsetenv("COVERAGE_DATA");
}

static void test_coverage(void)
{
	g_autofree char *covtool =
		g_build_filename(g_getenv("ROOT"), "build/coverage-bin/asan/covtool", NULL);

	g_setenv("COVTOOL", covtool, TRUE);
	make_tree();
	make_kernel();
	run_guests();
	test_report();
	test_list();
	test_kept();
	test_other_series();
	test_merge();
	test_questions();
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/coverage", test_coverage);
	return commands_run();
}
