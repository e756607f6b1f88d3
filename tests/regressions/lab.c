// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../host/child.h"
#include "plain.h"

struct Lab {
	const LabConfig *config;
	GMutex mutex; /* of what is below */
	GHashTable *plain; /* Plain, by variant */
};

static void free_plain(gpointer data)
{
	plain_free(data);
}

Lab *lab_new(const LabConfig *config, GError **error)
{
	Lab *lab;

	if (g_mkdir_with_parents(config->work, 0777)) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "%s: %s", config->work, g_strerror(errno));
		return NULL;
	}
	lab = g_new0(Lab, 1);
	lab->config = config;
	g_mutex_init(&lab->mutex);
	lab->plain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					   free_plain);
	return lab;
}

void lab_free(Lab *lab)
{
	if (!lab)
		return;
	g_hash_table_unref(lab->plain);
	g_mutex_clear(&lab->mutex);
	g_free(lab);
}

/* The directory of a patch, or of the kernel without one; owned. */
static char *dir_of(Lab *lab, const Planted *planted, const char *variant)
{
	g_autofree char *plain = g_strdup_printf("plain-%s", variant);

	return g_build_filename(lab->config->work,
				planted ? planted->name : plain, NULL);
}

static char *file_of(Lab *lab, const Planted *planted, const char *variant,
		     const char *name)
{
	g_autofree char *dir = dir_of(lab, planted, variant);

	return g_build_filename(dir, name, NULL);
}

char *lab_log(Lab *lab, const Planted *planted, const char *variant)
{
	return file_of(lab, planted, variant, "log");
}

char *lab_build_log(Lab *lab, const Planted *planted, const char *variant)
{
	return file_of(lab, planted, variant, "build.log");
}

void lab_remove_kernel(Lab *lab, const Planted *planted, const char *variant)
{
	g_autofree char *kernel = file_of(lab, planted, variant, "kernel");

	g_unlink(kernel);
}

/* A disk that fills up meanwhile would show as tests that fail. */
static gboolean have_room(Lab *lab, GError **error)
{
	struct statvfs disk;
	guint64 mib;

	if (statvfs(lab->config->work, &disk))
		return TRUE;
	mib = (guint64)disk.f_bavail * disk.f_frsize >> 20;
	if (mib >= lab->config->room_mib)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
		    "no space left in %s: %" G_GUINT64_FORMAT
		    " MB, and %u may be needed",
		    lab->config->work, mib, lab->config->room_mib);
	return FALSE;
}

static char *script(Lab *lab, const char *name)
{
	return g_build_filename(lab->config->scripts, name, NULL);
}

/* The last lines of a file, each with a tab before it, without progress; owned. */
static char *last_lines(const char *path)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	GString *last = g_string_new(NULL);
	guint count, first = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return g_string_free(last, FALSE);
	lines = g_strsplit(text, "\n", -1);
	count = g_strv_length(lines);
	for (guint i = count, wanted = 10; i-- && wanted;) {
		if (*lines[i] && !g_str_has_prefix(lines[i], "kernel: "))
			wanted--;
		first = i;
	}
	for (guint i = first; i < count; i++)
		if (*lines[i] && !g_str_has_prefix(lines[i], "kernel: "))
			g_string_append_printf(last, "\t%s\n", lines[i]);
	return g_string_free(last, FALSE);
}

static gint64 now(void)
{
	return g_get_monotonic_time();
}

LabResult lab_build(Lab *lab, const Planted *planted, const char *variant,
		    LabTime *time, GError **error)
{
	g_autofree char *dir = dir_of(lab, planted, variant);
	g_autofree char *kernel = g_build_filename(dir, "kernel", NULL);
	g_autofree char *log = g_build_filename(dir, "build.log", NULL);
	g_autofree char *plant = script(lab, "plant.sh");
	const char *argv[] = {
		"nice",
		"-n",
		"5",
		plant,
		variant,
		kernel,
		planted ? planted->path : NULL,
		planted ? planted->step : NULL,
		NULL,
	};
	const ChildArgs build = {
		.argv = (char **)argv, .out = log, .cpu_usec = &time->cpu};
	gint64 began = now();
	ChildEnd end;
	int status;

	if (!have_room(lab, error))
		return LAB_ERROR;
	g_mkdir_with_parents(dir, 0777);
	end = child_run(&build, &status, error);
	time->wall += now() - began;
	if (end != CHILD_ENDED)
		return LAB_ERROR;
	return status ? LAB_BROKEN : LAB_BUILT;
}

