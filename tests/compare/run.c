// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define COVERAGE "coverage.info"

static void test_free(gpointer data)
{
	TestRuns *test = data;

	g_free(test->name);
	g_free(test->reason);
	g_array_unref(test->seconds);
	g_free(test);
}

static void function_free(gpointer data)
{
	FunctionRuns *function = data;

	g_free(function->name);
	g_free(function);
}

static void cost_free(gpointer data)
{
	CostRuns *cost = data;

	g_free(cost->name);
	g_free(cost->unit);
	g_array_unref(cost->values);
	g_free(cost);
}

Runs *runs_new(const char *name)
{
	Runs *runs = g_new0(Runs, 1);

	runs->name = g_strdup(name);
	runs->kernel = g_strdup("");
	runs->tests =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, test_free);
	runs->functions = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						function_free);
	runs->costs =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, cost_free);
	return runs;
}

void runs_free(Runs *runs)
{
	if (!runs)
		return;
	g_free(runs->name);
	g_free(runs->kernel);
	g_hash_table_unref(runs->tests);
	g_hash_table_unref(runs->functions);
	g_hash_table_unref(runs->costs);
	g_free(runs);
}

static TestRuns *test_of(Runs *runs, const char *name)
{
	TestRuns *test = g_hash_table_lookup(runs->tests, name);

	if (test)
		return test;
	test = g_new0(TestRuns, 1);
	test->name = g_strdup(name);
	test->seconds = g_array_new(FALSE, FALSE, sizeof(double));
	g_hash_table_insert(runs->tests, test->name, test);
	return test;
}

/* While a JUnit file is read: the test case, and what became of it. */
struct parse {
	Runs *runs;
	TestRuns *test;
	double seconds;
	gboolean bad; /* failed or skipped */
};

static const char *attribute(const char *wanted, const char **names,
			     const char **values)
{
	for (guint i = 0; names[i]; i++)
		if (g_str_equal(names[i], wanted))
			return values[i];
	return NULL;
}

static void not_passed(struct parse *parse, guint *count, const char *message)
{
	parse->bad = TRUE;
	(*count)++;
	if (!parse->test->reason)
		parse->test->reason = g_strdup(message ?: "");
}

static void begin_element(GMarkupParseContext *context, const char *element,
			  const char **names, const char **values,
			  gpointer data, GError **error)
{
	struct parse *parse = data;
	const char *name = attribute("name", names, values);
	const char *message = attribute("message", names, values);
	const char *seconds = attribute("time", names, values);

	(void)context;
	if (g_str_equal(element, "testsuite")) {
		if (!*parse->runs->kernel && name) {
			g_free(parse->runs->kernel);
			parse->runs->kernel = g_strdup(name);
		}
	} else if (g_str_equal(element, "testcase")) {
		if (!name) {
			g_set_error(error, G_MARKUP_ERROR,
				    G_MARKUP_ERROR_INVALID_CONTENT,
				    "a testcase has no name");
			return;
		}
		parse->test = test_of(parse->runs, name);
		parse->seconds = seconds ? g_ascii_strtod(seconds, NULL) : 0;
		parse->bad = FALSE;
	} else if (parse->test && g_str_equal(element, "skipped")) {
		not_passed(parse, &parse->test->skipped, message);
	} else if (parse->test && (g_str_equal(element, "failure") ||
				   g_str_equal(element, "error"))) {
		not_passed(parse, &parse->test->failed, message);
	}
}

static void end_element(GMarkupParseContext *context, const char *element,
			gpointer data, GError **error)
{
	struct parse *parse = data;

	(void)context;
	(void)error;
	if (!parse->test || !g_str_equal(element, "testcase"))
		return;
	if (!parse->bad) {
		parse->test->passed++;
		g_array_append_val(parse->test->seconds, parse->seconds);
	}
	parse->test = NULL;
}

gboolean runs_add_junit(Runs *runs, const char *xml, GError **error)
{
	static const GMarkupParser parser = {
		.start_element = begin_element,
		.end_element = end_element,
	};
	struct parse parse = {.runs = runs};
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&parser, 0, &parse, NULL);

	if (!g_markup_parse_context_parse(context, xml, -1, error) ||
	    !g_markup_parse_context_end_parse(context, error))
		return FALSE;
	runs->runs++;
	return TRUE;
}

static CostRuns *cost_of(Runs *runs, const char *name, const char *unit)
{
	CostRuns *cost = g_hash_table_lookup(runs->costs, name);

	if (cost)
		return cost;
	cost = g_new0(CostRuns, 1);
	cost->name = g_strdup(name);
	cost->unit = g_strdup(unit);
	cost->larger_is_better = g_str_has_prefix(unit, "pages");
	cost->values = g_array_new(FALSE, FALSE, sizeof(double));
	g_hash_table_insert(runs->costs, cost->name, cost);
	return cost;
}

