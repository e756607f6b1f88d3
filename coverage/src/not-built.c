// SPDX-License-Identifier: GPL-2.0-or-later
#include "not-built.h"

#include <string.h>

static gboolean is_source(const File *file)
{
	return g_str_has_suffix(file->name, ".c");
}

/* Directories of source files of the data: were any of them built? */
static GHashTable *directories(const Data *data)
{
	GHashTable *built =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < data->files->len; i++) {
		const File *file = data->files->pdata[i];
		char *dir = g_path_get_dirname(file->name);
		gboolean any = GPOINTER_TO_INT(g_hash_table_lookup(built, dir));

		if (is_source(file))
			g_hash_table_replace(
				built, dir,
				GINT_TO_POINTER(any || file->lines->len));
		else
			g_free(dir);
	}
	return built;
}

static gboolean was_built(const File *file, GHashTable *directories)
{
	g_autofree char *dir = g_path_get_dirname(file->name);
	gpointer any;

	if (file->lines->len)
		return TRUE;
	if (is_source(file))
		return FALSE;
	return !g_hash_table_lookup_extended(directories, dir, NULL, &any) ||
	       GPOINTER_TO_INT(any);
}

/* Has the line code? @comment: does it begin, and end, in a comment? */
static gboolean is_code(const char *text, gboolean *comment)
{
	gboolean code = FALSE, directive = FALSE;

	for (const char *c = text; *c; c++) {
		if (*comment) {
			if (g_str_has_prefix(c, "*/")) {
				*comment = FALSE;
				c++;
			}
		} else if (g_str_has_prefix(c, "/*")) {
			*comment = TRUE;
			c++;
		} else if (g_str_has_prefix(c, "//")) {
			break;
		} else if (*c == '#' && !code) {
			directive = TRUE;
		} else if (g_ascii_isalnum(*c)) {
			code = TRUE;
		}
	}
	return code && !directive;
}

/* Which lines of @file have code, by their number from 0. */
static GArray *code_lines(const Data *data, File *file)
{
	GArray *code = g_array_new(FALSE, TRUE, sizeof(gboolean));
	gboolean comment = FALSE;
	const char *text;

	for (guint line = 1; (text = file_text(data, file, line)); line++) {
		gboolean is = is_code(text, &comment);

		g_array_append_val(code, is);
	}
	return code;
}

static guint count_added(const Data *data, const File *file, const GArray *code)
{
	guint lines = 0;

	for (guint i = 0; i < data->blames->len; i++) {
		const Blame *blame = data->blames->pdata[i];

		if (blame->file == file && blame->patch && blame->line &&
		    blame->line <= code->len)
			lines += g_array_index(code, gboolean, blame->line - 1);
	}
	return lines;
}

GPtrArray *not_built(const Data *data)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) dirs = directories(data);

	for (guint i = 0; i < data->files->len; i++) {
		File *file = data->files->pdata[i];
		g_autoptr(GArray) code = NULL;
		guint lines;
		NotBuilt *one;

		if (was_built(file, dirs))
			continue;
		code = code_lines(data, file);
		lines = count_added(data, file, code);
		if (!lines)
			continue;
		one = g_new0(NotBuilt, 1);
		one->file = file;
		one->lines = lines;
		g_ptr_array_add(all, one);
	}
	return all;
}
