// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bisect.sh with a kernel of two files, and programs to match. What the kernel's text says decides
 * what a run of the tests prints.
 */
#include <signal.h>

#include "fake.h"

#define BISECT "$ROOT/tests/bisect/bisect.sh @DIR@/bin/tests/runner @KERNEL@"
#define SERIES(variables)                                                                          \
	": >ran; env KERNEL=$TMP/empty SERIES=$TMP/series T=t/one " variables " " BISECT
#define TREE(variables) ": >ran; env KERNEL=$TMP/user T=t/one GOOD=HEAD~8 " variables " " BISECT
#define FIRST_BAD "=first bad: [0-9a-f]* "
#define UAPI "include/uapi/drm/virtgpu_drm.h"

/* The kernel, without patches, and the programs. */
static void begin(void)
{
	fake_build("empty");
	unpack("bisect.txt", ".");
	sh("cp $BIN/bisect build/bisect/tests/");
	sh("cd empty; cat more.mk >>Makefile; rm more.mk; echo 'int lib;' >lib/lib.c;"
	   "printf '/* %s */\n' $(seq 90) >" GEM "; git init -q; git add -f .; " GIT
	   " commit -qm base");
}

/*
 * Eight patches, each of which writes a line of its own, "int vN;" but for these two, and runs the
 * file edit-N; as a git tree "user" and a series. Number 5 fixes what does not build or boot since
 * number 4.
 */
static void history(guint one, const char *text, guint two, const char *other)
{
	sh("rm -rf user series; cp -R empty user");
	for (guint n = 1; n <= 8; n++) {
		const char *line = n == one ? text : n == two ? other : f("int v%u;", n);

		sh(f("cd user; sed -i '%us,.*,%s,' " GEM, 10 * n, line));
		if (n == 5)
			sh("sed -i 's/^oops.*/int v4;/; s/nothing/v4/' user/" GEM);
		sh(f("cd user; test ! -e ../edit-%u || sh ../edit-%u;" GIT
		     " commit -qam 'gem: Patch %u'",
		     n, n, n));
	}
	sh("cd user; git format-patch -q -o $TMP/series HEAD~8");
}

static void wrong(guint patch)
{
	history(patch, f("int v%u; // wrong", patch), 0, NULL);
}

/* This patch is found to be the first bad one. */
static void found(const char *name, guint patch, const char *command)
{
	good(name, f(FIRST_BAD "gem: Patch %u", patch), command);
}

static void ends(void)
{
	static const guint patches[] = {1, 5, 8};

	begin();
	for (guint i = 0; i < G_N_ELEMENTS(patches); i++) {
		wrong(patches[i]);
		found(f("patch %u of a series", patches[i]), patches[i], SERIES());
		found(f("commit %u of a git tree", patches[i]), patches[i], TREE());
	}
	good("the next kernel is built while the tests run", "ahead ",
	     "rm -rf build/bisect/kernels; " SERIES("AHEAD=0"));
	says("and changes nothing else", FIRST_BAD "gem: Patch 8");
	says("a line for each step", "of about");
	says("the end says where the logs are", "build/bisect/");
	says("and how to see for oneself", "make check T=t/one");
	holds("and git bisect's log is kept",
	      "grep -q 'first bad commit' build/bisect/*/bisect.log");
	holds("the user's tree has no trace of it",
	      "cd user && test -z \"$(git status --porcelain)\" && ! git for-each-ref | grep "
	      "bisect");
	found("numbers of patches are ends, too", 8, SERIES("GOOD=2 BAD=8"));
	fails("GOOD that is bad is noticed", SERIES("GOOD=8 BAD=8"));
	fails("GOOD that comes after BAD, too", SERIES("GOOD=8 BAD=2"));
	bad("in a git tree as well", "GOOD comes after BAD", TREE("GOOD=HEAD BAD=HEAD~2"));
	wrong(3);
	bad("so is one that has the fault", "not found: GOOD fails already", SERIES("GOOD=4"));
	bad("BAD that is good is noticed", "not found: BAD passes, too", SERIES("BAD=2"));
}

