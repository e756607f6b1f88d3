// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach.h"

#include <string.h>

gboolean reach_covers(const Data *data, const char *file, const char *text)
{
	g_autofree char *source = g_build_filename(data->dir, "source", NULL);
	g_autofree char *then = read_text(source, file, NULL);

	return then && data_file(data, file) && !strcmp(then, text);
}

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

static int by_count(gconstpointer a, gconstpointer b, gpointer data)
{
	const Run *one = a, *two = b;
	const GArray *counts = data;
	guint first = g_array_index(counts, guint, one->test);
	guint second = g_array_index(counts, guint, two->test);

	if (first != second)
		return first < second ? -1 : 1;
	return (one->test > two->test) - (one->test < two->test);
}

GPtrArray *reach_tests(const Data *data, const char *file, guint line,
		       const GPtrArray *tests)
{
	GPtrArray *found = g_ptr_array_new();
	const File *lines = data_file(data, file);
	const Line *here = lines ? nearest(lines, line) : NULL;
	g_autoptr(GArray) counts = NULL;
	g_autoptr(GArray) runs = NULL;

	if (!here || !here->runs)
		return found;
	counts = lines_per_test(data);
	runs = g_array_copy(here->runs);
	g_array_sort_with_data(runs, by_count, counts);
	for (guint i = 0; i < runs->len; i++) {
		const Run *run = &g_array_index(runs, Run, i);
		guint at;

		if (g_ptr_array_find_with_equal_func(
			    (GPtrArray *)tests, data->tests->pdata[run->test],
			    g_str_equal, &at))
			g_ptr_array_add(found, tests->pdata[at]);
	}
	return found;
}
