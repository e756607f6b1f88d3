// SPDX-License-Identifier: GPL-2.0-or-later
#include "equivalent.h"

#include <string.h>

#include "../host/io.h"

/* The first line of the edit, as it becomes. */
static char *new_line(const Mutant *mutant, const char *text)
{
	g_autofree char *edited = mutant_apply(mutant, text);
	const char *begin = edited + mutant->begin, *end;

	while (begin > edited && begin[-1] != '\n')
		begin--;
	end = begin + strcspn(begin, "\n");
	return g_strstrip(g_strndup(begin, end - begin));
}

char *equivalent_entry(const Mutant *mutant, const char *text)
{
	g_autofree char *new = new_line(mutant, text);

	return g_strdup_printf("%s %s %s\n %s\n -> %s\n", mutant->file,
			       mutant->function, mutant->operator,
			       mutant->line_text, new);
}

const char *equivalent_reason(GHashTable *entries, const Mutant *mutant,
			      const char *text)
{
	g_autofree char *key = equivalent_entry(mutant, text);

	return g_hash_table_lookup(entries, key);
}

/* One entry, from @lines on; return the line behind it, or NULL with @error set. */
static char **parse_entry(char **lines, GHashTable *entries, GError **error)
{
	g_autoptr(GString) reason = g_string_new(NULL);
	const char *head = *lines++, *line, *arrow;
	char *key;

	line = *lines && **lines == ' ' ? *lines++ : NULL;
	arrow = line && *lines && g_str_has_prefix(*lines, " ->") ? *lines++
								  : NULL;
	for (; *lines && **lines == ' '; lines++)
		g_string_append_printf(reason, "%s%s", reason->len ? " " : "",
				       *lines + 1);
	if (!arrow || !reason->len) {
		fail(error,
		     "equivalent: \"%s\" needs the line, \"-> its new text\" "
		     "and a reason",
		     head);
		return NULL;
	}
	/* (The new text may be nothing.) */
	arrow += strlen(" ->");
	arrow += *arrow == ' ';
	key = g_strdup_printf("%s\n%s\n -> %s\n", head, line, arrow);
	g_hash_table_insert(entries, key, g_strdup(reason->str));
	return lines;
}

GHashTable *equivalent_parse(const char *text, GError **error)
{
	g_autoptr(GHashTable) entries =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	char **line = lines;

	while (*line) {
		if (!**line || **line == '#') {
			line++;
			continue;
		}
		line = parse_entry(line, entries, error);
		if (!line)
			return NULL;
	}
	return g_steal_pointer(&entries);
}
