// SPDX-License-Identifier: GPL-2.0-or-later
#include "merge.h"

#include "data.h"
#include "tracefile.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
	char *dir, *inside; /* inside: its directory data */
	char *number, *count; /* shard NUMBER/COUNT */
	char *tests, *status; /* T= of that run, and what became of it */
	gboolean ours, empty;
	Data *data;
} Shard;

static void free_shard(gpointer pointer)
{
	Shard *shard = pointer;

	g_free(shard->dir);
	g_free(shard->inside);
	g_free(shard->number);
	g_free(shard->count);
	g_free(shard->tests);
	g_free(shard->status);
	g_clear_pointer(&shard->data, data_free);
	g_free(shard);
}

/* The value of @name in data/run; "" if there is none. */
static char *said(char **lines, const char *name)
{
	gsize length = strlen(name);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, name) &&
		    ((*line)[length] == ' ' || !(*line)[length]))
			return g_strstrip(g_strdup(*line + length));
	return g_strdup("");
}

static Shard *read_shard(const char *dir, GError **error)
{
	g_autofree char *inside = g_build_filename(dir, "data", NULL);
	g_auto(GStrv) lines = read_lines(inside, "run", NULL);
	g_autofree char *ours = NULL, *empty = NULL, *name = NULL;
	g_auto(GStrv) numbers = NULL;
	Shard *shard;

	if (!lines) {
		fail(error,
		     "there is no coverage data in %s; make coverage SHARD=I/N "
		     "leaves it in build/coverage",
		     dir);
		return NULL;
	}
	name = said(lines, "shard");
	numbers = g_strsplit(name, "/", 2);
	ours = said(lines, "ours");
	empty = said(lines, "empty");
	shard = g_new0(Shard, 1);
	shard->dir = g_strdup(dir);
	shard->inside = g_steal_pointer(&inside);
	shard->number = g_strdup(numbers[0] ? numbers[0] : "");
	shard->count = g_strdup(numbers[0] && numbers[1] ? numbers[1] : "");
	shard->tests = said(lines, "tests");
	shard->status = said(lines, "status");
	shard->ours = *ours != '\0';
	shard->empty = *empty != '\0';
	return shard;
}

static const Shard *of_number(GPtrArray *shards, const char *number)
{
	for (guint i = 0; i < shards->len; i++) {
		const Shard *shard = shards->pdata[i];

		if (!strcmp(shard->number, number))
			return shard;
	}
	return NULL;
}

static gboolean is_same_dir(const char *a, const char *b)
{
	g_autofree char *left = realpath(a, NULL), *right = realpath(b, NULL);

	return left && right && !strcmp(left, right);
}

/* Is @shard of the same run as the @shards before? */
static gboolean check_shard(GPtrArray *shards, const Shard *shard,
			    const char *final, GError **error)
{
	const Shard *first = shards->len ? shards->pdata[0] : shard;

	if (is_same_dir(shard->dir, final))
		return fail(error,
			    "%s is where the report goes; move what is to be "
			    "merged",
			    shard->dir);
	if (of_number(shards, shard->number) &&
	    !strcmp(shard->count, first->count))
		return fail(error, "%s is shard %s/%s, which is there already",
			    shard->dir, shard->number, shard->count);
	if (strcmp(shard->count, first->count))
		return fail(error, "%s is shard %s/%s, and %s is one of %s",
			    shard->dir, shard->number, shard->count, first->dir,
			    first->count);
	if (strcmp(shard->tests, first->tests))
		return fail(error, "%s and %s ran other tests (T=)", shard->dir,
			    first->dir);
	return TRUE;
}

static gboolean check_all_there(GPtrArray *shards, GError **error)
{
	const Shard *first = shards->pdata[0];
	guint count = strtoul(first->count, NULL, 10);

	for (guint i = 1; i <= count; i++) {
		g_autofree char *number = g_strdup_printf("%u", i);

		if (!of_number(shards, number))
			return fail(error, "shard %s/%s is missing", number,
				    first->count);
	}
	return TRUE;
}

static GPtrArray *read_shards(char **dirs, const char *final, GError **error)
{
	g_autoptr(GPtrArray) shards =
		g_ptr_array_new_with_free_func(free_shard);

	for (char **dir = dirs; *dir; dir++) {
		Shard *shard = read_shard(*dir, error);

		if (!shard)
			return NULL;
		if (!check_shard(shards, shard, final, error)) {
			free_shard(shard);
			return NULL;
		}
		g_ptr_array_add(shards, shard);
	}
	return check_all_there(shards, error) ? g_steal_pointer(&shards) : NULL;
}

