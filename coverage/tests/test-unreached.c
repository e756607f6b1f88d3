// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "not-built.h"
#include "unreached.h"

#include <string.h>

#define GOOD "# why\n\nd/a.c f\n| g(i);\n|h(i);\nNobody calls\nit.\n"
#define NONE "d/not-built.c not_built\nWhy not.\n"

/* What is wrong with @list, lines after each other. */
static char *check_whole(const char *dir, const char *list, gboolean all)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GPtrArray) missing = not_built(data);
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(dir, "list", NULL);

	if (list)
		write_file(dir, "list", list, NULL);
	unreached_check(data, missing, path, all, wrong);
	g_ptr_array_add(wrong, NULL);
	return g_strjoinv("\n", (char **)wrong->pdata);
}

/* The same of @list and the file that is not built. */
static char *check(const char *dir, const char *list, gboolean all)
{
	g_autofree char *whole =
		list ? g_strconcat(NONE "\n", list, NULL) : NULL;

	return check_whole(dir, whole, all);
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
	g_autoptr(GPtrArray) missing = not_built(data);
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(dir, "list", NULL);

	write_file(dir, "list", NONE "\n" GOOD, NULL);
	unreached_check(data, missing, path, TRUE, wrong);
	g_assert_cmpuint(wrong->len, ==, 0);
	g_assert_cmpstr(data_line(data, "d/a.c", 6)->reason, ==,
			"Nobody calls it.");
	g_assert_cmpstr(data_line(data, "d/a.c", 8)->reason, ==,
			"Nobody calls it.");
	g_assert_null(data_line(data, "d/a.c", 7)->reason);
	g_assert_cmpstr(((NotBuilt *)missing->pdata[0])->reason, ==,
			"Why not.");
}

