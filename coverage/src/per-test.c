// SPDX-License-Identifier: GPL-2.0-or-later
#include "per-test.h"

#include "commits.h"
#include "gcov.h"
#include "guests.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Files of one run of gcov. */
#define BATCH 60

/* Identical data of one object, in however many tests. */
typedef struct {
	char *path; /* what gcov reads, in the workspace */
	GArray *tests; /* of guint, those that have it */
	GArray *lines; /* of GcovLine that ran; not sorted */
} Content;

typedef struct {
	const PerTest *options;
	char **paths; /* of gcov's arguments, up to NULL */
	GArray *lines; /* of GcovLine */
	GError *error;
} Batch;

typedef struct {
	const PerTest *options;
	GPtrArray *contents;
	GHashTable *by_key; /* checksum and object -> Content */
} Contents;

static void free_content(gpointer pointer)
{
	Content *content = pointer;

	g_free(content->path);
	g_array_unref(content->tests);
	g_array_unref(content->lines);
	g_free(content);
}

static void free_batch(gpointer pointer)
{
	Batch *batch = pointer;

	g_strfreev(batch->paths);
	g_clear_pointer(&batch->lines, g_array_unref);
	g_clear_error(&batch->error);
	g_free(batch);
}

/* gcov looks for notes beside the data, hence links, both called @name. */
static gboolean link_file(const PerTest *options, const char *target,
			  const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(options->work, name, NULL);

	if (symlink(target, path))
		return fail(error, "%s: %s", path, g_strerror(errno));
	return TRUE;
}

static gboolean link_notes(const PerTest *options, const char *object,
			   const char *stem, GError **error)
{
	g_autofree char *notes =
		g_strdup_printf("%s/%s.gcno", options->kernel, object);
	g_autofree char *name = g_strconcat(stem, ".gcno", NULL);

	return link_file(options, notes, name, error);
}

/* In a thread: gcov's output for one batch. */
static void run_gcov(gpointer pointer, gpointer unused)
{
	Batch *batch = pointer;
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autofree char *out = NULL, *errors = NULL;
	int status;

	(void)unused;
	g_ptr_array_add(words, (gpointer)batch->options->gcov);
	g_ptr_array_add(words, "--stdout");
	g_ptr_array_add(words, "--json-format");
	for (char **path = batch->paths; *path; path++)
		g_ptr_array_add(words, *path);
	g_ptr_array_add(words, NULL);
	if (!g_spawn_sync(batch->options->work, (char **)words->pdata, NULL,
			  G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &errors,
			  &status, &batch->error))
		return;
	if (!g_spawn_check_wait_status(status, &batch->error)) {
		g_prefix_error(&batch->error, "%s", errors);
		return;
	}
	batch->lines = gcov_parse(out, strlen(out), batch->options->tree,
				  &batch->error);
}

static GPtrArray *make_batches(const PerTest *options, GPtrArray *paths)
{
	GPtrArray *batches = g_ptr_array_new_with_free_func(free_batch);

	for (guint i = 0; i < paths->len; i += BATCH) {
		guint count = MIN(BATCH, paths->len - i);
		Batch *batch = g_new0(Batch, 1);

		batch->options = options;
		batch->paths = g_new0(char *, count + 1);
		for (guint k = 0; k < count; k++)
			batch->paths[k] = g_strdup(paths->pdata[i + k]);
		g_ptr_array_add(batches, batch);
	}
	return batches;
}

/* gcov's output for @paths, as Batch, in their order. */
static GPtrArray *ask_gcov(const PerTest *options, GPtrArray *paths,
			   GError **error)
{
	g_autoptr(GPtrArray) batches = make_batches(options, paths);
	GThreadPool *pool =
		g_thread_pool_new(run_gcov, NULL, options->jobs, FALSE, NULL);

	for (guint i = 0; i < batches->len; i++)
		g_thread_pool_push(pool, batches->pdata[i], NULL);
	g_thread_pool_free(pool, FALSE, TRUE);
	for (guint i = 0; i < batches->len; i++) {
		const Batch *batch = batches->pdata[i];

		if (batch->error) {
			fail(error, "%s does not say what test ran what: %s",
			     options->gcov, batch->error->message);
			return NULL;
		}
	}
	return g_steal_pointer(&batches);
}

static int by_number(gconstpointer a, gconstpointer b)
{
	const Line *left = *(Line *const *)a, *right = *(Line *const *)b;

	return (left->line > right->line) - (left->line < right->line);
}