static void add_words(GPtrArray *argv, char **words)
{
	for (; *words; words++)
		g_ptr_array_add(argv, g_strdup(*words));
}

static void add_limit(GPtrArray *argv, const char *name, guint limit)
{
	if (limit)
		g_ptr_array_add(argv, g_strdup_printf("--%s=%u", name, limit));
}

Tap *lab_run(Lab *lab, const Planted *planted, const char *variant,
	     char **patterns, TrialLimits limits, LabTime *time, GError **error)
{
	g_autofree char *dir = dir_of(lab, planted, variant);
	g_autofree char *name = g_path_get_basename(dir);
	g_autofree char *kernel = g_build_filename(dir, "kernel", NULL);
	g_autofree char *source = g_build_filename(dir, "kernel.source", NULL);
	g_autofree char *gives_file =
		g_build_filename(dir, "kernel.gives", NULL);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	g_autofree char *gives = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	ChildArgs run = {.out = log, .cpu_usec = &time->cpu};
	gint64 began = now();
	ChildEnd end;

	/* A step lacks capabilities that the whole series gives. */
	if (!planted || !planted->step)
		g_file_get_contents(gives_file, &gives, NULL, NULL);
	if (gives)
		g_strchomp(gives);
	const char *const filled_in[] = {
		"KERNEL",  kernel,  "SOURCE", source, "GIVES", gives ?: "",
		"VARIANT", variant, "NAME",   name,   "--",    NULL,
	};

	g_ptr_array_add(argv, script(lab, "fill-in.sh"));
	add_words(argv, (char **)filled_in);
	add_words(argv, lab->config->command);
	add_limit(argv, "limit", limits.limit);
	add_limit(argv, "stop-after", limits.stop_after);
	add_words(argv, patterns);
	g_ptr_array_add(argv, NULL);
	run.argv = (char **)argv->pdata;
	end = child_run(&run, NULL, error);
	time->wall += now() - began;
	return end == CHILD_ENDED ? tap_read_file(log, error) : NULL;
}

/* Append the content of the files that the command names. */
static void add_programs(Lab *lab, GChecksum *sum)
{
	for (char **word = lab->config->command; *word; word++) {
		const char *equals = strchr(*word, '=');
		const char *path = equals ? equals + 1 : *word;
		g_autofree char *text = NULL;
		gsize len;

		if (strchr(path, '/') &&
		    g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
		    g_file_get_contents(path, &text, &len, NULL))
			g_checksum_update(sum, (guchar *)text, len);
		g_checksum_update(sum, (guchar *)*word, strlen(*word));
	}
}

/* What a kernel without a bug, and what is run with it, are made from; owned. */
static char *plain_key(Lab *lab, const char *variant, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *plant = script(lab, "plant.sh");
	g_autofree char *log =
		g_build_filename(lab->config->work, "key.log", NULL);
	const char *argv[] = {plant, "--key", variant, NULL};
	const ChildArgs ask = {.argv = (char **)argv, .errors = log};
	g_autofree char *key = child_ask(ask, error);

	if (!key) {
		g_autofree char *why = last_lines(log);

		g_prefix_error(error, "%s", why);
		return NULL;
	}
	g_checksum_update(sum, (guchar *)key, strlen(key));
	add_programs(lab, sum);
	return g_strdup(g_checksum_get_string(sum));
}

