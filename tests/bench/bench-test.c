// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of bench.c, with figures that take no time. */
#include <glib/gstdio.h>
#include <string.h>

#include "bench.h"

static void append(const char *text, gpointer data)
{
	g_string_append(data, text);
}

/* The table of @figures, run in a directory of its own; @failed: how many. */
static char *table(const char *figures, gboolean against, guint *failed)
{
	g_autofree char *dir = g_dir_make_tmp("bench-XXXXXX", NULL);
	g_autofree char *other = g_dir_make_tmp("bench-XXXXXX", NULL);
	g_autofree char *log = g_build_filename(dir, "log", NULL);
	g_autofree char *remove = g_strconcat("rm -rf ", dir, " ", other, NULL);
	GString *out = g_string_new(NULL);
	const Bench bench = {.dir = dir,
			     .against = against ? other : NULL,
			     .log = log,
			     .rounds = 3,
			     .print = append,
			     .data = out};
	g_autoptr(GError) error = NULL;

	*failed = bench_run(&bench, figures, &error);
	g_assert_no_error(error);
	g_assert_true(
		g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
	return g_string_free(out, FALSE);
}

#define ASSERT_HAS(text, part) g_assert_nonnull(strstr(text, part))

static void test_printed(void)
{
	guint failed;
	g_autofree char *text = table("[one]\n"
				      "setup=echo x >>count\n"
				      "command=wc -l <count\n"
				      "printed=true\nbound=2\n"
				      "[two]\ncommand=echo 4\nprinted=true\n"
				      "bound=3\nbeside=one\nrounds=1\n",
				      FALSE, &failed);

	g_assert_cmpuint(failed, ==, 0);
	ASSERT_HAS(text, "   2.00 s    1.00 .. 3.00  ");
	ASSERT_HAS(text, "  within 2 s\n");
	ASSERT_HAS(text, "   4.00 s    4.00 .. 4.00  ");
	ASSERT_HAS(text, "  ABOVE 3 s\n");
	ASSERT_HAS(text, "  \"one\" takes 0.50 of that\n");
}

/* What fails is said, has no figure, and does not keep others from being measured. */
static void test_failed(void)
{
	static const char *const bad[] = {
		"command=echo 0 passed, 655 failed; exit 2\n",
		"command=true\nsetup=echo 0 passed, 655 failed; exit 2\n",
		"command=true\nonce=echo 0 passed, 655 failed; exit 2\n",
		"command=echo 0 passed, 655 failed\nprinted=true\n",
		"command=kill -9 $$; echo 0 passed, 655 failed\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *figures = g_strdup_printf(
			"[bad]\n%s[good]\ncommand=true\n", bad[i]);
		guint failed;
		g_autofree char *text = table(figures, FALSE, &failed);

		g_assert_cmpuint(failed, ==, 1);
		ASSERT_HAS(text, "  FAILED\n");
		ASSERT_HAS(text, "655 failed");
		ASSERT_HAS(text, "\ngood ");
		g_assert_null(strstr(strstr(text, "\ngood "), "FAILED"));
		g_assert_null(strstr(text, "\nbad   0"));
	}
}

/* They run in turn: ours, theirs, ours, ... */
static void test_against(void)
{
	guint failed;
	g_autofree char *text =
		table("[one]\n"
		      "command=echo x >>count; echo $(($(wc -l <count) * "
		      "(1 + $(test -e slow; echo $?))))\n"
		      "once=test -e ../done-$PPID || { : >slow; "
		      ": >../done-$PPID; }\n"
		      "printed=true\n"
		      "[own]\ncommand=rm ../done-$PPID; test -e slow\n"
		      "own=true\nrounds=1\n",
		      TRUE, &failed);

	g_assert_cmpuint(failed, ==, 0);
	ASSERT_HAS(text, "  against    4.00 s: 0.50 (0.50 .. 0.50)\n");
}

static void test_against_fails(void)
{
	guint failed;
	g_autofree char *text =
		table("[one]\ncommand=test -e here && echo 4\nprinted=true\n"
		      "once=test -e ../done-$PPID || { : >here; "
		      ": >../done-$PPID; }\n"
		      "[end]\ncommand=rm ../done-$PPID\n"
		      "own=true\nrounds=1\n",
		      TRUE, &failed);

	g_assert_cmpuint(failed, ==, 1);
	ASSERT_HAS(text, "4.00 s    4.00 .. 4.00");
	ASSERT_HAS(text, "  against FAILED\n");
}

static void test_cold(void)
{
	guint failed;
	g_autofree char *text =
		table("[one]\ncommand=false\ncold=true\n", FALSE, &failed);

	g_assert_cmpuint(failed, ==, 0);
	g_assert_null(strstr(text, "one"));
}

static void test_bad_file(void)
{
	static const char *const bad[] = {"[one]\nbound=3\n", "what\n"};
	const Bench bench = {.dir = "/", .rounds = 1};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		bench_run(&bench, bad[i], &error);
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bench/printed", test_printed);
	g_test_add_func("/bench/failed", test_failed);
	g_test_add_func("/bench/against", test_against);
	g_test_add_func("/bench/against-fails", test_against_fails);
	g_test_add_func("/bench/cold", test_cold);
	g_test_add_func("/bench/bad-file", test_bad_file);
	return g_test_run();
}
