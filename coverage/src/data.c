// SPDX-License-Identifier: GPL-2.0-or-later
#include "data.h"

#include "ranges.h"

#include <string.h>

static void free_patch(gpointer pointer)
{
	Patch *patch = pointer;

	g_free(patch->number);
	g_free(patch->commit);
	g_free(patch->subject);
	g_free(patch);
}

static void free_line(gpointer pointer)
{
	Line *line = pointer;

	g_free(line->reason);
	g_clear_pointer(&line->runs, g_array_unref);
	g_free(line);
}

static void free_file(gpointer pointer)
{
	File *file = pointer;

	g_free(file->name);
	g_ptr_array_unref(file->lines);
	g_hash_table_unref(file->by_line);
	g_strfreev(file->text);
	g_free(file);
}

static void free_blame(gpointer pointer)
{
	Blame *blame = pointer;

	g_free(blame->file_then);
	g_free(blame);
}

void data_free(Data *data)
{
	g_free(data->dir);
	g_hash_table_unref(data->by_name);
	g_ptr_array_unref(data->blames);
	g_ptr_array_unref(data->files);
	g_ptr_array_unref(data->patches);
	g_hash_table_unref(data->test_numbers);
	g_ptr_array_unref(data->tests);
	g_ptr_array_unref(data->lost);
	g_ptr_array_unref(data->unsure);
	g_free(data);
}

File *data_file(const Data *data, const char *name)
{
	return g_hash_table_lookup(data->by_name, name);
}

Line *file_line(const File *file, guint line)
{
	return g_hash_table_lookup(file->by_line, GUINT_TO_POINTER(line));
}

Line *data_line(const Data *data, const char *name, guint line)
{
	const File *file = data_file(data, name);

	return file ? file_line(file, line) : NULL;
}

Line *data_add_line(File *file, guint line, const char *function)
{
	Line *new = g_new0(Line, 1);

	new->line = line;
	new->function = g_intern_string(function);
	g_ptr_array_add(file->lines, new);
	g_hash_table_insert(file->by_line, GUINT_TO_POINTER(line), new);
	return new;
}

guint data_test(Data *data, const char *name)
{
	gpointer number;

	if (g_hash_table_lookup_extended(data->test_numbers, name, NULL,
					 &number))
		return GPOINTER_TO_UINT(number);
	g_ptr_array_add(data->tests, g_strdup(name));
	g_hash_table_insert(data->test_numbers,
			    data->tests->pdata[data->tests->len - 1],
			    GUINT_TO_POINTER(data->tests->len - 1));
	return data->tests->len - 1;
}

void line_add_run(Line *line, guint test, guint64 count)
{
	Run run = {.test = test, .count = count};
	guint at;

	if (!line->runs)
		line->runs = g_array_new(FALSE, FALSE, sizeof(Run));
	at = line->runs->len;
	while (at && g_array_index(line->runs, Run, at - 1).test > test)
		at--;
	if (at && g_array_index(line->runs, Run, at - 1).test == test)
		g_array_index(line->runs, Run, at - 1).count += count;
	else
		g_array_insert_val(line->runs, at, run);
}

const char *file_text(const Data *data, File *file, guint line)
{
	if (!file->text) {
		g_autofree char *dir =
			g_build_filename(data->dir, "source", NULL);

		file->text = read_lines(dir, file->name, NULL);
		if (!file->text)
			file->text = g_new0(char *, 1);
		file->text_lines = g_strv_length(file->text);
	}
	return line && line <= file->text_lines ? file->text[line - 1] : NULL;
}

const Patch *patch_number(const Data *data, const char *number)
{
	for (guint i = 0; i < data->patches->len; i++) {
		const Patch *patch = data->patches->pdata[i];

		if (!strcmp(patch->number, number))
			return patch;
	}
	return NULL;
}

static gboolean take_file(char **fields, gpointer user, GError **error)
{
	Data *data = user;
	File *file;

	(void)error;
	if (data_file(data, fields[0]))
		return TRUE;
	file = g_new0(File, 1);
	file->name = g_strdup(fields[0]);
	file->lines = g_ptr_array_new_with_free_func(free_line);
	file->by_line = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(data->files, file);
	g_hash_table_insert(data->by_name, file->name, file);
	return TRUE;
}

static gboolean take_line(char **fields, gpointer user, GError **error)
{
	File *file = data_file(user, fields[0]);
	guint64 number, count;

	if (!to_number(fields[1], "line", &number, error) ||
	    !to_number(fields[2], "count", &count, error))
		return FALSE;
	if (!file)
		return fail(error, "%s is not in \"files\"", fields[0]);
	if (file_line(file, number))
		return fail(error, "%s:%s is listed twice", fields[0],
			    fields[1]);
	data_add_line(file, number, fields[3])->count = count;
	return TRUE;
}

/* Adds runs by @test to the lines in @range, between which are some that cannot run. */
static void run_range(const File *file, const Range *range, guint test)
{
	for (guint i = range->from; i <= range->to; i++) {
		Line *line = file_line(file, i);

		if (line)
			line_add_run(line, test, range->count);
	}
}

static gboolean take_test(char **fields, gpointer user, GError **error)
{
	Data *data = user;
	guint test = data_test(data, fields[0]);
	const File *file = data_file(data, fields[1]);
	g_autoptr(GArray) ranges = ranges_parse(fields[2], error);

	if (!ranges)
		return FALSE;
	for (guint i = 0; file && i < ranges->len; i++)
		run_range(file, &g_array_index(ranges, Range, i), test);
	return TRUE;
}

