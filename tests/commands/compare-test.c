// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare with a kernel of two files, and tests that read in it what they are to say. The rest is
 * in ../compare/compare-test.c.
 */
#include <signal.h>

#include "fake.h"

#define COMPARE(variables)                                                                         \
	"env KERNEL=$TMP/user " variables " $BIN/compare $ROOT/uml-config $TMP/command "           \
	"@KERNEL@ @RUN@"
#define ALL_RESULTS "find build/compare/a build/compare/b -type f -exec cat {} +"

static void begin(void)
{
	unpack("compare.txt", ".");
	fake_build("user");
	fake_series("user", "series");
	sh("cp -R user copy");
}

static void errors(void)
{
	begin();
	fails("no kernels", COMPARE(""));
	says("is an error", "error: say A= and B=");
	fails("one that is not there", COMPARE("A=none B=$TMP/gone"));
	says("is an error", f("error: B=%s does not exist", scratch_path("gone")));
	fails("a directory without results", COMPARE("A=none B=$TMP/copy/lib"));
	says("is an error", "has no results of a run");
	fails("a number that is none", COMPARE("A=none B=none RUNS=often"));
	says("is an error", "error: RUNS=often: that is not a number");
	check("nothing was built so far", !there("build/compare/kernels"));
}

static void kernels(void)
{
	begin();
	ok("the same series twice", COMPARE("A=none B=none RUNS=2"));
	says("nothing got worse", "=nothing got worse");
	says("the kernel ran as often as it was to", "^B=none, run 2 of 2: 1 passed");
	fails("a series with which a test fails", COMPARE("A=none B=$TMP/series"));
	says("is worse", "=worse: 1 change");
	says("the test is named", "^  a/one  passed -> failed");
	holds("and in the JSON", "grep -q '\"worse\": true' build/compare/compare.json");
	ok("the other way round", COMPARE("A=$TMP/series B=none"));
	says("it is fixed", "^fixed:");
	sh("cp -R build/compare/a saved; cp saved/1.xml saved.xml; mkdir -p build/download;"
	   "tar -cf build/download/user.tar user");
	ok("results of a run and a kernel", COMPARE("A=$TMP/saved B=$TMP/user SERIES=none"));
	says("it is fixed", "^fixed:");
	put("build/download/linux-source-9.9.name", "user.tar\n");
	ok("one of Debian's kernels", COMPARE("A=debian:9.9 B=$TMP/user SERIES=none"));
	says("is the same", "=nothing got worse");
	fails("two results", COMPARE("A=$TMP/build/compare/b B=$TMP/saved.xml"));
	says("is worse", "=worse: 1 change");

	ok("what reclaim costs", COMPARE("A=none B=none COST=1"));
	says("is in the table", "^  x/stall  *ms  *[0-9]* \\([0-9]* .. [0-9]*\\)  *[0-9]* \\(");
	holds("and in the JSON", "grep -q '\"name\": \"x/stall\", \"unit\": \"ms\", \"a\": \\[' "
				 "build/compare/compare.json");
	holds("three times", "test $(find build/compare/b -name '*.cost' | wc -l) = 3");
	holds("the user's tree is as it was", "diff -r user copy");
}

static void no_verdict(void)
{
	begin();
	sh(COMPARE("A=none B=none"));
	sh(ALL_RESULTS " >before; cp -R series bad; sed -i 's/^+int one;/+broken/' bad/0001-*");
	fails("a series that does not build", COMPARE("A=none B=$TMP/bad"));
	says("is an error", f("error: there is no kernel of B=%s", scratch_path("bad")));
	put("broken", "");
	fails("a kernel with which no test runs", COMPARE("A=none B=none"));
	says("is an error", "error: no test was run with A=none");
	sh("rm broken; touch wait");
	check("one that is ended leaves nothing running",
	      interrupted(SIGTERM, NULL, COMPARE("A=none B=none")) == 128 + SIGTERM);
	holds("the results of before are there", ALL_RESULTS " | cmp - before");
	check("and nothing half done", !there("build/compare/new"));
	holds("the user's tree is as it was", "diff -r user copy");
}

int main(int argc, char **argv)
{
	commands_init(argc, argv);
	g_setenv("MAKE", "true", TRUE);
	commands_add("/compare/errors", errors);
	commands_add("/compare/kernels", kernels);
	commands_add("/compare/no-verdict", no_verdict);
	return commands_run();
}
