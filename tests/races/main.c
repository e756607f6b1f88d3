// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * races [OPTION...] -- RUNNER...: runs tests under many schedules, and reduces one that
 * fails to the fewest preemptions. The last line is "N passed, N failed[, N
 * skipped]", in tests. Exit
 * status: 0 all passed, 1 a test failed, 2 no verdict.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/child.h"
#include "../host/io.h"
#include "explain.h"
#include "reduce.h"
#include "trial.h"

#define EXIT_TROUBLE 2
/* A reduced schedule is tried this often. */
#define REPLAYS 20
/* How the runner's line on a test that did not end begins. */
#define TIME_LIMIT "time limit:"

static char *work, *kernel_path, *patterns, *schedule_asked;
static gint64 seeds = 100, first_seed = 1;
static int points = 3, jobs = 1;

static const GOptionEntry options[] = {
	{"work", 0, 0, G_OPTION_ARG_FILENAME, &work, "Directory for logs",
	 "DIR"},
	{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &kernel_path, "The kernel",
	 "PATH"},
	{"tests", 0, 0, G_OPTION_ARG_STRING, &patterns, "Patterns of tests",
	 "'PATTERN ...'"},
	{"seeds", 0, 0, G_OPTION_ARG_INT64, &seeds, "How many schedules (100)",
	 "N"},
	{"seed", 0, 0, G_OPTION_ARG_INT64, &first_seed, "The first (1)", "N"},
	{"points", 0, 0, G_OPTION_ARG_INT, &points, "Preemptions at most (3)",
	 "N"},
	{"schedule", 0, 0, G_OPTION_ARG_STRING, &schedule_asked,
	 "Only this one", "SCHEDULE"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "Guests at a time (1)", "N"},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

/**
 * struct Hunt - the search for a schedule with which a test fails
 * @trials: how
 * @test: name
 * @steps: about as many as it makes
 * @lock: guards what follows
 * @next: the next seed
 * @end: the first that is not tried any more
 * @failing: the schedule of the smallest seed that failed, or NULL
 * @error: why there is no verdict, or NULL
 */
typedef struct {
	const Trials *trials;
	const char *test;
	guint64 steps;
	GMutex lock;
	guint64 next, end;
	Schedule *failing;
	GError *error;
} Hunt;

static gboolean try_schedule(const Schedule *schedule, gpointer data,
			     gboolean *failed, GError **error)
{
	const Hunt *hunt = data;
	g_autoptr(Trial) trial =
		trial_run(hunt->trials, hunt->test, schedule, 0, error);

	*failed = trial && trial->result == TRIAL_FAIL;
	return trial != NULL;
}

/* The next schedule, or NULL: seeds in order, none above one that failed. */
static Schedule *next_schedule(Hunt *hunt)
{
	Schedule *schedule = NULL;

	g_mutex_lock(&hunt->lock);
	if (hunt->next < hunt->end && !hunt->error)
		schedule = schedule_random(hunt->next++, hunt->steps,
					   (guint)points);
	g_mutex_unlock(&hunt->lock);
	return schedule;
}

/* Takes over @schedule, @trial and @error. */
static void note_result(Hunt *hunt, Schedule *schedule, Trial *trial,
			GError *error)
{
	g_mutex_lock(&hunt->lock);
	if (!trial && !hunt->error)
		hunt->error = g_steal_pointer(&error);
	if (trial && trial->result == TRIAL_FAIL &&
	    (!hunt->failing || schedule->seed < hunt->failing->seed)) {
		Schedule *old = hunt->failing;

		hunt->failing = g_steal_pointer(&schedule);
		hunt->end = MIN(hunt->end, hunt->failing->seed);
		if (old)
			schedule_free(old);
	}
	g_mutex_unlock(&hunt->lock);
	if (schedule)
		schedule_free(schedule);
	if (trial)
		trial_free(trial);
	g_clear_error(&error);
}

typedef struct {
	Hunt *hunt;
	guint slot;
} Hunter;

static gpointer run_hunter(gpointer data)
{
	const Hunter *hunter = data;
	Schedule *schedule;

	while ((schedule = next_schedule(hunter->hunt))) {
		GError *error = NULL;
		Trial *trial =
			trial_run(hunter->hunt->trials, hunter->hunt->test,
				  schedule, hunter->slot, &error);

		note_result(hunter->hunt, schedule, trial, error);
	}
	return NULL;
}

static gboolean run_hunt(Hunt *hunt, GError **error)
{
	g_autofree GThread **threads = g_new0(GThread *, jobs);
	g_autofree Hunter *hunters = g_new0(Hunter, jobs);

	for (int i = 0; i < jobs; i++) {
		hunters[i] = (Hunter){hunt, (guint)i};
		threads[i] = g_thread_new("hunter", run_hunter, &hunters[i]);
	}
	for (int i = 0; i < jobs; i++)
		g_thread_join(threads[i]);
	if (!hunt->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&hunt->error));
	return FALSE;
}