gboolean runs_add_costs(Runs *runs, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", -1);
		char *end;
		double value;

		if (!**line)
			continue;
		value = words[1] && words[2] ? g_ascii_strtod(words[2], &end)
					     : 0;
		if (g_strv_length(words) != 3 || end == words[2] || *end) {
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
				    "not a line \"NAME UNIT VALUE\": %s",
				    *line);
			return FALSE;
		}
		g_array_append_val(cost_of(runs, words[0], words[1])->values,
				   value);
	}
	return TRUE;
}

/* Functions of one file of a tracefile, by where they begin. */
struct start {
	guint line;
	FunctionRuns *function;
};

static int by_line(gconstpointer a, gconstpointer b)
{
	const struct start *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

static void add_start(Runs *runs, GArray *starts, const char *file,
		      const char *record)
{
	/* "FN:LINE,NAME", since LCOV 2 also "FN:LINE,END,NAME". */
	const char *name = strrchr(record, ',');
	struct start start = {.line = strtoul(record, NULL, 10)};

	if (!name)
		return;
	start.function = g_new0(FunctionRuns, 1);
	start.function->name = g_strdup_printf("%s: %s", file, name + 1);
	g_array_append_val(starts, start);
	g_hash_table_replace(runs->functions, start.function->name,
			     start.function);
}

static void add_line(GArray *starts, const char *record)
{
	guint line = strtoul(record, NULL, 10);
	const char *count = strchr(record, ',');
	FunctionRuns *function = NULL;

	for (guint i = 0; i < starts->len; i++) {
		const struct start *start =
			&g_array_index(starts, struct start, i);

		if (start->line > line)
			break;
		function = start->function;
	}
	if (!function || !count)
		return;
	function->lines++;
	function->ran += strtoull(count + 1, NULL, 10) > 0;
}

/* The path below the kernel's tree: from its drivers/, include/, mm/ ... on. */
static const char *below_tree(const char *path)
{
	static const char *const dirs[] = {"/drivers/", "/include/", "/mm/",
					   "/lib/"};

	for (guint i = 0; i < G_N_ELEMENTS(dirs); i++) {
		const char *at = strstr(path, dirs[i]);

		if (at)
			return at + 1;
	}
	return path;
}

void runs_add_coverage(Runs *runs, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GArray) starts =
		g_array_new(FALSE, FALSE, sizeof(struct start));
	const char *file = "";
	gboolean sorted = FALSE;

	for (char **line = lines; *line; line++) {
		if (g_str_has_prefix(*line, "SF:")) {
			file = below_tree(*line + 3);
			g_array_set_size(starts, 0);
			sorted = FALSE;
		} else if (g_str_has_prefix(*line, "FN:")) {
			add_start(runs, starts, file, *line + 3);
		} else if (g_str_has_prefix(*line, "DA:")) {
			if (!sorted)
				g_array_sort(starts, by_line);
			sorted = TRUE;
			add_line(starts, *line + 3);
		}
	}
}

static gboolean add_file(Runs *runs, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gboolean ok = g_file_get_contents(path, &text, NULL, error);

	if (ok && g_str_has_suffix(path, ".xml"))
		ok = runs_add_junit(runs, text, error);
	else if (ok && g_str_has_suffix(path, ".cost"))
		ok = runs_add_costs(runs, text, error);
	else if (ok && g_str_has_suffix(path, COVERAGE))
		runs_add_coverage(runs, text);
	if (!ok)
		g_prefix_error(error, "%s: ", path);
	return ok;
}

static gboolean add_dir(Runs *runs, const char *path, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, error);
	const char *name;

	if (!dir)
		return FALSE;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		if (g_file_test(file, G_FILE_TEST_IS_REGULAR) &&
		    !add_file(runs, file, error))
			return FALSE;
	}
	return TRUE;
}

Runs *runs_load(const char *name, const char *path, GError **error)
{
	g_autoptr(Runs) runs = runs_new(name);
	gboolean is_dir = g_file_test(path, G_FILE_TEST_IS_DIR);

	if (!(is_dir ? add_dir : add_file)(runs, path, error))
		return NULL;
	if (!g_hash_table_size(runs->tests) &&
	    !g_hash_table_size(runs->functions) &&
	    !g_hash_table_size(runs->costs)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s has no results of a run: JUnit XML, *.cost, or "
			    "coverage.info",
			    path);
		return NULL;
	}
	return g_steal_pointer(&runs);
}
