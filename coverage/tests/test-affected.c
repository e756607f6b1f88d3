// SPDX-License-Identifier: GPL-2.0-or-later
#include "affected.h"
#include "fixture.h"

#include <string.h>

static const char *const tests[] = {"x/one", "x/two", "x/new", "x/skipped",
				    NULL};
#define ALL "x/one x/two x/new x/skipped"

/* "diff -u" of d/a.c and what the sed script @edits make of it. */
static char *patch_of(const char *dir, const char *edits)
{
	g_autofree char *command = g_strdup_printf(
		"cd \"$1\" && mkdir -p a/d b/d && cp source/d/a.c a/d && "
		"sed '%s' a/d/a.c >b/d/a.c && ! diff -ru a b >patch",
		edits);
	g_autoptr(GError) error = NULL;
	char *text;

	sh(command, dir);
	text = read_text(dir, "patch", &error);
	g_assert_no_error(error);
	return text;
}

static void affects(const char *dir, const char *diff, const char *names,
		    const char *says)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL, *list = NULL;
	g_autoptr(GPtrArray) chosen =
		affected(data, diff, (char **)tests, &why, &error);

	g_assert_no_error(error);
	g_ptr_array_add(chosen, NULL);
	list = g_strjoinv(" ", (char **)chosen->pdata);
	g_assert_cmpstr(list, ==, names);
	assert_has(why, says);
}

static void edit_affects(const char *edits, const char *names, const char *says)
{
	const char *dir = fixture_data();
	g_autofree char *diff = patch_of(dir, edits);

	affects(dir, diff, names, says);
}

static void test_replaced(void)
{
	edit_affects("s/return i < 2/return 2/", "x/one x/new x/skipped",
		     "affected: 3 of 4 tests: 1 run the 1 lines, 2 without "
		     "data");
	edit_affects("s/if (i)/if (!i)/", "x/two x/new x/skipped",
		     "3 of 4 tests");
	edit_affects("9d", "x/one x/new x/skipped", "3 of 4 tests");
}

/* What is new stands between lines that run. */
static void test_new_line(void)
{
	edit_affects("4s/$/\\n\\tk(i);/", ALL, "2 run the 2 lines");
	edit_affects("5s/$/\\n\\t*p = 1;/", ALL, "it is run at boot");
}

static void test_between_functions(void)
{
	edit_affects("9s/$/\\n\\treturn 4;/", ALL,
		     "d/a.c:9: something between");
	edit_affects("1s/$/\\n#define h g/", ALL, "d/a.c:1: something between");
}

static void test_comment(void)
{
	edit_affects("5s,$,\\n\\t/* Why. */,; s/return i < 2/return 2/",
		     "x/one x/new x/skipped", "3 of 4 tests");
	edit_affects("s,/. a ./,/* b */,", ALL, "nothing known runs it");
}

static void test_never_ran(void)
{
	const char *dir = fixture_data();
	g_autofree char *diff = patch_of(dir, "s/return i < 2/return 2/");

	put(dir, "all.lines", "d/a.c|9|0|f\n");
	put(dir, "tests.lines", "x/one|d/b.c|1:1\n");
	affects(dir, diff, ALL, "d/a.c:9: nothing known runs it");
}

static void test_boot(void)
{
	edit_affects("s/int f(void)/long f(void)/", ALL, "it is run at boot");
}

/* It moved since, or was changed at its new place already. */
static void test_moved(void)
{
	const char *dir = fixture_data();
	g_autofree char *diff = patch_of(dir, "s/return i < 2/return 2/");
	g_autofree char *old = read_text(dir, "source/d/a.c", NULL);
	g_autofree char *moved = g_strconcat("#include <x.h>\n", old, NULL);

	put(dir, "source/d/a.c", moved);
	put(dir, "all.lines", "d/a.c|3|5|f\nd/a.c|10|3|f\n");
	put(dir, "tests.lines", "x/one|d/a.c|10:3\nx/two|d/a.c|3:1\n");
	affects(dir, diff, "x/one x/new x/skipped", "1 run the 1 lines");
	edit(dir, "source/d/a.c", "return i < 2", "return 2");
	affects(dir, diff, "x/one x/new x/skipped", "1 run the 1 lines");
}

