// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * each SCRIPTS COMMAND...: for every patch of the series, the kernel with the patches up to
 * it is built and looked at (check.c), and COMMAND run with it, in which @KERNEL@ stands for
 * its path, @SOURCE@ for what uml-config/keep.sh keeps of its source, @GIVES@ for the
 * capabilities that the series gives it so far, and @STEP@ for the number of the patch. A
 * line for each; the last is "N passed, N failed". It stops at the first that is bad. SCRIPTS
 * is uml-config/. From the environment:
 *
 *   FROM, TO, N   numbers: these steps only
 *   KEEP_GOING=1  do not stop
 *   SHARD=I/N     the I-th of N parts of these: neighbours, which cost less to build
 *   VARIANT       the kernel, default: each
 *   KERNEL, SERIES, J, SB_BUILD
 *                 as elsewhere
 *
 * While COMMAND runs with one kernel, the next is built. What is built stays: a second run
 * builds what changed and everything after it.
 *
 * each SCRIPTS --uapi: prints a directory include/uapi as the whole series makes it.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "../runner/shard.h"
#include "check.h"
#include "plan.h"

/* Tests that failed: no more are listed. */
#define MOST_FAILURES 20

typedef struct {
	const char *scripts;
	char **command;
	char *build; /* the workspace */
	const char *variant;
	Plan *plan;
	int width; /* of the longest subject */
	guint passed, failed;
} Each;

/* A step whose kernel was built, and is tested. */
typedef struct {
	Each *each;
	const Step *step;
	char *dir;
	GString *reasons;
	char *times; /* "build 3, static 1" */
	guint seconds; /* the sum of these */
} Trial;

static void trial_free(Trial *trial)
{
	g_free(trial->dir);
	g_string_free(trial->reasons, TRUE);
	g_free(trial->times);
	g_free(trial);
}

/* As short as can be. */
static const char *shown(const char *path)
{
	g_autofree char *here = g_get_current_dir();
	gsize length = strlen(here);

	if (g_str_has_prefix(path, here) && path[length] == '/')
		return path + length + 1;
	return path;
}

static char *dir_of(const Each *each, const Step *step)
{
	return g_build_filename(each->build, "steps", each->variant, step->slot,
				NULL);
}

/* Build and look, and note the key if all is well, so that it need not be done again. */
static void build_now(Each *each, Trial *trial, const char *key, gboolean looks)
{
	const Step *before = plan_before(each->plan, trial->step);
	g_autofree char *previous = dir_of(each, before);
	const CheckArgs args = {
		.scripts = each->scripts,
		.build = each->build,
		.variant = each->variant,
		.series = trial->step->series,
		.before = before->series,
		.dir = trial->dir,
		.previous = previous,
		.patch = looks ? trial->step->patch : NULL,
		.excepted = trial->step->excepted,
	};
	g_autofree char *line = g_strconcat(key, "\n", NULL);
	g_autofree char *file = g_build_filename(trial->dir, "key", NULL);
	g_autofree char *at = g_strconcat(trial->step->slot, "\n", NULL);
	g_autoptr(Check) check = NULL;

	g_unlink(file);
	write_file(each->build, "at", at, NULL);
	check = check_step(&args);
	g_string_append(trial->reasons, check->reasons->str);
	trial->seconds = check->build + check->looks;
	trial->times = g_strdup_printf("build %u, static %u", check->build,
				       check->looks);
	if (!check->reasons->len)
		write_file(trial->dir, "key", line, NULL);
}

/* The kernel of @step. It is not looked at, but only built, unless @looks. */
static Trial *build_step(Each *each, const Step *step, gboolean looks)
{
	Trial *trial = g_new0(Trial, 1);
	g_autofree char *key = plan_key(each->plan, step), *have = NULL;
	g_autofree char *not_looked = g_strconcat(key, ", not looked at", NULL);

	trial->each = each;
	trial->step = step;
	trial->dir = dir_of(each, step);
	trial->reasons = g_string_new(NULL);
	g_mkdir_with_parents(trial->dir, 0777);
	have = read_word(trial->dir, "key");
	if (exists(trial->dir, "kernel.source") &&
	    (!strcmp(have, key) || (!looks && !strcmp(have, not_looked))))
		trial->times = g_strdup("built before");
	else
		build_now(each, trial, looks ? key : not_looked, looks);
	return trial;
}

/* What failed, by the log of COMMAND. */
static void add_failures(Trial *trial, const char *path)
{
	g_autofree char *text = read_text(trial->dir, "tests.log", NULL);
	g_auto(GStrv) lines =
		g_strsplit(text ? g_strchomp(text) : "", "\n", -1);
	guint count = g_strv_length(lines), listed = 0;

	g_string_append_printf(trial->reasons, "tests: %s\n",
			       count ? lines[count - 1] : "");
	for (char **line = lines; *line && listed < MOST_FAILURES; line++)
		if (g_str_has_prefix(*line, "FAIL") ||
		    g_str_has_prefix(*line, "not ok")) {
			g_string_append_printf(trial->reasons, "\t%s\n", *line);
			listed++;
		}
	g_string_append_printf(trial->reasons, "log: %s\n", shown(path));
}