/* Adds the lines that can run, according to the notes alone. */
static gboolean add_lines(const PerTest *options, GPtrArray *objects,
			  Data *data, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) batches = NULL;

	for (guint i = 0; i < objects->len; i++) {
		g_autofree char *stem = g_strdup_printf("notes-%u", i);

		if (!link_notes(options, objects->pdata[i], stem, error))
			return FALSE;
		g_ptr_array_add(paths, g_strconcat(stem, ".gcno", NULL));
	}
	batches = ask_gcov(options, paths, error);
	for (guint b = 0; batches && b < batches->len; b++) {
		const GArray *lines = ((Batch *)batches->pdata[b])->lines;

		for (guint i = 0; i < lines->len; i++) {
			const GcovLine *line =
				&g_array_index(lines, GcovLine, i);
			File *file = data_file(data, line->source);

			if (file && !file_line(file, line->line))
				data_add_line(file, line->line, line->function);
		}
	}
	for (guint i = 0; i < data->files->len; i++)
		g_ptr_array_sort(((File *)data->files->pdata[i])->lines,
				 by_number);
	return batches != NULL;
}

/* The content of the data file @path, which is new if nobody had it before. */
static Content *content_of(Contents *contents, const char *path,
			   const char *object, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *bytes = NULL, *sum = NULL, *key = NULL, *stem = NULL;
	Content *content;
	gsize size;

	if (!g_file_get_contents(path, &bytes, &size, &why)) {
		fail(error, "%s: %s", path, why->message);
		return NULL;
	}
	sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)bytes,
					  size);
	key = g_strconcat(sum, " ", object, NULL);
	content = g_hash_table_lookup(contents->by_key, key);
	if (content)
		return content;
	stem = g_strdup_printf("data-%u", contents->contents->len);
	content = g_new0(Content, 1);
	content->path = g_strconcat(stem, ".gcda", NULL);
	content->tests = g_array_new(FALSE, FALSE, sizeof(guint));
	content->lines = g_array_new(FALSE, FALSE, sizeof(GcovLine));
	g_ptr_array_add(contents->contents, content);
	g_hash_table_insert(contents->by_key, g_steal_pointer(&key), content);
	if (!link_notes(contents->options, object, stem, error) ||
	    !link_file(contents->options, path, content->path, error))
		return NULL;
	return content;
}

/* The data of one test in one guest. */
static gboolean add_directory(Contents *contents, const char *dir,
			      GPtrArray *objects, Data *data, GError **error)
{
	guint test = data_test(data, guests_test(dir));

	for (guint i = 0; i < objects->len; i++) {
		g_autofree char *path = g_strdup_printf(
			"%s/%s.gcda", dir, (char *)objects->pdata[i]);
		Content *content;

		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			continue;
		content = content_of(contents, path, objects->pdata[i], error);
		if (!content)
			return FALSE;
		g_array_append_val(content->tests, test);
	}
	return TRUE;
}

/* Adds the lines that ran in each content, for files that matter. */
static gboolean read_contents(Contents *contents, const Data *data,
			      GError **error)
{
	g_autoptr(GHashTable) by_path =
		g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) paths = g_ptr_array_new();
	g_autoptr(GPtrArray) batches = NULL;

	for (guint i = 0; i < contents->contents->len; i++) {
		Content *content = contents->contents->pdata[i];

		g_ptr_array_add(paths, content->path);
		g_hash_table_insert(by_path, content->path, content);
	}
	batches = ask_gcov(contents->options, paths, error);
	for (guint b = 0; batches && b < batches->len; b++) {
		const GArray *lines = ((Batch *)batches->pdata[b])->lines;

		for (guint i = 0; i < lines->len; i++) {
			GcovLine line = g_array_index(lines, GcovLine, i);
			Content *content =
				g_hash_table_lookup(by_path, line.data_file);

			if (content && line.count &&
			    data_line(data, line.source, line.line))
				g_array_append_val(content->lines, line);
		}
	}
	return batches != NULL;
}

static void add_content(const Content *content, Data *data)
{
	for (guint i = 0; i < content->lines->len; i++) {
		const GcovLine *ran =
			&g_array_index(content->lines, GcovLine, i);
		Line *line = data_line(data, ran->source, ran->line);

		for (guint t = 0; t < content->tests->len; t++) {
			line->count += ran->count;
			line_add_run(line,
				     g_array_index(content->tests, guint, t),
				     ran->count);
		}
	}
}

static gboolean add_runs(const PerTest *options, GPtrArray *dumped,
			 GPtrArray *objects, Data *data, GError **error)
{
	g_autoptr(GHashTable) by_key =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) list =
		g_ptr_array_new_with_free_func(free_content);
	Contents contents = {
		.options = options, .contents = list, .by_key = by_key};

	for (guint i = 0; i < dumped->len; i++)
		if (!add_directory(&contents, dumped->pdata[i], objects, data,
				   error))
			return FALSE;
	if (!read_contents(&contents, data, error))
		return FALSE;
	for (guint i = 0; i < list->len; i++)
		add_content(list->pdata[i], data);
	return TRUE;
}

gboolean per_test(const PerTest *options, GPtrArray *dumped, Data *data,
		  GError **error)
{
	g_autoptr(GPtrArray) objects = guests_objects(options->kernel, error);

	return objects && add_lines(options, objects, data, error) &&
	       add_runs(options, dumped, objects, data, error);
}