/* The fixture is of Linux 6.12. */
static void test_version(void)
{
	good("d/a.c f 6.12\n| g(i);\n| h(i);\nWhy.\n", TRUE);
	good(GOOD "\nd/a.c f 7.3\n| x();\nWhy.\n", TRUE);
	good(GOOD "\nd/a.c f 6.1\n| x();\nWhy.\n", TRUE);
	bad(GOOD "\nd/a.c f 6.12\n| x();\nWhy.\n",
	    "d/a.c f: there is no such added line: x();");
	bad("d/a.c f 7.3\n| g(i);\n| h(i);\nWhy.\n",
	    "d/a.c:8: does not run and is not listed in ");
	bad(GOOD "\nd/a.c f 7.3\n| x();\n", "no reason is given for d/a.c f");
	bad(GOOD "\nd/a.c 7.3\n| x();\nWhy.\n", "not FILE FUNCTION: d/a.c 7.3");
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

/* Line 7 takes one of its two branches, line 9 two of three. */
static void test_branches(void)
{
	const char *dir = fixture_data(), *list;
	g_autofree char *wrong = NULL;

	put(dir, "branches", "d/a.c|7|1|2\nd/a.c|8|0|2\nd/a.c|9|2|3\n");
	list = GOOD "\nd/a.c f\n1 of 2|  if (i)\n1 of 3 | return i < 2;\n"
		    "No i\nis 0.\n";
	wrong = check(dir, list, TRUE);
	g_assert_cmpstr(strstr(wrong, "d/a.c f"), ==,
			"d/a.c f: 1 of 3 listed, but 2 branches are taken: "
			"return i < 2;");
	good(GOOD "\nd/a.c f\n1 of 2 | if (i)\nWhy.\n", TRUE);
	/* A reason is only for branches, or only for the line. */
	bad(GOOD "\nd/a.c f\n| if (i)\nWhy.\n", "listed, but it runs: if (i)");
	bad("d/a.c f\n| g(i);\n0 of 2 | h(i);\nWhy.\n",
	    "d/a.c:8: does not run and is not listed in ");
}

static void test_branch_reasons(void)
{
	const char *dir = fixture_data();
	g_autoptr(Data) data = load(dir);
	g_autoptr(GPtrArray) missing = not_built(data);
	g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(dir, "list", NULL);
	const Line *line = data_line(data, "d/a.c", 7);

	write_file(dir, "list", NONE "\n" GOOD "1 of 2 | if (i)\n", NULL);
	unreached_check(data, missing, path, TRUE, wrong);
	g_assert_cmpuint(wrong->len, ==, 0);
	g_assert_cmpuint(line->reasoned, ==, 1);
	g_assert_cmpstr(line->reason, ==, "Nobody calls it.");
	g_assert_cmpuint(data_line(data, "d/a.c", 9)->reasoned, ==, 0);
}

static void test_branches_taken(void)
{
	const char *dir = fixture_data(), *list;
	g_autofree char *taken = NULL, *other = NULL, *one = NULL;

	list = GOOD "\nd/a.c f\n1 of 2 | if (i)\nWhy.\n";
	put(dir, "branches", "d/a.c|7|2|2\n");
	taken = check(dir, list, TRUE);
	assert_has(taken,
		   "d/a.c f: listed, but all its branches are taken: if (i)");
	/* Another compiler: no error, but no reason, either. */
	put(dir, "branches", "d/a.c|7|2|4\n");
	other = check(dir, list, TRUE);
	g_assert_cmpstr(other, ==, "");
	/* Not all tests were run. */
	edit(dir, "all.lines", "d/a.c|7|1|f", "d/a.c|7|0|f");
	put(dir, "branches", "d/a.c|7|0|2\n");
	one = check(dir, list, FALSE);
	g_assert_cmpstr(one, ==, "");
	bad(GOOD "\nd/a.c f\n1 of 2 | if (j)\nWhy.\n",
	    "no such added line: if (j)");
	bad(GOOD "\nd/a.c f\n2 of 2 | if (i)\nWhy.\n",
	    "d/a.c f: no branch is left: 2 of 2 | if (i)");
	good(GOOD "2 of 3 are no branches.\n", TRUE);
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

static void wrong_whole(const char *list, gboolean all, const char *why)
{
	g_autofree char *wrong = check_whole(fixture_data(), list, all);

	if (*why)
		assert_has(wrong, why);
	else
		g_assert_cmpstr(wrong, ==, "");
}

static void test_not_built(void)
{
	wrong_whole(GOOD, TRUE,
		    "d/not-built.c: is not built and not listed in ");
	wrong_whole(GOOD, FALSE, "");
	wrong_whole(GOOD "\n" NONE, TRUE, "");
	wrong_whole(GOOD "\n" NONE "\nd/a.c not_built\nWhy.\n", TRUE,
		    "d/a.c not_built: the file is built, or ");
	wrong_whole(GOOD "\nd/not-built.c not_built\n", TRUE,
		    "no reason is given for d/not-built.c not_built");
}

/* Which of these lines count, and when a header is built. */
static void test_not_built_lines(void)
{
	const char *dir = fixture_data();
	g_autoptr(GPtrArray) files = NULL;
	g_autoptr(Data) data = NULL;

	put(dir, "files", "d/a.c\nd/a.h\ne/b.c\ne/b.h\nf/only.h\nf/x/none.c\n");
	put(dir, "source/d/a.h", "int x;\n");
	put(dir, "source/e/b.c",
	    "#include \"b.h\"\n/* int\n a; */\nint f(void)\n{\n\n"
	    "|return 0; /* x */\n}\n// x\n/* y */ int z;\n");
	put(dir, "source/e/b.h", "int f(void);\n");
	put(dir, "source/f/only.h", "int f(void);\n");
	put(dir, "source/f/x/none.c", "{\n");
	put(dir, "blame",
	    "d/a.h|1|0001|d/a.h|1\ne/b.c|1|0001|e/b.c|1\n"
	    "e/b.c|2|0001|e/b.c|2\ne/b.c|3|0001|e/b.c|3\n"
	    "e/b.c|4|0001|e/b.c|4\ne/b.c|5|0001|e/b.c|5\n"
	    "e/b.c|6|0001|e/b.c|6\ne/b.c|7|0001|e/b.c|7\n"
	    "e/b.c|8|edit|e/b.c|8\ne/b.c|9|0001|e/b.c|9\n"
	    "e/b.c|10|0001|e/b.c|10\ne/b.h|1|0001|e/b.h|1\n"
	    "f/only.h|1|0001|f/only.h|1\nf/x/none.c|1|0001|f/x/none.c|1\n");
	data = load(dir);
	files = not_built(data);
	g_assert_cmpuint(files->len, ==, 2);
	g_assert_cmpstr(((NotBuilt *)files->pdata[0])->file->name, ==, "e/b.c");
	g_assert_cmpuint(((NotBuilt *)files->pdata[0])->lines, ==, 3);
	g_assert_cmpstr(((NotBuilt *)files->pdata[1])->file->name, ==, "e/b.h");
	g_assert_cmpuint(((NotBuilt *)files->pdata[1])->lines, ==, 1);
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
	g_test_add_func("/unreached/version", test_version);
	g_test_add_func("/unreached/not-listed", test_not_listed);
	g_test_add_func("/unreached/it-runs", test_it_runs);
	g_test_add_func("/unreached/twice", test_twice);
	g_test_add_func("/unreached/no-such-line", test_no_such_line);
	g_test_add_func("/unreached/no-code", test_no_code);
	g_test_add_func("/unreached/branches", test_branches);
	g_test_add_func("/unreached/branch-reasons", test_branch_reasons);
	g_test_add_func("/unreached/branches-taken", test_branches_taken);
	g_test_add_func("/unreached/edited", test_edited);
	g_test_add_func("/unreached/not-built", test_not_built);
	g_test_add_func("/unreached/not-built-lines", test_not_built_lines);
	g_test_add_func("/unreached/list", test_list);
	return fixture_run();
}
