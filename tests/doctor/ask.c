// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <string.h>

#include "../host/child.h"
#include "../host/io.h"

gboolean ask(char **text, const char *program, ...)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GString) said = g_string_new(NULL);
	const char *word = program;
	va_list args;
	int status = 127;

	va_start(args, program);
	for (; word; word = va_arg(args, const char *))
		g_ptr_array_add(argv, (char *)word);
	va_end(args);
	g_ptr_array_add(argv, NULL);
	child_run(&(ChildArgs){.argv = (char **)argv->pdata, .text = said}, &status, NULL);
	g_strchomp(said->str);
	if (text)
		*text = g_strdup(g_str_has_prefix(said->str, "error: ") ? said->str + 7
									: said->str);
	return !status;
}

gboolean has_program(const char *name)
{
	g_autofree char *path = g_find_program_in_path(name);

	return path != NULL;
}

const char *place(const char *name, const char *usual)
{
	return *setting(name) ? setting(name) : usual;
}
