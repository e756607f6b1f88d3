// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"
#include "who.h"

static void says(const char *dir, const char *file, guint line,
		 const char *expected)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = who(data, file, line, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, expected);
}

static void fails(const char *dir, const char *file, guint line,
		  const char *why)
{
	g_autoptr(Data) data = load(dir);
	g_autoptr(GError) error = NULL;

	g_assert_null(who(data, file, line, &error));
	assert_error(&error, why);
}

static void test_line(void)
{
	const char *dir = fixture_data();

	says(dir, "a.c", 9,
	     "d/a.c:9 in f(): return i < 2;\nfrom patch 0004: three\n"
	     "         3  x/one\nran 3 times, in 1 tests\n");
	says(dir, "d/a.c", 2,
	     "d/a.c:2 in f(): int f(void)\nfrom no patch of the series\n"
	     "         1  boot\n         3  x/one\n         1  x/two\n"
	     "ran 5 times, in 3 tests\n");
	says(dir, "a.c", 7,
	     "d/a.c:7 in f(): if (i)\nfrom patch 0004: three\n"
	     "1 of 2 branches taken\n         1  x/two\n"
	     "ran 1 times, in 1 tests\n");
}

static void test_nobody(void)
{
	const char *dir = fixture_data();

	put(dir, "reasons", "d/a.c|6|Nobody calls it.\n");
	edit(dir, "blame", "d/a.c|6|0002", "d/a.c|6|edit");
	put(dir, "lost.txt", "x/a\nx/b\n");
	says(dir, "a.c", 6,
	     "d/a.c:6 in f(): g(i);\nfrom no patch: the source was edited\n"
	     "listed as not reached: Nobody calls it.\n"
	     "the data of 2 tests is lost, see build/coverage/lost.txt\n"
	     "ran 0 times, in 0 tests\n");
}

static void test_no_code(void)
{
	const char *dir = fixture_data();

	fails(dir, "a.c", 1,
	      "d/a.c: line 1 has no code that can run; the nearest is line 2");
	fails(dir, "a.c", 3, "the nearest is line 2 or line 4");
	fails(dir, "a.c", 99, "the nearest is line 9");
	fails(dir, "not-built.c", 3,
	      "d/not-built.c: nothing in it was compiled as code");
}

static void test_no_file(void)
{
	const char *dir = fixture_data();

	fails(dir, "b.c", 1, "no file b.c has coverage data; the series");
	fails(dir, "built.c", 1, "no file built.c has coverage data");
	put(dir, "files", "d/a.c\nd/not-built.c\ne/a.c\n");
	fails(dir, "a.c", 1, "a.c is more than one file: d/a.c e/a.c");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/who/line", test_line);
	g_test_add_func("/who/nobody", test_nobody);
	g_test_add_func("/who/no-code", test_no_code);
	g_test_add_func("/who/no-file", test_no_file);
	return fixture_run();
}
