// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "not-built.h"
#include "summary.h"

#include <string.h>

static char *table(const char *dir, gboolean *enough)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GPtrArray) missing = not_built(data);
	g_autoptr(GError) error = NULL;
	GString *out = g_string_new(NULL);

	g_assert_true(series_table(data, missing, out, enough, &error));
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static void test_table(void)
{
	gboolean enough;
	g_autofree char *text = table(fixture_data(), &enough);

	g_assert_true(enough);
	g_assert_cmpstr(
		text, ==,
		"      patch                                                "
		"added   run       \n"
		"0001  one: <script>alert(1)</script> & more                "
		"    2     2 100.0%\n"
		"0002  two                                                  "
		"    1     0   0.0%\n"
		"0004  three                                                "
		"    3     2  66.6%\n"
		"every function was entered\n"
		"not built:\n"
		"  1 added lines in d/not-built.c\n"
		"with these: 4 of 7 added lines run (57.1%)\n"
		"branches: 1 of 2 of added lines taken (50.0%), 0 not taken "
		"with a reason (with these 50.0%), 1 without; 1 lines that ran "
		"miss some\n"
		"series: 4 of 6 added lines run (66.6%)\n");
}

static void test_long_subject(void)
{
	const char *dir = fixture_data();
	g_autofree char *text = NULL, *subject = g_strnfill(53, 'x');
	g_autofree char *row = g_strdup_printf("0001|1|%s\n0002|2|t\n"
					       "0004|4|t\n",
					       subject);
	gboolean enough;

	put(dir, "patches", row);
	text = table(dir, &enough);
	subject[49] = '\0';
	row = (g_free(row), g_strdup_printf("0001  %s...     2", subject));
	assert_has(text, row);
}

static void wanted(const char *minimum, gboolean expected)
{
	gboolean enough;
	g_autofree char *text = NULL;

	g_setenv("COV_MIN", minimum, TRUE);
	text = table(fixture_data(), &enough);
	g_unsetenv("COV_MIN");
	g_assert_cmpint(enough, ==, expected);
	if (!expected)
		assert_has(text, "that is less than COV_MIN=");
	g_assert_true(g_str_has_suffix(
		text, "\nseries: 4 of 6 added lines run (66.6%)\n"));
}

static void test_cov_min(void)
{
	wanted("", TRUE);
	wanted("0", TRUE);
	wanted("66.6", TRUE);
	wanted("66.7", FALSE);
	wanted("67", FALSE);
}

static void test_wrong_cov_min(void)
{
	static const char *const texts[] = {"many", ".",   "1.2.3",
					    "-1",   "1e2", "9x"};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		double percent;

		g_setenv("COV_MIN", texts[i], TRUE);
		g_assert_false(percent_wanted(&percent, &error));
		assert_error(&error, "is not a percentage");
	}
	g_unsetenv("COV_MIN");
}

/* Without a line that can run, nothing is enough. */
static void test_no_lines(void)
{
	const char *dir = fixture_data();
	g_autofree char *text = NULL;
	gboolean enough;

	put(dir, "all.lines", "");
	g_setenv("COV_MIN", "1", TRUE);
	text = table(dir, &enough);
	g_unsetenv("COV_MIN");
	g_assert_false(enough);
	assert_has(text, "series: 0 of 0 added lines run (-)\n");
}

static void test_never_entered(void)
{
	const char *dir = fixture_data();
	g_autofree char *text = NULL;
	gboolean enough;

	put(dir, "all.lines",
	    "d/a.c|2|0|f\nd/a.c|4|0|f\nd/a.c|5|0|-\nd/a.c|20|0|other\n");
	text = table(dir, &enough);
	assert_has(text, "never entered:\n  f() in d/a.c\nnot built");
}

static void test_edits(void)
{
	const char *dir = fixture_data();
	g_autofree char *text = NULL;
	gboolean enough;

	edit(dir, "blame", "d/a.c|9|0004", "d/a.c|9|edit");
	text = table(dir, &enough);
	assert_has(text, "coverage: 1 lines of the source were edited");
	assert_has(text, "series: 3 of 5 added lines run (60.0%)");
}

static void test_branches(void)
{
	g_autoptr(Data) data = load(fixture_data());
	guint count;
	g_autofree char *text = missing_branches(data, &count);

	g_assert_cmpuint(count, ==, 1);
	g_assert_cmpstr(text, ==, "d/a.c:7: 1 of 2: if (i)\n");
}

/* Those of lines that do not run, and those of lines that do. */
static void test_reasons(void)
{
	const char *dir = fixture_data();
	g_autoptr(Data) data = NULL;
	g_autofree char *text = NULL;
	guint count;
	Sum sum;

	put(dir, "branches", "d/a.c|6|0|2\nd/a.c|7|1|4\nd/a.c|8|0|2\n");
	put(dir, "reasons", "d/a.c|7|Why.\nd/a.c|8|Why not.\n");
	data = load(dir);
	data_line(data, "d/a.c", 7)->reasoned = 2;
	sum = sum_of(data, NULL);
	g_assert_cmpuint(sum.branches, ==, 8);
	g_assert_cmpuint(sum.taken, ==, 1);
	g_assert_cmpuint(sum.reasoned, ==, 4);
	text = missing_branches(data, &count);
	g_assert_cmpuint(count, ==, 1);
	g_assert_cmpstr(text, ==, "d/a.c:7: 1 of 4: if (i)\n\t2: Why.\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/summary/table", test_table);
	g_test_add_func("/summary/long-subject", test_long_subject);
	g_test_add_func("/summary/cov-min", test_cov_min);
	g_test_add_func("/summary/wrong-cov-min", test_wrong_cov_min);
	g_test_add_func("/summary/no-lines", test_no_lines);
	g_test_add_func("/summary/never-entered", test_never_entered);
	g_test_add_func("/summary/edits", test_edits);
	g_test_add_func("/summary/branches", test_branches);
	g_test_add_func("/summary/reasons", test_reasons);
	return fixture_run();
}
