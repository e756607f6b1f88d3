// SPDX-License-Identifier: GPL-2.0-or-later
#include "guests.h"

#include "io.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * A .gcda and a .gcno file begin with a magic number each, then a version and a stamp,
 * which are the same if both are from one build.
 */
#define HEAD_SIZE 12
#define MAGIC_SIZE 4
#define TROUBLE_LINES 3

typedef struct {
	const char *kernel;
	GHashTable *objects; /* set of those of the kernel */
	GPtrArray *dumped; /* directories */
	GPtrArray *lost; /* tests */
	GHashTable *have; /* tests with the mark "dumped" */
	GString *trouble;
} Guests;

GPtrArray *guests_objects(const char *kernel, GError **error)
{
	g_autoptr(GPtrArray) objects = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) files = read_lines(kernel, "coverage.files", NULL);

	for (char **file = files; file && *file; file++) {
		g_autofree char *object = NULL, *notes = NULL;

		if (!g_str_has_suffix(*file, ".c"))
			continue;
		object = g_strndup(*file, strlen(*file) - 2);
		notes = g_strconcat(object, ".gcno", NULL);
		if (exists(kernel, notes))
			g_ptr_array_add(objects, g_steal_pointer(&object));
	}
	if (objects->len)
		return g_steal_pointer(&objects);
	fail(error, "nothing in %s is instrumented; is it the gcov variant?",
	     kernel);
	return NULL;
}

const char *guests_test(const char *dir)
{
	const char *name = g_strrstr(dir, "/coverage/");

	return name ? name + strlen("/coverage/") : dir;
}

static gboolean read_head(const char *path, char head[HEAD_SIZE])
{
	FILE *file = fopen(path, "re");
	gboolean done = file && fread(head, HEAD_SIZE, 1, file) == 1;

	if (file)
		fclose(file);
	return done;
}

/* Is the data file @name in @dir from that kernel? */
static gboolean is_ours(const Guests *guests, const char *dir, const char *name)
{
	g_autofree char *object =
		g_strndup(name, strlen(name) - strlen(".gcda"));
	g_autofree char *data = g_build_filename(dir, name, NULL);
	g_autofree char *notes =
		g_strdup_printf("%s/%s.gcno", guests->kernel, object);
	char ours[HEAD_SIZE], theirs[HEAD_SIZE];

	return g_hash_table_contains(guests->objects, object) &&
	       read_head(notes, ours) && read_head(data, theirs) &&
	       !memcmp(ours + MAGIC_SIZE, theirs + MAGIC_SIZE,
		       HEAD_SIZE - MAGIC_SIZE);
}

/* The directory of a test that ended: without data, the test is lost. */
static gboolean take_dumped(Guests *guests, const char *dir, GError **error)
{
	g_autoptr(GPtrArray) list = list_tree(dir);
	guint found = 0;

	g_hash_table_add(guests->have, g_strdup(guests_test(dir)));
	for (guint i = 0; i < list->len; i++) {
		const char *name = list->pdata[i];

		if (!g_str_has_suffix(name, ".gcda"))
			continue;
		found++;
		if (!is_ours(guests, dir, name))
			return fail(error,
				    "%s/%s is not from the kernel in %s: run "
				    "the tests again",
				    dir, name, guests->kernel);
	}
	g_ptr_array_add(found ? guests->dumped : guests->lost,
			g_strdup(found ? dir : guests_test(dir)));
	return TRUE;
}

static void take_trouble(Guests *guests, const char *dir, const char *name)
{
	g_auto(GStrv) lines = read_lines(dir, name, NULL);

	for (guint i = 0; lines && lines[i] && i < TROUBLE_LINES; i++)
		if (*lines[i])
			g_string_append_printf(guests->trouble, "%s\n",
					       lines[i]);
}

static gboolean is_empty(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !st.st_size;
}

