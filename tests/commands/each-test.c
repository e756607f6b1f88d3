// SPDX-License-Identifier: GPL-2.0-or-later
/* each with a kernel of two files, and makefiles and checkers to match. */
#include <signal.h>

#include "fake.h"

#define KERNELS "KERNEL=$TMP/user SERIES=$TMP/series"
#define EACH "env " KERNELS " $BIN/each $ROOT/uml-config $TMP/command @STEP@ @KERNEL@ @GIVES@"
#define UAPI KERNELS " $BIN/each $ROOT/uml-config --uapi"
#define SHARDS "rm -f ran; n=%u; for i in $(seq $n); do SHARD=$i/$n %s " EACH " || exit; done"
#define ALL "0001 1 <>\n0002 2 <two>\n0003 3 <three two>\n"

/* The good series with this index, but for an edit of the second patch by sed. */
static void series(const char *edit, const char *index)
{
	sh(f("rm -rf series ran; cp -R good series; sed -i '%s' series/0002-*", edit));
	put("series/index", index);
}

/* A kernel, three patches for it, and what runs with each. */
static void begin(void)
{
	fake_build("user");
	fake_series("user", "good");
	unpack("each.txt", ".");
	series("", "0002 gives two\n0003 gives three\n0003 last\n");
}

static void passes(void)
{
	begin();
	good("a good series", "^ok    0002 gem: Step 2 .* s  \\(build .*, static .*, tests .*\\)",
	     EACH);
	says("and their sum", "=3 passed, 0 failed");
	is("each ran with its kernel, and what that must have", "ran", ALL);
	says("what was wrong before is nobody's fault", "!FAIL");
	good("a second run", "^ok    0003 .*\\(built before, tests", "rm ran; " EACH);
	is("but runs all", "ran", ALL);
	ok("the headers as the whole series makes them", "grep new \"$(" UAPI ")/drm/drm.h\"");
	check("the ordinary kernel was not touched", !there("build/kernel") && !there("build/src"));
}

static void parts(void)
{
	static const guint counts[] = {1, 2, 3, 4, 7};

	begin();
	ok("a part of them", "FROM=2 TO=2 " EACH);
	is("is that", "ran", "0002 2 <two>\n");
	good("N= is one", "=1 passed, 0 failed", "N=3 " EACH);
	for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
		ok(f("%u shards", counts[i]), f(SHARDS, counts[i], ""));
		is("are the whole, each once", "ran", ALL);
	}
	ok("shards of a part", f(SHARDS, 2, "FROM=2"));
	is("are that part", "ran", "0002 2 <two>\n0003 3 <three two>\n");
	good("one with no patch says so", "no patch is in shard 1/4", "SHARD=1/4 " EACH);
	says("and has no sum", "=0 passed, 0 failed");
	fails("a shard that is none", "SHARD=4/3 " EACH);
	check("is an error, and the only line",
	      said("error: SHARD=4/3 is not a shard; say 1/3, 2/3 or 3/3 for a third each\n") &&
		      said_lines() == 1);
	fails("no such step is an error", "N=4 " EACH);
	fails("FROM= that is not a number is an error", "FROM=one " EACH);
}

static void findings(void)
{
	begin();
	series("s/^+int two;/+int two/", "");
	bad("a step that does not build", "^FAIL  0002 gem: Step 2 ", EACH);
	says("with the reason", "^      the kernel does not build");
	says("and what the compiler says", "^      \\| " GEM ": error: ");
	says("and the log", "^      log: ");
	is("nothing ran with it, nor with those after it", "ran", "0001 1 <>\n");
	says("the sum is that of what was tried", "=1 passed, 1 failed");
	/* Step 3 does not touch the file, so it does not build either. */
	bad("KEEP_GOING", "=1 passed, 2 failed", "KEEP_GOING=1 " EACH);

	series("s,^+int two;,& /* wrong */,", "");
	bad("a step whose tests fail", "^      tests: 0 passed, 1 failed", EACH);
	says("and which", "^      \\| FAIL a test");
	says("and stops", "=1 passed, 1 failed");

	series("s/^+int two;/+static int two;/", "");
	bad("a new warning of W=1", "^      \\| " GEM ": warning: .*two", "KEEP_GOING=1 " EACH);
	check("one that was there is not", said("^ok    0003") && !said("‘old’") && !said("'old'"));
	says("and the sum right", "=2 passed, 1 failed");
	fails("the next run finds it again", "N=2 " EACH);
	series("s/^+int two;/+two;/", "");
	bad("a new warning of the build", "^      new warnings of the build", "N=2 " EACH);
	ok("it counts where it is new only", "N=3 " EACH);
	series("s,^+int two;,& /* undocumented two */,", "");
	bad("a new warning of kernel-doc", "^      \\| " GEM ": warning: say what two is",
	    "N=2 " EACH);
	says("in another form, too", "^      \\| Warning: " GEM ": say what two means");
	says("and nothing else is, wherever it is now", "!say what old");

	series("s,^+int two;,& /* ugly */,", "");
	bad("what checkpatch.pl does not like", "^      \\| [0-9]*: ERROR:UGLY: this is ugly",
	    "N=2 " EACH);
	put("series/index", "0002 except UGLY it is the custom\n");
	ok("with an exception it is good", "N=2 " EACH);
	put("series/index", "0002 except UGLIER it is the custom\n");
	fails("with another TYPE's it is not", "N=2 " EACH);
	series("", "0002 except UGLY it is the custom\n");
	bad("an exception that is not needed is an error", "^      \\| UGLY", "N=2 " EACH);
}

static void slots(void)
{
	begin();
	series("", "");
	sh("rm series/0002-*");
	bad("a slot that is missing", "slot 0002 has neither a patch", EACH);
	put("series/index", "0002 empty there is nothing left to do\n");
	sh("sed -i 's/Step 3/Step of an empty slot/' series/0003-*; mv series/0003-* "
	   "series/0003-a.patch");
	good("a declared one counts as passed",
	     "^ok    0002 \\(empty: there is nothing left to do\\)", EACH);
	says("in the sum, too", "=3 passed, 0 failed");
	is("nothing ran for it", "ran", "0001 1 <>\n0003 2 <>\n");

	series("s,^-/. two ./,-/* something else */,", "");
	bad("a patch that does not apply", "^FAIL  0002 gem: Step 2 ", EACH);
	says("with what git says", "^.*\\| .*0002.*does not apply");

	sh("cd work; git rm -q lib/lib.c; sed -i 's, lib/lib.[co],,' Makefile;" GIT
	   " commit -qam 'lib: Step 4'");
	series("", "");
	sh("cd work; git format-patch -q --start-number 4 -o $TMP/series HEAD~1");
	good("a series that removes a file", "=2 passed, 0 failed", "FROM=3 " EACH);
}

/* Ended while the command of the first step waits. */
static void ended(void)
{
	begin();
	stub("command", "echo $$ >$TMP/fifo; exec sleep 1000");
	check("a run that is ended leaves nothing running",
	      interrupted(SIGTERM, NULL, EACH) == 128 + SIGTERM &&
		      said("=interrupted; so far: 0 passed, 0 failed"));
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	commands_add("/each/passes", passes);
	commands_add("/each/parts", parts);
	commands_add("/each/findings", findings);
	commands_add("/each/slots", slots);
	commands_add("/each/ended", ended);
	return commands_run();
}
