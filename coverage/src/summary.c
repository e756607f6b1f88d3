// SPDX-License-Identifier: GPL-2.0-or-later
#include "summary.h"

#include "io.h"
#include "not-built.h"
#include "tracefile.h"
#include "unreached.h"

#include <stdio.h>
#include <string.h>

#define SUBJECT_MAX 52

static void add_line(Sum *sum, const Line *line)
{
	sum->lines++;
	sum->run += line->count > 0;
	sum->branches += line->branches;
	sum->taken += line->taken;
	/* Of a line that does not run, no branch is taken. */
	if (!line->count && line->reason)
		sum->reasoned += line->branches - line->taken;
	else
		sum->reasoned += line->reasoned;
}

Sum sum_of(const Data *data, const Patch *patch)
{
	Sum sum = {0};

	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];
		const Line *line = file_line(blame->file, blame->line);

		if (line && blame->patch && (!patch || blame->patch == patch))
			add_line(&sum, line);
	}
	return sum;
}

char *format_percent(guint part, guint all, const char *none)
{
	guint64 tenths = all ? (guint64)1000 * part / all : 0;

	if (!all)
		return g_strdup(none);
	return g_strdup_printf("%u.%u%%", (guint)(tenths / 10),
			       (guint)(tenths % 10));
}

typedef struct {
	gboolean added, ran;
} Function;

/* Adds the functions of @file that have added lines and never ran; see never_entered(). */
static void never_in(const File *file, GPtrArray *never)
{
	g_autoptr(GHashTable) functions =
		g_hash_table_new_full(NULL, NULL, NULL, g_free);
	g_autoptr(GPtrArray) order = g_ptr_array_new();

	for (guint i = 0; i < file->lines->len; i++) {
		const Line *line = file->lines->pdata[i];
		Function *function =
			g_hash_table_lookup(functions, line->function);

		if (!function) {
			function = g_new0(Function, 1);
			g_hash_table_insert(functions, (gpointer)line->function,
					    function);
			g_ptr_array_add(order, (gpointer)line->function);
		}
		function->added |= line->patch || line->edited;
		function->ran |= line->count > 0;
	}
	for (guint i = 0; i < order->len; i++) {
		const Function *function =
			g_hash_table_lookup(functions, order->pdata[i]);

		if (!function->added || function->ran ||
		    !strcmp(order->pdata[i], "-"))
			continue;
		g_ptr_array_add(never, (gpointer)file);
		g_ptr_array_add(never, order->pdata[i]);
	}
}

GPtrArray *never_entered(const Data *data)
{
	GPtrArray *never = g_ptr_array_new();

	for (guint i = 0; i < data->files->len; i++)
		never_in(data->files->pdata[i], never);
	return never;
}

char *missing_branches(const Data *data, guint *count)
{
	GString *rows = g_string_new(NULL);

	*count = 0;
	for (guint i = 0; i < data->files->len; i++) {
		File *file = data->files->pdata[i];

		for (guint k = 0; k < file->lines->len; k++) {
			const Line *line = file->lines->pdata[k];
			const char *text;

			if (!line->count || !line->patch ||
			    line->taken >= line->branches)
				continue;
			text = file_text(data, file, line->line);
			text = text ? text : "";
			g_string_append_printf(rows, "%s:%u: %u of %u: %s\n",
					       file->name, line->line,
					       line->taken, line->branches,
					       text + strspn(text, " \t"));
			if (line->reasoned)
				g_string_append_printf(rows, "\t%u: %s\n",
						       line->reasoned,
						       line->reason);
			++*count;
		}
	}
	return g_string_free(rows, FALSE);
}

gboolean percent_wanted(double *percent, GError **error)
{
	const char *text = setting("COV_MIN");
	char *end;

	*percent = g_ascii_strtod(text, &end);
	if (strspn(text, "0123456789.") == strlen(text) && !*end)
		return TRUE;
	return fail(error, "COV_MIN=%s is not a percentage", text);
}

static void patch_rows(const Data *data, GString *out)
{
	g_string_append_printf(out, "%-5s %-52s %5s %5s %6s\n", "", "patch",
			       "added", "run", "");
	for (guint i = 0; i < data->patches->len; i++) {
		const Patch *patch = data->patches->pdata[i];
		Sum sum = sum_of(data, patch);
		g_autofree char *percent =
			format_percent(sum.run, sum.lines, "-");
		g_autofree char *subject = g_strdup(patch->subject);

		if (strlen(subject) > SUBJECT_MAX)
			strcpy(subject + SUBJECT_MAX - 3, "...");
		g_string_append_printf(out, "%-5s %-52s %5u %5u %6s\n",
				       patch->number, subject, sum.lines,
				       sum.run, percent);
	}
}

static void never_rows(const Data *data, GString *out)
{
	g_autoptr(GPtrArray) never = never_entered(data);

	g_string_append(out, never->len ? "never entered:\n"
					: "every function was entered\n");
	for (guint i = 0; i < never->len; i += 2)
		g_string_append_printf(out, "  %s() in %s\n",
				       (char *)never->pdata[i + 1],
				       ((File *)never->pdata[i])->name);
}

static guint count_edits(const Data *data)
{
	guint edits = 0;

	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];

		edits += !blame->patch && file_line(blame->file, blame->line);
	}
	return edits;
}