static void print_failure(const Trial *trial)
{
	Kernel kernel = {kernel_path};
	g_autofree char *words = explain(trial->log, kernel_place, &kernel);

	if (trial->why)
		printf("  %s\n", trial->why);
	printf("%s", words);
}

/* Reduce what failed, replay it, and say how. */
static gboolean report(Hunt *hunt, const Schedule *failing, GError **error)
{
	g_autoptr(Schedule) least = reduce(failing, try_schedule, hunt, error);
	g_autofree char *text = NULL;
	guint again = 0;

	if (!least)
		return FALSE;
	text = schedule_text(least);
	for (int i = 0; i < REPLAYS; i++) {
		g_autoptr(Trial) trial =
			trial_run(hunt->trials, hunt->test, least, 0, error);

		if (!trial)
			return FALSE;
		if (trial->result == TRIAL_FAIL && !again++)
			print_failure(trial);
	}
	printf("  preemptions: %u%s; it fails %u of %d times:\n"
	       "  make races T=%s SCHEDULE=%s\n",
	       least->points->len, least->seed ? ", and random priorities" : "",
	       again, REPLAYS, hunt->test, text);
	return TRUE;
}

/* Sets *@result. FALSE with @error set: no verdict. */
static gboolean hunt_in(const Trials *trials, const char *test,
			TrialResult *result, GError **error)
{
	g_autoptr(Schedule) none = schedule_parse("0", NULL);
	g_autoptr(Trial) trial = trial_run(trials, test, none, 0, error);
	Hunt hunt = {.trials = trials,
		     .test = test,
		     .next = (guint64)first_seed,
		     .end = (guint64)(first_seed + seeds)};
	gboolean good = TRUE;

	if (!trial)
		return FALSE;
	*result = trial->result;
	if (trial->result == TRIAL_SKIP) {
		printf("skip  %s: %s\n", test, trial->why);
		return TRUE;
	}
	if (trial->result == TRIAL_FAIL &&
	    g_str_has_prefix(trial->why, TIME_LIMIT)) {
		*result = TRIAL_SKIP;
		printf("skip  %s: no end without preemption: some task waits "
		       "in a loop, or needs real "
		       "time\n",
		       test);
		return TRUE;
	}
	if (trial->result == TRIAL_FAIL) {
		printf("FAIL  %s: without any preemption\n", test);
		return report(&hunt, none, error);
	}
	if (!trial->steps) {
		printf("skip  %s: it runs nothing that is instrumented\n",
		       test);
		return TRUE;
	}
	hunt.steps = trial->steps;
	good = run_hunt(&hunt, error);
	if (good && hunt.failing) {
		*result = TRIAL_FAIL;
		printf("FAIL  %s: seed %" G_GUINT64_FORMAT "\n", test,
		       hunt.failing->seed);
		good = report(&hunt, hunt.failing, error);
	} else if (good) {
		printf("ok    %s: %" G_GINT64_FORMAT
		       " schedules of %" G_GUINT64_FORMAT " steps\n",
		       test, seeds, hunt.steps);
	}
	g_clear_pointer(&hunt.failing, schedule_free);
	return good;
}

