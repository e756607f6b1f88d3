// SPDX-License-Identifier: GPL-2.0-or-later
#include "step.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "reads.h"
#include "stop.h"

/* Statuses of at.sh. */
enum { BUILT, NOT_TO_BE_BUILT, FAULT };

static char *in_step(const Step *step, const char *name)
{
	return g_build_filename(step->dir, name, NULL);
}

static char *run_path(const char *dir, guint number)
{
	return g_strdup_printf("%s/run-%u.tap", dir, number);
}

char *kernel_dir(const Bench *bench, const Commit *commit)
{
	const char *name = g_hash_table_lookup(bench->names, commit->id);

	if (!name)
		stop_with_error("commit %s has no kernel", commit->id);
	return g_build_filename(bench->kernels, name, NULL);
}

/* Add the runs in @dir that came to their end. */
static void load_runs(Step *step, const char *dir)
{
	for (;;) {
		g_autofree char *path = run_path(dir, step->runs->len + 1);
		g_autoptr(Tap) tap = tap_read_file(path, NULL);

		if (!tap || !tap->whole)
			return;
		g_ptr_array_add(step->runs, g_steal_pointer(&tap));
	}
}

Step *step_load(const Bench *bench, const Commit *commit)
{
	Step *step = g_new0(Step, 1);
	g_autofree char *untestable = NULL;

	step->dir = g_strdup_printf("%s/steps/%.12s", bench->dir, commit->id);
	step->runs = g_ptr_array_new_with_free_func((GDestroyNotify)tap_free);
	untestable = in_step(step, "untestable");
	g_file_get_contents(untestable, &step->untestable, NULL, NULL);
	load_runs(step, step->dir);
	return step;
}

void step_free(Step *step)
{
	g_free(step->dir);
	g_ptr_array_unref(step->runs);
	g_free(step->untestable);
	g_free(step);
}

static double now(void)
{
	return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

static void write_file(const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;

	if (!g_file_set_contents(path, text, -1, &error))
		stop_with_error("%s", error->message);
}

/* The first line of @text with @word in it, or the last one of all; owned. */
static char *line_with(const char *text, const char *word)
{
	g_autofree char *whole = g_strchomp(g_strdup(text));
	g_auto(GStrv) lines = g_strsplit(whole, "\n", 0);
	guint len = g_strv_length(lines);

	for (char **line = lines; *line; line++)
		if (strstr(*line, word))
			return g_strdup(*line);
	return g_strdup(len ? lines[len - 1] : "");
}

static char *read_text(const char *path)
{
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text ?: g_strdup("");
}

void note_reads(const char *kernel)
{
	g_autofree char *path = g_build_filename(kernel, "reads", NULL);
	g_autofree char *out_path = g_build_filename(kernel, "out", NULL);
	g_autofree char *tree_path = g_build_filename(kernel, "tree", NULL);
	g_autofree char *out = g_strchomp(read_text(out_path));
	g_autofree char *tree = g_strchomp(read_text(tree_path));
	Reads *reads = reads_new();

	if (reads_add_build(reads, tree, out))
		reads_save(reads, path);
	reads_free(reads);
}

/* The build failed for a reason other than the kernel: end the program. */
static void fault_of_build(const char *log)
{
	g_autofree char *line = line_with(log, "error: ");
	const char *text = line;

	if (g_str_has_prefix(text, "error: "))
		text += strlen("error: ");
	stop_with_error("%s", *text ? text : "the kernel could not be built");
}

Child *step_start_build(const Bench *bench, Step *step, const Commit *commit)
{
	g_autofree char *kernel = kernel_dir(bench, commit);
	g_autofree char *image = g_build_filename(kernel, "linux", NULL);
	g_autofree char *at = g_build_filename(bench->scripts, "at.sh", NULL);
	g_autofree char *log = in_step(step, "build.log");
	char *argv[] = {at,	    (char *)bench->dir,
			commit->id, (char *)bench->variant,
			kernel,	    NULL};
	const ChildArgs build = {
		.argv = argv, .out = "/dev/null", .errors = log};
	g_autoptr(GError) error = NULL;
	Child *process;

	g_mkdir_with_parents(step->dir, 0777);
	if (g_file_test(image, G_FILE_TEST_EXISTS)) {
		/* The time says when it was used: the oldest are removed first. */
		utime(kernel, NULL);
		return NULL;
	}
	step->begun = now();
	process = child_start(&build, &error);
	if (!process)
		stop_with_error("%s", error->message);
	return process;
}

void step_end_build(const Bench *bench, Step *step, const Commit *commit,
		    Child *process)
{
	g_autofree char *kernel = kernel_dir(bench, commit);
	g_autofree char *log = in_step(step, "build.log");
	g_autofree char *untestable = in_step(step, "untestable");
	g_autofree char *said = NULL, *why = NULL;
	int status;

	if (child_wait(process, &status) != CHILD_ENDED)
		status = FAULT;
	switch (status) {
	case BUILT:
		note_reads(kernel);
		break;
	case NOT_TO_BE_BUILT:
		said = read_text(log);
		why = line_with(said, "error: ");
		step->untestable =
			g_strdup_printf("it does not build: %.180s", why);
		write_file(untestable, step->untestable);
		break;
	default:
		said = read_text(log);
		fault_of_build(said);
	}
	step->build = now() - step->begun;
}

/* A hash of the kernel and of the capabilities it must have: the same hash, same verdict. */
static char *image_hash(const char *kernel)
{
	g_autofree char *image = g_build_filename(kernel, "linux", NULL);
	g_autofree char *gives = g_build_filename(kernel, "gives", NULL);
	g_autofree char *promised = read_text(gives);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GError) error = NULL;
	g_autoptr(GMappedFile) file = g_mapped_file_new(image, FALSE, &error);

	if (!file)
		stop_with_error("%s", error->message);
	g_checksum_update(sum, (guchar *)g_mapped_file_get_contents(file),
			  (gssize)g_mapped_file_get_length(file));
	g_checksum_update(sum, (guchar *)promised, -1);
	return g_strndup(g_checksum_get_string(sum), 16);
}

