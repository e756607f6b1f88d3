// SPDX-License-Identifier: GPL-2.0-or-later
#include "reads.h"

#include <stdlib.h>
#include <string.h>

#include "stop.h"

/* What a makefile or configuration decides: about as good as all objects. */
#define ALL_OBJECTS 500

struct Reads {
	GHashTable *objects; /* path below the tree -> number of objects */
};

Reads *reads_new(void)
{
	Reads *reads = g_new0(Reads, 1);

	reads->objects =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return reads;
}

void reads_free(Reads *reads)
{
	g_hash_table_unref(reads->objects);
	g_free(reads);
}

guint reads_objects(const Reads *reads, const char *path)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(reads->objects, path));
}

void reads_add(Reads *reads, const char *path, guint objects)
{
	if (objects > reads_objects(reads, path))
		g_hash_table_insert(reads->objects, g_strdup(path),
				    GUINT_TO_POINTER(objects));
}

/* A path of the notes, as one below @tree; owned. NULL: it is not there. */
static char *below(const char *tree, const char *out, const char *path)
{
	g_autofree char *full = g_canonicalize_filename(path, out);
	size_t len = strlen(tree);

	if (strncmp(full, tree, len) || full[len] != '/')
		return NULL;
	return g_strdup(full + len + 1);
}

/*
 * relink.sh watches the makefiles of all directories; of these, kbuild reads those of
 * directories that it enters.
 */
static gboolean is_read(const char *path, const char *out)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *made = g_build_filename(out, dir, NULL);

	if (!g_str_has_prefix(name, "Makefile") &&
	    !g_str_has_prefix(name, "Kbuild"))
		return TRUE;
	return g_file_test(made, G_FILE_TEST_IS_DIR);
}

static gboolean is_source(const char *path)
{
	return g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".h") ||
	       g_str_has_suffix(path, ".S");
}

/* Count, for each file, the objects whose notes name it. */
static GHashTable *count_objects(const char *out)
{
	GHashTable *count =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char *argv[] = {"/bin/sh",
			"-c",
			"cd \"$1\" && find . -name '.*.o.cmd' -exec sed -n "
			"'s,^  \\([./][^ ]*\\) \\\\$,\\1,p; "
			"s,^source_[^ ]* := ,,p' {} +",
			"sh",
			(char *)out,
			NULL};
	g_autofree char *text = NULL;
	char *save = NULL;

	if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text,
			  NULL, NULL, NULL))
		return count;
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		gpointer n = g_hash_table_lookup(count, line);

		g_hash_table_insert(count, g_strdup(line),
				    GUINT_TO_POINTER(GPOINTER_TO_UINT(n) + 1));
	}
	return count;
}

gboolean reads_add_build(Reads *reads, const char *tree, const char *out)
{
	g_autofree char *watch = g_build_filename(out, "relink/watch", NULL);
	g_autoptr(GHashTable) objects = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(watch, &text, NULL, NULL) || !*text)
		return FALSE;
	objects = count_objects(out);
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		g_autofree char *path = below(tree, out, *line);
		guint n;

		if (!path || !is_read(path, out))
			continue;
		n = GPOINTER_TO_UINT(g_hash_table_lookup(objects, *line));
		reads_add(reads, path,
			  is_source(path) ? MAX(n, 1) : ALL_OBJECTS);
	}
	return TRUE;
}

void reads_save(const Reads *reads, const char *path)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	GHashTableIter iter;
	gpointer name, objects;

	g_hash_table_iter_init(&iter, reads->objects);
	while (g_hash_table_iter_next(&iter, &name, &objects))
		g_string_append_printf(text, "%u %s\n",
				       GPOINTER_TO_UINT(objects), (char *)name);
	if (!g_file_set_contents(path, text->str, text->len, &error))
		stop_with_error("%s", error->message);
}

gboolean reads_add_saved(Reads *reads, const char *path)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL) || !*text)
		return FALSE;
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line; line++) {
		char *name;
		guint objects = strtoul(*line, &name, 10);

		if (*name == ' ')
			reads_add(reads, name + 1, objects);
	}
	return TRUE;
}
