// SPDX-License-Identifier: GPL-2.0-or-later
#include "known.h"

#include <stdio.h>
#include <string.h>

/*
 * "WARNING: CPU: 0 PID: 30 at drivers/x.c:12 frob_it.part.0+0x1/0x2" or, in 7.3,
 * "WARNING: drivers/x.c:12 at frob_it.part.0+0x1/0x2, CPU#0: name/30"
 */
static const char WARNING[] = "^WARNING: (?|CPU: \\d+ PID: \\d+ at ([^ "
			      ":]+):(\\d+) |([^ :]+):(\\d+) at )"
			      "(\\w+)[.\\w]*\\+0x";

/* Line @number of a file, from 1 on; owned; NULL if there is none. */
static char *source_line(const char *source, const char *file, guint64 number)
{
	g_autofree char *path = g_build_filename(source, file, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!number || !g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit(text, "\n", 0);
	if (number > g_strv_length(lines))
		return NULL;
	return g_strdup(lines[number - 1]);
}

gboolean known_report(const char *line, const char *known, const char *source)
{
	g_autoptr(GRegex) regex = g_regex_new(WARNING, G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *file = NULL, *number = NULL, *function = NULL;
	g_autofree char *code = NULL;
	g_auto(GStrv) entries = NULL;

	if (!known || !source || !g_regex_match(regex, line, 0, &match))
		return FALSE;
	file = g_match_info_fetch(match, 1);
	number = g_match_info_fetch(match, 2);
	function = g_match_info_fetch(match, 3);
	code = source_line(source, file, g_ascii_strtoull(number, NULL, 10));
	entries = g_strsplit(known, "; ", 0);
	for (char **entry = entries; code && *entry; entry++) {
		size_t len = strcspn(*entry, " ");

		if (strlen(function) == len &&
		    !strncmp(function, *entry, len) && (*entry)[len] &&
		    strstr(code, *entry + len + 1))
			return TRUE;
	}
	return FALSE;
}
