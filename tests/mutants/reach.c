// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach.h"

#include <string.h>

/* How the names of operators begin that make a condition false. */
#define SKIPS "skip-"

/* The line, or the nearest before it; NULL if there is none. */
static const Line *nearest(const File *file, guint number)
{
	const Line *found = NULL;

	for (guint i = 0; i < file->lines->len; i++) {
		const Line *line = file->lines->pdata[i];

		if (line->line > number)
			break;
		found = line;
	}
	return found;
}

/* How many lines each test ran, by its number. */
static GArray *lines_per_test(const Data *data)
{
	GArray *counts = g_array_new(FALSE, TRUE, sizeof(guint));

	g_array_set_size(counts, data->tests->len);
	for (guint i = 0; i < data->files->len; i++) {
		const File *file = data->files->pdata[i];

		for (guint k = 0; k < file->lines->len; k++) {
			const Line *line = file->lines->pdata[k];

			for (guint r = 0; line->runs && r < line->runs->len;
			     r++)
				g_array_index(counts, guint,
					      g_array_index(line->runs, Run, r)
						      .test)++;
		}
	}
	return counts;
}

/* Add the tests that ran @line to @found, numbers of tests. */
static void add_runs(GHashTable *found, const Line *line)
{
	for (guint i = 0; line->runs && i < line->runs->len; i++)
		g_hash_table_add(
			found, GUINT_TO_POINTER(
				       g_array_index(line->runs, Run, i).test));
}

static gboolean is_text(const char *line, const char *text)
{
	g_autofree char *clean = g_strstrip(g_strdup(line));

	return !strcmp(clean, text);
}

/* The first line behind @number that can run, or NULL. */
static const Line *next_line(const File *file, guint number)
{
	for (guint i = 0; i < file->lines->len; i++) {
		const Line *line = file->lines->pdata[i];

		if (line->line > number)
			return line;
	}
	return NULL;
}

/*
 * Of a condition that becomes false, only those who ran what follows it can see that.
 * @number: the line of the condition.
 */
static const Line *skipped(const File *file, guint number, const Mutant *mutant)
{
	for (const char *c = mutant->edit; *c; c++)
		number += *c == '\n';
	return g_str_has_prefix(mutant->operator, SKIPS)
		       ? next_line(file, number)
		       : NULL;
}

static void add_of_function(GHashTable *found, const Line *line,
			    const Mutant *mutant)
{
	if (line && !g_strcmp0(line->function, mutant->function))
		add_runs(found, line);
}

/* Numbers of the tests that ran the line of @mutant. */
static GHashTable *find_runs(const Data *data, File *file, const Mutant *mutant)
{
	GHashTable *found = g_hash_table_new(NULL, NULL);
	GHashTable *behind = g_hash_table_new(NULL, NULL);
	const char *text;

	for (guint n = 1; (text = file_text(data, file, n)); n++) {
		const Line *line = is_text(text, mutant->line_text)
					   ? nearest(file, n)
					   : NULL;

		add_of_function(found, line, mutant);
		if (line)
			add_of_function(behind, skipped(file, n, mutant),
					mutant);
	}
	if (g_hash_table_size(behind)) {
		g_hash_table_unref(found);
		return behind;
	}
	g_hash_table_unref(behind);
	return found;
}

/* Numbers of the tests that ran any line of its function. */
static GHashTable *find_callers(const File *file, const Mutant *mutant)
{
	GHashTable *found = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < file->lines->len; i++)
		add_of_function(found, file->lines->pdata[i], mutant);
	return found;
}

/* A test, and how many lines it ran. */
typedef struct {
	char *name;
	guint lines;
} Candidate;

static int by_lines(gconstpointer a, gconstpointer b)
{
	const Candidate *one = a, *two = b;

	if (one->lines != two->lines)
		return one->lines < two->lines ? -1 : 1;
	return strcmp(one->name, two->name);
}

GPtrArray *reach_tests(const Data *data, const Mutant *mutant,
		       const GPtrArray *tests, ReachWhat what)
{
	GPtrArray *names = g_ptr_array_new();
	File *file = data_file(data, mutant->file);
	g_autoptr(GHashTable) found = NULL;
	g_autoptr(GArray) counts = NULL;
	g_autoptr(GArray) candidates = NULL;

	if (!file)
		return names;
	found = what == REACH_LINE ? find_runs(data, file, mutant)
				   : find_callers(file, mutant);
	counts = lines_per_test(data);
	candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
	for (guint i = 0; i < tests->len; i++) {
		gpointer number;
		Candidate candidate = {.name = tests->pdata[i]};

		if (!g_hash_table_lookup_extended(data->test_numbers,
						  candidate.name, NULL,
						  &number) ||
		    !g_hash_table_contains(found, number))
			continue;
		candidate.lines =
			g_array_index(counts, guint, GPOINTER_TO_UINT(number));
		g_array_append_val(candidates, candidate);
	}
	g_array_sort(candidates, by_lines);
	for (guint i = 0; i < candidates->len; i++)
		g_ptr_array_add(names,
				g_array_index(candidates, Candidate, i).name);
	return names;
}

gboolean reach_is_known(const Data *data, const char *test)
{
	return g_hash_table_contains(data->test_numbers, test) &&
	       !g_ptr_array_find_with_equal_func(data->unsure, test,
						 g_str_equal, NULL);
}