/* The record of a variant; NULL with @error set. */
static Plain *plain_of(Lab *lab, const char *variant, GError **error)
{
	g_autofree char *dir = dir_of(lab, NULL, variant);
	g_autofree char *path = g_strconcat(dir, ".passed", NULL);
	g_autofree char *key = NULL;
	Plain *plain;

	g_mutex_lock(&lab->mutex);
	plain = g_hash_table_lookup(lab->plain, variant);
	g_mutex_unlock(&lab->mutex);
	if (plain)
		return plain;
	key = plain_key(lab, variant, error);
	if (!key)
		return NULL;
	plain = plain_open(path, key);
	g_mutex_lock(&lab->mutex);
	g_hash_table_insert(lab->plain, g_strdup(variant), plain);
	g_mutex_unlock(&lab->mutex);
	return plain;
}

gboolean lab_knows_plain(Lab *lab, const char *variant, char **patterns,
			 GError **error)
{
	Plain *plain = plain_of(lab, variant, error);

	return plain && plain_knows(plain, patterns);
}

/*
 * Run the failed tests of @tap again; all of @patterns if what failed is no test, but what a
 * guest does before or after them. Returns the result, or NULL with @error set.
 */
static Tap *fail_again(Lab *lab, const char *variant, char **patterns,
		       const Tap *tap, LabTime *time, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	gboolean all = FALSE;

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result != TAP_FAIL)
			continue;
		g_ptr_array_add(names, test->name);
		all |= !trial_is_test(test->name);
	}
	g_ptr_array_add(names, NULL);
	return lab_run(lab, NULL, variant,
		       all ? patterns : (char **)names->pdata,
		       (TrialLimits){0, 0}, time, error);
}

static gboolean do_not_pass(Lab *lab, const char *variant, const Tap *tap,
			    GError **error)
{
	g_autofree char *log = lab_log(lab, NULL, variant);
	g_autoptr(GString) failed = g_string_new(NULL);

	for (guint i = 0; i < tap->tests->len; i++) {
		const TapTest *test = tap->tests->pdata[i];

		if (test->result == TAP_FAIL)
			g_string_append_printf(failed, "not ok - %s: %s\n",
					       test->name, test->first);
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		    "%sthe tests must pass before anything is planted; the log "
		    "is %s",
		    failed->str, log);
	return FALSE;
}

gboolean lab_plain(Lab *lab, const char *variant, char **patterns,
		   LabTime *time, GError **error)
{
	Plain *plain = plain_of(lab, variant, error);
	g_autoptr(Tap) tap = NULL;
	g_autoptr(Tap) again = NULL;

	if (!plain)
		return FALSE;
	tap = lab_run(lab, NULL, variant, patterns, (TrialLimits){0, 0}, time,
		      error);
	if (!tap)
		return FALSE;
	if (!tap->whole || tap->bailed_out)
		return do_not_pass(lab, variant, tap, error);
	if (tap_count(tap, TAP_FAIL)) {
		again = fail_again(lab, variant, patterns, tap, time, error);
		if (!again)
			return FALSE;
		if (!again->whole || tap_count(again, TAP_FAIL))
			return do_not_pass(lab, variant, again, error);
	}
	g_mutex_lock(&lab->mutex);
	if (!plain_add(plain, patterns, tap, error) ||
	    (again && !plain_add(plain, patterns, again, error)))
		plain = NULL;
	g_mutex_unlock(&lab->mutex);
	return plain != NULL;
}

char **lab_plain_tests(Lab *lab, const char *variant)
{
	Plain *plain = plain_of(lab, variant, NULL);
	char **tests;

	g_mutex_lock(&lab->mutex);
	tests = plain ? g_strdupv(plain_tests(plain)) : g_new0(char *, 1);
	g_mutex_unlock(&lab->mutex);
	return tests;
}

/* Does a guest without a bug come up now? The machine may be short of memory meanwhile. */
static gboolean plain_boots(Lab *lab, const char *variant)
{
	g_auto(GStrv) tests = lab_plain_tests(lab, variant);
	char *one[] = {tests[0], NULL};
	LabTime time = {0};
	g_autoptr(Tap) tap = NULL;

	if (!*tests)
		return FALSE;
	tap = lab_run(lab, NULL, variant, one, (TrialLimits){0, 0}, &time,
		      NULL);
	return tap && tap->whole && !tap->bailed_out &&
	       !tap_count(tap, TAP_FAIL);
}