static void skips(void)
{
	begin();
	history(4, "oops(", 6, "int v6; // wrong");
	found("a patch that does not build is stepped over", 6, SERIES());
	history(4, "int nothing;", 6, "int v6; // wrong");
	found("so is one that does not boot", 6, SERIES());
	put("nowhere", "");
	ok("and one with which no guest comes up", SERIES());
	says("in spite of which the fault is found", FIRST_BAD "gem: Patch 6");
	history(3, "int v3; /* other */", 6, "int v6; /* wrong */");
	bad("another failure is no answer", "another failure", SERIES());
	found("but for who wants any", 3, SERIES("ANY=1"));
}

static void runs(void)
{
	begin();
	history(5, "int v5; /* flaky */", 0, NULL);
	bad("what fails now and then is not taken", "RUNS=7", SERIES("RUNS="));
	found("then it is", 5, SERIES("RUNS=9"));
	says("and called so", "flaky: ");
	says("with the chance of a wrong answer", "so the answer is wrong with a chance of");
	wrong(5);
	ok("each kernel is tried three times", SERIES("RUNS=3"));
	says("the chance to miss a fault is said",
	     "3 runs each: a fault that shows in half of the runs is missed with a chance of 12 %");
}

#define APPLIES_FROM " \\(the test applies from this patch on\\)"

/* The tests apply to some of the kernels only; a run says so. */
static void skipped(void)
{
	begin();
	wrong(7);
	put("late", "");
	ok("where the test does not apply, the base is good all the same", SERIES());
	says("and the first bad found", FIRST_BAD "gem: Patch 7");
	wrong(2);
	ok("if it fails wherever it applies, the first of these is bad", SERIES());
	says("and it is said why", FIRST_BAD "gem: Patch 2" APPLIES_FROM);
}

/* The index of the series says where, so that nobody needs to run it to know. */
static void series(guint patch)
{
	wrong(patch);
	put("series/index", "0003 gives virtio-madvise\n0006 gives virtio-shrinker\n");
}

static void given(void)
{
	begin();
	put("tags1", "needs:virtio-madvise");
	put("tags2", "needs:virtio-shrinker");
	series(6);
	found("a test applies from some patch on, by the index", 6, SERIES());
	says("the border is said", "begins to apply at 0003");
	says("where the test does not apply, nothing is built", "!^[a-z]* .* 000[012] .*\\(build");
	series(3);
	put("two", "");
	ok("a fault in the first patch to which one test applies", SERIES("T='t/one t/two'"));
	says("is found", FIRST_BAD "gem: Patch 3" APPLIES_FROM);
	is("with that patch and BAD only", "ran", "run\nrun\nrun\n");
	series(5);
	found("a fault between the borders of two tests", 5, SERIES("T='t/one t/two'"));
}

/* Or the source does. */
static void told(void)
{
	begin();
	put("tags1", "needs:virtio-madvise");
	put("edit-3", "echo DRM_VIRTGPU_MADVISE >" UAPI "; git add -f " UAPI);
	wrong(7);
	found("a test applies from some patch on, by the source", 7, SERIES());
	says("the border is said", "begins to apply at 0003");
	found("the same in a git tree", 7, TREE());
	put("edit-5", "git rm -q " UAPI);
	sh("cp edit-3 edit-7");
	wrong(8);
	found("a test begins to apply twice; a fault after that", 8, SERIES());
	wrong(4);
	found("one before it stops", 4, SERIES());
	wrong(6);
	bad("but not where it does not apply", "not found: 3 patches are left", SERIES());
	says("and why", "gem: Patch 6  -- the test does not apply");
}

static void commit(const char *edit, const char *subject)
{
	sh(f("cd user; %s; git add -f .; " GIT " commit -qm '%s'", edit, subject));
}

