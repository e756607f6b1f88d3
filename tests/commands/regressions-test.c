// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regress and plant.sh, with a kernel of two files and tests that read in it what they are to say.
 */
#include <signal.h>

#include "fake.h"

#define REGRESS(options)                                                                           \
	"$BIN/regress --patches=$TMP/patches --scripts=$ROOT/uml-config "                          \
	"--work=$SB_BUILD/regressions/work " options " -- $TMP/command @KERNEL@"
/* Those of the tree, and somebody's own. */
#define COMPLETE(options) "rm -f ran once; " REGRESS("--complete " options)
#define OWN(options) "rm -f ran once; " REGRESS(options)
#define SHARDS                                                                                     \
	"n=%u; for i in $(seq $n); do " REGRESS(                                                   \
		"--list --shard=$i/$n") "; done | sort >names;"                                    \
					"ls patches | sed 's/.patch$//' | diff - names"
#define BY_ONE "Caught-by: a/one\nReason: ^no one"
#define BY_LUCK "Caught-by: a/one\nReason: ^once"
#define NO_ONE "/* fails a/one: no one */"

/* A patch that adds this line to the kernel. */
static void plant(const char *name, const char *header, const char *line)
{
	put(f("patches/%s.patch", name), f("%s\n\n"
					   "diff --git a/lib/lib.c b/lib/lib.c\n"
					   "--- a/lib/lib.c\n"
					   "+++ b/lib/lib.c\n"
					   "@@ -1,3 +1,4 @@\n"
					   " /* one */\n"
					   "+%s\n"
					   " /* two */\n"
					   " int three;\n",
					   header, line));
}

static void begin(void)
{
	unpack("regressions.txt", ".");
	fake_build("user");
	fake_series("user", "series");
	plant("R1-good", BY_ONE, NO_ONE);
}

static void caught(void)
{
	begin();
	good("one that is caught", "^the tests pass without them \\(debug", COMPLETE(""));
	says("its line", "^ok    R1-good  *[0-9]* s  assertion: a/one$");
	says("the sum", "=1 passed, 0 failed");
	is("its test is run without it, and twice with it", "ran", "a/one\na/one\na/one\n");
	holds("the list of results", "grep -q '^R1-good	caught	.*	assertion: a/one$' "
				     "build/regressions/work/results");
	ok("another time", COMPLETE(""));
	is("nothing is run without it again", "ran", "a/one\na/one\n");
	ok("all tests", COMPLETE("--full"));
	is("without it as well, and what has failed once more", "ran", "\n\na/one\n");
	ok("all tests, another time", COMPLETE("--full"));
	is("not again without it", "ran", "\na/one\n");
	ok("with tests that have changed",
	   "touch -d 1970-01-01 command; echo '# changed' >>command; " COMPLETE(""));
	is("they are", "ran", "a/one\na/one\na/one\n");
	sh("sed -i '/^+/s,new,newer,' series/0002*");
	good("with a series that has changed elsewhere, the last bug is gone",
	     "^the tests pass without them \\(debug", COMPLETE(""));
	good("again and again", "^ok    R1-good  .* s  3 times assertion: a/one$",
	     COMPLETE("--runs=3"));
	is("its own only", "ran", "a/one\na/one\na/one\n");
	bad("a number that is none", "often", COMPLETE("--runs=often"));
	bad("a full disk", "error: no space left in", COMPLETE("--room=100000000"));
	plant("R2-luck", BY_LUCK, "/* fails a/one: once */");
	bad("one that is caught by luck", "^      this was run 2 of 3",
	    COMPLETE("--only=R2 --runs=3"));
	plant("R2-luck", "Reason: x", "/* x */");
	bad("a patch that does not say who is to catch it",
	    "R2-luck.patch lacks Caught-by: or Reason:", COMPLETE(""));
}

static void not_caught(void)
{
	begin();
	plant("R2-silent", BY_ONE, "/* nothing */");
	plant("R3-other", BY_ONE, "/* fails a/one: another */");
	plant("R4-unrelated", "Variant: fast\n" BY_ONE, "/* fails a/two: no one */");
	plant("R5-broken", BY_ONE, "broken");
	plant("R6-gone", BY_ONE, NO_ONE);
	sh("sed -i 's,/. two,/* too,' patches/R6-gone.patch");
	plant("R8-luck", BY_LUCK, "/* fails a/one: once */");
	bad("those that are not", "^FAIL  R2-silent .* s  not caught", COMPLETE(""));
	says("why", "^      no test failed");
	says("one fails for another reason", "^FAIL  R3-other ");
	says("which is shown", "^      \\| a/one: another");
	says("another one fails", "^FAIL  R4-unrelated ");
	says("it does not build", "^FAIL  R5-broken ");
	says("with the compiler's words", "^.*\\| .*error:");
	says("one does not apply", "^FAIL  R6-gone ");
	says("with git's words", "^.*\\| .*R6-gone.* not apply");
	says("one fails by luck", "^FAIL  R8-luck ");
	says("which is shown, too", "^      \\| a/one: once: and then not");
	says("the other variant is without it first", "^the tests pass without them \\(fast");
	says("the sum of all", "=1 passed, 6 failed");
	good("one of them", "=1 passed, 0 failed", COMPLETE("--only=R1"));
	bad("none of them", "error: no regression matches \"R7 R9*\"", COMPLETE("--only='R7 R9*'"));
	bad("in the full mode", "^FAIL  R8-luck ", COMPLETE("--only='R1 R4 R8' --full"));
	says("and is called flaky", "^      \\| flaky: a/one failed, and then not: once");
	says("a test fails that should not", "^FAIL  R4-unrelated ");
	says("and is named", "^      \\| a/two: no one");

	ok("2 shards are all of them", f(SHARDS, 2));
	ok("8 shards are all of them", f(SHARDS, 8));
	good("an empty one says so", "^no regression is in shard 1/8", COMPLETE("--shard=1/8"));
	says("and is no failure", "=0 passed, 0 failed");
}

