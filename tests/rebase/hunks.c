// SPDX-License-Identifier: GPL-2.0-or-later
#include "hunks.h"

#include <stdlib.h>
#include <string.h>

static void hunk_free(gpointer data)
{
	Hunk *hunk = data;

	g_free(hunk->patch);
	g_free(hunk->file);
	g_free(hunk->function);
	g_free(hunk);
}

typedef struct {
	GPtrArray *hunks;
	GString *header; /* of the file */
	GString *body; /* of the hunk; empty: none yet */
	char *file;
	guint line;
	char *function;
	guint old, new; /* lines that the hunk still has */
	gboolean used; /* the header has had a hunk */
} Reader;

static void add_hunk(Reader *reader)
{
	Hunk *hunk = g_new0(Hunk, 1);

	hunk->patch = g_strconcat(reader->header->str, reader->body->str, NULL);
	hunk->file = g_strdup(reader->file);
	hunk->line = reader->body->len ? reader->line : 0;
	hunk->function = g_strdup(
		reader->body->len && reader->function ? reader->function : "");
	g_ptr_array_add(reader->hunks, hunk);
	reader->used = TRUE;
}

static void end_hunk(Reader *reader)
{
	if (reader->body->len)
		add_hunk(reader);
	g_string_truncate(reader->body, 0);
}

static void end_file(Reader *reader)
{
	end_hunk(reader);
	if (!reader->used && reader->header->len && reader->file)
		add_hunk(reader);
	g_string_truncate(reader->header, 0);
	g_clear_pointer(&reader->file, g_free);
	reader->used = FALSE;
}

/* The path in "--- a/PATH" or "+++ b/PATH", up to a tab; not /dev/null. */
static void take_name(Reader *reader, const char *name)
{
	gsize length = strcspn(name, "\t");

	if (g_str_has_prefix(name, "/dev/null"))
		return;
	if (g_str_has_prefix(name, "a/") || g_str_has_prefix(name, "b/")) {
		name += 2;
		length -= 2;
	}
	g_free(reader->file);
	reader->file = g_strndup(name, length);
}

/* "@@ -LINE,OLD +LINE,NEW @@ FUNCTION" */
static gboolean begin_hunk(Reader *reader, const char *line)
{
	static GRegex *regex;
	g_autoptr(GMatchInfo) match = NULL;
	char *words[5] = {NULL};

	if (!regex)
		regex = g_regex_new(
			"^@@ -(\\d+)(?:,(\\d+))? \\+\\d+(?:,(\\d+))? @@ ?(.*)$",
			0, 0, NULL);
	if (!reader->file || !g_regex_match(regex, line, 0, &match))
		return FALSE;
	end_hunk(reader);
	for (int i = 1; i <= 4; i++)
		words[i] = g_match_info_fetch(match, i);
	reader->line = strtoul(words[1], NULL, 10);
	reader->old = *words[2] ? strtoul(words[2], NULL, 10) : 1;
	reader->new = *words[3] ? strtoul(words[3], NULL, 10) : 1;
	g_free(reader->function);
	reader->function = g_strdup(words[4]);
	for (int i = 1; i <= 4; i++)
		g_free(words[i]);
	g_string_append_printf(reader->body, "%s\n", line);
	return TRUE;
}

/* A line of the hunk. An empty one is a blank line whose blank a mailer has cut off. */
static gboolean in_hunk(Reader *reader, const char *line)
{
	if (*line == '\\' && reader->body->len) {
		g_string_append_printf(reader->body, "%s\n", line);
		return TRUE;
	}
	if (!reader->old && !reader->new)
		return FALSE;
	reader->old -= *line != '+' && reader->old;
	reader->new -= *line != '-' && reader->new;
	g_string_append_printf(reader->body, "%s\n", line);
	return TRUE;
}

/* @lines: from this one on. "--- " begins a file only before "+++ ". */
static void take_line(Reader *reader, char **lines)
{
	const char *line = *lines;
	gboolean git = g_str_has_prefix(line, "diff --git ");
	gboolean old = g_str_has_prefix(line, "--- ") && lines[1] &&
		       g_str_has_prefix(lines[1], "+++ ");

	if (in_hunk(reader, line) || begin_hunk(reader, line))
		return;
	if (git || (old && (reader->used || reader->body->len)))
		end_file(reader);
	if (git || old ||
	    (reader->header->len && !reader->used && !reader->body->len))
		g_string_append_printf(reader->header, "%s\n", line);
	if (old || (reader->header->len && g_str_has_prefix(line, "+++ ")))
		take_name(reader, line + 4);
	else if (git && strstr(line, " b/"))
		take_name(reader, strstr(line, " b/") + 1);
}

GPtrArray *hunks_of(const char *patch)
{
	g_auto(GStrv) lines = g_strsplit(patch, "\n", -1);
	Reader reader = {
		.hunks = g_ptr_array_new_with_free_func(hunk_free),
		.header = g_string_new(NULL),
		.body = g_string_new(NULL),
	};

	for (char **line = lines; *line; line++) {
		/* The signature of git format-patch. */
		if (!strcmp(*line, "-- ") && !reader.old && !reader.new)
			break;
		take_line(&reader, line);
	}
	end_file(&reader);
	g_string_free(reader.header, TRUE);
	g_string_free(reader.body, TRUE);
	g_free(reader.function);
	return reader.hunks;
}
/* Does  say anything by itself? Braces do not. */
static gboolean says(const char *line)
{
	for (; *line; line++)
		if (g_ascii_isalnum(*line))
			return TRUE;
	return FALSE;
}

gboolean hunk_is_in(const Hunk *hunk, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(hunk->patch, "\n", -1);
	g_auto(GStrv) there = g_strsplit(text, "\n", -1);
	gboolean inside = FALSE, any = FALSE;

	for (char **line = lines; *line; line++) {
		gboolean added = **line == '+';

		if (inside && (added || **line == '-') && says(*line + 1)) {
			any = TRUE;
			if (g_strv_contains((const char *const *)there,
					    *line + 1) != added)
				return FALSE;
		}
		inside |= g_str_has_prefix(*line, "@@ ");
	}
	return any;
}
