// SPDX-License-Identifier: GPL-2.0-or-later
#include "stop.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../host/child.h"
#include "../host/git.h"

void stop_with_error(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (child_interrupted())
		exit(128 + child_interrupted());
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_printerr("error: %s\n", text);
	child_stop(SIGTERM);
	exit(2);
}

char *git_get(const char *repo, const char *input, ...)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	const char *word;
	va_list args;
	char *out;

	va_start(args, input);
	while ((word = va_arg(args, const char *)))
		g_ptr_array_add(words, (gpointer)word);
	va_end(args);
	g_ptr_array_add(words, NULL);
	out = git_words(repo, input, (const char *const *)words->pdata, &error);
	if (!out)
		stop_with_error("%s", error->message);
	return out;
}
