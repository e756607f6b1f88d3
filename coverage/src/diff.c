// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff.h"

#include <stdlib.h>
#include <string.h>

/* Where diff_parse() is. */
typedef struct {
	GPtrArray *files;
	DiffFile *file;
	Hunk *hunk;
	char *from,
		*to; /* after "---" and "+++", without their first directory */
	guint left, right; /* lines of the hunk to come */
} Parser;

static void free_hunk(gpointer pointer)
{
	Hunk *hunk = pointer;

	g_free(hunk->file);
	g_free(hunk->header);
	g_ptr_array_unref(hunk->lines);
	g_free(hunk);
}

static void free_file(gpointer pointer)
{
	DiffFile *file = pointer;

	g_free(file->name);
	g_ptr_array_unref(file->notes);
	g_ptr_array_unref(file->hunks);
	g_free(file);
}

static void begin_file(Parser *parser, const char *name)
{
	parser->file = g_new0(DiffFile, 1);
	parser->file->name = g_strdup(name);
	parser->file->notes = g_ptr_array_new_with_free_func(g_free);
	parser->file->hunks = g_ptr_array_new_with_free_func(free_hunk);
	g_ptr_array_add(parser->files, parser->file);
}

/* "--- a/drivers/x.c<tab>date": drivers/x.c; "/dev/null" stays. */
static char *name_after_mark(const char *line)
{
	g_autofree char *name = g_strndup(line + 4, strcspn(line + 4, "\t"));
	const char *slash = strchr(name, '/');

	if (!strcmp(name, "/dev/null") || !slash)
		return g_steal_pointer(&name);
	return g_strdup(slash + 1);
}

static const char *take_span(const char *at, guint *first, guint *count)
{
	char *end;

	*first = strtoul(at, &end, 10);
	*count = 1;
	if (end != at && *end == ',')
		*count = strtoul(end + 1, &end, 10);
	return end == at ? NULL : end;
}

static void begin_hunk(Parser *parser, const char *line)
{
	guint old_at, new_at;
	const char *at = take_span(line + 4, &old_at, &parser->left);
	gboolean removed = !g_strcmp0(parser->to, "/dev/null");

	if (at && g_str_has_prefix(at, " +"))
		at = take_span(at + 2, &new_at, &parser->right);
	else
		at = NULL;
	if (!at || !g_str_has_prefix(at, " @@")) {
		parser->left = parser->right = 0;
		return;
	}
	if (!parser->file)
		begin_file(parser, NULL);
	parser->hunk = g_new0(Hunk, 1);
	parser->hunk->file = g_strdup(removed ? parser->from : parser->to);
	parser->hunk->header = g_strdup(line);
	parser->hunk->old_at = old_at;
	parser->hunk->new_at = new_at;
	parser->hunk->lines = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(parser->file->hunks, parser->hunk);
}

/* Mail programs take away the blank of an empty line. */
static void take_changed(Parser *parser, const char *line)
{
	if (*line == '\\')
		return;
	if (*line != '+' && parser->left)
		parser->left--;
	if (*line != '-' && parser->right)
		parser->right--;
	g_ptr_array_add(parser->hunk->lines, g_strdup(*line ? line : " "));
}

static gboolean is_note(const char *line)
{
	static const char *const notes[] = {"rename ", "deleted ", "new file ",
					    "Binary ", "GIT binary "};

	for (guint i = 0; i < G_N_ELEMENTS(notes); i++)
		if (g_str_has_prefix(line, notes[i]))
			return TRUE;
	return FALSE;
}

static void replace(char **name, const char *line)
{
	g_free(*name);
	*name = line ? name_after_mark(line) : NULL;
}

static void take_line(Parser *parser, const char *line)
{
	if (g_str_has_prefix(line, "diff --git ")) {
		const char *to = strstr(line, " b/");

		parser->left = parser->right = 0;
		replace(&parser->from, NULL);
		replace(&parser->to, NULL);
		begin_file(parser, to ? to + 3 : "");
	} else if (parser->left || parser->right) {
		take_changed(parser, line);
	} else if (g_str_has_prefix(line, "--- ")) {
		replace(&parser->from, line);
	} else if (g_str_has_prefix(line, "+++ ")) {
		replace(&parser->to, line);
	} else if (g_str_has_prefix(line, "@@ -")) {
		begin_hunk(parser, line);
	} else if (is_note(line)) {
		if (!parser->file)
			begin_file(parser, NULL);
		g_ptr_array_add(parser->file->notes, g_strdup(line));
	}
}

GPtrArray *diff_parse(const char *text)
{
	Parser parser = {.files = g_ptr_array_new_with_free_func(free_file)};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	/* Behind the last line's end is no line more. */
	for (char **line = lines; *line && (line[1] || **line); line++)
		take_line(&parser, *line);
	g_free(parser.from);
	g_free(parser.to);
	return parser.files;
}
