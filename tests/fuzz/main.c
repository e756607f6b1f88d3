// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz RUNNER [OPTION...]: runs seeds of the random test (guest/fuzz/) until one fails, and
 * then looks for the shortest list of its operations that still fails. The last line is
 * "N passed, N failed", in seeds. From the environment:
 *
 *   SEEDS=N     how many (100)
 *   TIME=N      as many as fit into N seconds, instead
 *   SEED=N      the first (the time of day; 1 with SHARD)
 *   SHARD=I/N   the I-th of N parts of these seeds
 *   LENGTH=N    operations of each (400)
 *   VIRTUAL=1   in virtual time
 *   KEEP=LIST   only these operations ("0-3,7") of SEED, and say each: a replay
 *   J=N         guests at a time (1)
 *   GPU=lima    the random test of lima, or v3d (that of virtio-gpu and panfrost)
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../runner/shard.h"
#include "shorten.h"

/* Seeds that share a guest: a boot takes as long as one or two. */
#define CHUNK 10

typedef struct {
	char **runner;
	char *logs; /* the directory for those of guests */
	guint64 first, seeds, length, jobs;
	guint64 stride, skip; /* in chunks, with TIME */
	gint64 end; /* monotonic time; 0: without TIME */
	guint tries; /* of a list, since in real time a failure may depend on timing */
	GMutex mutex; /* for what follows */
	guint64 passed; /* seeds */
	guint64 seed; /* that failed */
	char *failed; /* output of the runner for it, or NULL */
	int status; /* not 0: no verdict, and the exit status */
	guint shown; /* the last length of a list that was printed */
	/* Of the last replay that failed: */
	char *said, *log;
} Fuzz;

typedef struct {
	Fuzz *fuzz;
	guint number;
} Worker;

static gboolean is_virtual(void)
{
	return *setting("VIRTUAL");
}

/* "fuzz/seeds", "fuzz/lima-seeds-virtual", ...; owned */
static char *test_name(void)
{
	const char *gpu = setting("GPU");

	return g_strdup_printf("fuzz/%s%sseeds%s", gpu, *gpu ? "-" : "",
			       is_virtual() ? "-virtual" : "");
}

/* No verdict: print @text, and end the run. */
static void give_up(Fuzz *fuzz, FILE *to, const char *text, int status)
{
	g_mutex_lock(&fuzz->mutex);
	if (!fuzz->status && !child_interrupted()) {
		fputs(text, to);
		fuzz->status = status;
	}
	g_mutex_unlock(&fuzz->mutex);
	child_stop(-1);
}

static gboolean is_skipped(const char *said)
{
	return g_str_has_prefix(said, "skip") || strstr(said, "\nskip");
}

/*
 * Run a guest with logs called @name, and @format of parameters for its kernel. Return 0 if
 * it passed, 1 if it failed, -1 if there is no verdict; *@said: what the runner said.
 */
static int run_guest(Fuzz *fuzz, const char *name, char **said,
		     const char *format, ...) G_GNUC_PRINTF(4, 5);

static int run_guest(Fuzz *fuzz, const char *name, char **said,
		     const char *format, ...)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *parameters = NULL, *append = NULL;
	g_autofree char *test = test_name();
	g_autofree char *dir =
		g_strdup_printf("--run-dir=%s/%s", fuzz->logs, name);
	ChildArgs args = {.text = text};
	int status = 2;
	va_list rest;

	va_start(rest, format);
	parameters = g_strdup_vprintf(format, rest);
	va_end(rest);
	append =
		g_strdup_printf("--append=%s SB_FUZZ_LENGTH=%" G_GUINT64_FORMAT,
				parameters, fuzz->length);
	for (char **word = fuzz->runner; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, dir);
	g_ptr_array_add(argv, append);
	g_ptr_array_add(argv, test);
	g_ptr_array_add(argv, NULL);
	args.argv = (char **)argv->pdata;
	if (child_run(&args, &status, NULL) != CHILD_ENDED || status > 1) {
		give_up(fuzz, stderr, text->str, MAX(status, 2));
		return -1;
	}
	if (is_skipped(text->str)) {
		give_up(fuzz, stdout, text->str, 1);
		return -1;
	}
	if (said)
		*said = g_strdup(text->str);
	return status;
}