static void not_built_rows(const GPtrArray *not_built, const Sum *sum,
			   GString *out)
{
	g_autofree char *percent = NULL;
	guint lines = 0;

	if (!not_built->len)
		return;
	g_string_append(out, "not built:\n");
	for (guint i = 0; i < not_built->len; i++) {
		const NotBuilt *one = not_built->pdata[i];

		g_string_append_printf(out, "  %u added lines in %s%s%s\n",
				       one->lines, one->file->name,
				       one->reason ? ": " : "",
				       one->reason ? one->reason : "");
		lines += one->lines;
	}
	percent = format_percent(sum->run, sum->lines + lines, "-");
	g_string_append_printf(out,
			       "with these: %u of %u added lines run (%s)\n",
			       sum->run, sum->lines + lines, percent);
}

gboolean series_table(const Data *data, const GPtrArray *not_built,
		      GString *out, gboolean *enough, GError **error)
{
	Sum sum = sum_of(data, NULL);
	g_autofree char *percent = format_percent(sum.run, sum.lines, "-");
	g_autofree char *taken = format_percent(sum.taken, sum.branches, "-");
	g_autofree char *known =
		format_percent(sum.taken + sum.reasoned, sum.branches, "-");
	guint edits = count_edits(data), missing;
	double wanted;

	if (!percent_wanted(&wanted, error))
		return FALSE;
	g_free(missing_branches(data, &missing));
	patch_rows(data, out);
	never_rows(data, out);
	not_built_rows(not_built, &sum, out);
	if (edits)
		g_string_append_printf(out,
				       "coverage: %u lines of the source were "
				       "edited and belong to no patch\n",
				       edits);
	g_string_append_printf(out,
			       "branches: %u of %u of added lines taken (%s), "
			       "%u not taken with a reason (with these %s), %u "
			       "without; %u lines that ran miss some\n",
			       sum.taken, sum.branches, taken, sum.reasoned,
			       known, sum.branches - sum.taken - sum.reasoned,
			       missing);
	/* No COV_MIN is reached without a line that can run. */
	*enough = !(wanted > 0 && !sum.lines) &&
		  100.0 * sum.run >= wanted * sum.lines;
	if (!*enough)
		g_string_append_printf(
			out, "coverage: that is less than COV_MIN=%s\n",
			setting("COV_MIN"));
	g_string_append_printf(out, "series: %u of %u added lines run (%s)\n",
			       sum.run, sum.lines, percent);
	return TRUE;
}

static void print_files(GPtrArray *traces, const char *prefix, Sum *sum)
{
	printf("%-44s %21s %12s\n", "file", "lines run        ", "functions");
	for (guint i = 0; i < traces->len; i++) {
		const Trace *trace = traces->pdata[i];
		const char *name = trace_name(trace, prefix);
		g_autofree char *percent = g_strdup("     -");

		if (trace->lines_found) {
			g_free(percent);
			percent = g_strdup_printf("%5.1f%%",
						  100.0 * trace->lines_hit /
							  trace->lines_found);
		}
		if (g_str_has_prefix(name, "drivers/gpu/"))
			name += strlen("drivers/gpu/");
		printf("%-44s %5u of %5u %s %4u of %4u\n", name,
		       trace->lines_hit, trace->lines_found, percent,
		       trace->functions_hit, trace->functions_found);
		sum->lines += trace->lines_found;
		sum->run += trace->lines_hit;
	}
}

static void print_trouble(const char *dir, const GPtrArray *lost)
{
	g_auto(GStrv) trouble = read_lines(dir, "trouble", NULL);

	if (trouble && *trouble && **trouble) {
		printf("coverage: libgcov reported errors; data may be "
		       "missing:\n");
		for (char **line = trouble; *line; line++)
			printf("%s\n", *line);
	}
	if (lost->len)
		printf("coverage: these tests left no data; what only they ran "
		       "shows as not run:\n");
	for (guint i = 0; i < lost->len; i++)
		printf("  %s\n", (char *)lost->pdata[i]);
}

static gboolean print_without_series(const char *dir, const Sum *sum,
				     GError **error)
{
	printf("coverage: report in %s/index.html\n", dir);
	printf("coverage: %u of %u lines run (%.1f%%)\n", sum->run, sum->lines,
	       sum->lines ? 100.0 * sum->run / sum->lines : 0);
	if (!*setting("COV_MIN"))
		return TRUE;
	return fail(error, "COV_MIN is about the lines that a series adds, and "
			   "there is no series");
}

static gboolean print_series(Data *data, const char *dir, const char *list,
			     gboolean full, GError **error)
{
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) table = g_string_new(NULL);
	g_autoptr(GPtrArray) missing = not_built(data);
	gboolean enough;

	if (list)
		unreached_check(data, missing, list, full, wrong);
	fflush(stdout);
	for (guint i = 0; i < wrong->len; i++)
		fprintf(stderr, "error: coverage: %s\n",
			(char *)wrong->pdata[i]);
	printf("coverage: report in %s/index.html and %s/series.html, branches "
	       "not taken in %s/branches.txt\n",
	       dir, dir, dir);
	if (!series_table(data, missing, table, &enough, error))
		return FALSE;
	fputs(table->str, stdout);
	return enough && !wrong->len;
}

gboolean print_report(const char *dir, const char *list, gboolean full,
		      GError **error)
{
	g_autofree char *inside = g_build_filename(dir, "data", NULL);
	g_autofree char *prefix = read_word(inside, "prefix");
	g_autoptr(Data) data = data_open(inside, error);
	g_autoptr(GPtrArray) traces = NULL;
	Sum sum = {0};

	if (!data)
		return FALSE;
	traces = trace_read(dir, "coverage.info", error);
	if (!traces)
		return FALSE;
	print_files(traces, prefix, &sum);
	print_trouble(inside, data->lost);
	return data->patches->len ? print_series(data, dir, list, full, error)
				  : print_without_series(dir, &sum, error);
}
