// SPDX-License-Identifier: GPL-2.0-or-later
#include "commits.h"
#include "fixture.h"
#include "series.h"

#include <string.h>

/*
 * Three patches: the second moves a line of the first, the third changes one. They
 * leave the sources of the fixture.
 */
static const char make_tree[] =
	"cd \"$1\"\n"
	"export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a\n"
	"export GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_GLOBAL=/dev/null\n"
	"commit() { git add -A; git commit -qm \"$1\"; }\n"
	"git init -q 2>/dev/null\n"
	"mkdir -p d .git/shrinkbench\n"
	"printf '/* a */\\nint f(void)\\n{\\n\\treturn 0;\\n}\\n' >d/a.c\n"
	"printf 'int old(void)\\n{\\n\\treturn 1;\\n}\\n' >d/not-built.c\n"
	"commit base\n"
	"a='/* a */\\nint f(void)\\n{\\n\\tint i = 1;\\n'\n"
	"printf \"$a\\tg(i);\\n\\th(i);\\n\\treturn 0;\\n}\\n\" >d/a.c\n"
	"commit 'one:\ttab'\n"
	"printf \"$a\\th(i);\\n\\tg(i);\\n\\treturn 0;\\n}\\n\" >d/a.c\n"
	"commit two\n"
	"printf \"$a\\th(i);\\n\\tg(i);\\n\\tif (i)\\n\\t\\th(i);\\n\" >d/a.c\n"
	"printf '\\treturn i < 2;\\n}\\n' >>d/a.c\n"
	"sed 's/1/2/' d/not-built.c >x\n"
	"mv x d/not-built.c\n"
	"commit three\n"
	"printf '0001\\n0002\\n0004\\n' >.git/shrinkbench/slots\n";

static const char *const files[] = {"d/a.c", "d/not-built.c", NULL};

static const char *tree(void)
{
	const char *dir = fixture_dir();

	sh(make_tree, dir);
	return dir;
}

static const char *series_of(const char *dir)
{
	const char *out = fixture_dir();
	g_autoptr(GError) error = NULL;

	series_write(dir, (char **)files, out, &error);
	g_assert_no_error(error);
	return out;
}

/* Numbers and subjects, without the commits. */
static char *patches(const char *out)
{
	g_auto(GStrv) lines = read_lines(out, "patches", NULL);
	GString *text = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, "\t", 3);

		g_string_append_printf(text, "%s:%s\n", fields[0], fields[2]);
	}
	return g_string_free(text, FALSE);
}

/* A line is of the patch that left it there; slots without a patch have no number. */
static void test_patches(void)
{
	const char *out = series_of(tree());
	g_autofree char *list = patches(out);
	g_autofree char *diff = read_text(out, "diff.0004", NULL);

	g_assert_cmpstr(list, ==, "0001:one: tab\n0002:two\n0004:three\n");
	assert_file(out, "blame",
		    "d/a.c|4|0001|d/a.c|4\nd/a.c|5|0001|d/a.c|6\n"
		    "d/a.c|6|0002|d/a.c|6\nd/a.c|7|0004|d/a.c|7\n"
		    "d/a.c|8|0004|d/a.c|8\nd/a.c|9|0004|d/a.c|9\n"
		    "d/not-built.c|3|0004|d/not-built.c|3\n");
	assert_has(diff, "+\treturn i < 2;\n");
}

static void test_edit(void)
{
	const char *dir = tree(), *out;
	g_autofree char *blame = NULL;

	edit(dir, "d/a.c", "i < 2", "i < 3");
	out = series_of(dir);
	blame = read_text(out, "blame", NULL);
	assert_has(blame, "d/a.c\t9\tedit\t");
}

