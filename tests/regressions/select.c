// SPDX-License-Identifier: GPL-2.0-or-later
#include "select.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

static gboolean is_named(const char *name, const char *word)
{
	size_t len = strlen(word);

	if (g_pattern_match_simple(word, name))
		return TRUE;
	return !strncmp(name, word, len) &&
	       (name[len] == '-' || g_ascii_islower(name[len]));
}

static gboolean is_wanted(const char *name, char **words)
{
	gboolean any = FALSE;

	for (; *words; words++) {
		if (!**words)
			continue;
		any = TRUE;
		if (is_named(name, *words))
			return TRUE;
	}
	return !any;
}

/* By the names of the files, without their directories. */
static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(strrchr(*(char *const *)a, '/'),
		      strrchr(*(char *const *)b, '/'));
}

static gboolean is_file(const char *path)
{
	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/*
 * What @name, the name of a patch in @dir, is for @base: the path there, or here if there
 * is none. NULL if there is a file *.none instead, which is printed.
 */
static char *for_base(const char *dir, const char *base, const char *name)
{
	size_t len = strlen(name) - strlen(".patch");
	g_autofree char *stem = g_strndup(name, len);
	g_autofree char *gone = g_strconcat(stem, ".none", NULL);
	g_autofree char *none = g_build_filename(base, gone, NULL);
	g_autofree char *theirs = g_build_filename(base, name, NULL);
	g_autofree char *reason = NULL;

	if (g_file_get_contents(none, &reason, NULL, NULL)) {
		printf("none  %s: %s\n", stem, g_strstrip(reason));
		return NULL;
	}
	return is_file(theirs) ? g_steal_pointer(&theirs)
			       : g_build_filename(dir, name, NULL);
}

/* Paths of all patches there, sorted; NULL with @error set. */
static GPtrArray *list(const char *dir, const char *base, GError **error)
{
	g_autoptr(GDir) open = g_dir_open(dir, 0, error);
	GPtrArray *paths;
	const char *name;

	if (!open)
		return NULL;
	paths = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(open))) {
		char *path;

		if (!g_str_has_suffix(name, ".patch"))
			continue;
		path = base ? for_base(dir, base, name)
			    : g_build_filename(dir, name, NULL);
		if (path)
			g_ptr_array_add(paths, path);
	}
	g_ptr_array_sort(paths, by_name);
	return paths;
}

static void planted_free_any(gpointer data)
{
	planted_free(data);
}

/* The variants in the order in which they come first; their patches together. */
static GPtrArray *by_variant(GPtrArray *patches)
{
	GPtrArray *ordered = g_ptr_array_new_with_free_func(planted_free_any);

	while (patches->len) {
		const Planted *first = patches->pdata[0];

		for (guint i = 0; i < patches->len;) {
			Planted *planted = patches->pdata[i];

			if (strcmp(planted->variant, first->variant))
				i++;
			else
				g_ptr_array_add(
					ordered,
					g_ptr_array_steal_index(patches, i));
		}
	}
	return ordered;
}

GPtrArray *select_patches(const char *dir, const char *base, const char *only,
			  gboolean complete, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(only ?: "", " \t\n", -1);
	g_autoptr(GPtrArray) paths = list(dir, base, error);
	g_autoptr(GPtrArray) patches =
		g_ptr_array_new_with_free_func(planted_free_any);

	for (guint i = 0; paths && i < paths->len; i++) {
		g_autofree char *stem = g_path_get_basename(paths->pdata[i]);
		Planted *planted;

		stem[strlen(stem) - strlen(".patch")] = '\0';
		if (!is_wanted(stem, words))
			continue;
		planted = planted_read(paths->pdata[i], complete, error);
		if (!planted)
			return NULL;
		g_ptr_array_add(patches, planted);
	}
	if (!paths)
		return NULL;
	if (patches->len)
		return by_variant(patches);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		    "no regression matches \"%s\"; they are in %s", only ?: "",
		    dir);
	return NULL;
}

void select_shard(GPtrArray *patches, guint number, guint count)
{
	guint first = patches->len * (number - 1) / count;
	guint last = patches->len * number / count;

	g_ptr_array_set_size(patches, last);
	g_ptr_array_remove_range(patches, 0, first);
}
