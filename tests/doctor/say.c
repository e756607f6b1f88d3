// SPDX-License-Identifier: GPL-2.0-or-later
#include "say.h"

#include <stdio.h>

guint said[UNKNOWN + 1];
gboolean quick;

void say(Verdict verdict, const char *name, const char *format, ...)
{
	static const char *const words[] = {"good ", "bad  ", "?    "};
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	said[verdict]++;
	if (!quick)
		printf("%s %-12s %s\n", words[verdict], name, text);
	else if (verdict == BAD)
		fprintf(stderr, "error: %s: %s (make doctor looks at everything)\n", name, text);
}

int say_sum(void)
{
	if (quick)
		return said[BAD] > 0;
	printf("%u good, %u bad", said[GOOD], said[BAD]);
	if (said[UNKNOWN])
		printf(", %u not known", said[UNKNOWN]);
	printf("\n%s\n", said[BAD] ? "make check does not work here until what is bad is put right"
				   : "make check works here, as far as can be told");
	return said[BAD] > 0;
}
