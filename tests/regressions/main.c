// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * judge PATCH TAP: prints the verdict, see judge.h, for regressions.sh. Exit
 * status: 0 caught as it should be, 1 not, 2 there is no verdict.
 */
#include <stdio.h>

#include "judge.h"

/* The text of a file, up to its end whatever is in it. */
static char *read_file(const char *path, GError **error)
{
	char *text;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, error))
		return NULL;
	for (gsize i = 0; i < len; i++)
		if (!text[i])
			text[i] = '?';
	return text;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *patch = NULL, *tap = NULL;
	gboolean caught = FALSE;

	if (argc != 3) {
		g_printerr("usage: judge PATCH TAP\n");
		return 2;
	}
	patch = read_file(argv[1], &error);
	tap = patch ? read_file(argv[2], &error) : NULL;
	if (tap)
		caught = judge(patch, tap, out, &error);
	if (error) {
		g_printerr("error: %s\n", error->message);
		return 2;
	}
	/* (What a guest prints need not be UTF-8.) */
	fwrite(out->str, 1, out->len, stdout);
	return caught ? 0 : 1;
}
