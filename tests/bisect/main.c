// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bisect DIR RUNS COMMAND...: finds the first bad commit of DIR/repo, for bisect.sh, which
 * says what the environment and COMMAND must have. Exit status: 0 found, 1 not, 2 it could
 * not be tried.
 *
 * bisect --reads KERNEL: see note_reads().
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runner/test-list.h"
#include "stop.h"
#include "needs.h"
#include "read-git.h"
#include "report.h"
#include "verdict.h"

/* Tests that are looked for together, since they apply to the same commits. */
typedef struct {
	GPtrArray *tests; /* names */
	char **tags; /* of one of them */
	gboolean *applies; /* by number, GOOD at the end */
	guint wide; /* number of commits to which they apply */
} Group;

/* There is no answer. */
static void G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN
	not_found(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("not found: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	exit(1);
}

static const char *environment(const char *name)
{
	const char *value = g_getenv(name);

	return value && *value ? value : NULL;
}

/* DIR/kernels: lines "COMMIT NAME". */
static GHashTable *read_names(const char *dir)
{
	GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *path = g_build_filename(dir, "kernels", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		stop_with_error("there is no %s", path);
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 2);

		if (g_strv_length(words) == 2)
			g_hash_table_insert(
				names, (gpointer)g_intern_string(words[0]),
				(gpointer)g_intern_string(words[1]));
	}
	return names;
}

/* The commit whose kernel was built last, or BAD. */
static const Commit *built_last(const Search *search)
{
	GPtrArray *commits = search->history->commits;
	g_autofree char *path =
		g_build_filename(search->bench.kernels, "../built", NULL);
	g_autofree char *name = NULL;

	if (!g_file_get_contents(path, &name, NULL, NULL))
		return history_bad(search->history);
	g_strchomp(name);
	if (!g_strcmp0(g_hash_table_lookup(search->bench.names,
					   search->history->good->id),
		       name))
		return search->history->good;
	for (guint i = 0; i < commits->len; i++) {
		const Commit *commit = commits->pdata[i];
		const char *its =
			g_hash_table_lookup(search->bench.names, commit->id);

		if (its && !strcmp(its, name))
			return commit;
	}
	return history_bad(search->history);
}

static guint failed_runs(const Search *search, const Step *step)
{
	guint failed = 0;

	for (guint i = 0; i < step->runs->len; i++) {
		g_autoptr(GString) note = g_string_new(NULL);

		if (judge_run(step->runs->pdata[i], search->signature,
			      search->any, note) == BAD)
			failed++;
	}
	return failed;
}

/* The failures at BAD become what is looked for. */
static const Step *try_bad(Search *search, gboolean any)
{
	GPtrArray *commits = search->history->commits;
	Commit *bad = commits->pdata[commits->len - 1];
	const Step *step = search_try(search, bad, NULL);
	g_autofree char *title = commit_title(bad);
	g_autoptr(GString) note = g_string_new(NULL);

	if (bad->verdict == UNTESTABLE)
		not_found("at BAD, %s", bad->note);
	for (guint i = 0; i < step->runs->len; i++)
		signature_add(search->signature, step->runs->pdata[i]);
	search->any = any;
	search_judge(search);
	printf("%-5s bad end: %s (build %.0f s, tests %.0f s)\n",
	       search->signature->len ? "bad" : "good", title, step->build,
	       step->tests);
	fflush(stdout);
	if (!search->signature->len) {
		const Tap *tap = step->runs->pdata[0];
		const TapTest *test = tap->tests->pdata[0];

		if (!tap_count(tap, TAP_PASS))
			not_found("at BAD, the test does not apply: %s",
				  test->skip_reason ?: "");
		not_found("BAD passes, too");
	}
	return step;
}

static char **tags_of(GPtrArray *tests, const char *name)
{
	static char *none[] = {NULL};

	for (guint i = 0; i < tests->len; i++) {
		const TestInfo *test = tests->pdata[i];

		if (!strcmp(test->name, name))
			return test->tags;
	}
	return none;
}

static int by_width(const void *a, const void *b)
{
	const Group *const *one = a, *const *two = b;

	return (*one)->wide < (*two)->wide ? 1 : -1;
}