static void run_tests(Trial *trial, char *kernel)
{
	const Each *each = trial->each;
	g_autofree char *fill_in =
		g_build_filename(each->scripts, "fill-in.sh", NULL);
	g_autofree char *gives = read_word(trial->dir, "kernel.gives");
	g_autofree char *log = g_build_filename(trial->dir, "tests.log", NULL);
	g_autofree char *source =
		g_build_filename(trial->dir, "kernel.source", NULL);
	char *const first[] = {
		fill_in, "KERNEL", kernel, "SOURCE",	      source,
		"GIVES", gives,	   "STEP", trial->step->slot, "--"};
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	gint64 began = g_get_monotonic_time();
	ChildArgs args = {.out = log};
	guint seconds;
	char *times;
	int status;

	for (guint i = 0; i < G_N_ELEMENTS(first); i++)
		g_ptr_array_add(words, first[i]);
	for (char **word = each->command; *word; word++)
		g_ptr_array_add(words, *word);
	g_ptr_array_add(words, NULL);
	args.argv = (char **)words->pdata;
	if (child_run(&args, &status, NULL) != CHILD_ENDED || status)
		add_failures(trial, log);
	seconds = (g_get_monotonic_time() - began) / G_USEC_PER_SEC;
	times = g_strdup_printf("%s, tests %u", trial->times, seconds);
	trial->seconds += seconds;
	g_free(trial->times);
	trial->times = times;
}

static void print_reasons(FILE *to, const GString *reasons, const char *line,
			  const char *detail)
{
	g_auto(GStrv) lines = g_strsplit(reasons->str, "\n", -1);

	for (char **text = lines; *text; text++)
		if (**text == '\t')
			fprintf(to, "%s%s\n", detail, *text + 1);
		else if (**text)
			fprintf(to, "%s%s\n", line, *text);
}

/* Run the tests, and print the line of the step. Frees the trial. */
static gpointer test_step(gpointer data)
{
	Trial *trial = data;
	Each *each = trial->each;
	g_autofree char *kernel = g_build_filename(trial->dir, "kernel", NULL);
	g_autofree char *log = g_build_filename(trial->dir, "log", NULL);
	gboolean bad = trial->reasons->len > 0;

	if (bad)
		g_string_append_printf(trial->reasons, "log: %s\n", shown(log));
	if (g_file_test(kernel, G_FILE_TEST_EXISTS))
		run_tests(trial, kernel);
	bad = trial->reasons->len > 0;
	if (!child_interrupted()) {
		printf("%-4s  %s %-*s  %4u s  (%s)\n", bad ? "FAIL" : "ok",
		       trial->step->slot, each->width, trial->step->subject,
		       trial->seconds, trial->times);
		print_reasons(stdout, trial->reasons, "      ", "      | ");
		fflush(stdout);
		each->passed += !bad;
		each->failed += bad;
	}
	trial_free(trial);
	return NULL;
}

static int summary(const Each *each)
{
	gboolean interrupted = child_interrupted();

	printf("%s%u passed, %u failed\n",
	       interrupted ? "interrupted; so far: " : "", each->passed,
	       each->failed);
	if (interrupted)
		return 128 + child_interrupted();
	return each->failed ? 1 : 0;
}

/* Build and test @steps: the next one is built while the tests of one run. */
static int run_steps(Each *each, const GPtrArray *steps)
{
	gboolean keep_going = *setting("KEEP_GOING");
	GThread *tests = NULL;
	const char *stopped = NULL;

	for (guint i = 0; i < steps->len && !child_interrupted(); i++) {
		const Step *step = steps->pdata[i];
		Trial *trial =
			step->patch ? build_step(each, step, TRUE) : NULL;

		if (tests)
			g_thread_join(tests);
		tests = NULL;
		if (each->failed && !keep_going)
			stopped = step->slot;
		if (trial && !stopped && !child_interrupted()) {
			tests = g_thread_new("tests", test_step, trial);
			continue;
		}
		if (trial)
			trial_free(trial);
		if (stopped)
			break;
		if (!step->patch) {
			printf("ok    %s %s\n", step->slot, step->subject);
			each->passed++;
		}
	}
	if (tests)
		g_thread_join(tests);
	if (stopped)
		printf("stopped before %s; KEEP_GOING=1 goes on after a bad "
		       "step\n",
		       stopped);
	return summary(each);
}