/* If the same kernel was tried before, take what was said of it. */
static void take_known(const Bench *bench, Step *step, const char *kernel)
{
	g_autofree char *hash = image_hash(kernel);
	g_autofree char *images = g_build_filename(bench->dir, "images", NULL);
	g_autofree char *path = g_build_filename(images, hash, NULL);
	g_autofree char *other = NULL;
	guint had = step->runs->len;

	g_mkdir_with_parents(images, 0777);
	if (!g_file_get_contents(path, &other, NULL, NULL)) {
		write_file(path, step->dir);
		return;
	}
	if (!strcmp(other, step->dir))
		return;
	load_runs(step, other);
	for (guint i = had; i < step->runs->len; i++) {
		g_autofree char *from = run_path(other, i + 1);
		g_autofree char *to = run_path(step->dir, i + 1);
		g_autofree char *text = read_text(from);

		write_file(to, text);
	}
	if (step->runs->len > had)
		step->same_as = "the same kernel was tried before";
}

/* What stands in for the names in the command, for fill-in.sh; strings to be freed. */
static GPtrArray *values_of(const Step *step, const char *kernel)
{
	g_autofree char *path = g_build_filename(kernel, "gives", NULL);
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(words, g_strdup("KERNEL"));
	g_ptr_array_add(words, g_build_filename(kernel, "linux", NULL));
	g_ptr_array_add(words, g_strdup("SOURCE"));
	g_ptr_array_add(words, g_build_filename(kernel, "source", NULL));
	g_ptr_array_add(words, g_strdup("STEP"));
	g_ptr_array_add(words, g_strdup(step->dir));
	g_ptr_array_add(words, g_strdup("GIVES"));
	g_ptr_array_add(words, g_strchomp(read_text(path)));
	return words;
}

void step_run(const Bench *bench, Step *step, const Commit *commit)
{
	g_autofree char *kernel = kernel_dir(bench, commit);
	g_autofree char *fill_in =
		g_build_filename(bench->scripts, "fill-in.sh", NULL);
	g_autofree char *errors = in_step(step, "errors");
	g_autofree char *path = NULL, *new = NULL, *said = NULL, *why = NULL;
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autoptr(GPtrArray) values = NULL;
	ChildArgs run = {.errors = errors};
	g_autoptr(Tap) tap = NULL;
	double begin = now();
	guint had = step->runs->len;

	take_known(bench, step, kernel);
	if (step->runs->len > had)
		return;
	path = run_path(step->dir, had + 1);
	new = g_strconcat(path, ".new", NULL);
	g_ptr_array_add(words, fill_in);
	values = values_of(step, kernel);
	for (guint i = 0; i < values->len; i++)
		g_ptr_array_add(words, values->pdata[i]);
	g_ptr_array_add(words, (gpointer) "--");
	for (char **word = bench->command; *word; word++)
		g_ptr_array_add(words, *word);
	g_ptr_array_add(words, NULL);
	run.argv = (char **)words->pdata;
	run.out = new;
	child_run(&run, NULL, NULL);
	tap = tap_read_file(new, NULL);
	if (!tap || !tap->whole || !tap->tests->len) {
		said = read_text(errors);
		why = line_with(said, "error: ");
		stop_with_error("the tests could not be run: %s", why);
	}
	if (g_rename(new, path))
		stop_with_error("cannot write %s", path);
	g_ptr_array_add(step->runs, g_steal_pointer(&tap));
	step->tests += now() - begin;
}