static gboolean check_complete(const Shard *shard, GError **error)
{
	static const char *const names[] = {
		"coverage.info", "data/all.lines", "data/tests.lines",
		"data/files",	 "data/source",	   "data/patches",
		"data/blame",	 "data/release",   "data/prefix",
		"data/lost.txt", "data/unsure",	   "data/trouble",
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (!exists(shard->dir, names[i]))
			return fail(error, "%s lacks %s; is it complete?",
				    shard->dir, names[i]);
	return TRUE;
}

/* Each machine has made its own commits. */
static gboolean same_patches(const Data *a, const Data *b)
{
	if (a->patches->len != b->patches->len)
		return FALSE;
	for (guint i = 0; i < a->patches->len; i++) {
		const Patch *left = a->patches->pdata[i];
		const Patch *right = b->patches->pdata[i];

		if (strcmp(left->number, right->number) ||
		    strcmp(left->subject, right->subject))
			return FALSE;
	}
	return TRUE;
}

static gboolean same_lines_of(const File *a, const File *b)
{
	if (a->lines->len != b->lines->len)
		return FALSE;
	for (guint i = 0; i < a->lines->len; i++) {
		const Line *left = a->lines->pdata[i];
		const Line *right = b->lines->pdata[i];

		if (left->line != right->line ||
		    left->function != right->function)
			return FALSE;
	}
	return TRUE;
}

/* The files are the same already. */
static gboolean same_lines(const Data *a, const Data *b)
{
	for (guint i = 0; i < a->files->len; i++)
		if (!same_lines_of(a->files->pdata[i], b->files->pdata[i]))
			return FALSE;
	return TRUE;
}

/* What differs between the two, or NULL. */
static const char *difference(const Shard *a, const Shard *b)
{
	if (!same_tree(a->inside, b->inside, "release"))
		return "releases";
	if (!same_tree(a->inside, b->inside, "files"))
		return "names of files";
	if (!same_tree(a->inside, b->inside, "source"))
		return "sources";
	if (!same_tree(a->inside, b->inside, "blame"))
		return "lines of patches";
	if (!same_patches(a->data, b->data))
		return "patches";
	if (!same_lines(a->data, b->data))
		return "lines with code";
	return NULL;
}

/* Data of a guest that belongs to no test has no slash in its name. */
static gboolean is_test(const char *name)
{
	return strchr(name, '/') != NULL;
}

/* Adds the tests of @shard to those @seen; NULL, or one that was there already. */
static const char *seen_before(GHashTable *seen, const Shard *shard)
{
	const char *twice = NULL;

	for (guint i = 0; i < shard->data->tests->len; i++) {
		char *test = shard->data->tests->pdata[i];

		if (is_test(test) && !g_hash_table_add(seen, test) && !twice)
			twice = test;
	}
	return twice;
}

/* Reads the data of @shard, which must match that of @first. */
static gboolean take_data(Shard *shard, const Shard *first, GHashTable *seen,
			  GError **error)
{
	const char *what;

	if (!check_complete(shard, error))
		return FALSE;
	shard->data = data_open(shard->inside, error);
	if (!shard->data)
		return FALSE;
	what = difference(first, shard);
	if (what)
		return fail(error,
			    "%s and %s are of different kernels or series, or "
			    "made by different compilers: the %s are not the "
			    "same",
			    shard->dir, first->dir, what);
	what = seen_before(seen, shard);
	if (what)
		return fail(error, "%s is in the data of two shards", what);
	return TRUE;
}

/* Those that have a test, with their data. */
static gboolean take_all(GPtrArray *shards, GPtrArray *with_data,
			 GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < shards->len; i++) {
		Shard *shard = shards->pdata[i];
		const Shard *first =
			with_data->len ? with_data->pdata[0] : shard;

		if (shard->empty)
			continue;
		if (!take_data(shard, first, seen, error))
			return FALSE;
		g_ptr_array_add(with_data, shard);
	}
	return with_data->len || fail(error, "no shard has a test");
}

static void add_line(Data *sum, Line *line, const Data *data, const Line *other)
{
	line->count += other->count;
	for (guint i = 0; other->runs && i < other->runs->len; i++) {
		const Run *run = &g_array_index(other->runs, Run, i);

		line_add_run(line,
			     data_test(sum, data->tests->pdata[run->test]),
			     run->count);
	}
}