gboolean lab_passes_plain(Lab *lab, const char *variant, const char *test)
{
	Plain *plain = plain_of(lab, variant, NULL);
	gboolean passes;

	if (g_str_equal(test, "boot"))
		return plain_boots(lab, variant);
	g_mutex_lock(&lab->mutex);
	passes = plain && plain_passes(plain, test);
	g_mutex_unlock(&lab->mutex);
	return passes;
}

/* The series with the bug in it: SERIES, then the number of the next step; owned. */
static char **make_step(Lab *lab, const Planted *planted, GError **error)
{
	g_autofree char *plant = script(lab, "plant.sh");
	g_autofree char *log = file_of(lab, planted, planted->variant, "log");
	const char *argv[] = {plant, "--step", planted->step, planted->path,
			      NULL};
	const ChildArgs ask = {.argv = (char **)argv, .errors = log};
	g_autofree char *answer = child_ask(ask, error);
	char *blank = answer ? strrchr(answer, ' ') : NULL;
	g_autofree char *why = NULL;

	if (blank) {
		char **result = g_new0(char *, 3);

		result[0] = g_strndup(answer, blank - answer);
		result[1] = g_strdup(blank + 1);
		return result;
	}
	why = last_lines(log);
	g_clear_error(error);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		    "it cannot be made a part of patch %s\n%s", planted->step,
		    why);
	return NULL;
}

static char *read_text(const char *path, GError **error)
{
	char *text = NULL;

	return g_file_get_contents(path, &text, NULL, error) ? text : NULL;
}

/* The environment of tests/each: steps @from to @to of @series only; owned. */
static char **each_env(const char *build, const char *from, const char *series,
		       const char *to)
{
	g_autofree char *dir = g_strconcat("SB_BUILD=", build, NULL);
	g_autofree char *patches = g_strconcat("SERIES=", series, NULL);
	g_autofree char *first = g_strconcat("FROM=", from, NULL);
	g_autofree char *last = g_strconcat("TO=", to, NULL);
	const char *const more[] = {
		dir,  patches,	first,		last, "VARIANT=each",
		"N=", "SHARD=", "KEEP_GOING=1", NULL};

	return child_env(more);
}

char *lab_each(Lab *lab, const Planted *planted, Tap **tap, char **next,
	       LabTime *time, GError **error)
{
	g_autofree char *dir = dir_of(lab, planted, planted->variant);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *programs = g_path_get_dirname(self);
	g_autofree char *each = g_build_filename(programs, "each", NULL);
	g_autofree char *build = g_path_get_dirname(lab->config->work);
	g_autofree char *name = g_strdup_printf("%s/@STEP@", planted->name);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *tests = NULL;
	g_auto(GStrv) step = NULL;
	g_auto(GStrv) env = NULL;
	ChildArgs run = {.out = log, .cpu_usec = &time->cpu};
	gint64 began = now();
	ChildEnd end;
	const char *const filled_in[] = {"VARIANT",
					 "each",
					 "NAME",
					 name,
					 "--",
					 each,
					 lab->config->scripts,
					 NULL};

	g_mkdir_with_parents(dir, 0777);
	step = make_step(lab, planted, error);
	if (!step)
		return NULL;
	tests = g_build_filename(build, "each", "steps", "each", planted->step,
				 "tests.log", NULL);
	g_unlink(tests);
	env = each_env(build, planted->step, step[0], step[1]);
	g_ptr_array_add(argv, script(lab, "fill-in.sh"));
	add_words(argv, (char **)filled_in);
	add_words(argv, lab->config->command);
	add_words(argv, planted->caught_by);
	g_ptr_array_add(argv, NULL);
	run.argv = (char **)argv->pdata;
	run.env = env;
	end = child_run(&run, NULL, error);
	time->wall += now() - began;
	if (end != CHILD_ENDED)
		return NULL;
	*tap = g_file_test(tests, G_FILE_TEST_EXISTS)
		       ? tap_read_file(tests, error)
		       : NULL;
	*next = g_steal_pointer(&step[1]);
	return read_text(log, error);
}