static void add_to_group(GPtrArray *groups, const History *history,
			 const char *name, char **tags)
{
	guint len = history->commits->len;
	g_autofree gboolean *applies = g_new0(gboolean, len + 1);
	Group *group;

	for (guint i = 0; i < len; i++)
		applies[i] = ((Commit *)history->commits->pdata[i])->applies;
	applies[len] = history->good->applies;
	for (guint i = 0; i < groups->len; i++) {
		group = groups->pdata[i];
		if (memcmp(group->applies, applies,
			   (len + 1) * sizeof(*applies)))
			continue;
		g_ptr_array_add(group->tests, (gpointer)name);
		return;
	}
	group = g_new0(Group, 1);
	group->tests = g_ptr_array_new();
	group->tags = tags;
	for (guint i = 0; i <= len; i++)
		group->wide += applies[i];
	group->applies = g_steal_pointer(&applies);
	g_ptr_array_add(group->tests, (gpointer)name);
	g_ptr_array_add(groups, group);
}

/* The tests of the signature, those that apply to the most commits first. */
static GPtrArray *make_groups(const Search *search, const char *repo,
			      GPtrArray *tests)
{
	g_autoptr(GPtrArray) names = signature_tests(search->signature);
	GPtrArray *groups = g_ptr_array_new();

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_intern_string(names->pdata[i]);
		char **tags = tags_of(tests, name);

		g_free(needs_apply(search->history, repo, tags));
		add_to_group(groups, search->history, name, tags);
	}
	g_ptr_array_sort(groups, by_width);
	return groups;
}

static GPtrArray *copy_of(GPtrArray *signature, GPtrArray *tests)
{
	GPtrArray *copy = signature_new();

	for (guint i = 0; i < signature->len; i++) {
		const Failure *from = signature->pdata[i];
		Failure *to = g_new0(Failure, 1);

		to->test = g_strdup(from->test);
		to->known_by = g_strdup(from->known_by);
		to->reason = g_strdup(from->reason);
		g_ptr_array_add(copy, to);
	}
	signature_keep(copy, tests);
	return copy;
}

static void say_tests(const char *what, GPtrArray *names)
{
	printf("%s\n", what);
	for (guint i = 0; i < names->len; i++)
		printf("  %s\n", (char *)names->pdata[i]);
	fflush(stdout);
}

/* Where the test begins to apply, and stops. */
static void say_borders(const History *history, const char *decide)
{
	gboolean applies = history->good->applies;

	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *commit = history->commits->pdata[i];
		g_autofree char *title = commit_title(commit);

		if (commit->applies == applies)
			continue;
		applies = commit->applies;
		printf("the test %s at %s (it needs %s)\n",
		       applies ? "begins to apply" : "stops applying", title,
		       decide);
	}
	fflush(stdout);
}

/* Of the tests that are looked for, those that passed at GOOD; the names live on. */
static GPtrArray *passed_at_good(const Search *search)
{
	g_autoptr(GPtrArray) names = signature_tests(search->signature);
	const Step *step =
		g_hash_table_lookup(search->steps, search->history->good);
	GPtrArray *passed = g_ptr_array_new();

	for (guint i = 0; i < names->len; i++) {
		gboolean all = step != NULL;

		for (guint j = 0; all && j < step->runs->len; j++) {
			const TapTest *test =
				tap_find(step->runs->pdata[j], names->pdata[i]);

			all = test && test->result == TAP_PASS;
		}
		if (all)
			g_ptr_array_add(passed, (gpointer)g_intern_string(
							names->pdata[i]));
	}
	return passed;
}

/* How many commits have another kernel than their parents? */
static void say_commits(const History *history)
{
	guint len = history->commits->len, touch = 0;

	for (guint i = 0; i < len; i++)
		touch +=
			!((Commit *)history->commits->pdata[i])->same_as_parent;
	printf("%u %s, %u of which change what this kernel is built from\n",
	       len, history->good->slot ? "patches" : "commits", touch);
	fflush(stdout);
}

static Outcome search_for(Search *search, const char *repo, const Group *group,
			  GPtrArray **candidates)
{
	Outcome outcome;

	for (;;) {
		g_autoptr(GPtrArray) passed = NULL;
		g_autofree char *decide =
			needs_apply(search->history, repo, group->tags);

		if (decide)
			say_borders(search->history, decide);
		outcome = search_run(search, candidates);
		if (outcome != BAD_AT_GOOD && outcome != NO_VERDICT_AT_GOOD)
			return outcome;
		/* A test that fails at GOOD already says nothing about other commits. */
		passed = passed_at_good(search);
		signature_keep(search->signature, passed);
		if (!search->signature->len || search->any)
			return outcome;
		say_tests("what is looked for passes there:", passed);
		g_ptr_array_unref(*candidates);
	}
}

