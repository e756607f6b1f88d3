// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "../host/child.h"

/* What the kernel puts before its lines. */
#define MARK "race: "

/* An address is where a call returns to; what called is before that. */
static char *place_before(const char *address, PlaceFunc place, gpointer data)
{
	return place(g_ascii_strtoull(address, NULL, 16) - 1, data);
}

/* The line with each "0xADDRESS SYMBOL+0x..." replaced by the words for the address. */
static char *with_places(const char *line, PlaceFunc place, gpointer data)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	GString *text = g_string_new(NULL);

	for (char **word = words; *word; word++) {
		if (text->len)
			g_string_append_c(text, ' ');
		if (g_str_has_prefix(*word, "0x")) {
			g_autofree char *name =
				place_before(*word, place, data);

			g_string_append(text, name);
			/* The symbol, and what stands behind it. */
			if (word[1] && *++word)
				g_string_append(text,
						strchr(*word, ',') ? "," : "");
		} else {
			g_string_append(text, *word);
		}
	}
	return g_string_free(text, FALSE);
}

char *explain(const char *log, PlaceFunc place, gpointer data)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	GString *text = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		const char *said = strstr(*line, MARK);
		g_autofree char *words = NULL;

		if (!said || !strstr(said, " 0x"))
			continue;
		words = with_places(said + strlen(MARK), place, data);
		g_string_append_printf(text, "  %s\n", words);
	}
	return g_string_free(text, FALSE);
}

guint64 explain_steps(const char *log)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	guint64 steps = 0, found;

	for (char **line = lines; *line; line++) {
		const char *said = strstr(*line, MARK);

		if (said && sscanf(said, MARK "%" G_GUINT64_FORMAT " steps,",
				   &found) == 1)
			steps = found;
	}
	return steps;
}

/* The path within the kernel's source. */
static const char *within_source(const char *path)
{
	static const char *const tops[] = {"/arch/um/", "/drivers/", "/lib/",
					   "/include/"};

	for (guint i = 0; i < G_N_ELEMENTS(tops); i++) {
		const char *top = strstr(path, tops[i]);

		if (top)
			return top + 1;
	}
	return path;
}

char *kernel_place(guint64 address, gpointer data)
{
	const Kernel *kernel = data;
	g_autofree char *number =
		g_strdup_printf("%#" G_GINT64_MODIFIER "x", address);
	char *const argv[] = {"addr2line",	    "-f",   "-i", "-e",
			      (char *)kernel->path, number, NULL};
	g_autofree char *answer = child_ask(
		(ChildArgs){.argv = argv, .errors = "/dev/null"}, NULL);
	g_auto(GStrv) lines = g_strsplit(answer ? answer : "", "\n", -1);
	guint count = g_strv_length(lines);

	/* Of inlined functions, the last two lines are of the one that is not. */
	if (count < 2)
		return g_steal_pointer(&number);
	lines[count - 1][strcspn(lines[count - 1], " ")] = '\0';
	return g_strdup_printf("%s at %s", lines[count - 2],
			       within_source(lines[count - 1]));
}