static void test_not_clear(void)
{
	const char *dir = fixture_data();
	g_autofree char *diff = patch_of(dir, "s/return i < 2/return 2/");
	g_autofree char *twice = NULL, *old = NULL;

	edit(dir, "source/d/a.c", "return i < 2", "return j");
	affects(dir, diff, ALL, "d/a.c: where the code around line 6 was is");
	/* In two places is in none. */
	edit(dir, "source/d/a.c", "return j", "return i < 2");
	old = read_text(dir, "source/d/a.c", NULL);
	twice = g_strconcat("\n", old, old, NULL);
	put(dir, "source/d/a.c", twice);
	affects(dir, diff, ALL, "is not clear");
}

static void test_header(void)
{
	const char *dir = fixture_data();
	g_autofree char *diff = patch_of(dir, "s/return i < 2/return 2/");
	g_autoptr(GString) header = g_string_new(diff);

	g_string_replace(header, "d/a.c", "d/a.h", 0);
	affects(dir, header->str, ALL, "d/a.h has no coverage data");
	put(dir, "files", "d/a.c\nd/a.h\nd/not-built.c\n");
	affects(dir, header->str, ALL, "d/a.h: not all that includes it");
}

static void test_more(void)
{
	const char *dir = fixture_data();

	affects(dir, "diff --git a/x b/x\nBinary files differ\n", ALL,
		"it is more than changes of lines");
	affects(dir, "diff --git a/d/a.c b/d/z.c\nrename from d/a.c\n", ALL,
		"it is more than changes of lines");
	affects(dir, "--- a/d/a.c\n+++ /dev/null\n@@ -10 +0,0 @@\n-}\n", ALL,
		"d/a.c:10: nothing known runs it");
}

static void test_no_change(void)
{
	g_autoptr(Data) data = load(fixture_data());
	g_autoptr(GError) error = NULL;
	char *why;

	g_assert_null(affected(data, "hello\n", (char **)tests, &why, &error));
	assert_error(&error, "there is no change in it");
}

/* Changes come from files, commits, and ranges of commits. */
static void test_read(void)
{
	const char *dir = fixture_dir();
	g_autofree char *path = g_build_filename(dir, "one", NULL);
	g_autofree char *file = NULL, *commit = NULL, *range = NULL;
	g_autoptr(GError) error = NULL;

	sh("cd \"$1\" && git init -q 2>/dev/null && for i in 1 2 3; do\n"
	   "echo $i >>one && git add one && git -c user.name=a "
	   "-c user.email=a@b commit -qm $i; done",
	   dir);
	file = change_read(path, dir, &error);
	g_assert_cmpstr(file, ==, "1\n2\n3\n");
	commit = change_read("HEAD~1", dir, &error);
	assert_has(commit, "@@ -1 +1,2 @@\n 1\n+2\n");
	range = change_read("HEAD~2..HEAD", dir, &error);
	assert_has(range, "@@ -1 +1,3 @@\n 1\n+2\n+3\n");
	g_assert_no_error(error);
	g_assert_null(change_read("nope", dir, &error));
	assert_error(&error, "AFFECTED=nope is neither a patch file nor a");
	g_assert_null(change_read("--output=x..y", dir, &error));
	assert_error(&error, "is neither a patch file nor a commit");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/affected/replaced", test_replaced);
	g_test_add_func("/affected/new-line", test_new_line);
	g_test_add_func("/affected/between-functions", test_between_functions);
	g_test_add_func("/affected/comment", test_comment);
	g_test_add_func("/affected/never-ran", test_never_ran);
	g_test_add_func("/affected/boot", test_boot);
	g_test_add_func("/affected/moved", test_moved);
	g_test_add_func("/affected/not-clear", test_not_clear);
	g_test_add_func("/affected/header", test_header);
	g_test_add_func("/affected/more", test_more);
	g_test_add_func("/affected/no-change", test_no_change);
	g_test_add_func("/affected/read", test_read);
	return fixture_run();
}