/* The log of the guest that was called @name; owned. */
static char *log_of(const Fuzz *fuzz, const char *name)
{
	g_autofree char *dir =
		g_build_filename(fuzz->logs, name, "last/guest-1", NULL);
	g_autofree char *path = g_build_filename(dir, "log", NULL);
	char *text = NULL;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, NULL))
		return g_strdup("");
	for (gsize i = 0; i < size; i++)
		text[i] = text[i] ? text[i] : '?';
	return text;
}

/* What follows the last "# @what " in @log. */
static const char *last_in(const char *log, const char *what)
{
	g_autofree char *mark = g_strdup_printf("# %s ", what);
	const char *found = g_strrstr(log, mark);

	return found ? found + strlen(mark) : NULL;
}

/* The lines "# operation N: ..." of @log, from "operation" on. Free with g_strfreev(). */
static char **operations(const char *log)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	GPtrArray *found = g_ptr_array_new();

	for (char **line = lines; *line; line++) {
		const char *text = strstr(*line, "# operation ");

		if (text)
			g_ptr_array_add(found, g_strdup(text + 2));
	}
	g_ptr_array_add(found, NULL);
	return (char **)g_ptr_array_free(found, FALSE);
}

static void print_operations(const char *log)
{
	g_auto(GStrv) lines = operations(log);

	for (char **line = lines; *line; line++)
		printf("  %s\n", *line);
}

/* The operations that the last replay said it carried out, as a list. */
static void carried_out(const Fuzz *fuzz, GArray *list)
{
	g_auto(GStrv) lines = operations(fuzz->log);

	g_array_set_size(list, 0);
	for (char **line = lines; *line; line++) {
		guint number = strtoul(*line + strlen("operation "), NULL, 10);

		g_array_append_val(list, number);
	}
}

/* Does the seed fail with these operations alone? What it said is kept if so. */
static gboolean replay(Fuzz *fuzz, const GArray *list)
{
	g_autofree char *keep = ranges(list);
	int result = 0;

	for (guint i = 0; i < fuzz->tries && !result; i++) {
		g_autofree char *said = NULL;

		result = run_guest(fuzz, "replay", &said,
				   "SB_FUZZ_SEED=%" G_GUINT64_FORMAT
				   " SB_FUZZ_KEEP=%s",
				   fuzz->seed, keep);
		if (result != 1)
			continue;
		g_free(fuzz->said);
		fuzz->said = g_steal_pointer(&said);
		g_free(fuzz->log);
		fuzz->log = log_of(fuzz, "replay");
	}
	return result == 1;
}

/* A guest tries the parts one after the other, until a failure ends it. */
static int without(const GArray *list, const GArray *parts, gpointer data)
{
	Fuzz *fuzz = data;
	g_autoptr(GString) spans = g_string_new(NULL);
	g_autofree char *keep = ranges(list), *log = NULL;
	const char *part;
	int result;

	if (list->len != fuzz->shown)
		fprintf(stderr, "%u ", list->len);
	fuzz->shown = list->len;
	for (guint i = 0; i < parts->len; i++)
		g_string_append_printf(spans, "%s%u-%u", i ? ":" : "",
				       g_array_index(parts, Part, i).first,
				       g_array_index(parts, Part, i).last);
	result = run_guest(
		fuzz, "replay", NULL,
		"SB_FUZZ_SEED=%" G_GUINT64_FORMAT
		" SB_FUZZ_TRIES=%u SB_FUZZ_KEEP=%s SB_FUZZ_WITHOUT=%s",
		fuzz->seed, fuzz->tries, keep, spans->str);
	if (result != 1)
		return result < 0 ? -2 : -1;
	log = log_of(fuzz, "replay");
	part = last_in(log, "without");
	for (guint i = 0; part && i < parts->len; i++)
		if (g_array_index(parts, Part, i).first ==
		    strtoul(part, NULL, 10)) {
			return i;
		}
	return -2;
}

static void report(const Fuzz *fuzz, const GArray *list)
{
	g_auto(GStrv) lines = g_strsplit(fuzz->said, "\n", -1);
	g_autofree char *keep = ranges(list);

	printf("seed %" G_GUINT64_FORMAT " fails with %u operations:\n",
	       fuzz->seed, list->len);
	print_operations(fuzz->log);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "FAIL"))
			printf("%s\n", *line);
	printf("again: make fuzz SEED=%" G_GUINT64_FORMAT
	       " KEEP=%s%s%s%s%s%s\n",
	       fuzz->seed, keep, *setting("GPU") ? " GPU=" : "", setting("GPU"),
	       is_virtual() ? " VIRTUAL=1" : "",
	       *setting("LENGTH") ? " LENGTH=" : "", setting("LENGTH"));
}