/* The commits of a git tree, which stays as it is. */
static void test_base(void)
{
	const char *dir = tree(), *out;
	g_autofree char *list = NULL;

	sh("find \"$1\" -printf '%p %T@ %C@\\n' | sort >\"$1.before\"", dir);
	g_setenv("KERNEL", dir, TRUE);
	g_setenv("BASE", "HEAD~1", TRUE);
	out = series_of(dir);
	g_unsetenv("KERNEL");
	g_unsetenv("BASE");
	sh("find \"$1\" -printf '%p %T@ %C@\\n' | sort | cmp - \"$1.before\"",
	   dir);
	list = patches(out);
	g_assert_cmpstr(list, ==, "0001:three\n");
}

static void wrong_base(const char *kernel, const char *base,
		       const char *patches_from, const char *why)
{
	g_autoptr(GError) error = NULL;
	g_auto(Series) series = {0};

	g_setenv("KERNEL", kernel, TRUE);
	g_setenv("BASE", base, TRUE);
	g_setenv("SERIES", patches_from, TRUE);
	g_assert_false(series_find(&series, "", &error));
	assert_error(&error, why);
	g_unsetenv("KERNEL");
	g_unsetenv("BASE");
	g_unsetenv("SERIES");
}

static void test_wrong_base(void)
{
	const char *dir = tree(), *empty = fixture_dir();
	g_autofree char *inside = g_build_filename(dir, "d", NULL);

	wrong_base(dir, "nope", "none", "is not a commit of");
	wrong_base("", "HEAD", "none", "say which: KERNEL=");
	wrong_base(dir, "HEAD", "x.mbox", "not both");
	wrong_base(fixture_dir(), "HEAD", "", "not the top of a git tree");
	wrong_base(inside, "HEAD", "", "not the top of a git tree");
	sh("git init -q \"$1\" 2>/dev/null", empty);
	wrong_base(empty, "HEAD", "", "has no commit");
	sh("cd \"$1\" && git checkout -q --orphan other && "
	   "git -c user.name=a -c user.email=a@b commit -qm other",
	   dir);
	wrong_base(dir, "HEAD@{1}", "", "have no common history");
}

static void test_no_tree(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(series_write(fixture_dir(), (char **)files,
				    fixture_dir(), &error));
	assert_error(&error, "is not the private copy of a kernel");
}

static char *files_of(const char *dir, const char *wanted, GError **error)
{
	g_autoptr(GPtrArray) names = series_files(dir, wanted, error);

	if (!names)
		return NULL;
	g_ptr_array_add(names, NULL);
	return g_strjoinv(" ", (char **)names->pdata);
}

static void files_are(const char *dir, const char *wanted, const char *names)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *list = files_of(dir, wanted, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(list, ==, names);
}

static void test_files(void)
{
	const char *dir = tree();
	g_autoptr(GError) error = NULL;

	files_are(dir, "", "d/a.c d/not-built.c");
	put(dir, "d/b.c", "");
	put(dir, "d/b.h", "");
	put(dir, "d/Kconfig", "");
	files_are(dir, "d/b.*", "d/a.c d/b.c d/b.h d/not-built.c");
	files_are(dir, " d/b.c\nd/b.h ", "d/a.c d/b.c d/b.h d/not-built.c");
	g_assert_null(files_of(dir, "d/c.c", &error));
	assert_error(&error, "COV_FILES: there is no d/c.c");
	put(dir, ".git/shrinkbench/slots", "");
	g_assert_null(files_of(dir, "", &error));
	assert_error(&error, "there is no drivers/gpu/drm/drm_gem.c");
}

/* What a pattern and the series both name is there once. */
static void test_directory(void)
{
	const char *dir = tree();

	put(dir, "d/b.c", "");
	put(dir, "d/Kconfig", "");
	files_are(dir, "d", "d/a.c d/b.c d/not-built.c");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/series/patches", test_patches);
	g_test_add_func("/series/edit", test_edit);
	g_test_add_func("/series/base", test_base);
	g_test_add_func("/series/wrong-base", test_wrong_base);
	g_test_add_func("/series/no-tree", test_no_tree);
	g_test_add_func("/series/files", test_files);
	g_test_add_func("/series/directory", test_directory);
	return fixture_run();
}