/* Each test belongs to one shard; what guests ran outside of tests is added up. */
static void add_data(Data *sum, const Data *data)
{
	for (guint f = 0; f < sum->files->len; f++) {
		File *file = sum->files->pdata[f];
		const File *other = data->files->pdata[f];

		for (guint i = 0; i < file->lines->len; i++)
			add_line(sum, file->lines->pdata[i], data,
				 other->lines->pdata[i]);
	}
	for (guint i = 0; i < data->lost->len; i++)
		g_ptr_array_add(sum->lost, g_strdup(data->lost->pdata[i]));
	for (guint i = 0; i < data->unsure->len; i++)
		g_ptr_array_add(sum->unsure, g_strdup(data->unsure->pdata[i]));
}

/* Copies what is the same in all shards. */
static gboolean copy_common(const Shard *first, const char *to, GError **error)
{
	static const char *const names[] = {"files", "source", "patches",
					    "blame", "release"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (!copy_tree(first->inside, to, names[i], error))
			return FALSE;
	for (guint i = 0; i < first->data->patches->len; i++) {
		const Patch *patch = first->data->patches->pdata[i];
		g_autofree char *name =
			g_strconcat("diff.", patch->number, NULL);

		if (exists(first->inside, name) &&
		    !copy_tree(first->inside, to, name, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_words(GPtrArray *shards, const char *to,
			    const char *final, const char *failed,
			    GError **error)
{
	const Shard *first = shards->pdata[0];
	g_autoptr(GString) trouble = g_string_new(NULL);
	g_autofree char *prefix = g_strconcat(final, "/data/source\n", NULL);
	g_autofree char *run = g_strdup_printf(
		"shard 1/1\ntests %s\nstatus %u\n%s", first->tests,
		*failed != '\0', first->ours ? "ours yes\n" : "");

	for (guint i = 0; i < shards->len; i++) {
		const Shard *shard = shards->pdata[i];
		g_autofree char *text =
			read_text(shard->inside, "trouble", NULL);

		g_string_append(trouble, text ? text : "");
	}
	return write_file(to, "prefix", prefix, error) &&
	       write_file(to, "run", run, error) &&
	       write_file(to, "trouble", trouble->str, error);
}

static gboolean write_data(GPtrArray *shards, const char *out, const char *to,
			   GError **error)
{
	Data *sum = ((Shard *)shards->pdata[0])->data;

	for (guint i = 1; i < shards->len; i++)
		add_data(sum, ((Shard *)shards->pdata[i])->data);
	g_free(sum->dir);
	sum->dir = g_strdup(to);
	return data_write_lines(sum, error) && data_write_tests(sum, error) &&
	       write_sorted(out, "lost.txt", sum->lost, error) &&
	       write_sorted(to, "lost.txt", sum->lost, error) &&
	       write_sorted(to, "unsure", sum->unsure, error);
}

static gboolean write_tracefiles(GPtrArray *shards, const char *work,
				 const char *to, GError **error)
{
	g_autofree char *source = g_build_filename(to, "source", NULL);

	for (guint i = 0; i < shards->len; i++) {
		const Shard *shard = shards->pdata[i];
		g_autofree char *old = read_word(shard->inside, "prefix");
		g_autofree char *from =
			g_build_filename(shard->dir, "coverage.info", NULL);
		g_autofree char *name =
			g_strdup_printf("%s/%04u.info", work, i);

		if (!trace_move(from, name, old, source, error))
			return FALSE;
	}
	return TRUE;
}

static char *failed_shards(GPtrArray *shards)
{
	GString *failed = g_string_new(NULL);

	for (guint i = 0; i < shards->len; i++) {
		const Shard *shard = shards->pdata[i];

		if (strcmp(shard->status, "0"))
			g_string_append_printf(failed, " %s/%s", shard->number,
					       shard->count);
	}
	return g_string_free(failed, FALSE);
}

gboolean merge(const char *out, const char *final, const char *work,
	       char **dirs, char **failed, GError **error)
{
	g_autoptr(GPtrArray) shards = read_shards(dirs, final, error);
	g_autoptr(GPtrArray) with_data = g_ptr_array_new();
	g_autofree char *to = g_build_filename(out, "data", NULL);

	if (!shards || !take_all(shards, with_data, error))
		return FALSE;
	*failed = failed_shards(shards);
	return copy_common(with_data->pdata[0], to, error) &&
	       write_words(with_data, to, final, *failed, error) &&
	       write_tracefiles(with_data, work, to, error) &&
	       write_data(with_data, out, to, error);
}