static gboolean take_patch(char **fields, gpointer user, GError **error)
{
	Data *data = user;
	Patch *patch;

	/* It becomes part of a file name: diff.NUMBER. */
	if (strspn(fields[0], "0123456789") != strlen(fields[0]))
		return fail(error, "not the number of a patch: %s", fields[0]);
	patch = g_new0(Patch, 1);
	patch->number = g_strdup(fields[0]);
	patch->commit = g_strdup(fields[1]);
	patch->subject = g_strdup(fields[2]);
	g_ptr_array_add(data->patches, patch);
	return TRUE;
}

static gboolean take_blame(char **fields, gpointer user, GError **error)
{
	Data *data = user;
	File *file = data_file(data, fields[0]);
	const Patch *patch = patch_number(data, fields[2]);
	guint64 number, then;
	Blame *blame;
	Line *line;

	if (!to_number(fields[1], "line", &number, error) ||
	    !to_number(fields[4], "line then", &then, error))
		return FALSE;
	if (!file)
		return fail(error, "%s is not in \"files\"", fields[0]);
	if (!patch && strcmp(fields[2], "edit"))
		return fail(error, "%s is not a patch", fields[2]);
	blame = g_new0(Blame, 1);
	blame->file = file;
	blame->line = number;
	blame->patch = patch;
	blame->file_then = g_strdup(fields[3]);
	blame->line_then = then;
	g_ptr_array_add(data->blames, blame);
	line = file_line(file, number);
	if (line) {
		line->patch = patch;
		line->edited = !patch;
	}
	return TRUE;
}

static gboolean take_branches(char **fields, gpointer user, GError **error)
{
	guint64 number, taken, all;
	Line *line;

	if (!to_number(fields[1], "line", &number, error) ||
	    !to_number(fields[2], "taken", &taken, error) ||
	    !to_number(fields[3], "branches", &all, error))
		return FALSE;
	line = data_line(user, fields[0], number);
	if (line) {
		line->taken = taken;
		line->branches = all;
	}
	return TRUE;
}

static gboolean take_reason(char **fields, gpointer user, GError **error)
{
	guint64 number;
	Line *line;

	if (!to_number(fields[1], "line", &number, error))
		return FALSE;
	line = data_line(user, fields[0], number);
	if (line && !line->reason)
		line->reason = g_strdup(fields[2]);
	return TRUE;
}

static gboolean take_name(char **fields, gpointer user, GError **error)
{
	(void)error;
	g_ptr_array_add(user, g_strdup(fields[0]));
	return TRUE;
}

Data *data_new(const char *dir, GError **error)
{
	g_autoptr(Data) data = g_new0(Data, 1);

	data->dir = g_strdup(dir);
	data->files = g_ptr_array_new_with_free_func(free_file);
	data->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	data->patches = g_ptr_array_new_with_free_func(free_patch);
	data->blames = g_ptr_array_new_with_free_func(free_blame);
	data->tests = g_ptr_array_new_with_free_func(g_free);
	data->test_numbers = g_hash_table_new(g_str_hash, g_str_equal);
	data->lost = g_ptr_array_new_with_free_func(g_free);
	data->unsure = g_ptr_array_new_with_free_func(g_free);
	if (!each_row(dir, "files", 1, take_file, data, error))
		return NULL;
	return g_steal_pointer(&data);
}

Data *data_open(const char *dir, GError **error)
{
	g_autoptr(Data) data = data_new(dir, error);

	if (!data || !each_row(dir, "all.lines", 4, take_line, data, error) ||
	    !each_row(dir, "tests.lines", 3, take_test, data, error) ||
	    !each_row(dir, "patches", 3, take_patch, data, error) ||
	    !each_row(dir, "blame", 5, take_blame, data, error) ||
	    !each_row(dir, "lost.txt", 1, take_name, data->lost, error) ||
	    !each_row(dir, "unsure", 1, take_name, data->unsure, error))
		return NULL;
	if (exists(dir, "branches") &&
	    !each_row(dir, "branches", 4, take_branches, data, error))
		return NULL;
	if (exists(dir, "reasons") &&
	    !each_row(dir, "reasons", 3, take_reason, data, error))
		return NULL;
	return g_steal_pointer(&data);
}

gboolean data_write_lines(const Data *data, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint f = 0; f < data->files->len; f++) {
		const File *file = data->files->pdata[f];

		for (guint i = 0; i < file->lines->len; i++) {
			const Line *line = file->lines->pdata[i];

			g_string_append_printf(
				text, "%s\t%u\t%" G_GUINT64_FORMAT "\t%s\n",
				file->name, line->line, line->count,
				line->function);
		}
	}
	return write_file(data->dir, "all.lines", text->str, error);
}

/* One row per test that ran any line of @file. */
static void tests_of_file(const Data *data, const File *file, GPtrArray *rows)
{
	g_autofree RangeWriter *writers = g_new0(RangeWriter, data->tests->len);

	for (guint i = 0; i < file->lines->len; i++) {
		const Line *line = file->lines->pdata[i];

		for (guint r = 0; line->runs && r < line->runs->len; r++) {
			const Run *run = &g_array_index(line->runs, Run, r);

			if (run->count)
				ranges_add(&writers[run->test], i, line->line,
					   run->count);
		}
	}
	for (guint t = 0; t < data->tests->len; t++) {
		g_autofree char *ranges = ranges_end(&writers[t]);

		if (ranges)
			g_ptr_array_add(rows,
					g_strjoin("\t", data->tests->pdata[t],
						  file->name, ranges, NULL));
	}
}

gboolean data_write_tests(const Data *data, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);

	for (guint f = 0; f < data->files->len; f++)
		tests_of_file(data, data->files->pdata[f], rows);
	return write_sorted(data->dir, "tests.lines", rows, error);
}