/* A file below @top: takes libgcov's errors, and the marks "dumped" and "running". */
static gboolean take_mark(Guests *guests, const char *top, const char *name,
			  GError **error)
{
	g_autofree char *path = g_build_filename(top, name, NULL);
	g_autofree char *dir = g_path_get_dirname(path);

	if (g_str_has_suffix(path, "/coverage/errors"))
		take_trouble(guests, top, name);
	else if (g_str_has_suffix(path, "/dumped") && is_empty(path))
		return take_dumped(guests, dir, error);
	else if (g_str_has_suffix(path, "/running") && is_empty(path))
		g_ptr_array_add(guests->lost, g_strdup(guests_test(dir)));
	return TRUE;
}

static gboolean look_below(Guests *guests, const char *top, GError **error)
{
	g_autoptr(GPtrArray) list = list_tree(top);

	for (guint i = 0; i < list->len; i++)
		if (!take_mark(guests, top, list->pdata[i], error))
			return FALSE;
	return TRUE;
}

static char *name_of_case(const char *line)
{
	const char *name = g_strrstr(line, " name=\"");

	if (!name)
		return NULL;
	name += strlen(" name=\"");
	return g_strndup(name, strcspn(name, "\""));
}

/* Tests in @junit without data are lost; those skipped or failed are unsure. */
static gboolean read_junit(Guests *guests, const char *junit, GPtrArray *unsure,
			   GError **error)
{
	g_auto(GStrv) lines = read_lines("", junit, error);
	g_autofree char *name = NULL;

	if (!lines)
		return FALSE;
	for (char **line = lines; *line; line++) {
		if (strstr(*line, "<testcase ")) {
			g_free(name);
			name = name_of_case(*line);
			if (name && !g_hash_table_contains(guests->have, name))
				g_ptr_array_add(guests->lost, g_strdup(name));
		}
		if (name &&
		    (strstr(*line, "<skipped") || strstr(*line, "<failure") ||
		     strstr(*line, "<error")))
			g_ptr_array_add(unsure, g_strdup(name));
	}
	return TRUE;
}

static gboolean write_marks(Guests *guests, const char *junit, const char *out,
			    GError **error)
{
	g_autoptr(GPtrArray) unsure = g_ptr_array_new_with_free_func(g_free);

	if (junit && !read_junit(guests, junit, unsure, error))
		return FALSE;
	for (guint i = 0; i < guests->lost->len; i++)
		g_ptr_array_add(unsure, g_strdup(guests->lost->pdata[i]));
	return write_sorted(out, "lost.txt", guests->lost, error) &&
	       write_sorted(out, "unsure", unsure, error) &&
	       write_file(out, "trouble", guests->trouble->str, error);
}

static void clear_guests(Guests *guests)
{
	g_hash_table_unref(guests->objects);
	g_hash_table_unref(guests->have);
	g_ptr_array_unref(guests->lost);
	g_clear_pointer(&guests->dumped, g_ptr_array_unref);
	g_string_free(guests->trouble, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Guests, clear_guests)

GPtrArray *guests_read(const char *kernel, char **dirs, const char *junit,
		       const char *out, GError **error)
{
	g_autoptr(GPtrArray) objects = guests_objects(kernel, error);
	g_auto(Guests) guests = {
		.kernel = kernel,
		.objects = g_hash_table_new(g_str_hash, g_str_equal),
		.dumped = g_ptr_array_new_with_free_func(g_free),
		.lost = g_ptr_array_new_with_free_func(g_free),
		.have = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					      NULL),
		.trouble = g_string_new(NULL),
	};
	g_autofree char *all = g_strjoinv(" ", dirs);

	if (!objects)
		return NULL;
	for (guint i = 0; i < objects->len; i++)
		g_hash_table_add(guests.objects, objects->pdata[i]);
	for (char **dir = dirs; *dir; dir++)
		if (!look_below(&guests, *dir, error))
			return NULL;
	if (!g_hash_table_size(guests.have)) {
		fail(error,
		     "no guest wrote coverage data below %s; was its kernel "
		     "the gcov variant, and started with coverage.dir=?",
		     all);
		return NULL;
	}
	if (!write_marks(&guests, junit, out, error))
		return NULL;
	return g_steal_pointer(&guests.dumped);
}
