// SPDX-License-Identifier: GPL-2.0-or-later
#include "includes.h"

#include <string.h>

#include "../host/io.h"

struct Includes {
	char *tree;
	GHashTable *
		files; /* path -> GPtrArray of what it includes: paths or names */
};

static void strings_free(gpointer data)
{
	g_ptr_array_unref(data);
}

static gboolean there(const char *tree, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(tree, dir, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The path of <@name> or "@name" in @file, or only its last part; owned. */
static char *resolve(const char *tree, const char *file, const char *name,
		     gboolean quoted)
{
	static const char *const dirs[] = {"include", "include/uapi"};
	g_autofree char *own = g_path_get_dirname(file);
	g_autofree char *path = NULL;

	if (quoted && there(tree, own, name))
		path = g_build_filename(own, name, NULL);
	for (guint i = 0; !path && i < G_N_ELEMENTS(dirs); i++)
		if (there(tree, dirs[i], name))
			path = g_build_filename(dirs[i], name, NULL);
	/* (Canonical: "../x.h" is in the directory above.) */
	if (path) {
		g_autofree char *absolute = g_canonicalize_filename(path, "/");

		return g_strdup(absolute + 1);
	}
	return g_path_get_basename(name);
}

static void read_file(Includes *includes, const char *file)
{
	g_autofree char *text = read_text(includes->tree, file, NULL);
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	const char *at = text ? text : "";

	g_hash_table_insert(includes->files, g_strdup(file), all);
	while ((at = strstr(at, "#include "))) {
		const char *name = at + strlen("#include ");
		gboolean quoted = *name == '"';
		gsize length = strcspn(name + 1, quoted ? "\"\n" : ">\n");

		if (at == text || at[-1] == '\n') {
			g_autofree char *word = g_strndup(name + 1, length);

			g_ptr_array_add(all, resolve(includes->tree, file, word,
						     quoted));
		}
		at = name;
	}
}

static gboolean below(const char *file, const char *const *dirs)
{
	for (; *dirs; dirs++) {
		gsize length = strlen(*dirs);

		if (!strncmp(file, *dirs, length) && file[length] == '/')
			return TRUE;
	}
	return FALSE;
}

Includes *includes_read(const char *tree, const char *const *dirs,
			const char *const *without)
{
	Includes *includes = g_new0(Includes, 1);

	includes->tree = g_strdup(tree);
	includes->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						strings_free);
	for (; *dirs; dirs++) {
		g_autofree char *dir = g_build_filename(tree, *dirs, NULL);
		g_autoptr(GPtrArray) found = list_tree(dir);

		for (guint i = 0; i < found->len; i++) {
			const char *name = found->pdata[i];
			g_autofree char *file =
				g_build_filename(*dirs, name, NULL);

			if ((g_str_has_suffix(name, ".c") ||
			     g_str_has_suffix(name, ".h")) &&
			    !below(file, without))
				read_file(includes, file);
		}
	}
	return includes;
}

void includes_free(Includes *includes)
{
	g_free(includes->tree);
	g_hash_table_unref(includes->files);
	g_free(includes);
}

/* Does a file that includes @all include one of @wanted? */
static gboolean includes_any(const GPtrArray *all, GHashTable *wanted)
{
	for (guint i = 0; i < all->len; i++)
		if (g_hash_table_contains(wanted, all->pdata[i]))
			return TRUE;
	return FALSE;
}

/* Look for @header from now on: by its path, and by its name, if that is all that is known. */
static void want(GHashTable *wanted, const char *header)
{
	g_hash_table_add(wanted, g_strdup(header));
	g_hash_table_add(wanted, g_path_get_basename(header));
}

static char *object_of(const char *file)
{
	char *object = g_strdup(file);

	object[strlen(object) - 1] = 'o';
	return object;
}

GPtrArray *includes_of(const Includes *includes, const GPtrArray *files)
{
	g_autoptr(GHashTable) wanted =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) objects =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	gboolean more = FALSE;
	GHashTableIter iter;
	gpointer file, all;

	for (guint i = 0; i < files->len; i++) {
		const char *name = files->pdata[i];

		if (g_str_has_suffix(name, ".c") &&
		    there(includes->tree, "", name))
			g_hash_table_add(objects, object_of(name));
		if (g_str_has_suffix(name, ".h")) {
			want(wanted, name);
			more = TRUE;
		}
	}
	while (more) {
		more = FALSE;
		g_hash_table_iter_init(&iter, includes->files);
		while (g_hash_table_iter_next(&iter, &file, &all)) {
			if (!includes_any(all, wanted))
				continue;
			if (g_str_has_suffix(file, ".c")) {
				g_hash_table_add(objects, object_of(file));
			} else if (!g_hash_table_contains(wanted, file)) {
				want(wanted, file);
				more = TRUE;
			}
		}
	}
	g_hash_table_iter_init(&iter, objects);
	while (g_hash_table_iter_next(&iter, &file, NULL))
		g_ptr_array_add(list, g_strdup(file));
	g_ptr_array_sort(list, by_text);
	return list;
}