/* One schedule, in words. Sets *@result, as hunt_in(). */
static gboolean replay(const Trials *trials, const char *test,
		       TrialResult *result, GError **error)
{
	g_autoptr(Schedule) schedule = schedule_parse(schedule_asked, error);
	g_autoptr(Trial) trial =
		schedule ? trial_run(trials, test, schedule, 0, error) : NULL;

	if (!trial)
		return FALSE;
	*result = trial->result;
	printf("%s %s: %" G_GUINT64_FORMAT " steps\n",
	       trial->result == TRIAL_FAIL ? "FAIL " : "ok   ", test,
	       trial->steps);
	print_failure(trial);
	return TRUE;
}

/* The names of the tests that match. */
static GPtrArray *list_tests(const Trials *trials, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_auto(GStrv) words = g_strsplit_set(patterns, " \t\n", -1),
		      lines = NULL;
	g_autofree char *text = NULL;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	for (char **word = trials->command; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, (char *)"--list");
	for (char **word = words; *word; word++)
		if (**word)
			g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, NULL);
	text = child_ask((ChildArgs){.argv = (char *const *)argv->pdata,
				     .errors = CHILD_STDERR},
			 error);
	lines = g_strsplit(text ? text : "", "\n", -1);
	for (char **line = lines; *line; line++) {
		char *name = g_strndup(*line, strcspn(*line, " \t"));

		if (*name)
			g_ptr_array_add(names, name);
		else
			g_free(name);
	}
	return names;
}

static gboolean check_options(int argc, GError **error)
{
	if (argc < 2 || !work || !kernel_path || !patterns)
		return fail(error, "usage: races --work=DIR --kernel=PATH "
				   "--tests='PATTERN ...' "
				   "-- RUNNER ...");
	if (!strpbrk(patterns, "abcdefghijklmnopqrstuvwxyz*@"))
		return fail(error,
			    "say which tests: make races T='virtio/evict*'");
	if (seeds < 1 || first_seed < 1 || jobs < 1)
		return fail(error, "SEEDS, SEED and J are numbers from 1");
	if (points < 0 || points > SCHEDULE_POINTS_MAX)
		return fail(error, "POINTS is a number from 0 to %d",
			    SCHEDULE_POINTS_MAX);
	return TRUE;
}

/* Counts the tests in @counts, by TrialResult. */
static gboolean run(char **command, guint *counts, GError **error)
{
	const Trials trials = {command, work};
	g_autoptr(GPtrArray) tests = list_tests(&trials, error);

	if (*error)
		return FALSE;
	for (guint i = 0; i < tests->len; i++) {
		TrialResult result;

		if (schedule_asked
			    ? !replay(&trials, tests->pdata[i], &result, error)
			    : !hunt_in(&trials, tests->pdata[i], &result,
				       error))
			return FALSE;
		counts[result]++;
		fflush(stdout);
	}
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new("-- RUNNER...");
	g_autoptr(GError) error = NULL;
	guint counts[3] = {0};

	g_option_context_add_main_entries(context, options, NULL);
	child_catch_signals();
	if (!g_option_context_parse(context, &argc, &argv, &error) ||
	    !check_options(argc, &error) ||
	    !run(argv + (strcmp(argv[1], "--") ? 1 : 2), counts, &error)) {
		fprintf(stderr, "races: %s\n", error->message);
		return child_interrupted() ? 128 + child_interrupted()
					   : EXIT_TROUBLE;
	}
	printf("%u passed, %u failed", counts[TRIAL_PASS], counts[TRIAL_FAIL]);
	if (counts[TRIAL_SKIP])
		printf(", %u skipped", counts[TRIAL_SKIP]);
	printf("\n");
	return counts[TRIAL_FAIL] ? EXIT_FAILURE : EXIT_SUCCESS;
}
