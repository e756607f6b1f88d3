// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../compare/spread.h"

/* Lines printed of a command that failed, at most. */
#define SAID 12
#define NAME_WIDTH 46

/* A figure at one of the two places. */
typedef struct {
	GArray *seconds, *cpu; /* gdouble, of each round */
	gboolean failed;
} Series;

typedef struct {
	const Bench *bench;
	GKeyFile *file;
	GHashTable *medians; /* name of a figure to gdouble */
} Run;

static void say(const Run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(const Run *run, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	run->bench->print(text, run->bench->data);
}

/* A value of a group, or NULL. */
static char *value_of(const Run *run, const char *group, const char *key)
{
	return g_key_file_get_string(run->file, group, key, NULL);
}

/* In the child: nothing that a figure starts outlives us. */
static void die_with_parent(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

/* CPU seconds of all processes that were waited for. */
static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void say_failed(const Run *run, const char *command, const char *said)
{
	g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
	guint count = g_strv_length(lines);

	say(run, "failed: %s\n", command);
	for (guint i = count > SAID ? count - SAID : 0; i < count; i++)
		if (*lines[i])
			say(run, "  | %s\n", lines[i]);
	if (!g_file_set_contents(run->bench->log, said, -1, NULL))
		say(run, "  (and %s cannot be written)\n", run->bench->log);
}

/* Did it succeed? @printed: what it printed, owned, or NULL if nobody asks. */
static gboolean shell(const Run *run, const char *dir, const char *command,
		      char **printed)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	g_autofree char *out = NULL, *err = NULL, *both = NULL;
	g_autoptr(GError) error = NULL;
	int status;

	if (!g_spawn_sync(dir, (char **)argv, NULL, G_SPAWN_DEFAULT,
			  die_with_parent, NULL, &out, &err, &status, &error) ||
	    !g_spawn_check_wait_status(status, &error)) {
		both = g_strconcat(out ?: "", err ?: "", error->message, "\n",
				   NULL);
		say_failed(run, command, both);
		return FALSE;
	}
	if (printed)
		*printed = g_steal_pointer(&out);
	return TRUE;
}

/* The number that is all that was printed; FALSE if it is none. */
static gboolean read_number(const char *printed, double *value)
{
	char *end;

	*value = g_ascii_strtod(printed, &end);
	return end != printed && !*g_strchug(end);
}

static gboolean measure(const Run *run, const char *group, const char *dir,
			Series *series)
{
	g_autofree char *setup = value_of(run, group, "setup");
	g_autofree char *command = value_of(run, group, "command");
	g_autofree char *printed = NULL;
	double cpu, seconds;
	gint64 begun;

	if (setup && !shell(run, dir, setup, NULL))
		return FALSE;
	cpu = cpu_seconds();
	begun = g_get_monotonic_time();
	if (!shell(run, dir, command, &printed))
		return FALSE;
	seconds = (double)(g_get_monotonic_time() - begun) / 1e6;
	cpu = cpu_seconds() - cpu;
	if (g_key_file_get_boolean(run->file, group, "printed", NULL) &&
	    !read_number(printed, &seconds)) {
		say_failed(run, command, "it printed no number\n");
		return FALSE;
	}
	g_array_append_val(series->seconds, seconds);
	g_array_append_val(series->cpu, cpu);
	return TRUE;
}

static Series series_new(void)
{
	return (Series){
		.seconds = g_array_new(FALSE, FALSE, sizeof(double)),
		.cpu = g_array_new(FALSE, FALSE, sizeof(double)),
	};
}

static void series_clear(Series *series)
{
	g_array_unref(series->seconds);
	g_array_unref(series->cpu);
}

static void say_spread(const Run *run, Spread s)
{
	say(run, " %7.2f s %7.2f .. %-7.2f", s.median, s.least, s.most);
}

/* The ratios of neighbours in time: drifts of the machine cancel out. */
static void say_ratio(const Run *run, const Series *ours, const Series *theirs)
{
	g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
	Spread s;

	for (guint i = 0; i < ours->seconds->len; i++) {
		double ratio = g_array_index(ours->seconds, double, i) /
			       g_array_index(theirs->seconds, double, i);

		g_array_append_val(ratios, ratio);
	}
	s = spread_of(ratios);
	say(run, "  against %7.2f s: %.2f (%.2f .. %.2f)",
	    spread_of(theirs->seconds).median, s.median, s.least, s.most);
}

static void say_bound(const Run *run, const char *group, double median)
{
	double bound = g_key_file_get_double(run->file, group, "bound", NULL);

	if (bound > 0)
		say(run, "  %s %g s", median <= bound ? "within" : "ABOVE",
		    bound);
}

static void say_beside(const Run *run, const char *group, double median)
{
	g_autofree char *beside = value_of(run, group, "beside");
	const double *other =
		beside ? g_hash_table_lookup(run->medians, beside) : NULL;

	if (other)
		say(run, "  \"%s\" takes %.2f of that\n", beside,
		    *other / median);
}

static void say_figure(const Run *run, const char *group, const Series *ours,
		       const Series *theirs)
{
	Spread s;

	say(run, "%-*s", NAME_WIDTH, group);
	if (ours->failed) {
		say(run, "  FAILED\n");
		return;
	}
	s = spread_of(ours->seconds);
	say_spread(run, s);
	if (!g_key_file_get_boolean(run->file, group, "printed", NULL))
		say(run, " %7.2f", spread_of(ours->cpu).median);
	else
		say(run, " %7s", "");
	if (theirs->failed)
		say(run, "  against FAILED");
	else if (theirs->seconds->len)
		say_ratio(run, ours, theirs);
	say_bound(run, group, s.median);
	say(run, "\n");
	say_beside(run, group, s.median);
	g_hash_table_insert(run->medians, g_strdup(group),
			    g_memdup2(&s.median, sizeof(s.median)));
}

static void measure_all(const Run *run, const char *group, Series *ours,
			Series *theirs)
{
	const Bench *bench = run->bench;
	gboolean own = g_key_file_get_boolean(run->file, group, "own", NULL);
	guint rounds =
		(guint)g_key_file_get_integer(run->file, group, "rounds", NULL);
	g_autofree char *once = value_of(run, group, "once");
	const char *against = own ? NULL : bench->against;

	if (!rounds || rounds > bench->rounds)
		rounds = bench->rounds;
	ours->failed = once && !shell(run, bench->dir, once, NULL);
	theirs->failed = once && against && !shell(run, against, once, NULL);
	for (guint i = 0; i < rounds && !ours->failed; i++) {
		ours->failed = !measure(run, group, bench->dir, ours);
		if (against && !ours->failed && !theirs->failed)
			theirs->failed = !measure(run, group, against, theirs);
	}
}

/* Did it fail? */
static gboolean figure(const Run *run, const char *group)
{
	Series ours, theirs;
	gboolean failed;

	if (g_key_file_get_boolean(run->file, group, "cold", NULL) &&
	    !run->bench->cold)
		return FALSE;
	ours = series_new();
	theirs = series_new();
	measure_all(run, group, &ours, &theirs);
	say_figure(run, group, &ours, &theirs);
	failed = ours.failed || theirs.failed;
	series_clear(&ours);
	series_clear(&theirs);
	return failed;
}

static gboolean check_file(GKeyFile *file, char **groups, GError **error)
{
	for (char **group = groups; *group; group++) {
		g_autofree char *command =
			g_key_file_get_string(file, *group, "command", error);

		if (!command)
			return FALSE;
	}
	return TRUE;
}

guint bench_run(const Bench *bench, const char *figures, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GHashTable) medians =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const Run run = {.bench = bench, .file = file, .medians = medians};
	g_auto(GStrv) groups = NULL;
	guint failed = 0;

	if (!g_key_file_load_from_data(file, figures, -1, G_KEY_FILE_NONE,
				       error))
		return 0;
	groups = g_key_file_get_groups(file, NULL);
	if (!check_file(file, groups, error))
		return 0;
	say(&run, "%-*s %9s %18s %9s\n", NAME_WIDTH, "", "median",
	    "fastest .. slowest", "CPU s");
	for (char **group = groups; *group; group++)
		failed += figure(&run, *group);
	return failed;
}
