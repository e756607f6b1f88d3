// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "gcov.h"

#include <string.h>

static const char json[] =
	"{\"gcc_version\": \"12\", \"files\": [\n"
	" {\"lines\": [{\"branches\": [{\"count\": 9}], \"count\": 2,\n"
	"   \"line_number\": 7, \"unexecuted_block\": false,\n"
	"   \"function_name\": \"a\\\"b\"},\n"
	"  {\"line_number\": 3, \"count\": -1,"
	" \"block_ids\": [1, {\"x\": []}]}],\n"
	"  \"functions\": [{\"blocks\": 3, \"name\": \"f\", \"count\": 1e3}],\n"
	"  \"file\": \"/t/a.c\"},\n"
	" {\"file\": \"/elsewhere/b.c\","
	" \"lines\": [{\"line_number\": 1, \"count\": 1}]}],\n"
	" \"format_version\": \"1\", \"data_file\": \"x/a.gcda\"}\n"
	"{\"data_file\": \"y.gcda\", \"current_working_directory\": \"/t/sub\","
	" \"files\":\n [{\"file\": \"../c.h\", \"lines\": [\n"
	"  {\"line_number\": 5, \"count\": 1, \"function_name\": \"g\"},\n"
	"  {\"line_number\": 5, \"count\": 4, \"function_name\": \"h\"}]}]}\n";

static char *as_text(const GArray *lines)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < lines->len; i++) {
		const GcovLine *line = &g_array_index(lines, GcovLine, i);

		g_string_append_printf(
			text, "%s %s %u %u %s\n", line->data_file, line->source,
			line->line, (guint)line->count, line->function);
	}
	return g_string_free(text, FALSE);
}

/* Members in any order, unknown ones, sources of other trees. */
static void test_lines(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) lines = gcov_parse(json, strlen(json), "/t", &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = as_text(lines);
	g_assert_cmpstr(text, ==,
			"x/a.gcda a.c 3 0 -\n"
			"x/a.gcda a.c 7 2 a\"b\n"
			"y.gcda c.h 5 5 h\n");
}

static void wrong(const char *text, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(gcov_parse(text, strlen(text), "/t", &error));
	assert_error(&error, why);
}

static void test_wrong(void)
{
	g_autofree char *deep = g_strnfill(100, '[');
	g_autofree char *nested = g_strconcat("{\"x\": ", deep, NULL);

	wrong("{\"data_file\": \"a", "ends too early");
	wrong("{\"data_file\": \"a\\u00", "not JSON");
	wrong("{\"data_file\": \"a\"", "ends too early");
	wrong("File a.c", "not JSON");
	wrong("{\"x\": ?}", "not JSON");
	wrong("{\"data_file\": \"a\" \"files\": []}", "not JSON");
	wrong("{\"files\": []}", "which data file");
	wrong("{\"data_file\": \"a\", \"files\": [{\"lines\": []}]}",
	      "without a name");
	wrong(nested, "nested too deeply");
}

/* Cut anywhere, it is an error, and read no further than it is. */
static void test_cut(void)
{
	const gsize first = strstr(json, "\n{\"data_file\"") - json;

	for (gsize size = 1; size < first; size++) {
		g_autofree char *copy = g_memdup2(json, size);
		g_autoptr(GError) error = NULL;

		g_assert_null(gcov_parse(copy, size, "/t", &error));
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gcov/lines", test_lines);
	g_test_add_func("/gcov/wrong", test_wrong);
	g_test_add_func("/gcov/cut", test_cut);
	return fixture_run();
}