static void say_end(const Search *search, const char *dir, Outcome outcome,
		    GPtrArray *candidates)
{
	const Commit *good = search->history->good;
	g_autofree char *repo = g_build_filename(dir, "repo", NULL);
	g_autofree char *end = NULL, *logs = NULL;

	report_git_log(search, candidates);
	switch (outcome) {
	case FOUND:
	case FOUND_AT_BORDER:
		report_found(search, candidates->pdata[candidates->len - 1],
			     outcome == FOUND_AT_BORDER);
		return;
	case LEFT:
		report_left(candidates);
		not_found("%u patches are left", candidates->len);
	case BAD_AT_GOOD:
		end = git_get(repo, NULL, "rev-parse", "refs/ends/good", NULL);
		if (strcmp(g_strchomp(end), good->id))
			not_found(
				"where GOOD and BAD part it fails already, so "
				"GOOD has something that fixes it, or never "
				"had the fault");
		logs = g_build_filename(dir, "steps", NULL);
		not_found("GOOD fails already; the log is in %s", logs);
	case NO_VERDICT_AT_GOOD:
		not_found("at GOOD, %s", good->note);
	}
}

static void run(Search *search, const char *dir)
{
	g_autofree char *repo = g_build_filename(dir, "repo", NULL);
	g_autofree char *list =
		g_build_filename(dir, "bin/tests/guest-tests", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) tests = test_list_load(list, &error);
	g_autoptr(GPtrArray) all = NULL, groups = NULL, candidates = NULL;
	gboolean any = environment("ANY") != NULL;
	const Step *bad = try_bad(search, any);
	guint failed = failed_runs(search, bad);
	Outcome outcome = LEFT;

	if (!tests)
		stop_with_error("%s", error->message);
	if (failed < bad->runs->len && !environment("RUNS"))
		not_found("at BAD, it is flaky: %u of %u runs failed. With "
			  "RUNS=%u, say, each kernel is tried that often, and "
			  "bad when one run fails.",
			  failed, bad->runs->len,
			  runs_needed((double)failed / bad->runs->len));
	say_commits(search->history);
	groups = make_groups(search, repo, tests);
	all = search->signature;
	for (guint i = 0; i < groups->len; i++) {
		const Group *group = groups->pdata[i];

		search->signature = copy_of(all, group->tests);
		if (groups->len > 1)
			say_tests("what is looked for:", group->tests);
		outcome = search_for(search, repo, group, &candidates);
		if (outcome != BAD_AT_GOOD && outcome != NO_VERDICT_AT_GOOD)
			break;
	}
	if (!candidates)
		stop_with_error("nothing failed at BAD");
	report_chance(search, failed_runs(search, bad), bad->runs->len);
	say_end(search, dir, outcome, candidates);
}

int main(int argc, char **argv)
{
	Search search = {.history = NULL};
	g_autofree char *kernels = NULL;

	if (argc == 3 && !strcmp(argv[1], "--reads")) {
		note_reads(argv[2]);
		return 0;
	}
	if (argc < 4 || !environment("CONFIG_DIR") || !environment("VARIANT")) {
		g_printerr("usage: see bisect.sh\n");
		return 2;
	}
	kernels = g_build_filename(argv[1], "../kernels", NULL);
	search.bench = (Bench){
		.dir = argv[1],
		.scripts = environment("CONFIG_DIR"),
		.kernels = kernels,
		.variant = environment("VARIANT"),
		.command = argv + 3,
		.names = read_names(argv[1]),
	};
	child_catch_signals();
	search.runs = (guint)g_ascii_strtoull(argv[2], NULL, 10);
	search.long_tests = g_ascii_strtod(environment("AHEAD") ?: "5", NULL);
	search.history = read_git(argv[1]);
	search.steps = g_hash_table_new(NULL, NULL);
	search.signature = signature_new();
	search.reads = reads_new();
	search.here = built_last(&search);
	run(&search, argv[1]);
	return 0;
}