/* Alone: what comes before the seed in its guest is not needed. */
static void find_shortest(Fuzz *fuzz)
{
	/*
	 * What fails only in memory that others have left their marks in takes a fresh
	 * guest for each part.
	 */
	static const guint per_guest[] = {100, 1};
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint i = 0; i < fuzz->length; i++)
		g_array_append_val(list, i);
	if (!replay(fuzz, list)) {
		if (!fuzz->status)
			printf("seed %" G_GUINT64_FORMAT
			       " failed, but not again in %u times alone:\n%s",
			       fuzz->seed, fuzz->tries, fuzz->failed);
		return;
	}
	carried_out(fuzz, list);
	fprintf(stderr,
		"seed %" G_GUINT64_FORMAT
		" fails; looking for the shortest list of operations\n",
		fuzz->seed);
	for (guint i = 0; i < G_N_ELEMENTS(per_guest); i++) {
		g_autoptr(GArray) less = g_array_copy(list);

		fuzz->shown = less->len;
		shorten(less, per_guest[i], without, fuzz);
		fprintf(stderr, "\n");
		if (replay(fuzz, less))
			break;
	}
	carried_out(fuzz, list);
	if (!fuzz->status)
		report(fuzz, list);
}

/* How many seeds of the chunk that begins with the @from-th there are; 0: no more. */
static guint64 chunk_size(const Fuzz *fuzz, guint64 from)
{
	if (fuzz->end)
		return g_get_monotonic_time() < fuzz->end ? CHUNK : 0;
	return from < fuzz->seeds ? MIN(CHUNK, fuzz->seeds - from) : 0;
}

static gboolean is_over(Fuzz *fuzz)
{
	gboolean over;

	g_mutex_lock(&fuzz->mutex);
	over = fuzz->failed || fuzz->status;
	g_mutex_unlock(&fuzz->mutex);
	return over;
}

static void note_failure(Fuzz *fuzz, const char *name, const char *said)
{
	g_autofree char *log = log_of(fuzz, name);
	const char *seed = last_in(log, "seed");

	g_mutex_lock(&fuzz->mutex);
	if (!fuzz->failed) {
		fuzz->failed = g_strdup(said);
		fuzz->seed = seed ? g_ascii_strtoull(seed, NULL, 10) : 0;
	}
	g_mutex_unlock(&fuzz->mutex);
}

/* Every J-th chunk of this shard. */
static gpointer work(gpointer data)
{
	const Worker *worker = data;
	Fuzz *fuzz = worker->fuzz;
	g_autofree char *name = g_strdup_printf("%u", worker->number);
	guint64 chunk = worker->number * fuzz->stride + fuzz->skip, count;

	while (!is_over(fuzz) && (count = chunk_size(fuzz, chunk * CHUNK))) {
		g_autofree char *said = NULL;
		int result = run_guest(fuzz, name, &said,
				       "SB_FUZZ_SEED=%" G_GUINT64_FORMAT
				       " SB_FUZZ_SEEDS=%" G_GUINT64_FORMAT,
				       fuzz->first + chunk * CHUNK, count);

		if (result < 0)
			break;
		if (result)
			note_failure(fuzz, name, said);
		g_mutex_lock(&fuzz->mutex);
		fuzz->passed += result ? 0 : count;
		g_mutex_unlock(&fuzz->mutex);
		chunk += fuzz->jobs * fuzz->stride;
	}
	return NULL;
}

static void run_seeds(Fuzz *fuzz)
{
	g_autofree Worker *workers = g_new0(Worker, fuzz->jobs);
	g_autofree GThread **threads = g_new0(GThread *, fuzz->jobs);

	for (guint i = 0; i < fuzz->jobs; i++) {
		workers[i] = (Worker){fuzz, i};
		threads[i] = g_thread_new("guest", work, &workers[i]);
	}
	for (guint i = 0; i < fuzz->jobs; i++)
		g_thread_join(threads[i]);
}

