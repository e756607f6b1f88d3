// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <string.h>

static char *top;

static const char source[] = "/* a */\nint f(void)\n{\n\tint i = 1;\n\th(i);\n"
			     "\tg(i);\n\tif (i)\n\t\th(i);\n"
			     "\treturn i < 2;\n}\n";

static char *with_tabs(const char *text)
{
	return g_strdelimit(g_strdup(text), "|", '\t');
}

void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *tabs = with_tabs(text);
	g_autoptr(GError) error = NULL;

	write_file(dir, name, tabs, &error);
	g_assert_no_error(error);
}

void assert_file(const char *dir, const char *name, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *is = read_text(dir, name, &error);
	g_autofree char *tabs = with_tabs(text);

	g_assert_no_error(error);
	g_assert_cmpstr(is, ==, tabs);
}

void edit(const char *dir, const char *name, const char *from, const char *to)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = read_text(dir, name, &error);
	g_autofree char *before = with_tabs(from), *after = with_tabs(to);
	g_autoptr(GString) all = g_string_new(text);

	g_assert_no_error(error);
	g_assert_cmpuint(g_string_replace(all, before, after, 1), ==, 1);
	write_file(dir, name, all->str, &error);
	g_assert_no_error(error);
}

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		g_error("\"%s\" is not in: %s", part, text);
}

void assert_error(GError **error, const char *part)
{
	g_assert_nonnull(*error);
	assert_has((*error)->message, part);
	g_assert_null(strchr((*error)->message, '\n'));
	g_clear_error(error);
}

void sh(const char *command, const char *dir)
{
	const char *words[] = {"sh", "-ec", command, "sh", dir, NULL};
	g_autofree char *errors = NULL;
	g_autoptr(GError) error = NULL;
	int status;

	g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL,
		     NULL, NULL, &errors, &status, &error);
	g_assert_no_error(error);
	if (status)
		g_error("%s: %s", command, errors);
}

const char *fixture_dir(void)
{
	static int count;
	g_autofree char *dir = g_strdup_printf("%s/%d", top, count++);

	g_assert_cmpint(g_mkdir_with_parents(dir, 0777), ==, 0);
	return g_intern_string(dir);
}

const char *fixture_data(void)
{
	const char *dir = fixture_dir();

	put(dir, "files", "d/a.c\nd/not-built.c\n");
	put(dir, "source/d/a.c", source);
	put(dir, "source/d/not-built.c", "int old(void)\n{\n|return 2;\n}\n");
	put(dir, "all.lines",
	    "d/a.c|2|5|f\nd/a.c|4|4|f\nd/a.c|5|3|f\nd/a.c|6|0|f\n"
	    "d/a.c|7|1|f\nd/a.c|8|0|f\nd/a.c|9|3|f\n");
	put(dir, "tests.lines",
	    "boot|d/a.c|2:1\nx/one|d/a.c|2-5:3 9:3\nx/two|d/a.c|2-4:1 7:1\n");
	put(dir, "patches",
	    "0001|11|one: <script>alert(1)</script> & more\n"
	    "0002|22|two\n0004|44|three\n");
	put(dir, "blame",
	    "d/a.c|4|0001|d/a.c|4\nd/a.c|5|0001|d/a.c|6\n"
	    "d/a.c|6|0002|d/a.c|6\nd/a.c|7|0004|d/a.c|7\n"
	    "d/a.c|8|0004|d/a.c|8\nd/a.c|9|0004|d/a.c|9\n"
	    "d/not-built.c|3|0004|d/not-built.c|3\n");
	put(dir, "diff.0001",
	    "diff --git a/d/a.c b/d/a.c\n--- a/d/a.c\n+++ b/d/a.c\n"
	    "@@ -1,5 +1,8 @@\n /* a */\n int f(void)\n {\n+|int i = 1;\n"
	    "+|g(i);\n+|h(i);\n |return 0;\n }\n");
	put(dir, "diff.0002",
	    "diff --git a/d/a.c b/d/a.c\n--- a/d/a.c\n+++ b/d/a.c\n"
	    "@@ -4,5 +4,5 @@ int f(void)\n |int i = 1;\n-|g(i);\n"
	    " |h(i);\n+|g(i);\n |return 0;\n }\n");
	put(dir, "diff.0004",
	    "diff --git a/d/a.c b/d/a.c\n--- a/d/a.c\n+++ b/d/a.c\n"
	    "@@ -6,2 +6,4 @@ int f(void)\n |g(i);\n-|return 0;\n+|if (i)\n"
	    "+||h(i);\n+|return i < 2;\n }\n"
	    "diff --git a/d/not-built.c b/d/not-built.c\n"
	    "--- a/d/not-built.c\n+++ b/d/not-built.c\n"
	    "@@ -1,4 +1,4 @@\n int old(void)\n {\n-|return 1;\n"
	    "+|return 2;\n }\n");
	put(dir, "branches", "d/a.c|7|1|2\n");
	put(dir, "reasons", "");
	put(dir, "lost.txt", "");
	put(dir, "unsure", "x/skipped\n");
	put(dir, "release", "6.12.1\n");
	put(dir, "prefix", "/tree\n");
	put(dir, "trouble", "");
	return dir;
}

Data *load(const char *dir)
{
	g_autoptr(GError) error = NULL;
	Data *data = data_open(dir, &error);

	g_assert_no_error(error);
	return data;
}

int fixture_run(void)
{
	static const char *const unset[] = {"BASE",    "KERNEL",    "SERIES",
					    "COV_MIN", "COV_FILES", "AFFECTED",
					    "T",       "GIT_DIR"};
	g_autoptr(GError) error = NULL;
	int status;

	for (guint i = 0; i < G_N_ELEMENTS(unset); i++)
		g_unsetenv(unset[i]);
	top = g_dir_make_tmp("coverage.XXXXXX", &error);
	g_assert_no_error(error);
	status = g_test_run();
	sh("rm -rf \"$1\"", top);
	g_free(top);
	return status;
}
