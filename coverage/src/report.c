// SPDX-License-Identifier: GPL-2.0-or-later
/* The report's files, from LCOV's tracefile and the data. */
#include "pages.h"

#include "summary.h"
#include "tracefile.h"
#include "not-built.h"
#include "unreached.h"

/* Counts the branches of one source, and adds their rows to @rows. */
static void take_branches(Data *data, const Trace *trace, const char *source,
			  GString *rows)
{
	const char *name = trace_name(trace, source);

	for (guint i = 0; i < trace->branches->len; i++) {
		const TraceBranches *branches =
			&g_array_index(trace->branches, TraceBranches, i);
		Line *line = data_line(data, name, branches->line);

		g_string_append_printf(rows, "%s\t%u\t%u\t%u\n", name,
				       branches->line, branches->taken,
				       branches->all);
		if (line) {
			line->taken = branches->taken;
			line->branches = branches->all;
		}
	}
}

static gboolean write_branches(Data *data, const char *dir, const char *source,
			       GError **error)
{
	g_autoptr(GPtrArray) traces = trace_read(dir, "coverage.info", error);
	g_autoptr(GString) rows = g_string_new(NULL);

	if (!traces)
		return FALSE;
	for (guint i = 0; i < traces->len; i++)
		take_branches(data, traces->pdata[i], source, rows);
	return write_file(data->dir, "branches", rows->str, error);
}

/* (What is wrong with the list is said in the end, see print_report().) */
static gboolean write_reasons(Data *data, const char *list, GError **error)
{
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) rows = g_string_new(NULL);
	g_autoptr(GPtrArray) missing = not_built(data);

	if (list)
		unreached_check(data, missing, list, FALSE, wrong);
	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];
		const Line *line = file_line(blame->file, blame->line);

		if (line && line->reason)
			g_string_append_printf(rows, "%s\t%u\t%s\n",
					       blame->file->name, line->line,
					       line->reason);
	}
	return write_file(data->dir, "reasons", rows->str, error);
}

static gboolean write_series(const Data *data, const char *dir, GError **error)
{
	g_autofree char *release = read_word(data->dir, "release");
	g_autofree char *title =
		g_strconcat("The series on Linux ", release, NULL);
	guint count;
	g_autofree char *missing = missing_branches(data, &count);

	return write_file(dir, "branches.txt", missing, error) &&
	       pages_write(data, dir, title, error);
}

gboolean report_write(const char *dir, const char *source, const char *list,
		      GError **error)
{
	g_autofree char *inside = g_build_filename(dir, "data", NULL);
	g_autoptr(Data) data = data_open(inside, error);

	if (!data || !write_branches(data, dir, source, error) ||
	    !write_reasons(data, list, error))
		return FALSE;
	return !data->patches->len || write_series(data, dir, error);
}
