// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "ranges.h"

#include <string.h>

static void test_ranges(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) ranges = ranges_parse("12:3 15-17:1", &error);

	g_assert_no_error(error);
	g_assert_cmpuint(ranges->len, ==, 2);
	g_assert_cmpuint(g_array_index(ranges, Range, 0).to, ==, 12);
	g_assert_cmpuint(g_array_index(ranges, Range, 0).count, ==, 3);
	g_assert_cmpuint(g_array_index(ranges, Range, 1).from, ==, 15);
	g_assert_cmpuint(g_array_index(ranges, Range, 1).to, ==, 17);
}

static void test_wrong_ranges(void)
{
	static const char *const texts[] = {
		"", "a", "1", "1:", "1-:1", "3-2:1", "1:1x", "1:-1"};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(ranges_parse(texts[i], &error));
		assert_error(&error, "not a range of lines");
	}
}

/* Lines 2, 4, 5, 6 and 9 can run, but 5 did not: it ends the range of 2 and 4. */
static void test_write_ranges(void)
{
	RangeWriter writer = {0};
	g_autofree char *none = ranges_end(&writer), *text = NULL;

	g_assert_null(none);
	ranges_add(&writer, 0, 2, 3);
	ranges_add(&writer, 1, 4, 3);
	ranges_add(&writer, 3, 6, 3);
	ranges_add(&writer, 4, 9, 1);
	text = ranges_end(&writer);
	g_assert_cmpstr(text, ==, "2-4:3 6:3 9:1");
}

/* Data that is read and written again stays the same. */
static void test_round(void)
{
	const char *dir = fixture_data();
	g_autoptr(Data) data = load(dir);
	g_autofree char *lines = read_text(dir, "all.lines", NULL);
	g_autofree char *tests = read_text(dir, "tests.lines", NULL);
	g_autoptr(GError) error = NULL;

	put(dir, "all.lines", "");
	put(dir, "tests.lines", "");
	data_write_lines(data, &error);
	g_assert_no_error(error);
	data_write_tests(data, &error);
	g_assert_no_error(error);
	assert_file(dir, "all.lines", lines);
	assert_file(dir, "tests.lines", tests);
}

static void test_lines(void)
{
	g_autoptr(Data) data = load(fixture_data());
	const Line *line = data_line(data, "d/a.c", 7);

	g_assert_cmpstr(line->patch->subject, ==, "three");
	g_assert_cmpuint(line->taken, ==, 1);
	g_assert_cmpuint(line->branches, ==, 2);
	g_assert_cmpuint(line->runs->len, ==, 1);
	g_assert_null(data_line(data, "d/a.c", 3));
	g_assert_null(data_line(data, "d/z.c", 7));
	g_assert_cmpstr(file_text(data, data_file(data, "d/a.c"), 10), ==, "}");
	g_assert_null(file_text(data, data_file(data, "d/a.c"), 11));
	g_assert_null(file_text(data, data_file(data, "d/a.c"), 0));
}

static void test_runs(void)
{
	g_autoptr(Data) data = load(fixture_data());
	Line *line = data_line(data, "d/a.c", 8);

	line_add_run(line, 2, 1);
	line_add_run(line, 0, 1);
	line_add_run(line, 1, 1);
	line_add_run(line, 2, 4);
	g_assert_cmpuint(line->runs->len, ==, 3);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(g_array_index(line->runs, Run, i).test, ==, i);
	g_assert_cmpuint(g_array_index(line->runs, Run, 2).count, ==, 5);
}

/* The error names the file that is malformed. */
static void test_wrong(void)
{
	static const struct {
		const char *name, *text, *why;
	} cases[] = {
		{"all.lines", "d/a.c|2|5\n", "all.lines: a line with too few"},
		{"all.lines", "d/a.c|x|5|f\n", "all.lines: line: not a number"},
		{"all.lines", "d/a.c|2|-5|f\n", "all.lines: count: not a"},
		{"all.lines", "d/z.c|2|5|f\n", "d/z.c is not in \"files\""},
		{"all.lines", "d/a.c|2|5|f\nd/a.c|2|5|f\n", "is listed twice"},
		{"tests.lines", "x/one|d/a.c|2\n", "not a range of lines"},
		{"patches", "../x|11|one\n", "not the number of a patch"},
		{"blame", "d/a.c|4|0009|d/a.c|4\n", "0009 is not a patch"},
		{"branches", "d/a.c|4|x|4\n", "branches: taken: not a"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *dir = fixture_data();
		g_autoptr(GError) error = NULL;

		put(dir, cases[i].name, cases[i].text);
		g_assert_null(data_open(dir, &error));
		assert_error(&error, cases[i].why);
	}
}

static void test_missing(void)
{
	const char *dir = fixture_data();
	g_autoptr(GError) error = NULL;

	sh("rm \"$1/branches\" \"$1/reasons\"", dir);
	data_free(load(dir));
	sh("rm \"$1/unsure\"", dir);
	g_assert_null(data_open(dir, &error));
	assert_error(&error, "unsure: ");
}

static void test_trees(void)
{
	const char *from = fixture_data(), *to = fixture_dir();
	g_autoptr(GError) error = NULL;

	copy_tree(from, to, "source", &error);
	g_assert_no_error(error);
	g_assert_true(same_tree(from, to, "source"));
	edit(to, "source/d/a.c", "f(void)", "f(int)");
	g_assert_false(same_tree(from, to, "source"));
	put(to, "source/d/a.c", "");
	sh("rm \"$1/source/d/a.c\"", to);
	g_assert_false(same_tree(from, to, "source"));
	g_assert_false(same_tree(to, from, "source"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/data/ranges", test_ranges);
	g_test_add_func("/data/wrong-ranges", test_wrong_ranges);
	g_test_add_func("/data/write-ranges", test_write_ranges);
	g_test_add_func("/data/round", test_round);
	g_test_add_func("/data/lines", test_lines);
	g_test_add_func("/data/runs", test_runs);
	g_test_add_func("/data/wrong", test_wrong);
	g_test_add_func("/data/missing", test_missing);
	g_test_add_func("/data/trees", test_trees);
	return fixture_run();
}
