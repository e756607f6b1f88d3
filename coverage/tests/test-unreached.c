// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "unreached.h"

#define GOOD "# why\n\nd/a.c f\n| g(i);\n|h(i);\nNobody calls\nit.\n"

/* What is wrong with @list, lines after each other. */
static char *check(const char *dir, const char *list, gboolean all)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(dir, "list", NULL);

	if (list)
		write_file(dir, "list", list, NULL);
	unreached_check(data, path, all, wrong);
	g_ptr_array_add(wrong, NULL);
	return g_strjoinv("\n", (char **)wrong->pdata);
}

static void good(const char *list, gboolean all)
{
	g_autofree char *wrong = check(fixture_data(), list, all);

	g_assert_cmpstr(wrong, ==, "");
}

static void bad(const char *list, const char *why)
{
	g_autofree char *wrong = check(fixture_data(), list, TRUE);

	assert_has(wrong, why);
}

static void test_reasons(void)
{
	const char *dir = fixture_data();
	g_autoptr(Data) data = load(dir);
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(dir, "list", NULL);

	write_file(dir, "list", GOOD, NULL);
	unreached_check(data, path, TRUE, wrong);
	g_assert_cmpuint(wrong->len, ==, 0);
	g_assert_cmpstr(data_line(data, "d/a.c", 6)->reason, ==,
			"Nobody calls it.");
	g_assert_cmpstr(data_line(data, "d/a.c", 8)->reason, ==,
			"Nobody calls it.");
	g_assert_null(data_line(data, "d/a.c", 7)->reason);
}

static void test_not_listed(void)
{
	const char *list = "d/a.c f\n| g(i);\nWhy.\n";

	bad(list, "d/a.c:8: does not run and is not listed in ");
	bad("", "d/a.c:6: does not run and is not listed in ");
	/* After some of the tests nobody knows. */
	good(list, FALSE);
}

static void test_it_runs(void)
{
	bad(GOOD "\nd/a.c f\n| return i < 2;\nWhy.\n",
	    "d/a.c f: listed, but it runs: return i < 2;");
	bad(GOOD "\nd/a.c f\n| h(i);\nWhy.\n",
	    "d/a.c f: listed, but it runs: h(i);");
	bad(GOOD "\nd/a.c f\n| if (i)\nWhy.\n",
	    "d/a.c f: listed, but it runs: if (i)");
}

/* A line that is there twice is listed twice. */
static void test_twice(void)
{
	const char *dir = fixture_data();
	g_autofree char *once = NULL, *twice = NULL;

	edit(dir, "source/d/a.c", "|g(i);", "|h(i);");
	once = check(dir, "d/a.c f\n| h(i);\nWhy.\n", TRUE);
	assert_has(once, "d/a.c:8: does not run and is not listed in ");
	twice = check(dir, "d/a.c f\n| h(i);\n| h(i);\nWhy.\n", TRUE);
	g_assert_cmpstr(twice, ==, "");
}

static void test_no_such_line(void)
{
	bad(GOOD "\nd/a.c f\n| x();\nWhy.\n", "no such added line: x();");
	bad(GOOD "\nd/a.c g\n| g(i);\nWhy.\n", "no such added line: g(i);");
	bad(GOOD "\nd/z.c f\n| g(i);\nWhy.\n", "no such added line: g(i);");
}

/* One compiler makes code of a line, and another does not. */
static void test_no_code(void)
{
	const char *dir = fixture_data();
	g_autofree char *wrong = NULL;

	edit(dir, "all.lines", "d/a.c|7|1|f\n", "");
	wrong = check(dir, GOOD "\nd/a.c f\n| if (i)\nWhy.\n", TRUE);
	g_assert_cmpstr(wrong, ==, "");
}

/* Edited lines are of no patch. */
static void test_edited(void)
{
	const char *dir = fixture_data();
	g_autofree char *wrong = NULL;

	edit(dir, "blame", "d/a.c|8|0004", "d/a.c|8|edit");
	wrong = check(dir, "d/a.c f\n| g(i);\nWhy.\n", TRUE);
	g_assert_cmpstr(wrong, ==, "");
}

static void test_list(void)
{
	g_autofree char *wrong = check(fixture_data(), NULL, FALSE);

	assert_has(wrong, "cannot read ");
	bad("d/a.c f\n| g(i);\n| h(i);\n", "no reason is given for d/a.c f");
	bad("d/a.c f\nWhy.\n", "no line of code is listed for d/a.c f");
	bad("d/a.c\n| g(i);\nWhy.\n", "not FILE FUNCTION: d/a.c");
	bad("d/a.c f()\n| g(i);\nWhy.\n", "not FILE FUNCTION: d/a.c f()");
	bad("| g(i);\n", "not FILE FUNCTION: | g(i);");
	good("d/a.c  f\n|  g(i); \n|\th(i);\n Why.\n\n\n", TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/unreached/reasons", test_reasons);
	g_test_add_func("/unreached/not-listed", test_not_listed);
	g_test_add_func("/unreached/it-runs", test_it_runs);
	g_test_add_func("/unreached/twice", test_twice);
	g_test_add_func("/unreached/no-such-line", test_no_such_line);
	g_test_add_func("/unreached/no-code", test_no_code);
	g_test_add_func("/unreached/edited", test_edited);
	g_test_add_func("/unreached/list", test_list);
	return fixture_run();
}
