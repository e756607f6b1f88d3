// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracefile.h"

#include "io.h"

#include <stdlib.h>
#include <string.h>

static void free_function(gpointer pointer)
{
	TraceFunction *function = pointer;

	g_free(function->name);
	g_free(function);
}

static void free_trace(gpointer pointer)
{
	Trace *trace = pointer;

	g_free(trace->file);
	g_array_unref(trace->lines);
	g_array_unref(trace->branches);
	g_ptr_array_unref(trace->functions);
	g_free(trace);
}

static Trace *new_trace(const char *file)
{
	Trace *trace = g_new0(Trace, 1);

	trace->file = g_strdup(file);
	trace->lines = g_array_new(FALSE, FALSE, sizeof(TraceLine));
	trace->branches = g_array_new(FALSE, FALSE, sizeof(TraceBranches));
	trace->functions = g_ptr_array_new_with_free_func(free_function);
	return trace;
}

static TraceFunction *function_called(Trace *trace, const char *name)
{
	TraceFunction *function;

	for (guint i = 0; i < trace->functions->len; i++) {
		function = trace->functions->pdata[i];
		if (!strcmp(function->name, name))
			return function;
	}
	function = g_new0(TraceFunction, 1);
	function->name = g_strdup(name);
	g_ptr_array_add(trace->functions, function);
	return function;
}

/* "LINE,[LAST,]NAME" in LCOV 1. */
static void take_function(Trace *trace, const char *value)
{
	const char *name = strrchr(value, ',');

	if (name)
		function_called(trace, name + 1)->line =
			strtoul(value, NULL, 10);
}

/* "CALLS,NAME" in LCOV 1. */
static void take_calls(Trace *trace, const char *value)
{
	const char *name = strchr(value, ',');

	if (name)
		function_called(trace, name + 1)->calls =
			g_ascii_strtoull(value, NULL, 10);
}

/* "INDEX,LINE[,LAST]", then "INDEX,CALLS,NAME" in LCOV 2. */
static void take_index(Trace *trace, GHashTable *indices, const char *value)
{
	g_auto(GStrv) words = g_strsplit(value, ",", 2);

	if (words[0] && words[1])
		g_hash_table_insert(
			indices, g_strdup(words[0]),
			GUINT_TO_POINTER(strtoul(words[1], NULL, 10)));
	(void)trace;
}

static void take_alias(Trace *trace, GHashTable *indices, const char *value)
{
	g_auto(GStrv) words = g_strsplit(value, ",", 3);
	TraceFunction *function;

	if (g_strv_length(words) < 3)
		return;
	function = function_called(trace, words[2]);
	function->calls = g_ascii_strtoull(words[1], NULL, 10);
	function->line =
		GPOINTER_TO_UINT(g_hash_table_lookup(indices, words[0]));
}

/* "LINE,BLOCK,BRANCH,TAKEN"; TAKEN is "-" if the line did not run. */
static void take_branch(Trace *trace, const char *value)
{
	guint line = strtoul(value, NULL, 10);
	const char *taken = strrchr(value, ',');
	TraceBranches new = {.line = line}, *last = NULL;

	for (guint i = trace->branches->len; i > 0 && !last; i--) {
		last = &g_array_index(trace->branches, TraceBranches, i - 1);
		if (last->line != line)
			last = NULL;
	}
	if (!last) {
		g_array_append_val(trace->branches, new);
		last = &g_array_index(trace->branches, TraceBranches,
				      trace->branches->len - 1);
	}
	last->all++;
	last->taken += taken && g_ascii_strtoull(taken + 1, NULL, 10) > 0;
}

static void take_count(Trace *trace, const char *value)
{
	TraceLine line = {.line = strtoul(value, NULL, 10)};
	const char *count = strchr(value, ',');

	line.count = count ? g_ascii_strtoull(count + 1, NULL, 10) : 0;
	g_array_append_val(trace->lines, line);
}