/* Operations @keep of the first seed. */
static int run_replay(Fuzz *fuzz, const char *keep)
{
	g_autofree char *said = NULL, *log = NULL;
	int result =
		run_guest(fuzz, "replay", &said,
			  "SB_FUZZ_SEED=%" G_GUINT64_FORMAT " SB_FUZZ_KEEP=%s",
			  fuzz->first, keep);

	if (result < 0)
		return fuzz->status;
	log = log_of(fuzz, "replay");
	print_operations(log);
	fputs(said, stdout);
	return result;
}

/* Logs of guests are below build/run/fuzz, or fuzz-2, ... while another has that. */
static char *take_logs(void)
{
	g_mkdir_with_parents("build/run", 0777);
	for (guint slot = 1;; slot++) {
		g_autofree char *logs =
			slot > 1 ? g_strdup_printf("build/run/fuzz-%u", slot)
				 : g_strdup("build/run/fuzz");
		g_autofree char *lock = g_strconcat(logs, ".lock", NULL);
		int fd = open(lock, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

		if (fd < 0)
			return NULL;
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return g_steal_pointer(&logs);
		close(fd);
	}
}

/* A number of the environment, or @otherwise. */
static gboolean number(const char *name, guint64 least, guint64 otherwise,
		       guint64 *value, GError **error)
{
	*value = otherwise;
	if (!*setting(name) ||
	    g_ascii_string_to_unsigned(setting(name), 10, least, G_MAXINT64,
				       value, NULL))
		return TRUE;
	return fail(error, "%s=%s: that is not a number from %u on", name,
		    setting(name), (guint)least);
}

static gboolean read_settings(Fuzz *fuzz, GError **error)
{
	const char *shard_text = setting("SHARD");
	Shard shard = {1, 1};
	guint64 seconds, from;

	if (*shard_text && !shard_parse(shard_text, &shard, error))
		return FALSE;
	/* The shards of a run must begin with the same seed, whenever they begin. */
	if (!number("SEED", 0, *shard_text ? 1 : g_get_real_time() / 1000000,
		    &fuzz->first, error) ||
	    !number("SEEDS", 0, 100, &fuzz->seeds, error) ||
	    !number("LENGTH", 1, 400, &fuzz->length, error) ||
	    !number("J", 1, 1, &fuzz->jobs, error) ||
	    !number("TIME", 0, 0, &seconds, error))
		return FALSE;
	fuzz->tries = is_virtual() ? 1 : 3;
	fuzz->stride = 1;
	if (*setting("TIME")) {
		/* Nobody knows how many chunks there will be. */
		fuzz->stride = shard.count;
		fuzz->skip = shard.number - 1;
		fuzz->end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
		return TRUE;
	}
	from = fuzz->seeds * (shard.number - 1) / shard.count;
	fuzz->seeds = fuzz->seeds * shard.number / shard.count - from;
	fuzz->first += from;
	return TRUE;
}

static void say_seeds(const Fuzz *fuzz)
{
	printf("seeds from %" G_GUINT64_FORMAT " on, ", fuzz->first);
	if (fuzz->end)
		printf("for %s s\n", setting("TIME"));
	else
		printf("%" G_GUINT64_FORMAT " of them\n", fuzz->seeds);
	if (!fuzz->end && !fuzz->seeds)
		printf("no seed is in shard %s\n", setting("SHARD"));
	fflush(stdout);
}

static int run(Fuzz *fuzz)
{
	if (*setting("KEEP"))
		return run_replay(fuzz, setting("KEEP"));
	say_seeds(fuzz);
	run_seeds(fuzz);
	if (fuzz->failed && !fuzz->status)
		find_shortest(fuzz);
	if (fuzz->status || child_interrupted() > 0)
		return fuzz->status;
	printf("%" G_GUINT64_FORMAT " passed, %d failed\n", fuzz->passed,
	       fuzz->failed ? 1 : 0);
	return fuzz->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	Fuzz fuzz = {.runner = argv + 1};
	g_autoptr(GError) error = NULL;
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: fuzz RUNNER [OPTION...]\n");
		return 2;
	}
	child_catch_signals();
	if (!read_settings(&fuzz, &error)) {
		fprintf(stderr, "error: %s\n", error->message);
		return 1;
	}
	fuzz.logs = take_logs();
	if (!fuzz.logs) {
		perror("error: build/run");
		return 1;
	}
	status = run(&fuzz);
	return child_interrupted() > 0 ? 128 + child_interrupted() : status;
}
