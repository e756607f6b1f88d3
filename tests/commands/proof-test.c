// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report of coverage shows what really ran. A guest of the gcov kernel, which is built in
 * $GCOV_KERNEL, makes a known number of system calls (coverage/tests/proof.c). The test checks
 * the counts of the functions behind them, that lines which cannot have run have count 0, and
 * what happens to the data of a guest that crashes or is killed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define REPORT "$ROOT/coverage/report.sh $GCOV_KERNEL out "
#define COVTOOL "$ROOT/build/coverage-bin/covtool "
#define CREATE "drm_gem_shmem_dumb_create"
#define CLOSE "drm_gem_close_ioctl"

/* The command of a guest that ends by @end; its data is below the directory @data. */
static const char *guest(const char *end, const char *data)
{
	return f("$GCOV_KERNEL/linux mem=128M rootfstype=hostfs rootflags=/ ro init=$TMP/proof "
		 "proof=%s uml_dir=$TMP/uml/ con=null shrinkbench.console=1 "
		 "coverage.dir=$TMP/%s/coverage 2>&1",
		 end, data);
}

static void run_guests(void)
{
	sh("gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -D__user= -idirafter"
	   "	$GCOV_KERNEL/source/include/uapi -o proof $ROOT/coverage/tests/proof.c");
	command_seconds = 60;
	run(guest("off", "off"));
	run(guest("panic", "panic"));
	interrupted(SIGTERM, "proof: waiting", guest("wait", "term"));
	interrupted(SIGKILL, "proof: waiting", guest("wait", "kill"));
	command_seconds = 600;
}

/* Whether so many calls of @function are in the report, as a number and in words. */
static gboolean has_calls(const char *function, int calls)
{
	return !run(f(COVTOOL "function out/coverage.info %s", function)) &&
	       said(f("%d calls, ", calls)) && atoi(command_out()) == calls;
}

static void test_counts(void)
{
	ok("report", REPORT "off");
	says("last line", "=series: [1-9][0-9]* of [1-9][0-9]* added lines run \\([0-9.]*%\\)");
	check("exact count", has_calls(CREATE, 8));
	check("exact count of another", has_calls(CLOSE, 5));
	check("never called, never ran",
	      has_calls("drm_gem_flink_ioctl", 0) && said(", 0 of ") && !said(" of 0 lines"));
}

static void test_files(void)
{
	sh("sed \"s,^SF:$(readlink -f $GCOV_KERNEL/source)/,,; /:/d; /end_of_record/d\" "
	   "out/coverage.info | sort -u >reported");
	sh("sort -u $GCOV_KERNEL/coverage.files >files; grep '\\.c$' files | while read -r file; do"
	   "	[ ! -f $GCOV_KERNEL/${file%.c}.gcno ] || echo $file; done >instrumented");
	holds("all files of the series there",
	      "[ -s instrumented ] && [ -z \"$(comm -13 reported instrumented)\" ]");
	holds("no others there", "[ -s reported ] && [ -z \"$(comm -13 files reported)\" ]");
	holds("HTML has sources",
	      "grep -q drm_gem_flink_ioctl $(find out -name drm_gem.c.gcov.html)");
	holds("HTML of the series",
	      "[ -z \"$(grep -L '</html>' out/series.html out/series/*.html)\" ]");
	holds("HTML links to the series", "grep -q series.html out/index.html");
}

/* What each test ran adds up to the same lines and counts, and is found by its line. */
static void test_per_test(void)
{
	const char *who;

	holds("per test adds up",
	      "sed -n \"s,^SF:$(readlink -f $GCOV_KERNEL/source)/,,p"
	      "; s/^DA:\\([0-9]*\\),\\([0-9]*\\).*/\\1 \\2/p\" out/coverage.info |"
	      "	awk 'NF == 1 { file = $1; next } { print file, $0 }' | sort >lcov;"
	      "cut -f 1-3 out/data/all.lines | tr '\\t' ' ' | sort | diff lcov - && [ -s lcov ]");
	who = f("COVERAGE_DATA=$TMP/out/data " COVTOOL "who drm_gem_shmem_helper.c %s",
		ask("grep -n '^int " CREATE "' "
		    "$GCOV_KERNEL/source/drivers/gpu/drm/drm_gem_shmem_helper.c | cut -d : -f 1"));
	good("who, in the first test", "         7  proof/first", who);
	good("who, in the second test", "         1  proof/second", who);
	good("who, in all", "ran 8 times, in 2 tests", who);
}

static void test_again(void)
{
	static const char *const names[] = {"coverage.info", "data", "series.html"};

	sh("cp -R out first");
	ok("report again", REPORT "off");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		holds(f("the same %s", names[i]), f("diff -r out/%1$s first/%1$s", names[i]));
}

static void test_parts(void)
{
	ok("report of one test", REPORT "off/coverage/proof/first");
	check("count of one test", has_calls(CREATE, 7));
	ok("report of the other", REPORT "off/coverage/proof/second");
	check("count of the other", has_calls(CREATE, 1));
	check("none of the other", has_calls(CLOSE, 0));
	ok("report of boot", REPORT "off/coverage/boot");
	check("count of boot", has_calls(CREATE, 0));
	ok("report of two guests", REPORT "off panic");
	check("counts add up", has_calls(CREATE, 17));
	ok("report after a panic", REPORT "panic/coverage/proof/third");
	check("count after a panic", has_calls(CREATE, 1));
	ok("report after SIGTERM", REPORT "term/coverage/proof/third");
	check("count after SIGTERM", has_calls(CREATE, 1));
}

static void test_lost(void)
{
	ok("report after SIGKILL", REPORT "kill");
	says("loss named", "  proof/third");
	check("count before SIGKILL", has_calls(CREATE, 8));
	holds("loss named in HTML", "grep -q proof/third out/index.html");
	holds("loss named with the series", "grep -q proof/third out/series.html");
	is("one loss", "out/lost.txt", "proof/third\n");
	put("junit", "<testcase name=\"proof/first\">\n<testcase name=\"proof/never-begun\">\n");
	ok("report with JUnit", "$ROOT/coverage/report.sh -j junit $GCOV_KERNEL out off");
	is("never begun: named", "out/lost.txt", "proof/never-begun\n");
}

static void test_refused(void)
{
	/* The stamp of a build is in bytes 8 to 11 of a data file. */
	sh("mkdir none; cp -R off none/off; printf ABCD | dd conv=notrunc bs=1 seek=8"
	   "	of=$(find none/off -name drm_gem.gcda | head -n 1) 2>dd.log");
	bad("data of another build is refused", "is not from the kernel", REPORT "none");
	sh("rm -r none/off");
	bad("no data is an error", "error: coverage: no guest wrote", REPORT "none");
	holds("no data without coverage.dir=",
	      "[ -z \"$(find $GCOV_KERNEL/ -name '*.gcda' -print -quit)\" ]");
}

static void test_proof(void)
{
	if (!g_getenv("GCOV_KERNEL"))
		sh("echo 'GCOV_KERNEL is to name the build directory of a gcov kernel'; exit 1");
	run_guests();
	test_counts();
	test_files();
	test_per_test();
	test_again();
	test_parts();
	test_lost();
	test_refused();
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/proof", test_proof);
	return commands_run();
}
