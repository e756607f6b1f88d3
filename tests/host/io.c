// SPDX-License-Identifier: GPL-2.0-or-later
#include "io.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

/* (Without a flag, GLib 2.74 leaves the end of a longer file.) */
#define WHOLE G_FILE_SET_CONTENTS_CONSISTENT

gboolean fail(GError **error, const char *format, ...)
{
	va_list args;
	g_autofree char *text = NULL;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, g_quark_from_static_string("coverage"), 0,
			    text);
	return FALSE;
}

static char *read_file(const char *path, gsize *size, GError **error)
{
	g_autoptr(GError) why = NULL;
	char *text;

	if (g_file_get_contents(path, &text, size, &why))
		return text;
	fail(error, "%s: %s", path, why->message);
	return NULL;
}

char *read_text(const char *dir, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return read_file(path, NULL, error);
}

char **read_lines(const char *dir, const char *name, GError **error)
{
	g_autofree char *text = read_text(dir, name, error);

	if (!text)
		return NULL;
	if (g_str_has_suffix(text, "\n"))
		text[strlen(text) - 1] = '\0';
	return g_strsplit(text, "\n", -1);
}

char *read_word(const char *dir, const char *name)
{
	g_auto(GStrv) lines = read_lines(dir, name, NULL);

	return g_strdup(lines && *lines ? *lines : "");
}

char *line_after(const char *dir, const char *name, const char *start)
{
	g_auto(GStrv) lines = read_lines(dir, name, NULL);

	for (char **line = lines; line && *line; line++)
		if (g_str_has_prefix(*line, start))
			return g_strdup(*line + strlen(start));
	return NULL;
}

gboolean each_row(const char *dir, const char *name, guint count, RowFunc func,
		  gpointer user, GError **error)
{
	g_auto(GStrv) lines = read_lines(dir, name, error);

	if (!lines)
		return FALSE;
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, "\t", count);

		if (g_strv_length(fields) != count)
			return fail(error, "%s/%s: a line with too few fields",
				    dir, name);
		if (!func(fields, user, error)) {
			g_prefix_error(error, "%s/%s: ", dir, name);
			return FALSE;
		}
	}
	return TRUE;
}

gboolean write_file(const char *dir, const char *name, const char *text,
		    GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autoptr(GError) why = NULL;

	if (g_mkdir_with_parents(parent, 0777))
		return fail(error, "%s: %s", parent, g_strerror(errno));
	if (g_file_set_contents_full(path, text, -1, WHOLE, 0666, &why))
		return TRUE;
	return fail(error, "%s: %s", path, why->message);
}

int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

gboolean write_sorted(const char *dir, const char *name, GPtrArray *list,
		      GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *last = NULL;

	g_ptr_array_sort(list, by_text);
	for (guint i = 0; i < list->len; i++) {
		if (!g_strcmp0(last, list->pdata[i]))
			continue;
		last = list->pdata[i];
		g_string_append_printf(text, "%s\n", last);
	}
	return write_file(dir, name, text->str, error);
}

gboolean exists(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void list_below(const char *top, const char *below, GPtrArray *list)
{
	g_autofree char *path = g_build_filename(top, below, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *inner =
			*below ? g_build_filename(below, name, NULL)
			       : g_strdup(name);
		g_autofree char *full = g_build_filename(top, inner, NULL);

		if (g_file_test(full, G_FILE_TEST_IS_DIR) &&
		    !g_file_test(full, G_FILE_TEST_IS_SYMLINK))
			list_below(top, inner, list);
		else
			g_ptr_array_add(list, g_steal_pointer(&inner));
	}
}

GPtrArray *list_tree(const char *dir)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

	list_below(dir, "", list);
	g_ptr_array_sort(list, by_text);
	return list;
}

static gboolean copy_file(const char *from, const char *to, GError **error)
{
	g_autofree char *text = NULL, *dir = g_path_get_dirname(to);
	g_autoptr(GError) why = NULL;
	gsize size;

	text = read_file(from, &size, error);
	if (!text)
		return FALSE;
	if (g_mkdir_with_parents(dir, 0777))
		return fail(error, "%s: %s", dir, g_strerror(errno));
	if (!g_file_set_contents_full(to, text, size, WHOLE, 0666, &why))
		return fail(error, "%s: %s", to, why->message);
	return TRUE;
}

gboolean copy_tree(const char *from, const char *to, const char *name,
		   GError **error)
{
	g_autofree char *source = g_build_filename(from, name, NULL);
	g_autofree char *target = g_build_filename(to, name, NULL);
	g_autoptr(GPtrArray) list = NULL;

	if (!g_file_test(source, G_FILE_TEST_IS_DIR))
		return copy_file(source, target, error);
	list = list_tree(source);
	for (guint i = 0; i < list->len; i++)
		if (!copy_tree(source, target, list->pdata[i], error))
			return FALSE;
	return TRUE;
}

static int remove_one(const char *path, const struct stat *info, int type,
		      struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static gboolean same_file(const char *a, const char *b)
{
	g_autofree char *left = NULL, *right = NULL;
	gsize sizes[2];

	return g_file_get_contents(a, &left, &sizes[0], NULL) &&
	       g_file_get_contents(b, &right, &sizes[1], NULL) &&
	       sizes[0] == sizes[1] && !memcmp(left, right, sizes[0]);
}

gboolean same_tree(const char *a, const char *b, const char *name)
{
	g_autofree char *left = g_build_filename(a, name, NULL);
	g_autofree char *right = g_build_filename(b, name, NULL);
	g_autoptr(GPtrArray) left_list = NULL, right_list = NULL;

	if (!g_file_test(left, G_FILE_TEST_IS_DIR))
		return same_file(left, right);
	left_list = list_tree(left);
	right_list = list_tree(right);
	if (left_list->len != right_list->len)
		return FALSE;
	for (guint i = 0; i < left_list->len; i++)
		if (strcmp(left_list->pdata[i], right_list->pdata[i]) ||
		    !same_tree(left, right, left_list->pdata[i]))
			return FALSE;
	return TRUE;
}

const char *setting(const char *name)
{
	const char *value = g_getenv(name);

	return value ? value : "";
}

gboolean to_number(const char *text, const char *what, guint64 *number,
		   GError **error)
{
	if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, number, NULL))
		return TRUE;
	return fail(error, "%s: not a number where there should be one: %s",
		    what, text);
}