static void trees(void)
{
	static const char *const files[] = {"Documentation/gpu/index.rst", "drivers/net/net.c",
					    "lib/new.c"};

	begin();
	wrong(7);
	for (guint n = 1; n <= 60; n++)
		for (guint i = 0; i < G_N_ELEMENTS(files); i++)
			commit(f("echo text %u >>%s", n, files[i]), f("%s: Part %u", files[i], n));
	commit("sed -i 's/int v8;/int v9;/' " GEM, "gem: Patch 9");
	found("commits that do not change the kernel", 7, TREE("GOOD=HEAD~189"));
	says("they are counted", "189 commits, 9 of which change");
	says("and not built", "!: Part .*(build");
	commit("sed -i 's/int v9; /& /; s/wrong/right/' " GEM, "gem: Repair it");
	commit("echo text >>Documentation/gpu/index.rst", "Documentation: More");
	commit("sed -i 's/int lib/& \\/* wrong *\\//' lib/lib.c", "lib: Break it");
	commit("echo text >>Documentation/gpu/index.rst", "Documentation: Still more");
	good("one that does is among such", FIRST_BAD "lib: Break it", TREE("GOOD=HEAD~3"));
	says("without building GOOD, since another is good", "!good end");
	holds("git bisect replay says the same",
	      "cd user && git bisect replay $(ls -t ../build/bisect/*/bisect.log | head -n 1) | "
	      "grep -q 'is the first bad commit'");
}

static void subjects(void)
{
	static const char *const locks[] = {"index.lock", "HEAD.lock", "refs/ends/bad.lock"};

	begin();
	wrong(8);
	put("also", "");
	good("what fails at both ends is left out, if something else does not", "  t/one", TREE());
	says("and found", FIRST_BAD "gem: Patch 8");
	sh("rm also");
	commit(GIT " commit -q --amend --allow-empty -m 'Revert \"[a] b\" [v2] again';"
		   "sed -i s/wrong/right/ " GEM,
	       "gem: [x] Break it [again] a bit");
	commit("sed -i s/right/wrong/ " GEM, "gem: [x] Break it [again] a bit");
	good("a subject with brackets", FIRST_BAD "gem: \\[x\\] Break it \\[again\\] a bit",
	     TREE("GOOD=HEAD~1"));
	for (guint i = 0; i < G_N_ELEMENTS(locks); i++)
		sh(f("touch $(echo build/bisect/linux-*)/.git/%s", locks[i]));
	good("locks that a power cut has left", FIRST_BAD ".*", TREE("GOOD=HEAD~1"));
	wrong(7);
	found("a kernel at a relative path", 7, SERIES("KERNEL=empty"));
	sh("mv series/0003-gem-Patch-3.patch 'series/0003 gem patch 3.patch'");
	found("blanks in the name of a patch", 7, SERIES());
	stub("bin/date", "case $1 in +%s) echo 1 ;; *) echo now ;; esac");
	sh(SERIES());
	bad("two of the same second", "not found: BAD passes, too", SERIES("BAD=6"));
}

static void errors(void)
{
	begin();
	wrong(7);
	bad("a partial clone is an error", "partial clone",
	    "git -C user config remote.origin.promisor true; " TREE());
	bad("a test that there is none of is an error", "no test is called", SERIES("T=t/unknown"));
	fails("no test at all is, too", TREE("T="));
	bad("a git tree wants a good commit", "GOOD=", TREE("GOOD="));
	bad("one that there is not is an error", "GOOD=nonsense", TREE("GOOD=nonsense"));
	history(6, "int v6; // broken", 0, NULL);
	bad("a fault of the bench is not a verdict",
	    "error: the tests could not be run: error: no shim", SERIES());
}

static void ended(void)
{
	begin();
	wrong(6);
	put("wait", "");
	check("one that is ended leaves nothing running",
	      interrupted(SIGTERM, NULL,
			  "env KERNEL=$TMP/empty SERIES=$TMP/series T=t/one " BISECT) ==
		      128 + SIGTERM);
	sh("rm wait");
	good("the same command goes on", "going on with", SERIES());
	says("and finds it", FIRST_BAD "gem: Patch 6");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	g_setenv("MAKE", "true", TRUE);
	commands_add("/bisect/ends", ends);
	commands_add("/bisect/skips", skips);
	commands_add("/bisect/runs", runs);
	commands_add("/bisect/skipped", skipped);
	commands_add("/bisect/given", given);
	commands_add("/bisect/told", told);
	commands_add("/bisect/trees", trees);
	commands_add("/bisect/subjects", subjects);
	commands_add("/bisect/errors", errors);
	commands_add("/bisect/ended", ended);
	return commands_run();
}
