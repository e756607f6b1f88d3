// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of TAP. */
#include "tap.h"

#include <string.h>
#include <unistd.h>

static const TapTest *nth(const Tap *tap, guint n)
{
	g_assert_cmpuint(n, <, tap->tests->len);
	return tap->tests->pdata[n];
}

static void test_results(void)
{
	g_autoptr(Tap) tap = tap_read("TAP version 13\n"
				      "# Linux 6.12: 3 tests\n"
				      "ok 1 - a/passes\n"
				      "ok 2 - a/skipped # SKIP it is absent\n"
				      "not ok 3 - a/fails\n"
				      "# a.c:1: n == 1\n"
				      "kernel: not TAP\n"
				      "# | of the report\n"
				      "# log: build/run/log\n"
				      "1..3\n"
				      "# 1 passed\n");

	g_assert_true(tap->whole);
	g_assert_false(tap->bailed_out);
	g_assert_cmpuint(tap->tests->len, ==, 3);
	g_assert_cmpstr(nth(tap, 0)->name, ==, "a/passes");
	g_assert_cmpint(nth(tap, 0)->result, ==, TAP_PASS);
	g_assert_null(nth(tap, 0)->skip_reason);
	g_assert_cmpstr(nth(tap, 1)->name, ==, "a/skipped");
	g_assert_cmpint(nth(tap, 1)->result, ==, TAP_SKIP);
	g_assert_cmpstr(nth(tap, 1)->skip_reason, ==, "it is absent");
	g_assert_cmpstr(nth(tap, 2)->name, ==, "a/fails");
	g_assert_cmpint(nth(tap, 2)->result, ==, TAP_FAIL);
	g_assert_cmpstr(nth(tap, 2)->first, ==, "a.c:1: n == 1");
	g_assert_cmpstr(nth(tap, 2)->said->str, ==,
			"a.c:1: n == 1\nof the report\n");
	g_assert_cmpstr(nth(tap, 2)->log, ==, "build/run/log");
	g_assert_cmpuint(tap_count(tap, TAP_SKIP), ==, 1);
	g_assert_true(tap_find(tap, "a/fails") == nth(tap, 2));
	g_assert_null(tap_find(tap, "a/fail"));
}

static void test_nothing_said(void)
{
	g_autoptr(Tap) tap = tap_read("not ok 1 - a/one\n"
				      "ok 2 - a/two\n"
				      "# of no failure\n"
				      "1..2");

	g_assert_cmpstr(nth(tap, 0)->first, ==, "");
	g_assert_cmpstr(nth(tap, 0)->said->str, ==, "");
	g_assert_cmpstr(nth(tap, 1)->said->str, ==, "");
	g_assert_null(nth(tap, 0)->log);
}

static void test_bail_out(void)
{
	g_autoptr(Tap) tap = tap_read("TAP version 13\n"
				      "Bail out! Kernel panic\n"
				      "# more of it\n");

	g_assert_true(tap->whole);
	g_assert_true(tap->bailed_out);
	g_assert_cmpuint(tap->tests->len, ==, 1);
	g_assert_cmpstr(nth(tap, 0)->name, ==, "boot");
	g_assert_cmpint(nth(tap, 0)->result, ==, TAP_FAIL);
	g_assert_cmpstr(nth(tap, 0)->said->str, ==,
			"Kernel panic\nmore of it\n");
}

/* No run that was cut off passes for a whole one. */
static void test_cut_off(void)
{
	static const char *const texts[] = {
		"",
		"ok 1 - a/one\n",
		"ok 1 - a/one\n1..2\n",
		"ok 1 - a/one\nok 2 - a/two\n1..\n",
		"ok 1 - a/one\nok 2\n1..2\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(Tap) tap = tap_read(texts[i]);

		g_assert_false(tap->whole);
	}
}

static void test_file(void)
{
	static const char text[] = "not ok 1 - a/one\n# a\0b\xff\n1..1\n";
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	int fd = g_file_open_tmp("tap-XXXXXX", &path, &error);

	g_assert_no_error(error);
	g_assert_cmpint(write(fd, text, sizeof(text) - 1), ==,
			sizeof(text) - 1);
	close(fd);

	g_autoptr(Tap) tap = tap_read_file(path, &error);
	g_assert_no_error(error);
	unlink(path);
	g_assert_true(tap->whole);
	g_assert_cmpstr(nth(tap, 0)->first, ==, "a?b\xff");

	g_assert_null(tap_read_file(path, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tap/results", test_results);
	g_test_add_func("/tap/nothing-said", test_nothing_said);
	g_test_add_func("/tap/bail-out", test_bail_out);
	g_test_add_func("/tap/cut-off", test_cut_off);
	g_test_add_func("/tap/file", test_file);
	return g_test_run();
}