static void take_record(Trace *trace, GHashTable *indices, const char *key,
			const char *value)
{
	guint number = strtoul(value, NULL, 10);

	if (!strcmp(key, "LF"))
		trace->lines_found = number;
	else if (!strcmp(key, "LH"))
		trace->lines_hit = number;
	else if (!strcmp(key, "FNF"))
		trace->functions_found = number;
	else if (!strcmp(key, "FNH"))
		trace->functions_hit = number;
	else if (!strcmp(key, "DA"))
		take_count(trace, value);
	else if (!strcmp(key, "BRDA"))
		take_branch(trace, value);
	else if (!strcmp(key, "FN"))
		take_function(trace, value);
	else if (!strcmp(key, "FNDA"))
		take_calls(trace, value);
	else if (!strcmp(key, "FNL"))
		take_index(trace, indices, value);
	else if (!strcmp(key, "FNA"))
		take_alias(trace, indices, value);
}

static int by_line(gconstpointer a, gconstpointer b)
{
	/* TraceLine and TraceBranches both begin with it. */
	guint left = *(const guint *)a, right = *(const guint *)b;

	return (left > right) - (left < right);
}

GPtrArray *trace_read(const char *dir, const char *name, GError **error)
{
	g_autoptr(GPtrArray) traces =
		g_ptr_array_new_with_free_func(free_trace);
	g_autoptr(GHashTable) indices =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = read_lines(dir, name, error);
	Trace *trace = NULL;

	if (!lines)
		return NULL;
	for (char **line = lines; *line; line++) {
		char *colon = strchr(*line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		if (!strcmp(*line, "SF")) {
			trace = new_trace(colon + 1);
			g_ptr_array_add(traces, trace);
			g_hash_table_remove_all(indices);
		} else if (trace) {
			take_record(trace, indices, *line, colon + 1);
		}
	}
	for (guint i = 0; i < traces->len; i++) {
		trace = traces->pdata[i];
		g_array_sort(trace->lines, by_line);
		g_array_sort(trace->branches, by_line);
	}
	return g_steal_pointer(&traces);
}

/* Is @path below the directory @dir? Its name there, or NULL. */
static const char *below(const char *path, const char *dir)
{
	gsize length = strlen(dir);

	if (!g_str_has_prefix(path, dir) || path[length] != '/')
		return NULL;
	return path + length + 1;
}

const char *trace_name(const Trace *trace, const char *prefix)
{
	const char *name = below(trace->file, prefix);

	return name ? name : trace->file;
}

gboolean trace_move(const char *from, const char *to, const char *old,
		    const char *new, GError **error)
{
	g_auto(GStrv) lines = read_lines("", from, error);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!lines)
		return FALSE;
	for (char **line = lines; *line; line++) {
		const char *name = g_str_has_prefix(*line, "SF:")
					   ? below(*line + 3, old)
					   : NULL;

		if (name)
			g_string_append_printf(text, "SF:%s/%s\n", new, name);
		else
			g_string_append_printf(text, "%s\n", *line);
	}
	return write_file("", to, text->str, error);
}

static gboolean starts_function(const Trace *trace, guint line)
{
	for (guint i = 0; i < trace->functions->len; i++) {
		const TraceFunction *function = trace->functions->pdata[i];

		if (function->line == line)
			return TRUE;
	}
	return FALSE;
}

static char *describe(const Trace *trace, const TraceFunction *function)
{
	gboolean inside = FALSE;
	guint all = 0, run = 0;

	for (guint i = 0; i < trace->lines->len; i++) {
		const TraceLine *line =
			&g_array_index(trace->lines, TraceLine, i);

		if (starts_function(trace, line->line))
			inside = line->line == function->line;
		all += inside;
		run += inside && line->count > 0;
	}
	return g_strdup_printf("%" G_GUINT64_FORMAT
			       " calls, %u of %u lines run",
			       function->calls, run, all);
}

char *trace_function(GPtrArray *traces, const char *name)
{
	for (guint i = 0; i < traces->len; i++) {
		const Trace *trace = traces->pdata[i];

		for (guint k = 0; k < trace->functions->len; k++) {
			const TraceFunction *function =
				trace->functions->pdata[k];

			if (!strcmp(function->name, name))
				return describe(trace, function);
		}
	}
	return NULL;
}