/* The kernel before the first step tells what is new there. */
static gboolean build_ahead(Each *each, const Step *first, GError **error)
{
	const Step *ahead = plan_before(each->plan, first);
	Trial *trial = build_step(each, ahead, FALSE);
	gboolean built = exists(trial->dir, "kernel");
	g_autofree char *log = g_build_filename(trial->dir, "log", NULL);

	if (!built && !child_interrupted())
		print_reasons(stderr, trial->reasons, "", "  | ");
	trial_free(trial);
	return built || fail(error,
			     "that is the kernel before the first of these "
			     "patches; the log is %s",
			     shown(log));
}

/* The number that the first of these variables has. */
static gboolean number(const char *name, const char *other, guint64 otherwise,
		       guint64 *value, GError **error)
{
	const char *text = *setting(name) ? setting(name) : setting(other);

	*value = otherwise;
	if (!*text ||
	    g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, value, NULL))
		return TRUE;
	return fail(error, "N=%s: that is not a number", text);
}

/* The steps that FROM, TO, N and @shard select. NULL with @error set. */
static GPtrArray *select_steps(Each *each, const Shard *shard, GError **error)
{
	const GPtrArray *all = each->plan->steps;
	const Step *end = all->pdata[all->len - 1];
	g_autoptr(GPtrArray) steps = g_ptr_array_new();
	guint64 first, last;
	guint begin, count;

	if (!number("N", "FROM", 1, &first, error) ||
	    !number("N", "TO", 9999, &last, error))
		return NULL;
	for (guint i = 1; i < all->len; i++) {
		Step *step = all->pdata[i];
		guint64 slot = g_ascii_strtoull(step->slot, NULL, 10);

		if (slot < first || slot > last)
			continue;
		g_ptr_array_add(steps, step);
		if (step->patch)
			each->width =
				MAX(each->width, (int)strlen(step->subject));
	}
	if (!steps->len) {
		fail(error,
		     "no patch has a number from %u to %u; the last one is %s",
		     (guint)first, (guint)last, end->slot);
		return NULL;
	}
	begin = steps->len * (shard->number - 1) / shard->count;
	count = steps->len * shard->number / shard->count - begin;
	g_ptr_array_remove_range(steps, begin + count,
				 steps->len - begin - count);
	g_ptr_array_remove_range(steps, 0, begin);
	return g_steal_pointer(&steps);
}

/* The copy of the kernel is ours until we end. */
static gboolean begin(Each *each, GError **error)
{
	each->build = workspace_take(each->scripts, "each", error);
	return each->build != NULL;
}

static int run_each(Each *each, GError **error)
{
	Shard shard = {1, 1};
	g_autoptr(GPtrArray) steps = NULL;

	if (*setting("SHARD") && !shard_parse(setting("SHARD"), &shard, NULL)) {
		fail(error,
		     "SHARD=%s is not a shard; say 1/3, 2/3 or 3/3 for a third "
		     "each",
		     setting("SHARD"));
		return -1;
	}
	if (!begin(each, error))
		return -1;
	each->plan = plan_make(each->scripts, each->build, error);
	steps = each->plan ? select_steps(each, &shard, error) : NULL;
	if (!steps)
		return -1;
	if (!steps->len) {
		printf("no patch is in shard %s\n", setting("SHARD"));
		return summary(each);
	}
	if (!g_find_program_in_path("sparse"))
		fprintf(stderr,
			"kernel: sparse is not installed: what it would "
			"find is not looked at\n");
	if (!build_ahead(each, steps->pdata[0], error))
		return -1;
	return run_steps(each, steps);
}

static int print_uapi(Each *each, GError **error)
{
	g_autofree char *program =
		g_build_filename(each->scripts, "steps.sh", NULL);
	char *argv[] = {program, "--uapi", NULL};
	int status;

	if (!begin(each, error) ||
	    child_run(&(ChildArgs){.argv = argv,
				   .out = CHILD_STDOUT,
				   .errors = CHILD_STDERR},
		      &status, error) != CHILD_ENDED)
		return -1;
	return status;
}

int main(int argc, char **argv)
{
	g_autofree char *scripts = argc > 2 ? realpath(argv[1], NULL) : NULL;
	Each each = {.scripts = scripts, .command = argv + 2};
	g_autoptr(GError) error = NULL;
	int status;

	if (!scripts) {
		fprintf(stderr, "usage: each SCRIPTS COMMAND...\n");
		return 2;
	}
	g_setenv("LC_ALL", "C", TRUE);
	each.variant = *setting("VARIANT") ? setting("VARIANT") : "each";
	child_catch_signals();
	status = strcmp(argv[2], "--uapi") ? run_each(&each, &error)
					   : print_uapi(&each, &error);
	if (status >= 0)
		return status;
	if (child_interrupted())
		return summary(&each);
	fprintf(stderr, "error: %s\n", error->message);
	return 1;
}
