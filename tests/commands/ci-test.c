// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files for CI systems. Their commands are run here, each job in a directory of its own, by a
 * make that asks the real one for what it would do. And SHARD= where the tests of check,
 * check-each and check-regressions do not reach.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define GITLAB ".gitlab-ci.yml"
#define GITHUB ".github/workflows/check.yml"

/* A line of what commands.awk prints: JOB, WHAT, and one or two words. */
typedef char **Row;

static GPtrArray *plan; /* Row */

static const char *with_shard(const char *text, guint index)
{
	g_auto(GStrv) parts = g_strsplit(text, "${{ matrix.shard }}", -1);
	g_autofree char *shard = g_strdup_printf("%u", index);
	g_autofree char *joined = g_strjoinv(shard, parts);

	return f("%s", joined);
}

/* The first row from @i on that says this of @job; @i is moved behind it. NULL: none. */
static Row next_of(const char *job, const char *what, guint *i)
{
	while (*i < plan->len) {
		Row row = plan->pdata[(*i)++];

		if (!strcmp(row[0], job) && !strcmp(row[1], what))
			return row;
	}
	return NULL;
}

/* Put what earlier jobs kept into @dir. GitLab puts artifacts of all of them where they were. */
static void fetch(const char *job, const char *dir)
{
	Row row;

	for (guint i = 0; (row = next_of(job, "fetch", &i));)
		sh(f("mkdir -p %s/%s; find kept -mindepth 1 -maxdepth 1 -name '%s' "
		     "-exec cp -R {} %s/%s \\;",
		     dir, row[3], row[2], dir, row[3]));
	if (there("kept/-"))
		sh(f("cp -R kept/-/. %s", dir));
}

/* Keep @path of @dir, under @name; two of one name would be one. FALSE: it fails, as it says. */
static gboolean keep(const char *dir, const char *name, const char *path)
{
	if (!there(f("%s/%s", dir, path)))
		return !run(f("echo the job leaves no %s; exit 1", path));
	if (!strcmp(name, "-"))
		return !run(
			f("mkdir -p kept/-; cd %s && cp -R --parents %s $TMP/kept/-", dir, path));
	return !run(f("mkdir kept/%s && cp -R %s/%s%s kept/%s", name, dir, path,
		      g_str_has_suffix(path, "/") ? "." : "", name));
}

static gboolean job(const char *name, guint index, guint count_of_all)
{
	const char *const jobs[] = {"default", name};
	const char *dir = f("jobs/%s-%u", name, index), *commands = "";
	Row row;

	fetch(name, dir);
	for (guint part = 0; part < 2; part++)
		for (guint i = 0; (row = next_of(jobs[part], "run", &i));)
			commands = f("%s%s\n", commands, with_shard(row[2], index));
	put(f("%s/commands", dir), commands);
	if (!*commands || run(f("cd %s && CI_NODE_INDEX=%u CI_NODE_TOTAL=%u sh -eu ./commands", dir,
				index, count_of_all)))
		return FALSE;
	for (guint i = 0; (row = next_of(name, "keep", &i));)
		if (!keep(dir, with_shard(row[2], index), with_shard(row[3], index)))
			return FALSE;
	return TRUE;
}

static gboolean jobs_of(const char *name)
{
	guint i = 0;
	Row row = next_of(name, "parallel", &i);
	guint count_of_all = row ? atoi(row[2]) : 1;

	for (guint index = 1; index <= count_of_all; index++)
		if (!job(name, index, count_of_all))
			return FALSE;
	return TRUE;
}

/* Run all jobs, in their order. The last command says why that fails. */
static gboolean pipeline(const char *file)
{
	g_auto(GStrv) lines = NULL;
	const char *last = "default";

	sh("rm -rf jobs kept calls merged; mkdir jobs kept; : >calls");
	lines = g_strsplit(ask(f("awk -f $ROOT/tests/ci/commands.awk %s", file)), "\n", -1);
	g_ptr_array_set_size(plan, 0);
	for (char **line = lines; *line; line++)
		g_ptr_array_add(plan, g_strsplit(*line, "\t", -1));
	for (guint i = 0; i < plan->len; i++) {
		const char *name = ((Row)plan->pdata[i])[0];

		if (strcmp(name, last) && strcmp(name, "default") && !jobs_of(name))
			return FALSE;
		last = name;
	}
	return plan->len > 0;
}

/* make was called with this target, and each of these shards once. */
static void called(const char *name, const char *target, const char *calls)
{
	check(name, !strcmp(ask(f("grep '^%s ' calls || :", target)), calls));
}

/* With that edit by sed it fails. */
static void broken(const char *name, const char *file, const char *edit, const char *why)
{
	/* (commands.awk looks at the path.) */
	const char *copy = strstr(file, "github") ? "github/broken.yml" : "broken.yml";

	sh(f("mkdir -p github; sed '%s' %s >%s; ! cmp -s %s %s", edit, file, copy, file, copy));
	check(name, !pipeline(copy) && said(why));
}

