// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of which objects a change reaches, of targets, and of what make says. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

#include "../host/io.h"
#include "includes.h"
#include "target.h"

static const struct {
	const char *name, *text;
} files[] = {
	{"include/drm/helper.h", "#include <linux/list.h>\n"},
	{"include/linux/list.h", ""},
	{"d/core.c", "#include <drm/helper.h>\n"},
	{"d/one/one.h", "/* x */\n#include <drm/helper.h>\n"},
	{"d/one/a.c", "#include <linux/list.h>\n\n#include \"one.h\"\n"},
	{"d/one/b.c", "#include <linux/list.h>\n"},
	{"d/two/one.h", ""},
	{"d/two/c.c", "#include \"one.h\"\n"},
	{"d/two/sub/d.c", "#include \"../one.h\"\n"},
	{"d/two/e.c", "#include \"elsewhere/one.h\"\n"},
	{"d/two/f.c", "int x; // #include \"one.h\"\n"},
	{"d/big/g.c", "#include <drm/helper.h>\n"},
};

/* What a patch touches, and the objects. */
static const struct {
	const char *name, *touched, *objects;
} changes[] = {
	{"source", "d/one/b.c", "d/one/b.o"},
	{"gone", "d/one/gone.c", ""},
	{"other", "d/Makefile", ""},
	{"header-of-a-header", "include/drm/helper.h",
	 "d/core.o d/one/a.o d/two/e.o"},
	{"same-directory", "d/two/one.h", "d/two/c.o d/two/e.o d/two/sub/d.o"},
	{"both", "d/two/one.h d/two/c.c d/one/b.c",
	 "d/one/b.o d/two/c.o d/two/e.o d/two/sub/d.o"},
	{"most", "include/linux/list.h",
	 "d/core.o d/one/a.o d/one/b.o d/two/e.o"},
};

static char *tree;

static void make_tree(void)
{
	tree = g_dir_make_tmp("compile-test-XXXXXX", NULL);
	g_assert_nonnull(tree);
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path =
			g_build_filename(tree, files[i].name, NULL);
		g_autofree char *dir = g_path_get_dirname(path);

		g_assert_cmpint(g_mkdir_with_parents(dir, 0777), ==, 0);
		g_assert_true(
			g_file_set_contents(path, files[i].text, -1, NULL));
	}
}

static void test_change(gconstpointer data)
{
	guint i = GPOINTER_TO_UINT(data);
	static const char *const dirs[] = {"d", "include/drm", "include/linux",
					   NULL};
	static const char *const without[] = {"d/big", NULL};
	g_autoptr(Includes) includes = includes_read(tree, dirs, without);
	g_auto(GStrv) words = g_strsplit(changes[i].touched, " ", -1);
	g_autoptr(GPtrArray) touched = g_ptr_array_new();
	g_autoptr(GPtrArray) objects = NULL;
	g_autofree char *all = NULL;

	for (char **word = words; *word; word++)
		g_ptr_array_add(touched, *word);
	objects = includes_of(includes, touched);
	g_ptr_array_add(objects, NULL);
	all = g_strjoinv(" ", (char **)objects->pdata);
	g_assert_cmpstr(all, ==, changes[i].objects);
}

static void test_find(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(target_find("arm64", NULL)->arch, ==, "arm64");
	g_assert_null(target_find("arm65", &error));
	g_assert_cmpstr(error->message, ==,
			"ARCHES=arm65: there are x86_64, arm64, arm, clang");
}

static void test_ready(void)
{
	static const Target none = {"vax", "vax", "vax-", "gcc", "gcc-vax"};
	g_autoptr(GError) error = NULL;

	g_assert_true(target_ready(target_find("x86_64", NULL), NULL));
	g_assert_false(target_ready(&none, &error));
	g_assert_cmpstr(error->message, ==,
			"vax-gcc is missing: install it (Debian: gcc-vax), or "
			"leave vax out of ARCHES=");
}

static void test_missing(void)
{
	g_assert_cmpuint(target_missing(""), ==, 0);
	g_assert_cmpuint(
		target_missing(
			"make[3]: *** No rule to make target 'd/a.o'.\n"
			"d/b.c:1: warning: x\n"
			"make[3]: *** No rule to make target 'd/c.o'.\n"),
		==, 2);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	make_tree();
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autofree char *name = g_strdup_printf("/compile/includes/%s",
							changes[i].name);

		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_change);
	}
	g_test_add_func("/compile/target/find", test_find);
	g_test_add_func("/compile/target/ready", test_ready);
	g_test_add_func("/compile/target/missing", test_missing);
	status = g_test_run();
	remove_tree(tree);
	g_free(tree);
	return status;
}
