// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text.h"

#include <string.h>

static bool split_line(char *line, TextLine *out)
{
	char *save = NULL;
	char *word;

	memset(out, 0, sizeof(*out));
	for (word = strtok_r(line, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		if (out->count == TEXT_WORDS_MAX)
			return false;
		out->words[out->count++] = word;
	}
	return true;
}

GArray *text_lines(const char *text, size_t len, char **copy)
{
	g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(TextLine));
	g_autofree char *own = NULL;
	char *line, *next;

	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isprint(text[i]) && text[i] != '\n' &&
		    text[i] != '\t')
			return NULL;
	own = g_strndup(text, len);
	for (line = own; line; line = next) {
		TextLine words;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!split_line(line, &words))
			return NULL;
		if (words.count)
			g_array_append_val(lines, words);
	}
	if (!lines->len)
		return NULL;
	*copy = g_steal_pointer(&own);
	return g_steal_pointer(&lines);
}

static bool number(const char *digits, guint base, uint64_t min, uint64_t max,
		   uint64_t *out)
{
	guint64 value;

	/* GLib's parser would accept another "0x" after the 0x. */
	if (!g_ascii_isxdigit(digits[0]) ||
	    (base == 16 && g_ascii_tolower(digits[1]) == 'x') ||
	    !g_ascii_string_to_unsigned(digits, base, min, max, &value, NULL))
		return false;
	*out = value;
	return true;
}

bool text_number(const char *word, uint64_t min, uint64_t max, uint64_t *out)
{
	if (!word)
		return false;
	if (g_str_has_prefix(word, "0x"))
		return number(word + 2, 16, min, max, out);
	return number(word, 10, min, max, out);
}

bool text_hex(const char *word, uint64_t max, uint64_t *out)
{
	if (!word)
		return false;
	return number(g_str_has_prefix(word, "0x") ? word + 2 : word, 16, 0,
		      max, out);
}
