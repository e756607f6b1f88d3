// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regress OPTION... COMMAND...: plants each of some bugs in the kernel, by itself, and has
 * COMMAND (lab.h) run the tests: do they catch it? Without a bug, they must pass. While
 * the tests run with one kernel, the next is built. A line for each; the last is "N
 * passed, N failed".
 *
 * In the file "results" of --work, a line for each has, with tabs between, the name;
 * "caught", "not-caught" or "not-built"; seconds of the build, of the tests, and of
 * processor time; how it was caught. Whoever plants bugs of his own reads that.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "../host/child.h"
#include "../runner/shard.h"
#include "judge.h"
#include "lab.h"
#include "select.h"
#include "trial.h"

/* Kernels that wait for their tests at most: each takes 100 MB. */
#define AHEAD_MAX 2
#define REASON_LINES 3

static char *patches_dir, *base_dir, *only, *scripts, *work, *shard_text,
	*affected;
static gboolean complete, full, list_only;
static gint runs, room = 500;
static char **command;

static const GOptionEntry entries[] = {
	{"patches", 0, 0, G_OPTION_ARG_FILENAME, &patches_dir,
	 "Directory of the patches", "DIR"},
	{"base", 0, 0, G_OPTION_ARG_FILENAME, &base_dir,
	 "Patches of the same name there are taken instead", "DIR"},
	{"complete", 0, 0, G_OPTION_ARG_NONE, &complete,
	 "Each patch must say Caught-by: and Reason:", NULL},
	{"only", 0, 0, G_OPTION_ARG_STRING, &only, "Only these", "'R05 R1*'"},
	{"shard", 0, 0, G_OPTION_ARG_STRING, &shard_text,
	 "The I-th of N parts of them", "I/N"},
	{"full", 0, 0, G_OPTION_ARG_NONE, &full,
	 "Run all tests: none may fail but what the patch names", NULL},
	{"runs", 0, 0, G_OPTION_ARG_INT, &runs,
	 "Run the tests of Caught-by: so many times, and no others", "N"},
	{"affected", 0, 0, G_OPTION_ARG_FILENAME, &affected,
	 "Without Caught-by:, run what this prints for AFFECTED=patch first",
	 "COMMAND"},
	{"scripts", 0, 0, G_OPTION_ARG_FILENAME, &scripts, "Where plant.sh is",
	 "DIR"},
	{"work", 0, 0, G_OPTION_ARG_FILENAME, &work,
	 "For kernels, logs and results", "DIR"},
	{"room", 0, 0, G_OPTION_ARG_INT, &room,
	 "So much space must be left there", "MB"},
	{"list", 0, 0, G_OPTION_ARG_NONE, &list_only,
	 "Print the names, and build nothing", NULL},
	{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &command, NULL,
	 "-- COMMAND..."},
	{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

/* A kernel, and what is to be done with it. */
typedef struct {
	const Planted *planted; /* NULL: without a bug */
	const char *variant;
	char **patterns; /* of tests without a bug */
	LabResult built;
	LabTime build, test;
} Job;

typedef struct {
	Lab *lab;
	GPtrArray *patches; /* Planted */
	GAsyncQueue *jobs; /* Job; the one with neither field ends it */
	GMutex mutex; /* of what is below */
	GCond taken;
	guint waiting; /* jobs in the queue */
	guint passed, failed;
	gint64 cpu; /* processor time so far, microseconds */
	gboolean over; /* no more results count */
	char *error; /* ends the session */
	FILE *results;
	gint64 began; /* monotonic time */
	GMainLoop *loop;
	int width; /* of the longest name */
} Session;

/* End the session; the first error is kept. Takes @error. */
static void end_with(Session *session, GError *error)
{
	g_mutex_lock(&session->mutex);
	if (!session->error)
		session->error = g_strdup(error->message);
	session->over = TRUE;
	g_cond_broadcast(&session->taken);
	g_mutex_unlock(&session->mutex);
	g_error_free(error);
	child_stop(-1);
}

static gboolean is_over(Session *session)
{
	gboolean over;

	g_mutex_lock(&session->mutex);
	over = session->over;
	g_mutex_unlock(&session->mutex);
	return over;
}

/*
 * The trial of one patch
 */

static Tap *run_tests(char **patterns, TrialLimits limits, gpointer data,
		      GError **error);
static gboolean passes_plain(const char *test, gpointer data);

typedef struct {
	Session *session;
	Job *job;
} Trial;

static Tap *run_tests(char **patterns, TrialLimits limits, gpointer data,
		      GError **error)
{
	Trial *trial = data;
	Job *job = trial->job;

	return lab_run(trial->session->lab, job->planted, job->variant,
		       patterns, limits, &job->test, error);
}

static gboolean passes_plain(const char *test, gpointer data)
{
	Trial *trial = data;

	return lab_passes_plain(trial->session->lab, trial->job->variant, test);
}

/* Append why nothing was tried, and what was said. */
static void not_tried(GString *out, const char *why, const char *log)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint count, shown = 0;

	g_string_append_printf(out, "not caught\n%s\n", why);
	if (!g_file_get_contents(log, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	count = g_strv_length(lines);
	for (guint i = count > 10 ? count - 10 : 0; i < count; i++)
		if (*lines[i] && !g_str_has_prefix(lines[i], "kernel: ") &&
		    shown++ < 10)
			g_string_append_printf(out, "\t%s\n", lines[i]);
}

/* A bug of a step that does not build: the line of the log that has its Reason:, or NULL. */
static char *reason_in_log(const Planted *planted, const char *text)
{
	g_autofree char *tap_text = NULL;
	g_autofree char *commented = NULL;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(Tap) tap = NULL;

	if (!*planted->caught_by)
		return NULL;
	commented = g_strjoinv("\n# ", lines);
	tap_text = g_strdup_printf("not ok 1 - %s\n# %s\n1..1\n",
				   *planted->caught_by, commented);
	tap = tap_read(tap_text);
	return planted_catch(planted, tap->tests->pdata[0]);
}

static TrialResult try_broken(Session *session, Job *job, GString *out)
{
	const Planted *planted = job->planted;
	g_autofree char *log =
		lab_build_log(session->lab, planted, job->variant);
	g_autofree char *text = NULL;
	g_autofree char *line = NULL;

	if (planted->step && g_file_get_contents(log, &text, NULL, NULL))
		line = reason_in_log(planted, text);
	if (line) {
		g_autoptr(GRegex) dir =
			g_regex_new("^/.*/src/[^/]*/", 0, 0, NULL);
		g_autofree char *shown =
			g_regex_replace_literal(dir, line, -1, 0, "", 0, NULL);

		g_string_append_printf(out, "patch %s: %s\n", planted->step,
				       shown);
		return TRIAL_CAUGHT;
	}
	not_tried(out, "it does not apply, or not build", log);
	return TRIAL_NOT_CAUGHT;
}

/* The part of check-each's output that is about @step, up to @next; owned. */
static char *part_of(const char *text, const char *step, const char *next)
{
	g_autofree char *begin = g_strdup_printf(
		"(?ms)^FAIL +%s .*?(?=^[^ ]* *%s )", step, next);
	g_autoptr(GRegex) regex = g_regex_new(begin, 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	if (!g_regex_match(regex, text, 0, &match))
		return NULL;
	return g_match_info_fetch(match, 0);
}

static gboolean has_passed(const char *text, const char *step)
{
	g_autofree char *pattern = g_strdup_printf("(?m)^ok +%s ", step);

	return g_regex_match_simple(pattern, text, 0, 0);
}

static TrialResult try_each(Session *session, Job *job, GString *out,
			    GError **error)
{
	const Planted *planted = job->planted;
	g_autofree char *log = lab_log(session->lab, planted, job->variant);
	g_autoptr(Tap) tap = NULL;
	g_autofree char *next = NULL, *part = NULL, *line = NULL;
	g_autoptr(GString) how = g_string_new(NULL);
	g_autofree char *text =
		lab_each(session->lab, planted, &tap, &next, &job->test, error);

	if (!text && g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_FAILED)) {
		g_string_append_printf(out, "not caught\n%s\n",
				       (*error)->message);
		g_clear_error(error);
		return TRIAL_NOT_CAUGHT;
	}
	if (!text)
		return TRIAL_ERROR;
	part = part_of(text, planted->step, next);
	if (part)
		line = reason_in_log(planted, part);
	if (line) {
		g_string_append_printf(how, "%s\n", g_strstrip(line));
	} else if (!tap) {
		not_tried(out, "check-each does not fail for the Reason", log);
		return TRIAL_NOT_CAUGHT;
	} else if (!judge(planted, tap, NULL, how)) {
		g_string_append(out, how->str);
		return TRIAL_NOT_CAUGHT;
	}
	if (!has_passed(text, next)) {
		g_autofree char *why = g_strdup_printf(
			"patch %s, which takes it back, does not pass", next);

		not_tried(out, why, log);
		return TRIAL_NOT_CAUGHT;
	}
	g_string_append_printf(out, "check-each, patch %s: %s", planted->step,
			       how->str);
	return TRIAL_CAUGHT;
}

/* The tests that run what the patch touches, as far as that is known; owned. */
static char **affected_by(Session *session, const Job *job)
{
	const Planted *planted = job->planted;
	g_autofree char *log = lab_log(session->lab, planted, job->variant);
	g_autofree char *touched =
		g_strdup_printf("AFFECTED=%s", planted->path);
	char *argv[] = {affected, NULL};
	const char *const more[] = {touched, NULL};
	g_auto(GStrv) env = child_env(more);
	const ChildArgs ask = {.argv = argv, .env = env, .errors = log};
	g_autofree char *answer = NULL;

	if (affected && !*planted->caught_by && !*planted->first)
		answer = child_ask(ask, NULL);
	return g_strsplit_set(answer ?: "", " \n", -1);
}

static TrialResult try_job(Session *session, Job *job, GString *out,
			   GError **error)
{
	Trial trial = {session, job};
	const TrialFuncs funcs = {run_tests, passes_plain, &trial};
	g_auto(GStrv) tests = NULL;
	g_auto(GStrv) first = NULL;
	char *all[] = {NULL};

	if (full && job->planted->step)
		return try_each(session, job, out, error);
	if (job->built == LAB_BROKEN)
		return try_broken(session, job, out);
	if (runs)
		return trial_often(job->planted, runs, &funcs, out, error);
	if (full)
		return trial_full(job->planted, all, &funcs, out, error);
	tests = lab_plain_tests(session->lab, job->variant);
	first = affected_by(session, job);
	return trial_quick(job->planted, first, tests, &funcs, out, error);
}

/*
 * Its line
 */

static double seconds(gint64 usec)
{
	return (double)usec / G_USEC_PER_SEC;
}

/* In the list of results, for programs. */
static void note_result(Session *session, const Job *job, TrialResult result,
			const char *how)
{
	const char *word = job->built == LAB_BROKEN && result != TRIAL_CAUGHT
				   ? "not-built"
			   : result == TRIAL_CAUGHT ? "caught"
						    : "not-caught";

	fprintf(session->results, "%s\t%s\t%.1f\t%.1f\t%.1f\t%.*s\n",
		job->planted->name, word, seconds(job->build.wall),
		seconds(job->test.wall),
		seconds(job->build.cpu + job->test.cpu),
		(int)strcspn(how, "\n"), how);
	fflush(session->results);
}

static void print_line(Session *session, const Job *job, TrialResult result,
		       const char *how)
{
	g_auto(GStrv) lines = g_strsplit(how, "\n", -1);

	printf("%-4s  %-*s  %4.0f s  %s\n",
	       result == TRIAL_CAUGHT ? "ok" : "FAIL", session->width,
	       job->planted->name, seconds(job->build.wall + job->test.wall),
	       *lines ?: "");
	for (char **line = lines; *line && *++line;)
		if (**line == '\t')
			printf("      | %s\n", *line + 1);
		else if (**line)
			printf("      %s\n", *line);
	if (result != TRIAL_CAUGHT) {
		g_autofree char *log =
			job->built == LAB_BROKEN
				? lab_build_log(session->lab, job->planted,
						job->variant)
				: lab_log(session->lab, job->planted,
					  job->variant);

		printf("      log: %s\n", log);
	}
	fflush(stdout);
}

static void test_patch(Session *session, Job *job)
{
	g_autoptr(GString) how = g_string_new(NULL);
	GError *error = NULL;
	TrialResult result = try_job(session, job, how, &error);

	if (result == TRIAL_ERROR) {
		end_with(session, error);
		return;
	}
	g_mutex_lock(&session->mutex);
	if (!session->over) {
		*(result == TRIAL_CAUGHT ? &session->passed
					 : &session->failed) += 1;
		session->cpu += job->build.cpu + job->test.cpu;
		print_line(session, job, result, how->str);
		note_result(session, job, result, how->str);
	}
	g_mutex_unlock(&session->mutex);
	if (result == TRIAL_CAUGHT)
		lab_remove_kernel(session->lab, job->planted, job->variant);
}

static void test_plain(Session *session, Job *job)
{
	GError *error = NULL;

	if (!lab_plain(session->lab, job->variant, job->patterns, &job->test,
		       &error)) {
		end_with(session, error);
		return;
	}
	g_mutex_lock(&session->mutex);
	if (!session->over)
		printf("the tests pass without them (%s, %.0f s)\n",
		       job->variant, seconds(job->build.wall + job->test.wall));
	fflush(stdout);
	g_mutex_unlock(&session->mutex);
	lab_remove_kernel(session->lab, NULL, job->variant);
}

static void job_free(Job *job)
{
	g_strfreev(job->patterns);
	g_free(job);
}

static gboolean quit(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static gpointer tester(gpointer data)
{
	Session *session = data;

	for (;;) {
		Job *job = g_async_queue_pop(session->jobs);
		gboolean last = !job->variant;

		g_mutex_lock(&session->mutex);
		session->waiting--;
		g_cond_broadcast(&session->taken);
		g_mutex_unlock(&session->mutex);
		if (!last && !is_over(session)) {
			if (job->planted)
				test_patch(session, job);
			else
				test_plain(session, job);
		}
		job_free(job);
		if (last)
			break;
	}
	/* From the loop: a call before the loop runs would be lost. */
	g_idle_add(quit, session->loop);
	return NULL;
}

/*
 * The builds
 */

static void hand_over(Session *session, Job *job)
{
	g_mutex_lock(&session->mutex);
	while (session->waiting >= AHEAD_MAX && !session->over)
		g_cond_wait(&session->taken, &session->mutex);
	session->waiting++;
	g_mutex_unlock(&session->mutex);
	g_async_queue_push(session->jobs, job);
}

/* Which tests must pass without a bug for the patches of a variant; owned. */
static char **plain_patterns(Session *session, const char *variant)
{
	GPtrArray *patterns = g_ptr_array_new();

	for (guint i = 0; i < session->patches->len && !full; i++) {
		const Planted *planted = session->patches->pdata[i];

		if (!g_str_equal(planted->variant, variant))
			continue;
		if (!*planted->caught_by) {
			g_ptr_array_set_size(patterns, 0);
			break;
		}
		for (char **word = planted->caught_by; *word; word++)
			if (!g_ptr_array_find_with_equal_func(
				    patterns, *word, g_str_equal, NULL))
				g_ptr_array_add(patterns, g_strdup(*word));
	}
	g_ptr_array_add(patterns, NULL);
	return (char **)g_ptr_array_free(patterns, FALSE);
}

static gboolean build(Session *session, Job *job, GError **error)
{
	if (full && job->planted && job->planted->step)
		return TRUE;
	job->built = lab_build(session->lab, job->planted, job->variant,
			       &job->build, error);
	return job->built != LAB_ERROR;
}

/* False with @error set if there is no kernel without a bug. */
static gboolean build_plain(Session *session, const char *variant,
			    GError **error)
{
	Job *job = g_new0(Job, 1);
	GError *unknown = NULL;

	job->variant = variant;
	job->patterns = plain_patterns(session, variant);
	if (lab_knows_plain(session->lab, variant, job->patterns, &unknown)) {
		job_free(job);
		return TRUE;
	}
	if (unknown) {
		g_propagate_error(error, unknown);
	} else if (build(session, job, error)) {
		if (job->built == LAB_BUILT) {
			hand_over(session, job);
			return TRUE;
		}
		g_autofree char *log =
			lab_build_log(session->lab, NULL, variant);
		g_autoptr(GString) why = g_string_new(NULL);

		not_tried(why, "", log);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    "%s\nthere is no %s kernel to plant anything in",
			    strchr(why->str, '\n'), variant);
	}
	job_free(job);
	return FALSE;
}

static gpointer builder(gpointer data)
{
	Session *session = data;
	const char *variant = NULL;
	GError *error = NULL;

	for (guint i = 0; i < session->patches->len && !error; i++) {
		const Planted *planted = session->patches->pdata[i];
		Job *job;

		if (is_over(session))
			break;
		if (g_strcmp0(planted->variant, variant) &&
		    !build_plain(session, planted->variant, &error))
			break;
		variant = planted->variant;
		job = g_new0(Job, 1);
		job->planted = planted;
		job->variant = variant;
		if (build(session, job, &error))
			hand_over(session, job);
		else
			job_free(job);
	}
	if (error)
		end_with(session, error);
	hand_over(session, g_new0(Job, 1));
	return NULL;
}

/*
 * All of it
 */

static int signal_seen;

static gboolean interrupted(Session *session, int number)
{
	signal_seen = number;
	g_mutex_lock(&session->mutex);
	if (!session->over)
		printf("interrupted; so far: %u passed, %u failed\n",
		       session->passed, session->failed);
	fflush(stdout);
	session->over = TRUE;
	g_cond_broadcast(&session->taken);
	g_mutex_unlock(&session->mutex);
	child_stop(number);
	return G_SOURCE_CONTINUE;
}

static gboolean on_int(gpointer data)
{
	return interrupted(data, 2);
}

static gboolean on_term(gpointer data)
{
	return interrupted(data, 15);
}

static gboolean on_hup(gpointer data)
{
	return interrupted(data, 1);
}

static int error_line(const char *text)
{
	g_autofree char *message = g_strchomp(g_strdup(text));
	const char *last = strrchr(message, '\n');

	/* The error is the last line; what is before it explains it. */
	if (last)
		g_printerr("%.*s", (int)(last + 1 - message), message);
	g_printerr("error: %s\n", last ? last + 1 : message);
	return 1;
}

/* What a bug cost on average. */
static void print_times(const Session *session)
{
	guint count = session->passed + session->failed;
	gint64 wall = g_get_monotonic_time() - session->began;

	if (count)
		printf("%u in %.0f s: %.1f s each, %.1f s of processor time\n",
		       count, seconds(wall), seconds(wall) / count,
		       seconds(session->cpu) / count);
}

static int run_session(Session *session)
{
	GThread *build_thread, *test_thread;

	g_unix_signal_add(2, on_int, session);
	g_unix_signal_add(15, on_term, session);
	g_unix_signal_add(1, on_hup, session);
	build_thread = g_thread_new("build", builder, session);
	test_thread = g_thread_new("test", tester, session);
	g_main_loop_run(session->loop);
	g_thread_join(build_thread);
	g_thread_join(test_thread);
	if (signal_seen)
		return 128 + signal_seen;
	if (session->error)
		return error_line(session->error);
	print_times(session);
	printf("%u passed, %u failed\n", session->passed, session->failed);
	return session->failed ? 1 : 0;
}

/* Two at a time would mix their kernels and logs. The lock ends with this process. */
static gboolean lock_work(GError **error)
{
	g_autofree char *path = g_build_filename(work, "lock", NULL);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return TRUE;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		    "another make check-regressions is at work in %s", work);
	return FALSE;
}

static int run_all(GPtrArray *patches)
{
	const LabConfig config = {scripts, work, command, room};
	g_autofree char *results = g_build_filename(work, "results", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Lab) lab = lab_new(&config, &error);
	Session session = {.lab = lab, .patches = patches};
	int status;

	if (!lab)
		return error_line(error->message);
	if (!lock_work(&error))
		return error_line(error->message);
	session.results = fopen(results, "we");
	if (!session.results) {
		perror(results);
		return 1;
	}
	for (guint i = 0; i < patches->len; i++) {
		const Planted *planted = patches->pdata[i];

		session.width = MAX(session.width, (int)strlen(planted->name));
	}
	session.began = g_get_monotonic_time();
	session.jobs = g_async_queue_new();
	session.loop = g_main_loop_new(NULL, FALSE);
	status = run_session(&session);
	fclose(session.results);
	g_async_queue_unref(session.jobs);
	g_main_loop_unref(session.loop);
	g_free(session.error);
	return status;
}

static GPtrArray *read_options(int *argc, char ***argv, GError **error)
{
	g_autoptr(GOptionContext) options =
		g_option_context_new("- plants bugs");
	GPtrArray *patches;
	Shard shard = {0, 0};

	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, argc, argv, error))
		return NULL;
	if (runs < 0 || !patches_dir || !scripts || !work ||
	    (!command && !list_only)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "say --patches, --scripts, --work and COMMAND");
		return NULL;
	}
	if (shard_text && *shard_text &&
	    !shard_parse(shard_text, &shard, error))
		return NULL;
	patches = select_patches(patches_dir, base_dir, only, complete, error);
	if (patches && shard.count)
		select_shard(patches, shard.number, shard.count);
	return patches;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = NULL;

	setlocale(LC_ALL, "");
	patches = read_options(&argc, &argv, &error);
	if (!patches)
		return error_line(error->message);
	if (list_only) {
		for (guint i = 0; i < patches->len; i++)
			printf("%s\n", ((Planted *)patches->pdata[i])->name);
		return 0;
	}
	if (!patches->len)
		printf("no regression is in shard %s\n", shard_text);
	return run_all(patches);
}