static void file(const char *yaml)
{
	const char *path = f("$ROOT/%s", yaml);

	unpack("ci.txt", ".");
	ok(f("%s: yamllint", yaml), f("yamllint --strict -c $ROOT/.yamllint %s", path));
	check(f("%s: its commands run here, and leave what it keeps", yaml), pipeline(path));
	called(f("%s: all of make check", yaml), "check", "check 1/2\ncheck 2/2");
	called(f("%s: the foreign programs", yaml), "check-clients", "check-clients ");
	called(f("%s: all of make coverage, and the report", yaml), "coverage",
	       "coverage 1/2\ncoverage 2/2\ncoverage ");
	is(f("%s: the report is of all shards", yaml), "merged", "shard 1/2\nshard 2/2\n");
	holds(f("%s: caches", yaml), f("grep -q build/download %s && grep -q '^ *path: "
				       "\\.ccache$\\|^ *- \\.ccache/$' %s && "
				       "grep -q '^ *CCACHE_DIR: .*/\\.ccache$' %s",
				       path, path, path));
	holds(f("%s: it names no host", yaml),
	      f("! grep -n '://\\|[a-z]\\.\\(com\\|org\\|io\\)\\>' %s", path));
	broken(f("%s: a target that is none is found", yaml), path, "s/make check /make no-check /",
	       "No rule to make target 'no-check'");
	broken(f("%s: a variable that is none", yaml), path, "s/ SHARD=/ SHRAD=/",
	       "the help does not name SHRAD=");
	broken(f("%s: a shard that is none", yaml), path,
	       "s/COVERAGE_FROM=\"\\([^\"]*\\)2\"/COVERAGE_FROM=\"\\13\"/", "data/run");
	broken(f("%s: an artifact that is none", yaml), path,
	       "s,build/junit-debug.xml,build/junit.xml,", "leaves no build/junit.xml");
}

static void gitlab(void)
{
	g_auto(GStrv) parts = NULL;
	const char *pattern;

	file(GITLAB);
	/* The number that it shows is that of the last line. */
	pattern = ask("sed -n \"s,^  coverage: '/\\(.*\\)/'\\$,\\1,p\" $ROOT/" GITLAB);
	parts = g_regex_split_simple(pattern, "series: 4 of 6 added lines run (66.6%)", 0, 0);
	check("GitLab finds the percentage",
	      !strcmp(parts[0], "") && !strcmp(parts[1], "66.6") && !strcmp(parts[2], ""));
	holds("which the report has", "grep -q '\"series: %u of %u added lines run (%s)' "
				      "$ROOT/coverage/src/summary.c");
}

static void github(void)
{
	file(GITHUB);
	broken("artifacts of the same name are found", "$ROOT/" GITHUB,
	       "s/name: junit-debug-.*/name: junit/", "File exists");
}

/*
 * SHARD=
 */

#define EACH_TARGET                                                                                \
	"for target in check check-all check-each check-regressions coverage fuzz; do "            \
	"$REAL_MAKE -s -C $ROOT $target "

/* No command that SHARD= is for gets as far as a build. */
static void errors(void)
{
	static const char *const wrong[] = {"0/3", "4/3",  "a/b",   "1/0",  "1",   "1/",
					    "/2",  "01/2", "1/2/3", "1 /2", "-1/2"};

	ok("SHARD is looked at before anything else",
	   EACH_TARGET "-n -W uml-config/supervise.c SHELL=/bin/true | head -n 1 | "
		       "grep -x '. uml-config/shard.sh' || exit 1; done");
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		run(f(EACH_TARGET "SHARD='%s' BUILD=$TMP/none 2>errors && exit 1;"
				  "grep -v '^make' errors; done",
		      wrong[i]));
		check(f("SHARD=%s is one error", wrong[i]),
		      said_lines() == 6 &&
			      count(f("error: SHARD=%s is not a shard; say 1/3, 2/3 or 3/3",
				      wrong[i])) == 6);
	}
	refused("COV_MIN of a shard is an error", "say it where the shards are merged",
		"SHARD=1/2 COV_MIN=90 $ROOT/coverage/run.sh");
	refused("so are tests of what runs none", "COVERAGE_FROM= runs no tests",
		"COVERAGE_FROM=x T='virtio/*' $ROOT/coverage/run.sh");
}

/* What .ci/run ends with. */
static void sum(void)
{
	stub("one", "echo 'FAIL  a/b  0.1s  BUG: x'; echo 'ok    c/d'; "
		    "echo '1 passed, 1 failed, 2 skipped'; false");
	stub("two", "echo ok 1 a; echo ok 2 b '# SKIP'");
	good("each command has its line", "^ok        3 passed   0 failed   1 skipped",
	     "$ROOT/tests/parts.sh 'echo 3 passed, 0 failed, 1 skipped' "
	     "$TMP/two");
	says("TAP is counted", "^ok        1 passed   0 failed   1 skipped");
	says("the last line is the sum", "=4 passed, 0 failed");
	says("nothing is named that passed", "!FAIL");
	bad("one that fails fails all", "=4 passed, 2 failed",
	    "$ROOT/tests/parts.sh $TMP/one 'echo 3 passed, 0 failed' 'echo not ok 1 - e; false'");
	says("a test that failed is named again",
	     f("^%s: FAIL  a/b  0.1s  BUG: x", scratch_path("one")));
	says("and one of TAP", "^echo not ok 1 - e; false: not ok 1 - e");
	check("no other is", count(".*: (FAIL|not ok) ") == 2);
	bad("a status without a failed test is a failure", "=1 passed, 1 failed",
	    "$ROOT/tests/parts.sh 'echo 1 passed, 0 failed; exit 3'");
	says("and is named", "(status 3)");
	bad("no test is a failure", "(no test)", "$ROOT/tests/parts.sh true");
}

int main(int argc, char **argv)
{
	g_autofree char *make = g_find_program_in_path("make");
	int status;

	commands_init(argc, argv);
	g_setenv("REAL_MAKE", make, TRUE);
	plan = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	commands_add("/ci/gitlab", gitlab);
	commands_add("/ci/github", github);
	commands_add("/ci/sum", sum);
	commands_add("/ci/shards/errors", errors);
	status = commands_run();
	g_ptr_array_unref(plan);
	return status;
}
