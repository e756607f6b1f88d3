// SPDX-License-Identifier: GPL-2.0-or-later
#include "findings.h"

#include <string.h>

#include "../host/io.h"

static char *replace(const char *text, const char *pattern, const char *with)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

	return g_regex_replace(regex, text, -1, 0, with, 0, NULL);
}

/* The finding that @line is, or NULL; owned. */
static char *finding_of(const char *line, const char *prefix)
{
	static const char *const kinds[][2] = {
		{"^([^ :]*):[0-9][0-9:]*: *((warning|error): .*)$", "\\1: \\2"},
		{"^([^ ]*/)?ld(\\.[a-z]*)?: (warning: .*)$", "ld: \\3"},
		{"^WARNING: modpost: (.*)$", "modpost: warning: \\1"}};

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *text = NULL;

		if (!g_regex_match_simple(kinds[i][0], line, 0, 0))
			continue;
		text = replace(line, kinds[i][0], kinds[i][1]);
		return replace(text, prefix, "");
	}
	return NULL;
}

GPtrArray *findings(const char *tree, const char *log)
{
	g_autofree char *name = g_path_get_basename(tree);
	g_autofree char *quoted = g_regex_escape_string(name, -1);
	g_autofree char *prefix = g_strdup_printf("^([^ ]*/%s/|\\./)", quoted);
	g_autoptr(GPtrArray) lines = lines_of(log);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < lines->len; i++) {
		char *finding = finding_of(lines->pdata[i], prefix);

		if (finding)
			g_ptr_array_add(found, finding);
	}
	g_ptr_array_sort(found, by_text);
	return found;
}

GPtrArray *fresh(const GPtrArray *before, const GPtrArray *now)
{
	GPtrArray *new = g_ptr_array_new();
	guint at = 0;

	for (guint i = 0; i < now->len; i++) {
		while (at < before->len &&
		       strcmp(before->pdata[at], now->pdata[i]) < 0)
			at++;
		if (at < before->len &&
		    !strcmp(before->pdata[at], now->pdata[i]))
			at++;
		else
			g_ptr_array_add(new, now->pdata[i]);
	}
	return new;
}

char *file_of(const char *finding)
{
	return g_strndup(finding, strcspn(finding, ":"));
}

GPtrArray *lines_of(const char *text)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) all = g_strsplit(text, "\n", -1);

	for (char **line = all; *line; line++)
		if (**line)
			g_ptr_array_add(lines, g_strdup(*line));
	g_ptr_array_sort(lines, by_text);
	return lines;
}

gboolean has_line(const GPtrArray *lines, const char *line)
{
	for (guint i = 0; i < lines->len; i++)
		if (!strcmp(lines->pdata[i], line))
			return TRUE;
	return FALSE;
}