/* Bugs of which nothing is known. */
static void own(void)
{
	begin();
	sh("rm patches/R1-good.patch");
	plant("mine-1", "", "/* fails a/two: no two */");
	plant("mine-2", "Try-first: a/two", "/* fails a/two: no two */");
	plant("mine-3", "", "/* nothing */");
	plant("mine-4", "", "/* fails a/one: once */");
	good("a bug of which nothing is known", "^ok    mine-1 .* s  assertion: a/two$",
	     OWN("--only=mine-1"));
	is("all tests, without it first, and the one that fails again", "ran",
	   "\na/one a/two\na/two\n");
	ok("one with tests to try first", OWN("--only=mine-2"));
	is("only they are run", "ran", "a/two\na/two\n");
	stub("affected", "case $AFFECTED in */mine-1.patch) echo a/two ;; esac");
	ok("one of which coverage knows which tests run it",
	   OWN("--only=mine-1 --affected=$TMP/affected"));
	is("only they are run, too", "ran", "a/two\na/two\n");
	bad("one that nothing catches", "^FAIL  mine-3 .* s  not caught", OWN("--only=mine-3"));
	bad("one that fails by luck", "^      \\| a/one: once: and then not", OWN("--only=mine-4"));
}

/* Of step 2; step 3 takes it back. */
static void plant_step(const char *header, const char *line)
{
	plant("R7-step", header, line);
	sh("sed -i 's,int three;,/* three */,' patches/R7-step.patch");
}

static void steps(void)
{
	begin();
	plant_step("Step: 0002\n" BY_ONE, NO_ONE);
	good("a bug of a step", "^ok    R7-step .* s  assertion: a/one$", COMPLETE("--only=R7"));
	ok("one that the next takes back", COMPLETE("--only=R7 --full"));
	says("its line", "^ok    R7-step .* s  check-each, patch 0002: assertion: a/one$");
	plant_step("Step: 0002\n" BY_ONE, "/* nothing */");
	bad("one that check-each does not see", "^      no test failed",
	    COMPLETE("--only=R7 --full"));
	plant_step("Step: 0002\nCaught-by: a/one\nReason: x.c: error:", "int x;");
	fails("nor one that builds", COMPLETE("--only=R7 --full"));
	plant_step("Step: 0002\nCaught-by: a/one\nReason: lib.c: error:", "x");
	good("one that does not build",
	     "^ok    R7-step .* s  check-each, patch 0002: .*lib.c: error: ",
	     COMPLETE("--only=R7 --full"));
	plant_step("Step: 0002\nCaught-by: a/one\nReason: lib.c:.*error:", "x");
	good("without check-each",
	     "^ok    R7-step .* s  patch 0002: .*lib.c:.* error: ", COMPLETE("--only=R7"));
	plant_step("Step: 0003\nCaught-by: a/one\nReason: lib.c:.*error:", "x");
	fails("nor one of the last step", COMPLETE("--only=R7 --full"));
	says("which nothing takes back", "no patch comes after 0003");
}

static void ended(void)
{
	const char *names[] = {"a run that is ended leaves nothing running",
			       "nor does one that has not come far"};

	begin();
	plant("R1-good", BY_ONE, "/* fails a/one: wait */");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		check(names[i], interrupted(SIGTERM, NULL, REGRESS("")) == 128 + SIGTERM &&
					said("=interrupted; so far: 0 passed, 0 failed"));
		sh("cp patches/R1-good.patch series/0004-bad.patch");
	}
	sh("sed -i s,a/one:.wait,a/two:' always', series/0004-bad.patch");
	bad("tests that fail anyway", "error: the tests must pass before anything is planted",
	    COMPLETE("--full"));
	says("and named", "not ok - a/two");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	g_setenv("KERNEL", scratch_path("user"), TRUE);
	g_setenv("SERIES", scratch_path("series"), TRUE);
	commands_add("/regressions/caught", caught);
	commands_add("/regressions/not-caught", not_caught);
	commands_add("/regressions/own", own);
	commands_add("/regressions/steps", steps);
	commands_add("/regressions/ended", ended);
	return commands_run();
}
